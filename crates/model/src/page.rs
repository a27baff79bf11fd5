//! Detectors of raw page activity, which run only in the page.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::detect::error_click::ErrorClick;
use crate::detect::exit_intent::ExitIntent;
use crate::detect::rage_click::RageClick;
use crate::detect::{Finder, Pause, Swing, Thresholds, dead_click, idle_in_step, leaves_checkout, pay_button_hover};
use crate::field::Field;
use crate::kind::Kind;
use crate::signal::{Signal, SignalKind};
use crate::time::Timestamp;
use crate::touchpoint::Touchpoint;

/// Raw activity in the page; never uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity<'a> {
    /// A press of the pointer's main button, or a tap.
    Click(Click<'a>),
    /// The visitor typed, touched or moved something else.
    Used,
    /// The page changed: what is clicked may have been answered.
    Answered,
    /// A script of the page failed.
    Failed,
    /// Where the pointer is, in CSS pixels of the window.
    Pointer {
        /// From the left edge.
        x: i32,
        /// From the top edge.
        y: i32,
    },
    /// The pointer left the window through its top.
    LeftAtTop,
    /// The pointer came over a button that goes on, or left it.
    Over {
        /// The button's name; empty where it left.
        element: &'a str,
    },
    /// How far the page is scrolled, in permille of the window's height.
    Scrolled {
        /// From the top.
        to_permille: i32,
    },
    /// How large the page is shown, in permille of its unzoomed size.
    Zoomed {
        /// 1000 is not zoomed.
        to_permille: i32,
    },
    /// Another page is shown.
    Viewed,
    /// The page was hidden or is being left.
    Hidden,
    /// Time has come to what [`Page::deadline`] said.
    Time,
}

/// A click, as detectors see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Click<'a> {
    /// Name of the element, from its role, label, id or `data-wayside-name`.
    pub element: &'a str,
    /// CSS pixels from the viewport's left edge.
    pub x: i32,
    /// CSS pixels from the viewport's top edge.
    pub y: i32,
    /// Whether the click selected text.
    pub selects_text: bool,
    /// Whether the site silenced signals on the element (`data-wayside-ignore`).
    pub ignored: bool,
    /// Whether the element is made for repeated clicks: a stepper, calendar, pager, carousel or game.
    pub repeatable: bool,
    /// Whether the element is made to change the page when it is clicked: a button, a link within the site.
    pub expects_answer: bool,
}

/// One page life's detectors of raw activity. The default is a page without any; all of it is told with the same thresholds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The checkout step the page is in; empty for none.
    step: Box<str>,
    rage_click: RageClick,
    error_click: ErrorClick,
    exit_intent: ExitIntent,
    /// The pointer along both axes, the scrolled page, the zoom.
    swings: [Swing; 4],
    dead_click: Pause,
    idle_in_step: Pause,
    pay_button_hover: Pause,
}

impl Page {
    /// Takes activity in at `now` and adds the signals it decides to `out`.
    pub fn on_activity(&mut self, activity: &Activity<'_>, now: Timestamp, limits: &Thresholds, out: &mut Vec<Signal>) {
        let finder = &mut Finder::now(now, limits, out);
        let step = &*self.step;
        self.rage_click.on_activity(activity, finder);
        self.error_click.on_activity(activity, finder);
        self.exit_intent.on_activity(activity, finder);
        dead_click::on_activity(&mut self.dead_click, activity, finder);
        idle_in_step::on_activity(&mut self.idle_in_step, activity, step, finder);
        pay_button_hover::on_activity(&mut self.pay_button_hover, activity, step, finder);

        let [across, down, scrolled, zoomed] = &mut self.swings;
        let (swing, to, kind) = match *activity {
            Activity::Pointer { x, y } => {
                if down.on_position(y, SignalKind::ThrashedCursor, finder) {
                    across.join(down);
                }
                if across.on_position(x, SignalKind::ThrashedCursor, finder) {
                    down.join(across);
                }
                return;
            }
            Activity::Scrolled { to_permille } => (scrolled, to_permille, SignalKind::ExcessiveScroll),
            Activity::Zoomed { to_permille } => (zoomed, to_permille, SignalKind::ZoomOrPinchStruggle),
            _ => return,
        };
        swing.on_position(to, kind, finder);
    }

    /// Takes in what was captured in this page at `now`, as far as it says what goes on in it.
    pub fn on_touchpoint(
        &mut self,
        touchpoint: &Touchpoint,
        now: Timestamp,
        limits: &Thresholds,
        out: &mut Vec<Signal>,
    ) {
        let kind = touchpoint.kind();
        if leaves_checkout(kind) {
            self.enter("", now);
        } else if let Some(step) = kind.checkout_step(touchpoint.fields().text(Field::Step)) {
            self.enter(step, now);
        }
        match kind {
            Kind::PageView => {
                // A router scrolls to the top; nobody turned around.
                self.swings = Default::default();
                self.on_activity(&Activity::Viewed, now, limits, out);
            }
            Kind::PageError => self.on_activity(&Activity::Failed, now, limits, out),
            _ => {}
        }
    }

