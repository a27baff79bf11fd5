//! Detectors, each of which finds one kind of signal. Each has its own file of the same form: thresholds with their
//! reasons, and a step function that takes one input and adds the signals that it decides.
//!
//! Journey detectors share the state of a session; detectors of raw activity keep their own state in
//! [`crate::page::Page`]. `docs/signals.md` describes each signal and the false alarms that it avoids.

pub mod account_managed;
pub mod cart_built;
pub mod cart_thrash;
mod checkout;
pub mod checkout_reload;
pub mod checkout_resumed;
pub mod checkout_slow;
pub mod contact_sought;
pub mod content_read;
pub mod coupon_failure;
pub mod dead_click;
pub mod error_click;
pub mod excessive_scroll;
pub mod exit_intent;
pub mod field_abandoned;
pub mod form_struggle;
pub mod guide_followed;
pub mod idle_in_step;
mod interest;
pub mod item_compared;
mod memory;
mod path_words;
mod pause;
pub mod pay_button_hover;
pub mod price_checked;
pub mod question_opened;
pub mod quick_back;
pub mod rage_click;
mod repeat;
pub mod site_searched;
pub mod step_revisited;
pub mod store_located;
mod swing;
pub mod tab_comparison;
pub mod thrashed_cursor;
mod thresholds;
pub mod zoom_or_pinch_struggle;

pub(crate) use checkout::{Checkout, leaves_checkout};
use interest::Interest;
pub use path_words::PathWords;

pub(crate) use memory::Memory;
pub(crate) use pause::Pause;
pub(crate) use repeat::Tally;
pub(crate) use swing::Swing;
pub(crate) use thresholds::Threshold;
pub use thresholds::Thresholds;

use alloc::vec::Vec;

use crate::event::Touch;
use crate::field::{Field, Fields};
use crate::signal::{Signal, SignalKind};
use crate::time::Timestamp;

/// The context of a detector's decision: time, thresholds and the list that receives signals.
pub(crate) struct Finder<'a> {
    /// The time of the input.
    pub(crate) time: Timestamp,
    limits: &'a Thresholds,
    out: &'a mut Vec<Signal>,
}

impl<'a> Finder<'a> {
    /// A finder for an input of this time.
    pub(crate) const fn now(time: Timestamp, limits: &'a Thresholds, out: &'a mut Vec<Signal>) -> Self {
        Self { time, limits, out }
    }

    /// A signal's thresholds.
    pub(crate) fn limits(&self, kind: SignalKind) -> &[i64; 3] {
        self.limits.of(kind)
    }

    /// Adds a signal with its evidence; empty texts are left out.
    #[inline(never)]
    pub(crate) fn found(&mut self, kind: SignalKind, texts: &[(Field, &str)], numbers: &[(Field, i64)]) {
        let mut evidence = Fields::of(texts, numbers);
        if let Some(moment) = kind.moment() {
            evidence.set_text(Field::Moment, moment.name());
        }
        self.out.push(Signal {
            kind,
            time: self.time,
            event: None,
            evidence,
        });
    }
}

const INTERESTS: &[Interest; 4] = &[
    question_opened::INTEREST,
    store_located::INTEREST,
    contact_sought::INTEREST,
    account_managed::INTEREST,
];

/// Passes an event to every journey detector, and adds the signals that it decides to `out`.
pub(crate) fn find<T: Touch>(event: &T, memory: &mut Memory, limits: &Thresholds, out: &mut Vec<Signal>) {
    let before = out.len();
    on_event(event, memory, &mut Finder::now(event.time(), limits, out));
    for signal in out.iter_mut().skip(before) {
        signal.event = Some(event.id());
    }
}

fn on_event<T: Touch>(event: &T, memory: &mut Memory, finder: &mut Finder<'_>) {
    let moved = memory.checkout.on_event(event);
    quick_back::on_event(event, memory, finder);
    checkout_reload::on_event(event, memory, finder);
    checkout_slow::on_event(event, finder);
    checkout_resumed::on_event(event, memory, moved, finder);
    step_revisited::on_event(memory, moved, finder);
    form_struggle::on_event(event, memory, finder);
    field_abandoned::on_event(event, finder);
    cart_thrash::on_event(event, memory, finder);
    cart_built::on_event(event, memory, finder);
    coupon_failure::on_event(event, memory, finder);
    content_read::on_event(event, memory, finder);
    site_searched::on_event(event, memory, finder);
    interest::on_event(event, memory, INTERESTS, finder);
    item_compared::on_event(event, memory, finder);
    price_checked::on_event(event, finder);
    tab_comparison::on_event(event, memory, finder);
}

#[cfg(test)]
mod testing {
    //! Helpers of the detectors' tests: events of one visitor, and the function that runs them.

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

    /// Events from a script: `ms kind field=value …`, separated by commas.
    pub(super) fn events(script: &str) -> alloc::vec::Vec<Event> {
        let event = |line: &str| {
            let mut words = line.split_whitespace();
            let time = words.next().unwrap().parse().unwrap();
            let kind = Kind::from_name(words.next().unwrap()).unwrap();
            let fields: alloc::vec::Vec<_> = words.map(|word| word.split_once('=').unwrap()).collect();
            let fields: alloc::vec::Vec<_> = fields.iter().map(|(name, text)| (*name, Value::from(*text))).collect();
            event(time, kind, &fields)
        };
        script.split(',').map(event).collect()
    }

    /// Like [`check`], for a script as [`events`] reads it and expected signals written as `ms field=value …`.
    #[track_caller]
    pub(super) fn check_script(kind: SignalKind, script: &str, expected: &str) {
        let events = events(script);
        let expected: alloc::vec::Vec<_> = expected
            .split(',')
            .filter(|line| !line.trim().is_empty())
            .map(|line| line.trim().split_once(' ').unwrap_or((line.trim(), "")))
            .map(|(time, evidence)| (time.parse().unwrap(), evidence))
            .collect();
        check(&events.iter().collect::<alloc::vec::Vec<_>>(), kind, &expected);
    }

    /// Checks the signals of `kind`: the time of each and its evidence as `field=value` words.
    #[track_caller]
    pub(super) fn check(events: &[&Event], kind: SignalKind, expected: &[(i64, &str)]) {
        let mut journey = Journey::default();
        let mut out = alloc::vec::Vec::new();
        for event in events {
            journey.on_event(&Config::default(), *event, &mut out);
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
