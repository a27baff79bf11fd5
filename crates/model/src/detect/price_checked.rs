//! `price_checked`: a product's name or price was copied, probably to search for it elsewhere.

use super::Finder;
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::signal::SignalKind;

/// Needs no thresholds: the page reports only that a name or price was copied, never the copied text.
pub(super) fn on_event<T: Touch>(event: &T, finder: &mut Finder<'_>) {
    if event.kind() == Kind::Copy {
        let element = event.word(Field::Element);
        finder.found(SignalKind::PriceChecked, &[(Field::Element, element)], &[]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::testing::check_script;

    #[test]
    fn each_copy_fires() {
        check_script(
            SignalKind::PriceChecked,
            "7 copy element=price",
            "7 element=price moment=buy",
        );
    }

    #[test]
    fn a_view_without_a_copy_does_not_fire() {
        check_script(SignalKind::PriceChecked, "0 view_item, 1 click element=price", "");
    }
}
