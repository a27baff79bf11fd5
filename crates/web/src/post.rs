//! Requests to the collector.

use std::cell::{Cell, RefCell};

use js_sys::{Function, JSON, Math, Number, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::Value;
use wayside_tracker::Outcome;

use crate::externs::{Answer, abort_after, fetch};
use crate::host::Host;
use crate::scope::{Callback, callback};
use crate::values::{self, object};

/// Time limit of a request; a retry may succeed on a better connection.
const PATIENCE_MS: u32 = 30_000;

/// Requests whose outcome is not known yet.
#[derive(Default)]
pub(crate) struct Requests(RefCell<Vec<Request>>);

/// A request. It is removed at its outcome, and its callbacks with it.
struct Request {
    id: u32,
    answered: Callback,
    read: Callback,
    failed: Callback,
    /// The HTTP status; 0 if there was no response.
    status: Cell<u16>,
    /// `Retry-After` in seconds.
    retry_after_s: Cell<u32>,
}

/// Sends the body by `fetch` and reports the outcome.
pub(crate) fn post(host: &'static Host, id: u32, body: &[u8]) {
    let init = object(&[
        ("method", "POST".into()),
        ("body", Uint8Array::from(body).into()),
        ("signal", abort_after(PATIENCE_MS).unwrap_or(JsValue::NULL)),
    ]);
    let request = Request {
        id,
        answered: callback(move |response| {
            if host.posts.answered(id, response.unchecked_ref()).is_err() {
                end(host, id, &JsValue::UNDEFINED);
            }
        }),
        read: callback(move |text| end(host, id, &text)),
        failed: callback(move |_| end(host, id, &JsValue::UNDEFINED)),
        status: Cell::default(),
        retry_after_s: Cell::default(),
    };
    let (answered, failed) = (function(&request.answered), function(&request.failed));
    host.posts.0.borrow_mut().push(request);
    match fetch(&host.url, &init) {
        Ok(promise) => _ = promise.then(&answered, &failed),
        Err(_) => end(host, id, &JsValue::UNDEFINED),
    }
}

impl Requests {
    /// Reads status and headers, then the body.
    fn answered(&self, id: u32, response: &Answer) -> Result<(), JsValue> {
        let requests = self.0.borrow();
        let Some(request) = requests.iter().find(|request| request.id == id) else {
            return Ok(());
        };
        let retry_after = response.headers()?.get("Retry-After")?.unwrap_or_default();
        request.retry_after_s.set(Number::parse_int(&retry_after, 10) as u32);
        let text = response.text()?;
        request.status.set(response.status()?);
        text.then(&function(&request.read), &function(&request.failed));
        Ok(())
    }

    fn take(&self, id: u32) -> Option<Request> {
        let mut requests = self.0.borrow_mut();
        let at = requests.iter().position(|request| request.id == id)?;
        Some(requests.swap_remove(at))
    }
}

/// Reports the outcome of a request whose response was read, or which failed.
fn end(host: &'static Host, id: u32, text: &JsValue) {
    let Some(request) = host.posts.take(id) else { return };
    let text = values::text(text);
    let body = JSON::parse(&text).map_or(Value::Null, |json| values::from_js(&json));
    host.tell(move |tracker, now| {
        let outcome = Outcome {
            id,
            status: request.status.get(),
            body: &body,
            retry_after_s: request.retry_after_s.get(),
            random: (Math::random() * f64::from(u32::MAX)) as u32,
        };
        tracker.sent(&outcome, now);
    });
}

fn function(callback: &Callback) -> Function {
    callback.as_ref().unchecked_ref::<Function>().clone()
}
