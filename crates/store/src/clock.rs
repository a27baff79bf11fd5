//! The machine's clock, for what is compared with the times of files: these are set by the machine, so no other clock would do. Times of
//! events and letters come from the caller.

use std::time::{SystemTime, UNIX_EPOCH};

use wayside_model::Timestamp;

/// The machine's time. No other place of this crate reads it.
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

/// The machine's time in milliseconds.
pub(crate) fn timestamp() -> Timestamp {
    let since = now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
