//! JSON: an object a line, objects one after the other, or a list of objects.

use std::borrow::Cow;
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
    /// The list whose entries are rows.
    each: Option<Each>,
    line: u64,
    /// The text of the object.
    text: Vec<u8>,
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
            each: each.map(Each::new),
            line: 0,
            text: Vec::new(),
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
}

impl Rows for JsonRows {
    fn next_row(&mut self, values: &mut Vec<Value>) -> Result<Next, Error> {
        loop {
            if let Some(object) = self.each.as_mut().and_then(Each::next) {
                return Ok(row(&mut self.wanted, self.line, object, values));
            }
            let (line, bytes) = match self.read()? {
                Object::End => return Ok(Next::End),
                Object::Bad(line, why, raw) => return Ok(Next::bad(line, why, &raw)),
                Object::Text(line, bytes) => (line, bytes),
            };
            self.line = line;
            let why = match (serde_json::from_slice::<Value>(&bytes), &mut self.each) {
                (Ok(object @ Value::Map(_)), None) => {
                    self.text = bytes;
                    return Ok(row(&mut self.wanted, line, &object, values));
                }
                (Ok(Value::Map(pairs)), Some(each)) => {
                    each.open(pairs);
                    continue;
                }
                (Ok(_), _) => "this is no JSON object".to_owned(),
                (Err(error), _) => format!("this is not JSON: {error}"),
            };
            return Ok(Next::bad(line, why, &bytes));
        }
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        match &self.each {
            None => Some(String::from_utf8_lossy(&self.text)),
            Some(each) => serde_json::to_string(&each.object).ok().map(Cow::Owned),
        }
    }

    fn wanted(&self) -> &Wanted {
        &self.wanted
    }

    fn list_never_found(&self) -> Option<&str> {
        let each = self.each.as_ref().filter(|each| !each.was_found)?;
        Some(&each.name)
    }
}

enum Object {
    Text(u64, Vec<u8>),
    Bad(u64, String, Vec<u8>),
    End,
}

fn row(wanted: &mut Wanted, line: u64, object: &Value, values: &mut Vec<Value>) -> Next {
    let fingerprint = wanted.needs_fingerprint().then(|| {
        let mut fingerprint = Fingerprint::new();
        fingerprint.value("", object);
        fingerprint.finish()
    });
    wanted.pick(object, values);
    Next::Row {
        line,
        fingerprint: fingerprint.unwrap_or_default(),
    }
}

/// A list in each object whose entries are rows. A row is its object with the entry, as `each`, in place of the list.
///
/// One object serves all of its rows, because copies of a large one for each entry would not fit into memory.
struct Each {
    name: String,
    /// Whether any object had the list.
    was_found: bool,
    /// The object that was read last; its last pair is the entry.
    object: Value,
    entries: std::vec::IntoIter<Value>,
}

impl Each {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            was_found: false,
            object: Value::Null,
            entries: Vec::new().into_iter(),
        }
    }

    /// Takes in the next object.
    fn open(&mut self, mut pairs: Vec<(String, Value)>) {
        let at = pairs.iter().position(|(name, _)| *name == self.name);
        let entries = match at.map(|at| pairs.swap_remove(at).1) {
            Some(Value::List(entries)) => {
                self.was_found = true;
                entries
            }
            _ => Vec::new(),
        };
        pairs.push(("each".to_owned(), Value::Null));
        self.object = Value::Map(pairs);
        self.entries = entries.into_iter();
    }

    /// The object with its next entry.
    fn next(&mut self) -> Option<&Value> {
        let entry = self.entries.next()?;
        if let Value::Map(pairs) = &mut self.object
            && let Some((_, slot)) = pairs.last_mut()
        {
            *slot = entry;
        }
        Some(&self.object)
    }
}

/// Cuts a text into its outermost objects. What is inside them is read by the JSON parser.
struct Elements {
    file: String,
    input: BufReader<Box<dyn Read>>,
    line: u64,
    /// Whether the objects stand in a list.
    is_list: bool,
    /// Whether the list has ended.
    is_done: bool,
}

impl Elements {
    fn new(lines: Lines) -> Self {
        let (file, input, line) = lines.into_rest();
        Self {
            file,
            input,
            line,
            is_list: false,
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
                    b'[' if element.is_empty() && !self.is_list => {
                        self.is_list = true;
                        continue;
                    }
                    b',' | b' ' | b'\t' | b'\r' | b'\n' if element.is_empty() => continue,
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
            return match self.is_list && !self.is_done {
                true => Err(self.broken(self.line, "the list never ends; is the file cut off?")),
                false => Ok(None),
            };
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
