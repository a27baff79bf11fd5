//! The wire format of batches: a binary form for the page, and a JSON form for its bootstrap and for debugging.
//!
//! `docs/wire.md` specifies the binary form byte by byte. Both forms are strict about the batch and lenient about its
//! events: a batch that contradicts itself is refused as a whole; an event that does not match the tables of
//! [`Field`](crate::Field) and [`Kind`](crate::Kind) becomes a dead letter with its reason, so that accepted = good +
//! bad.

mod binary;
pub(crate) mod bytes;
mod json;

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::id::{EventId, SiteId, VisitorId, WriterId};
use crate::limits::BATCH_EVENTS_MAX;
use crate::time::Timestamp;
use crate::touchpoint::Touchpoint;
use crate::value::Value;

pub use binary::{decode, encode, unfolded};
pub use json::{event_from_value, event_to_value, from_value, open_items};

/// First byte of a binary batch. JSON begins with `{`, so one byte names the encoding.
pub const BINARY: u8 = 0x01;

/// Version of both forms. A new field or kind does not raise it, because decoders turn events with unknown codes into
/// dead letters. A change of the encoding raises it.
pub const WIRE_VERSION: u8 = 1;

/// The visitor's consent at the time the batch's events were captured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Consent {
    /// The visitor has not decided yet.
    #[default]
    Unknown = 0,
    /// The visitor has refused.
    Denied = 1,
    /// The visitor has agreed.
    Granted = 2,
}

impl Consent {
    /// Every state in order of its code.
    pub const ALL: [Self; 3] = [Self::Unknown, Self::Denied, Self::Granted];

    /// The state's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Denied => "denied",
            Self::Granted => "granted",
        }
    }

    /// The state with this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|consent| consent.name() == name).copied()
    }
}

/// Events of one writer, contiguous in seq, as the page sends them.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// The site.
    pub site: SiteId,
    /// The page load that captured the events.
    pub writer: WriterId,
    /// The visitor.
    pub visitor: VisitorId,
    /// The consent of the visitor.
    pub consent: Consent,
    /// Whether the browser was controlled by software.
    pub automated: bool,
    /// The seq of the first event; the others follow without gaps.
    pub first_seq: u32,
    /// The events.
    pub events: Vec<(Timestamp, Touchpoint)>,
}

/// The header of a batch to encode, without its events.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// The site.
    pub site: &'a SiteId,
    /// The page load that captured the events.
    pub writer: WriterId,
    /// The visitor.
    pub visitor: &'a VisitorId,
    /// The consent of the visitor.
    pub consent: Consent,
    /// Whether the browser was controlled by software.
    pub automated: bool,
}

/// A decoded batch with its valid and invalid events: accepted = good + bad.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// The site.
    pub site: SiteId,
    /// The page load that captured the events.
    pub writer: WriterId,
    /// The visitor.
    pub visitor: VisitorId,
    /// The consent of the visitor.
    pub consent: Consent,
    /// Whether the browser was controlled by software.
    pub automated: bool,
    /// The seq of the first event.
    pub first_seq: u32,
    /// The seq of the last event.
    pub last_seq: u32,
    /// The valid events.
    pub good: Vec<Event>,
    /// The invalid events, in order of seq.
    pub bad: Vec<BadEvent>,
}

/// An invalid event, for the dead-letter table.
#[derive(Clone, Debug, PartialEq)]
pub struct BadEvent {
    /// The seq of the event.
    pub seq: u32,
    /// The time of the event, if it could be read.
    pub time: Option<Timestamp>,
    /// The stable code of the reason; see [`Error::code`].
    pub code: &'static str,
    /// The reason in words.
    pub detail: String,
    /// The event in the JSON form, without its ids, as far as it could be read.
    pub content: Value,
    /// Whether `content` is the event as it was sent. A binary event has parts that this version cannot name.
    pub is_whole: bool,
}

/// A touchpoint that cannot be read: the reason, and its content for the dead letter.
struct Unread {
    error: Error,
    content: Value,
    is_whole: bool,
}

impl Decoded {
    /// A decoded batch without events yet. `count`, the number of events to come, is at least 1.
    fn new(batch: Header, count: u32) -> Self {
        Self {
            site: batch.site,
            writer: batch.writer,
            visitor: batch.visitor,
            consent: batch.consent,
            automated: batch.automated,
            first_seq: batch.first_seq,
            last_seq: batch.first_seq.saturating_add(count.saturating_sub(1)),
            good: Vec::new(),
            bad: Vec::new(),
        }
    }

    /// Adds the event with index `at` to the valid or the invalid events.
    fn add(&mut self, at: u32, time: Option<Timestamp>, touchpoint: Result<Touchpoint, Unread>) {
        let seq = self.first_seq.saturating_add(at);
        let unread = match (touchpoint, time) {
            (Ok(touchpoint), Some(time)) => {
                self.good.push(Event {
                    id: EventId {
                        writer: self.writer,
                        seq,
                    },
                    time,
                    visitor: self.visitor.clone(),
                    touchpoint,
                });
                return;
            }
            (Ok(touchpoint), None) => Unread {
                error: Error::new(ErrorKind::Time),
                content: Value::Map(touchpoint.to_pairs()),
                is_whole: false,
            },
            (Err(unread), _) => unread,
        };
        self.bad.push(BadEvent {
            seq,
            time,
            code: unread.error.code(),
            detail: unread.error.to_string(),
            content: unread.content,
            is_whole: unread.is_whole,
        });
    }
}

/// The decoded header of a batch.
struct Header {
    site: SiteId,
    writer: WriterId,
    visitor: VisitorId,
    consent: Consent,
    automated: bool,
    first_seq: u32,
}

/// Refuses a batch without events, with too many events, or with a seq beyond 32 bits.
fn check_count(first_seq: u32, count: usize) -> Result<u32, Error> {
    match u32::try_from(count) {
        Ok(n @ 1..) if count <= BATCH_EVENTS_MAX && first_seq.checked_add(n).is_some() => Ok(n),
        _ => Err(Error::new(ErrorKind::TooMany)),
    }
}
