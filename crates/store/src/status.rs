//! The status of a data folder for monitoring.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::log::{Position, segment};

/// The status of a data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Bytes of the log that are not in the table yet.
    pub backlog_bytes: u64,
    /// Compactions that failed since the folder was opened.
    pub failed_compactions: u64,
    /// The reason why the last compaction failed, if it did.
    pub compaction_failure: Option<String>,
    /// Free bytes of the disk.
    pub free_bytes: u64,
    /// Free bytes below which no batch is accepted, so that compaction can still work.
    pub reserved_bytes: u64,
}

impl Status {
    /// Whether the disk is too full to accept a batch.
    pub fn is_disk_full(&self) -> bool {
        self.free_bytes < self.reserved_bytes
    }

    pub(crate) fn of(log: &Path, position: Position, failures: &Failures, reserved_bytes: u64) -> Result<Self> {
        let failures = failures.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Self {
            backlog_bytes: bytes_behind(log, position)?,
            failed_compactions: failures.count,
            compaction_failure: failures.last.clone(),
            free_bytes: free_bytes(log)?,
            reserved_bytes,
        })
    }
}

/// A record of failed compactions; clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failures(Arc<Mutex<Failed>>);

#[derive(Debug, Default)]
struct Failed {
    count: u64,
    last: Option<String>,
}

impl Failures {
    /// Takes in the result of a compaction.
    pub(crate) fn record<T>(&self, result: &Result<T>) {
        let mut failed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        failed.last = result.as_ref().err().map(Error::in_full);
        failed.count += u64::from(failed.last.is_some());
    }
}

/// The bytes of records after a position.
fn bytes_behind(log: &Path, position: Position) -> Result<u64> {
    let mut bytes = 0;
    for number in segment::list(log)?
        .into_iter()
        .filter(|number| *number >= position.segment)
    {
        let path = segment::path(log, number);
        let length = match path.metadata() {
            Ok(about) => about.len(),
            // A compaction has just removed it.
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => 0,
            Err(err) => return Err(Error::io("read the log segment", &path, err)),
        };
        let read = if number == position.segment {
            position
        } else {
            Position::start_of(number)
        };
        bytes += length.saturating_sub(u64::from(read.offset));
    }
    Ok(bytes)
}

/// The free bytes of a folder's disk.
pub(crate) fn free_bytes(folder: &Path) -> Result<u64> {
    let space =
        rustix::fs::statvfs(folder).map_err(|err| Error::io("ask for the free space of", folder, err.into()))?;
    Ok(space.f_bavail.saturating_mul(space.f_frsize))
}
