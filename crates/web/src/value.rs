//! Encoding of values as bytes, the counterpart of `js/tracker/src/value.ts`.
//!
//! A value is a tag followed by: nothing for null, false and true; eight bytes for a number; a length of four bytes and
//! UTF-8 for text; a count and the items for a list; a count and pairs of name and value for a map; a length and the
//! bytes for raw bytes. All numbers are little-endian.

use wayside_model::text::utf8;
use wayside_model::value::{Sink, Value};

/// Reads a value from the start of the bytes. Both sides come from the same build, so truncated bytes are not an error:
/// they are read as far as possible.
pub(crate) fn decode(bytes: &mut &[u8]) -> Value {
    match number(bytes, 1) as u8 {
        FALSE => Value::Bool(false),
        TRUE => Value::Bool(true),
        NUMBER => {
            let value = Value::Float(f64::from_bits(number(bytes, 8)));
            value.as_int().map_or(value, Value::Int)
        }
        TEXT => Value::Text(text(bytes)),
        LIST => {
            let mut list = Vec::new();
            for _ in 0..count(bytes) {
                list.push(decode(bytes));
            }
            Value::List(list)
        }
        MAP => {
            let mut pairs = Vec::new();
            for _ in 0..count(bytes) {
                let name = text(bytes);
                pairs.push((name, decode(bytes)));
            }
            Value::Map(pairs)
        }
        _ => Value::Null,
    }
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at_checked(count).unwrap_or((*bytes, &[]));
    *bytes = rest;
    taken
}

fn number(bytes: &mut &[u8], count: usize) -> u64 {
    let mut number = 0;
    for byte in take(bytes, count).iter().rev() {
        number = number << 8 | u64::from(*byte);
    }
    number
}

/// The number of bytes or items that follow, limited by the number of bytes left.
fn count(bytes: &mut &[u8]) -> usize {
    (number(bytes, 4) as usize).min(bytes.len())
}

fn text(bytes: &mut &[u8]) -> String {
    let count = count(bytes);
    utf8(take(bytes, count)).unwrap_or_default()
}

/// A writer of values.
#[derive(Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    /// Writes raw bytes.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.begin(BYTES, bytes.len());
        self.0.extend_from_slice(bytes);
    }

    fn begin(&mut self, tag: u8, count: usize) {
        self.0.push(tag);
        self.count(count);
    }

    fn count(&mut self, count: usize) {
        self.0.extend_from_slice(&(count as u32).to_le_bytes());
    }
}

impl Sink for Writer {
    fn null(&mut self) {
        self.0.push(NULL);
    }

    fn flag(&mut self, flag: bool) {
        self.0.push(if flag { TRUE } else { FALSE });
    }

    fn int(&mut self, n: i64) {
        self.float(n as f64);
    }

    fn float(&mut self, x: f64) {
        self.0.push(NUMBER);
        self.0.extend_from_slice(&x.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.0.push(TEXT);
        self.key(text);
    }

    fn list(&mut self, count: usize) {
        self.begin(LIST, count);
    }

    fn map(&mut self, count: usize) {
        self.begin(MAP, count);
    }

    fn key(&mut self, key: &str) {
        self.count(key.len());
        self.0.extend_from_slice(key.as_bytes());
    }
}

const NULL: u8 = 0;
const FALSE: u8 = 1;
const TRUE: u8 = 2;
const NUMBER: u8 = 3;
const TEXT: u8 = 4;
const LIST: u8 = 5;
const MAP: u8 = 6;
const BYTES: u8 = 7;
