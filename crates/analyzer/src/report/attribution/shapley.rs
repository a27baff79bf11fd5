//! Shapley values of channels in a Markov chain.
//!
//! A set of channels is worth the probability of an order, or the mean value of orders, if every touch of another channel ends the path. A channel's Shapley value
//! is what it adds to this worth, on average over all orders in which the channels can be added one by one. The values add up to
//! the probability of an order. The removal effect is what a channel adds as the last one.

use super::bootstrap::mixed;
use super::matrix::Matrix;

/// Most channels whose values are exact: with 12 there are 4,096 sets, and each further channel doubles the time.
pub(super) const EXACT_MAX: usize = 12;
/// Random orders of more channels, of which half are the other half backwards, which makes the error smaller.
pub(super) const SAMPLES: usize = 1_000;

/// How much time may be taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Effort {
    /// Most channels whose values are exact.
    pub(super) exact_max: usize,
    /// Random orders of more channels.
    pub(super) samples: usize,
}

/// For the data.
pub(super) const FULL: Effort = Effort {
    exact_max: EXACT_MAX,
    samples: SAMPLES,
};
/// For each of many replicates: 64 sets, or 50 orders, which take about as long.
pub(super) const SMALL: Effort = Effort {
    exact_max: 6,
    samples: 50,
};

/// Shapley values by channel.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Values {
    pub(super) values: Vec<f64>,
    /// Their standard errors, if they are estimates from random orders.
    pub(super) errors: Option<Vec<f64>>,
}

/// The Shapley values of the channels of a chain.
pub(super) fn values(matrix: &Matrix, channels: usize, effort: Effort) -> Values {
    if channels > effort.exact_max {
        return sampled(matrix, channels, effort.samples);
    }
    let mut exact = Exact {
        shares: shares(channels),
        values: vec![0.0; channels],
    };
    exact.add(matrix, channels, &mut Vec::new());
    Values {
        values: exact.values,
        errors: None,
    }
}

struct Exact {
    /// The share of a set of this size in the values of its channels, which is that of one size smaller in those of the others.
    shares: Vec<f64>,
    values: Vec<f64>,
}

impl Exact {
    /// Adds the worths of all sets that have the channels `chosen` and any of those below `open`.
    fn add(&mut self, matrix: &Matrix, open: usize, chosen: &mut Vec<usize>) {
        let Some(channel) = open.checked_sub(1) else {
            let worth = matrix.worth();
            let (with, without) = (chosen.len().checked_sub(1), chosen.len());
            for (channel, value) in self.values.iter_mut().enumerate() {
                if chosen.contains(&channel) {
                    *value += with.map_or(0.0, |size| self.shares[size]) * worth;
                } else {
                    *value -= self.shares[without] * worth;
                }
            }
            return;
        };
        self.add(&matrix.without(|other| other == channel), channel, chosen);
        chosen.push(channel);
        self.add(&matrix.through(|other| other == channel), channel, chosen);
        chosen.pop();
    }
}

/// For each size of a set: the share of the orders in which exactly the channels of a certain set of this size precede a certain
/// other channel, `size! (n - size - 1)! / n!`.
fn shares(channels: usize) -> Vec<f64> {
    let mut share = 1.0 / channels as f64;
    let mut shares = Vec::with_capacity(channels);
    for size in 0..channels {
        shares.push(share);
        share *= (size + 1) as f64 / channels.saturating_sub(size + 1).max(1) as f64;
    }
    shares
}

/// The mean of what each channel adds in random orders. A pair of an order and the same backwards is one observation.
fn sampled(matrix: &Matrix, channels: usize, samples: usize) -> Values {
    let pairs = (samples / 2).max(2);
    let (mut sums, mut squares) = (vec![0.0; channels], vec![0.0; channels]);
    for pair in 0..pairs {
        let mut order = shuffled(channels, pair as u64);
        let forth = gains(matrix, &order);
        order.reverse();
        let back = gains(matrix, &order);
        for (channel, gain) in forth.iter().zip(back).map(|(a, b)| (a + b) / 2.0).enumerate() {
            sums[channel] += gain;
            squares[channel] += gain * gain;
        }
    }
    let n = pairs as f64;
    let variances = sums
        .iter()
        .zip(&squares)
        .map(|(sum, square)| (square / n - (sum / n).powi(2)).max(0.0));
    Values {
        errors: Some(variances.map(|variance| (variance / (n - 1.0)).sqrt()).collect()),
        values: sums.into_iter().map(|sum| sum / n).collect(),
    }
}

