//! The rows of a load until they are stored: columns by site and month, most of them in a file without a name.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use arrow::array::{ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use arrow::error::ArrowError;
use arrow_ipc::CompressionType;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use wayside_model::SiteId;
use wayside_model::wire::unfolded;

use crate::accepted::Accepted;
use crate::error::{Error, Result};
use crate::rows::{ColumnsBuilder, batch_of};
use crate::table::{self, BUCKETS, column, year_month};

/// Events that are held, by what they unfold to. Columns take half of that, and up to as much again while they grow by doubling.
const HELD_BYTES: usize = 64 * 1024 * 1024;

/// Bytes of columns that are given back at once: about half a million ordinary rows, so that most months of a busy shop are one commit.
/// While it is written it takes three times as much, of the 512 MiB that an import may take.
const CHUNK_BYTES: usize = 80 * 1024 * 1024;

/// Columns of rows by the table's numbers.
pub(crate) type Piece = BTreeMap<usize, ArrayRef>;

/// Says into which bucket of the table the rows of a visitor will come.
pub(crate) type BucketOf<'a> = dyn Fn(&SiteId, &str) -> u16 + 'a;

/// Rows by site and month, in any order within it.
#[derive(Debug)]
pub(crate) struct Spill {
    shares: BTreeMap<ShareKey, Share>,
    held_bytes: usize,
    file: File,
    /// Bytes in the file.
    written: u64,
    /// Its folder, for messages.
    folder: PathBuf,
    /// Rows that have not been given back yet.
    pub(crate) rows: u64,
    /// About how many bytes of columns are given back at once.
    pub(crate) chunk_bytes: usize,
}

/// A share: site, year, month, and its number where a month is split.
type ShareKey = (SiteId, (i64, u32), u16);

/// The rows of a month, or those of some of its buckets.
#[derive(Debug, Default)]
struct Share {
    held: ColumnsBuilder,
    held_bytes: usize,
    /// The rows that have been put into the file.
    blocks: VecDeque<Block>,
    /// Whether it has only some buckets of its month.
    is_split: bool,
}

/// Rows that are no longer held in builders.
#[derive(Debug)]
enum Block {
    /// Rows in memory.
    Ready(Piece),
    /// Rows in the file, and how many bytes their columns take in memory.
    Written { offset: u64, bytes: usize },
}

impl Share {
    /// About how many bytes its columns take in memory.
    fn bytes(&self) -> usize {
        let blocks = self.blocks.iter().map(|block| match block {
            Block::Ready(piece) => bytes_of(piece),
            Block::Written { bytes, .. } => *bytes,
        });
        self.held_bytes / 2 + blocks.sum::<usize>()
    }

    fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.held.is_empty()
    }
}

