//! The site's keys in `localStorage`. Any access may throw, even reading the property `localStorage` itself.

use js_sys::{JsString, Object};
use wasm_bindgen::JsCast;

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

/// The stored text under a key.
pub(crate) fn text(key: &str) -> Option<String> {
    Some(stored(key)?.into())
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

/// Stores a text. Returns whether it succeeded.
pub(crate) fn keep_text(key: &str, text: &str) -> bool {
    keep(key, &text.into())
}

/// Stores bytes as base64. Returns whether it succeeded.
pub(crate) fn keep_bytes(key: &str, bytes: &[u8]) -> bool {
    let mut binary = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        binary.push(char::from(*byte));
    }
    keep(key, &to_base64(&binary))
}

/// Removes a key. If that fails, nothing could have been stored either.
pub(crate) fn remove(key: &str) {
    if let Some(storage) = storage() {
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
    remove(&key_of("visitor", site));
    remove(&key_of("journey", site));
    remove(&key_of("settings", site));
    for key in outboxes(site) {
        remove(&key);
    }
}

fn stored(key: &str) -> Option<JsString> {
    storage()?.get_item(key).ok()?
}

fn keep(key: &str, text: &JsString) -> bool {
    storage().is_some_and(|storage| storage.set_item(key, text).is_ok())
}

#[inline(never)]
fn storage() -> Option<Storage> {
    PAGE.with(|page| page.local_storage().ok()?)
}
