//! The journal of a customer: the touchpoints so far, in any order, and how they become events.

use wayside_model::{Event, EventId, Kind, Timestamp, Touchpoint, Value, VisitorId, WriterId};

/// Fields of a touchpoint by name.
pub(crate) type Fields = Vec<(&'static str, Value)>;

/// The touchpoints of one customer.
#[derive(Debug)]
pub(crate) struct Journal {
    /// The upper half of writers.
    source: u64,
    /// The lower half of the writer of each of the customer's visitors.
    identities: Vec<(u64, VisitorId)>,
    notes: Vec<Note>,
}

#[derive(Debug)]
struct Note {
    time: i64,
    identity: usize,
    touchpoint: Touchpoint,
}

impl Journal {
    pub(crate) fn new(source: u64) -> Self {
        Self {
            source,
            identities: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds a visitor of the customer, such as another browser.
    pub(crate) fn add_identity(&mut self, bits: u64, name: &str) -> usize {
        if let Ok(visitor) = VisitorId::parse(name) {
            self.identities.push((bits, visitor));
        }
        self.identities.len().saturating_sub(1)
    }

    /// Notes a touchpoint. One that the model refuses is a mistake of the simulation, which the tests would find.
    pub(crate) fn note(&mut self, time: i64, identity: usize, kind: Kind, fields: Fields) {
        self.note_named(time, identity, kind.name(), fields);
    }

    /// Notes a touchpoint of a name of the shop's own.
    pub(crate) fn note_named(&mut self, time: i64, identity: usize, name: &str, fields: Fields) {
        let parsed = Touchpoint::parse(name, &Value::map(fields));
        debug_assert!(parsed.is_ok(), "{name}: {parsed:?}");
        if let Ok(touchpoint) = parsed {
            self.notes.push(Note {
                time,
                identity,
                touchpoint,
            });
        }
    }

    /// The events in order of time up to `end`, which is not included. The order in which touchpoints of one time were noted
    /// stays.
    pub(crate) fn into_events(mut self, end: i64) -> Vec<Event> {
        self.notes.sort_by_key(|note| note.time);
        let mut seqs = vec![0_u32; self.identities.len()];
        let mut events = Vec::with_capacity(self.notes.len());
        for note in self.notes {
            let Some((bits, visitor)) = self.identities.get(note.identity).filter(|_| note.time < end) else {
                continue;
            };
            let seq = seqs[note.identity];
            seqs[note.identity] += 1;
            events.push(Event {
                id: EventId {
                    writer: WriterId((u128::from(self.source) << 64) | u128::from(*bits)),
                    seq,
                },
                time: Timestamp::from_millis(note.time),
                visitor: visitor.clone(),
                touchpoint: note.touchpoint,
            });
        }
        events
    }
}

/// An amount in currency units.
pub(crate) fn money(cents: i64) -> Value {
    Value::Float(cents as f64 / 100.0)
}

/// Text as a value.
pub(crate) fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}
