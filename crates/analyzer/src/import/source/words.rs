//! Words separated by any number of spaces.

use wayside_model::Value;

use super::{Line, Lines, Next, Rows, cell, find_columns};
use crate::import::error::Error;
use crate::import::mapping::{Column, Header};

/// Rows of a file of words.
pub(super) struct WordRows {
    lines: Lines,
    width: usize,
    places: Vec<usize>,
}

impl WordRows {
    pub(super) fn open(mut lines: Lines, header: &Header, wanted: &[Column]) -> Result<Self, Error> {
        let names: Vec<String> = match header {
            Header::Names(names) => names.clone(),
            Header::FirstLine => match lines.next()? {
                Some(Line::Text(_, text)) => text.split_ascii_whitespace().map(str::to_owned).collect(),
                Some(Line::Bad(_, why)) => return Err(Error::source(format!("{}:1: {why}", lines.file))),
                None => Vec::new(),
            },
        };
        let places = find_columns(&lines.file, wanted, &names)?;
        Ok(Self {
            lines,
            width: names.len(),
            places,
        })
    }
}

impl Rows for WordRows {
    fn next_row(&mut self, values: &mut Vec<Value>) -> Result<Next, Error> {
        let (line, text) = loop {
            match self.lines.next()? {
                None => return Ok(Next::End),
                Some(Line::Bad(line, why)) => return Ok(Next::Bad(line, why)),
                Some(Line::Text(_, text)) if text.trim().is_empty() => {}
                Some(Line::Text(line, text)) => break (line, text),
            }
        };
        let words: Vec<_> = text.split_ascii_whitespace().collect();
        if words.len() != self.width {
            return Ok(Next::Bad(
                line,
                format!("the row has {} words where {} are named", words.len(), self.width),
            ));
        }
        values.clear();
        values.extend(
            self.places
                .iter()
                .map(|place| words.get(*place).map_or(Value::Null, |word| cell(word))),
        );
        Ok(Next::Row(line))
    }
}
