//! The data folder's status, kept for a while.
//!
//! Reading it asks the Delta log and takes the store's lock, and anybody may ask for `/healthz` and `/metrics` as often as they like.

use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use wayside_store::{DataWriter, Error, Status};

/// The status that was read last.
pub(crate) struct KeptStatus {
    max_age: Duration,
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    read_at: Instant,
    status: Result<Status, Error>,
}

impl KeptStatus {
    /// Keeps a status for `max_age`.
    pub(crate) fn new(max_age: Duration) -> Self {
        Self {
            max_age,
            kept: Mutex::default(),
        }
    }

    /// The status, read again once the kept one is too old. Requests that come meanwhile wait for that.
    ///
    /// # Errors
    ///
    /// Fails where the status could not be read when it was last tried.
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
