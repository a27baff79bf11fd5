//! Parsing and scrubbing of addresses.
//!
//! Browsers and crates normalise addresses differently, so the model parses them itself, as bytes and with no
//! normalisation but ASCII case folding. [`scrub`] only removes text, and scrubbing twice gives the same result as
//! once.

use alloc::string::String;
use alloc::vec::Vec;

use crate::text::{all, lists, pieces, split_once, utf8};

/// Removes everything that may be secret or personal from `url`:
///
/// * user and password before the host;
/// * every query parameter but `utm_*` and [`KEPT_PARAMS`], and of those the ones whose value looks like a secret;
/// * the fragment, unless it is the route of a single-page application (`#/…`, `#!/…`), which is scrubbed like a
///   path;
/// * path segments that look like a secret become `*`, and so does what follows a `;` in one (`;jsessionid=…`);
/// * everything after the scheme of an address without a host (`mailto:`, `tel:`, `data:`, `blob:`, `javascript:`).
///
/// [`looks_secret`] defines which texts look like a secret. Site search terms are dropped too: they are captured as
/// `search` touchpoints, which a site can switch off.
pub fn scrub(url: &str) -> String {
    // Browsers strip these characters; only a handmade address contains a line break.
    let mut clean = String::with_capacity(url.len());
    for c in url.chars() {
        if !c.is_ascii_control() && c != ' ' {
            clean.push(c);
        }
    }
    let url = clean;
    let mut out = String::with_capacity(url.len());
    let parts = Parts::of(&url);
    if !parts.scheme.is_empty() {
        push_lower(&mut out, parts.scheme);
        out.push(':');
        if parts.authority.is_none() {
            return out;
        }
    }
    if let Some(authority) = parts.authority {
        out.push_str("//");
        push_lower(&mut out, after_user(authority));
    }
    scrub_path(&mut out, parts.path);
    scrub_query(&mut out, parts.query);
    if let Some(route) = parts.fragment {
        let path_at = usize::from(route.starts_with("!"));
        if route.get(path_at..).is_some_and(|path| path.starts_with("/")) {
            let route = split_once(route, b'#').0;
            out.push('#');
            out.push_str(route.get(..path_at).unwrap_or(""));
            let (path, query) = split_once(route.get(path_at..).unwrap_or(""), b'?');
            scrub_path(&mut out, path);
            scrub_query(&mut out, query);
        }
    }
    out
}

/// Query parameters that [`scrub`] keeps besides `utm_*`, separated by spaces. They identify a page of the shop and not
/// its visitor. `id`, `q` and the like are not included, because sites use them for customers, orders and search terms.
pub const KEPT_PARAMS: &str = "page p sort order_by category cat brand product item sku variant color colour size lang \
    locale currency tab view";

/// The query of an address, as it is written there; empty if it has none.
pub fn query(url: &str) -> &str {
    Parts::of(url).query.unwrap_or("")
}

/// The decoded value of the parameter `name` of a [`query`], without regard to ASCII case; empty if it is absent or not UTF-8.
pub fn query_param(query: &str, name: &str) -> String {
    for pair in pieces(query, b'&') {
        let (key, value) = split_once(pair, b'=');
        if key.eq_ignore_ascii_case(name) {
            return utf8(&decode(value.unwrap_or(""))).unwrap_or_default();
        }
    }
    String::new()
}

/// The host of an absolute address, without user and port; empty for a relative one.
pub fn host(url: &str) -> &str {
    let host = after_user(Parts::of(url).authority.unwrap_or(""));
    let (inside, rest) = split_once(host, b']');
    if host.starts_with("[") && rest.is_some() {
        host.get(..=inside.len()).unwrap_or(host)
    } else {
        split_once(host, b':').0
    }
}

/// The path of an address, without query and fragment; `/` if an absolute address has none.
pub fn path(url: &str) -> &str {
    let parts = Parts::of(url);
    match (parts.path, parts.authority) {
        ("", Some(_)) => "/",
        (path, _) => path,
    }
}

