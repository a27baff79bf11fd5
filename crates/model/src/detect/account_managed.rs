//! `account_managed`: the customer opened pages of the account or of orders.

use super::Interest;
use crate::signal::SignalKind;

/// Fires once per session for each page and element, so it needs no thresholds. The words are path segments for account
/// and orders in English, German, French and Spanish.
pub(super) const INTEREST: Interest = Interest {
    kind: SignalKind::AccountManaged,
    words: "account my-account myaccount orders profile returns konto mein-konto bestellungen retouren \
    compte commandes cuenta pedidos",
    ways: "",
};

#[cfg(test)]
mod tests {
    use crate::detect::testing::check_script;
    use crate::signal::SignalKind;

    const KIND: SignalKind = SignalKind::AccountManaged;

    #[test]
    fn each_page_and_element_fires_once() {
        check_script(
            KIND,
            "0 page_view url=/account/orders, 1 page_view url=/account/orders, 2 page_view url=/account",
            "0 url=/account/orders moment=do, 2 url=/account moment=do",
        );
    }

    #[test]
    fn false_alarms_do_not_fire() {
        // A login is just as often part of a checkout.
        check_script(
            KIND,
            "0 login, 1 page_view url=/login, 2 page_view url=/p/accounting-book",
            "",
        );
    }
}
