//! Import: rows of CSV, JSON and Parquet files become events by a mapping file.
//!
//! [`Import`] reads a file row by row. Every row becomes touchpoints, or a [`BadRow`] with its line and reason, or is left out
//! because the mapping says so; all three are counted. The same row has the same identity in every import, so that importing a
//! file again doubles nothing.
//!
//! # What this module does not do
//!
//! * Guess. A file is read as the mapping says; a row that does not fit is refused by name.
//! * Store. Whoever runs the iterator decides where events go.

mod bind;
mod cells;
mod chunk;
mod error;
mod expression;
mod fuzz;
mod identity;
mod left_out;
mod made;
mod mapping;
mod nearest;
mod numbers;
mod path;
mod pieces;
mod ready;
mod source;
mod time;
mod toml_doc;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wayside_model::{Event, EventId, SiteId, Timestamp, Value, VisitorId, WriterId};

use bind::{Binder, Row};
use chunk::{Chunks, Piece};
pub use error::{Error, ErrorKind};
pub use fuzz::{check_csv, check_json, check_value};
pub use identity::source_of;
pub use mapping::Mapping;
pub use nearest::nearest;
pub use pieces::{Pieces, Reason, Summary};
pub use ready::{READY, Ready, ready};
use source::Times;

/// A running import: an iterator over what the rows of a file become.
pub struct Import {
    chunks: Chunks,
    binder: Binder,
    /// The column whose equal neighbours are one touchpoint.
    group: Option<usize>,
    /// Rows of the touchpoint that is not whole yet.
    open: Vec<Row>,
    /// The file's name.
    name: String,
    bytes: u64,
    read: Arc<AtomicU64>,
    /// An error that comes next; after it there is nothing more.
    error: Option<Error>,
    is_done: bool,
}

/// The result of importing a row.
#[derive(Debug)]
pub enum Imported {
    /// An event of the row. A row that names its visitor's customer for the first time gives an `identify` before.
    Good(Event),
    /// A row that is refused.
    Bad(BadRow),
}

/// A refused row.
#[derive(Clone, Debug, PartialEq)]
pub struct BadRow {
    /// Its identity: that of the event it would have been, or a hash of its text and file.
    pub id: EventId,
    /// Its line in the file, counted from 1; in Parquet its row.
    pub line: u64,
    /// Its time, where that could be read.
    pub time: Option<Timestamp>,
    /// Its visitor, where that could be read.
    pub visitor: Option<VisitorId>,
    /// A stable word for the reason, as in the collector's dead letters.
    pub code: &'static str,
    /// The reason in words.
    pub detail: String,
    /// The beginning of what the mapping reads of the row, as a JSON object, or of its text where it could not be read that far.
    pub raw: Option<String>,
}

/// Notes on a file besides its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Rows read, refused ones and those left out among them.
    pub rows: u64,
    /// Rows that make no touchpoint, because the mapping leaves them out.
    pub left_out: u64,
    /// Why rows are left out: by the key of the mapping that does so, how many and the first of them.
    pub left_out_reasons: BTreeMap<&'static str, Reason>,
    /// Rows that are equal to an earlier row of the file, or have the same id.
    pub equal_rows: u64,
    /// Columns that the mapping reads and no row had.
    pub never_found: Vec<String>,
}

impl Import {
    /// Opens `path` for `site`. `now` is the importer's clock: rows further ahead of it than a day are refused.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or has not the columns that the mapping names.
    pub fn open(path: &Path, mapping: &Mapping, site: &SiteId, now: Timestamp) -> Result<Self, Error> {
        let opened = source::open(path, mapping)?;
        // The file's name and length tell two files apart; its folder may change.
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = format!("{name}/{}", opened.bytes);
        let import = Self::over(opened.rows, mapping.clone(), site, now, &file);
        Ok(Self {
            name,
            bytes: opened.bytes,
            read: opened.read,
            ..import
        })
    }

    fn over(rows: Box<dyn source::Rows>, mut mapping: Mapping, site: &SiteId, now: Timestamp, file: &str) -> Self {
        match rows.times() {
            Times::Rule => {}
            Times::Rfc3339 => mapping.time.take_rfc3339(),
            Times::Millis => mapping.take_millis(),
        }
        Self {
            chunks: Chunks::new(rows, mapping.columns.clone()),
            group: mapping.group,
            binder: Binder::new(mapping, site, now, file),
            open: Vec::new(),
            name: String::new(),
            bytes: 0,
            read: Arc::default(),
            error: None,
            is_done: false,
        }
    }

