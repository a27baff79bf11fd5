//! `led-here`: what customers who reached a touchpoint met before it, compared with customers who did not reach it.

mod features;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::Touch;
use wayside_model::journey::Parts;

use self::features::{Feature, Features, Moment};
use super::capped::{Capped, Sum};
use super::columns;
use super::goal::Goal;
use super::outcome::share;
use super::params::{Param, Params};
use super::{Definition, Report};
use crate::association::{p_value, q_values, relative_risk};
use crate::error::Error;
use crate::import::nearest;
use crate::scan::{FieldSet, JourneyView};
use crate::stats::{ALARM_CASES_MIN, difference};
use crate::table::{Cell, Column, Table, Unit, counted, grouped};

pub(super) static DEFINITION: Definition = Definition {
    name: "led-here",
    title: "What led here",
    doc: "What had customers met before they reached a touchpoint that other customers had not?",
    params: &[
        Param::text(
            "goal",
            "purchase",
            "Name of the touchpoint that some customers reached.",
        ),
        Param::number("window_days", "30", "How many days before it count; 1 to 3660."),
        features::WHAT,
        features::SKIP,
        Param::number(
            "min_customers",
            "10",
            "Customers of both groups who must have met a thing; 1 to 1000000.",
        ),
        Param::number("top", "100", "How many rows to list, the clearest first; 1 to 10000."),
    ],
    columns: &[
        Column::text(
            "what",
            "touchpoint, signal, channel, page, or steps: the last three before.",
        ),
        Column::text("name", "Its name."),
        Column::number(
            "reached",
            Unit::Count,
            "Customers who met it and then reached the goal.",
        ),
        Column::number("share_reached", Unit::Ratio, "Their share of all who reached it."),
        columns::low("share_reached_low"),
        columns::high("share_reached_high"),
        Column::number(
            "others",
            Unit::Count,
            "Customers who met it and did not reach the goal.",
        ),
        Column::number("share_others", Unit::Ratio, "Their share of all who did not."),
        columns::low("share_others_low"),
        columns::high("share_others_high"),
        columns::DIFFERENCE,
        columns::DIFFERENCE_LOW,
        columns::DIFFERENCE_HIGH,
        Column::number("lift", Unit::Score, "The first share divided by the second.").main(),
        Column::number("lift_low", Unit::Score, "Lower end of its 95% interval.").wide(),
        Column::number("lift_high", Unit::Score, "Upper end of its 95% interval.").wide(),
        Column::number(
            "p_value",
            Unit::Score,
            "Probability of such a difference if there is none.",
        )
        .wide(),
        Column::number(
            "q_value",
            Unit::Score,
            "The share of false ones among all rows with this value or less.",
        ),
        Column::text("clear", "Whether that is at most 5%: yes or no."),
    ],
    build: |params| Ok(Arc::new(LedHere::from_params(params)?)),
};

/// Most names of each kind in a state. At some 60 bytes each, it stays below 2 MB.
const NAMES_MAX: usize = 5_000;
/// Share of false discoveries among the rows that count as clear.
const FALSE_MAX: f64 = 0.05;
const DAY_MS: i64 = 86_400_000;

#[derive(Debug)]
struct LedHere {
    goal: Goal,
    window_ms: i64,
    features: Features,
    customers_min: u64,
    top: usize,
}

/// Customers who reached the goal, and those who did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Groups {
    reached: u64,
    others: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    all: Groups,
    /// By the code of the kind of things.
    features: BTreeMap<u8, Capped<Groups, NAMES_MAX>>,
}

impl Report for LedHere {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        self.goal.fields().and(self.features.fields())
    }

    fn parts(&self) -> Parts {
        self.features.parts()
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let Some(last) = journey.counted().next_back() else {
            return;
        };
        let mut first = None;
        self.goal.for_each(journey, |row| {
            if first.is_none() && journey.range().contains(row.time()) {
                first = Some(*row);
            }
        });
        let group = Groups {
            reached: u64::from(first.is_some()),
            others: u64::from(first.is_none()),
        };
        let end = first.map_or(last.index + 1, |row| row.index);
        let moment = Moment {
            since_ms: first.unwrap_or(last).time().millis() - self.window_ms,
            end,
            goal: self.goal.name(),
        };
        state.all.add(group);
        self.features.of(journey, &moment, |feature, name| {
            state.features.entry(feature as u8).or_default().at(name).add(group);
        });
    }

    fn merge(&self, into: &mut State, from: State) {
        into.all.add(from.all);
        for (feature, names) in from.features {
            into.features.entry(feature).or_default().merge(names);
        }
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let all = state.all;
        if all.reached == 0 || all.others == 0 {
            table.note(self.nothing(all));
            return table;
        }
        table.note(format!(
            "{} reached {}, and {} did not.",
            counted(all.reached, "customer"),
            self.goal.name(),
            grouped(all.others)
        ));
        if all.reached.min(all.others) < ALARM_CASES_MIN {
            table.note(format!(
                "With fewer than {ALARM_CASES_MIN} customers in a group, only very large differences are clear."
            ));
        }
        let mut is_cut = false;
        let mut found: Vec<(Feature, String, Groups)> = Vec::new();
        for feature in Feature::ALL {
            let (names, rest) = state
                .features
                .get(&(feature as u8))
                .cloned()
                .unwrap_or_default()
                .into_parts();
            is_cut |= rest.is_some();
            let common = names
                .into_iter()
                .filter(|(_, groups)| groups.reached + groups.others >= self.customers_min);
            found.extend(common.map(|(name, groups)| (feature, name, groups)));
        }
        let p_values: Vec<f64> = found
            .iter()
            .map(|(_, _, groups)| p_value((groups.reached, all.reached), (groups.others, all.others)))
            .collect();
        let q_values = q_values(&p_values);
        let mut rows: Vec<_> = found.into_iter().zip(p_values.into_iter().zip(q_values)).collect();
        // Kinds and names come in order, which decides between equals.
        rows.sort_by(|(_, one), (_, other)| one.0.total_cmp(&other.0));
        self.describe(
            &mut table,
            &rows.iter().map(|(_, (_, q))| *q).collect::<Vec<_>>(),
            is_cut,
        );
        for ((feature, name, groups), (p, q)) in rows.into_iter().take(self.top) {
            let mut row = vec![Cell::text(feature.name()), Cell::Text(name)];
            row.extend(groups.compare(&all));
            row.extend([Cell::Score(p), Cell::Score(q)]);
            row.push(Cell::text(if q <= FALSE_MAX { "yes" } else { "no" }));
            table.push(row);
        }
        table
    }
}

