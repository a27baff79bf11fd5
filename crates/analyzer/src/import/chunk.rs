//! Rows some at a time, so that expressions run over columns.

use std::borrow::Cow;
use std::collections::{BTreeSet, VecDeque};

use wayside_model::Value;

use super::bind::{Row, raw_row};
use super::error::Error;
use super::made::is_empty;
use super::mapping::{Column, From};
use super::source::{Next, Rows};

/// The rows of a source with the columns that the mapping computes.
pub(super) struct Chunks {
    rows: Box<dyn Rows>,
    columns: Vec<Column>,
    /// Whether any column is an expression; without one, rows go through one by one.
    has_sql: bool,
    /// Whether rows keep their text.
    keeps_text: bool,
    ready: VecDeque<Piece>,
    /// An error that comes behind what is ready.
    error: Option<Error>,
    is_done: bool,
}

/// A row, or why it cannot be read.
pub(super) enum Piece {
    Row(Row),
    Bad { line: u64, why: String, raw: String },
}

impl Chunks {
    pub(super) fn new(rows: Box<dyn Rows>, columns: Vec<Column>) -> Self {
        Self {
            rows,
            has_sql: columns.iter().any(|column| matches!(column.from, From::Sql(_))),
            columns,
            keeps_text: false,
            ready: VecDeque::new(),
            error: None,
            is_done: false,
        }
    }

    /// Gives rows together with their text from now on.
    pub(super) fn keep_text(&mut self) {
        self.keeps_text = true;
    }

    /// The next row.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, Error> {
        if self.ready.is_empty() && !self.is_done {
            self.read();
            self.compute();
        }
        match self.ready.pop_front() {
            Some(piece) => Ok(Some(piece)),
            None => self.error.take().map_or(Ok(None), Err),
        }
    }

    /// The columns that the mapping reads and no row had. Where it reads the first of several, one of them is enough. Where no
    /// object had the list of rows, that is its name alone.
    pub(super) fn never_found(&self) -> Vec<String> {
        if let Some(list) = self.rows.list_never_found() {
            return vec![list.to_owned()];
        }
        let missing: BTreeSet<usize> = self.rows.wanted().never_found().collect();
        let together = self.columns.iter().map(|column| column.from.inputs());
        let excused: BTreeSet<usize> = together
            .filter(|inputs| inputs.iter().any(|input| !missing.contains(input)))
            .flatten()
            .copied()
            .collect();
        let named = missing.difference(&excused).filter_map(|at| self.columns.get(*at));
        named.map(|column| column.name.clone()).collect()
    }

    fn read(&mut self) {
        let (most, mut bytes) = (if self.has_sql { CHUNK_ROWS } else { 1 }, 0);
        while self.ready.len() < most && bytes < CHUNK_BYTES {
            let mut values = Vec::new();
            match self.rows.next_row(&mut values) {
                Ok(Next::Row { line, fingerprint }) => {
                    bytes += values
                        .iter()
                        .map(|value| value.as_text().map_or(8, str::len))
                        .sum::<usize>();
                    let text = if self.keeps_text { self.rows.text() } else { None };
                    bytes += text.as_ref().map_or(0, |text| text.len());
                    self.ready.push_back(Piece::Row(Row {
                        line,
                        fingerprint,
                        values,
                        text: text.map(Cow::into_owned),
                    }));
                }
                Ok(Next::Bad { line, why, raw }) => self.ready.push_back(Piece::Bad { line, why, raw }),
                Ok(Next::End) => {
                    self.is_done = true;
                    break;
                }
                Err(error) => {
                    self.error = Some(error);
                    self.is_done = true;
                    break;
                }
            }
        }
    }

    /// Fills in the computed columns in their order: each reads only columns that stand before it.
    fn compute(&mut self) {
        let Self { columns, ready, .. } = self;
        for (at, column) in columns.iter().enumerate() {
            match &column.from {
                From::Source => {}
                From::First(others) => {
                    for row in ready.iter_mut().filter_map(Piece::row) {
                        let mut found = others.iter().filter_map(|other| row.values.get(*other));
                        let first = found.find(|value| !is_empty(value)).cloned();
                        row.values[at] = first.unwrap_or(Value::Null);
                    }
                }
                From::Sql(expression) => {
                    let rows = ready.iter().filter_map(|piece| match piece {
                        Piece::Row(row) => Some(row.values.as_slice()),
                        Piece::Bad { .. } => None,
                    });
                    if let Ok(values) = expression.evaluate(rows) {
                        for (row, value) in ready.iter_mut().filter_map(Piece::row).zip(values) {
                            row.values[at] = value;
                        }
                        continue;
                    }
                    // One row spoils it for all; find out which.
                    for piece in ready.iter_mut() {
                        let Some(row) = piece.row() else { continue };
                        match expression.evaluate(std::iter::once(row.values.as_slice())) {
                            Ok(values) => row.values[at] = values.into_iter().next().unwrap_or(Value::Null),
                            Err(why) => {
                                *piece = Piece::Bad {
                                    line: row.line,
                                    why: format!("{}: {why}", column.place),
                                    raw: raw_row(columns, &row.values),
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

impl Piece {
    fn row(&mut self) -> Option<&mut Row> {
        match self {
            Self::Row(row) => Some(row),
            Self::Bad { .. } => None,
        }
    }
}

/// Rows that an expression runs over at once: enough that its own cost is shared.
const CHUNK_ROWS: usize = 512;

/// Bytes of them: a row may have a mebibyte.
const CHUNK_BYTES: usize = 4 * 1024 * 1024;
