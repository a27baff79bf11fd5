//! Capture of errors: exceptions, rejections, and requests that failed.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::text::int_text;
use wayside_model::{Timestamp, Value};
use web_sys::{PerformanceObserverEntryList, PromiseRejectionEvent};

use crate::externs::{Entry, window};
use crate::host::{Host, Tracker};
use crate::requests::is_own;
use crate::scope::Scope;
use crate::values::object;

/// Reports errors until the scope ends.
pub(crate) fn listen(host: &'static Host, scope: &Scope) {
    scope.hear(
        &window(),
        &["unhandledrejection"],
        move |event: PromiseRejectionEvent| {
            // A reason that is not an error may contain anything, so it is ignored.
            let name = class(&event.reason()).unwrap_or_else(|| "rejection".into());
            host.call("page_error", Value::map([("error", Value::Text(name))]));
        },
    );
    let options = object(&[
        ("type", "resource".into()),
        // A second instance does not report again what the first has reported.
        ("buffered", (host.attempt < 2).into()),
    ]);
    scope.observe_performance(&options, move |list: JsValue| {
        for entry in list.unchecked_into::<PerformanceObserverEntryList>().get_entries() {
            let entry: Entry = entry.unchecked_into();
            let status = entry.response_status();
            if status < 400.0 || status.is_nan() {
                continue;
            }
            let url = entry.name();
            if !is_own(&url, &host.endpoint) {
                let error = String::from("http_") + &int_text(status as i64);
                host.call(
                    "page_error",
                    Value::map([("error", Value::Text(error)), ("url", Value::Text(url))]),
                );
            }
        }
    });
}

/// Takes in an event `error` of the window, after the first ones, which are calls. Elements and scripts dispatch events of this
/// type, too; they have no error.
pub(crate) fn failed(host: &Host, tracker: &mut Tracker, event: &JsValue, now: Timestamp) {
    let read = |name: &str| Reflect::get(event, &name.into()).unwrap_or_default();
    if let Some(error) = class(&read("error")) {
        host.tell_requests(tracker, now);
        let url = read("filename").as_string().map_or(Value::Null, Value::Text);
        let fields = Value::map([("error", Value::Text(error)), ("url", url)]);
        // Never under a seq of the early ones: the bootstrap's beacon leaves these errors out.
        tracker.call("page_error", &fields, false, now);
    }
}

/// The class of an error; `None` of anything else that was thrown.
pub(crate) fn class(thrown: &JsValue) -> Option<String> {
    // Reading a property of another origin's window throws.
    let read = |name: &str| Reflect::get(thrown, &name.into()).ok();
    read("stack")?.is_truthy().then_some(())?;
    read("name")?.as_string()
}
