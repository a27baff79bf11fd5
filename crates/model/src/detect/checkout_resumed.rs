//! `checkout_resumed`: the customer continues a checkout that was left.

use super::checkout::Moved;
use super::{Finder, Memory, Threshold};
use crate::event::Touch;
use crate::field::Field;
use crate::signal::SignalKind;
use crate::time::Timestamp;

/// Threshold of an interruption.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Shortest absence, in milliseconds; default 2 minutes: a look back at the cart or at a product page is shorter and
    // belongs to the same checkout.
    ("away_ms", 120_000),
];

pub(super) fn on_event<T: Touch>(event: &T, memory: &mut Memory, moved: Moved, finder: &mut Finder<'_>) {
    let checkout = &mut memory.checkout;
    if moved != Moved::Entered || checkout.left == Timestamp::MIN {
        return;
    }
    let [away_ms, ..] = *finder.limits(SignalKind::CheckoutResumed);
    let away = event.time().since(checkout.left);
    checkout.left = Timestamp::MIN;
    if away >= away_ms {
        finder.found(
            SignalKind::CheckoutResumed,
            &[(Field::Step, &checkout.step)],
            &[(Field::SpanMs, away)],
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::check_script;

    const KIND: SignalKind = SignalKind::CheckoutResumed;

    #[test]
    fn a_checkout_continued_after_shopping_fires() {
        check_script(
            KIND,
            "0 begin_checkout, 1000 view_item, 121000 begin_checkout",
            "121000 step=begin span_ms=120000 moment=buy",
        );
        check_script(KIND, "0 begin_checkout, 1000 view_item, 120999 begin_checkout", "");
    }

    #[test]
    fn a_checkout_continued_in_a_later_session_fires() {
        check_script(
            KIND,
            "1000 add_payment_info, 90000000 page_view url=/, 90002000 begin_checkout",
            "90002000 step=begin span_ms=90001000 moment=buy",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // After an order, the next checkout is a new one.
        check_script(KIND, "0 begin_checkout, 9000 purchase, 900000 begin_checkout", "");
        // Slow progress, a reload, the same step marked again.
        check_script(
            KIND,
            "0 begin_checkout, 900000 begin_checkout, 910000 add_payment_info",
            "",
        );
        // The second step does not fire again without another interruption.
        check_script(
            KIND,
            "0 begin_checkout, 1 view_cart, 200000 begin_checkout, 400000 add_payment_info",
            "200000 step=begin span_ms=199999 moment=buy",
        );
    }
}
