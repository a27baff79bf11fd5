//! Google's Consent Mode: `gtag('consent', 'default' | 'update', { analytics_storage, … })`.
//!
//! The bootstrap reads the commands, because it must not store anything before, and says what follows from them.

use gloo_timers::callback::Timeout;
use js_sys::Reflect;
use wasm_bindgen::JsValue;
use wayside_model::{Consent, Timestamp};
use wayside_tracker::queue::Message;

use crate::host::{Host, Tracker};
use crate::store;

/// Takes in the consent that follows from a command with these fields.
pub(crate) fn follow(host: &'static Host, tracker: &mut Tracker, consent: Consent, fields: &JsValue, now: Timestamp) {
    let read = |name: &str| Reflect::get(fields, &name.into()).unwrap_or_default();
    if read("region").is_truthy() {
        host.warn(
            "consent_region",
            &"Wayside does not know the visitor's region: the command applies everywhere".into(),
        );
    }
    let mut consent = consent;
    let wait_ms = read("wait_for_update").as_f64().unwrap_or_default();
    if consent == Consent::Granted && wait_ms > 0.0 {
        consent = Consent::Unknown;
        host.boot.set_consent(consent.name());
        host.consent_timer.replace(Some(Timeout::new(wait_ms as u32, move || {
            host.boot.put(
                Message::Consent as u8,
                &Consent::Granted.name().into(),
                &js_sys::Object::new(),
            );
        })));
    }
    if consent == Consent::Unknown && host.is_new.get() {
        // The bootstrap has stored a visitor before the page said that it must not.
        store::purge(&host.site);
    }
    tracker.follow_consent(consent, now);
}