/// A text without secrets: addresses in it are scrubbed, and words that look like a secret or a person become `*`. It is not
/// longer than before, and scrubbing it again changes nothing.
pub fn scrub_text(text: &str) -> String {
    let mut out = String::new();
    for (at, word) in pieces(text, b' ').enumerate() {
        if at > 0 {
            out.push(' ');
        }
        let scheme = word.as_bytes().windows(3).position(|part| part == b"://");
        if let Some(end) = scheme {
            let mut start = end;
            while start > 0 && word.as_bytes().get(start - 1).is_some_and(u8::is_ascii_alphabetic) {
                start -= 1;
            }
            out.push_str(word.get(..start).unwrap_or_default());
            out.push_str(&scrub(word.get(start..).unwrap_or_default()));
        } else if looks_secret(word) {
            out.push('*');
        } else {
            out.push_str(word);
        }
    }
    out
}

/// Whether a path segment or parameter value looks like a secret or a person, by its decoded text:
///
/// * it has an `@` between other characters: an e-mail address;
/// * 15 or more digits in a row: phone and card numbers are that long, product numbers (GTIN-14) are not;
/// * a UUID: it may be a password reset token as well as a product, and pages are grouped better without it;
/// * a run of 20 or more ASCII letters and digits that contains both: hexadecimal and base64 tokens; the words
///   between the hyphens of a product's name are shorter;
/// * 20 or more characters with lower case, upper case and digits, without space or dot-separated words: base64url.
pub fn looks_secret(raw: &str) -> bool {
    let text = decode(raw);
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or(&[]);
    if inner.iter().any(|byte| matches!(byte, b'@')) || is_uuid(&text) {
        return true;
    }
    let mut run = Classes::default();
    let mut all = Classes::default();
    for byte in &text {
        all.add(*byte);
        if byte.is_ascii_alphanumeric() {
            run.add(*byte);
        } else {
            run = Classes::default();
        }
        if run.only_digits >= 15 || (run.len >= TOKEN_MIN && run.digits > 0 && run.lower + run.upper > 0) {
            return true;
        }
    }
    all.len >= TOKEN_MIN
        && all.lower > 0
        && all.upper > 0
        && all.digits > 0
        && !text.iter().any(|byte| matches!(byte, b' ' | b',' | b'!' | b'(' | b')'))
}

/// Shortest token in characters: 20 characters of base64 are 120 bits, about the size of the shortest reset tokens in
/// use.
const TOKEN_MIN: u32 = 20;

#[derive(Default)]
struct Classes {
    len: u32,
    lower: u32,
    upper: u32,
    digits: u32,
    /// Digits since the last other character.
    only_digits: u32,
}

impl Classes {
    fn add(&mut self, byte: u8) {
        self.len += 1;
        self.only_digits = if byte.is_ascii_digit() { self.only_digits + 1 } else { 0 };
        self.lower += u32::from(byte.is_ascii_lowercase());
        self.upper += u32::from(byte.is_ascii_uppercase());
        self.digits += u32::from(byte.is_ascii_digit());
    }
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// An address split at its delimiters, without decoding.
struct Parts<'a> {
    scheme: &'a str,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Self {
        let (rest, fragment) = split_once(url, b'#');
        let (rest, query) = split_once(rest, b'?');
        let (scheme, rest) = match split_once(rest, b':') {
            (scheme, Some(rest)) if is_scheme(scheme) => (scheme, rest),
            _ => ("", rest),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let authority = split_once(rest, b'/').0;
                (Some(authority), rest.get(authority.len()..).unwrap_or(""))
            }
            None => (None, rest),
        };
        Self {
            scheme,
            authority,
            path,
            query,
            fragment,
        }
    }
}

