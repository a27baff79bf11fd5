//! Doubt about this machine's clock: if it is wrong, the events of every visitor are refused for their time.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use wayside_model::{ErrorKind, Timestamp, VisitorId};
use wayside_store::Accepted;

use crate::seldom::once_a_minute;

/// The visitors whose events were refused for their time since the last event of any visitor was accepted.
#[derive(Debug, Default)]
pub(crate) struct ClockDoubt(Mutex<BTreeSet<VisitorId>>);

impl ClockDoubt {
    /// Takes note of a batch that arrived at `now`.
    pub(crate) fn note(&self, visitor: &VisitorId, accepted: &Accepted, now: Timestamp) {
        let mut visitors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !accepted.events.is_empty() {
            visitors.clear();
        }
        let time = wayside_model::Error::new(ErrorKind::Time);
        let refused = accepted.dead.iter().filter(|letter| letter.code == time.code()).count();
        if refused == 0 {
            return;
        }
        if accepted.events.is_empty() && visitors.len() < VISITORS {
            visitors.insert(visitor.clone());
        }
        once_a_minute("time", |times| {
            tracing::warn!(
                times,
                "events were refused, since their times are far from this machine's clock, which says {}; if it is wrong, set it, \
                 and then store them with `wayside dead-letters replay --reason time`",
                shown(now)
            );
        });
    }

    /// The message of a clock that is probably wrong.
    pub(crate) fn message(&self, now: Timestamp) -> Option<String> {
        let visitors = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (visitors.len() >= VISITORS).then(|| {
            format!(
                "the last events of {VISITORS} visitors and more were all refused for their times; this machine's clock says {}: if it \
                 is wrong, set it, and then store the events with `wayside dead-letters replay --reason time`",
                shown(now)
            )
        })
    }
}

fn shown(time: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(time.millis()).map_or_else(|_| time.millis().to_string(), |time| time.to_string())
}

/// Visitors without one accepted event between them that make the clock doubtful: one or two may have wrong clocks themselves.
const VISITORS: usize = 3;
