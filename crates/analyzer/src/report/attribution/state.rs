//! The state of attribution: sums over paths, by the names of their touches and by groups of customers.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::bootstrap::Tally;
use super::chain::{RESERVED, Step, steps_of};
use super::credit::{Rule, Rules, divide};
use super::names::{Names, OTHER};
use super::walk::Path;

/// The count of a conversion, in the unit of credits: parts of a conversion are whole numbers, so that their sums do not depend on the
/// order of addition.
pub(super) const ONE: i64 = 1_000_000_000;

/// Credits of a rule and a name.
type Credits = BTreeMap<(u8, u32), Tally>;

/// Sums over paths.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub(super) struct State {
    pub(super) names: Names,
    pub(super) steps: BTreeMap<Step, Tally>,
    /// Values of the conversions by their step and currency, if credits are money.
    pub(super) worths: BTreeMap<String, BTreeMap<Step, Tally>>,
    /// By name.
    pub(super) reached: BTreeMap<u32, Reached>,
    pub(super) all: Reached,
    /// In conversions; or in millionths of money, by currency.
    pub(super) credits: BTreeMap<String, Credits>,
    /// Conversions with a value, by currency.
    pub(super) currencies: BTreeMap<String, u64>,
    /// Conversions without a value.
    pub(super) without_value: u64,
}

/// Paths, and how many of them end with a conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Reached {
    pub(super) paths: u64,
    pub(super) converted: u64,
}

/// The steps of paths with their tallies.
type SavedSteps = Vec<(Step, Tally)>;
/// Credits by the code of their rule and the place of their name.
type SavedCredits = Vec<(u8, u32, Tally)>;

/// A state as it travels: names in alphabetical order, and all else by their places.
#[derive(Serialize, Deserialize)]
struct Saved {
    names: Vec<String>,
    steps: Vec<(Step, Tally)>,
    worths: Vec<(String, SavedSteps)>,
    reached: Vec<(u32, Reached)>,
    all: Reached,
    credits: Vec<(String, SavedCredits)>,
    currencies: BTreeMap<String, u64>,
    without_value: u64,
}

/// The means of counting a path.
pub(super) struct Counting<'a> {
    pub(super) rules: &'a Rules,
    /// The name of direct touches.
    pub(super) direct: &'static str,
    /// The order of the chain.
    pub(super) order: usize,
    /// Whether paths without a conversion are part of the chain.
    pub(super) has_null_paths: bool,
    /// Whether credits are money, not conversions.
    pub(super) is_money: bool,
    /// The group of the customer.
    pub(super) group: u8,
}

impl State {
    /// Counts a path.
    pub(super) fn count(&mut self, path: &Path<'_>, counting: &Counting<'_>) {
        let numbers: Vec<u32> = path
            .touches
            .iter()
            .map(|touched| self.names.number(&touched.name))
            .collect();
        let is_converted = path.conversion.is_some();
        let mut last = Step::default();
        for step in steps_of(&numbers, is_converted, counting.order).filter(|_| is_converted || counting.has_null_paths)
        {
            self.steps.entry(step).or_default().add(counting.group, 1);
            last = step;
        }
        self.all.count(is_converted);
        for number in numbers.iter().collect::<BTreeSet<_>>() {
            self.reached.entry(*number).or_default().count(is_converted);
        }
        let Some(conversion) = &path.conversion else { return };
        let amounts: Vec<(&str, i64)> = if counting.is_money {
            conversion.amounts.clone()
        } else {
            vec![("", ONE)]
        };
        for (currency, amount) in amounts.iter().filter(|_| counting.is_money) {
            let worths = self.worths.entry(currency.to_ascii_uppercase()).or_default();
            worths.entry(last).or_default().add(counting.group, *amount);
        }
        for (code, rule) in (0..).zip(Rule::ALL) {
            let shares = counting.rules.shares(rule, &path.touches, counting.direct);
            for (currency, amount) in &amounts {
                let credits = self.credits.entry(currency.to_ascii_uppercase()).or_default();
                for (number, part) in numbers
                    .iter()
                    .zip(divide(*amount, &shares))
                    .filter(|(_, part)| *part != 0)
                {
                    credits.entry((code, *number)).or_default().add(counting.group, part);
                }
            }
        }
        let currencies: BTreeSet<String> = conversion
            .amounts
            .iter()
            .map(|(currency, _)| currency.to_ascii_uppercase())
            .collect();
        self.without_value += u64::from(currencies.is_empty());
        for currency in currencies {
            *self.currencies.entry(currency).or_default() += 1;
        }
    }

