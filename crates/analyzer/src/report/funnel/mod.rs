//! `funnel`: how many customers go from step to step, and how long it takes them.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::touchpoint::is_name;
use wayside_model::{Kind, Touch};

use super::orders::{self, Orders};
use super::params::{Param, Params};
use super::{Definition, Report};
use crate::error::Error;
use crate::import::nearest;
use crate::range::Range;
use crate::scan::{FieldSet, JourneyView, Row};
use crate::stats::{Histogram, wilson};
use crate::table::{Cell, Column, Table, Unit};

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
        Column::number("step", Unit::Count, "Number of the step."),
        Column::text("kind", "Touchpoint of the step."),
        Column::number("customers", Unit::Count, "Customers who got this far."),
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

#[derive(Debug)]
struct Funnel {
    steps: Vec<Step>,
    window_ms: i64,
    order: Order,
}

#[derive(Debug)]
struct Step {
    name: String,
    /// A kind by its name; otherwise a custom touchpoint.
    kind: Option<Kind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Ordered,
    Strict,
    Any,
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
        FieldSet::of(orders::FIELDS)
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        state.resize(self.steps.len());
        let orders = Orders::of(journey);
        let touches = journey.rows().filter_map(|row| {
            let kind = row.kind();
            if kind == Kind::Custom {
                state.know(row.name());
            }
            let steps = match kind {
                // The thank-you page shown again is not another order.
                Kind::Purchase if !orders.contains(&row) => 0,
                _ => self.steps_of(&row),
            };
            (steps != 0).then(|| {
                state.touch(steps);
                Touched {
                    time: row.time().millis(),
                    steps,
                }
            })
        });
        let times = match self.order {
            Order::Any => self.in_any_order(touches, journey.range()),
            Order::Ordered | Order::Strict => self.in_order(touches, journey.range()),
        };
        for (step, time) in times.into_iter().enumerate() {
            state.reached[step] += 1;
            state.times[step].add(time);
        }
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
            ]);
            previous = reached;
        }
        table.notes.extend(missing);
        table
    }
}

/// A touchpoint that is a step: when, and which steps it may be, a bit each.
struct Touched {
    time: i64,
    steps: u32,
}

impl Funnel {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        let names = params.list("steps");
        if names.is_empty() || names.len() > STEPS_MAX || !names.iter().all(|name| is_name(name)) {
            let expected = format!("1 to {STEPS_MAX} names of touchpoints with commas between");
            return Err(Error::bad_param("steps", params.text("steps"), expected));
        }
        let step = |name: &&str| Step {
            name: (*name).to_owned(),
            kind: Kind::from_name(name),
        };
        Ok(Self {
            steps: names.iter().map(step).collect(),
            window_ms: params.number("window_days", 1..=WINDOW_DAYS_MAX)? * DAY_MS,
            order: match params.choice("order")? {
                "strict" => Order::Strict,
                "any" => Order::Any,
                _ => Order::Ordered,
            },
        })
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
        let mut steps = 0;
        for (at, step) in self.steps.iter().enumerate() {
            let is_step = match step.kind {
                Some(wanted) => kind == wanted,
                None => kind == Kind::Custom && row.name() == step.name,
            };
            steps |= u32::from(is_step) << at;
        }
        steps
    }

    /// Times from the first step to each step of the furthest chain; the first such chain when several get as far.
    ///
    /// For each step, only the chain that began last is kept: whatever an earlier one can still reach within the window,
    /// it can too.
    fn in_order(&self, touches: impl Iterator<Item = Touched>, range: Range) -> Vec<i64> {
        let mut chains: Vec<Option<Chain>> = vec![None; self.steps.len()];
        let mut best: Vec<i64> = Vec::new();
        for touched in touches {
            if self.order == Order::Strict {
                keep_undisturbed(&mut chains, touched.steps);
            }
            // From the last step to the first, so that one touchpoint is not two steps of a chain.
            for step in (0..self.steps.len())
                .rev()
                .filter(|step| touched.steps & (1 << step) != 0)
            {
                let chain = match step.checked_sub(1) {
                    None => enter(touched.time, range),
                    Some(before) => chains[before]
                        .as_ref()
                        .filter(|chain| touched.time - chain.start <= self.window_ms)
                        .map(|chain| chain.and(touched.time)),
                };
                // Touched again in the same chain: the first time stands.
                let known = chains[step].as_ref().map(|known| known.start);
                let Some(chain) = chain.filter(|chain| known != Some(chain.start)) else {
                    continue;
                };
                if chain.times.len() > best.len() {
                    best.clone_from(&chain.times);
                }
                chains[step] = Some(chain);
            }
        }
        best
    }

    /// Times until the first step, the first two, the first three … were all touched, whatever came first.
    ///
    /// A touch of any step in the range must begin it, and they must lie within the window after that. Only the latest
    /// touches matter: if the earliest of the needed steps' latest touches is in the range, it is the closest beginning;
    /// if it is behind the range's end, the latest touch in the range is.
    fn in_any_order(&self, touches: impl Iterator<Item = Touched>, range: Range) -> Vec<i64> {
        let mut last: Vec<Option<i64>> = vec![None; self.steps.len()];
        let mut last_in_range = last.clone();
        let mut best: Vec<i64> = Vec::new();
        for touched in touches {
            let is_in_range = enter(touched.time, range).is_some();
            for step in (0..self.steps.len()).filter(|step| touched.steps & (1 << step) != 0) {
                last[step] = Some(touched.time);
                if is_in_range {
                    last_in_range[step] = Some(touched.time);
                }
            }
            // One touchpoint may complete several: it was the step that all the others waited for.
            while best.len() < self.steps.len() {
                let needed = best.len() + 1;
                let start = last_in_range
                    .iter()
                    .flatten()
                    .copied()
                    .filter(|start| touched.time - start <= self.window_ms)
                    .filter(|start| {
                        last[..needed]
                            .iter()
                            .all(|time| time.is_some_and(|time| time >= *start))
                    })
                    .max();
                let Some(start) = start else { break };
                best.push(touched.time - start);
            }
        }
        best
    }
}

