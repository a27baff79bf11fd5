//! The log: append-only segments in which an accepted event is safe.
//!
//! * [`segment`]: the files, and places in them.
//! * [`record`]: what stands in them.
//! * [`rest`]: how an interrupted write is told apart from damage.
//! * [`recover`]: what is done about either when the log is opened.
//! * [`aside`]: the copies that are kept of them.
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

/// What was read of the log from a position on.
#[derive(Debug, Default)]
pub(crate) struct Tail {
    /// The position behind the last record.
    pub(crate) end: Position,
    /// Bytes that are no record, by segment.
    pub(crate) damage: Vec<Damage>,
    /// Whether more records follow, left for the next read.
    pub(crate) has_more: bool,
}

/// Bytes of a segment that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    /// Number of the segment.
    pub(crate) segment: u32,
    /// How many bytes.
    pub(crate) bytes: usize,
}

/// How far to read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Until {
    /// Not beyond this position; `None` reads what is there.
    pub(crate) position: Option<Position>,
    /// Stop after the record with which all that were read take this many bytes of memory.
    pub(crate) unfolded_bytes: usize,
}

impl Until {
    /// All there is.
    pub(crate) const END: Self = Self {
        position: None,
        unfolded_bytes: usize::MAX,
    };
}

/// Hands the records of the log from `from` on to `take`.
///
/// Fails with a "not found" error when the segment of `from` is gone: a compaction has moved on, and the table has a
/// later position by now.
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
                // One record that cannot be understood must not keep all the others from the table.
                Err(_) => damaged += payload.len(),
            }
            if unfolded >= until.unfolded_bytes {
                read_to = Some(behind);
                break;
            }
        }
        damaged += match read_to {
            Some(read_to) => piece.damaged_bytes_before(read_to),
            // Up to a position all is acknowledged, and behind the last segment's last record a write may be under way.
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
        // A segment that others follow is read to its end for good; the position moves on so that it can be removed.
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