    /// The page is in this checkout step at `now`; an empty one is none.
    pub fn enter(&mut self, step: &str, now: Timestamp) {
        if *self.step != *step {
            self.step = step.into();
            // Entering is something that the visitor did.
            self.idle_in_step.begin("", now);
            if step.is_empty() {
                self.idle_in_step.end();
            }
        }
    }

    /// When [`Activity::Time`] has to be told next, if nothing else happens; the zero time where nothing waits.
    pub fn deadline(&self, limits: &Thresholds) -> Timestamp {
        let dead = self.dead_click.deadline(SignalKind::DeadClick, limits);
        let idle = self.idle_in_step.deadline(SignalKind::IdleInStep, limits);
        let hover = self.pay_button_hover.deadline(SignalKind::PayButtonHover, limits);
        dead.sooner(idle).sooner(hover)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! What the tests of the page's detectors share.

    use super::*;
    use crate::value::Value;

    /// Activity at `ms`, as `click NAME [quiet|ignored|selects|repeatable]`, `pointer X Y`, `scrolled N`, `zoomed N`,
    /// `over [NAME]`, `step NAME` or a single word; with commas between. Signals are `ms field=value …`.
    #[track_caller]
    pub(crate) fn check(kind: SignalKind, script: &str, expected: &str) {
        // Far from the zero time, which is none.
        const START: i64 = 1_000_000;
        let mut page = Page::default();
        let mut out = Vec::new();
        for line in script.split(',') {
            let words: Vec<&str> = line.split_whitespace().collect();
            let number = |at: usize| words.get(at).map_or(0, |word| word.parse::<i32>().unwrap());
            let now = Timestamp::from_millis(START + i64::from(number(0)));
            let word = words.get(2).copied().unwrap_or("");
            let mark = words.get(3).copied().unwrap_or("");
            let activity = match words[1] {
                "step" => {
                    page.enter(word, now);
                    continue;
                }
                "click" => Activity::Click(Click {
                    element: word,
                    x: 1,
                    y: 1,
                    selects_text: mark == "selects",
                    ignored: mark == "ignored",
                    repeatable: mark == "repeatable",
                    expects_answer: mark != "quiet",
                }),
                "pointer" => Activity::Pointer {
                    x: number(2),
                    y: number(3),
                },
                "scrolled" => Activity::Scrolled { to_permille: number(2) },
                "zoomed" => Activity::Zoomed { to_permille: number(2) },
                "over" => Activity::Over { element: word },
                "used" => Activity::Used,
                "answered" => Activity::Answered,
                "failed" => Activity::Failed,
                "left_at_top" => Activity::LeftAtTop,
                "viewed" => Activity::Viewed,
                "hidden" => Activity::Hidden,
                "time" => Activity::Time,
                other => panic!("no activity {other}"),
            };
            page.on_activity(&activity, now, &Thresholds::default(), &mut out);
        }
        let found: Vec<String> = out
            .iter()
            .filter(|signal| signal.kind == kind)
            .map(|signal| {
                let words = signal.evidence.to_pairs().into_iter().map(|(name, value)| match value {
                    Value::Text(text) => format!(" {name}={text}"),
                    other => format!(" {name}={}", other.as_int().unwrap()),
                });
                format!("{}{}", signal.time.millis() - START, words.collect::<String>())
            })
            .collect();
        assert_eq!(found.join(", "), expected, "of {script}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_000_000 + ms)
    }

    #[test]
    fn the_deadline_is_the_soonest_of_what_waits() {
        let mut page = Page::default();
        let take = |page: &mut Page, ms, activity| {
            page.on_activity(&activity, at(ms), &Thresholds::default(), &mut Vec::new())
        };
        assert_eq!(page.deadline(&Thresholds::default()), Timestamp::MIN);
        page.enter("payment", at(0));
        assert_eq!(page.deadline(&Thresholds::default()), at(60_000));
        take(&mut page, 10_000, Activity::Over { element: "#pay" });
        assert_eq!(page.deadline(&Thresholds::default()), at(12_000));
        take(&mut page, 12_000, Activity::Time);
        assert_eq!(page.deadline(&Thresholds::default()), at(70_000));
        take(&mut page, 13_000, Activity::Hidden);
        assert_eq!(page.deadline(&Thresholds::default()), Timestamp::MIN);
    }
}