    /// Adds the sums of other customers.
    pub(super) fn merge(&mut self, from: Self) {
        let numbers: BTreeMap<u32, u32> = from
            .names
            .iter()
            .map(|(name, number)| (number, self.names.number(name)))
            .collect();
        let from = from.renamed(&numbers);
        for (step, tally) in from.steps {
            self.steps.entry(step).or_default().merge(&tally);
        }
        for (currency, worths) in from.worths {
            let own = self.worths.entry(currency).or_default();
            for (step, tally) in worths {
                own.entry(step).or_default().merge(&tally);
            }
        }
        for (number, reached) in from.reached {
            self.reached.entry(number).or_default().merge(reached);
        }
        self.all.merge(from.all);
        for (currency, credits) in from.credits {
            let own = self.credits.entry(currency).or_default();
            for (of, tally) in credits {
                own.entry(of).or_default().merge(&tally);
            }
        }
        for (currency, conversions) in from.currencies {
            *self.currencies.entry(currency).or_default() += conversions;
        }
        self.without_value += from.without_value;
    }

    /// The currency of most conversions that have a value.
    pub(super) fn main_currency(&self) -> Option<&str> {
        let by_conversions = self
            .currencies
            .iter()
            .rev()
            .max_by_key(|(_, conversions)| **conversions);
        by_conversions.map(|(currency, _)| currency.as_str())
    }

    /// The same with names numbered in alphabetical order, and without those that were dropped.
    pub(super) fn settled(self) -> Self {
        let places = self.names.places();
        let mut settled = self.renamed(&places);
        settled.names = Names::from(Vec::from(settled.names));
        settled
    }

    /// The same with other numbers of names; a name without a number is one of the others.
    pub(super) fn renamed(self, numbers: &BTreeMap<u32, u32>) -> Self {
        let number = |known: u32| match known {
            RESERVED.. => numbers.get(&known).copied().unwrap_or(OTHER),
            special => special,
        };
        let mut renamed = Self {
            names: self.names,
            all: self.all,
            currencies: self.currencies,
            without_value: self.without_value,
            ..Self::default()
        };
        for (step, tally) in self.steps {
            renamed.steps.entry(step.map(number)).or_default().merge(&tally);
        }
        for (currency, worths) in self.worths {
            let own = renamed.worths.entry(currency).or_default();
            for (step, tally) in worths {
                own.entry(step.map(number)).or_default().merge(&tally);
            }
        }
        for (known, reached) in self.reached {
            renamed.reached.entry(number(known)).or_default().merge(reached);
        }
        for (currency, credits) in self.credits {
            let own = renamed.credits.entry(currency).or_default();
            for ((rule, known), tally) in credits {
                own.entry((rule, number(known))).or_default().merge(&tally);
            }
        }
        renamed
    }
}

impl Reached {
    fn count(&mut self, is_converted: bool) {
        self.paths += 1;
        self.converted += u64::from(is_converted);
    }

    fn merge(&mut self, from: Self) {
        self.paths += from.paths;
        self.converted += from.converted;
    }
}

impl From<State> for Saved {
    fn from(state: State) -> Self {
        let state = state.settled();
        let flat = |credits: Credits| {
            credits
                .into_iter()
                .map(|((rule, name), tally)| (rule, name, tally))
                .collect()
        };
        Self {
            names: state.names.into(),
            steps: state.steps.into_iter().collect(),
            worths: state
                .worths
                .into_iter()
                .map(|(currency, worths)| (currency, worths.into_iter().collect()))
                .collect(),
            reached: state.reached.into_iter().collect(),
            all: state.all,
            credits: state
                .credits
                .into_iter()
                .map(|(currency, credits)| (currency, flat(credits)))
                .collect(),
            currencies: state.currencies,
            without_value: state.without_value,
        }
    }
}

impl From<Saved> for State {
    fn from(saved: Saved) -> Self {
        let keyed = |credits: Vec<(u8, u32, Tally)>| {
            credits
                .into_iter()
                .map(|(rule, name, tally)| ((rule, name), tally))
                .collect()
        };
        Self {
            names: saved.names.into(),
            steps: saved.steps.into_iter().collect(),
            worths: saved
                .worths
                .into_iter()
                .map(|(currency, worths)| (currency, worths.into_iter().collect()))
                .collect(),
            reached: saved.reached.into_iter().collect(),
            all: saved.all,
            credits: saved
                .credits
                .into_iter()
                .map(|(currency, credits)| (currency, keyed(credits)))
                .collect(),
            currencies: saved.currencies,
            without_value: saved.without_value,
        }
    }
}
