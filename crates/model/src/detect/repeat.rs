//! Counting of repeated events in a time window.

use super::Finder;
use crate::field::Field;
use crate::signal::SignalKind;
use crate::state::State;
use crate::time::Timestamp;

/// A count of events within a time window; fires once per burst.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    count: i64,
    first: Timestamp,
}

impl Tally {
    /// Counts one event. The signal's first two thresholds are the count and the length of the window in milliseconds.
    /// The event that reaches the count fires; events that follow without a pause longer than the window belong to the
    /// same burst and do not fire. An event outside the window starts a new count. Returns whether a burst is in
    /// progress.
    #[inline(never)]
    pub(crate) fn add(&mut self, kind: SignalKind, texts: &[(Field, &str)], finder: &mut Finder<'_>) -> bool {
        let [least, within_ms, _] = *finder.limits(kind);
        if self.count == 0 || finder.time.since(self.first) > within_ms {
            self.count = 0;
            self.first = finder.time;
        }
        self.count = self.count.saturating_add(1);
        if self.count >= least {
            if self.count == least {
                let span = finder.time.since(self.first);
                finder.found(kind, texts, &[(Field::Count, self.count), (Field::SpanMs, span)]);
            }
            self.first = finder.time;
        }
        self.count >= least
    }

    pub(crate) fn state(&mut self, state: &mut State<'_>) {
        state.int(&mut self.count);
        state.time(&mut self.first);
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::detect::Thresholds;

    #[track_caller]
    fn check(times: &[i64], found: &[i64]) {
        let mut limits = Thresholds::default();
        limits.set(Thresholds::place("cart_thrash.count").unwrap(), 3);
        limits.set(Thresholds::place("cart_thrash.within_ms").unwrap(), 1_000);
        let mut tally = Tally::default();
        let mut out = Vec::new();
        for time in times {
            let time = Timestamp::from_millis(1_000_000 + time);
            tally.add(SignalKind::CartThrash, &[], &mut Finder::now(time, &limits, &mut out));
        }
        let times: Vec<_> = out.iter().map(|signal| signal.time.millis() - 1_000_000).collect();
        assert_eq!(times, found);
    }

    #[test]
    fn fires_at_the_count_within_the_window() {
        check(&[0, 500], &[]);
        check(&[0, 500, 1_000], &[1_000]);
        check(&[0, 500, 1_001], &[]);
        check(&[0, 500, 1_001, 1_500, 2_001], &[2_001]);
    }

    #[test]
    fn a_burst_fires_once_however_long_it_lasts() {
        check(&[0, 100, 200, 300, 1_200, 2_100], &[200]);
        check(&[0, 100, 200, 1_201, 1_300, 1_400], &[200, 1_400]);
    }
}
