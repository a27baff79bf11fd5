//! `contact_sought`: the customer looked for a way to contact the shop.

use super::Interest;
use crate::signal::SignalKind;

/// Fires once per session for each page and element and for each contact that took place, so it needs no thresholds.
/// The words are path segments for contact in English, German, French and Spanish.
pub(super) const INTEREST: Interest = Interest {
    kind: SignalKind::ContactSought,
    words: "contact contact-us support kontakt contacto",
    ways: "phone mail support_contact",
};

#[cfg(test)]
mod tests {
    use crate::detect::testing::check_script;
    use crate::signal::SignalKind;

    const KIND: SignalKind = SignalKind::ContactSought;

    #[test]
    fn each_page_element_and_contact_fires_once() {
        check_script(
            KIND,
            "0 page_view url=/contact.html, 1 click element=a method=phone, 2 click element=a method=phone, \
             3 support_contact contact_channel=chat",
            "0 url=/contact.html moment=go, 1 element=a moment=go, 3 element=chat moment=go",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        check_script(
            KIND,
            "0 page_view url=/shop/checkout/contact.html, 0 page_view url=/p/contact-lenses, 1 click element=a method=map, 2 click element=a",
            "",
        );
    }
}
