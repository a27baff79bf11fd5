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
    /// The visitor clicked with the main button or tapped.
    Click(Click<'a>),
    /// The visitor typed, touched or moved something.
    Used,
    /// The page changed, possibly in response to a click.
    Answered,
    /// A script error occurred.
    Failed,
    /// The pointer moved; its position is in CSS pixels of the window.
    Pointer {
        /// Distance from the left edge.
        x: i32,
        /// Distance from the top edge.
        y: i32,
    },
    /// The pointer left the window at the top.
    LeftAtTop,
    /// The pointer moved onto a checkout's continue button or left it.
    Over {
        /// The button's name; empty if the pointer left it.
        element: &'a str,
    },
    /// The page was scrolled.
    Scrolled {
        /// Scroll position in permille of the window's height.
        to_permille: i32,
    },
    /// The page was zoomed.
    Zoomed {
        /// Size in permille of the unzoomed size: 1000 is not zoomed.
        to_permille: i32,
    },
    /// Another page was shown.
    Viewed,
    /// The page was hidden or is being left.
    Hidden,
    /// The time that [`Page::deadline`] returned has come.
    Time,
}

/// A click with the properties that detectors need.
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
    /// Whether the site excluded the element from signals (`data-wayside-ignore`).
    pub ignored: bool,
    /// Whether the element is meant for repeated clicks: a stepper, calendar, pager, carousel or game.
    pub repeatable: bool,
    /// Whether a click on the element should change the page: a button, a link within the site.
    pub expects_answer: bool,
}

/// The detectors of raw activity for one page load. The default has seen no activity. All calls for a page have to pass
/// the same thresholds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The checkout step of the page; empty outside a checkout.
    step: Box<str>,
    rage_click: RageClick,
    error_click: ErrorClick,
    exit_intent: ExitIntent,
    /// The pointer's two axes, the scroll position and the zoom.
    swings: [Swing; 4],
    dead_click: Pause,
    idle_in_step: Pause,
    pay_button_hover: Pause,
}

impl Page {
    /// Takes in activity at `now` and adds the signals that it decides to `out`.
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

    /// Takes in a touchpoint captured in this page at `now`. Only page views, errors and checkout steps matter here.
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
                // The router of a single-page application scrolls to the top; the visitor did not turn around.
                self.swings = Default::default();
                self.on_activity(&Activity::Viewed, now, limits, out);
            }
            Kind::PageError => self.on_activity(&Activity::Failed, now, limits, out),
            _ => {}
        }
    }

    /// Sets the page's checkout step at `now`; empty outside a checkout.
    pub fn enter(&mut self, step: &str, now: Timestamp) {
        if *self.step != *step {
            self.step = step.into();
            // Entering a step is activity of the visitor.
            self.idle_in_step.begin("", now);
            if step.is_empty() {
                self.idle_in_step.end();
            }
        }
    }

    /// The time at which [`Activity::Time`] has to be reported next if nothing else happens; the zero time if no
    /// detector waits.
    pub fn deadline(&self, limits: &Thresholds) -> Timestamp {
        let dead = self.dead_click.deadline(SignalKind::DeadClick, limits);
        let idle = self.idle_in_step.deadline(SignalKind::IdleInStep, limits);
        let hover = self.pay_button_hover.deadline(SignalKind::PayButtonHover, limits);
        dead.sooner(idle).sooner(hover)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! Helpers of the tests of page detectors.

    use super::*;
    use crate::value::Value;

    /// Activity at `ms`, as `click NAME [quiet|ignored|selects|repeatable]`, `pointer X Y`, `scrolled N`, `zoomed N`,
    /// `over [NAME]`, `step NAME` or a single word; with commas between. Signals are `ms field=value …`.
    #[track_caller]
    pub(crate) fn check(kind: SignalKind, script: &str, expected: &str) {
        // Not near the zero time, which means "none".
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
                other => panic!("unknown activity {other}"),
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
    fn the_deadline_is_the_earliest_of_all_waiting_detectors() {
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
