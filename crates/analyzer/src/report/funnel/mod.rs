//! `funnel`: how many customers go from step to step, and how long it takes them.

mod way;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::touchpoint::is_name;
use wayside_model::{Field, Kind, Touch};

use self::way::{Order, Rules, Touched};
use super::orders::{self, Orders};
use super::params::{Param, Params};
use super::{Definition, Report};
use crate::error::Error;
use crate::import::nearest;
use crate::scan::{FieldSet, JourneyView, KINDS_MAX, Row};
use crate::stats::{Histogram, wilson};
use crate::table::{Cell, Column, Link, Table, Unit};

pub(super) static DEFINITION: Definition = Definition {
    name: "funnel",
    title: "Funnel",
    doc: "How many customers go from one step to the next, and where do they fall by the wayside?",
    params: &[
        Param::list(
            "steps",
            "view_item,add_to_cart,begin_checkout,purchase",
            "Names of touchpoints, in order; 1 to 20.",
        ),
        Param::number(
            "window_days",
            "7",
            "Days from the first step within which the others must follow. A date range bounds the first step only.",
        ),
        Param::choice(
            "order",
            &["ordered", "strict", "any"],
            "ordered",
            "ordered: each step after the one before, anything may lie between. strict: and no other step of the funnel \
             between. any: in whatever order.",
        ),
    ],
    columns: &[
        Column::number("step", Unit::Count, "Number of the step.")
            .key()
            .as_param("reached"),
        Column::text("kind", "Touchpoint of the step."),
        Column::number("customers", Unit::Count, "Customers who got this far.").linked(Link::Customers),
        Column::number(
            "conversion_from_start",
            Unit::Ratio,
            "Their share of the customers of the first step.",
        ),
        Column::number(
            "conversion_from_previous",
            Unit::Ratio,
            "Their share of the customers of the step before.",
        ),
        Column::number(
            "drop_off",
            Unit::Ratio,
            "Share of the customers of the step before who got no further.",
        ),
        Column::number(
            "low",
            Unit::Ratio,
            "Lower end of the 95% interval of the share from the start.",
        ),
        Column::number("high", Unit::Ratio, "Upper end of that interval."),
        Column::number(
            "median_time_ms",
            Unit::Ms,
            "Median time from the first step to this one, within 0.4%.",
        ),
        Column::number("lost", Unit::Count, "Customers of the step before who got no further.")
            .linked(Link::Customers)
            .asking(&[("outcome", "lost")]),
    ],
    build: |params| Ok(Arc::new(Funnel::from_params(params)?)),
};

/// Most steps a funnel may have: more than anyone reads, and the work a row makes stays small.
const STEPS_MAX: usize = 20;
/// Names of touchpoints that a hint may choose from. A site has dozens; one that makes names up without end must not fill
/// the state, which keeps the first in alphabetical order so that any split of the journeys keeps the same ones.
const NAMES_MAX: usize = 500;
/// Longest window: ten years.
const WINDOW_DAYS_MAX: i64 = 3_660;
const DAY_MS: i64 = 86_400_000;

/// The requested funnel.
#[derive(Debug)]
pub(super) struct Funnel {
    steps: Vec<Step>,
    /// By the code of a kind: the steps that it is, as bits.
    steps_by_kind: [u32; KINDS_MAX],
    rules: Rules,
}

#[derive(Debug)]
struct Step {
    name: String,
    /// A kind by its name; otherwise a custom touchpoint.
    kind: Option<Kind>,
}

/// By step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    reached: Vec<u64>,
    times: Vec<Histogram>,
    /// By step: whether a touchpoint of it occurred at all, in the range or not.
    occurred: Vec<bool>,
    /// The site's own names of touchpoints, for the hint at a misspelt step.
    names: BTreeSet<String>,
}

impl Report for Funnel {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(&[Field::Name]).and(FieldSet::of(orders::FIELDS))
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        state.resize(self.steps.len());
        for row in journey.rows_of(Kind::Custom) {
            state.know(row.name());
        }
        let times = self.way(journey, |steps| state.touch(steps));
        for (step, time) in times.into_iter().enumerate() {
            state.reached[step] += 1;
            state.times[step].add(time);
        }
    }

    fn link_params(&self) -> Vec<(&'static str, String)> {
        let names: Vec<&str> = self.steps.iter().map(|step| step.name.as_str()).collect();
        let order = match self.rules.order {
            Order::Ordered => "ordered",
            Order::Strict => "strict",
            Order::Any => "any",
        };
        vec![
            ("steps", names.join(",")),
            ("window_days", (self.rules.window_ms / DAY_MS).to_string()),
            ("order", order.to_owned()),
        ]
    }

    fn merge(&self, into: &mut State, from: State) {
        into.resize(from.reached.len());
        for (into, from) in into.reached.iter_mut().zip(from.reached) {
            *into += from;
        }
        for (into, from) in into.times.iter_mut().zip(from.times) {
            into.merge(from);
        }
        for (into, from) in into.occurred.iter_mut().zip(from.occurred) {
            *into |= from;
        }
        from.names.iter().for_each(|name| into.know(name));
    }

    fn finish(&self, mut state: State) -> Table {
        // Without any journey, every step is missing and there is nothing to explain.
        let missing = match state.occurred.as_slice() {
            [] => Vec::new(),
            _ => self.missing(&state),
        };
        state.resize(self.steps.len());
        let mut table = Table::new(DEFINITION.columns);
        let start = state.reached[0];
        let mut previous = start;
        for (at, step) in self.steps.iter().enumerate() {
            let reached = state.reached[at];
            let ends = wilson(reached, start);
            table.push(vec![
                Cell::Count(at as u64 + 1),
                Cell::text(&step.name),
                Cell::Count(reached),
                Cell::share(reached, start),
                Cell::share(reached, previous),
                Cell::share(previous - reached, previous),
                Cell::of(ends, |(low, _)| Cell::Ratio(low)),
                Cell::of(ends, |(_, high)| Cell::Ratio(high)),
                Cell::of(state.times[at].median(), Cell::Ms),
                Cell::Count(previous - reached),
            ]);
            previous = reached;
        }
        table.notes.extend(missing);
        table
    }
}

