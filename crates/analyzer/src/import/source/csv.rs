//! Separated values.
//!
//! The reader is our own, because the csv crate takes text behind a closing quote into the cell without a word and reads a quote
//! that is never closed to the end of the file as one cell. Here either costs the line it stands in and no other.

use std::borrow::Cow;

use wayside_model::Value;

use super::text::{Line, Lines};
use super::{Next, ROW_MAX_BYTES, Rows, Wanted, cell, too_long};
use crate::import::error::Error;
use crate::import::identity::Fingerprint;
use crate::import::mapping::{Dialect, Header};

/// Rows of a CSV file.
pub(super) struct CsvRows {
    lines: Lines,
    dialect: Dialect,
    record: Record,
    /// The lines of the record.
    text: Vec<u8>,
    /// How many cells a row must have.
    width: usize,
    wanted: Wanted,
    /// Places and names of all columns by name, for fingerprints.
    by_name: Vec<(usize, String)>,
    /// The first line with a quote that is never closed.
    unclosed: Option<u64>,
}

impl CsvRows {
    pub(super) fn open(mut lines: Lines, dialect: &Dialect, mut wanted: Wanted) -> Result<Self, Error> {
        for _ in 0..dialect.skip {
            lines.next()?;
        }
        let mut rows = Self {
            dialect: dialect.clone(),
            record: Record::default(),
            text: Vec::new(),
            width: 0,
            wanted: Wanted::default(),
            by_name: Vec::new(),
            unclosed: None,
            lines,
        };
        let names = match &dialect.header {
            Header::Names(names) => names.clone(),
            Header::FirstLine => rows.header()?,
        };
        wanted.find(&rows.lines.file, &names)?;
        rows.width = names.len();
        rows.wanted = wanted;
        rows.by_name = names.into_iter().enumerate().collect();
        rows.by_name.sort_by(|a, b| a.1.cmp(&b.1));
        Ok(rows)
    }

    fn header(&mut self) -> Result<Vec<String>, Error> {
        loop {
            return match self.record()? {
                Read::End => Ok(Vec::new()),
                Read::Bad(line, why, _) => Err(Error::source(format!("{}:{line}: {why}", self.lines.file))),
                Read::Record(line) => {
                    let text = self.record.text().ok_or_else(|| {
                        Error::source(format!(
                            "{}:{line}: the names of the columns are {NO_UTF_8}",
                            self.lines.file
                        ))
                    })?;
                    // Excel writes which separator it uses before everything else.
                    if line == 1 && text.starts_with("sep=") {
                        continue;
                    }
                    Ok((0..self.record.len())
                        .map(|at| self.record.cell(text, at).trim().to_owned())
                        .collect())
                }
            };
        }
    }

    /// Reads the next record into `self.record`. A record that is wrong costs its first line; reading goes on behind that.
    fn record(&mut self) -> Result<Read, Error> {
        let (first, bytes) = loop {
            match self.lines.next_filled()? {
                None => return Ok(Read::End),
                Some(Line::Bad(line, why, raw)) => return Ok(Read::Bad(line, why, raw)),
                Some(Line::Bytes(_, bytes)) if self.dialect.comment.is_some_and(|mark| bytes.starts_with(&[mark])) => {}
                Some(Line::Bytes(line, bytes)) => break (line, bytes),
            }
        };
        self.record.clear();
        let mut state = self.record.read(State::Start, &bytes, &self.dialect);
        let mut more: Vec<(u64, Vec<u8>)> = Vec::new();
        let mut length = bytes.len();
        let why = loop {
            match state {
                State::Stray(at) => break format!("there is text behind a closing quote, in cell {}", at + 1),
                State::Quoted => {}
                _ => {
                    self.record.end_cell();
                    if !more.is_empty() && self.too_wide() {
                        break format!(
                            "a quote opens here and closes in line {}, which makes no row",
                            first + more.len() as u64
                        );
                    }
                    self.text = bytes;
                    for (_, line) in &more {
                        self.text.push(b'\n');
                        self.text.extend_from_slice(line);
                    }
                    return Ok(Read::Record(first));
                }
            }
            if more.len() >= ROW_MAX_LINES || length > ROW_MAX_BYTES {
                self.unclosed.get_or_insert(first);
                break UNCLOSED.to_owned();
            }
            match self.lines.next()? {
                None => {
                    self.unclosed.get_or_insert(first);
                    break UNCLOSED.to_owned();
                }
                Some(Line::Bad(..)) => break too_long(),
                Some(Line::Bytes(line, bytes)) => {
                    self.record.push(b'\n');
                    state = self.record.read(State::Quoted, &bytes, &self.dialect);
                    length += bytes.len();
                    more.push((line, bytes));
                }
            }
        };
        self.lines.give_back(more);
        Ok(Read::Bad(first, why, bytes))
    }

    /// Whether the record has another number of cells than there are columns, once these are known.
    fn too_wide(&self) -> bool {
        self.width > 0 && self.record.filled() != self.width && self.record.len() != self.width
    }
}

