//! `cart_thrash`: products go into the cart and out of it again and again: the price, the variant or the shipping is not
//! right.

use super::memory::Counted;
use super::{Finder, Memory, Tally, Threshold};
use crate::event::Touch;
use crate::kind::Kind;
use crate::signal::SignalKind;

/// When changes of mind are thrashing: 3 turns from putting in to taking out or back, since taking out a wrong variant and
/// putting in the right one has two; within 10 minutes. Nothing is published.
pub(crate) const THRESHOLDS: &[Threshold] = &[("count", 3), ("within_ms", 600_000)];

pub(super) fn on_event<T: Touch>(event: &T, memory: &mut Memory, finder: &mut Finder<'_>) {
    let moved = match event.kind() {
        Kind::AddToCart => 1,
        Kind::RemoveFromCart => 2,
        Kind::Purchase => {
            memory.cart_moved = 0;
            *memory.tallies.of(Counted::CartTurns) = Tally::default();
            return;
        }
        _ => return,
    };
    if memory.cart_moved != 0 && memory.cart_moved != moved {
        memory
            .tallies
            .of(Counted::CartTurns)
            .add(SignalKind::CartThrash, &[], finder);
    }
    memory.cart_moved = moved;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::check_script;

    const KIND: SignalKind = SignalKind::CartThrash;

    #[test]
    fn the_third_turn_fires_once() {
        check_script(
            KIND,
            "0 add_to_cart, 10 remove_from_cart, 20 add_to_cart, 600010 remove_from_cart, 600020 add_to_cart",
            "600010 count=3 span_ms=600000",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // A stepper turned up and down again; clearing the cart; the right variant in place of the wrong one.
        check_script(
            KIND,
            "0 add_to_cart, 1 add_to_cart, 2 remove_from_cart, 3 remove_from_cart",
            "",
        );
        check_script(KIND, "0 add_to_cart, 1 remove_from_cart, 2 add_to_cart", "");
        // Far apart, and another cart after the order.
        check_script(
            KIND,
            "0 add_to_cart, 10 remove_from_cart, 20 add_to_cart, 600011 remove_from_cart",
            "",
        );
        check_script(
            KIND,
            "0 add_to_cart, 1 remove_from_cart, 2 add_to_cart, 3 purchase, 4 add_to_cart, 5 remove_from_cart",
            "",
        );
    }
}