fn is_scheme(raw: &str) -> bool {
    raw.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
        && all(raw, |b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

fn after_user(authority: &str) -> &str {
    pieces(authority, b'@').last().unwrap_or(authority)
}

fn scrub_path(out: &mut String, path: &str) {
    for (at, segment) in pieces(path, b'/').enumerate() {
        if at > 0 {
            out.push('/');
        }
        let plain = split_once(segment, b';').0;
        let hidden = looks_secret(plain) || (plain.is_empty() && !segment.is_empty());
        out.push_str(if hidden { "*" } else { plain });
    }
}

fn scrub_query(out: &mut String, query: Option<&str>) {
    let mut mark = '?';
    for pair in pieces(query.unwrap_or(""), b'&') {
        let (name, value) = split_once(pair, b'=');
        let is_campaign = name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("utm_"));
        let kept = is_campaign || lists(KEPT_PARAMS, b' ', name);
        if kept && !looks_secret(name) && !looks_secret(value.unwrap_or("")) {
            out.push(mark);
            out.push_str(pair);
            mark = '&';
        }
    }
}

/// Decodes percent encoding and `+` for a space. Invalid percent encoding stays as it is.
fn decode(raw: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let pair = (ahead.next().and_then(hex_digit), ahead.next().and_then(hex_digit));
        out.push(match (byte, pair) {
            (b'%', (Some(high), Some(low))) => {
                bytes = ahead;
                high << 4 | low
            }
            (b'+', _) => b' ',
            _ => byte,
        });
    }
    out
}

fn hex_digit(byte: u8) -> Option<u8> {
    (byte as char).to_digit(16).map(|digit| digit as u8)
}

