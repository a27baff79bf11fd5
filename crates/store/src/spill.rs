//! The rows of a load until they are stored: columns by site and month, most of them in a file without a name.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{BufReader, BufWriter, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use arrow::array::ArrayRef;
use arrow::error::ArrowError;
use arrow_ipc::CompressionType;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
use wayside_model::SiteId;
use wayside_model::wire::unfolded;

use crate::accepted::Accepted;
use crate::error::{Error, Result};
use crate::rows::{ColumnsBuilder, batch_of};
use crate::table::{self, year_month};

/// Events that are held, by what they unfold to. Columns take half of that, and up to as much again while they grow by doubling.
const HELD_BYTES: usize = 64 * 1024 * 1024;

/// Bytes of columns that are given back at once: about half a million ordinary rows, so that a month of a busy shop is a commit or two,
/// and far below the 512 MiB that an import may take.
const CHUNK_BYTES: usize = 128 * 1024 * 1024;

/// Columns of rows by the table's numbers.
pub(crate) type Piece = BTreeMap<usize, ArrayRef>;

/// Rows by site and month, in any order within it.
#[derive(Debug)]
pub(crate) struct Spill {
    months: BTreeMap<(SiteId, (i64, u32)), Month>,
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

#[derive(Debug, Default)]
struct Month {
    held: ColumnsBuilder,
    held_bytes: usize,
    /// Where the rows begin that have been put into the file.
    blocks: VecDeque<u64>,
}

impl Spill {
    /// Makes an empty one. Its file is made in `folder` and vanishes with the process.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        let file = tempfile::tempfile_in(folder);
        Ok(Self {
            months: BTreeMap::new(),
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
        for event in &part.events {
            let bytes = size_of_val(event) + unfolded(&event.touchpoint);
            let month = self
                .months
                .entry((part.site.clone(), year_month(event.time)))
                .or_default();
            month.held.append(event, part.received_at, part.consent, part.automated);
            month.held_bytes += bytes;
            self.held_bytes += bytes;
            self.rows += 1;
            // The largest, so that few and large blocks are written.
            if self.held_bytes > HELD_BYTES
                && let Some((key, month)) = self.months.iter_mut().max_by_key(|(_, month)| month.held_bytes)
            {
                self.held_bytes -= std::mem::take(&mut month.held_bytes);
                let piece = std::mem::take(&mut month.held).finish();
                let (key, offset) = (key.clone(), self.written);
                self.write(piece)?;
                // Only a block that is written as a whole is read back.
                if let Some(month) = self.months.get_mut(&key) {
                    month.blocks.push_back(offset);
                }
            }
        }
        Ok(())
    }

    /// Rows of one site, of one month where these are many; `None` once all have been given back.
    pub(crate) fn next_chunk(&mut self) -> Result<Option<(SiteId, Vec<Piece>)>> {
        let Some(((site, _), _)) = self.months.first_key_value() else {
            return Ok(None);
        };
        let (site, mut chunk, mut bytes) = (site.clone(), Vec::new(), 0);
        while bytes < self.chunk_bytes {
            let Some(mut first) = self.months.first_entry().filter(|first| first.key().0 == site) else {
                break;
            };
            let piece = match first.get_mut().blocks.pop_front() {
                Some(offset) => self.read(offset)?,
                None => first.remove().held.finish(),
            };
            bytes += piece
                .values()
                .map(|column| column.get_array_memory_size())
                .sum::<usize>();
            self.rows -= piece.get(&table::column::TIME).map_or(0, |times| times.len() as u64);
            chunk.push(piece);
        }
        Ok(Some((site, chunk)))
    }

    fn write(&mut self, piece: Piece) -> Result<()> {
        let failed = |err: ArrowError| failed("write rows into a temporary file in", &self.folder, err);
        let batch = batch_of(piece).map_err(failed)?;
        let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME));
        let file = BufWriter::new(&self.file);
        let mut writer =
            StreamWriter::try_new_with_options(file, batch.schema_ref(), options.map_err(failed)?).map_err(failed)?;
        writer.write(&batch).map_err(failed)?;
        writer.finish().map_err(failed)?;
        let position = (&self.file).stream_position();
        self.written = position.map_err(|err| failed(err.into()))?;
        Ok(())
    }

    fn read(&self, offset: u64) -> Result<Piece> {
        let failed = |err: ArrowError| failed("read rows from a temporary file in", &self.folder, err);
        (&self.file)
            .seek(SeekFrom::Start(offset))
            .map_err(|err| failed(err.into()))?;
        let mut piece = Piece::new();
        for batch in StreamReader::try_new(BufReader::new(&self.file), None).map_err(failed)? {
            let batch = batch.map_err(failed)?;
            for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
                let at = table::schema().index_of(field.name()).map_err(failed)?;
                piece.insert(at, column.clone());
            }
        }
        Ok(piece)
    }
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

    use arrow::array::AsArray;
    use arrow::datatypes::Int64Type;

    use super::*;
    use crate::testing::{accepted, event, long_event, rich_event};

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
        while let Some((site, chunk)) = spill.next_chunk().unwrap() {
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
