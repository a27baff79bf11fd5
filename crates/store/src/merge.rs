//! Sorted runs merged into one, a piece at a time: in memory, rows may take a thousand times what they take on disk.

use std::path::Path;

use arrow::array::RecordBatch;
use arrow::compute::interleave_record_batch;
use arrow::row::{OwnedRow, RowConverter, Rows};

use crate::error::{Error, Result};
use crate::piece::{PIECE_BYTES, PIECE_ROWS, row_bytes};
use crate::rows::{self, key_converter, keys};

/// Rows in the table's order, a piece at a time.
pub(crate) type Run<'a> = Box<dyn Iterator<Item = Result<RecordBatch>> + 'a>;

/// The rows of all runs in the table's order, each event's first copy only.
pub(crate) struct Merged<'a> {
    /// The file named in errors.
    file: &'a Path,
    converter: RowConverter,
    runs: Vec<Run<'a>>,
    /// The position in each run; `None` after its end.
    heads: Vec<Option<Head>>,
    /// The key of the last row that was returned.
    last: Option<OwnedRow>,
    /// Copies dropped so far.
    pub(crate) copies: u64,
}

/// A row of a run.
struct Head {
    piece: RecordBatch,
    keys: Rows,
    /// The memory of each row in bytes.
    bytes: Vec<usize>,
    row: usize,
}

impl<'a> Merged<'a> {
    pub(crate) fn new(file: &'a Path, mut runs: Vec<Run<'a>>) -> Result<Self> {
        let converter = key_converter().map_err(|err| Error::data_file(file, err))?;
        let heads = runs.iter_mut().map(|run| first_of(run, &converter, file));
        Ok(Self {
            file,
            heads: heads.collect::<Result<_>>()?,
            converter,
            runs,
            last: None,
            copies: 0,
        })
    }

    /// The next rows. They are taken of one piece a run, so that no more of them are held.
    fn piece(&mut self) -> Result<Option<RecordBatch>> {
        // The pieces that rows are taken of, and which of them is each run's.
        let mut pieces = Vec::new();
        let mut piece_of = vec![None; self.runs.len()];
        let mut picked: Vec<(usize, usize)> = Vec::with_capacity(PIECE_ROWS);
        let mut bytes = 0;
        // The run and row that were picked last.
        let mut newest: Option<(usize, usize)> = None;
        let mut exhausted = None;
        while picked.len() < PIECE_ROWS {
            let Some((at, head)) = least(&self.heads) else {
                break;
            };
            let (row, key) = (head.row, head.keys.row(head.row));
            let last = match newest {
                Some((run, row)) => self.heads[run].as_ref().map(|head| head.keys.row(row)),
                None => self.last.as_ref().map(OwnedRow::row),
            };
            if last == Some(key) {
                self.copies += 1;
            } else {
                if bytes > 0 && bytes + head.bytes[row] > PIECE_BYTES {
                    break;
                }
                bytes += head.bytes[row];
                let piece = *piece_of[at].get_or_insert_with(|| {
                    pieces.push(head.piece.clone());
                    pieces.len() - 1
                });
                picked.push((piece, row));
                newest = Some((at, row));
            }
            let is_last = row + 1 == head.piece.num_rows();
            if is_last && piece_of[at].is_some() {
                exhausted = Some(at);
                break;
            } else if is_last {
                self.read_on(at)?;
            } else if let Some(head) = &mut self.heads[at] {
                head.row += 1;
            }
        }
        if let Some((run, row)) = newest {
            self.last = self.heads[run].as_ref().map(|head| head.keys.row(row).owned());
        }
        if let Some(at) = exhausted {
            self.read_on(at)?;
        }
        let (Some((_, first)), Some((_, last))) = (picked.first(), picked.last()) else {
            return Ok(None);
        };
        if let [piece] = pieces.as_slice()
            && last - first + 1 == picked.len()
        {
            return Ok(Some(piece.slice(*first, picked.len())));
        }
        let pieces: Vec<_> = pieces.iter().collect();
        let piece = interleave_record_batch(&pieces, &picked);
        piece.map(Some).map_err(|err| Error::data_file(self.file, err))
    }

    /// Goes on to a run's next piece.
    fn read_on(&mut self, at: usize) -> Result<()> {
        self.heads[at] = first_of(&mut self.runs[at], &self.converter, self.file)?;
        Ok(())
    }
}

impl Iterator for Merged<'_> {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        self.piece().transpose()
    }
}

