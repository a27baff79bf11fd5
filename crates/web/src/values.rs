//! Conversion of values from and to JavaScript.
//!
//! serde-wasm-bindgen would do the same, but takes 12 KB more in the page, most of it for formatting floats.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::Value;
use wayside_model::value::Sink;

/// Deepest nesting that is read: the model keeps two levels of fields, and the stack ends at some hundred.
const DEPTH_MAX: u8 = 32;

/// The value of plain data. Anything that JSON cannot represent is null.
pub(crate) fn from_js(value: &JsValue) -> Value {
    read(value, DEPTH_MAX)
}

fn read(value: &JsValue, depth: u8) -> Value {
    if let Some(text) = value.as_string() {
        return Value::Text(text);
    }
    if let Some(number) = value.as_f64() {
        return match Value::Float(number).as_int() {
            Some(whole) => Value::Int(whole),
            // Beyond 2^53 a number is an id: all digits that JavaScript has of it.
            None if number.abs() > 9_007_199_254_740_991.0 => Value::Text(digits(value)),
            None => Value::Float(number),
        };
    }
    if !value.is_object() || depth == 0 {
        return value.as_bool().map_or(Value::Null, Value::Bool);
    }
    if Array::is_array(value) {
        let items: &Array = value.unchecked_ref();
        let mut list = Vec::new();
        for at in 0..items.length() {
            list.push(read(&items.get(at), depth - 1));
        }
        return Value::List(list);
    }
    let entries = Object::entries(value.unchecked_ref());
    let mut pairs = Vec::new();
    for at in 0..entries.length() {
        let entry: Array = entries.get(at).unchecked_into();
        pairs.push((text(&entry.get(0)), read(&entry.get(1), depth - 1)));
    }
    Value::Map(pairs)
}

/// A number as JavaScript writes it.
fn digits(number: &JsValue) -> String {
    number.unchecked_ref::<Object>().to_string().into()
}

/// The text of a value that the page can make anything of; empty if it is no text.
pub(crate) fn text(value: &JsValue) -> String {
    value.as_string().unwrap_or_default()
}

/// The JavaScript value that `write` writes.
pub(crate) fn to_js(write: impl FnOnce(&mut Maker)) -> JsValue {
    let mut maker = Maker::default();
    write(&mut maker);
    maker.done
}

/// A sink that makes plain JavaScript data.
#[derive(Default)]
pub(crate) struct Maker {
    done: JsValue,
    /// Lists and objects that are not complete yet, the outermost first.
    open: Vec<Open>,
}

struct Open {
    value: JsValue,
    /// The key of the next value; undefined in a list.
    key: JsValue,
    /// The number of values still to come.
    missing: usize,
}

impl Maker {
    fn begin(&mut self, value: JsValue, missing: usize) {
        if missing == 0 {
            return self.put(value);
        }
        self.open.push(Open {
            value,
            key: JsValue::UNDEFINED,
            missing,
        });
    }

    fn put(&mut self, value: JsValue) {
        let Some(mut open) = self.open.pop() else {
            self.done = value;
            return;
        };
        if open.key.is_undefined() {
            open.value.unchecked_ref::<Array>().push(&value);
        } else {
            // A new object takes any property.
            let _ = Reflect::set(&open.value, &open.key, &value);
        }
        open.missing -= 1;
        if open.missing == 0 {
            self.put(open.value);
        } else {
            self.open.push(open);
        }
    }
}

impl Sink for Maker {
    fn null(&mut self) {
        self.put(JsValue::NULL);
    }

    fn flag(&mut self, flag: bool) {
        self.put(flag.into());
    }

    fn int(&mut self, n: i64) {
        self.float(n as f64);
    }

    fn float(&mut self, x: f64) {
        self.put(x.into());
    }

    fn text(&mut self, text: &str) {
        self.put(text.into());
    }

    fn list(&mut self, count: usize) {
        self.begin(Array::new().into(), count);
    }

    fn map(&mut self, count: usize) {
        self.begin(Object::new().into(), count);
    }

    fn key(&mut self, key: &str) {
        if let Some(open) = self.open.last_mut() {
            open.key = key.into();
        }
    }
}

/// A plain object, for options of the browser's functions.
pub(crate) fn object(pairs: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (key, value) in pairs {
        // A new object takes any property.
        let _ = Reflect::set(&object, &(*key).into(), value);
    }
    object.into()
}
