//! A Markov chain of order 1 over paths, and its exact removal effects.

use serde::{Deserialize, Serialize};

use crate::report::keyed::Keyed;

/// How often each state follows each other one. States are channels by their codes, and the three below.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Chain(Keyed<(u8, u8), u64>);

/// The state before the first visit of a path.
const START: u8 = u8::MAX;
/// The state after the last visit of a path that ends with an order.
const ORDER: u8 = u8::MAX - 1;
/// The state after the last visit of any other path.
const NOTHING: u8 = u8::MAX - 2;

impl Chain {
    /// Adds a path.
    pub(super) fn count(&mut self, path: &[u8], is_converted: bool) {
        let end = if is_converted { ORDER } else { NOTHING };
        let mut from = START;
        for to in path.iter().copied().chain([end]) {
            *self.0.at((from, to)) += 1;
            from = to;
        }
    }

    /// Adds the paths of other customers.
    pub(super) fn merge(&mut self, from: Self) {
        self.0.merge(from.0, |count, more| *count += more);
    }

    /// The number of paths.
    pub(super) fn paths(&self) -> u64 {
        self.sum(|(from, _)| from == START)
    }

    /// The number of paths that end with an order.
    pub(super) fn conversions(&self) -> u64 {
        self.sum(|(_, to)| to == ORDER)
    }

    /// The removal effect of each channel: the share of the chain's conversions that is lost if every visit by the channel ends
    /// the path instead. `None` without conversions.
    pub(super) fn removal_effects(&self) -> Option<Vec<(u8, f64)>> {
        let mut channels: Vec<u8> = self.0.iter().map(|((_, to), _)| *to).collect();
        channels.retain(|to| *to < NOTHING);
        channels.sort_unstable();
        channels.dedup();
        let all = self.conversion(&channels);
        if all <= 0.0 {
            return None;
        }
        let effects = channels.iter().map(|removed| {
            let others: Vec<u8> = channels.iter().copied().filter(|channel| channel != removed).collect();
            // Not below 0, where rounding errors would remain.
            (*removed, (1.0 - self.conversion(&others) / all).max(0.0))
        });
        Some(effects.collect())
    }

    /// The probability that a path ends with an order if it can only go through these channels.
    ///
    /// The probabilities `p` from each channel solve `(I - T) p = r`, where `T` are the transitions between channels and `r`
    /// those to an order. Every path ends, so the system has exactly one solution.
    fn conversion(&self, channels: &[u8]) -> f64 {
        let share = |from: u8, to: u8| match self.sum(|(known, _)| known == from) {
            0 => 0.0,
            all => self.sum(|edge| edge == (from, to)) as f64 / all as f64,
        };
        let equations = channels.iter().enumerate().map(|(row, from)| {
            let left = channels.iter().enumerate().map(|(column, to)| {
                let own = if row == column { 1.0 } else { 0.0 };
                own - share(*from, *to)
            });
            left.chain([share(*from, ORDER)]).collect()
        });
        let solution = solve(equations.collect());
        channels
            .iter()
            .zip(solution)
            .map(|(channel, probability)| share(START, *channel) * probability)
            .sum()
    }

    fn sum(&self, is_wanted: impl Fn((u8, u8)) -> bool) -> u64 {
        let wanted = self.0.iter().filter(|(edge, _)| is_wanted(**edge));
        wanted.map(|(_, count)| count).sum()
    }
}

/// Solves linear equations by Gaussian elimination with partial pivoting. Each row has the coefficients and then the right side.
fn solve(mut rows: Vec<Vec<f64>>) -> Vec<f64> {
    let size = rows.len();
    for column in 0..size {
        let by_size = |a: &usize, b: &usize| rows[*a][column].abs().total_cmp(&rows[*b][column].abs());
        let pivot = (column..size).max_by(by_size).unwrap_or(column);
        rows.swap(column, pivot);
        let (above, below) = rows.split_at_mut(column + 1);
        let own = &above[column];
        for row in below {
            let factor = row[column] / own[column];
            for (cell, own) in row.iter_mut().zip(own).skip(column) {
                *cell -= factor * own;
            }
        }
    }
    let mut solution = vec![0.0; size];
    for row in (0..size).rev() {
        let known: f64 = (row + 1..size).map(|column| rows[row][column] * solution[column]).sum();
        solution[row] = (rows[row][size] - known) / rows[row][row];
    }
    solution
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(paths: &[(&[u8], bool, u32)], expected: &[f64]) {
        let mut chain = Chain::default();
        for (path, is_converted, times) in paths {
            (0..*times).for_each(|_| chain.count(path, *is_converted));
        }
        let effects = chain.removal_effects().unwrap();
        assert_eq!(effects.len(), expected.len());
        for ((channel, effect), expected) in effects.iter().zip(expected) {
            assert!((effect - expected).abs() < 1e-12, "channel {channel}: {effect}");
        }
    }

    #[test]
    fn removal_effects_of_a_chain_are_those_computed_by_hand() {
        // Without A there is no path; without B, half of what leaves A still ends with an order.
        check(&[(&[1, 2], true, 1), (&[1], true, 1)], &[1.0, 0.5]);
    }

    #[test]
    fn removal_effects_agree_with_the_published_example() {
        // Three paths, C1 > C2 > C3 with an order, C1 and C2 > C3 without one: a third of the paths ends with an order, and a sixth
        // without C1 (Anderl et al., 2016, explained with these numbers in many introductions).
        check(
            &[(&[1, 2, 3], true, 1), (&[1], false, 1), (&[2, 3], false, 1)],
            &[0.5, 1.0, 1.0],
        );
    }

    #[test]
    fn a_channel_that_is_visited_again_is_solved_exactly() {
        // A > A > B > A with an order, B without: p(A) = 1/3 p(A) + 1/3 p(B) + 1/3 and p(B) = 1/2 p(A), so that p(A) = 2/3,
        // p(B) = 1/3 and the start has 1/2. Without B: p(A) = 1/3 p(A) + 1/3 = 1/2, from the start 1/4.
        check(&[(&[1, 1, 2, 1], true, 1), (&[2], false, 1)], &[1.0, 0.5]);
    }

    #[test]
    fn without_an_order_there_are_no_removal_effects() {
        let mut chain = Chain::default();
        chain.count(&[1], false);
        assert_eq!(chain.removal_effects(), None);
        assert_eq!((chain.paths(), chain.conversions()), (1, 0));
    }
}
