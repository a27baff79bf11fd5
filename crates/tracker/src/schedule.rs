//! The schedule of requests to the collector and of the timer.

use wayside_model::Timestamp;

/// Decides when the next request may and should begin. The zero time means "none".
#[derive(Clone, Debug, Default)]
pub(crate) struct Schedule {
    /// The time by which the requests so far would have been sent, had each kept the interval.
    spent: Timestamp,
    /// The time at which the next request should start.
    wanted: Timestamp,
    /// The earliest time of the next request after a failure.
    not_before: Timestamp,
    failures: u32,
    /// The earliest time for which a timer is needed.
    next: Timestamp,
    /// The time for which the host's timer is set.
    timer: Timestamp,
    /// Whether the next request should start immediately.
    pub(crate) urgent: bool,
    /// Whether somebody watches the live view of the site, by the last answer.
    is_watched: bool,
}

/// Time between two ordinary requests, in milliseconds; it keeps the load on a shop's collector and on a phone's radio
/// low.
const INTERVAL_MS: i64 = 5_000;
/// The same while somebody watches the live view.
const WATCHED_INTERVAL_MS: i64 = 2_000;
/// How far requests may be ahead of the interval, in milliseconds: a page that was quiet sends three at once when something
/// happens, so that the first touchpoints of a burst arrive immediately.
const AHEAD_MS: i64 = 2 * INTERVAL_MS;
/// Time that an event waits for others at least, in milliseconds: long enough for all events of one click, short enough for
/// the live view.
const SETTLE_MS: i64 = 200;
/// Base of the exponential backoff, in milliseconds: after the first failure the pause is random up to twice this, so
/// this much on average.
const BACKOFF_MS: i64 = 2_000;
/// Longest pause after failures, in milliseconds: five minutes.
const BACKOFF_MAX_MS: i64 = 300_000;

impl Schedule {
    /// Whether a request should start at `now`, given that there is something to send.
    pub(crate) fn is_due(&mut self, now: Timestamp) -> bool {
        if self.wanted == Timestamp::MIN {
            let wait = self.spent.since(now) - AHEAD_MS;
            self.wanted = now.after(wait.clamp(SETTLE_MS, self.interval_ms()));
        }
        let due = self.due(now);
        if now < due {
            self.want_timer(due);
        }
        now >= due
    }

    /// Requests the timer for this time; the zero time requests nothing.
    pub(crate) fn want_timer(&mut self, at: Timestamp) {
        self.next = self.next.sooner(at);
    }

    /// The milliseconds for which to set the timer, if it is needed earlier than it is set.
    pub(crate) fn timer(&mut self, now: Timestamp) -> Option<u32> {
        let next = core::mem::take(&mut self.next);
        if next == Timestamp::MIN || self.timer != Timestamp::MIN && self.timer <= next {
            return None;
        }
        self.timer = next;
        u32::try_from(next.since(now).max(0)).ok()
    }

    /// Takes in that the timer fired.
    pub(crate) fn rang(&mut self) {
        self.timer = Timestamp::MIN;
    }

    /// Whether the last request did not fail.
    pub(crate) fn succeeds(&self) -> bool {
        self.failures == 0
    }

    /// Takes in that a request starts.
    pub(crate) fn sending(&mut self, now: Timestamp) {
        // Urgent requests keep no interval, and do not slow down the ordinary ones for long.
        let spent = self.spent.max(now).min(now.after(AHEAD_MS));
        self.spent = spent.after(self.interval_ms());
        self.wanted = Timestamp::MIN;
        self.urgent = false;
    }

    /// Takes in that a request succeeded.
    pub(crate) fn answered(&mut self) {
        self.failures = 0;
        self.not_before = Timestamp::MIN;
    }

    /// Takes in whether somebody watches the live view of the site.
    pub(crate) fn watched(&mut self, is_watched: bool) {
        if is_watched != self.is_watched {
            self.is_watched = is_watched;
            self.wanted = Timestamp::MIN;
        }
    }

    /// Takes in that a request failed. The pause is the collector's `Retry-After` plus a random time below a bound that
    /// doubles with each failure ("full jitter"), so that visitors do not all retry at once.
    pub(crate) fn failed(&mut self, now: Timestamp, retry_after_s: u32, random: u32) {
        self.failures += 1;
        let bound = (BACKOFF_MS << self.failures.min(16)).min(BACKOFF_MAX_MS);
        let jitter = (bound * i64::from(random)) >> 32;
        let wait = (i64::from(retry_after_s) * 1_000 + jitter).clamp(SETTLE_MS, BACKOFF_MAX_MS);
        self.not_before = now.after(wait);
    }

