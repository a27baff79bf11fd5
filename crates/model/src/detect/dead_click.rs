//! `dead_click`: something made to be used was clicked and nothing answered.

use super::{Finder, Pause, Threshold};
use crate::page::{Activity, Click};
use crate::signal::SignalKind;

/// When no answer comes.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Longest wait for an answer, in milliseconds; default 7000, as Sentry's replay: what answers later was slow for
    // the customer, but not dead. PostHog waits 2500, Amplitude 3000, and both take slow shops for broken ones.
    ("wait_ms", 7_000),
];

/// A timer that rings later than this says nothing: the machine slept, or the page was too busy to answer.
const LATE_MS: i64 = 5_000;

const KIND: SignalKind = SignalKind::DeadClick;

/// `pause` is the click that waits for an answer.
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
    fn the_first_of_several_clicks_waits() {
        check(
            KIND,
            "0 click #buy, 3000 click #buy, 7000 time",
            "7000 element=#buy span_ms=7000",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // An answer, slow as it may be; a click that leads away.
        check(KIND, "0 click #buy, 10 answered, 7000 time", "");
        check(KIND, "0 click #buy, 6999 answered, 7000 time", "");
        check(KIND, "0 click #buy, 400 hidden, 7000 time", "");
        // A field, a download, a link that opens elsewhere: nothing has to change in the page.
        check(KIND, "0 click field quiet, 7000 time", "");
        check(KIND, "0 click #buy ignored, 7000 time", "");
        check(KIND, "0 click word selects, 7000 time", "");
    }
}
