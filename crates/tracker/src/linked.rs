//! The visitor's id in links between the shop's domains, which share no storage.
//!
//! A link to another domain gets the parameter [`PARAM`] at the moment of its click: the visitor, the time, and a checksum
//! over these, the site and the browser. The page there takes the visitor over if the mark is fresh and comes from this very
//! browser, so that an address that is copied, bookmarked or sent to somebody else makes nobody this visitor.

use alloc::string::String;

use wayside_model::text::{int_text, split_once};
use wayside_model::{Timestamp, VisitorId};

/// The parameter's name.
pub const PARAM: &str = "_ws";

/// Longest time in milliseconds from the click to the start of the page behind the link: a slow page on a slow connection.
/// As long may somebody open a copied address in the same browser, who then is the same visitor anyway.
const AGE_MAX_MS: i64 = 2 * 60_000;

/// The mark of this visitor; `None` for an id that a site has set itself and that does not fit into an address. `browser`
/// is the same text on both domains.
pub fn mark(visitor: &str, site: &str, browser: &str, now: Timestamp) -> Option<String> {
    let fits = visitor
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    fits.then(|| signed(visitor, &int_text(now.millis()), site, browser))
}

/// The visitor of a mark that was made for this site in this browser a short time ago.
pub fn visitor(mark: &str, site: &str, browser: &str, now: Timestamp) -> Option<VisitorId> {
    let (visitor, rest) = split_once(mark, b'.');
    let time = split_once(rest?, b'.').0;
    let mut made = 0_i64;
    for byte in time.bytes() {
        let digit = byte.is_ascii_digit().then(|| i64::from(byte - b'0'))?;
        made = made.checked_mul(10)?.checked_add(digit)?;
    }
    let age = now.millis().checked_sub(made)?;
    let is_good = (0..=AGE_MAX_MS).contains(&age) && signed(visitor, time, site, browser) == mark;
    is_good.then(|| VisitorId::parse(visitor).ok())?
}

/// The address with this mark instead of any other.
pub fn add(url: &str, mark: &str) -> String {
    let (mut out, _) = remove(url);
    let (page, fragment) = split_once(&out, b'#');
    let (fragment, page) = (fragment.map(String::from), page.len());
    out.truncate(page);
    let has_query = out.bytes().any(|byte| byte == b'?');
    out.push(if has_query { '&' } else { '?' });
    out.push_str(PARAM);
    out.push('=');
    out.push_str(mark);
    if let Some(fragment) = fragment {
        out.push('#');
        out.push_str(&fragment);
    }
    out
}

/// The address without a mark and otherwise as it is, and the mark; empty if there is none.
pub fn remove(url: &str) -> (String, String) {
    let (page, fragment) = split_once(url, b'#');
    let (path, query) = split_once(page, b'?');
    let mut out = String::from(path);
    let mut mark = String::new();
    let mut sign = '?';
    let mut rest = query;
    while let Some(query) = rest {
        let (pair, next) = split_once(query, b'&');
        rest = next;
        match split_once(pair, b'=') {
            (PARAM, Some(value)) => mark = value.into(),
            _ => {
                out.push(sign);
                out.push_str(pair);
                sign = '&';
            }
        }
    }
    if let Some(fragment) = fragment {
        out.push('#');
        out.push_str(fragment);
    }
    (out, mark)
}

fn signed(visitor: &str, time: &str, site: &str, browser: &str) -> String {
    let mut out = String::from(visitor);
    out.push('.');
    out.push_str(time);
    let sum = checksum(&[&out, site, browser]);
    out.push('.');
    // 53 bits, which `int_text` writes without a sign.
    out.push_str(&int_text((sum >> 11) as i64));
    out
}

/// FNV-1a. It guards against chance and copies, not against somebody who makes marks: whoever can make them can also set
/// the visitor's cookie.
fn checksum(parts: &[&str]) -> u64 {
    let mut sum = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0]) {
            sum = (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    const VISITOR: &str = "0123456789abcdef0123456789abcdef";
    const NOW: i64 = 1_764_000_000_000;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(NOW + ms)
    }

    #[test]
    fn a_mark_is_good_for_its_site_and_browser_and_some_minutes() {
        let mark = mark(VISITOR, "shop", "Firefox de", at(0)).unwrap();
        for (site, browser, ms, is_good) in [
            ("shop", "Firefox de", 0, true),
            ("shop", "Firefox de", 120_000, true),
            ("shop", "Firefox de", 120_001, false),
            ("shop", "Firefox de", -1, false),
            ("other", "Firefox de", 0, false),
            ("shop", "Firefox en", 0, false),
        ] {
            let read = visitor(&mark, site, browser, at(ms));
            assert_eq!(
                read.is_some_and(|id| id.as_str() == VISITOR),
                is_good,
                "{site} {browser} {ms}"
            );
        }
    }

    #[test]
    fn a_mark_that_was_changed_is_none() {
        let good = mark(VISITOR, "shop", "b", at(0)).unwrap();
        let other = good.replace("0123", "3210");
        for bad in [
            "",
            ".",
            "..",
            "a.b.c",
            VISITOR,
            &other,
            &good[..good.len() - 1],
            &format!("{good}0"),
            "v.99999999999999999999.1",
        ] {
            assert_eq!(visitor(bad, "shop", "b", at(0)), None, "{bad}");
        }
        assert_eq!(mark("a&b", "shop", "b", at(0)), None);
    }

    #[test]
    fn an_address_keeps_everything_else() {
        for url in [
            "https://b.test/",
            "https://b.test/x?a=1&b",
            "https://b.test/x?a=%20#top",
            "//b.test/x#?y",
            "/x?",
            "?&",
        ] {
            let marked = add(url, "m.1.2");
            assert_eq!(remove(&marked), (url.into(), "m.1.2".into()), "{marked}");
            assert_eq!(add(&marked, "n"), add(url, "n"));
        }
        assert_eq!(add("https://b.test/x?a=1#top", "m"), "https://b.test/x?a=1&_ws=m#top");
        assert_eq!(
            remove("https://b.test/?_ws=m&a=1"),
            ("https://b.test/?a=1".into(), "m".into())
        );
        assert_eq!(remove("https://b.test/?_wsx=1#_ws=2").1, "");
    }
}