    /// The notes on the rows read so far.
    pub fn notes(&self) -> Notes {
        Notes {
            rows: self.binder.read,
            left_out: self.binder.left_out.rows,
            left_out_reasons: self.binder.left_out.reasons.clone(),
            equal_rows: self.binder.equal_rows(),
            never_found: self.chunks.never_found(),
        }
    }

    /// Has its rows take the place of earlier ones of the same id; for a mapping that names an `id`.
    #[must_use]
    pub fn replacing(mut self) -> Self {
        self.binder.replaced = Some(Vec::new());
        self
    }

    /// Writes the rows that the mapping leaves out into a CSV file at `path` while they are read: the name of the file, the line, the
    /// reason, the value that decides it, and the row. An earlier file there is overwritten.
    ///
    /// # Errors
    ///
    /// When the file cannot be made. When it cannot be written later, the import ends with that error.
    pub fn listing_left_out(mut self, path: &Path) -> Result<Self, Error> {
        self.binder.left_out.list_into(path, self.name.clone())?;
        self.chunks.keep_text();
        Ok(self)
    }

    /// The writers of rows whose earlier touchpoints are replaced by what was handed out since this was asked last.
    fn take_replaced(&mut self) -> Vec<WriterId> {
        self.binder.replaced.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Whether more of what a row has become is to be handed out.
    fn is_within_row(&self) -> bool {
        !self.binder.out.is_empty()
    }

    /// Gives `error` next, to one who took it too early.
    fn fail_next(&mut self, error: Error) {
        self.error = Some(error);
    }

    /// Size of the file and how much of it has been read, for a progress bar.
    pub fn progress(&self) -> (u64, u64) {
        (self.bytes, self.read.load(Ordering::Relaxed).min(self.bytes))
    }

    /// Takes in the next row, or the end.
    fn take_in(&mut self) {
        match self.chunks.next() {
            Ok(Some(Piece::Bad { line, why, raw })) => self.binder.unreadable(line, why, raw),
            Ok(Some(Piece::Row(row))) => {
                if !self.goes_on(&row) {
                    self.close();
                }
                self.open.push(row);
                if self.group.is_none() {
                    self.close();
                }
            }
            end => {
                self.close();
                let listed = self.binder.left_out.finish();
                self.error = end.err().or(listed.err());
                self.is_done = true;
            }
        }
        if let Err(error) = self.binder.left_out.failed() {
            self.error = Some(error);
            self.is_done = true;
        }
    }

    /// Makes a touchpoint of the rows that are open.
    fn close(&mut self) {
        self.binder.rows(&self.open);
        self.open.clear();
    }

    /// Whether `row` belongs to the touchpoint that is open.
    fn goes_on(&self, row: &Row) -> bool {
        let key = |row: &Row| {
            self.group
                .and_then(|at| row.values.get(at).cloned())
                .unwrap_or(Value::Null)
        };
        match self.open.first() {
            Some(first) => key(first) == key(row) && key(row) != Value::Null && self.open.len() < GROUP_MAX_ROWS,
            None => true,
        }
    }
}

impl Iterator for Import {
    type Item = Result<Imported, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(imported) = self.binder.out.pop_front() {
                return Some(Ok(imported));
            }
            if let Some(error) = self.error.take() {
                return Some(Err(error));
            }
            if self.is_done {
                return None;
            }
            self.take_in();
        }
    }
}

/// Reads any bytes as a file by a mapping that may be wrong: rows, refusals or one error, and never anything else. Fuzzing
/// calls it, and a test replays what fuzzing has found.
pub fn check_any(mapping: &str, data: &[u8]) {
    let Ok(mapping) = Mapping::parse(Path::new("mapping"), mapping) else {
        return;
    };
    let Ok(site) = SiteId::parse("site") else { return };
    let text = std::io::Cursor::new(data.to_vec());
    let Ok(rows) = source::read("data".to_owned(), Box::new(text), &mapping) else {
        return;
    };
    let import = Import::over(rows, mapping, &site, Timestamp::MAX, "data");
    let mut failed = false;
    for row in import {
        assert!(!failed, "nothing comes behind an error");
        match row {
            Ok(Imported::Good(event)) => assert!(!event.visitor.as_str().is_empty()),
            Ok(Imported::Bad(bad)) => assert!(bad.line > 0 && !bad.detail.is_empty()),
            Err(_) => failed = true,
        }
    }
}

/// Rows of one touchpoint: ten times as many as it may have products, so that too many products are told as that.
const GROUP_MAX_ROWS: usize = 10 * wayside_model::limits::ITEMS_MAX;

#[cfg(test)]
mod tests;
