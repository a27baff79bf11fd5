//! `cart_built`: a second product was put into the cart, so the customer is collecting and not only looking.

use super::memory::Counted;
use super::{Finder, Memory, Tally, Threshold};
use crate::event::Touch;
use crate::kind::Kind;
use crate::signal::SignalKind;

/// Thresholds: 2 products put in (`count`) and none taken out between them, within half an hour (`within_ms`), the
/// session timeout. A single product is often put in only to see its shipping cost.
pub(crate) const THRESHOLDS: &[Threshold] = &[("count", 2), ("within_ms", 1_800_000)];

pub(super) fn on_event<T: Touch>(event: &T, memory: &mut Memory, finder: &mut Finder<'_>) {
    match event.kind() {
        Kind::AddToCart => {
            memory
                .tallies
                .of(Counted::CartAdditions)
                .add(SignalKind::CartBuilt, &[], finder);
        }
        Kind::RemoveFromCart | Kind::Purchase => *memory.tallies.of(Counted::CartAdditions) = Tally::default(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::check_script;

    const KIND: SignalKind = SignalKind::CartBuilt;

    #[test]
    fn the_second_product_fires_once() {
        check_script(
            KIND,
            "0 add_to_cart, 60000 add_to_cart, 70000 add_to_cart",
            "60000 count=2 span_ms=60000 moment=buy",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        check_script(KIND, "0 add_to_cart, 1 view_cart, 2 begin_checkout", "");
        check_script(KIND, "0 add_to_cart, 1 remove_from_cart, 2 add_to_cart", "");
        check_script(KIND, "0 add_to_cart, 1 purchase, 2 add_to_cart", "");
    }
}
