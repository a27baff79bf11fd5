//! Detectors of raw page activity, which run only in the page.

use alloc::vec::Vec;

use crate::detect::Thresholds;
use crate::detect::rage_click::RageClick;
use crate::journey::Config;
use crate::signal::Signal;
use crate::time::Timestamp;

/// Raw activity in the page; never uploaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity<'a> {
    /// A press of the pointer's main button, or a tap.
    Click {
        /// Name of the element, from its role, label, id or `data-wayside-name`.
        element: &'a str,
        /// CSS pixels from the viewport's left edge.
        x: i32,
        /// CSS pixels from the viewport's top edge.
        y: i32,
        /// Whether the click selected text.
        selects_text: bool,
        /// Whether the site silenced signals on the element (`data-wayside-ignore`).
        ignored: bool,
        /// Whether the element is made for repeated clicks: a stepper, calendar, pager, carousel or game.
        repeatable: bool,
    },
}

/// One page life's detectors of raw activity.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    thresholds: Thresholds,
    rage_click: RageClick,
}

impl Page {
    /// A page without activity.
    pub fn new(config: &Config) -> Self {
        Self {
            thresholds: config.thresholds,
            rage_click: RageClick::default(),
        }
    }

    /// Takes activity in at `now` and adds the signals it decides to `out`.
    pub fn on_activity(&mut self, activity: &Activity<'_>, now: Timestamp, out: &mut Vec<Signal>) {
        self.rage_click
            .on_activity(activity, now, &self.thresholds.rage_click, out);
    }
}
