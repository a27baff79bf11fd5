//! `rage_click`: many clicks on the same spot in a short time, because nothing happens.

use alloc::boxed::Box;

use super::{Finder, Threshold};
use crate::field::Field;
use crate::page::{Activity, Click};
use crate::signal::SignalKind;
use crate::time::Timestamp;

/// Thresholds of a burst of clicks.
pub(crate) const THRESHOLDS: &[Threshold] = &[
    // Fewest clicks of a burst; default 3, as in PostHog's SDK: many people double-click out of habit.
    ("clicks", 3),
    // Longest time from one click to the next, in milliseconds; default 1000, as in PostHog's SDK: a second without a
    // response interrupts the flow of thought (Nielsen, "Response Times"). A higher value also fires on people who wait
    // for a response and try again.
    ("gap_ms", 1_000),
    // Largest distance of a click from the first one, in CSS pixels along either axis; default 30, as in PostHog's SDK:
    // the pointer drifts during fast clicks, and the next button is farther away. A higher value also fires on people
    // who click a row of buttons.
    ("radius_px", 30),
];

/// The current burst.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RageClick {
    clicks: i64,
    first: Timestamp,
    latest: Timestamp,
    x: i32,
    y: i32,
    element: Box<str>,
}

impl RageClick {
    pub(crate) fn on_activity(&mut self, activity: &Activity<'_>, finder: &mut Finder<'_>) {
        let Activity::Click(Click {
            element,
            x,
            y,
            selects_text,
            ignored,
            repeatable,
            ..
        }) = *activity
        else {
            return;
        };
        if selects_text || ignored || repeatable {
            // Other activity ends the burst.
            *self = Self::default();
            return;
        }
        let [least, gap_ms, radius_px] = *finder.limits(SignalKind::RageClick);
        let gap = finder.time.since(self.latest);
        let near = |a: i32, b: i32| i64::from(a.abs_diff(b)) <= radius_px;
        // The distance is measured from the first click, so that clicks along a row of buttons leave the spot.
        if self.clicks > 0 && (0..=gap_ms).contains(&gap) && near(x, self.x) && near(y, self.y) {
            self.clicks = self.clicks.saturating_add(1);
            self.latest = finder.time;
        } else {
            *self = Self {
                clicks: 1,
                first: finder.time,
                latest: finder.time,
                x,
                y,
                element: element.into(),
            };
        }
        // Only the click that completes the burst fires; later clicks belong to the same burst.
        if self.clicks == least {
            finder.found(
                SignalKind::RageClick,
                &[(Field::Element, &self.element)],
                &[
                    (Field::Count, self.clicks),
                    (Field::SpanMs, finder.time.since(self.first)),
                ],
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;
    use crate::detect::Thresholds;

    /// Checks a script of clicks. Each is `ms element x y` and optional flags: `t` selects text, `i` ignored, `r`
    /// repeatable.
    #[track_caller]
    fn check(clicks: &str, signals: &[(i64, &str, i64, i64)]) {
        let mut detector = RageClick::default();
        let mut out = Vec::new();
        for click in clicks.split(',') {
            let words: Vec<&str> = click.split_whitespace().collect();
            let number = |at: usize| words[at].parse::<i32>().unwrap();
            let marks = words.get(4).copied().unwrap_or("");
            detector.on_activity(
                &Activity::Click(Click {
                    element: words[1],
                    x: number(2),
                    y: number(3),
                    selects_text: marks.contains('t'),
                    ignored: marks.contains('i'),
                    repeatable: marks.contains('r'),
                    expects_answer: true,
                }),
                &mut Finder::now(
                    Timestamp::from_millis(number(0).into()),
                    &Thresholds::default(),
                    &mut out,
                ),
            );
        }
        let found: Vec<_> = out
            .iter()
            .map(|signal| {
                assert_eq!(signal.kind, SignalKind::RageClick);
                let evidence = &signal.evidence;
                (
                    signal.time.millis(),
                    evidence.text(Field::Element).unwrap_or(""),
                    evidence.int(Field::Count).unwrap(),
                    evidence.int(Field::SpanMs).unwrap(),
                )
            })
            .collect();
        assert_eq!(found, signals, "of {clicks}");
    }

    #[test]
    fn three_clicks_on_one_spot_fire_once_per_burst() {
        check("0 #buy 10 10, 200 #buy 11 9", &[]);
        check("0 #buy 10 10, 200 #buy 11 9, 350 #buy 10 10", &[(350, "#buy", 3, 350)]);
        check(
            "0 #buy 1 1, 100 #buy 1 1, 200 #buy 1 1, 300 #buy 1 1, 400 #buy 1 1",
            &[(200, "#buy", 3, 200)],
        );
        check(
            "0 a 1 1, 100 a 1 1, 200 a 1 1, 5000 a 1 1, 5100 a 1 1, 5200 a 1 1",
            &[(200, "a", 3, 200), (5_200, "a", 3, 200)],
        );
    }

    #[test]
    fn the_edges_of_time_and_place() {
        check("0 a 0 0, 1000 a 0 0, 2000 a 0 0", &[(2_000, "a", 3, 2_000)]);
        check("0 a 0 0, 1000 a 0 0, 2001 a 0 0", &[]);
        check("0 a 0 0, 100 a 30 30, 200 a 0 30", &[(200, "a", 3, 200)]);
        check("0 a 0 0, 100 a 31 0, 200 a 0 0", &[]);
        check("0 a 0 0, 100 b 25 0, 200 c 50 0, 300 d 75 0", &[]);
    }

    #[test]
    fn an_element_that_moves_under_the_pointer_is_still_one_spot() {
        check("0 open 5 5, 100 close 5 5, 200 open 5 5", &[(200, "open", 3, 200)]);
    }

    #[test]
    fn false_alarms_do_not_fire() {
        check("0 p 1 1, 100 p 1 1, 200 p 1 1 t, 300 p 1 1", &[]);
        check("0 plus 1 1 r, 100 plus 1 1 r, 200 plus 1 1 r, 300 plus 1 1 r", &[]);
        check("0 game 1 1 i, 100 game 1 1 i, 200 game 1 1 i", &[]);
        check("500 a 1 1, 400 a 1 1, 300 a 1 1", &[]);
    }
}
