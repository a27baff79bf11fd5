//! Detectors: each finds one sort of micro-moment. One file each, all of one shape: thresholds with their reasons, a
//! small state that can be saved, a step that takes one input and adds the signals it decides.
//!
//! `docs/signals.md` says in words what each means and what it takes care not to mistake for it.

pub mod checkout_reload;
pub mod checkout_slow;
pub mod quick_back;
pub mod rage_click;

use crate::event::Touch;
use crate::field::{Field, Fields};
use crate::signal::{Signal, SignalKind};

/// The thresholds of all detectors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Thresholds {
    /// Of [`rage_click`].
    pub rage_click: rage_click::Thresholds,
    /// Of [`quick_back`].
    pub quick_back: quick_back::Thresholds,
    /// Of [`checkout_reload`].
    pub checkout_reload: checkout_reload::Thresholds,
    /// Of [`checkout_slow`].
    pub checkout_slow: checkout_slow::Thresholds,
}

/// A signal that `event` decided.
fn decided_by<T: Touch>(event: &T, kind: SignalKind, evidence: Fields) -> Signal {
    Signal {
        kind,
        time: event.time(),
        event: Some(event.id()),
        evidence,
    }
}

/// Evidence from texts and numbers.
fn evidence(texts: &[(Field, &str)], numbers: &[(Field, i64)]) -> Fields {
    let mut fields = Fields::new();
    // Text is cut and numbers are clamped to their limits, and each field is named with its type here, so that setting it
    // cannot fail.
    for (field, text) in texts.iter().filter(|(_, text)| !text.is_empty()) {
        let _ = fields.set_text(*field, text);
    }
    for (field, number) in numbers {
        let _ = fields.set_int(*field, *number);
    }
    fields
}

#[cfg(test)]
mod testing {
    //! What the detectors' tests share: events of one visitor, and the one place that runs them.

    use super::*;
    use crate::event::Event;
    use crate::id::{EventId, VisitorId};
    use crate::journey::{Config, Journey};
    use crate::kind::Kind;
    use crate::time::Timestamp;
    use crate::touchpoint::Touchpoint;
    use crate::value::Value;

    pub(super) fn event(time: i64, kind: Kind, fields: &[(&str, Value)]) -> Event {
        let fields = Value::map(fields.iter().cloned());
        Event {
            id: EventId::default(),
            time: Timestamp::from_millis(time),
            visitor: VisitorId::parse("v").unwrap(),
            touchpoint: Touchpoint::parse(kind.name(), &fields).unwrap(),
        }
    }

    pub(super) fn touch(time: i64, kind: Kind) -> Event {
        event(time, kind, &[])
    }

    pub(super) fn page_view(time: i64, url: &str, entry: &str) -> Event {
        event(time, Kind::PageView, &[("url", url.into()), ("entry", entry.into())])
    }

    pub(super) fn step(time: i64, name: &str) -> Event {
        event(time, Kind::CheckoutStep, &[("step", name.into())])
    }

    pub(super) fn step_time(time: i64, name: &str, waiting: i64, acting: i64) -> Event {
        let fields = [
            ("step", name.into()),
            ("waiting_ms", waiting.into()),
            ("acting_ms", acting.into()),
        ];
        event(time, Kind::CheckoutStepTime, &fields)
    }

    /// The signals of `kind`: each one's time and its evidence as `field=value` words.
    #[track_caller]
    pub(super) fn check(events: &[&Event], kind: SignalKind, expected: &[(i64, &str)]) {
        let mut journey = Journey::new(&Config::default());
        let mut out = alloc::vec::Vec::new();
        for event in events {
            journey.on_event(*event, &mut out);
        }
        let found: alloc::vec::Vec<_> = out
            .iter()
            .filter(|signal| signal.kind == kind)
            .map(|signal| {
                let words = signal.evidence.to_pairs().into_iter().map(|(name, value)| match value {
                    Value::Text(text) => alloc::format!("{name}={text}"),
                    other => alloc::format!("{name}={}", other.as_int().unwrap()),
                });
                (signal.time.millis(), words.collect::<alloc::vec::Vec<_>>().join(" "))
            })
            .collect();
        let found: alloc::vec::Vec<_> = found.iter().map(|(time, words)| (*time, words.as_str())).collect();
        assert_eq!(found, expected);
    }
}
