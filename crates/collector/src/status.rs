//! A cache of the data folder's status.
//!
//! Reading the status queries the Delta log and takes the store's lock, and anybody may request `/healthz` and
//! `/metrics` at any rate.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use wayside_store::{DataWriter, Error, Status};

/// The cached status.
pub(crate) struct KeptStatus {
    max_age: Duration,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    read_at: Instant,
    status: Result<Status, Error>,
}

impl KeptStatus {
    /// A cache whose entries expire after `max_age`.
    pub(crate) fn new(max_age: Duration) -> Self {
        Self {
            max_age,
            kept: Mutex::default(),
        }
    }

    /// The status, read again once the cached one is too old. Concurrent requests wait for that read.
    ///
    /// # Errors
    ///
    /// Fails if the last attempt to read the status failed.
    pub(crate) async fn of(&self, writer: &DataWriter) -> Result<Status, Error> {
        let mut kept = self.kept.lock().await;
        if let Some(kept) = &*kept
            && kept.read_at.elapsed() < self.max_age
        {
            return kept.status.clone();
        }
        let read_at = Instant::now();
        let status = writer.status().await;
        *kept = Some(Kept {
            read_at,
            status: status.clone(),
        });
        status
    }
}
