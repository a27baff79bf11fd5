//! `store_located`: the customer looked up the location of a shop.

use super::Interest;
use crate::signal::SignalKind;

/// Fires once per session for each page and element, so it needs no thresholds. The words are path segments for shop
/// locations in English, German, French and Spanish.
pub(super) const INTEREST: Interest = Interest {
    kind: SignalKind::StoreLocated,
    words: "stores store-locator store-finder storelocator find-a-store locations branches filialen filialfinder \
    standorte magasins tiendas",
    ways: "map",
};

#[cfg(test)]
mod tests {
    use crate::detect::testing::check_script;
    use crate::signal::SignalKind;

    const KIND: SignalKind = SignalKind::StoreLocated;

    #[test]
    fn each_page_and_element_fires_once() {
        check_script(
            KIND,
            "0 page_view url=/stores/, 1 page_view url=/stores/, 2 click element=map method=map",
            "0 url=/stores/ moment=go, 2 element=map moment=go",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        check_script(
            KIND,
            "0 page_view url=/store, 1 page_view url=/p/stores-shelf, 2 click element=a",
            "",
        );
    }
}
