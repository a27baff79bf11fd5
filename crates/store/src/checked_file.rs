//! Data files with checksums that are verified at every read.
//!
//! Parquet has no checksums that every writer writes and every reader verifies, so a flipped bit in a page, a page
//! header, a bloom filter or the footer may change a result without any error. A data file therefore has a chain of
//! CRC32Cs: its name, which the Delta log contains, has the checksum of the footer, and the footer has the checksums of
//! everything before it, in blocks of [`BLOCK_BYTES`]. For other engines these are just a file name and an entry of
//! metadata.
//!
//! Files without such a name were written by an earlier version or another engine; they are read without verification.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};

use crate::error::{Error, Result};

/// Bytes per checksum. Reading a page of a column needs at most two more blocks; smaller blocks would make the footer
/// longer, which has 8 characters for each.
const BLOCK_BYTES: u64 = 64 * 1024;

/// Key in the file's metadata whose value has the CRC32C of each block before the footer, in hexadecimal.
const KEY: &str = "wayside.crc32c_of_64_kib";

/// The text before the checksum of the footer in a file's name.
const NAME: &str = "-crc32c-";

/// Bytes after the footer's metadata: its length (u32 LE) and `PAR1`.
const TRAILER_BYTES: u64 = 8;

/// A writer that computes the checksums of a file.
pub(crate) struct Checksums {
    file: File,
    blocks: Vec<u32>,
    /// Bytes written before the footer.
    written: u64,
    footer: Option<u32>,
}

impl Checksums {
    pub(crate) fn new(file: File) -> Self {
        Self {
            file,
            blocks: Vec::new(),
            written: 0,
            footer: None,
        }
    }

    /// Ends the data; everything written after it is the footer. Returns the entry for the footer's metadata.
    pub(crate) fn begin_footer(&mut self) -> KeyValue {
        self.footer = Some(0);
        let sums: String = self.blocks.iter().map(|sum| format!("{sum:08x}")).collect();
        KeyValue::new(KEY.to_owned(), sums)
    }

    /// The file and its final path: `path` with the footer's checksum in the name.
    pub(crate) fn finish(self, path: &Path) -> (File, PathBuf) {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let sum = self.footer.unwrap_or(0);
        (self.file, path.with_file_name(format!("{name}{NAME}{sum:08x}.parquet")))
    }

    fn add(&mut self, mut bytes: &[u8]) {
        if let Some(sum) = &mut self.footer {
            *sum = crc32c::crc32c_append(*sum, bytes);
            return;
        }
        while !bytes.is_empty() {
            let in_block = self.written % BLOCK_BYTES;
            if in_block == 0 {
                self.blocks.push(0);
            }
            let room = usize::try_from(BLOCK_BYTES - in_block).unwrap_or(usize::MAX);
            let (here, rest) = bytes.split_at(bytes.len().min(room));
            if let Some(sum) = self.blocks.last_mut() {
                *sum = crc32c::crc32c_append(*sum, here);
            }
            self.written += here.len() as u64;
            bytes = rest;
        }
    }
}

impl Write for Checksums {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.add(&bytes[..count]);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// A data file, open for reading. Everything read from it has been verified, if it has checksums. Clones are cheap.
#[derive(Clone, Debug)]
pub struct CheckedFile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    file: File,
    /// The offset of the footer in bytes.
    data_end: u64,
    metadata: Arc<ParquetMetaData>,
    /// The checksum of each block; `None` for a file without checksums.
    sums: Option<Vec<u32>>,
    /// The last block that was read; pages are smaller, so the next page is likely to be in it.
    last: Mutex<Option<(u64, Bytes)>>,
}

impl CheckedFile {
    /// Opens a data file and reads its footer.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, if its footer is damaged, or if it is not a Parquet file.
    pub fn open(path: &Path) -> Result<Self> {
        let io = |err| Error::io("read the data file", path, err);
        let file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let is_too_short = || Error::damaged(path, format!("it has only {length} bytes"));
        let trailer_at = length.checked_sub(TRAILER_BYTES).ok_or_else(is_too_short)?;
        let mut trailer = [0; TRAILER_BYTES as usize];
        file.read_exact_at(&mut trailer, trailer_at).map_err(io)?;
        let footer_bytes = u32::from_le_bytes([trailer[0], trailer[1], trailer[2], trailer[3]]);
        let data_end = trailer_at
            .checked_sub(u64::from(footer_bytes))
            .ok_or_else(|| damaged_footer(path))?;
        let mut footer = vec![0; footer_bytes as usize];
        file.read_exact_at(&mut footer, data_end).map_err(io)?;
        let expected = expected_footer(path);
        let found = crc32c::crc32c_append(crc32c::crc32c(&footer), &trailer);
        if expected.is_some_and(|expected| expected != found) || trailer[4..] != *b"PAR1" {
            return Err(damaged_footer(path));
        }
        let metadata = ParquetMetaDataReader::decode_metadata(&footer).map_err(|err| Error::data_file(path, err))?;
        let sums = match expected {
            Some(_) => Some(sums(&metadata, data_end).ok_or_else(|| damaged_footer(path))?),
            None => None,
        };
        Ok(Self(Arc::new(Inner {
            path: path.to_path_buf(),
            file,
            data_end,
            metadata: Arc::new(metadata),
            sums,
            last: Mutex::default(),
        })))
    }