/// A customer on the way: when the first step was, and the time from it to each step so far.
#[derive(Clone, Debug)]
struct Chain {
    start: i64,
    times: Vec<i64>,
}

impl Chain {
    fn and(&self, time: i64) -> Self {
        let mut times = self.times.clone();
        times.push(time - self.start);
        Self {
            start: self.start,
            times,
        }
    }
}

/// A chain that begins here, when it may.
fn enter(time: i64, range: Range) -> Option<Chain> {
    range
        .contains(wayside_model::Timestamp::from_millis(time))
        .then(|| Chain {
            start: time,
            times: vec![0],
        })
}

/// Ends the chains for which a touchpoint is a step of the funnel but neither the next one nor the present one again.
fn keep_undisturbed(chains: &mut [Option<Chain>], steps: u32) {
    for (at, chain) in chains.iter_mut().enumerate() {
        if steps & (0b11 << at) == 0 {
            *chain = None;
        }
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

    /// Runs a funnel a, b, c with a window of one day over `touches` such as `a@0 b@5`, times in hours.
    #[track_caller]
    fn check(order: &str, range: Range, touches: &str, expected_hours: &[i64]) {
        let given: BTreeMap<String, String> = [("steps", "a,b,c"), ("window_days", "1"), ("order", order)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let funnel = Funnel::from_params(&Params::new(&DEFINITION, &given).unwrap()).unwrap();
        let hour = DAY_MS / 24;
        let touched = touches.split_whitespace().map(|touch| {
            let (name, time) = touch.split_once('@').unwrap();
            Touched {
                time: time.parse::<i64>().unwrap() * hour,
                steps: 1 << "abc".find(name).unwrap(),
            }
        });
        let times = match order {
            "any" => funnel.in_any_order(touched, range),
            _ => funnel.in_order(touched, range),
        };
        let hours: Vec<i64> = times.into_iter().map(|time| time / hour).collect();
        assert_eq!(hours, expected_hours, "{order}: {touches}");
    }

    #[test]
    fn ordered() {
        let all = Range::ALL;
        check("ordered", all, "", &[]);
        check("ordered", all, "b@0 c@1", &[]);
        check("ordered", all, "a@0 c@1 b@2", &[0, 2]);
        check("ordered", all, "a@0 b@2 a@3 c@5", &[0, 2, 5]);
        check("ordered", all, "a@0 b@24 c@25", &[0, 24]);
        // The later entry is still in its window.
        check("ordered", all, "a@0 a@10 b@24 c@30", &[0, 14, 20]);
        // Equal times: canonical order decides.
        check("ordered", all, "a@0 b@0 c@0", &[0, 0, 0]);
        check("ordered", all, "b@0 a@0 c@0", &[0]);
    }

    #[test]
    fn strict() {
        let all = Range::ALL;
        check("strict", all, "a@0 b@1 c@2", &[0, 1, 2]);
        check("strict", all, "a@0 a@1 b@2 b@3 c@4", &[0, 1, 3]);
        check("strict", all, "a@0 c@1 b@2", &[0]);
        check("strict", all, "a@0 b@1 a@2 c@3", &[0, 1]);
        check("strict", all, "a@0 c@1 a@2 b@3 c@4", &[0, 1, 2]);
    }

    #[test]
    fn any() {
        let all = Range::ALL;
        check("any", all, "c@0 b@1 a@2", &[0, 1, 2]);
        check("any", all, "c@0 a@1", &[0]);
        check("any", all, "c@0 b@20 a@30", &[0, 10]);
        check("any", all, "b@0 c@1", &[]);
    }

    #[test]
    fn a_range_bounds_the_entry_and_not_the_rest() {
        let hour = DAY_MS / 24;
        let range = Range::millis(10 * hour, 12 * hour);
        for order in ["ordered", "strict"] {
            check(order, range, "a@9 b@10 c@11", &[]);
            check(order, range, "a@11 b@20 c@30", &[0, 9, 19]);
            check(order, range, "a@12 b@13", &[]);
        }
        check("any", range, "b@11 a@20 c@30", &[9, 9, 19]);
        check("any", range, "b@9 a@11", &[0]);
        check("any", range, "a@11 a@13 b@14", &[0, 3]);
    }

    #[test]
    fn nonsense_is_named() {
        for (name, value) in [
            ("steps", ",,"),
            ("steps", "a\u{7}b"),
            ("window_days", "0"),
            ("window_days", "soon"),
            ("order", "random"),
        ] {
            let given = BTreeMap::from([(name.to_owned(), value.to_owned())]);
            let error = Funnel::from_params(&Params::new(&DEFINITION, &given).unwrap()).unwrap_err();
            assert!(error.to_string().starts_with(&format!("{name} cannot be")), "{error}");
        }
    }
}
