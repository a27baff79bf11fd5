//! Which requests the page made, and how long they took.

use std::cell::Cell;

use wasm_bindgen::{JsCast, JsValue};
use wayside_model::Timestamp;
use web_sys::{Performance, PerformanceResourceTiming};

use crate::convert::time;
use crate::host::WINDOW;

/// The browser's list of finished requests, read on from where it was read last.
pub(crate) struct Requests {
    performance: Option<Performance>,
    /// When the last one that was read ended, by the page's clock.
    read_to: Cell<f64>,
    endpoint: String,
}

impl Requests {
    /// Looks from now on; requests to `endpoint` are our own.
    pub(crate) fn new(endpoint: String) -> Self {
        let performance = WINDOW.with(web_sys::Window::performance);
        Self {
            performance,
            read_to: Cell::new(0.0),
            endpoint,
        }
    }

    /// Start and end of each `fetch` and `XMLHttpRequest` that has finished since the last call.
    pub(crate) fn finished(&self) -> Vec<(Timestamp, Timestamp)> {
        let Some(performance) = &self.performance else {
            return Vec::new();
        };
        let read_to = self.read_to.get();
        let origin = performance.time_origin();
        let mut found = Vec::new();
        for entry in performance
            .get_entries_by_type("resource")
            .iter()
            .map(JsValue::unchecked_into)
        {
            let entry: PerformanceResourceTiming = entry;
            let end = entry.response_end();
            let by_script = matches!(entry.initiator_type().as_str(), "fetch" | "xmlhttprequest");
            if end > read_to && by_script && !self.is_ours(&entry.name()) {
                found.push((time(origin + entry.start_time()), time(origin + end)));
                self.read_to.set(self.read_to.get().max(end));
            }
        }
        found
    }

    /// Whether this is a batch on its way or our own Wasm. The shop may well stand on the collector's origin.
    fn is_ours(&self, address: &str) -> bool {
        address
            .strip_prefix(self.endpoint.as_str())
            .is_some_and(|path| path.starts_with("/v1/") || path.starts_with("/wayside."))
    }
}
