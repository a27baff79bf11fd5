//! Waiting for something that does not come.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::{At, Thresholds};
use crate::field::Field;
use crate::signal::{Signal, SignalKind};
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

    /// Time has come to `now`: a wait as long as the signal's first threshold is a signal and over.
    #[inline(never)]
    pub(crate) fn on_time(
        &mut self,
        now: Timestamp,
        kind: SignalKind,
        step: &str,
        limits: &Thresholds,
        out: &mut Vec<Signal>,
    ) {
        let [least_ms, ..] = limits.of(kind);
        let span = now.since(self.since);
        if self.is_on() && span >= least_ms {
            self.end();
            let texts = &[(Field::Element, &*self.element), (Field::Step, step)];
            out.push(At::now(now).found(kind, texts, &[(Field::SpanMs, span)]));
        }
    }
}
