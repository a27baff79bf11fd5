//! Engaged time and scroll depth of a page.

use alloc::boxed::Box;

use wayside_model::{Field, Kind, Timestamp};

use crate::told::Told;

/// The engagement with the current page.
///
/// Time counts while the page is visible, its window has the focus, and the visitor was active within the last
/// [`IDLE_MS`].
#[derive(Debug, Default)]
pub(crate) struct Engagement {
    /// The page's address; empty before the first view.
    url: Box<str>,
    /// The time up to which engaged time has been counted.
    counted: Timestamp,
    /// The time of the visitor's last activity.
    used: Timestamp,
    engaged_ms: i64,
    depth_permille: i64,
    /// Whether the page is hidden or without the focus.
    is_away: bool,
}

/// Longest pause between two activities that still counts as engaged time: 10 seconds, in which people read the visible
/// part of a product page. Plausible and PostHog have no such limit and also count an open page that nobody looks at.
const IDLE_MS: i64 = 10_000;
/// Shortest engaged time that is recorded: a second, as in GA4; less is a page passed through.
const LEAST_MS: i64 = 1_000;

impl Engagement {
    /// Takes in that another page is shown, and records the engagement with the page before.
    pub(crate) fn view(&mut self, url: &str, now: Timestamp, told: &mut Told) {
        self.end(now, told);
        self.url = url.into();
        self.counted = now;
        self.used = now;
        self.engaged_ms = 0;
        self.depth_permille = 0;
    }

    /// Whether a page has been shown.
    pub(crate) fn has_begun(&self) -> bool {
        !self.url.is_empty()
    }

    /// Takes in an activity of the visitor.
    pub(crate) fn used(&mut self, now: Timestamp) {
        self.count(now);
        self.used = now;
    }

    /// Takes in the scroll depth, in permille of the page's height.
    pub(crate) fn seen(&mut self, depth_permille: i64) {
        self.depth_permille = self.depth_permille.max(depth_permille.min(1_000));
    }

    /// Takes in that the visitor left the page or returned to it.
    pub(crate) fn away(&mut self, is_away: bool, now: Timestamp) {
        self.count(now);
        self.is_away = is_away;
        if !is_away {
            self.used = now;
        }
    }

    /// Records the engagement since the last call.
    pub(crate) fn end(&mut self, now: Timestamp, told: &mut Told) {
        self.count(now);
        if self.engaged_ms < LEAST_MS {
            return;
        }
        let engaged = core::mem::take(&mut self.engaged_ms);
        let numbers = &[
            (Field::EngagedMs, engaged),
            (Field::ScrollPermille, self.depth_permille),
        ];
        told.add(Kind::UserEngagement, &[(Field::Url, &self.url)], numbers);
    }

    fn count(&mut self, now: Timestamp) {
        if !self.is_away && self.has_begun() {
            let until = now.millis().min(self.used.millis() + IDLE_MS);
            self.engaged_ms += (until - self.counted.millis()).max(0);
        }
        self.counted = self.counted.max(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    fn told(tell: impl FnOnce(&mut Told)) -> Option<(String, i64, i64)> {
        let ended = Told::by(tell)?;
        let n = |field| ended.fields().int(field).unwrap();
        let url = ended.fields().text(Field::Url).unwrap().into();
        Some((url, n(Field::EngagedMs), n(Field::ScrollPermille)))
    }

    #[test]
    fn time_counts_until_the_visitor_pauses() {
        let mut page = Engagement::default();
        assert_eq!(told(|told| page.view("/a", at(0), told)), None);
        page.used(at(8_000));
        page.seen(400);
        page.seen(300);
        page.used(at(40_000));
        assert_eq!(
            told(|told| page.end(at(41_000), told)),
            Some(("/a".into(), 19_000, 400))
        );
        assert_eq!(told(|told| page.end(at(41_500), told)), None);
        assert_eq!(
            told(|told| page.view("/b", at(42_000), told)),
            Some(("/a".into(), 1_000, 400))
        );
        assert_eq!(told(|told| page.end(at(44_000), told)), Some(("/b".into(), 2_000, 0)));
    }

    #[test]
    fn time_away_does_not_count() {
        let mut page = Engagement::default();
        page.view("/a", at(0), &mut Told::default());
        page.away(true, at(2_000));
        page.used(at(3_000));
        page.away(false, at(60_000));
        assert_eq!(told(|told| page.end(at(61_500), told)), Some(("/a".into(), 3_500, 0)));
    }

    #[test]
    fn a_clock_set_back_does_not_reduce_the_engaged_time() {
        let mut page = Engagement::default();
        page.view("/a", at(0), &mut Told::default());
        page.used(at(5_000));
        page.used(at(1_000));
        assert_eq!(told(|told| page.end(at(6_000), told)), Some(("/a".into(), 6_000, 0)));
    }

    #[test]
    fn nothing_counts_before_the_first_view() {
        let mut page = Engagement::default();
        page.used(at(0));
        assert_eq!(told(|told| page.end(at(9_000), told)), None);
    }
}
