//! `idle_in_step`: the visitor did nothing in a checkout step for a long time although its page was visible.

use super::{Finder, Pause, Threshold};
use crate::page::Activity;
use crate::signal::SignalKind;

/// Threshold of a long pause.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Shortest pause, in milliseconds; default 60 seconds: most people who fetch a card or ask somebody at home are
    // back by then. We know of no published value.
    ("idle_ms", 60_000),
];

/// Takes in activity. `pause` holds the current pause; `step` is the page's checkout step, empty outside a checkout.
pub(crate) fn on_activity(pause: &mut Pause, activity: &Activity<'_>, step: &str, finder: &mut Finder<'_>) {
    match activity {
        Activity::Time => pause.on_time(SignalKind::IdleInStep, step, finder),
        // Changes made by the page itself do not end a pause, and a page may scroll by itself.
        Activity::Answered | Activity::Failed | Activity::Scrolled { .. } => {}
        Activity::Hidden => pause.end(),
        _ if step.is_empty() => pause.end(),
        _ => pause.begin("", finder.time),
    }
}

#[cfg(test)]
mod tests {
    use crate::page::testing::check;
    use crate::signal::SignalKind;

    const KIND: SignalKind = SignalKind::IdleInStep;

    #[test]
    fn a_minute_without_activity_fires_once_per_pause() {
        check(
            KIND,
            "0 step payment, 59999 time, 60000 time, 120000 time",
            "60000 step=payment span_ms=60000",
        );
        check(
            KIND,
            "0 step payment, 5 used, 60005 time, 70000 used, 130000 time",
            "60005 step=payment span_ms=60000, 130000 step=payment span_ms=60000",
        );
    }

    #[test]
    fn changes_made_by_the_page_do_not_end_a_pause() {
        check(
            KIND,
            "0 step payment, 30000 answered, 31000 scrolled 10, 60000 time",
            "60000 step=payment span_ms=60000",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // Typing, scrolling with the wheel, moving the pointer.
        check(KIND, "0 step payment, 30000 used, 60000 time", "");
        check(KIND, "0 step payment, 30000 pointer 1 1, 60000 time, 89999 time", "");
        // While another tab is shown, and outside a checkout.
        check(KIND, "0 step payment, 10 hidden, 60000 time", "");
        check(KIND, "0 used, 60000 time", "");
    }
}