impl LedHere {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        let mut wanted = BTreeSet::new();
        for name in params.list(features::WHAT.name) {
            let feature = Feature::ALL.into_iter().find(|feature| feature.name() == name);
            let names = || Feature::ALL.map(Feature::name);
            wanted.insert(feature.ok_or_else(|| {
                let hint =
                    nearest(name, names()).map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
                Error::bad_param(
                    features::WHAT.name,
                    name,
                    format!("any of {}{hint}", names().join(", ")),
                )
            })?);
        }
        Ok(Self {
            goal: Goal::named("goal", params.text("goal"))?,
            window_ms: params.number("window_days", 1..=3_660)? * DAY_MS,
            features: Features::new(wanted, params),
            customers_min: params.number("min_customers", 1..=1_000_000)? as u64,
            top: params.top()?,
        })
    }

    /// The note of a report without two groups to compare.
    fn nothing(&self, all: Groups) -> String {
        let goal = self.goal.name();
        match (all.reached, all.others) {
            (0, 0) => "No customer came in these days.".to_owned(),
            (0, _) => match self.goal.hint() {
                hint if hint.is_empty() => format!("No customer reached {goal} in these days."),
                hint => format!("No customer reached {goal} in these days{hint}"),
            },
            _ => format!("Every customer of these days reached {goal}, so that there is nobody to compare them with."),
        }
    }

    fn describe(&self, table: &mut Table, q_values: &[f64], is_cut: bool) {
        if q_values.is_empty() {
            table.note(format!(
                "Nothing was met by {} or more; a smaller min_customers compares rarer things.",
                counted(self.customers_min, "customer")
            ));
            return;
        }
        let clear = q_values.iter().filter(|q| **q <= FALSE_MAX).count();
        table.note(format!(
            "Compared: {}. Clearly different: {clear}, of which at most 5% are expected to be false.",
            grouped(q_values.len() as u64)
        ));
        table.note("A difference is not a cause: customers who reach it also visit more, and differ in other ways.");
        let left_out = q_values.len().saturating_sub(self.top);
        if left_out > 0 {
            table.note(format!("Rows left out: {left_out}; a larger top shows them."));
        }
        if is_cut {
            let most = grouped(NAMES_MAX as u64);
            table.note(format!(
                "Only the first {most} names of a kind in alphabetical order are compared."
            ));
        }
    }
}

impl Groups {
    /// Fourteen cells: both groups with their shares of all, the difference and the lift of these, each with its interval.
    fn compare(&self, all: &Self) -> Vec<Cell> {
        let (first, second) = ((self.reached, all.reached), (self.others, all.others));
        let mut cells = vec![Cell::Count(first.0)];
        cells.extend(share(first.0, first.1));
        cells.push(Cell::Count(second.0));
        cells.extend(share(second.0, second.1));
        let gap = first.0 as f64 / first.1 as f64 - second.0 as f64 / second.1 as f64;
        let ends = difference(first, second);
        cells.extend([
            Cell::Ratio(gap),
            Cell::of(ends, |(low, _)| Cell::Ratio(low)),
            Cell::of(ends, |(_, high)| Cell::Ratio(high)),
        ]);
        let lift = relative_risk(first, second);
        cells.extend([
            Cell::of(lift, |lift| Cell::Score(lift.value)),
            Cell::of(lift, |lift| Cell::Score(lift.low)),
            Cell::of(lift, |lift| Cell::Score(lift.high)),
        ]);
        cells
    }
}

impl Sum for Groups {
    fn add(&mut self, more: Self) {
        self.reached += more.reached;
        self.others += more.others;
    }
}
