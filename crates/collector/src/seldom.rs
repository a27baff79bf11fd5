//! Log lines of failures that may come with every request: one for each kind and minute.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Calls `tell` with how often a failure of this kind has come since the last line about it, unless there was one within a minute.
///
/// A full disk refuses hundreds of batches a second; as many lines would fill what is left of it.
pub fn once_a_minute(kind: &'static str, tell: impl FnOnce(u64)) {
    static TOLD: Told = Told::new();
    if let Some(times) = TOLD.count(kind, Instant::now()) {
        tell(times);
    }
}

/// The kinds of failures that were told.
struct Told(Mutex<BTreeMap<&'static str, Kind>>);

struct Kind {
    told: Instant,
    /// Failures since then.
    since: u64,
}

impl Told {
    const fn new() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// Counts a failure. Returns the number of failures since the last line if a line is due.
    fn count(&self, kind: &'static str, now: Instant) -> Option<u64> {
        let mut kinds = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match kinds.get_mut(kind) {
            Some(known) if now.saturating_duration_since(known.told) < TELL_EVERY => {
                known.since += 1;
                None
            }
            Some(known) => {
                let times = known.since + 1;
                *known = Kind { told: now, since: 0 };
                Some(times)
            }
            None => {
                kinds.insert(kind, Kind { told: now, since: 0 });
                Some(1)
            }
        }
    }
}

/// Time between two lines about failures of one kind.
const TELL_EVERY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_of_a_kind_and_minute_are_one_line() {
        let told = Told::new();
        let start = Instant::now();
        let count = |kind, seconds| told.count(kind, start + Duration::from_secs(seconds));
        assert_eq!(count("disk_full", 0), Some(1));
        assert_eq!([count("disk_full", 1), count("disk_full", 59)], [None, None]);
        assert_eq!(count("unavailable", 59), Some(1));
        assert_eq!(count("disk_full", 60), Some(3));
        assert_eq!(count("disk_full", 61), None);
        assert_eq!(count("disk_full", 500), Some(2));
    }
}
