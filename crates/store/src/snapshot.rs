//! What a reader sees: files of one version of the table and the fresh events behind them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use arrow::record_batch::RecordBatch;
use wayside_model::{SiteId, Timestamp};

use crate::log::Position;

/// One site at one moment: every acknowledged event is in it, in a file or in a tail.
///
/// To read the journeys of a bucket: merge the sorted runs (each file is one, each file's rows without the `moved`
/// customers, and the tail is one) by the columns [`SORTED_BY`](crate::table::SORTED_BY), and of rows that are equal
/// there keep the first. What comes out is every customer of the bucket with all their events in canonical order.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Version of the Delta table.
    pub version: i64,
    /// Folder that the files' paths are relative to.
    pub table_root: PathBuf,
    /// The buckets, [`BUCKETS`](crate::table::BUCKETS) of them, by number.
    pub buckets: Vec<Bucket>,
    /// How many events all this is, each counted once.
    pub events: u64,
}

/// The customers whose keys hash to one number. No customer is in two buckets.
#[derive(Clone, Debug, Default)]
pub struct Bucket {
    /// Its number.
    pub number: u16,
    /// Its files by month, each sorted by [`SORTED_BY`](crate::table::SORTED_BY).
    pub files: Vec<DataFile>,
    /// Events that are in no file yet or whose customer has changed since: one sorted run without copies, in batches of
    /// the table's [`schema`](crate::table::schema).
    pub tail: Vec<RecordBatch>,
    /// Customers whose rows in `files` are outdated. Skip those rows: they are in the tail of this or another bucket
    /// under the customer they now belong to.
    pub moved: BTreeSet<String>,
}

/// A Parquet file of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// Its path below [`Snapshot::table_root`].
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Its number of rows.
    pub rows: u64,
    /// Month of all its events, `YYYY-MM` in UTC.
    pub month: String,
}

/// What an answer about a site rests on: versions of the two tables, and how far the log has records of the site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    pub(crate) table: i64,
    pub(crate) dead: i64,
    pub(crate) log: Position,
}

/// A site and how much there is of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSummary {
    /// The site.
    pub site: SiteId,
    /// Its events, each counted once.
    pub events: u64,
    /// Those of them that automated browsers sent.
    pub automated: u64,
    /// Its dead letters, each counted once.
    pub dead: u64,
    /// Time of its first event.
    pub first: Option<Timestamp>,
    /// Time of its last event.
    pub last: Option<Timestamp>,
}

impl SiteSummary {
    /// A site of which there is nothing yet.
    pub fn empty(site: SiteId) -> Self {
        Self {
            site,
            events: 0,
            automated: 0,
            dead: 0,
            first: None,
            last: None,
        }
    }
}

/// What was accepted of a site since the data folder was made; copies that browsers sent count each time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Good events and dead letters together.
    pub accepted: u64,
    /// Good events.
    pub good: u64,
    /// Dead letters.
    pub dead: u64,
}