    fn interval_ms(&self) -> i64 {
        if self.is_watched {
            WATCHED_INTERVAL_MS
        } else {
            INTERVAL_MS
        }
    }

    /// The time at which the next request is due. It is at most the longest pause ahead, so that a clock set back does
    /// not delay requests.
    fn due(&self, now: Timestamp) -> Timestamp {
        let wanted = if self.urgent || self.wanted == Timestamp::MIN {
            now
        } else {
            self.wanted
        };
        wanted.max(self.not_before).min(now.after(BACKOFF_MAX_MS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(10_000_000 + ms)
    }

    /// When requests start, in milliseconds, if something is captured every 100 ms for this long.
    fn starts(schedule: &mut Schedule, from: i64, until: i64) -> Vec<i64> {
        let mut starts = Vec::new();
        for ms in (from..until).step_by(100) {
            schedule.rang();
            if schedule.is_due(at(ms)) {
                schedule.sending(at(ms));
                starts.push(ms);
            }
        }
        starts
    }

    #[test]
    fn a_burst_begins_with_requests_at_once_and_goes_on_at_the_interval() {
        let mut schedule = Schedule::default();
        assert!(!schedule.is_due(at(0)));
        assert_eq!(schedule.timer(at(0)), Some(200));
        assert_eq!(starts(&mut schedule, 0, 15_300), [200, 500, 800, 5_200, 10_200, 15_200]);
        // After a pause it begins anew.
        assert_eq!(starts(&mut schedule, 60_000, 64_000), [60_200, 60_500, 60_800]);
    }

    #[test]
    fn a_watched_page_sends_every_two_seconds() {
        let mut schedule = Schedule::default();
        assert_eq!(starts(&mut schedule, 0, 1_000), [200, 500, 800]);
        // What waits already is sent sooner, too.
        schedule.watched(true);
        assert_eq!(starts(&mut schedule, 1_000, 7_000), [3_000, 5_000]);
        schedule.watched(false);
        assert_eq!(starts(&mut schedule, 7_000, 17_500), [7_200, 12_000, 17_000]);
    }

    #[test]
    fn urgent_requests_do_not_wait_nor_delay_later_ones_for_long() {
        let mut schedule = Schedule::default();
        for ms in 0..100 {
            schedule.urgent = true;
            assert!(schedule.is_due(at(ms)));
            schedule.sending(at(ms));
        }
        assert_eq!(starts(&mut schedule, 100, 10_200), [5_100, 10_100]);
        assert_eq!(starts(&mut schedule, 40_000, 41_000), [40_200, 40_500, 40_800]);
    }

    #[test]
    fn the_timer_is_set_for_the_earliest_request() {
        let mut schedule = Schedule::default();
        assert_eq!(schedule.timer(at(0)), None);
        schedule.want_timer(at(7_000));
        schedule.want_timer(at(2_000));
        schedule.want_timer(at(9_000));
        assert_eq!(schedule.timer(at(0)), Some(2_000));
        schedule.want_timer(at(3_000));
        assert_eq!(schedule.timer(at(0)), None);
        schedule.want_timer(at(1_000));
        assert_eq!(schedule.timer(at(500)), Some(500));
    }

    #[test]
    fn failures_back_off_within_bounds() {
        for (failures, retry_after_s, random, wait) in [
            (1, 0, 0, 200),
            (1, 0, u32::MAX, 3_999),
            (2, 0, u32::MAX, 7_999),
            (40, 0, u32::MAX, 299_999),
            (1, 30, 0, 30_000),
            (1, 30, 1 << 31, 32_000),
            (1, 9_999, 7, 300_000),
        ] {
            let mut schedule = Schedule {
                urgent: true,
                ..Schedule::default()
            };
            for _ in 0..failures {
                schedule.failed(at(0), retry_after_s, random);
            }
            assert!(!schedule.is_due(at(0)));
            assert_eq!(schedule.timer(at(0)), Some(wait), "{failures} {retry_after_s} {random}");
            assert!(!schedule.is_due(at(i64::from(wait) - 1)));
            assert!(schedule.is_due(at(i64::from(wait))));
        }
    }

    #[test]
    fn a_clock_set_back_does_not_delay_requests() {
        let mut schedule = Schedule::default();
        schedule.sending(at(0));
        assert!(!schedule.is_due(at(-9_000_000)));
        assert_eq!(schedule.timer(at(-9_000_000)), Some(5_000));
    }
}