impl Funnel {
    pub(super) fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        let names = params.list("steps");
        if names.is_empty() || names.len() > STEPS_MAX || !names.iter().all(|name| is_name(name)) {
            let expected = format!("1 to {STEPS_MAX} names of touchpoints with commas between");
            return Err(Error::bad_param("steps", params.text("steps"), expected));
        }
        let step = |name: &&str| Step {
            name: (*name).to_owned(),
            kind: Kind::from_name(name),
        };
        let steps: Vec<Step> = names.iter().map(step).collect();
        let rules = Rules {
            order: match params.choice("order")? {
                "strict" => Order::Strict,
                "any" => Order::Any,
                _ => Order::Ordered,
            },
            steps: steps.len(),
            window_ms: params.number("window_days", 1..=WINDOW_DAYS_MAX)? * DAY_MS,
        };
        let mut steps_by_kind = [0; KINDS_MAX];
        for (at, step) in steps.iter().enumerate() {
            if let Some(kind) = step.kind {
                steps_by_kind[usize::from(kind.code())] |= 1 << at;
            }
        }
        Ok(Self {
            steps,
            steps_by_kind,
            rules,
        })
    }

    /// Times from the first step to each step that the customer reached. Calls back with the steps that each touchpoint may be.
    fn way(&self, journey: &JourneyView<'_>, mut touch: impl FnMut(u32)) -> Vec<i64> {
        let orders = Orders::of(journey);
        let touches = journey.rows().filter_map(|row| {
            let steps = match row.kind() {
                // The thank-you page shown again is not another order.
                Kind::Purchase if !orders.contains(&row) => 0,
                _ => self.steps_of(&row),
            };
            (steps != 0).then(|| {
                touch(steps);
                Touched {
                    time: row.time().millis(),
                    steps,
                }
            })
        });
        self.rules.times(touches, journey.range())
    }

    /// Number of steps that the customer reached.
    pub(super) fn reached(&self, journey: &JourneyView<'_>) -> usize {
        self.way(journey, |_| {}).len()
    }

    /// Number of steps.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// A note for each step of which the site has no touchpoint at all: a misspelt name, or one that is not captured.
    fn missing(&self, state: &State) -> Vec<String> {
        let known = || {
            let kinds = Kind::ALL.iter().map(|kind| kind.name());
            kinds.chain(state.names.iter().map(String::as_str))
        };
        let note = |step: &Step| {
            let hint = match step.kind {
                Some(_) => None,
                None => nearest(&step.name, known()),
            };
            let hint = hint.map_or_else(|| ".".to_owned(), |name| format!("; did you mean \"{name}\"?"));
            format!("The step \"{}\" never occurred in this site{hint}", step.name)
        };
        let steps = self.steps.iter().enumerate();
        steps
            .filter(|(at, _)| !state.occurred[*at])
            .map(|(_, step)| note(step))
            .collect()
    }

    /// The steps that a row may be.
    fn steps_of(&self, row: &Row<'_>) -> u32 {
        let kind = row.kind();
        if kind != Kind::Custom {
            return self.steps_by_kind[usize::from(kind.code())];
        }
        let mut steps = 0;
        for (at, step) in self.steps.iter().enumerate() {
            let is_step = match step.kind {
                Some(wanted) => kind == wanted,
                None => row.name() == step.name,
            };
            steps |= u32::from(is_step) << at;
        }
        steps
    }
}

impl State {
    fn resize(&mut self, steps: usize) {
        if self.reached.len() < steps {
            self.reached.resize(steps, 0);
            self.times.resize(steps, Histogram::default());
            self.occurred.resize(steps, false);
        }
    }

    fn touch(&mut self, steps: u32) {
        for (at, occurred) in self.occurred.iter_mut().enumerate() {
            *occurred |= steps & (1 << at) != 0;
        }
    }

    fn know(&mut self, name: &str) {
        if !self.names.contains(name) {
            self.names.insert(name.to_owned());
            if self.names.len() > NAMES_MAX {
                self.names.pop_last();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn invalid_parameters_are_refused_by_name() {
        for (name, value) in [
            ("steps", ",,"),
            ("steps", "a\u{7}b"),
            ("window_days", "0"),
            ("window_days", "soon"),
            ("order", "random"),
        ] {
            let given = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            let error =
                Funnel::from_params(&Params::new(&DEFINITION, &given, &crate::zone::Zone::UTC).unwrap()).unwrap_err();
            assert!(error.to_string().starts_with(&format!("{name} cannot be")), "{error}");
        }
    }
}