impl Spill {
    /// Makes an empty one. Its file is made in `folder` and vanishes with the process.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let file = tempfile::tempfile_in(folder);
        Ok(Self {
            shares: BTreeMap::new(),
            held_bytes: 0,
            file: file.map_err(|err| Error::io("make a temporary file in", folder, err))?,
            written: 0,
            folder: folder.to_path_buf(),
            rows: 0,
            chunk_bytes: CHUNK_BYTES,
        })
    }

    /// Takes in good events.
    pub(crate) fn add(&mut self, part: &Accepted) -> Result<()> {
        // Rows of a file are mostly in order of time.
        let months = part.events.chunk_by(|a, b| year_month(a.time) == year_month(b.time));
        for events in months {
            let key = (part.site.clone(), year_month(events[0].time), 0);
            let share = self.shares.entry(key).or_default();
            let mut bytes = 0;
            for event in events {
                bytes += size_of_val(event) + unfolded(&event.touchpoint);
                share.held.append(event, part.received_at, part.consent, part.automated);
            }
            share.held_bytes += bytes;
            self.held_bytes += bytes;
            self.rows += events.len() as u64;
            while self.held_bytes > HELD_BYTES {
                self.put_down()?;
            }
        }
        Ok(())
    }

    /// Writes the largest share into the file, so that few and large blocks are written.
    fn put_down(&mut self) -> Result<()> {
        let largest = self.shares.iter_mut().max_by_key(|(_, share)| share.held_bytes);
        let Some((key, share)) = largest else { return Ok(()) };
        self.held_bytes -= std::mem::take(&mut share.held_bytes);
        let piece = std::mem::take(&mut share.held).finish();
        let key = key.clone();
        let block = self.write(piece)?;
        // Only a block that is written as a whole is read back.
        self.shares.entry(key).or_default().blocks.push_back(block);
        Ok(())
    }

    /// Rows of one site: of whole months, or, where a month has too many rows, those of some of its buckets. So each file of the table
    /// is written once. `None` once all have been given back.
    pub(crate) fn next_chunk(&mut self, bucket_of: &BucketOf<'_>) -> Result<Option<(SiteId, Vec<Piece>)>> {
        while let Some((key, share)) = self.shares.first_key_value() {
            if share.is_split || share.bytes() <= self.chunk_bytes {
                break;
            }
            self.split(&key.clone(), bucket_of)?;
        }
        let Some(((site, ..), _)) = self.shares.first_key_value() else {
            return Ok(None);
        };
        let (site, mut chunk, mut bytes) = (site.clone(), Vec::new(), 0);
        while let Some(entry) = self.shares.first_entry().filter(|entry| entry.key().0 == site) {
            if bytes > 0 && bytes + entry.get().bytes() > self.chunk_bytes {
                break;
            }
            let (key, mut share) = entry.remove_entry();
            self.held_bytes -= std::mem::take(&mut share.held_bytes);
            while let Some(piece) = self.take_piece(&mut share)? {
                bytes += bytes_of(&piece);
                self.rows -= rows_of(&piece) as u64;
                chunk.push(piece);
                // There may be too many rows of one month and bucket.
                if bytes >= self.chunk_bytes && !share.is_empty() {
                    self.shares.insert(key, share);
                    return Ok(Some((site, chunk)));
                }
            }
        }
        Ok(Some((site, chunk)))
    }

    /// Splits a month with too many rows for one chunk by bucket.
    fn split(&mut self, key: &ShareKey, bucket_of: &BucketOf<'_>) -> Result<()> {
        let Some(mut share) = self.shares.remove(key) else {
            return Ok(());
        };
        let count = share.bytes().div_ceil(self.chunk_bytes).min(usize::from(BUCKETS));
        self.held_bytes -= std::mem::take(&mut share.held_bytes);
        let (site, month, _) = key;
        while let Some(piece) = self.take_piece(&mut share)? {
            let folder = self.folder.clone();
            let failed = |err| failed("split rows of a temporary file in", &folder, err);
            let batch = batch_of(piece).map_err(failed)?;
            let visitors = batch.column(column::VISITOR - 1).as_string::<i32>();
            let mut known: HashMap<&str, u16> = HashMap::new();
            let mut rows: BTreeMap<u16, Vec<u32>> = BTreeMap::new();
            for (row, visitor) in (0..).zip(visitors.iter().flatten()) {
                let number = *known.entry(visitor).or_insert_with(|| {
                    let number = usize::from(bucket_of(site, visitor)) * count / usize::from(BUCKETS);
                    number as u16
                });
                rows.entry(number).or_default().push(row);
            }
            for (number, rows) in rows {
                let rows = take_record_batch(&batch, &UInt32Array::from(rows)).map_err(failed)?;
                let piece = piece_of(&rows).map_err(failed)?;
                // The first share is given back at once.
                let block = match number {
                    0 => Block::Ready(piece),
                    _ => self.write(piece)?,
                };
                let share = self.shares.entry((site.clone(), *month, number)).or_default();
                share.is_split = true;
                share.blocks.push_back(block);
            }
        }
        Ok(())
    }

    /// The next rows of a share; `None` after the last.
    fn take_piece(&self, share: &mut Share) -> Result<Option<Piece>> {
        let piece = match share.blocks.pop_front() {
            Some(Block::Ready(piece)) => piece,
            Some(Block::Written { offset, .. }) => self.read(offset)?,
            None if share.held.is_empty() => return Ok(None),
            None => std::mem::take(&mut share.held).finish(),
        };
        Ok(Some(piece))
    }

    fn write(&mut self, piece: Piece) -> Result<Block> {
        let failed = |err: ArrowError| failed("write rows into a temporary file in", &self.folder, err);
        let (offset, bytes) = (self.written, bytes_of(&piece));
        let sought = (&self.file).seek(SeekFrom::Start(offset));
        sought.map_err(|err| failed(err.into()))?;
        let batch = batch_of(piece).map_err(failed)?;
        let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME));
        let file = BufWriter::new(&self.file);
        let mut writer =
            StreamWriter::try_new_with_options(file, batch.schema_ref(), options.map_err(failed)?).map_err(failed)?;
        writer.write(&batch).map_err(failed)?;
        writer.finish().map_err(failed)?;
        let position = (&self.file).stream_position();
        self.written = position.map_err(|err| failed(err.into()))?;
        Ok(Block::Written { offset, bytes })
    }

    fn read(&self, offset: u64) -> Result<Piece> {
        let failed = |err: ArrowError| failed("read rows from a temporary file in", &self.folder, err);
        (&self.file)
            .seek(SeekFrom::Start(offset))
            .map_err(|err| failed(err.into()))?;
        let mut piece = Piece::new();
        for batch in StreamReader::try_new(BufReader::new(&self.file), None).map_err(failed)? {
            piece = piece_of(&batch.map_err(failed)?).map_err(failed)?;
        }
        Ok(piece)
    }
}

/// The columns of a batch by the table's numbers.
fn piece_of(batch: &RecordBatch) -> std::result::Result<Piece, ArrowError> {
    let (schema, fields) = (table::schema(), batch.schema_ref().fields().iter());
    let columns = fields.zip(batch.columns());
    columns
        .map(|(field, column)| Ok((schema.index_of(field.name())?, column.clone())))
        .collect()
}

