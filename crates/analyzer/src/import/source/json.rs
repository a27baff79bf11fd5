//! JSON: an object a line, objects one after the other, or a list of objects.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read};

use wayside_model::Value;

use super::text::{Line, Lines, damaged};
use super::{Next, ROW_MAX_BYTES, Rows, Wanted, too_long};
use crate::import::error::Error;
use crate::import::identity::Fingerprint;

/// Rows of a JSON file. Its objects may differ, so a column that is missing is an empty one.
pub(super) struct JsonRows {
    input: Input,
    wanted: Wanted,
    /// The list whose entries are rows; such a row is its object with the entry, as `each`, in place of the list.
    each: Option<String>,
    /// Rows of the object that was read last, and its line.
    waiting: VecDeque<Value>,
    line: u64,
}

enum Input {
    /// An object a line: a line that is wrong costs no other.
    Lines(Lines),
    /// Objects that go over lines, in a list or not.
    Elements(Elements),
}

impl JsonRows {
    /// Looks at the beginning to see how the file is written.
    pub(super) fn open(mut lines: Lines, each: Option<&str>, mut wanted: Wanted) -> Result<Self, Error> {
        wanted.take_all();
        let input = match lines.next_filled()? {
            Some(Line::Bytes(number, bytes)) => {
                let is_list = bytes.trim_ascii_start().starts_with(b"[");
                let is_open = serde_json::from_slice::<Value>(&bytes).is_err_and(|error| error.is_eof());
                lines.give_back(vec![(number, bytes)]);
                if is_list || is_open {
                    Input::Elements(Elements::new(lines))
                } else {
                    Input::Lines(lines)
                }
            }
            // A first line that is too long is told as what it is, by number.
            Some(Line::Bad(line, why, _)) => {
                return Err(Error::source(format!("{}:{line}: {why}", lines.file)));
            }
            None => Input::Lines(lines),
        };
        Ok(Self {
            input,
            wanted,
            each: each.map(str::to_owned),
            waiting: VecDeque::new(),
            line: 0,
        })
    }
}

impl JsonRows {
    /// The next object's line and text.
    fn read(&mut self) -> Result<Object, Error> {
        Ok(match &mut self.input {
            Input::Lines(lines) => match lines.next_filled()? {
                None => Object::End,
                Some(Line::Bad(line, why, raw)) => Object::Bad(line, why, raw),
                Some(Line::Bytes(line, bytes)) => Object::Text(line, bytes),
            },
            Input::Elements(elements) => match elements.next()? {
                None => Object::End,
                Some((line, bytes)) => Object::Text(line, bytes),
            },
        })
    }

    fn row(&mut self, object: &Value, values: &mut Vec<Value>) -> Next {
        let fingerprint = self.wanted.needs_fingerprint().then(|| {
            let mut fingerprint = Fingerprint::new();
            fingerprint.value("", object);
            fingerprint.finish()
        });
        self.wanted.pick(object, values);
        Next::Row {
            line: self.line,
            fingerprint: fingerprint.unwrap_or_default(),
        }
    }
}

impl Rows for JsonRows {
    fn next_row(&mut self, values: &mut Vec<Value>) -> Result<Next, Error> {
        loop {
            if let Some(object) = self.waiting.pop_front() {
                return Ok(self.row(&object, values));
            }
            let (line, bytes) = match self.read()? {
                Object::End => return Ok(Next::End),
                Object::Bad(line, why, raw) => return Ok(Next::bad(line, why, &raw)),
                Object::Text(line, bytes) => (line, bytes),
            };
            self.line = line;
            let why = match (serde_json::from_slice::<Value>(&bytes), &self.each) {
                (Ok(object @ Value::Map(_)), None) => return Ok(self.row(&object, values)),
                (Ok(Value::Map(pairs)), Some(each)) => {
                    self.waiting = rows_of(pairs, each);
                    continue;
                }
                (Ok(_), _) => "this is no JSON object".to_owned(),
                (Err(error), _) => format!("this is not JSON: {error}"),
            };
            return Ok(Next::bad(line, why, &bytes));
        }
    }

    fn wanted(&self) -> &Wanted {
        &self.wanted
    }
}

enum Object {
    Text(u64, Vec<u8>),
    Bad(u64, String, Vec<u8>),
    End,
}

/// A row for each entry of the object's list `each`.
fn rows_of(mut pairs: Vec<(String, Value)>, each: &str) -> VecDeque<Value> {
    let list = pairs
        .iter()
        .position(|(name, _)| name == each)
        .map(|at| pairs.swap_remove(at).1);
    let entries = match list {
        Some(Value::List(entries)) => entries,
        _ => Vec::new(),
    };
    let row = |entry| {
        let own = pairs.iter().cloned();
        Value::Map(own.chain([("each".to_owned(), entry)]).collect())
    };
    entries.into_iter().map(row).collect()
}

/// Cuts a text into its outermost objects. What is inside them is read by the JSON parser.
struct Elements {
    file: String,
    input: BufReader<Box<dyn Read>>,
    line: u64,
    is_done: bool,
}

impl Elements {
    fn new(lines: Lines) -> Self {
        let (file, input, line) = lines.into_rest();
        Self {
            file,
            input,
            line,
            is_done: false,
        }
    }

    /// The next element and the line it begins in.
    fn next(&mut self) -> Result<Option<(u64, Vec<u8>)>, Error> {
        let mut element = Vec::new();
        let (mut depth, mut in_text, mut is_escaped) = (0u32, false, false);
        let mut first = self.line;
        while let Some(byte) = self.byte()? {
            if depth == 0 && !in_text {
                match byte {
                    // The list's own brackets, and what stands between elements.
                    b'[' | b',' | b' ' | b'\t' | b'\r' | b'\n' if element.is_empty() => continue,
                    b',' | b'\n' | b'\r' => return Ok(Some((first, element))),
                    b']' if element.is_empty() => {
                        self.is_done = true;
                        continue;
                    }
                    b']' => {
                        self.is_done = true;
                        return Ok(Some((first, element)));
                    }
                    _ => {}
                }
                if self.is_done {
                    return Err(self.broken(self.line, "there is more behind the end of the list"));
                }
                if element.is_empty() {
                    first = self.line;
                }
            }
            element.push(byte);
            if element.len() > ROW_MAX_BYTES {
                return Err(self.broken(first, &too_long()));
            }
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' if in_text => is_escaped = true,
                b'"' => in_text = !in_text,
                b'{' | b'[' if !in_text => depth += 1,
                b'}' | b']' if !in_text => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        return Ok(Some((first, element)));
                    }
                }
                _ => {}
            }
        }
        if element.is_empty() {
            return Ok(None);
        }
        if depth > 0 || in_text {
            return Err(self.broken(first, "the object that begins here never ends; is the file cut off?"));
        }
        Ok(Some((first, element)))
    }

    fn byte(&mut self) -> Result<Option<u8>, Error> {
        let buffer = self
            .input
            .fill_buf()
            .map_err(|error| damaged(&self.file, self.line, &error))?;
        let byte = buffer.first().copied();
        if byte.is_some() {
            self.input.consume(1);
        }
        self.line += u64::from(byte == Some(b'\n'));
        Ok(byte)
    }

    fn broken(&self, line: u64, why: &str) -> Error {
        Error::source(format!(
            "{}:{line}: {why}; rows before it are stored, and importing the repaired file doubles none",
            self.file
        ))
    }
}
