//! The JSON form of batches and events, for the bootstrap, for debugging and for files of events.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Batch, Consent, Decoded, Header, Unread, WIRE_VERSION, check_count};
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::id::{EventId, SiteId, VisitorId, WriterId};
use crate::time::Timestamp;
use crate::touchpoint::Touchpoint;
use crate::value::Value;

impl Batch {
    /// The batch in the JSON form.
    pub fn to_value(&self) -> Value {
        let events = self.events.iter().map(|(time, touchpoint)| {
            let mut pairs = alloc::vec![("time".into(), Value::Int(time.millis()))];
            pairs.extend(touchpoint.to_pairs());
            Value::Map(pairs)
        });
        Value::map([
            ("v", Value::Int(WIRE_VERSION.into())),
            ("site", Value::from(self.site.as_str())),
            ("writer", Value::Text(self.writer.to_hex())),
            ("visitor", Value::from(self.visitor.as_str())),
            ("consent", Value::from(self.consent.name())),
            ("automated", Value::Bool(self.automated)),
            ("first_seq", Value::Int(self.first_seq.into())),
            ("events", Value::List(events.collect())),
        ])
    }
}

/// Reads a JSON batch. `consent`, `automated` and `first_seq` are optional; their defaults are unknown, false and 0.
///
/// # Errors
///
/// Fails if the version is unknown, an id is not valid, or the batch is malformed or has too many events. Single events
/// that are not valid become dead letters instead.
pub fn from_value(value: &Value) -> Result<Decoded, Error> {
    let malformed = || Error::new(ErrorKind::Malformed(0));
    if value.get("v").and_then(Value::as_int) != Some(WIRE_VERSION.into()) {
        return Err(Error::new(ErrorKind::UnsupportedVersion));
    }
    let text = |key| value.get(key).and_then(Value::as_text).unwrap_or("");
    let header = Header {
        site: SiteId::parse(text("site"))?,
        writer: WriterId::parse(text("writer"))?,
        visitor: VisitorId::parse(text("visitor"))?,
        consent: match value.get("consent") {
            None => Consent::Unknown,
            Some(word) => word.as_text().and_then(Consent::from_name).ok_or_else(malformed)?,
        },
        automated: match value.get("automated") {
            None => false,
            Some(word) => word.as_bool().ok_or_else(malformed)?,
        },
        first_seq: match value.get("first_seq") {
            None => 0,
            Some(number) => small(number).ok_or_else(malformed)?,
        },
    };
    let Some(Value::List(events)) = value.get("events") else {
        return Err(malformed());
    };
    let count = check_count(header.first_seq, events.len())?;
    let mut decoded = Decoded::new(header, count);
    for (at, event) in (0..count).zip(events) {
        let time = time_of(event);
        let touchpoint = match time {
            Some(_) => touchpoint_of(event, BATCH_KEYS),
            // The kept event has the time as it was sent.
            None => touchpoint_of(event, BATCH_KEYS).and(Err(Error::new(ErrorKind::Time))),
        };
        let touchpoint = touchpoint.map_err(|error| Unread {
            error,
            content: event.clone(),
            is_whole: true,
        });
        decoded.add(at, time, touchpoint);
    }
    Ok(decoded)
}

/// Reads items that a JSON batch contains as JSON text; see [`Value::open_items`].
pub fn open_items(batch: &mut Value, read: impl Fn(&str) -> Option<Value>) {
    if let Value::Map(pairs) = batch
        && let Some((_, Value::List(events))) = pairs.iter_mut().find(|(key, _)| key == "events")
    {
        for event in events {
            event.open_items(&read);
        }
    }
}

/// An event in the JSON form: `writer`, `seq`, `time`, `visitor`, `kind` and its fields.
pub fn event_to_value(event: &Event) -> Value {
    let mut pairs: Vec<(String, Value)> = alloc::vec![
        ("writer".into(), Value::Text(event.id.writer.to_hex())),
        ("seq".into(), Value::Int(event.id.seq.into())),
        ("time".into(), Value::Int(event.time.millis())),
        ("visitor".into(), Value::from(event.visitor.as_str())),
    ];
    pairs.extend(event.touchpoint.to_pairs());
    Value::Map(pairs)
}

/// Reads an event that [`event_to_value`] wrote.
///
/// # Errors
///
/// Fails if an id, the seq, the time or the touchpoint is missing or not valid.
pub fn event_from_value(value: &Value) -> Result<Event, Error> {
    let text = |key| value.get(key).and_then(Value::as_text).unwrap_or("");
    Ok(Event {
        id: EventId {
            writer: WriterId::parse(text("writer"))?,
            seq: value
                .get("seq")
                .and_then(small)
                .ok_or_else(|| Error::new(ErrorKind::Malformed(0)))?,
        },
        time: time_of(value).ok_or_else(|| Error::new(ErrorKind::Time))?,
        visitor: VisitorId::parse(text("visitor"))?,
        touchpoint: touchpoint_of(value, EVENT_KEYS)?,
    })
}

/// Keys of an event in a batch that are not its fields.
const BATCH_KEYS: &[&str] = &["time", "kind"];
/// Keys of an event by itself that are not its fields.
const EVENT_KEYS: &[&str] = &["writer", "seq", "time", "visitor", "kind"];

fn small(value: &Value) -> Option<u32> {
    value.as_int().and_then(|n| u32::try_from(n).ok())
}

fn time_of(event: &Value) -> Option<Timestamp> {
    event.get("time").and_then(Value::as_int).and_then(Timestamp::checked)
}

fn touchpoint_of(event: &Value, keys: &[&str]) -> Result<Touchpoint, Error> {
    let name = event.get("kind").and_then(Value::as_text).unwrap_or("");
    let fields = event.pairs().iter().filter(|(key, _)| !keys.contains(&key.as_str()));
    Touchpoint::parse(name, &Value::Map(fields.cloned().collect()))
}
