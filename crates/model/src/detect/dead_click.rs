//! `dead_click`: an interactive element was clicked and the page did not respond.

use super::{Finder, Pause, Threshold};
use crate::page::{Activity, Click};
use crate::signal::SignalKind;

/// Threshold of a missing response.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Longest wait for a response, in milliseconds; default 7000, as in Sentry's Session Replay. PostHog uses 2500 and
    // Amplitude 3000, which report slow shops as broken ones.
    ("wait_ms", 7_000),
];

/// If the timer fires later than this after its deadline, the result is discarded: the machine was asleep, or the page
/// was too busy to respond. In milliseconds.
const LATE_MS: i64 = 5_000;

const KIND: SignalKind = SignalKind::DeadClick;

/// Takes in activity. `pause` holds the click that waits for a response.
pub(crate) fn on_activity(pause: &mut Pause, activity: &Activity<'_>, finder: &mut Finder<'_>) {
    match activity {
        Activity::Click(Click {
            element,
            expects_answer: true,
            selects_text: false,
            ignored: false,
            ..
        }) if !pause.is_on() => pause.begin(element, finder.time),
        Activity::Answered | Activity::Viewed | Activity::Hidden => pause.end(),
        Activity::Time => {
            let [wait_ms, ..] = *finder.limits(KIND);
            if finder.time.since(pause.since) > wait_ms.saturating_add(LATE_MS) {
                pause.end();
            }
            pause.on_time(KIND, "", finder);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::KIND;
    use crate::page::testing::check;

    #[test]
    fn the_edges_of_the_wait() {
        check(KIND, "0 click #buy, 6999 time", "");
        check(
            KIND,
            "0 click #buy, 7000 time, 9000 time",
            "7000 element=#buy span_ms=7000",
        );
        check(KIND, "0 click #buy, 12001 time", "");
    }

    #[test]
    fn the_wait_begins_at_the_first_of_several_clicks() {
        check(
            KIND,
            "0 click #buy, 3000 click #buy, 7000 time",
            "7000 element=#buy span_ms=7000",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // A response, however slow; a click that leads to another page.
        check(KIND, "0 click #buy, 10 answered, 7000 time", "");
        check(KIND, "0 click #buy, 6999 answered, 7000 time", "");
        check(KIND, "0 click #buy, 400 hidden, 7000 time", "");
        // A field, a download, a link that opens another tab: the page need not change.
        check(KIND, "0 click field quiet, 7000 time", "");
        check(KIND, "0 click #buy ignored, 7000 time", "");
        check(KIND, "0 click word selects, 7000 time", "");
    }
}
