//! A touchpoint with its identity, time and visitor.

use crate::field::Field;
use crate::id::{EventId, VisitorId};
use crate::kind::Kind;
use crate::time::Timestamp;
use crate::touchpoint::Touchpoint;

/// An event: what is captured, uploaded, stored and counted once.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its identity.
    pub id: EventId,
    /// When, by the visitor's clock.
    pub time: Timestamp,
    /// Whose.
    pub visitor: VisitorId,
    /// What.
    pub touchpoint: Touchpoint,
}

/// What sessions, stages and detectors read of an event.
///
/// [`Event`] is one; the analyzer's view of a row in the table's columns is another, so that the model runs over columns
/// without building events.
pub trait Touch {
    /// Its identity.
    fn id(&self) -> EventId;
    /// When, by the visitor's clock.
    fn time(&self) -> Timestamp;
    /// Whose, as text.
    fn visitor(&self) -> &str;
    /// Its kind.
    fn kind(&self) -> Kind;
    /// The text of a text or address field.
    fn text(&self, field: Field) -> Option<&str>;
    /// The text of a text or address field; empty where there is none.
    fn word(&self, field: Field) -> &str {
        self.text(field).unwrap_or_default()
    }
    /// The number of a whole-number field, the micros of an amount, 0 or 1 of a boolean.
    fn int(&self, field: Field) -> Option<i64>;
    /// The same; 0 where there is none.
    fn number(&self, field: Field) -> i64 {
        self.int(field).unwrap_or_default()
    }

    /// Where it stands in canonical order: the one order in which a journey is read.
    fn order(&self) -> (Timestamp, EventId) {
        (self.time(), self.id())
    }
}

impl Touch for Event {
    fn id(&self) -> EventId {
        self.id
    }

    fn time(&self) -> Timestamp {
        self.time
    }

    fn visitor(&self) -> &str {
        self.visitor.as_str()
    }

    fn kind(&self) -> Kind {
        self.touchpoint.kind()
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.touchpoint.fields().text(field)
    }

    fn int(&self, field: Field) -> Option<i64> {
        self.touchpoint.fields().int(field)
    }
}

/// Sorts into canonical order: (time, writer, seq). No one else sorts events.
pub fn sort_canonical(events: &mut [Event]) {
    events.sort_by_key(Touch::order);
}
