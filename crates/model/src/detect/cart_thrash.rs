//! `cart_thrash`: products are repeatedly put into the cart and taken out again; the price, the variant or the shipping
//! does not fit.

use super::memory::Counted;
use super::{Finder, Memory, Tally, Threshold};
use crate::event::Touch;
use crate::kind::Kind;
use crate::signal::SignalKind;

/// Thresholds: 3 changes between putting in and taking out (`count`), because replacing a wrong variant by the right
/// one makes two; within 10 minutes (`within_ms`). We know of no published value.
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
        // A quantity raised and lowered again; the cart cleared; a wrong variant replaced by the right one.
        check_script(
            KIND,
            "0 add_to_cart, 1 add_to_cart, 2 remove_from_cart, 3 remove_from_cart",
            "",
        );
        check_script(KIND, "0 add_to_cart, 1 remove_from_cart, 2 add_to_cart", "");
        // Changes far apart in time, and a new cart after the order.
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
