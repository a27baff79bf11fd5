//! Requests of the page and their durations.

use std::cell::Cell;

use js_sys::JsString;
use wasm_bindgen::JsCast;
use wayside_model::Timestamp;

use crate::externs::{CLOCK, Entry, entries_by_type};

/// Whether a request belongs to Wayside: a batch or a file of the SDK. The shop itself may be on the collector's origin.
pub(crate) fn is_own(url: &str, endpoint: &str) -> bool {
    url.strip_prefix(endpoint)
        .is_some_and(|path| path.starts_with("/v1/") || path.starts_with("/wayside"))
}

/// A reader of finished requests.
pub(crate) struct Requests {
    endpoint: String,
    kind: JsString,
    /// The end of the last request that was read, by the page's clock.
    read_to: Cell<f64>,
}

impl Requests {
    pub(crate) fn new(endpoint: String) -> Self {
        Self {
            endpoint,
            kind: "resource".into(),
            read_to: Cell::new(0.0),
        }
    }

    /// Start and end of each `fetch` and `XMLHttpRequest` finished since the last call, except Wayside's own.
    pub(crate) fn fresh(&self) -> Vec<(Timestamp, Timestamp)> {
        let origin = CLOCK.with(|clock| clock.time_origin());
        let at = |ms: f64| Timestamp::from_millis((origin + ms) as i64);
        let before = self.read_to.get();
        let mut found = Vec::new();
        for entry in entries_by_type(&self.kind) {
            let entry: Entry = entry.unchecked_into();
            let end = entry.response_end();
            if end <= before {
                continue;
            }
            let initiator = entry.initiator();
            if !(initiator == "fetch" || initiator == "xmlhttprequest") || is_own(&entry.name(), &self.endpoint) {
                continue;
            }
            self.read_to.set(self.read_to.get().max(end));
            found.push((at(entry.start_time()), at(end)));
        }
        found
    }
}
