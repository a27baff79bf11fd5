//! The rules by which a collector accepts. The collector, the test kit and the check of saved batches have them from here.

use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::field::Field;
use crate::id::CustomerId;
use crate::kind::Kind;
use crate::limits::{CLOCK_AHEAD_MAX_MS, CLOCK_BEHIND_MAX_MS};
use crate::time::Timestamp;
use crate::value::Value;
use crate::wire::{self, Decoded};

/// The reason for refusing a whole body. `E` is the error of a JSON parser.
#[derive(Debug)]
pub enum Refused<E> {
    /// The body exceeds this number of bytes.
    TooLarge(usize),
    /// The body looks like JSON but does not parse.
    NotJson(E),
    /// The encoding or its version is unknown here.
    UnsupportedVersion,
    /// The body does not follow the encoding that its first byte denotes.
    Malformed(Error),
}

impl<E> Refused<E> {
    /// The stable code of the refusal.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "too_large",
            Self::NotJson(_) | Self::Malformed(_) => "malformed",
            Self::UnsupportedVersion => "unsupported_version",
        }
    }

    /// The status of HTTP. The tracker drops a batch at each of these, because sending it again cannot help.
    pub const fn status(&self) -> u16 {
        match self {
            Self::TooLarge(_) => 413,
            Self::NotJson(_) | Self::Malformed(_) | Self::UnsupportedVersion => 400,
        }
    }
}

/// Decodes a body of at most `bytes_max` bytes in the encoding that its first byte denotes. `parse_json` parses JSON,
/// which the model itself does not.
///
/// # Errors
///
/// Fails if the body is too large or is not a batch.
pub fn body<E>(
    body: &[u8],
    bytes_max: usize,
    parse_json: impl Fn(&[u8]) -> Result<Value, E>,
) -> Result<Decoded, Refused<E>> {
    if body.len() > bytes_max {
        return Err(Refused::TooLarge(bytes_max));
    }
    let decoded = match body.first() {
        Some(b'{') => {
            let mut batch = parse_json(body).map_err(Refused::NotJson)?;
            wire::open_items(&mut batch, |text| parse_json(text.as_bytes()).ok());
            wire::from_value(&batch)
        }
        _ => wire::decode(body),
    };
    decoded.map_err(|error| match error.kind() {
        ErrorKind::UnsupportedVersion => Refused::UnsupportedVersion,
        _ => Refused::Malformed(error),
    })
}

/// Checks the rules for an event that the tables of fields cannot express.
///
/// # Errors
///
/// Fails if an `identify` has no valid customer id: all visitors who identify with the same id are one customer, so an
/// empty id would merge all of them.
pub fn event(event: &Event) -> Result<(), Error> {
    if event.touchpoint.kind() == Kind::Identify {
        CustomerId::parse(event.touchpoint.fields().text(Field::CustomerId).unwrap_or_default())?;
    }
    Ok(())
}

/// Checks that the time of an event is near `now`, the collector's clock.
///
/// # Errors
///
/// Fails with [`ErrorKind::Time`] if it is too far ahead or too old.
pub fn time(event: &Event, now: Timestamp) -> Result<(), Error> {
    if event.time.since(now) > CLOCK_AHEAD_MAX_MS || now.since(event.time) > CLOCK_BEHIND_MAX_MS {
        return Err(Error::new(ErrorKind::Time));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{EventId, VisitorId, WriterId};
    use crate::touchpoint::Touchpoint;

    #[track_caller]
    fn check(bytes: &[u8], expected: (u16, &str)) {
        let refused = body(bytes, 20, |json| serde_json::from_slice(json)).unwrap_err();
        assert_eq!((refused.status(), refused.code()), expected);
    }

    #[test]
    fn a_body_that_is_no_batch_is_refused_with_its_reason() {
        check(b"{", (400, "malformed"));
        check(br#"{"v":1,"site":"s"}"#, (400, "malformed"));
        check(br#"{"v":9}"#, (400, "unsupported_version"));
        check(b"", (400, "unsupported_version"));
        check(&[1, 1, 0], (400, "malformed"));
        check(&[b' '; 21], (413, "too_large"));
    }

    fn made(name: &str, fields: &Value, time: Timestamp) -> Event {
        Event {
            id: EventId {
                writer: WriterId(1),
                seq: 0,
            },
            time,
            visitor: VisitorId::parse("v").unwrap(),
            touchpoint: Touchpoint::parse(name, fields).unwrap(),
        }
    }

    #[test]
    fn an_identify_names_a_customer() {
        let identify = |customer: &str| {
            let fields = Value::map([("customer_id", Value::from(customer))]);
            event(&made("identify", &fields, Timestamp::MIN)).map_err(|error| error.code())
        };
        assert_eq!(identify("c"), Ok(()));
        assert_eq!(identify(""), Err("customer_id"));
    }

    #[test]
    fn a_time_is_near_the_collectors_clock() {
        let now = Timestamp::from_millis(1_764_000_000_000);
        let at = |offset_ms: i64| {
            let there = Timestamp::from_millis(now.millis() + offset_ms);
            time(&made("share", &Value::Null, there), now).is_ok()
        };
        assert!(at(0) && at(CLOCK_AHEAD_MAX_MS) && at(-CLOCK_BEHIND_MAX_MS));
        assert!(!at(CLOCK_AHEAD_MAX_MS + 1) && !at(-CLOCK_BEHIND_MAX_MS - 1));
    }
}
