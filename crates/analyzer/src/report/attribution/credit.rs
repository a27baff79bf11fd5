//! The rules that divide a conversion among the touches of its path.

use std::collections::BTreeSet;

use super::walk::{DAY_MS, Touched};
use crate::error::Error;
use crate::report::params::{Param, Params};

pub(super) const HALF_LIFE: Param = Param::number(
    "half_life_days",
    "7",
    "Time decay: days in which the weight of a touch falls to half; 1 to 365.",
);
pub(super) const POSITIONS: Param = Param::choice(
    "positions",
    &["adobe", "amplitude"],
    "adobe",
    "How U, J and inverse J count few touches. adobe (Mixpanel, too): first and last by their weights, the others share the rest; \
     of two, 25 and 75% in J. amplitude: of two, 30 and 70%; in J the touch before the last has the middle weight.",
);
pub(super) const U_WEIGHTS: Param = Param::list(
    "u_weights",
    "40,20,40",
    "Weights in U: first touch, those between together, last touch.",
);
pub(super) const J_WEIGHTS: Param = Param::list(
    "j_weights",
    "20,20,60",
    "Weights in J: first touch, those between together, last touch; inverse J has them the other way round.",
);

/// A model that is a rule, in the order of the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    First,
    Last,
    LastNonDirect,
    Linear,
    TimeDecay,
    U,
    J,
    InverseJ,
    Participation,
}

impl Rule {
    pub(super) const ALL: [Self; 9] = [
        Self::First,
        Self::Last,
        Self::LastNonDirect,
        Self::Linear,
        Self::TimeDecay,
        Self::U,
        Self::J,
        Self::InverseJ,
        Self::Participation,
    ];

    /// Whether it divides conversions into whole ones.
    pub(super) fn is_whole(self) -> bool {
        matches!(
            self,
            Self::First | Self::Last | Self::LastNonDirect | Self::Participation
        )
    }
}

/// The settings of the rules.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    half_life_ms: f64,
    is_amplitude: bool,
    /// First, middle, last; their sum is 1.
    u: [f64; 3],
    j: [f64; 3],
}

impl Rules {
    pub(super) fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            half_life_ms: (params.number("half_life_days", 1..=365)? * DAY_MS) as f64,
            is_amplitude: params.choice("positions")? == "amplitude",
            u: weights(params, "u_weights")?,
            j: weights(params, "j_weights")?,
        })
    }

    /// The shares of the touches of a path, at least one touch, in a conversion. Their sum is 1, except in participation.
    pub(super) fn shares(&self, rule: Rule, touches: &[Touched<'_>], direct: &str) -> Vec<f64> {
        let last = touches.len() - 1;
        let only = |place: usize| (0..=last).map(|at| f64::from(u8::from(at == place))).collect();
        match rule {
            Rule::First => only(0),
            Rule::Last => only(last),
            Rule::LastNonDirect => only(
                touches
                    .iter()
                    .rposition(|touched| touched.name != direct)
                    .unwrap_or(last),
            ),
            Rule::Linear => vec![1.0 / touches.len() as f64; touches.len()],
            Rule::TimeDecay => self.decayed(touches),
            Rule::U => self.by_position(self.u, touches.len()),
            Rule::J => self.by_position(self.j, touches.len()),
            Rule::InverseJ => {
                let mut shares = self.by_position(self.j, touches.len());
                shares.reverse();
                shares
            }
            Rule::Participation => {
                let mut seen = BTreeSet::new();
                let is_new = |touched: &Touched<'_>| f64::from(u8::from(seen.insert(touched.name.to_string())));
                touches.iter().map(is_new).collect()
            }
        }
    }

    /// `2^(-t/half-life)`, where `t` is the time before the latest touch: before the conversion, the shares would be the same.
    fn decayed(&self, touches: &[Touched<'_>]) -> Vec<f64> {
        let latest = touches.iter().map(|touched| touched.time_ms).max().unwrap_or(0);
        let weight = |touched: &Touched<'_>| libm::exp2((touched.time_ms - latest) as f64 / self.half_life_ms);
        let weights: Vec<f64> = touches.iter().map(weight).collect();
        let sum: f64 = weights.iter().sum();
        weights.into_iter().map(|weight| weight / sum).collect()
    }

    fn by_position(&self, [first, middle, last]: [f64; 3], touches: usize) -> Vec<f64> {
        match touches {
            1 => vec![1.0],
            2 if self.is_amplitude => vec![first + middle / 2.0, last + middle / 2.0],
            // Without both, each has half.
            2 if first + last <= 0.0 => vec![0.5, 0.5],
            2 => vec![first / (first + last), last / (first + last)],
            n if self.is_amplitude && first < last => {
                let mut shares = vec![first / (n - 2) as f64; n - 2];
                shares.extend([middle, last]);
                shares
            }
            n if self.is_amplitude && first > last => {
                let mut shares = vec![first, middle];
                shares.extend(vec![last / (n - 2) as f64; n - 2]);
                shares
            }
            n => {
                let mut shares = vec![first];
                shares.extend(vec![middle / (n - 2) as f64; n - 2]);
                shares.push(last);
                shares
            }
        }
    }
}

/// Divides an amount by shares. The parts are whole numbers and add up to the amount, if the shares add up to 1.
pub(super) fn divide(amount: i64, shares: &[f64]) -> Vec<i64> {
    let (mut sum, mut given) = (0.0, 0);
    let part = |share: &f64| {
        sum += share;
        let part = (amount as f64 * sum).round() as i64 - given;
        given += part;
        part
    };
    shares.iter().map(part).collect()
}

/// Three weights, scaled to a sum of 1.
fn weights(params: &Params<'_>, name: &'static str) -> Result<[f64; 3], Error> {
    let numbers: Option<Vec<u32>> = params.list(name).iter().map(|word| word.parse().ok()).collect();
    match numbers.as_deref() {
        Some([first, middle, last]) if [first, middle, last].iter().any(|weight| **weight > 0) => {
            let weights = [*first, *middle, *last].map(f64::from);
            let sum: f64 = weights.iter().sum();
            Ok(weights.map(|weight| weight / sum))
        }
        _ => Err(Error::bad_param(
            name,
            params.text(name),
            "three whole numbers with commas between, not all 0: first touch, those between, last touch",
        )),
    }
}