    /// The metadata in the footer.
    pub fn metadata(&self) -> &Arc<ParquetMetaData> {
        &self.0.metadata
    }

    /// Reads bytes before the footer.
    ///
    /// # Errors
    ///
    /// Fails if the bytes cannot be read or are damaged.
    pub fn read(&self, range: Range<u64>) -> Result<Bytes> {
        let inner = &*self.0;
        if range.start > range.end || range.end > inner.data_end {
            let Range { start, end } = range;
            let detail = format!("bytes {start} to {end} are requested, but its footer starts before their end");
            return Err(Error::damaged(&inner.path, detail));
        }
        if inner.sums.is_none() || range.is_empty() {
            return self.read_unchecked(range);
        }
        let first = range.start / BLOCK_BYTES;
        let from = first * BLOCK_BYTES;
        let until = range.end.next_multiple_of(BLOCK_BYTES).min(inner.data_end);
        let is_one_block = until.saturating_sub(from) <= BLOCK_BYTES;
        let cached = inner.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let bytes = match cached {
            Some((block, bytes)) if is_one_block && block == first => bytes,
            _ => self.read_blocks(from..until)?,
        };
        if is_one_block {
            *inner.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((first, bytes.clone()));
        }
        let place = |at: u64| usize::try_from(at - from).unwrap_or(usize::MAX);
        Ok(bytes.slice(place(range.start)..place(range.end)))
    }

    /// Verifies every byte of the file. Returns whether it has checksums.
    pub(crate) fn verify(&self) -> Result<bool> {
        if self.0.sums.is_some() {
            for block in 0..self.0.data_end.div_ceil(BLOCK_BYTES) {
                let from = block * BLOCK_BYTES;
                self.read_blocks(from..(from + BLOCK_BYTES).min(self.0.data_end))?;
            }
        }
        Ok(self.0.sums.is_some())
    }

    /// Reads whole blocks and verifies each.
    fn read_blocks(&self, range: Range<u64>) -> Result<Bytes> {
        let from = range.start;
        let bytes = self.read_unchecked(range)?;
        let sums = self
            .0
            .sums
            .iter()
            .flatten()
            .skip(usize::try_from(from / BLOCK_BYTES).unwrap_or(usize::MAX));
        let blocks = bytes.chunks(BLOCK_BYTES as usize);
        for ((number, block), sum) in (0..).zip(blocks).zip(sums) {
            if crc32c::crc32c(block) != *sum {
                let start: u64 = from + number * BLOCK_BYTES;
                let end = start + block.len() as u64;
                let detail = format!("the checksum of its bytes {start} to {end} is wrong");
                return Err(Error::damaged(&self.0.path, detail));
            }
        }
        Ok(bytes)
    }

    fn read_unchecked(&self, range: Range<u64>) -> Result<Bytes> {
        let count = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        let mut bytes = vec![0; count];
        let read = self.0.file.read_exact_at(&mut bytes, range.start);
        read.map_err(|err| Error::io("read the data file", &self.0.path, err))?;
        Ok(bytes.into())
    }
}

impl Length for CheckedFile {
    fn len(&self) -> u64 {
        self.0.data_end
    }
}

impl ChunkReader for CheckedFile {
    type T = BufReader<ReadFrom>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let from = ReadFrom {
            file: self.clone(),
            at: start,
        };
        Ok(BufReader::new(from))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let end = start.saturating_add(length as u64);
        self.read(start..end).map_err(|err| ParquetError::External(err.into()))
    }
}

/// A reader of a data file from an offset.
#[derive(Debug)]
pub struct ReadFrom {
    file: CheckedFile,
    at: u64,
}

impl Read for ReadFrom {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.at.saturating_add(buffer.len() as u64).min(self.file.0.data_end);
        let bytes = self.file.read(self.at.min(end)..end).map_err(io::Error::other)?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        self.at = end;
        Ok(bytes.len())
    }
}

/// The checksum of the footer in a file's name.
fn expected_footer(path: &Path) -> Option<u32> {
    let name = path.file_name()?.to_str()?.strip_suffix(".parquet")?;
    let (_, sum) = name.rsplit_once(NAME)?;
    (sum.len() == 8).then(|| u32::from_str_radix(sum, 16).ok()).flatten()
}

