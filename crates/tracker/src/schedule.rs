//! When to send.

use wayside_model::Timestamp;

/// Decides when the next sending may and should begin. The zero time is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Schedule {
    /// When the last sending began.
    sent: Timestamp,
    /// When the next should.
    wanted: Timestamp,
    /// Not before this, after a failure.
    not_before: Timestamp,
    failures: u32,
    /// When something waits for the timer.
    next: Timestamp,
    /// For when the host's timer is set.
    timer: Timestamp,
    /// Something must go at once.
    pub(crate) urgent: bool,
}

/// Between two ordinary sendings: what a shop's collector and a phone's radio bear well.
const INTERVAL_MS: i64 = 5_000;
/// An event that comes after a pause waits this long for company: long enough for what one click sets off, short enough
/// that the live page shows it at once.
const SETTLE_MS: i64 = 200;
/// First mean pause after a failure is half of twice this.
const BACKOFF_MS: i64 = 2_000;
/// Longest pause after failures.
const BACKOFF_MAX_MS: i64 = 300_000;

impl Schedule {
    /// Whether a sending begins at `now`, there being something to send.
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

    /// Has the timer ring at this time, too; the zero time is none.
    pub(crate) fn want_timer(&mut self, at: Timestamp) {
        self.next = self.next.sooner(at);
    }

    /// For how long to set the timer, where something waits for it and it is not set early enough.
    pub(crate) fn timer(&mut self, now: Timestamp) -> Option<u32> {
        let next = core::mem::take(&mut self.next);
        if next == Timestamp::MIN || self.timer != Timestamp::MIN && self.timer <= next {
            return None;
        }
        self.timer = next;
        u32::try_from(next.since(now).max(0)).ok()
    }

    /// The timer rang.
    pub(crate) fn rang(&mut self) {
        self.timer = Timestamp::MIN;
    }

    /// A sending begins.
    pub(crate) fn sending(&mut self, now: Timestamp) {
        self.sent = now;
        self.wanted = Timestamp::MIN;
        self.urgent = false;
    }

    /// A sending was answered.
    pub(crate) fn answered(&mut self) {
        self.failures = 0;
        self.not_before = Timestamp::MIN;
    }

    /// A sending failed: waits as long as the collector asks, and by chance between nothing and a bound that doubles
    /// each time, so that visitors do not come back all at once.
    pub(crate) fn failed(&mut self, now: Timestamp, retry_after_s: u32, random: u32) {
        self.failures += 1;
        let bound = (BACKOFF_MS << self.failures.min(16)).min(BACKOFF_MAX_MS);
        let jitter = (bound * i64::from(random)) >> 32;
        let wait = (i64::from(retry_after_s) * 1_000 + jitter).clamp(SETTLE_MS, BACKOFF_MAX_MS);
        self.not_before = now.after(wait);
    }

    /// A clock set back must not hold sending up: what lies further ahead than the longest pause was another clock's.
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
    fn the_first_settles_and_later_ones_keep_the_pace() {
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
    fn the_timer_rings_for_the_first_who_waits() {
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
    fn a_clock_set_back_does_not_hold_sending_up() {
        let mut schedule = Schedule::default();
        schedule.sending(at(0));
        assert!(!schedule.is_due(at(-9_000_000)));
        assert_eq!(schedule.timer(at(-9_000_000)), Some(300_000));
    }
}