/// The worth that each channel adds to that of those before it.
fn gains(matrix: &Matrix, order: &[usize]) -> Vec<f64> {
    let mut gains = vec![0.0; order.len()];
    let mut left = matrix.clone();
    for channel in order {
        let before = left.worth();
        left.eliminate(|other| other == *channel);
        gains[*channel] = left.worth() - before;
    }
    gains
}

/// The channels in a random order (Fisher and Yates), the same for the same seed.
fn shuffled(channels: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..channels).collect();
    for at in (1..channels).rev() {
        let random = mixed(seed << 16 | at as u64);
        order.swap(at, (random % (at as u64 + 1)) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::super::matrix::{START, column_of, row_of};
    use super::*;

    /// A chain of one state a channel, with transitions that look random.
    fn random(channels: usize) -> Matrix {
        let number = |seed: usize| (mixed(seed as u64) % 100) as f64;
        let rows = (0..channels).map(row_of).chain([START]);
        let transitions = rows.flat_map(|row| {
            let columns = (0..channels).map(column_of).chain([0, 1]);
            columns.map(move |column| {
                let frequency = number(row * 64 + column);
                (row, column, frequency, if column == 0 { frequency } else { 0.0 })
            })
        });
        Matrix::of((0..channels).collect(), transitions)
    }

    /// By the definition: the mean over all orders of the channels.
    fn enumerated(matrix: &Matrix, channels: usize) -> Vec<f64> {
        fn orders(left: &[usize]) -> Vec<Vec<usize>> {
            if left.is_empty() {
                return vec![Vec::new()];
            }
            let begin = |first: &usize| {
                let others: Vec<usize> = left.iter().copied().filter(|other| other != first).collect();
                orders(&others)
                    .into_iter()
                    .map(|order| [vec![*first], order].concat())
                    .collect::<Vec<_>>()
            };
            left.iter().flat_map(begin).collect()
        }
        let worth = |set: &[usize]| {
            let among = matrix.without(|channel| !set.contains(&channel));
            among.through(|_| true).worth()
        };
        let all = orders(&(0..channels).collect::<Vec<_>>());
        let mut values = vec![0.0; channels];
        for order in &all {
            for (at, channel) in order.iter().enumerate() {
                values[*channel] += (worth(&order[..=at]) - worth(&order[..at])) / all.len() as f64;
            }
        }
        values
    }

    #[test]
    fn values_agree_with_a_full_enumeration() {
        for channels in 1..=6 {
            let matrix = random(channels);
            let found = values(&matrix, channels, FULL);
            assert_eq!(found.errors, None);
            for (value, expected) in found.values.iter().zip(enumerated(&matrix, channels)) {
                assert!(
                    (value - expected).abs() < 1e-12,
                    "{channels} channels: {value}, {expected}"
                );
            }
        }
    }

    #[test]
    fn values_add_up_to_the_probability_of_an_order() {
        for channels in [SMALL.exact_max, EXACT_MAX] {
            let matrix = random(channels);
            let all = matrix.through(|_| true).worth();
            for effort in [FULL, SMALL] {
                let sum: f64 = values(&matrix, channels, effort).values.iter().sum();
                assert!((sum - all).abs() < 1e-12, "{channels} channels: {sum}, {all}");
            }
        }
    }

    #[test]
    fn sampled_values_are_within_their_stated_error() {
        let matrix = random(9);
        let exact = values(&matrix, 9, FULL).values;
        let estimate = sampled(&matrix, 9, SAMPLES);
        let errors = estimate.errors.unwrap();
        let off = estimate
            .values
            .iter()
            .zip(&exact)
            .zip(&errors)
            .map(|((value, exact), error)| (value - exact).abs() / error);
        // Of nine, none is off by four standard errors, and the mean is about 0.8.
        let off: Vec<f64> = off.collect();
        assert!(off.iter().all(|off| *off < 4.0), "{off:?}");
        assert!((0.2..1.6).contains(&(off.iter().sum::<f64>() / 9.0)), "{off:?}");
    }

    #[test]
    fn two_channels_that_need_each_other_share_what_they_bring() {
        // A > B orders, always: without either there is no order. Removal effects are 1 and 1, values 1/2 and 1/2.
        let matrix = Matrix::of(
            vec![0, 1],
            [
                (START, column_of(0), 1.0, 0.0),
                (row_of(0), column_of(1), 1.0, 0.0),
                (row_of(1), 0, 1.0, 1.0),
            ]
            .into_iter(),
        );
        assert_eq!(values(&matrix, 2, FULL).values, [0.5, 0.5]);
    }
}
