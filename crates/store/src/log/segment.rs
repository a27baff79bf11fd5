//! Segments, the files of the log.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::record::{self, Scan};
use super::rest::Rest;
use crate::durable;
use crate::error::{Error, ErrorKind, Result};

/// A position in the log: a segment and an offset in it. Later records have larger positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The number of the segment.
    pub segment: u32,
    /// The offset in the segment, in bytes.
    pub offset: u32,
}

impl Position {
    /// The start of a segment's records.
    pub(crate) const fn start_of(segment: u32) -> Self {
        Self {
            segment,
            offset: SEGMENT_HEAD_BYTES as u32,
        }
    }

    /// The position as one number, larger for later positions. It is the version of the table's `txn` action.
    pub fn to_number(self) -> i64 {
        (i64::from(self.segment) << 32) | i64::from(self.offset)
    }

    /// The position from a number of [`to_number`](Self::to_number).
    pub fn from_number(number: i64) -> Self {
        Self {
            segment: (number >> 32) as u32,
            offset: number as u32,
        }
    }
}

/// Bytes before the first record: magic, format version (u16 LE), the segment's number (u32 LE), and four bytes that
/// are zeros in version 1. Later versions store the CRC32C of the bytes before in these, so that a flipped bit cannot
/// look like a later version.
pub(crate) const SEGMENT_HEAD_BYTES: usize = 16;
const MAGIC: &[u8; 6] = b"WAYLOG";
const SEGMENT_VERSION: u16 = 1;

/// The path of segment `number`.
pub(crate) fn path(log: &Path, number: u32) -> PathBuf {
    log.join(format!("{number:08}.seg"))
}

/// The numbers of the segments in the folder, ascending; empty if there is no folder.
pub(crate) fn list(log: &Path) -> Result<Vec<u32>> {
    let entries = match std::fs::read_dir(log) {
        Ok(entries) => entries,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(Error::io("list", log, err)),
    };
    let mut numbers = Vec::new();
    for entry in entries {
        let name = entry.map_err(|err| Error::io("list", log, err))?.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(".seg"));
        numbers.extend(number.and_then(|digits| digits.parse::<u32>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Creates segment `number` durably, without records.
pub(crate) fn create(log: &Path, number: u32) -> Result<File> {
    let path = path(log, number);
    let make = || {
        let mut file = File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(&path)?;
        file.write_all(&head(number))?;
        file.sync_all()?;
        durable::sync_dir(log)?;
        Ok(file)
    };
    make().map_err(|err| Error::io("create the log segment", &path, err))
}

fn head(number: u32) -> [u8; SEGMENT_HEAD_BYTES] {
    let mut head = [0; SEGMENT_HEAD_BYTES];
    head[..6].copy_from_slice(MAGIC);
    head[6..8].copy_from_slice(&SEGMENT_VERSION.to_le_bytes());
    head[8..12].copy_from_slice(&number.to_le_bytes());
    head
}

/// The state of a segment's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// The header is valid.
    Whole,
    /// The header is missing or, like everything after it, zeros: the segment is just being created, or a crash
    /// interrupted that. It has no records.
    Blank,
    /// The header is damaged. The records after it have their own marks and checksums and are still read.
    Damaged,
}

/// Bytes of a segment from the start of a record, with the records in them.
pub(crate) struct Piece {
    /// The path of the segment.
    pub(crate) path: PathBuf,
    /// The state of the segment's header.
    pub(crate) head: Head,
    /// The offset of `bytes` in the segment.
    pub(crate) start: usize,
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// The records in them.
    pub(crate) scan: Scan,
}

impl Piece {
    /// Reads a segment from `offset` to `until`, or to its end.
    pub(crate) fn read(log: &Path, number: u32, offset: usize, until: Option<usize>) -> Result<Self> {
        Self::open(path(log, number), number, offset, until)
    }

    /// Like [`Piece::read`], for the file at `path`.
    pub(crate) fn open(path: PathBuf, number: u32, offset: usize, until: Option<usize>) -> Result<Self> {
        let mut head = Vec::new();
        let mut bytes = Vec::new();
        let mut read = || {
            let mut file = File::open(&path)?;
            (&file).take(SEGMENT_HEAD_BYTES as u64).read_to_end(&mut head)?;
            if is_blank(&head, &mut file)? {
                return Ok(Head::Blank);
            }
            file.seek(SeekFrom::Start(offset as u64))?;
            match until {
                Some(until) => file.take(until.saturating_sub(offset) as u64).read_to_end(&mut bytes),
                None => file.read_to_end(&mut bytes),
            }?;
            Ok(if head == self::head(number) {
                Head::Whole
            } else {
                Head::Damaged
            })
        };
        let judged = read().map_err(|err| Error::io("read the log segment", &path, err))?;
        if let (Head::Damaged, Some(version)) = (judged, later_version(&head)) {
            return Err(Error::new(ErrorKind::NewerFormat {
                path,
                found: version.to_string(),
                known: u32::from(SEGMENT_VERSION),
            }));
        }
        let scan = record::scan(&bytes);
        Ok(Self {
            path,
            head: judged,
            start: offset,
            bytes,
            scan,
        })
    }

    /// The payloads of the records, each with its end in the segment.
    pub(crate) fn payloads(&self) -> impl Iterator<Item = (&[u8], usize)> {
        let payloads = self.scan.payloads.iter();
        payloads.map(|range| (&self.bytes[range.clone()], self.start + range.end))
    }

    /// The end of the last record in the segment.
    pub(crate) fn end(&self) -> usize {
        self.start + self.scan.end
    }

    /// The kind of bytes after the last record.
    pub(crate) fn rest(&self) -> Rest {
        Rest::of(&self.bytes[self.scan.end..], self.end())
    }

    /// The number of damaged bytes. If `is_last`, the bytes after the last record do not count, because a write may be in
    /// progress there.
    pub(crate) fn damaged_bytes(&self, is_last: bool) -> usize {
        let behind = if is_last { 0 } else { self.bytes.len() - self.scan.end };
        self.damaged_bytes_before(self.end()) + behind
    }

    /// The number of bytes of a damaged header, if these bytes start right after it.
    pub(crate) fn damaged_head_bytes(&self) -> usize {
        match self.head {
            Head::Damaged if self.start <= SEGMENT_HEAD_BYTES => SEGMENT_HEAD_BYTES,
            _ => 0,
        }
    }

    /// The number of damaged bytes before the end `place` of a record.
    pub(crate) fn damaged_bytes_before(&self, place: usize) -> usize {
        let damage = self.scan.damage.iter();
        let before = damage.filter(|range| self.start + range.end <= place);
        before.map(ExactSizeIterator::len).sum()
    }
}

/// Whether a segment with the header `head` and the content `rest` was never written to. A crash during the creation of
/// a segment leaves a file that is short or only zeros.
fn is_blank(head: &[u8], rest: &mut File) -> io::Result<bool> {
    if head.len() < SEGMENT_HEAD_BYTES {
        return Ok(true);
    }
    let mut bytes = head.to_vec();
    if bytes.iter().all(|byte| *byte == 0) {
        rest.read_to_end(&mut bytes)?;
    }
    Ok(bytes.iter().all(|byte| *byte == 0))
}

/// The version of a header that a later version of Wayside wrote.
fn later_version(head: &[u8]) -> Option<u16> {
    let (checked, sum) = head.split_at_checked(12)?;
    let version = u16::from_le_bytes([checked[6], checked[7]]);
    let is_later = checked.starts_with(MAGIC) && version > SEGMENT_VERSION;
    (is_later && sum == crc32c::crc32c(checked).to_le_bytes()).then_some(version)
}
