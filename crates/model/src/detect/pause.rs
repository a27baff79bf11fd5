//! Waits that end in a signal if nothing happens in time.

use alloc::boxed::Box;

use super::{Finder, Thresholds};
use crate::field::Field;
use crate::signal::SignalKind;
use crate::time::Timestamp;

/// A wait: the element concerned and the time at which it began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pause {
    element: Box<str>,
    /// The time at which the wait began; the zero time if there is no wait.
    pub(crate) since: Timestamp,
}

impl Pause {
    /// Begins a wait.
    pub(crate) fn begin(&mut self, element: &str, now: Timestamp) {
        self.element = element.into();
        self.since = now;
    }

    /// Ends the wait without a signal.
    pub(crate) fn end(&mut self) {
        self.since = Timestamp::MIN;
    }

    pub(crate) fn is_on(&self) -> bool {
        self.since != Timestamp::MIN
    }

    /// The time at which [`Pause::on_time`] decides; the zero time if there is no wait.
    #[inline(never)]
    pub(crate) fn deadline(&self, kind: SignalKind, limits: &Thresholds) -> Timestamp {
        let [least_ms, ..] = *limits.of(kind);
        if self.is_on() {
            self.since.after(least_ms)
        } else {
            Timestamp::MIN
        }
    }

    /// Takes in the passing of time: a wait that has reached the signal's first threshold fires and ends.
    #[inline(never)]
    pub(crate) fn on_time(&mut self, kind: SignalKind, step: &str, finder: &mut Finder<'_>) {
        let [least_ms, ..] = *finder.limits(kind);
        let span = finder.time.since(self.since);
        if self.is_on() && span >= least_ms {
            self.end();
            let texts = &[(Field::Element, &*self.element), (Field::Step, step)];
            finder.found(kind, texts, &[(Field::SpanMs, span)]);
        }
    }
}
