//! The visit's first page, for a visitor who agrees on a later one.
//!
//! Without consent nothing is stored, so the first page is read from what the browser itself remembers: the tab's history
//! and the referrer, which have the address and its campaign. A site that may use `sessionStorage` before consent says so
//! (`data-landing="session"`); then the referrer of the first page is kept, too.

use js_sys::Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::text::split_once;
use wayside_model::{Consent, channel, url};

use crate::host::{Host, Tracker};
use crate::store;
use crate::values::text;

#[wasm_bindgen]
extern "C" {
    /// The tab's history as far as it belongs to this origin; browsers of before 2026 have none.
    #[wasm_bindgen(catch, js_namespace = navigation, js_name = entries)]
    fn entries() -> Result<Array, JsValue>;
    type Entry;
    #[wasm_bindgen(method, getter)]
    fn url(this: &Entry) -> JsValue;
}

/// Takes in a page load at this address.
pub(crate) fn take(host: &Host, tracker: &mut Tracker, address: &str, referrer: &str) {
    let options = host.boot.options();
    // A visitor who agreed before has recorded the arrival of this visit.
    if host.boot.consent() != Consent::Unknown.name() || store::kept(&options, "visitor").is_some() {
        return;
    }
    let key = store::key_of("landing", &host.site);
    let is_arrival = !channel::is_same_shop(url::host(address), url::host(referrer), &options.own_domains());
    if is_arrival {
        if options.remembers_landing() {
            store::keep_in_tab(&key, &[address, " ", referrer].concat());
        }
        return;
    }
    if let Some(kept) = store::in_tab(&key) {
        let (address, referrer) = split_once(&kept, b' ');
        return tracker.landed(address, referrer.unwrap_or_default());
    }
    let first = entries()
        .map(|entries| text(&entries.get(0).unchecked_into::<Entry>().url()))
        .unwrap_or_default();
    tracker.landed(if first.is_empty() { referrer } else { &first }, "");
}
