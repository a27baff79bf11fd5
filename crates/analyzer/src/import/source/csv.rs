//! Separated values.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use wayside_model::Value;

use super::{Next, READ_BYTES, ROW_MAX_BYTES, Rows, cell, find_columns, too_long};
use crate::import::error::Error;
use crate::import::mapping::{Column, Header};

/// Rows of a CSV file.
pub(super) struct CsvRows {
    file: String,
    reader: csv::Reader<Bounded>,
    record: csv::ByteRecord,
    /// How many cells a row must have.
    width: usize,
    places: Vec<usize>,
    left: Rc<Cell<usize>>,
}

impl CsvRows {
    pub(super) fn open(
        file: String,
        input: Box<dyn Read>,
        delimiter: u8,
        header: &Header,
        wanted: &[Column],
    ) -> Result<Self, Error> {
        let left = Rc::new(Cell::new(ROW_MAX_BYTES + READ_BYTES));
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(*header == Header::FirstLine)
            .flexible(true)
            .buffer_capacity(READ_BYTES)
            .from_reader(Bounded {
                inner: input,
                left: Rc::clone(&left),
            });
        let names = match header {
            Header::Names(names) => names.clone(),
            Header::FirstLine => {
                let first = reader.headers().map_err(|error| broken(&file, 1, &error))?;
                // Spreadsheets put a byte order mark before the first name.
                first
                    .iter()
                    .map(|name| name.trim_start_matches('\u{feff}').trim().to_owned())
                    .collect()
            }
        };
        let places = find_columns(&file, wanted, &names)?;
        Ok(Self {
            file,
            reader,
            record: csv::ByteRecord::new(),
            width: names.len(),
            places,
            left,
        })
    }
}

impl Rows for CsvRows {
    fn next_row(&mut self, values: &mut Vec<Value>) -> Result<Next, Error> {
        self.left.set(ROW_MAX_BYTES + READ_BYTES);
        let line = self.reader.position().line();
        if !self
            .reader
            .read_byte_record(&mut self.record)
            .map_err(|error| broken(&self.file, line, &error))?
        {
            return Ok(Next::End);
        }
        let line = self.record.position().map_or(line, csv::Position::line);
        if self.record.len() != self.width {
            let found = self.record.len();
            return Ok(Next::Bad(
                line,
                format!("the row has {found} cells where {} are named", self.width),
            ));
        }
        if self.record.as_slice().len() > ROW_MAX_BYTES {
            return Ok(Next::Bad(line, too_long()));
        }
        values.clear();
        for place in &self.places {
            match std::str::from_utf8(self.record.get(*place).unwrap_or_default()) {
                Ok(text) => values.push(cell(text)),
                Err(_) => return Ok(Next::Bad(line, "the row is not UTF-8".into())),
            }
        }
        Ok(Next::Row(line))
    }
}

/// A reader that gives at most `left` bytes, so that a quote that is never closed cannot fill the memory.
struct Bounded {
    inner: Box<dyn Read>,
    left: Rc<Cell<usize>>,
}

impl Read for Bounded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(self.left.get());
        if most == 0 && !buffer.is_empty() {
            return Err(io::Error::other(format!(
                "{} (a quote that is never closed?)",
                too_long()
            )));
        }
        let n = self.inner.read(&mut buffer[..most])?;
        self.left.set(self.left.get() - n);
        Ok(n)
    }
}

fn broken(file: &str, line: u64, error: &csv::Error) -> Error {
    Error::source(format!(
        "{file}:{line}: {error}; rows before it are stored, and importing the repaired file doubles none"
    ))
}
