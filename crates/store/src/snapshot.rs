//! Snapshots for readers: the files of one version of the table and the fresh events of the log.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::record_batch::RecordBatch;
use wayside_model::{SiteId, Timestamp};

use crate::version::Version;

/// One site at one moment: every acknowledged event is in it, in a file or in a tail.
///
/// To read the journeys of a bucket, merge its sorted runs (each file without the rows of `moved` customers, and the
/// tail) by the columns [`SORTED_BY`](crate::table::SORTED_BY), and keep the first of rows that are equal in these. The
/// result has every customer of the bucket with all their events, sorted by these columns.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The version of the Delta table.
    pub version: i64,
    /// The folder to which the files' paths are relative.
    pub table_root: PathBuf,
    /// The buckets, [`BUCKETS`](crate::table::BUCKETS) of them, by number.
    pub buckets: Vec<Bucket>,
    /// The number of events, each counted once.
    pub events: u64,
}

/// The customers whose keys hash to one number. No customer is in two buckets.
#[derive(Clone, Debug, Default)]
pub struct Bucket {
    /// The number of the bucket.
    pub number: u16,
    /// The files by month, each sorted by [`SORTED_BY`](crate::table::SORTED_BY).
    pub files: Vec<DataFile>,
    /// Events that are not in a file yet or whose customer has changed: one sorted run without copies, in batches of
    /// the table's [`schema`](crate::table::schema).
    pub tail: Vec<RecordBatch>,
    /// Customers whose rows in `files` are outdated. Skip these rows: they are in the tail of this or another bucket
    /// under their current customer.
    pub moved: BTreeSet<String>,
}

/// A Parquet file of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFile {
    /// The path below [`Snapshot::table_root`].
    pub path: PathBuf,
    /// The size in bytes.
    pub size: u64,
    /// The number of rows.
    pub rows: u64,
    /// The month of all events in the file, `YYYY-MM` in UTC.
    pub month: String,
}

/// The last snapshot of each site, which serves until the site's version changes; clones share them.
///
/// Making one reads the Delta log's entries of all files and the log's tail again, which takes longer than a report on a few
/// events. A snapshot is small: its tail has what has arrived since the last compaction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshots(Arc<Mutex<BTreeMap<SiteId, (Version, Snapshot)>>>);

impl Snapshots {
    /// The snapshot of a site if this is still its version.
    pub(crate) fn get(&self, site: &SiteId, version: Version) -> Option<Snapshot> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, snapshot) = known.get(site)?;
        (*of == version).then(|| snapshot.clone())
    }

    /// Adds a snapshot that was made after `version` had been read: it has everything of that version. If it has more, the
    /// version has changed since and is not found again.
    pub(crate) fn put(&self, site: &SiteId, version: Version, snapshot: &Snapshot) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(site.clone(), (version, snapshot.clone()));
    }
}

/// A site and how much there is of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSummary {
    /// The site.
    pub site: SiteId,
    /// The number of events, each counted once.
    pub events: u64,
    /// Those of them that automated browsers sent.
    pub automated: u64,
    /// Its dead letters, each counted once.
    pub dead: u64,
    /// The time of the first event.
    pub first: Option<Timestamp>,
    /// The time of the last event.
    pub last: Option<Timestamp>,
}

impl SiteSummary {
    /// A site without events.
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

/// The numbers of accepted events of a site since the data folder was created. Copies count each time. Events of an undone
/// import are not included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Good events and dead letters together.
    pub accepted: u64,
    /// Good events.
    pub good: u64,
    /// Dead letters.
    pub dead: u64,
}
