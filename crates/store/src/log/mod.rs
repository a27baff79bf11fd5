//! The log: append-only segments in which an accepted event is safe.
//!
//! * [`segment`]: the files, and places in them.
//! * [`record`]: the records in them.
//! * [`rest`]: the distinction between interrupted writes and damage.
//! * [`recover`]: the recovery from both when the log is opened.
//! * [`aside`]: the copies that are kept of both.
//! * [`writer`]: the one thread that appends, with group commit.

pub(crate) mod aside;
pub(crate) mod record;
pub(crate) mod recover;
pub(crate) mod rest;
pub(crate) mod segment;
pub(crate) mod writer;

use std::path::Path;

use segment::Piece;
pub use segment::Position;

use crate::accepted::Accepted;
use crate::error::{Error, Result};

/// The result of reading the log from a position.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    /// The position after the last record.
    pub(crate) end: Position,
    /// Damaged bytes by segment.
    pub(crate) damage: Vec<Damage>,
    /// Whether more records follow, which the next read returns.
    pub(crate) has_more: bool,
}

/// Bytes of a segment that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    /// The number of the segment.
    pub(crate) segment: u32,
    /// The number of damaged bytes.
    pub(crate) bytes: usize,
}

/// The end of a read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Until {
    /// The position at which to stop; `None` reads to the end of the log.
    pub(crate) position: Option<Position>,
    /// The memory in bytes after which to stop: the read ends with the record that reaches it.
    pub(crate) unfolded_bytes: usize,
}

impl Until {
    /// The end of the log.
    pub(crate) const END: Self = Self {
        position: None,
        unfolded_bytes: usize::MAX,
    };
}

/// Passes the records of the log from `from` on to `take`.
///
/// Fails with a "not found" error if the segment of `from` is gone, which means that a compaction has advanced the
/// table's position.
pub(crate) fn read(log: &Path, from: Position, until: Until, mut take: impl FnMut(Accepted)) -> Result<Tail> {
    let mut tail = Tail {
        end: from,
        ..Tail::default()
    };
    let segments = segment::list(log)?;
    let Some(last) = segments.last().copied() else {
        return Ok(tail);
    };
    if !segments.contains(&from.segment) {
        return Err(Error::io(
            "read the log segment",
            &segment::path(log, from.segment),
            std::io::ErrorKind::NotFound.into(),
        ));
    }
    let stop = until.position.unwrap_or(Position {
        segment: last,
        offset: u32::MAX,
    });
    let mut unfolded = 0;
    for number in segments
        .into_iter()
        .filter(|n| (from.segment..=stop.segment).contains(n))
    {
        let start = if number == from.segment {
            from
        } else {
            Position::start_of(number)
        };
        let end = until.position.filter(|stop| stop.segment == number);
        let piece = Piece::read(log, number, start.offset as usize, end.map(|end| end.offset as usize))?;
        let mut damaged = piece.damaged_head_bytes();
        let mut read_to = None;
        for (payload, behind) in piece.payloads() {
            match Accepted::decode(payload, &piece.path) {
                Ok(accepted) => {
                    unfolded += accepted.unfolded();
                    take(accepted);
                }
                Err(err) if err.is_newer_format() => return Err(err),
                // A record that cannot be decoded must not keep the others out of the table.
                Err(_) => damaged += payload.len(),
            }
            if unfolded >= until.unfolded_bytes {
                read_to = Some(behind);
                break;
            }
        }
        damaged += match read_to {
            Some(read_to) => piece.damaged_bytes_before(read_to),
            // Everything before a position is acknowledged; after the last record of the last segment, a write may be
            // in progress.
            None => piece.damaged_bytes(number == last && end.is_none()),
        };
        if damaged > 0 {
            tail.damage.push(Damage {
                segment: number,
                bytes: damaged,
            });
        }
        if let Some(read_to) = read_to {
            tail.end = position(number, read_to);
            tail.has_more = true;
            return Ok(tail);
        }
        // A segment that others follow gets no more records; the position moves to the next one so that it can be
        // removed.
        tail.end = if number < last && end.is_none() {
            Position::start_of(number + 1)
        } else {
            position(number, piece.end())
        };
    }
    Ok(tail)
}

fn position(segment: u32, offset: usize) -> Position {
    Position {
        segment,
        offset: u32::try_from(offset).unwrap_or(u32::MAX),
    }
}
