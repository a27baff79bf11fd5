//! Cookies, which all hosts of the shop's domain share. `localStorage` belongs to one host.

use std::cell::OnceCell;

use wasm_bindgen::JsCast;
use wayside_model::text::split_once;
use wayside_model::url;

use crate::boot::Options;
use crate::externs::{Jar, document, window};

/// 395 days, because Chromium keeps no cookie for more than 400. Each page load begins them anew.
pub(crate) const LONG_S: &str = "34128000";

thread_local! {
    /// The domain that takes cookies; empty if there is none.
    static DOMAIN: OnceCell<String> = const { OnceCell::new() };
}

/// The domain for which the page sets cookies; empty if cookies are switched off or the browser takes none.
///
/// It is the site's own choice, or the shortest part of the host that takes a cookie: browsers refuse cookies for public
/// suffixes such as `com` and `co.uk`, so that it is the domain that the shop has registered.
pub(crate) fn domain(options: &Options) -> String {
    DOMAIN.with(|domain| domain.get_or_init(|| find(options)).clone())
}

fn find(options: &Options) -> String {
    if options.is_without_cookies() {
        return String::new();
    }
    let chosen = options.chosen_domain();
    if !chosen.is_empty() {
        return if takes(&chosen) { chosen } else { String::new() };
    }
    let mut found = String::new();
    each_domain(&mut |domain| {
        if found.is_empty() && takes(domain) {
            found = domain.into();
        }
    });
    found
}

/// Passes each part of the host that begins with a label to `visit`, the shortest first. An address in numbers has only itself.
fn each_domain(visit: &mut dyn FnMut(&str)) {
    let page = address();
    let host = url::host(&page);
    let is_number = host.bytes().last().is_some_and(|last| last.is_ascii_digit());
    for (at, byte) in host.bytes().enumerate().rev() {
        if byte == b'.' && !is_number {
            visit(host.get(at + 1..).unwrap_or_default());
        }
    }
    visit(host);
}

fn address() -> String {
    window().location().href().unwrap_or_default()
}

/// Whether the browser takes a cookie for this domain.
fn takes(domain: &str) -> bool {
    const PROBE: &str = "wayside.probe";
    write(PROBE, "1", "9", domain);
    let taken = read(PROBE).is_some();
    write(PROBE, "", "0", domain);
    taken
}

/// The value of a cookie; `None` if there is none or it is empty.
pub(crate) fn read(key: &str) -> Option<String> {
    let all = jar().cookie().ok()?;
    let mut rest = Some(all.as_str());
    while let Some(pairs) = rest {
        let (pair, next) = split_once(pairs, b';');
        rest = next;
        match split_once(pair.trim_ascii_start(), b'=') {
            (name, Some(value)) if name == key && !value.is_empty() => return Some(value.into()),
            _ => {}
        }
    }
    None
}

/// Sets a cookie for this many seconds.
pub(crate) fn write(key: &str, text: &str, seconds: &str, domain: &str) {
    let secure = if address().starts_with("https:") { ";secure" } else { "" };
    let cookie = [
        key,
        "=",
        text,
        ";path=/;samesite=lax;max-age=",
        seconds,
        ";domain=",
        domain,
        secure,
    ]
    .concat();
    // It fails in a sandbox, which has no cookies.
    let _ = jar().set_cookie(&cookie);
}

/// Removes a cookie of the host and of the domains above it.
pub(crate) fn remove(key: &str) {
    if read(key).is_some() {
        each_domain(&mut |domain| write(key, "", "0", domain));
    }
}

fn jar() -> Jar {
    document().unchecked_into()
}
