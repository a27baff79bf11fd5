//! Values between JavaScript and the model.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;
use wayside_model::{Timestamp, Value};

/// What JavaScript says, or `None` for what JSON cannot say.
pub(crate) fn from_js(js: JsValue) -> Option<Value> {
    serde_wasm_bindgen::from_value(js).ok()
}

/// Plain objects and arrays, as `JSON.parse` makes them.
pub(crate) fn to_js(value: &Value) -> JsValue {
    value
        .serialize(&Serializer::json_compatible())
        .unwrap_or(JsValue::UNDEFINED)
}

/// A time as `Date.now()` gives it.
pub(crate) fn time(ms: f64) -> Timestamp {
    Timestamp::from_millis(ms as i64)
}

/// Now, by the visitor's clock: the one place that reads it.
pub(crate) fn now() -> Timestamp {
    time(js_sys::Date::now())
}
