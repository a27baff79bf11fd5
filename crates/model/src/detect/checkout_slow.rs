//! `checkout_slow`: the visitor waited long for network and rendering in a checkout step.

use super::{Finder, Threshold};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::signal::SignalKind;

/// Threshold of a long wait.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Shortest total wait in one step, in milliseconds; default 4000: the intention to return falls with every second
    // up to that point (Galletta, Henry, McCoy and Polak 2004), and a third of shoppers leave (JupiterResearch 2006). A
    // lower value also fires on ordinary mobile networks.
    ("waiting_ms", 4_000),
];

/// Needs no state, because the tracker has already measured the step.
pub(super) fn on_event<T: Touch>(event: &T, finder: &mut Finder<'_>) {
    let [waiting_ms, ..] = *finder.limits(SignalKind::CheckoutSlow);
    let waiting = event.number(Field::WaitingMs);
    if event.kind() == Kind::CheckoutStepTime && waiting >= waiting_ms {
        let step = event.word(Field::Step);
        finder.found(
            SignalKind::CheckoutSlow,
            &[(Field::Step, step)],
            &[(Field::SpanMs, waiting)],
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::{check, step_time};

    const KIND: SignalKind = SignalKind::CheckoutSlow;

    #[test]
    fn the_edges_of_the_wait() {
        check(&[&step_time(0, "payment", 3_999, 60_000)], KIND, &[]);
        check(
            &[&step_time(0, "payment", 4_000, 0)],
            KIND,
            &[(0, "step=payment span_ms=4000")],
        );
    }

    #[test]
    fn each_slow_step_fires() {
        check(
            &[
                &step_time(0, "shipping", 5_000, 0),
                &step_time(9_000, "payment", 7_000, 0),
            ],
            KIND,
            &[(0, "step=shipping span_ms=5000"), (9_000, "step=payment span_ms=7000")],
        );
    }

    #[test]
    fn acting_is_not_waiting() {
        check(&[&step_time(0, "address", 0, 600_000)], KIND, &[]);
    }
}
