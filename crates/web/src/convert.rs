//! Values between JavaScript and the model.
//!
//! By hand and not by `serde-wasm-bindgen`: its error messages bring the formatting of floats with them, a third of the
//! whole module.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::{Timestamp, Value};

/// What JavaScript says, as far as JSON can say it; anything else is null.
pub(crate) fn from_js(js: &JsValue) -> Value {
    if let Some(text) = js.as_string() {
        Value::Text(text)
    } else if let Some(number) = js.as_f64() {
        from_number(number)
    } else if let Some(flag) = js.as_bool() {
        Value::Bool(flag)
    } else if Array::is_array(js) {
        let list: &Array = js.unchecked_ref();
        Value::List((0..list.length()).map(|at| from_js(&list.get(at))).collect())
    } else if js.is_object() {
        let entries = Object::entries(js.unchecked_ref());
        let pair = |at| {
            let entry: Array = entries.get(at).unchecked_into();
            (entry.get(0).as_string().unwrap_or_default(), from_js(&entry.get(1)))
        };
        Value::Map((0..entries.length()).map(pair).collect())
    } else {
        Value::Null
    }
}

fn from_number(number: f64) -> Value {
    let whole = Value::Float(number);
    match whole.as_int() {
        Some(n) => Value::Int(n),
        // The model takes finite numbers only.
        None if number.is_finite() => whole,
        None => Value::Null,
    }
}

/// Plain objects and arrays, as `JSON.parse` makes them.
pub(crate) fn to_js(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Bool(flag) => JsValue::from_bool(*flag),
        Value::Int(n) => JsValue::from_f64(*n as f64),
        Value::Float(x) => JsValue::from_f64(*x),
        Value::Text(text) => JsValue::from_str(text),
        Value::List(items) => {
            let list = Array::new();
            for item in items {
                list.push(&to_js(item));
            }
            list.into()
        }
        Value::Map(pairs) => {
            let map = Object::new();
            for (name, value) in pairs {
                // Fails on frozen objects only; this one is new.
                let _ = Reflect::set(&map, &JsValue::from_str(name), &to_js(value));
            }
            map.into()
        }
    }
}

/// A time as `Date.now()` gives it.
pub(crate) fn time(ms: f64) -> Timestamp {
    Timestamp::from_millis(ms as i64)
}

/// Now, by the visitor's clock: the one place that reads it.
pub(crate) fn now() -> Timestamp {
    time(js_sys::Date::now())
}
