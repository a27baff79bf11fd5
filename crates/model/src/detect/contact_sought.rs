//! `contact_sought`: a way to talk to the shop was looked for.

use super::Interest;
use crate::signal::SignalKind;

/// Needs no thresholds: found once a session for each page and element, and for a contact that took place. Its words are parts of a path that say contact, in English, German, French and Spanish.
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
    fn each_page_element_and_way_fires_once() {
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
