//! Credits by model and channel, with their intervals.

use std::collections::BTreeMap;

use super::bootstrap::{self, PLAIN, REPLICATES, Tally, Weights};
use super::chain::{Chain, Steps, removal_effects};
use super::credit::Rule;
use super::names::{OTHER, OTHER_NAME};
use super::shapley::{self, Effort, FULL, SMALL};
use super::state::{Reached, State};

/// Most channels in a table; the others are one row.
const ROWS_MAX: usize = 50;
/// Most additions and multiplications for the removal effects of all replicates: about two seconds. Removal effects of a chain
/// of n states take about 4/3 n³.
const WORK_MAX: usize = 2_000_000_000;

/// Models in the order of the columns: Markov, Shapley, and the rules.
pub(super) const MODELS: usize = 2 + Rule::ALL.len();

/// The figures of a state's channels.
pub(super) struct Figures {
    pub(super) channels: Vec<Channel>,
    /// Credits of the data.
    pub(super) credits: Credits,
    replicates: Vec<Credits>,
    /// The order of the Markov chain, which is lower than requested if that chain has too many states.
    pub(super) order: usize,
    /// Whether there was time for intervals of the Markov chain.
    pub(super) has_markov_intervals: bool,
    /// The largest standard error of a Shapley value, if they were estimated.
    pub(super) shapley_error: Option<f64>,
    /// How many names are taken together as others.
    pub(super) others: usize,
}

/// A channel, or another name of touches.
pub(super) struct Channel {
    pub(super) name: String,
    /// `None` for other names together, whose paths overlap.
    pub(super) reached: Option<Reached>,
}

/// Credits of one set of weights.
#[derive(Debug, Default)]
pub(super) struct Credits {
    /// By model and channel; NaN if unknown.
    pub(super) models: Vec<Vec<f64>>,
    pub(super) effects: Vec<f64>,
    /// The figure that is divided.
    pub(super) total: f64,
}

/// The sums that credits are computed from.
struct Source {
    channels: usize,
    chain: Chain,
    chain_of_1: Chain,
    /// By rule and channel.
    tallies: Vec<Vec<Tally>>,
    one: f64,
}

impl Figures {
    /// The figures of a state whose names are numbered in alphabetical order. `currency` selects the credits, of which `one` is the unit.
    pub(super) fn of(state: &State, order: usize, currency: &str, one: i64) -> Self {
        let steps = Steps {
            frequencies: &state.steps,
            worths: state.worths.get(currency),
        };
        let mut known: Vec<(&str, u32)> = state.names.iter().collect();
        let reached = |number: u32| state.reached.get(&number).copied().unwrap_or_default();
        known.sort_by_key(|(_, number)| std::cmp::Reverse(reached(*number).paths));
        let others = known.split_off(known.len().min(ROWS_MAX));
        let mut channels: Vec<Channel> = known
            .iter()
            .map(|(name, number)| Channel {
                name: (*name).to_owned(),
                reached: Some(reached(*number)),
            })
            .collect();
        let has_dropped = state.reached.contains_key(&OTHER);
        if !others.is_empty() || has_dropped {
            channels.push(Channel {
                name: OTHER_NAME.to_owned(),
                reached: None,
            });
        }
        let numbers = known.iter().map(|(_, number)| *number);
        let places: BTreeMap<u32, usize> = numbers.zip(0..).collect();
        let place = |number: u32| places.get(&number).copied().unwrap_or(known.len());
        let chain = Chain::new(steps, place, order);
        let mut tallies = vec![vec![Tally::default(); channels.len()]; Rule::ALL.len()];
        for ((rule, number), tally) in state.credits.get(currency).into_iter().flatten() {
            tallies[usize::from(*rule)][place(*number)].merge(tally);
        }
        let source = Source {
            channels: channels.len(),
            chain_of_1: Chain::new(steps, place, 1),
            tallies,
            one: one as f64,
            chain,
        };
        let work = source.chain.states().pow(3) * 4 / 3 * REPLICATES;
        let has_markov_intervals = work <= WORK_MAX;
        let (credits, errors) = source.credits(&PLAIN, FULL, true);
        Self {
            replicates: source.replicates(&credits, has_markov_intervals),
            shapley_error: errors.map(|errors| errors.into_iter().fold(0.0, f64::max)),
            order: source.chain.order,
            others: others.len() + usize::from(has_dropped),
            channels,
            credits,
            has_markov_intervals,
        }
    }

    /// The 95% interval of a figure that is computed from credits.
    pub(super) fn interval(&self, figure: impl Fn(&Credits) -> f64) -> Option<(f64, f64)> {
        bootstrap::interval(self.replicates.iter().map(figure))
    }
}

impl Source {
    /// The credits of customers with these weights, and the standard errors of the credits by Shapley values, if these are estimates.
    fn credits(&self, weights: &Weights, effort: Effort, has_markov: bool) -> (Credits, Option<Vec<f64>>) {
        let of_rules = self.tallies.iter().map(|tallies| {
            let sums = tallies.iter().map(|tally| tally.sum(weights) / self.one);
            sums.collect::<Vec<f64>>()
        });
        let of_rules: Vec<Vec<f64>> = of_rules.collect();
        let total = of_rules[Rule::Last as usize].iter().sum();
        let unknown = || vec![f64::NAN; self.channels];
        let effects = if has_markov {
            removal_effects(&self.chain.matrix(weights), self.channels)
        } else {
            None
        };
        let markov = effects
            .as_deref()
            .map_or_else(unknown, |effects| proportional(effects, total));
        let values = shapley::values(&self.chain_of_1.matrix(weights), self.channels, effort);
        let sum: f64 = values.values.iter().sum();
        let errors = values
            .errors
            .map(|errors| errors.into_iter().map(|error| error / sum * total).collect());
        let shapley = if sum > 0.0 {
            proportional(&values.values, total)
        } else {
            unknown()
        };
        let credits = Credits {
            models: [markov, shapley].into_iter().chain(of_rules).collect(),
            effects: effects.unwrap_or_else(unknown),
            total,
        };
        (credits, errors)
    }

    /// The credits of all replicates.
    fn replicates(&self, credits: &Credits, has_markov: bool) -> Vec<Credits> {
        const SHAPLEY: usize = 1;
        // Fewer random orders estimate other values; the difference is in all replicates and is no part of their spread.
        let (rough, errors) = self.credits(&PLAIN, SMALL, false);
        let shift: Vec<f64> = match errors {
            None => vec![0.0; self.channels],
            Some(_) => credits.models[SHAPLEY]
                .iter()
                .zip(&rough.models[SHAPLEY])
                .map(|(a, b)| a - b)
                .collect(),
        };
        let replicate = |number: usize| {
            let (mut credits, _) = self.credits(&bootstrap::weights(number), SMALL, has_markov);
            credits.models[SHAPLEY]
                .iter_mut()
                .zip(&shift)
                .for_each(|(credit, shift)| *credit += shift);
            credits
        };
        (0..REPLICATES).map(replicate).collect()
    }
}

/// The total, divided in proportion to these numbers.
fn proportional(numbers: &[f64], total: f64) -> Vec<f64> {
    let sum: f64 = numbers.iter().sum();
    numbers.iter().map(|number| number / sum * total).collect()
}
