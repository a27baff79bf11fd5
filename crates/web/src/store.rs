//! Storage of the site's values. Any access may throw, even reading the property `localStorage` itself.
//!
//! The visitor and the decision are in a cookie and in `localStorage` under the same key, and in `sessionStorage` if neither
//! takes them; the bootstrap reads them in this order, too. Everything else is in `localStorage`.

use js_sys::{JsString, Object};
use wasm_bindgen::JsCast;

use crate::boot::Options;
use crate::cookie;
use crate::externs::{PAGE, Storage, from_base64, to_base64};
use crate::values;

/// The storage key of a site's value.
pub(crate) fn key_of(what: &str, site: &str) -> String {
    let mut key = String::from("wayside.");
    key.push_str(what);
    key.push('.');
    key.push_str(site);
    key
}

/// The visitor or the decision.
pub(crate) fn kept(options: &Options, what: &str) -> Option<String> {
    let key = key_of(what, &options.site_id());
    let cookie = match options.is_without_cookies() {
        true => None,
        false => cookie::read(&key),
    };
    let text = cookie.or_else(|| Some(get(storage(), &key).or_else(|| get(session_storage(), &key))?.into()))?;
    (!text.is_empty()).then_some(text)
}

/// Keeps the visitor or the decision wherever it can be kept. Returns whether any place took it.
pub(crate) fn keep(options: &Options, what: &str, text: &str) -> bool {
    let key = key_of(what, &options.site_id());
    let mut is_kept = set(storage(), &key, &text.into());
    if !is_kept {
        // An older value must not remain where this one cannot be stored.
        remove(&key);
    }
    let domain = cookie::domain(options);
    if !domain.is_empty() {
        let is_this = || cookie::read(&key).is_some_and(|kept| kept == text);
        cookie::write(&key, text, cookie::LONG_S, &domain);
        if !is_this() {
            // One of another domain that the site chose before.
            cookie::remove(&key);
            cookie::write(&key, text, cookie::LONG_S, &domain);
        }
        is_kept |= is_this();
    }
    is_kept || set(session_storage(), &key, &text.into())
}

/// The stored text under a key.
pub(crate) fn text(key: &str) -> Option<String> {
    Some(stored(key)?.into())
}

/// Stores a text. Returns whether it succeeded.
pub(crate) fn keep_text(key: &str, text: &str) -> bool {
    set(storage(), key, &text.into())
}

/// Keeps a text as long as the tab is open.
pub(crate) fn keep_in_tab(key: &str, text: &str) {
    set(session_storage(), key, &text.into());
}

/// The text that is kept as long as the tab is open.
pub(crate) fn in_tab(key: &str) -> Option<String> {
    Some(get(session_storage(), key)?.into())
}

/// Removes a text that is kept as long as the tab is open.
pub(crate) fn forget_in_tab(key: &str) {
    unset(session_storage(), key);
}

/// Removes the visitor or the decision from every place.
fn forget(site: &str, what: &str) {
    let key = key_of(what, site);
    remove(&key);
    cookie::remove(&key);
    unset(session_storage(), &key);
}

/// The journey that the last page has stored, also if that was a page of another host.
pub(crate) fn journey(options: &Options) -> Vec<u8> {
    let key = key_of(JOURNEY, &options.site_id());
    if let Some(text) = cookie::read(&key) {
        // It is on its way to the server with each request, so it stays no longer than it is needed.
        cookie::remove(&key);
        set(storage(), &key, &JsString::from(text));
    }
    bytes(&key)
}

/// Passes the stored journey on to the next page, which may be one of another host of the shop.
pub(crate) fn hand_over(options: &Options) {
    let key = key_of(JOURNEY, &options.site_id());
    let domain = cookie::domain(options);
    if let Some(text) = stored(&key).filter(|text| !domain.is_empty() && text.length() <= HANDED_MAX) {
        cookie::write(&key, &String::from(text), HANDED_S, &domain);
    }
}

/// The bytes stored as base64 under a key; empty if there are none.
pub(crate) fn bytes(key: &str) -> Vec<u8> {
    let Some(binary) = stored(key).and_then(|text| from_base64(&text).ok()) else {
        return Vec::new();
    };
    // Each character of a binary string is a byte.
    let mut bytes = Vec::with_capacity(binary.len());
    for byte in binary.chars() {
        bytes.push(byte as u8);
    }
    bytes
}

/// Stores bytes as base64. Returns whether it succeeded.
pub(crate) fn keep_bytes(key: &str, bytes: &[u8]) -> bool {
    let mut binary = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        binary.push(char::from(*byte));
    }
    set(storage(), key, &to_base64(&binary))
}

/// Removes a key. If that fails, nothing could have been stored either.
pub(crate) fn remove(key: &str) {
    unset(storage(), key);
}

fn unset(storage: Option<Storage>, key: &str) {
    if let Some(storage) = storage {
        let _ = storage.remove_item(key);
    }
}

/// The keys of all writers' outboxes.
pub(crate) fn outboxes(site: &str) -> Vec<String> {
    let mut prefix = key_of("outbox", site);
    prefix.push('.');
    let mut found = Vec::new();
    if let Some(storage) = storage() {
        for key in Object::keys(storage.unchecked_ref::<Object>()) {
            let key = values::text(&key);
            if key.starts_with(&prefix) {
                found.push(key);
            }
        }
    }
    found
}

/// Removes everything stored for the site except the consent decision.
pub(crate) fn purge(site: &str) {
    forget(site, "visitor");
    forget(site, JOURNEY);
    remove(&key_of("settings", site));
    for key in outboxes(site) {
        remove(&key);
    }
}

fn stored(key: &str) -> Option<JsString> {
    get(storage(), key)
}

fn get(storage: Option<Storage>, key: &str) -> Option<JsString> {
    storage?.get_item(key).ok()?
}

fn set(storage: Option<Storage>, key: &str, text: &JsString) -> bool {
    storage.is_some_and(|storage| storage.set_item(key, text).is_ok())
}

#[inline(never)]
fn storage() -> Option<Storage> {
    PAGE.with(|page| page.local_storage().ok()?)
}

#[inline(never)]
fn session_storage() -> Option<Storage> {
    PAGE.with(|page| page.session_storage().ok()?)
}

const JOURNEY: &str = "journey";

/// Most characters of a journey that is passed on: with everything else that a browser sends in a request, it has to fit
/// into the 8 KiB that servers take.
const HANDED_MAX: u32 = 2_048;

/// The time in seconds after which a visit is over, so that another page needs nothing of it.
const HANDED_S: &str = "1800";
