//! `idle_in_step`: nothing was done in a checkout step for long, though its page was in view.

use super::{Finder, Pause, Threshold};
use crate::page::Activity;
use crate::signal::SignalKind;

/// When a pause is long.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Shortest pause, in milliseconds; default 60 seconds: who looks for a card or asks at home is mostly back by then.
    // Nothing is published.
    ("idle_ms", 60_000),
];

/// `pause` is the one that may be going on, `step` the checkout step the page is in, empty for none.
pub(crate) fn on_activity(pause: &mut Pause, activity: &Activity<'_>, step: &str, finder: &mut Finder<'_>) {
    match activity {
        Activity::Time => pause.on_time(SignalKind::IdleInStep, step, finder),
        // What the page does by itself ends no pause, and it may scroll by itself.
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
    fn a_minute_without_anything_fires_once_a_pause() {
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
    fn what_the_page_does_by_itself_ends_no_pause() {
        check(
            KIND,
            "0 step payment, 30000 answered, 31000 scrolled 10, 60000 time",
            "60000 step=payment span_ms=60000",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // Typing or reading with the wheel, moving the pointer.
        check(KIND, "0 step payment, 30000 used, 60000 time", "");
        check(KIND, "0 step payment, 30000 pointer 1 1, 60000 time, 89999 time", "");
        // In another tab, outside a checkout.
        check(KIND, "0 step payment, 10 hidden, 60000 time", "");
        check(KIND, "0 used, 60000 time", "");
    }
}
