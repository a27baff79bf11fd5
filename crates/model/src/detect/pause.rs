//! Waiting for something that does not come.

use alloc::boxed::Box;

use super::{Finder, Thresholds};
use crate::field::Field;
use crate::signal::SignalKind;
use crate::time::Timestamp;

/// What is waited for, and since when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pause {
    element: Box<str>,
    /// The zero time if nothing is waited for.
    pub(crate) since: Timestamp,
}

impl Pause {
    /// The wait begins.
    pub(crate) fn begin(&mut self, element: &str, now: Timestamp) {
        self.element = element.into();
        self.since = now;
    }

    /// It is over, or of no meaning.
    pub(crate) fn end(&mut self) {
        self.since = Timestamp::MIN;
    }

    pub(crate) fn is_on(&self) -> bool {
        self.since != Timestamp::MIN
    }

    /// When [`Pause::on_time`] decides; the zero time if nothing is waited for.
    #[inline(never)]
    pub(crate) fn deadline(&self, kind: SignalKind, limits: &Thresholds) -> Timestamp {
        let [least_ms, ..] = *limits.of(kind);
        if self.is_on() {
            self.since.after(least_ms)
        } else {
            Timestamp::MIN
        }
    }

    /// Time goes on: a wait as long as the signal's first threshold is a signal and over.
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