fn push_lower(out: &mut String, text: &str) {
    for c in text.chars() {
        out.push(c.to_ascii_lowercase());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(raw: &str, scrubbed: &str) {
        assert_eq!(scrub(raw), scrubbed, "of {raw}");
    }

    #[test]
    fn ordinary_shop_addresses_are_unchanged() {
        check("https://shop.example/", "https://shop.example/");
        check(
            "https://Shop.Example:8443/Mugs/Blue-Mug",
            "https://shop.example:8443/Mugs/Blue-Mug",
        );
        check(
            "/mugs/blue-ceramic-mug-350ml-dishwasher-safe",
            "/mugs/blue-ceramic-mug-350ml-dishwasher-safe",
        );
        check(
            "/p/4006381333931?variant=red&sort=price",
            "/p/4006381333931?variant=red&sort=price",
        );
        check(
            "/%D0%BA%D1%80%D1%83%D0%B6%D0%BA%D0%B8-2024",
            "/%D0%BA%D1%80%D1%83%D0%B6%D0%BA%D0%B8-2024",
        );
        check("/кружки/синяя", "/кружки/синяя");
        check(
            "/donaudampfschifffahrtsgesellschaft",
            "/donaudampfschifffahrtsgesellschaft",
        );
        check("//cdn.example/a", "//cdn.example/a");
        check("", "");
    }

    #[test]
    fn campaign_parameters_are_kept_and_others_removed() {
        check(
            "/?utm_source=news&q=my+illness&utm_medium=email",
            "/?utm_source=news&utm_medium=email",
        );
        check("/?UTM_Source=News", "/?UTM_Source=News");
        check("/?gclid=abc&email=a%40b.example&token=1", "/");
        check("/?id=17&page=2", "/?page=2");
        check("/?utm_source=someone%40mail.example", "/");
        check("/?utm_content=0123456789abcdef0123", "/");
        check("/?&&page=2&", "/?page=2");
        check("/?page", "/?page");
    }

    #[test]
    fn fragments_are_removed_unless_they_are_routes() {
        check("/a#top", "/a");
        check("/a#access_token=abc", "/a");
        check("/a#/cart", "/a#/cart");
        check("/a#!/cart?step=2&page=3", "/a#!/cart?page=3");
        check("/a#/reset/0123456789abcdef0123", "/a#/reset/*");
        check("/a#/user/someone%40mail.example/x", "/a#/user/*/x");
        check("/a#/cart#b", "/a#/cart");
    }

    #[test]
    fn secrets_in_paths_are_removed() {
        check("https://u:p@shop.example/x", "https://shop.example/x");
        check("https://u@v@shop.example/x", "https://shop.example/x");
        check("/user/someone@mail.example/orders", "/user/*/orders");
        check("/user/someone%40mail.example", "/user/*");
        check("/reset/9b2c7e4f1a8d4c6e9f0b1a2c3d4e5f60", "/reset/*");
        check("/reset/9b2c7e4f-1a8d-4c6e-9f0b-1a2c3d4e5f60", "/reset/*");
        check("/t/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2ln", "/t/*");
        check("/t/aB3-dE6_gH9-jK2_mN5-pQ", "/t/*");
        check("/call/004915112345678", "/call/*");
        check("/cart;jsessionid=1A2B", "/cart");
        check("/;a/Y", "/*/Y");
    }

    #[test]
    fn an_address_without_a_host_keeps_only_its_scheme() {
        check("mailto:someone@mail.example", "mailto:");
        check("TEL:+4915112345678", "tel:");
        check("data:text/plain,secret", "data:");
        check("javascript:alert(1)", "javascript:");
    }

    #[test]
    fn texts_keep_their_words_and_lose_their_secrets() {
        for (text, expected) in [
            ("TypeError", "TypeError"),
            ("http_500", "http_500"),
            ("", ""),
            ("a  b", "a  b"),
            ("no user ada@shop.example here", "no user * here"),
            (
                "cannot load https://shop.example/reset?token=0123456789abcdef0123 now",
                "cannot load https://shop.example/reset now",
            ),
            (
                "(https://u:p@shop.example/a/4915112345678901)",
                "(https://shop.example/a/*",
            ),
            ("Key0123456789abcdef0123", "*"),
            ("ü://ü", "ü://ü"),
        ] {
            assert_eq!(scrub_text(text), expected, "{text}");
            assert_eq!(scrub_text(&scrub_text(text)), expected, "again: {text}");
        }
    }

    #[test]
    fn tokens_are_recognised_from_their_shortest_length() {
        for (text, secret) in [
            ("0123456789abcdef012", false),
            ("0123456789abcdef0123", true),
            ("abcdefghijklmnopqrst", false),
            ("12345678901234", false),
            ("123456789012345", true),
            ("ab-12345678901234-cd", false),
            ("@", false),
            ("a@", false),
            ("a@b", true),
            ("Summer Sale 2024 and more", false),
        ] {
            assert_eq!(looks_secret(text), secret, "{text}");
        }
    }

    #[test]
    fn query_parameters_hosts_and_paths_are_parsed() {
        let url = "https://u@Shop.example:81/a/b?utm_source=my+news%21&x=%zz&empty&bad=%ff#c?x=2";
        let param = |name| query_param(query(url), name);
        assert_eq!(param("utm_source"), "my news!");
        assert_eq!(param("UTM_SOURCE"), "my news!");
        assert_eq!(param("x"), "%zz");
        assert_eq!(param("empty"), "");
        assert_eq!(param("bad"), "");
        assert_eq!(param("y"), "");
        assert_eq!(host(url), "Shop.example");
        assert_eq!(path(url), "/a/b");
        assert_eq!(host("/a"), "");
        assert_eq!(host("http://[::1]:80/a"), "[::1]");
        assert_eq!(path("https://shop.example"), "/");
        assert_eq!(path("https://shop.example?x=1"), "/");
    }

    proptest! {
        #[test]
        fn scrubbing_is_idempotent_and_never_adds_text(url in "\\PC{0,60}|[a-zA-Z0-9:/?#&=;@%.!_ -]{0,60}|https://[a-z@:.]{1,12}/[a-zA-Z0-9/?#&=;@%!_-]{0,60}") {
            let once = scrub(&url);
            prop_assert!(once.len() <= url.len());
            prop_assert_eq!(scrub(&once), once);
        }
    }
}
