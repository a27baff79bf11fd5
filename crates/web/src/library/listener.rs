//! Listeners to signals and touchpoints.

use std::rc::Rc;

use js_sys::{Function, Set};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::{Family, Moment, SignalKind, Value};

use super::error::Error;
use super::page::{Page, page};
use crate::externs::queue_microtask;
use crate::scope::{Callback, callback};

/// A micro-moment that was found in the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Signal {
    /// The kind of the signal.
    #[serde(rename = "name")]
    pub kind: SignalKind,
    /// The family of the kind.
    pub family: Family,
    /// Google's moment of an intent signal; `None` for other signals.
    pub moment: Option<Moment>,
    /// The time in milliseconds since 1970.
    #[serde(rename = "time")]
    pub time_ms: i64,
    /// The evidence, a map: counts, times, the element, the step.
    pub evidence: Value,
}

/// A touchpoint as it was captured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Touchpoint {
    /// The name of the kind, such as `add_to_cart`.
    pub kind: String,
    /// The time in milliseconds since 1970.
    #[serde(rename = "time")]
    pub time_ms: i64,
    /// The fields, a map.
    #[serde(flatten)]
    pub fields: Value,
}

/// A listener. It ends when this is dropped.
#[must_use = "dropping it ends the listener; `forget` keeps it as long as the page"]
pub struct Listener {
    page: Rc<Page>,
    all: Set,
    function: Callback,
    /// The closure itself, to which the function refers weakly.
    _then: Rc<dyn Fn(JsValue)>,
}

impl Listener {
    /// Keeps the listener as long as Wayside runs.
    pub fn forget(self) {
        std::mem::forget(self);
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.all.delete(self.function.as_ref());
        self.page.listeners_changed();
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listener")
    }
}

/// Calls back with each signal, until the returned value is dropped.
///
/// The call comes at the end of the turn of the event loop and never from within another function of this crate, so the
/// closure may use them all, and may change the state of the front end.
///
/// ```no_run
/// # fn listen() -> Result<wayside_web::Listener, wayside_web::Error> {
/// use wayside_web::{Family, Value};
///
/// wayside_web::on_signal(|signal| {
///     if signal.family == Family::Friction {
///         let element = signal.evidence.get("element").and_then(Value::as_text);
///         // Show a word of help beside the element.
///     }
/// })
/// # }
/// ```
///
/// # Errors
///
/// Fails if Wayside does not run.
pub fn on_signal(then: impl Fn(Signal) + 'static) -> Result<Listener, Error> {
    let page = page()?;
    Ok(listen(page.boot.signal(), page, then))
}

/// Calls back with each touchpoint that is captured, in the same way as [`on_signal`].
///
/// # Errors
///
/// Fails if Wayside does not run.
pub fn on_touchpoint(then: impl Fn(Touchpoint) + 'static) -> Result<Listener, Error> {
    let page = page()?;
    Ok(listen(page.boot.touchpoint(), page, then))
}

fn listen<T: DeserializeOwned>(all: Set, page: Rc<Page>, then: impl Fn(T) + 'static) -> Listener {
    let reader = page.clone();
    let then: Rc<dyn Fn(JsValue)> = Rc::new(move |value| match serde_wasm_bindgen::from_value(value) {
        Ok(value) => then(value),
        Err(error) => reader.warn("listener", &error.into()),
    });
    let weak = Rc::downgrade(&then);
    let function = callback(move |value| {
        let weak = weak.clone();
        // The listener may end before its turn comes.
        let later = Closure::once_into_js(move || {
            if let Some(then) = weak.upgrade() {
                then(value);
            }
        });
        queue_microtask(later.unchecked_ref::<Function>());
    });
    all.add(function.as_ref());
    page.listeners_changed();
    Listener {
        page,
        all,
        function,
        _then: then,
    }
}