fn rows_of(piece: &Piece) -> usize {
    piece.get(&column::TIME).map_or(0, |times| times.len())
}

/// Bytes of the values of a piece, without what its builders allocated in advance.
fn bytes_of(piece: &Piece) -> usize {
    let used = |column: &ArrayRef| column.to_data().get_slice_memory_size();
    let bytes = |column: &ArrayRef| used(column).unwrap_or_else(|_| column.get_array_memory_size());
    piece.values().map(bytes).sum()
}

fn failed(doing: &'static str, folder: &Path, err: ArrowError) -> Error {
    match err {
        ArrowError::IoError(_, err) => Error::io(doing, folder, err),
        err => Error::io(doing, folder, std::io::Error::other(err)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use arrow::datatypes::Int64Type;

    use super::*;
    use crate::table::bucket;
    use crate::testing::{accepted, event, long_event, rich_event};

    fn chunks(spill: &mut Spill) -> Vec<(SiteId, Vec<Piece>)> {
        let bucket_of = |_: &SiteId, visitor: &str| bucket(visitor);
        std::iter::from_fn(|| spill.next_chunk(&bucket_of).unwrap()).collect()
    }

    #[test]
    fn a_month_with_too_many_rows_is_split_by_bucket() {
        let dir = tempfile::tempdir().unwrap();
        let mut spill = Spill::new(dir.path()).unwrap();
        let month = 31 * 86_400_000;
        let events: Vec<_> = (0..4_000).map(|n| event(&format!("v{}", n % 100), 1, n, 0)).collect();
        let later = event("v0", 1, 4_000, month);
        for events in [&events[..1_500], &events[1_500..], &[later]] {
            spill.add(&accepted(events.to_vec())).unwrap();
            spill.put_down().unwrap();
        }
        let whole: usize = spill.shares.values().map(Share::bytes).sum();
        spill.chunk_bytes = whole / 3;
        let mut seen: Vec<BTreeSet<(u64, u16)>> = Vec::new();
        let mut rows = 0;
        for (_, chunk) in chunks(&mut spill) {
            let mut parts = BTreeSet::new();
            for piece in &chunk {
                rows += rows_of(piece);
                let times = piece[&column::TIME].as_primitive::<arrow::datatypes::TimestampMillisecondType>();
                let visitors = piece[&column::VISITOR].as_string::<i32>().iter().flatten();
                parts.extend(
                    visitors
                        .zip(times.values())
                        .map(|(visitor, time)| (*time as u64, bucket(visitor))),
                );
            }
            assert!(chunk.iter().map(bytes_of).sum::<usize>() < whole / 2);
            assert!(
                seen.iter().all(|earlier| earlier.is_disjoint(&parts)),
                "a bucket is in two chunks"
            );
            seen.push(parts);
        }
        assert_eq!((rows, spill.rows), (4_001, 0));
        assert!((3..6).contains(&seen.len()), "{seen:?}");
    }

    #[test]
    fn even_the_rows_of_one_bucket_may_be_too_many() {
        let dir = tempfile::tempdir().unwrap();
        let mut spill = Spill::new(dir.path()).unwrap();
        for n in 0..6 {
            spill.add(&accepted(vec![event("v", 1, n, 0)])).unwrap();
            spill.put_down().unwrap();
        }
        spill.chunk_bytes = 1;
        let rows: Vec<usize> = chunks(&mut spill)
            .iter()
            .map(|(_, chunk)| chunk.iter().map(rows_of).sum())
            .collect();
        assert_eq!(rows, [1; 6]);
    }

    #[test]
    fn written_rows_come_back_by_month() {
        let dir = tempfile::tempdir().unwrap();
        let mut spill = Spill::new(dir.path()).unwrap();
        let month = 31 * 86_400_000;
        // Each is some megabytes, so that most of them do not fit into memory.
        let events = (0..60).map(|seq| long_event(seq, i64::from(seq % 3) * month));
        for event in events {
            spill.add(&accepted(vec![event])).unwrap();
        }
        spill.add(&accepted(vec![event("v", 1, 60, 0), rich_event()])).unwrap();
        assert!(spill.written > 0);
        assert_eq!(spill.rows, 62);
        let mut seqs = Vec::new();
        let mut chunks = 0;
        for (site, chunk) in self::chunks(&mut spill) {
            assert_eq!(site, crate::testing::site());
            chunks += 1;
            for piece in chunk {
                seqs.extend(piece[&table::column::SEQ].as_primitive::<Int64Type>().values());
            }
        }
        assert!(chunks > 1, "{chunks}");
        let (first, rest) = seqs.split_at(22);
        assert!(
            first.iter().all(|seq| [0, 1, 60].contains(seq) || seq % 3 == 0),
            "{first:?}"
        );
        assert_eq!(rest.len(), 40);
        assert_eq!(seqs.iter().collect::<BTreeSet<_>>().len(), 61);
        assert_eq!(spill.rows, 0);
        assert_eq!(
            std::fs::read_dir(dir.path()).unwrap().count(),
            0,
            "the file has no name"
        );
    }
}
