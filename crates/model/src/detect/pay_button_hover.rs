//! `pay_button_hover`: the pointer rested on a checkout's continue button without pressing it.

use super::{Finder, Pause, Threshold};
use crate::page::Activity;
use crate::signal::SignalKind;

/// Threshold of a long rest.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Shortest rest on the button, in milliseconds; default 2000: people need at most a second from aiming to pressing.
    // We know of no published value.
    ("rest_ms", 2_000),
];

/// Takes in activity. `pause` holds the rest on a button; `step` is the page's checkout step, empty outside a checkout.
pub(crate) fn on_activity(pause: &mut Pause, activity: &Activity<'_>, step: &str, finder: &mut Finder<'_>) {
    match activity {
        Activity::Over { element } if !element.is_empty() && !step.is_empty() => pause.begin(element, finder.time),
        Activity::Over { .. } | Activity::Click(_) | Activity::Hidden => pause.end(),
        Activity::Time => pause.on_time(SignalKind::PayButtonHover, step, finder),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::page::testing::check;
    use crate::signal::SignalKind;

    const KIND: SignalKind = SignalKind::PayButtonHover;

    #[test]
    fn the_edges_of_the_rest() {
        check(
            KIND,
            "0 step payment, 10 over #pay, 2009 time, 2010 time, 9000 time",
            "2010 step=payment element=#pay span_ms=2000",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // The button pressed, the pointer only passing over it, a page outside a checkout.
        check(KIND, "0 step payment, 10 over #pay, 900 click #pay, 2010 time", "");
        check(KIND, "0 step payment, 10 over #pay, 900 over, 2010 time", "");
        check(KIND, "0 over #buy, 2010 time", "");
    }
}
