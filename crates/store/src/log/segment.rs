//! Segments: the log's files.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::record::{self, Scan};
use super::rest::Rest;
use crate::durable;
use crate::error::{Error, ErrorKind, Result};

/// A place in the log: a segment and a byte in it. Places are ordered as the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Number of the segment.
    pub segment: u32,
    /// Byte in it.
    pub offset: u32,
}

impl Position {
    /// The beginning of a segment's records.
    pub(crate) const fn start_of(segment: u32) -> Self {
        Self {
            segment,
            offset: SEGMENT_HEAD_BYTES as u32,
        }
    }

    /// As one number, larger for later places; it is the version of the table's `txn` action.
    pub fn to_number(self) -> i64 {
        (i64::from(self.segment) << 32) | i64::from(self.offset)
    }

    /// The place that [`to_number`](Self::to_number) wrote.
    pub fn from_number(number: i64) -> Self {
        Self {
            segment: (number >> 32) as u32,
            offset: number as u32,
        }
    }
}

/// Bytes before the first record: magic, format version (u16 LE), the segment's number (u32 LE), and four bytes that are
/// zeros in version 1. A later version has the CRC32C of the bytes before there, so that no flipped bit looks like one.
pub(crate) const SEGMENT_HEAD_BYTES: usize = 16;
const MAGIC: &[u8; 6] = b"WAYLOG";
const SEGMENT_VERSION: u16 = 1;

/// The file of segment `number`.
pub(crate) fn path(log: &Path, number: u32) -> PathBuf {
    log.join(format!("{number:08}.seg"))
}

/// The numbers of the segments in the folder, ascending; none where there is no folder.
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

/// Makes segment `number`, durably, with no record in it.
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

/// What the first bytes of a segment are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// As they were written.
    Whole,
    /// Not there, or zeros like all that follows: the segment is being made at this moment, or a crash ended that. It has
    /// no records.
    Blank,
    /// Something else. The records behind have marks and checksums of their own and are read all the same.
    Damaged,
}

/// Bytes of a segment from a record's start on, with what was found in them.
pub(crate) struct Piece {
    /// The segment's file.
    pub(crate) path: PathBuf,
    /// What the segment's first bytes are.
    pub(crate) head: Head,
    /// Where in the segment `bytes` begin.
    pub(crate) start: usize,
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// The records in them.
    pub(crate) scan: Scan,
}

impl Piece {
    /// Reads a segment from `offset` on, up to `until` where that is given.
    pub(crate) fn read(log: &Path, number: u32, offset: usize, until: Option<usize>) -> Result<Self> {
        Self::open(path(log, number), number, offset, until)
    }

    /// The same of a copy that was put aside.
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

    /// The records' payloads, each with where it ends in the segment.
    pub(crate) fn payloads(&self) -> impl Iterator<Item = (&[u8], usize)> {
        let payloads = self.scan.payloads.iter();
        payloads.map(|range| (&self.bytes[range.clone()], self.start + range.end))
    }

    /// Where the last record ends.
    pub(crate) fn end(&self) -> usize {
        self.start + self.scan.end
    }

    /// What the bytes behind the last record are.
    pub(crate) fn rest(&self) -> Rest {
        Rest::of(&self.bytes[self.scan.end..], self.end())
    }

    /// Bytes that are no record, when the segment is not the one being written.
    pub(crate) fn damaged_bytes(&self, is_last: bool) -> usize {
        let behind = if is_last { 0 } else { self.bytes.len() - self.scan.end };
        self.damaged_bytes_before(self.end()) + behind
    }

    /// Bytes of the segment's head, where that is damaged and what was read begins right behind it.
    pub(crate) fn damaged_head_bytes(&self) -> usize {
        match self.head {
            Head::Damaged if self.start <= SEGMENT_HEAD_BYTES => SEGMENT_HEAD_BYTES,
            _ => 0,
        }
    }

    /// The same before a place in the segment at which a record ends.
    pub(crate) fn damaged_bytes_before(&self, place: usize) -> usize {
        let damage = self.scan.damage.iter();
        let before = damage.filter(|range| self.start + range.end <= place);
        before.map(ExactSizeIterator::len).sum()
    }
}

/// Whether a segment that begins with `head` and goes on with `rest` was never written to. A crash while a segment is made
/// leaves a file that is short or nothing but zeros.
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

/// The version of a head that a later version of Wayside wrote.
fn later_version(head: &[u8]) -> Option<u16> {
    let (checked, sum) = head.split_at_checked(12)?;
    let version = u16::from_le_bytes([checked[6], checked[7]]);
    let is_later = checked.starts_with(MAGIC) && version > SEGMENT_VERSION;
    (is_later && sum == crc32c::crc32c(checked).to_le_bytes()).then_some(version)
}
