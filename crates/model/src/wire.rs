//! How batches travel.

use alloc::string::String;
use alloc::vec::Vec;

use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::id::{SiteId, VisitorId, WriterId};
use crate::time::Timestamp;
use crate::touchpoint::Touchpoint;
use crate::value::Value;

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
        Self::ALL.into_iter().find(|consent| consent.name() == name)
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

impl Batch {
    /// The batch as bytes.
    pub fn encode(&self) -> Vec<u8> {
        Vec::new()
    }

    /// The batch as JSON says it.
    pub fn to_value(&self) -> Value {
        Value::Null
    }
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

/// Decodes a binary batch.
pub fn decode(bytes: &[u8]) -> Result<Decoded, Error> {
    let _ = bytes;
    Err(Error::new(ErrorKind::UnsupportedVersion))
}

/// Reads a JSON batch.
pub fn from_value(value: &Value) -> Result<Decoded, Error> {
    let _ = value;
    Err(Error::new(ErrorKind::UnsupportedVersion))
}

/// An event as JSON says it: `writer`, `seq`, `time`, `visitor`, `kind` and its fields.
pub fn event_to_value(event: &Event) -> Value {
    let _ = event;
    Value::Null
}

/// Reads an event that [`event_to_value`] wrote.
pub fn event_from_value(value: &Value) -> Result<Event, Error> {
    let _ = value;
    Err(Error::new(ErrorKind::UnsupportedVersion))
}
