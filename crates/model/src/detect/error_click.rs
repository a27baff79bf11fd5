//! `error_click`: a script error occurred right after a click.

use alloc::boxed::Box;

use super::{Finder, Threshold};
use crate::field::Field;
use crate::page::{Activity, Click};
use crate::signal::SignalKind;
use crate::time::Timestamp;

/// Threshold for attributing an error to a click.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Longest time from the click to the error, in milliseconds; default 1000, as in Splunk's SDK: people see what
    // happens within a second as the effect of their click (Nielsen, "Response Times"). Amplitude uses 2000, which also
    // catches more errors of timers and advertisements.
    ("within_ms", 1_000),
];

/// The latest click.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ErrorClick {
    element: Box<str>,
    /// The time of the click; the zero time once an error has been attributed to it.
    at: Timestamp,
}

impl ErrorClick {
    pub(crate) fn on_activity(&mut self, activity: &Activity<'_>, finder: &mut Finder<'_>) {
        match activity {
            Activity::Click(Click {
                element,
                ignored: false,
                ..
            }) => {
                self.element = (*element).into();
                self.at = finder.time;
            }
            Activity::Failed => {
                let [within_ms, ..] = *finder.limits(SignalKind::ErrorClick);
                let span = finder.time.since(self.at);
                if (0..=within_ms).contains(&span) {
                    self.at = Timestamp::MIN;
                    finder.found(
                        SignalKind::ErrorClick,
                        &[(Field::Element, &self.element)],
                        &[(Field::SpanMs, span)],
                    );
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::page::testing::check;
    use crate::signal::SignalKind;

    const KIND: SignalKind = SignalKind::ErrorClick;

    #[test]
    fn the_edges_of_the_time() {
        check(KIND, "0 click #buy, 1000 failed", "1000 element=#buy span_ms=1000");
        check(KIND, "0 click #buy, 1001 failed", "");
    }

    #[test]
    fn a_click_fires_at_most_once() {
        check(KIND, "0 click #buy, 5 failed, 6 failed", "5 element=#buy span_ms=5");
        check(
            KIND,
            "0 click #buy, 5 failed, 9 click #pay, 9 failed",
            "5 element=#buy span_ms=5, 9 element=#pay span_ms=0",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        check(KIND, "0 failed, 5 click #buy", "");
        check(KIND, "0 click #buy ignored, 5 failed", "");
    }
}
