//! Words separated by any number of spaces.

use std::borrow::Cow;

use wayside_model::Value;

use super::text::{Line, Lines};
use super::{Next, Rows, Wanted, cell};
use crate::import::error::Error;
use crate::import::identity::Fingerprint;
use crate::import::mapping::Header;

/// Rows of a file of words.
pub(super) struct WordRows {
    lines: Lines,
    names: Vec<String>,
    wanted: Wanted,
    /// The line of the row.
    text: String,
}

impl WordRows {
    pub(super) fn open(mut lines: Lines, header: &Header, mut wanted: Wanted) -> Result<Self, Error> {
        let names: Vec<String> = match header {
            Header::Names(names) => names.clone(),
            Header::FirstLine => match lines.next_filled()? {
                Some(Line::Bytes(_, bytes)) => String::from_utf8_lossy(&bytes)
                    .split_ascii_whitespace()
                    .map(str::to_owned)
                    .collect(),
                Some(Line::Bad(line, why, _)) => return Err(Error::source(format!("{}:{line}: {why}", lines.file))),
                None => Vec::new(),
            },
        };
        wanted.find(&lines.file, &names)?;
        Ok(Self {
            lines,
            names,
            wanted,
            text: String::new(),
        })
    }
}

impl Rows for WordRows {
    fn next_row(&mut self, values: &mut Vec<Value>) -> Result<Next, Error> {
        let (line, bytes) = match self.lines.next_filled()? {
            None => return Ok(Next::End),
            Some(Line::Bad(line, why, raw)) => return Ok(Next::bad(line, why, &raw)),
            Some(Line::Bytes(line, bytes)) => (line, bytes),
        };
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return Ok(Next::bad(line, "the line is not UTF-8".into(), error.as_bytes())),
        };
        let words: Vec<_> = text.split_ascii_whitespace().collect();
        if words.len() != self.names.len() {
            let why = format!("the row has {} words where {} are named", words.len(), self.names.len());
            return Ok(Next::Bad { line, why, raw: text });
        }
        let mut fingerprint = Fingerprint::new();
        for (name, word) in self.names.iter().zip(&words) {
            fingerprint.cell(name, word.as_bytes());
        }
        self.wanted
            .fill(values, |at| words.get(at).map_or(Value::Null, |word| cell(word)));
        self.text = text;
        Ok(Next::Row {
            line,
            fingerprint: fingerprint.finish(),
        })
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(&self.text))
    }

    fn wanted(&self) -> &Wanted {
        &self.wanted
    }
}
