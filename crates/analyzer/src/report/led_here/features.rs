//! The things that a customer met before a moment: touchpoints, signals, channels, pages and the last steps.

use std::collections::BTreeSet;

use wayside_model::journey::Parts;
use wayside_model::kind::Role;
use wayside_model::{Field, Kind, Touch, url};

use crate::report::params::{Param, Params};
use crate::scan::{FieldSet, JourneyView, Row};

pub(super) const WHAT: Param = Param::list(
    "what",
    "touchpoint,signal,channel,page,steps",
    "What to compare, by commas: touchpoint, signal, channel (of a visit), page (its path), steps (the last three before).",
);
pub(super) const SKIP: Param = Param::list(
    "skip",
    "view_cart,begin_checkout,checkout_step,checkout_step_time,add_shipping_info,add_payment_info",
    "Touchpoints to leave out, by commas, because everyone who buys meets them.",
);

/// A kind of things to compare. The number is its code in saved state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Feature {
    Touchpoint = 0,
    Signal = 1,
    Channel = 2,
    Page = 3,
    Steps = 4,
}

/// How many steps before the moment are compared as a sequence.
const STEPS: usize = 3;

impl Feature {
    pub(super) const ALL: [Self; 5] = [Self::Touchpoint, Self::Signal, Self::Channel, Self::Page, Self::Steps];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Touchpoint => "touchpoint",
            Self::Signal => "signal",
            Self::Channel => "channel",
            Self::Page => "page",
            Self::Steps => "steps",
        }
    }
}

/// Which things are compared.
#[derive(Debug)]
pub(super) struct Features {
    pub(super) wanted: BTreeSet<Feature>,
    skip: BTreeSet<String>,
}

/// The moment before which a customer's rows are compared.
pub(super) struct Moment<'a> {
    /// Rows count from this time on, up to this index without it.
    pub(super) since_ms: i64,
    pub(super) end: usize,
    /// The name of the touchpoint that everything leads to, which leads to itself.
    pub(super) goal: &'a str,
}

impl Features {
    pub(super) fn new(wanted: BTreeSet<Feature>, params: &Params<'_>) -> Self {
        Self {
            wanted,
            skip: params.list(SKIP.name).into_iter().map(str::to_owned).collect(),
        }
    }

    /// The fields that they need.
    pub(super) fn fields(&self) -> FieldSet {
        let own = FieldSet::of(&[Field::Name]);
        if self.wanted.contains(&Feature::Page) {
            own.and(FieldSet::of(&[Field::Url]))
        } else {
            own
        }
    }

    /// The parts of the model that they need.
    pub(super) fn parts(&self) -> Parts {
        Parts {
            channels: self.wanted.contains(&Feature::Channel),
            signals: self.wanted.contains(&Feature::Signal),
        }
    }

    /// Calls back with each thing that a customer met before a moment, each once.
    pub(super) fn of(&self, journey: &JourneyView<'_>, moment: &Moment<'_>, mut take: impl FnMut(Feature, &str)) {
        let mut names: BTreeSet<(Feature, &str)> = BTreeSet::new();
        let mut steps: Vec<&str> = Vec::new();
        let mut session = None;
        let rows = (0..moment.end).map(|index| journey.row(index));
        for row in rows.filter(|row| row.time().millis() >= moment.since_ms) {
            if session != Some(row.session()) {
                session = Some(row.session());
                if self.wanted.contains(&Feature::Channel) {
                    names.insert((Feature::Channel, journey.session_channel(&row).name()));
                }
            }
            if row.kind() == Kind::PageView && self.wanted.contains(&Feature::Page) {
                names.extend(row.text_of(Field::Url).map(|url| (Feature::Page, path(url))));
            }
            if let Some(name) = self.step(&row, moment.goal) {
                names.insert((Feature::Touchpoint, name));
                if steps.last() != Some(&name) {
                    steps.push(name);
                }
            }
        }
        for found in journey.signals() {
            let is_before = found.row < moment.end && journey.row(found.row).time().millis() >= moment.since_ms;
            if is_before {
                names.insert((Feature::Signal, found.kind.name()));
            }
        }
        for (feature, name) in names.into_iter().filter(|(feature, _)| self.wanted.contains(feature)) {
            take(feature, name);
        }
        if self.wanted.contains(&Feature::Steps) && !steps.is_empty() {
            let last = steps.len().saturating_sub(STEPS);
            take(Feature::Steps, &steps[last..].join(" > "));
        }
    }

    /// The name of a row that is a step or a click.
    fn step<'a>(&self, row: &Row<'a>, goal: &str) -> Option<&'a str> {
        let is_step = matches!(row.kind().role(), Role::Step | Role::Activity);
        let name = is_step.then(|| row.name())?;
        (name != goal && !self.skip.contains(name)).then_some(name)
    }
}

/// The path of a page.
fn path(address: &str) -> &str {
    match url::path(address) {
        "" => "/",
        path => path,
    }
}
