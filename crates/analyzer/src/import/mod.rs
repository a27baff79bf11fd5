//! Import: rows of CSV, JSONL and Parquet files become events by a mapping file.
//!
//! [`Import`] reads a file row by row; every row is an event or a [`BadRow`] with its line and reason, never nothing.
//! An event's identity is a hash of site, mapping, visitor and time, so importing a file again doubles nothing.
//!
//! # What this module does not do
//!
//! * Guess. A file is read as the mapping says; a row that does not fit is refused by name.
//! * Store. Whoever runs the iterator decides where events go.

mod bind;
mod error;
mod mapping;
mod nearest;
mod pieces;
mod source;
mod time;
mod toml_doc;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use wayside_model::{Event, EventId, SiteId, Timestamp, Value, VisitorId};

use bind::Binder;
pub use error::{Error, ErrorKind};
pub use mapping::Mapping;
pub use nearest::nearest;
pub use pieces::{Pieces, Reason, Summary};
use source::{Next, Rows};

/// A running import: an iterator over what the rows of a file become.
pub struct Import {
    rows: Box<dyn Rows>,
    binder: Binder,
    values: Vec<Value>,
    /// An event that belongs before the row's own was given first; this is the row's.
    waiting: Option<Event>,
    bytes: u64,
    read: Arc<AtomicU64>,
    /// An error that comes next; after it there is nothing more.
    error: Option<Error>,
    failed: bool,
}

/// What a row became.
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
    /// Its identity: that of the event it would have been, or a hash of its line.
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
    /// What the mapping reads of the row, as a JSON object, where the row could be read that far.
    pub raw: Option<String>,
}

impl Import {
    /// Opens `path` for `site`. `now` is the importer's clock: rows further ahead of it than a day are refused.
    pub fn open(path: &Path, mapping: &Mapping, site: &SiteId, now: Timestamp) -> Result<Self, Error> {
        let opened = source::open(path, mapping)?;
        Ok(Self {
            rows: opened.rows,
            binder: Binder::new(mapping.clone(), site.clone(), now),
            values: Vec::new(),
            waiting: None,
            bytes: opened.bytes,
            read: opened.read,
            error: None,
            failed: false,
        })
    }

    /// Gives `error` next, to one who took it too early.
    fn fail_next(&mut self, error: Error) {
        self.error = Some(error);
    }

    /// Size of the file and how much of it has been read, for a progress bar.
    pub fn progress(&self) -> (u64, u64) {
        (self.bytes, self.read.load(Ordering::Relaxed).min(self.bytes))
    }
}

impl Iterator for Import {
    type Item = Result<Imported, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(event) = self.waiting.take() {
            return Some(Ok(Imported::Good(event)));
        }
        if let Some(error) = self.error.take() {
            return Some(Err(error));
        }
        if self.failed {
            return None;
        }
        Some(match self.rows.next_row(&mut self.values) {
            Ok(Next::End) => return None,
            Ok(Next::Bad(line, why)) => Ok(Imported::Bad(self.binder.unreadable(line, "row", why))),
            Ok(Next::Row(line)) => match self.binder.row(line, &self.values) {
                Err(bad) => Ok(Imported::Bad(bad)),
                Ok((None, event)) => Ok(Imported::Good(event)),
                Ok((Some(identify), event)) => {
                    self.waiting = Some(event);
                    Ok(Imported::Good(identify))
                }
            },
            Err(error) => {
                self.failed = true;
                Err(error)
            }
        })
    }
}

#[cfg(test)]
mod tests;
