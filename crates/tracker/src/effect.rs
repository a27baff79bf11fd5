//! What the host does for the tracker, in the order given, after the tracker has returned.

use alloc::string::String;
use alloc::vec::Vec;

use wayside_model::Value;

/// One thing for the host to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Call [`Tracker::handle`](crate::Tracker::handle) with [`Input::EndTurn`](crate::Input::EndTurn) before this turn
    /// of the event loop ends, so that a thousand calls cost one write.
    EndTurn,
    /// Write `text` under `key`.
    Store {
        /// The whole key.
        key: String,
        /// What to keep.
        text: String,
    },
    /// Remove the key.
    Remove(String),
    /// Remove every key of the site but the visitor's decision on consent.
    Purge,
    /// POST `body` and report with [`Input::Sent`](crate::Input::Sent).
    Send {
        /// Names this sending in the report.
        id: u32,
        /// One batch.
        body: Vec<u8>,
    },
    /// Hand `body` to `sendBeacon`. Nothing is reported: a beacon is an extra copy.
    Beacon(Vec<u8>),
    /// Call with [`Input::Timer`](crate::Input::Timer) after so many milliseconds; an earlier timer is void.
    Timer(u32),
    /// Tell the page of a signal.
    Signal(Value),
    /// Tell the page of a touchpoint.
    Touchpoint(Value),
    /// Tell who waits with this token that all is delivered.
    Settled(u32),
    /// Tell a developer what was not right.
    Warn {
        /// A stable word for it.
        code: &'static str,
        /// Which field, name or status.
        about: String,
    },
}

/// What became of this page life's events: captured = acked + dropped + refused + pending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Events that were given an id.
    pub captured: u32,
    /// Events that the collector has on disk.
    pub acked: u32,
    /// Events given up: beyond the outbox's limits, or purged on withdrawal of consent.
    pub dropped: u32,
    /// Events in batches that the collector refused.
    pub refused: u32,
    /// Events that wait.
    pub pending: u32,
}

impl Status {
    /// As the page gets it.
    pub fn to_value(self) -> Value {
        let count = |n: u32| Value::Int(i64::from(n));
        pairs([
            ("captured", count(self.captured)),
            ("acked", count(self.acked)),
            ("dropped", count(self.dropped)),
            ("pending", count(self.pending)),
            ("refused", count(self.refused)),
        ])
    }
}

/// A map of five pairs: one body for everything that the page gets.
pub(crate) fn pairs(list: [(&str, Value); 5]) -> Value {
    let mut map = Vec::with_capacity(list.len());
    for (name, value) in list {
        map.push((name.into(), value));
    }
    Value::Map(map)
}
