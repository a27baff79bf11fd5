//! Classification of links that lead out of the page.

use wayside_model::text::split_once;
use wayside_model::{channel, url};

/// The kind of a link: `phone`, `mail`, `map` or `outbound`; empty for a link within the shop, whose domains are `own`, and for
/// an empty address.
pub(crate) fn way_out(link: &str, page: &str, own: &str) -> &'static str {
    let host = url::host(link);
    match split_once(link, b':').0 {
        "tel" | "sms" => "phone",
        "mailto" => "mail",
        "geo" => "map",
        _ if host.is_empty() => "",
        _ if is_map(link, host) => "map",
        _ if channel::is_same_shop(host, url::host(page), own) => "",
        _ => "outbound",
    }
}

/// Whether a link leads to a map service.
fn is_map(link: &str, host: &str) -> bool {
    let host = bare(host);
    host.starts_with("maps.")
        || host == "openstreetmap.org"
        || host.starts_with("google.") && url::path(link).starts_with("/maps")
}

fn bare(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_classified_by_their_destination() {
        for (link, way) in [
            ("", ""),
            ("/help", ""),
            ("#top", ""),
            ("javascript:void(0)", ""),
            ("https://shop.example/help", ""),
            ("https://www.shop.example/help", ""),
            ("https://shop.example:8443/help", ""),
            ("https://other.example/", "outbound"),
            ("https://evilshop.example/", "outbound"),
            ("https://checkout.shop.example/pay", ""),
            ("https://pay.shop.test/", "outbound"),
            ("tel:+4930123", "phone"),
            ("sms:+4930123", "phone"),
            ("mailto:a@shop.example", "mail"),
            ("geo:52.5,13.4", "map"),
            ("https://www.google.com/maps/place/x", "map"),
            ("https://maps.app.goo.gl/abc", "map"),
            ("https://shop.example/maps/europe", ""),
            ("https://www.openstreetmap.org/#map=6", "map"),
        ] {
            assert_eq!(way_out(link, "https://shop.example/a", ""), way, "{link}");
        }
        let own = "shop.example shop.test";
        assert_eq!(way_out("https://pay.shop.test/", "https://shop.example/a", own), "");
    }
}
