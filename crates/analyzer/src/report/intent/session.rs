//! The intents of a session, and what came after them.

use std::collections::{BTreeMap, BTreeSet};

use wayside_model::kind::Role;
use wayside_model::signal::Family;
use wayside_model::{Field, Kind, SignalKind, Touch};

use crate::report::searches::term_of;
use crate::report::signals::{Place, for_each_signal};
use crate::scan::SessionView;

/// The subject of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Moment,
    Signal,
    Page,
}

/// The subject of a row, by the codes of moment and signal, and the page. A session without an intent has neither.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) moment: Option<u8>,
    pub(super) signal: Option<u8>,
    pub(super) page: String,
}

/// The rows of a session's intents, from the first to the last signal of each, and what else happened.
pub(super) struct Session {
    pub(super) intents: BTreeMap<Key, (usize, usize)>,
    /// Rows of friction signals.
    friction: Vec<usize>,
    /// The last row that is a step.
    last_step: usize,
    /// Search terms that found nothing.
    pub(super) misses: BTreeSet<String>,
}

impl Session {
    /// Reads a session; `wanted` chooses the signals.
    pub(super) fn of(session: &SessionView<'_>, by: By, wanted: impl Fn(SignalKind) -> bool) -> Self {
        let mut intents: BTreeMap<Key, (usize, usize)> = BTreeMap::new();
        let mut friction = Vec::new();
        for_each_signal(session, |row, found, page| {
            if found.kind.family() == Family::Friction {
                friction.push(row.index);
            }
            let Some(moment) = found.kind.moment().filter(|_| wanted(found.kind)) else {
                return;
            };
            let key = Key {
                moment: Some(moment as u8),
                signal: (by != By::Moment).then_some(found.kind as u8),
                page: match by {
                    By::Page => Place::of(row, found, page).page,
                    By::Moment | By::Signal => String::new(),
                },
            };
            intents.entry(key).or_insert((row.index, row.index)).1 = row.index;
        });
        let (mut last_step, mut misses) = (0, BTreeSet::new());
        for row in session.rows() {
            if row.kind().role() == Role::Step {
                last_step = row.index;
            }
            if row.kind() == Kind::Search && row.int(Field::Results) == Some(0) {
                misses.extend(term_of(&row));
            }
        }
        if intents.is_empty() {
            intents.insert(Key::default(), (session.first().index, session.last().index));
        }
        Self {
            intents,
            friction,
            last_step,
            misses,
        }
    }

    /// Whether friction came after a row.
    pub(super) fn has_friction_after(&self, row: usize) -> bool {
        self.friction.iter().any(|friction| *friction > row)
    }

    /// Whether no step came after a row.
    pub(super) fn ends_with(&self, row: usize) -> bool {
        self.last_step <= row
    }
}
