//! The schedule of requests to the collector and of the timer.

use wayside_model::Timestamp;

/// Decides when the next request may and should begin. The zero time means "none".
#[derive(Clone, Debug, Default)]
pub(crate) struct Schedule {
    /// The start of the last request.
    sent: Timestamp,
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
}

/// Time between two ordinary requests, in milliseconds; it keeps the load on a shop's collector and on a phone's radio
/// low.
const INTERVAL_MS: i64 = 5_000;
/// Time that the first event after a pause waits for others, in milliseconds: long enough for all events of one click,
/// short enough for the live page.
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
            self.wanted = now.after(SETTLE_MS).max(self.sent.after(INTERVAL_MS));
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
        self.sent = now;
        self.wanted = Timestamp::MIN;
        self.urgent = false;
    }

    /// Takes in that a request succeeded.
    pub(crate) fn answered(&mut self) {
        self.failures = 0;
        self.not_before = Timestamp::MIN;
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

    #[test]
    fn the_first_request_waits_briefly_and_later_ones_keep_the_interval() {
        let mut schedule = Schedule::default();
        assert!(!schedule.is_due(at(0)));
        assert_eq!(schedule.timer(at(0)), Some(200));
        assert!(!schedule.is_due(at(100)));
        assert_eq!(schedule.timer(at(100)), None);
        schedule.rang();
        assert!(schedule.is_due(at(500)));
        schedule.sending(at(500));
        assert!(!schedule.is_due(at(600)));
        assert_eq!(schedule.timer(at(600)), Some(4_900));
        schedule.urgent = true;
        assert!(schedule.is_due(at(700)));
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
        assert_eq!(schedule.timer(at(-9_000_000)), Some(300_000));
    }
}
