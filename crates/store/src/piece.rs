//! Pieces: rows that are held in memory at once. A row may take a few hundred bytes or, with 200 items of long texts,
//! megabytes; so pieces end by rows and by bytes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::DataType;
use wayside_model::limits::UNFOLDED_MAX_BYTES;
use wayside_model::wire::unfolded;

use crate::rows::Row;

/// Most rows of a piece: of ordinary ones that is about a megabyte, more would make nothing faster.
pub(crate) const PIECE_ROWS: usize = 1_024;

/// Most bytes of a piece, so that a merge of nine runs needs some 100 MiB whatever is in them. One batch may unfold to as
/// much, so that each row fits.
pub(crate) const PIECE_BYTES: usize = UNFOLDED_MAX_BYTES;

/// The approximate memory of each row of a batch in bytes.
pub(crate) fn row_bytes(batch: &RecordBatch) -> Vec<usize> {
    let mut bytes = vec![0; batch.num_rows()];
    for column in batch.columns() {
        add_bytes(column, &mut bytes);
    }
    bytes
}

/// Adds the memory of each value of a column.
fn add_bytes(column: &ArrayRef, bytes: &mut [usize]) {
    match column.data_type() {
        DataType::Utf8 => add_lengths(column.as_string::<i32>().offsets(), bytes),
        DataType::Binary => add_lengths(column.as_binary::<i32>().offsets(), bytes),
        DataType::Struct(_) => {
            for column in column.as_struct().columns() {
                add_bytes(column, bytes);
            }
        }
        DataType::List(_) => {
            let lists = column.as_list::<i32>();
            let offsets = lists.offsets();
            let first = offsets[0] as usize;
            let values = lists.values().slice(first, offsets[lists.len()] as usize - first);
            let mut each = vec![0; values.len()];
            add_bytes(&values, &mut each);
            let mut each = each.into_iter();
            for (bytes, length) in bytes.iter_mut().zip(offsets.lengths()) {
                *bytes += size_of::<i32>() + each.by_ref().take(length).sum::<usize>();
            }
        }
        kind => {
            // The only columns without a width are booleans.
            let width = kind.primitive_width().unwrap_or(1);
            bytes.iter_mut().for_each(|bytes| *bytes += width);
        }
    }
}

fn add_lengths(offsets: &OffsetBuffer<i32>, bytes: &mut [usize]) {
    for (bytes, length) in bytes.iter_mut().zip(offsets.lengths()) {
        *bytes += size_of::<i32>() + length;
    }
}

/// The largest of many rows, which determine the number of rows in a piece.
#[derive(Default)]
pub(crate) struct Largest {
    bytes: BinaryHeap<Reverse<usize>>,
}

impl Largest {
    pub(crate) fn add(&mut self, rows: impl IntoIterator<Item = usize>) {
        for bytes in rows {
            if self.bytes.len() < PIECE_ROWS {
                self.bytes.push(Reverse(bytes));
            } else if let Some(mut least) = self.bytes.peek_mut()
                && bytes > least.0
            {
                *least = Reverse(bytes);
            }
        }
    }

    /// The number of rows that take at most [`PIECE_BYTES`], even if they are the largest, because a filter may select
    /// these.
    pub(crate) fn piece_rows(self) -> usize {
        let mut room = PIECE_BYTES;
        for (count, Reverse(bytes)) in self.bytes.into_sorted_vec().into_iter().enumerate() {
            match room.checked_sub(bytes) {
                Some(left) => room = left,
                None => return count.max(1),
            }
        }
        PIECE_ROWS
    }
}

/// Fresh rows in pieces. Their decoded size is the estimate of their size as columns.
pub(crate) fn of_fresh<'a>(mut rows: &'a [&'a Row]) -> impl Iterator<Item = &'a [&'a Row]> {
    std::iter::from_fn(move || {
        let mut bytes = 0;
        let fitting = rows.iter().take(PIECE_ROWS).take_while(|row| {
            bytes += unfolded(&row.event.touchpoint);
            bytes <= PIECE_BYTES
        });
        let count = fitting.count().max(1).min(rows.len());
        let (piece, rest) = rows.split_at(count);
        rows = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::to_batch;
    use crate::testing::{event, long_event, row};

    #[test]
    fn a_row_takes_what_its_texts_take() {
        let rows = [
            row("c", event("v", 1, 0, 0)),
            row("c", long_event(1, 1)),
            row("c", event("v", 1, 2, 2)),
        ];
        let batch = to_batch(&rows).unwrap();
        let bytes = row_bytes(&batch);
        assert!((300..3_000).contains(&bytes[0]), "{bytes:?}");
        assert!((3 << 20..4 << 20).contains(&bytes[1]), "{bytes:?}");
        assert_eq!(bytes[0], bytes[2]);
        assert_eq!(row_bytes(&batch.slice(1, 2)), bytes[1..]);
        // Arrow allocates more than it uses, but not much.
        let sum: usize = bytes.iter().sum();
        assert!((sum..sum * 4).contains(&batch.get_array_memory_size()), "{sum}");
    }

    #[test]
    fn the_largest_rows_say_how_many_make_a_piece() {
        let check = |rows: &[(usize, usize)], expected: usize| {
            let mut largest = Largest::default();
            for (count, bytes) in rows {
                largest.add(std::iter::repeat_n(*bytes, *count));
            }
            assert_eq!(largest.piece_rows(), expected, "{rows:?}");
        };
        let share = PIECE_BYTES / PIECE_ROWS;
        check(&[], PIECE_ROWS);
        check(&[(1, 100)], PIECE_ROWS);
        check(&[(10 * PIECE_ROWS, share)], PIECE_ROWS);
        check(&[(10 * PIECE_ROWS, share), (1, share + 1)], PIECE_ROWS - 1);
        check(&[(5_000, 10), (2, PIECE_BYTES / 2), (5_000, 10)], 2);
        check(&[(5_000, 10), (1, PIECE_BYTES + 1), (5_000, 10)], 1);
    }

    #[test]
    fn fresh_rows_come_in_pieces() {
        let check = |rows: Vec<Row>, expected: &[usize]| {
            let rows: Vec<&Row> = rows.iter().collect();
            let counts: Vec<_> = of_fresh(&rows).map(<[&Row]>::len).collect();
            assert_eq!(counts, expected);
        };
        let short = |seq| row("c", event("v", 1, seq, 0));
        check((0..PIECE_ROWS as u32).map(short).collect(), &[PIECE_ROWS]);
        check((0..=PIECE_ROWS as u32).map(short).collect(), &[PIECE_ROWS, 1]);
        check((0..5).map(|seq| row("c", long_event(seq, 0))).collect(), &[2, 2, 1]);
        check(Vec::new(), &[]);
    }
}