/// The first row of a run's next piece that has one.
fn first_of(run: &mut Run<'_>, converter: &RowConverter, file: &Path) -> Result<Option<Head>> {
    for piece in run {
        let piece = piece?;
        if piece.num_rows() > 0 {
            let keys = keys(converter, &piece).map_err(|err| Error::data_file(file, err))?;
            let bytes = row_bytes(&piece);
            return Ok(Some(Head {
                piece,
                keys,
                bytes,
                row: 0,
            }));
        }
    }
    Ok(None)
}

/// The run whose row comes next: of copies that which was received first.
fn least(heads: &[Option<Head>]) -> Option<(usize, &Head)> {
    let arrival = |head: &Head| rows::arrival(&head.piece, rows::source_order(&head.piece), head.row);
    let heads = heads.iter().enumerate();
    let heads = heads.filter_map(|(at, head)| Some((at, head.as_ref()?)));
    heads.min_by(|(_, a), (_, b)| {
        let (key_a, key_b) = (a.keys.row(a.row), b.keys.row(b.row));
        key_a.cmp(&key_b).then_with(|| arrival(a).cmp(&arrival(b)))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rows::{Row, to_batch};
    use crate::testing::{event, long_event, row};

    fn run(mut rows: Vec<Row>, piece: usize) -> Run<'static> {
        rows::sort(&mut rows);
        let batch = to_batch(&rows).unwrap();
        let pieces = (0..rows.len()).step_by(piece);
        let pieces: Vec<_> = pieces
            .map(|at| Ok(batch.slice(at, piece.min(rows.len() - at))))
            .collect();
        Box::new(pieces.into_iter())
    }

    proptest! {
        #[test]
        fn runs_in_pieces_are_merged_as_they_are_whole(
            runs in prop::collection::vec((prop::collection::vec((0..3_u8, 0..4_u32, 0..3_i64, 0..2_i64), 0..20), 1..5_usize), 0..5)
        ) {
            let runs: Vec<(Vec<Row>, usize)> = runs.into_iter().map(|(rows, piece)| {
                let rows = rows.into_iter().map(|(customer, seq, time, received)| {
                    let mut row = row(&format!("c{customer}"), event("v", 1, seq, time));
                    row.received_at = wayside_model::Timestamp::from_millis(received);
                    row
                });
                (rows.collect(), piece)
            }).collect();
            let whole = runs.iter().map(|(rows, _)| {
                let mut rows = rows.clone();
                rows::sort(&mut rows);
                to_batch(&rows).unwrap()
            });
            let (expected, copies) = rows::merge(&whole.collect::<Vec<_>>()).unwrap();
            let mut merged = Merged::new(Path::new("x"), runs.into_iter().map(|(rows, piece)| run(rows, piece)).collect()).unwrap();
            let pieces: Vec<_> = merged.by_ref().collect::<Result<_>>().unwrap();
            let found = arrow::compute::concat_batches(&expected.schema(), &pieces).unwrap();
            prop_assert_eq!((found, merged.copies), (expected, copies));
        }
    }

    #[test]
    fn a_long_run_comes_in_pieces() {
        let count = PIECE_ROWS + 1;
        let rows = (0..count).map(|seq| row("c", event("v", 1, seq as u32, seq as i64)));
        let merged = Merged::new(Path::new("x"), vec![run(rows.collect(), count)]).unwrap();
        let pieces: Vec<_> = merged.map(|piece| piece.unwrap().num_rows()).collect();
        assert_eq!(pieces, [PIECE_ROWS, 1]);
    }

    #[test]
    fn long_rows_come_in_pieces_of_few() {
        let rows = |seqs: &[u32]| seqs.iter().map(|seq| row("c", long_event(*seq, 0))).collect();
        let runs = vec![run(rows(&[0, 3, 4]), 3), run(rows(&[1, 2]), 2)];
        let merged = Merged::new(Path::new("x"), runs).unwrap();
        let pieces: Vec<_> = merged.map(|piece| row_bytes(&piece.unwrap())).collect();
        assert_eq!(pieces.iter().flatten().count(), 5);
        assert!(
            pieces.iter().all(|piece| piece.iter().sum::<usize>() <= PIECE_BYTES),
            "{pieces:?}"
        );
    }

    #[test]
    fn rows_are_taken_of_one_piece_of_a_run() {
        // Most of a run may be copies: what one row of each of its pieces needs would be the whole run.
        let rows = |seqs: std::ops::Range<u32>| seqs.map(|seq| row("c", event("v", 1, seq, i64::from(seq)))).collect();
        let merged = Merged::new(Path::new("x"), vec![run(rows(0..6), 2), run(rows(0..4), 4)]).unwrap();
        let pieces: Vec<_> = merged.map(|piece| piece.unwrap().num_rows()).collect();
        assert_eq!(pieces, [2, 2, 2]);
    }
}
