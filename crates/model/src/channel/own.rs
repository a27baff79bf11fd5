//! Hosts that are no origin of a visit: those of the shop itself, and those of payment providers.

use super::rules::{is_below, without_www};
use crate::text::pieces;
use crate::url;

/// Whether two hosts belong to the same shop:
///
/// * They are the same, or one is below the other. `www.` is ignored, so that `www.shop.example` and
///   `checkout.shop.example` are one shop.
/// * Both are of the domains `own`, which are separated by spaces and stand for all hosts below them.
pub fn is_same_shop(host: &str, other: &str, own: &str) -> bool {
    let (a, b) = (without_www(host), without_www(other));
    !a.is_empty() && !b.is_empty() && (is_below(a, b) || is_below(b, a) || is_of(host, own) && is_of(other, own))
}

/// Whether the host is one of `domains`, which are separated by spaces, or below one of them.
pub fn is_of(host: &str, domains: &str) -> bool {
    pieces(domains, b' ').any(|domain| !domain.is_empty() && is_below(host, without_www(domain)))
}

/// Whether the host belongs to a payment provider. A customer who returns from there continues the visit.
pub fn is_payment(host: &str) -> bool {
    is_of(host, PAYMENT)
}

/// Whether a page's referrer is no origin: it is of the same shop, of the domains `own`, or a payment provider's.
pub fn is_own_referrer(page: &str, referrer: &str, own: &str) -> bool {
    let from = url::host(referrer);
    is_same_shop(url::host(page), from, own) || is_of(from, own) || is_payment(from)
}

/// Hosts to which payment providers and banks redirect for a payment, of Europe, America and Asia. A site adds others to
/// its own hosts. Providers that also send visitors by links, such as Amazon, are listed by the host of their checkout.
pub const PAYMENT: &str = "paypal.com stripe.com klarna.com adyen.com mollie.com checkout.com worldpay.com \
    braintreegateway.com authorize.net squareup.com pay.google.com pay.amazon.com payments.amazon.com payments.amazon.de \
    payments.amazon.co.uk apple-pay-gateway.apple.com shop.app sofort.com giropay.de paydirekt.de unzer.com payone.com \
    computop-paygate.com saferpay.com datatrans.com postfinance.ch twint.ch ogone.com worldline-solutions.com payplug.com \
    getalma.eu scalapay.com multisafepay.com buckaroo.nl pay.nl ideal.nl payconiq.com przelewy24.pl payu.com tpay.com \
    trustly.com swish.nu vipps.no mobilepay.dk nets.eu quickpay.net redsys.es sibs.pt nexi.it satispay.com clearpay.co.uk \
    afterpay.com affirm.com sezzle.com opayo.co.uk gocardless.com truelayer.com cardinalcommerce.com arcot.com \
    mercadopago.com pagseguro.uol.com.br razorpay.com paytm.in alipay.com komoju.com 2checkout.com cybersource.com";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_of_one_shop_are_recognised() {
        let own = "shop.test www.other.test";
        for (host, other, is_same) in [
            ("shop.example", "shop.example", true),
            ("www.shop.example", "Shop.Example", true),
            ("www.shop.example", "checkout.shop.example", true),
            ("checkout.shop.example", "www.shop.example", true),
            ("shop.example", "evilshop.example", false),
            ("a.shop.example", "b.shop.example", false),
            ("a.shop.test", "b.shop.test", true),
            ("a.shop.test", "pay.other.test", true),
            ("a.shop.test", "notother.test", false),
            ("", "", false),
            ("shop.example", "", false),
            ("", "shop.example", false),
        ] {
            assert_eq!(is_same_shop(host, other, own), is_same, "{host} {other}");
        }
        assert!(!is_same_shop("a.test", "b.test", ""));
        assert!(!is_same_shop("a.test", "b.test", "  "));
    }

    #[test]
    fn payment_providers_are_recognised() {
        for host in [
            "www.paypal.com",
            "checkout.stripe.com",
            "pay.klarna.com",
            "pay.amazon.com",
        ] {
            assert!(is_payment(host), "{host}");
        }
        for host in [
            "",
            "www.amazon.com",
            "notpaypal.com",
            "paypal.com.evil.test",
            "google.com",
        ] {
            assert!(!is_payment(host), "{host}");
        }
        for host in pieces(PAYMENT, b' ') {
            assert!(is_payment(host), "{host} is written as a host");
            assert!(
                host.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte)),
                "{host}"
            );
        }
    }
}
