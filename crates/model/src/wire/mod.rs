//! How batches travel: binary from the page, JSON from its bootstrap and for debugging.
//!
//! `docs/wire.md` has the binary form byte by byte. Both forms are strict about the batch and lenient about its events:
//! a batch that contradicts itself is refused as a whole, an event that the tables of [`Field`](crate::Field) and
//! [`Kind`](crate::Kind) refuse is set aside with its reason, so that accepted = good + bad.

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

pub use binary::{decode, encode, unfolded};
pub use json::{event_from_value, event_to_value, from_value};

/// First byte of a binary batch. JSON begins with `{`, so one byte names the encoding.
pub const BINARY: u8 = 0x01;

/// Version of both forms. A new field or kind does not raise it: decoders set aside the events that use what they do not
/// know. A change of how anything is written does.
pub const WIRE_VERSION: u8 = 1;

/// What the visitor agreed to when the batch's events were captured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Consent {
    /// Not asked or not answered yet.
    #[default]
    Unknown = 0,
    /// Refused.
    Denied = 1,
    /// Given.
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
    /// For which site.
    pub site: SiteId,
    /// By which page life.
    pub writer: WriterId,
    /// Whose.
    pub visitor: VisitorId,
    /// Agreed to what.
    pub consent: Consent,
    /// Whether a machine drove the browser.
    pub automated: bool,
    /// The seq of the first event; the others follow without gaps.
    pub first_seq: u32,
    /// The events.
    pub events: Vec<(Timestamp, Touchpoint)>,
}

/// What a batch says besides its events.
#[derive(Clone, Copy, Debug)]
pub struct Envelope<'a> {
    /// For which site.
    pub site: &'a SiteId,
    /// By which page life.
    pub writer: WriterId,
    /// Whose.
    pub visitor: &'a VisitorId,
    /// Agreed to what.
    pub consent: Consent,
    /// Whether a machine drove the browser.
    pub automated: bool,
}

/// A batch as it was received, its good events apart from its bad ones: accepted = good + bad.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded {
    /// For which site.
    pub site: SiteId,
    /// By which page life.
    pub writer: WriterId,
    /// Whose.
    pub visitor: VisitorId,
    /// Agreed to what.
    pub consent: Consent,
    /// Whether a machine drove the browser.
    pub automated: bool,
    /// The seq of the first event.
    pub first_seq: u32,
    /// The seq of the last event.
    pub last_seq: u32,
    /// The events that are right.
    pub good: Vec<Event>,
    /// The events that are not, in order of seq.
    pub bad: Vec<BadEvent>,
}

/// An event that the tables refuse, for the dead-letter table.
#[derive(Clone, Debug, PartialEq)]
pub struct BadEvent {
    /// Its number in its writer.
    pub seq: u32,
    /// When, if that could be read.
    pub time: Option<Timestamp>,
    /// Why, as [`Error::code`] says it.
    pub code: &'static str,
    /// Why, in words.
    pub detail: String,
}

impl Decoded {
    /// The header with no events yet. `count` is at least 1.
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

    /// Puts the event `at` places after the first where it belongs.
    fn add(&mut self, at: u32, time: Option<Timestamp>, touchpoint: Result<Touchpoint, Error>) {
        let seq = self.first_seq.saturating_add(at);
        let out_of_time = || Error::new(ErrorKind::Time);
        match touchpoint.and_then(|touchpoint| Ok((touchpoint, time.ok_or_else(out_of_time)?))) {
            Ok((touchpoint, time)) => self.good.push(Event {
                id: EventId {
                    writer: self.writer,
                    seq,
                },
                time,
                visitor: self.visitor.clone(),
                touchpoint,
            }),
            Err(error) => self.bad.push(BadEvent {
                seq,
                time,
                code: error.code(),
                detail: error.to_string(),
            }),
        }
    }
}

/// What a batch says of all its events.
struct Header {
    site: SiteId,
    writer: WriterId,
    visitor: VisitorId,
    consent: Consent,
    automated: bool,
    first_seq: u32,
}

/// Refuses a batch with no events, too many, or a seq beyond what it can count.
fn check_count(first_seq: u32, count: usize) -> Result<u32, Error> {
    match u32::try_from(count) {
        Ok(n @ 1..) if count <= BATCH_EVENTS_MAX && first_seq.checked_add(n).is_some() => Ok(n),
        _ => Err(Error::new(ErrorKind::TooMany)),
    }
}