/// The checksums of all blocks before the footer.
fn sums(metadata: &ParquetMetaData, data_end: u64) -> Option<Vec<u32>> {
    let mut notes = metadata.file_metadata().key_value_metadata().into_iter().flatten();
    let text = notes.find(|note| note.key == KEY)?.value.as_deref()?;
    let digits = text.as_bytes().chunks(8);
    let sums = digits.map(|digits| u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
    let sums: Vec<u32> = sums.collect::<Option<_>>()?;
    (sums.len() as u64 == data_end.div_ceil(BLOCK_BYTES)).then_some(sums)
}

fn damaged_footer(path: &Path) -> Error {
    Error::damaged(path, "the checksum of its footer is wrong")
}

#[cfg(test)]
mod tests {
    use arrow::array::{BinaryArray, RecordBatch};

    use super::*;
    use crate::parquet_file;

    /// A file of a few blocks, the last one partly filled. Nothing in it repeats, so that it is not compressed.
    fn file(dir: &Path) -> PathBuf {
        let mut state = 1_u64;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        });
        let noise: Vec<u8> = noise.take(300_000).collect();
        let column = Arc::new(BinaryArray::from_vec(noise.chunks(1_000).collect()));
        let batch = RecordBatch::try_from_iter([("noise", column as _)]).unwrap();
        let path = dir.join("part-1.parquet");
        let written = parquet_file::write_plain(&path, &batch).unwrap();
        assert!(!path.exists());
        path.with_file_name(written.name)
    }

    #[test]
    fn reads_return_the_bytes_of_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = file(dir.path());
        let bytes = std::fs::read(&path).unwrap();
        let file = CheckedFile::open(&path).unwrap();
        let end = file.0.data_end;
        assert!((4 * BLOCK_BYTES..5 * BLOCK_BYTES).contains(&end), "{end}");
        assert!(file.verify().unwrap());
        // Within a block, again within it, across its edges, across whole blocks, an empty range, and up to the footer.
        for (from, until) in [
            (0, 10),
            (5, 65_536),
            (65_530, 65_540),
            (65_536, 131_072),
            (1, end),
            (70_000, 70_000),
            (end - 1, end),
            (end, end),
        ] {
            let expected = &bytes[from as usize..until as usize];
            assert_eq!(file.read(from..until).unwrap(), expected, "{from}..{until}");
            let mut found = vec![0; expected.len()];
            file.get_read(from).unwrap().read_exact(&mut found).unwrap();
            assert_eq!(found, expected, "{from}..{until}");
        }
        let refused = file.read(0..end + 1).unwrap_err();
        assert!(refused.is_damaged(), "{refused:?}");
        let mut all = Vec::new();
        file.get_read(0).unwrap().read_to_end(&mut all).unwrap();
        assert_eq!(all, bytes[..end as usize]);
    }

    #[test]
    fn a_damaged_block_is_reported_and_the_others_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = file(dir.path());
        let bytes = std::fs::read(&path).unwrap();
        let end = CheckedFile::open(&path).unwrap().0.data_end;
        for place in [0, BLOCK_BYTES - 1, BLOCK_BYTES, 3 * BLOCK_BYTES + 7, end - 1] {
            let mut damaged = bytes.clone();
            damaged[place as usize] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            let file = CheckedFile::open(&path).unwrap();
            let (first, last) = (place / BLOCK_BYTES, end / BLOCK_BYTES);
            let bounds = |block: u64| (block * BLOCK_BYTES, ((block + 1) * BLOCK_BYTES).min(end));
            let (from, until) = bounds(first);
            let says = format!(
                "{} is damaged: the checksum of its bytes {from} to {until} is wrong",
                path.display()
            );
            for refused in [file.read(place..place + 1), file.read(0..end)] {
                let refused = refused.unwrap_err().to_string();
                assert!(refused.starts_with(&says), "{refused}");
            }
            assert!(file.verify().unwrap_err().is_damaged());
            let (from, until) = bounds(if first == last { 0 } else { last });
            assert_eq!(file.read(from..until).unwrap(), &bytes[from as usize..until as usize]);
        }
        for place in end..bytes.len() as u64 {
            let mut damaged = bytes.clone();
            damaged[place as usize] ^= 1;
            std::fs::write(&path, &damaged).unwrap();
            let refused = CheckedFile::open(&path).unwrap_err();
            assert!(refused.is_damaged(), "byte {place}: {refused:?}");
        }
        for length in [0, 7, 8, 1_000, bytes.len() - 1] {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let refused = CheckedFile::open(&path).unwrap_err();
            assert!(refused.is_damaged(), "{length} bytes: {refused:?}");
        }
    }
}
