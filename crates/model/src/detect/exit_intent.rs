//! `exit_intent`: the pointer left the page at the top, towards the tabs, the address bar and the back button.

use super::{Finder, Threshold};
use crate::field::Field;
use crate::page::Activity;
use crate::signal::SignalKind;
use crate::time::Timestamp;

/// Threshold of a meaningful exit.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Shortest time on the page before the exit, in milliseconds; default 5000: before that, the pointer is often still
    // on its way from the tab or address bar that opened the page.
    ("seen_ms", 5_000),
];

/// The page that is currently shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExitIntent {
    /// The time at which the page was shown; the zero time before the first view, and once the signal has fired.
    shown: Timestamp,
}

impl ExitIntent {
    pub(crate) fn on_activity(&mut self, activity: &Activity<'_>, finder: &mut Finder<'_>) {
        let [seen_ms, ..] = *finder.limits(SignalKind::ExitIntent);
        let seen = finder.time.since(self.shown);
        match activity {
            Activity::Viewed => self.shown = finder.time,
            Activity::LeftAtTop if self.shown != Timestamp::MIN && seen >= seen_ms => {
                self.shown = Timestamp::MIN;
                finder.found(SignalKind::ExitIntent, &[], &[(Field::SpanMs, seen)]);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::page::testing::check;
    use crate::signal::SignalKind;

    const KIND: SignalKind = SignalKind::ExitIntent;

    #[test]
    fn fires_once_per_page_after_the_shortest_time() {
        check(
            KIND,
            "0 viewed, 5000 left_at_top, 6000 left_at_top",
            "5000 span_ms=5000",
        );
        check(
            KIND,
            "0 viewed, 5000 left_at_top, 6000 viewed, 11000 left_at_top",
            "5000 span_ms=5000, 11000 span_ms=5000",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        check(KIND, "0 viewed, 4999 left_at_top", "");
        check(KIND, "9000 left_at_top", "");
    }
}