impl Rows for CsvRows {
    fn next_row(&mut self, values: &mut Vec<Value>) -> Result<Next, Error> {
        let line = match self.record()? {
            Read::Bad(line, why, raw) => return Ok(Next::bad(line, why, &raw)),
            Read::Record(line) => line,
            Read::End => {
                return match self.unclosed.take() {
                    None => Ok(Next::End),
                    Some(line) => Err(Error::source(format!(
                        "{}:{line}: a quote is opened here and never closed; the other rows are stored. If quotes are text in this \
                         file, say quote = \"none\" under [source]; if the file is cut off, import the whole one: no row doubles",
                        self.lines.file
                    ))),
                };
            }
        };
        let bad = |why: String, record: &Record| Ok(Next::bad(line, why, &record.bytes));
        if self.record.filled().max(self.width) != self.width || self.record.len() < self.width {
            let (found, width) = (self.record.len(), self.width);
            return bad(
                format!("the row has {found} cells where {width} are named"),
                &self.record,
            );
        }
        let Some(text) = self.record.text() else {
            return bad(format!("the row is {NO_UTF_8}"), &self.record);
        };
        let fingerprint = self.wanted.needs_fingerprint().then(|| {
            let mut fingerprint = Fingerprint::new();
            for (at, name) in &self.by_name {
                let text = self.record.cell(text, *at);
                if !text.is_empty() {
                    fingerprint.cell(name, text.as_bytes());
                }
            }
            fingerprint.finish()
        });
        let record = &self.record;
        self.wanted.fill(values, |at| cell(record.cell(text, at)));
        Ok(Next::Row {
            line,
            fingerprint: fingerprint.unwrap_or_default(),
        })
    }

    fn text(&self) -> Option<Cow<'_, str>> {
        Some(String::from_utf8_lossy(&self.text))
    }

    fn wanted(&self) -> &Wanted {
        &self.wanted
    }
}

enum Read {
    Record(u64),
    Bad(u64, String, Vec<u8>),
    End,
}

/// The cells of a record.
#[derive(Default)]
struct Record {
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// Where the reader is behind a line.
#[derive(Clone, Copy, PartialEq)]
enum State {
    /// Before a cell's first byte.
    Start,
    /// In a cell without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind the closing quote.
    Closed,
    /// Behind text that follows a closing quote, in the cell of this number.
    Stray(usize),
}

impl Record {
    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn push(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    fn end_cell(&mut self) {
        self.ends.push(self.bytes.len());
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    /// How many cells there are without the empty ones at the end, which spreadsheets add.
    fn filled(&self) -> usize {
        let is_empty = |at: &usize| self.ends[*at] == at.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.len() - (0..self.len()).rev().take_while(is_empty).count()
    }

    fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// The cell at `at` of the record's whole text.
    fn cell<'t>(&self, text: &'t str, at: usize) -> &'t str {
        let from = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        // Delimiter and quote are ASCII, so that cells end at characters' edges.
        text.get(from..self.ends[at]).unwrap_or_default()
    }

    /// Takes in a line.
    fn read(&mut self, mut state: State, line: &[u8], dialect: &Dialect) -> State {
        let (delimiter, quote) = (dialect.delimiter, dialect.quote);
        let has_quote = quote.is_some_and(|quote| line.contains(&quote));
        if !has_quote && state == State::Start {
            for (number, part) in line.split(|byte| *byte == delimiter).enumerate() {
                if number > 0 {
                    self.end_cell();
                }
                self.bytes.extend_from_slice(part);
            }
            return State::Plain;
        }
        let mut bytes = line.iter().copied();
        while let Some(byte) = bytes.next() {
            state = match state {
                State::Quoted if dialect.escape == Some(byte) && dialect.escape != quote => {
                    self.bytes.extend(bytes.next());
                    State::Quoted
                }
                State::Quoted if Some(byte) == quote => State::Closed,
                State::Quoted => {
                    self.push(byte);
                    State::Quoted
                }
                State::Closed if Some(byte) == quote => {
                    self.push(byte);
                    State::Quoted
                }
                State::Start | State::Plain | State::Closed if byte == delimiter => {
                    self.end_cell();
                    State::Start
                }
                State::Closed if byte == b' ' => State::Closed,
                State::Closed => return State::Stray(self.len()),
                State::Start if Some(byte) == quote => State::Quoted,
                State::Start | State::Plain => {
                    self.push(byte);
                    State::Plain
                }
                State::Stray(_) => return state,
            };
        }
        state
    }
}

const NO_UTF_8: &str = "not UTF-8; say under [source] what it is, for example encoding = \"windows-1252\"";
const UNCLOSED: &str = "a quote is opened here and never closed";

/// Lines that one quoted cell may go over: far above any note that people write, and what a quote too many costs at most.
const ROW_MAX_LINES: usize = 1_000;
