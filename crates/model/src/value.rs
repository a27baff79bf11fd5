//! Untyped values of JSON and JavaScript.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};

use crate::text::int_text;

/// A JSON value whose maps keep their order.
///
/// It is the only type that is exchanged with JSON and JavaScript; everything else is parsed from it and written to it
/// according to the tables of [`Field`](crate::Field) and [`Kind`](crate::Kind).
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite number with a fraction. Parsing refuses NaN and infinities.
    Float(f64),
    /// Text.
    Text(String),
    /// An ordered list.
    List(Vec<Value>),
    /// Pairs in the order in which they were written. If a key is repeated, lookups find the first.
    Map(Vec<(String, Value)>),
}

impl Value {
    /// A map from pairs.
    pub fn map<'a>(pairs: impl IntoIterator<Item = (&'a str, Value)>) -> Self {
        Self::Map(pairs.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }

    /// The value for `key`, if this is a map that contains it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.pairs().iter().find(|(k, _)| k == key).map(|(_, v)| v)
    }

    /// The pairs of a map; none for anything else.
    pub fn pairs(&self) -> &[(String, Value)] {
        match self {
            Self::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// Replaces the value of `items` by what `read` reads in it, if it is text: some shops send their items as JSON text.
    pub fn open_items(&mut self, read: impl FnOnce(&str) -> Option<Value>) {
        if let Self::Map(pairs) = self
            && let Some((_, items)) = pairs.iter_mut().find(|(key, _)| key == "items")
            && let Some(value) = items.as_text().and_then(read)
        {
            *items = value;
        }
    }

    /// The items of a list; none for anything else.
    pub fn list(&self) -> &[Value] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// The text, if this is text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if this is one or a float without a fraction.
    pub fn as_int(&self) -> Option<i64> {
        match *self {
            Self::Int(n) => Some(n),
            // ±(2^53−1): beyond it, a float cannot represent every whole number.
            Self::Float(x) if x.abs() <= 9_007_199_254_740_991.0 => {
                let n = x as i64;
                (n as f64 == x).then_some(n)
            }
            _ => None,
        }
    }

    /// The number, whole or not.
    pub fn as_number(&self) -> Option<f64> {
        match *self {
            Self::Int(n) => Some(n as f64),
            Self::Float(x) => Some(x),
            _ => None,
        }
    }

    /// The boolean, if this is one.
    pub fn as_bool(&self) -> Option<bool> {
        match *self {
            Self::Bool(b) => Some(b),
            _ => None,
        }
    }
}

/// A receiver of a JSON value in parts, so that a value can be passed on without being built.
pub trait Sink {
    /// Nothing.
    fn null(&mut self);
    /// True or false.
    fn flag(&mut self, flag: bool);
    /// A whole number.
    fn int(&mut self, n: i64);
    /// A number with a fraction.
    fn float(&mut self, x: f64);
    /// Text.
    fn text(&mut self, text: &str);
    /// The start of a list; `count` values follow.
    fn list(&mut self, count: usize);
    /// The start of a map; `count` keys follow, each with its value.
    fn map(&mut self, count: usize);
    /// A key of a map; its value follows.
    fn key(&mut self, key: &str);
}

impl Value {
    /// Writes the value into `out`.
    pub fn write<S: Sink>(&self, out: &mut S) {
        match self {
            Self::Null => out.null(),
            Self::Bool(flag) => out.flag(*flag),
            Self::Int(n) => out.int(*n),
            Self::Float(x) => out.float(*x),
            Self::Text(text) => out.text(text),
            Self::List(items) => {
                out.list(items.len());
                for item in items {
                    item.write(out);
                }
            }
            Self::Map(pairs) => write_map(pairs, out),
        }
    }
}

/// Writes pairs as a map.
pub(crate) fn write_map<S: Sink>(pairs: &[(String, Value)], out: &mut S) {
    out.map(pairs.len());
    for (key, value) in pairs {
        out.key(key);
        value.write(out);
    }
}

/// The value that `write` writes.
pub(crate) fn value_of(write: impl FnOnce(&mut Builder)) -> Value {
    let mut builder = Builder {
        done: Value::Null,
        open: Vec::new(),
    };
    write(&mut builder);
    builder.done
}

/// The pairs of the map that `write` writes.
pub(crate) fn pairs_of(write: impl FnOnce(&mut Builder)) -> Vec<(String, Value)> {
    match value_of(write) {
        Value::Map(pairs) => pairs,
        _ => Vec::new(),
    }
}

/// A sink that builds the value written into it.
pub(crate) struct Builder {
    done: Value,
    /// Lists and maps that are not complete yet, the outermost first.
    open: Vec<Open>,
}

struct Open {
    value: Value,
    /// The key of the next value, in a map.
    key: String,
    /// The number of values still to come.
    missing: usize,
}

impl Builder {
    fn begin(&mut self, value: Value, missing: usize) {
        if missing == 0 {
            return self.put(value);
        }
        self.open.push(Open {
            value,
            key: String::new(),
            missing,
        });
    }

    /// Adds a value to the innermost open list or map. A list or map that is complete is added to its parent in turn.
    fn put(&mut self, value: Value) {
        let Some(mut open) = self.open.pop() else {
            self.done = value;
            return;
        };
        match &mut open.value {
            Value::Map(pairs) => pairs.push((core::mem::take(&mut open.key), value)),
            Value::List(items) => items.push(value),
            _ => {}
        }
        open.missing -= 1;
        if open.missing == 0 {
            self.put(open.value);
        } else {
            self.open.push(open);
        }
    }
}

impl Sink for Builder {
    fn null(&mut self) {
        self.put(Value::Null);
    }

    fn flag(&mut self, flag: bool) {
        self.put(Value::Bool(flag));
    }

    fn int(&mut self, n: i64) {
        self.put(Value::Int(n));
    }

    fn float(&mut self, x: f64) {
        self.put(Value::Float(x));
    }

    fn text(&mut self, text: &str) {
        self.put(Value::Text(text.into()));
    }

    fn list(&mut self, count: usize) {
        self.begin(Value::List(Vec::new()), count);
    }

    fn map(&mut self, count: usize) {
        self.begin(Value::Map(Vec::new()), count);
    }

    fn key(&mut self, key: &str) {
        if let Some(open) = self.open.last_mut() {
            open.key = key.into();
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(b) => serializer.serialize_bool(*b),
            Self::Int(n) => serializer.serialize_i64(*n),
            Self::Float(x) => serializer.serialize_f64(*x),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => {
                let mut seq = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Self::Map(pairs) => {
                let mut map = serializer.serialize_map(Some(pairs.len()))?;
                for (key, value) in pairs {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

/// An unsigned 64-bit number in decimal digits.
fn u64_text(n: u64) -> String {
    // A tenth of it fits `int_text`, which the model contains anyway.
    let mut text = int_text((n / 10) as i64);
    text.push((b'0' + (n % 10) as u8) as char);
    text
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("null, a boolean, a finite number, text, a list or an object")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::Int(n))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Value, E> {
        // Larger numbers are ids. They become text, because a float would lose their last digits.
        Ok(i64::try_from(n).map_or_else(|_| Value::Text(u64_text(n)), Value::Int))
    }

    fn visit_f64<E: serde::de::Error>(self, x: f64) -> Result<Value, E> {
        if x.is_finite() {
            Ok(Value::Float(x))
        } else {
            Err(E::custom("not a finite number"))
        }
    }

    // The default would format a message and so add the standard library's decimal formatting to the Wasm module.
    fn visit_bytes<E: serde::de::Error>(self, _: &[u8]) -> Result<Value, E> {
        Err(E::custom("bytes are not a JSON value"))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.into()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Value::Map(pairs))
    }
}
