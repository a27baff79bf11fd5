//! The transition probabilities of an absorbing Markov chain, and the elimination of states.
//!
//! To eliminate a state is to replace each way through it by a direct transition of the same probability. What is left of the
//! chain has the same probability of a conversion, and the same mean value of conversions. The factors are divided by the sum of the probabilities of leaving the state, which
//! is not computed as `1 - p(stay)`: without subtraction, no digits are lost (Grassmann, Taksar, Heyman, "Regenerative analysis and
//! steady state distributions for Markov chains", 1985), and no pivot has to be chosen.

/// Rows are the start and the states, columns are an order, nothing, the worth and the states.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Matrix {
    /// The channel of each state.
    channels: Vec<usize>,
    /// The probabilities, row by row. The worth is no transition, but what the transition to an order brings on average.
    cells: Vec<f64>,
}

/// A place in a chain: the row of what a transition leaves.
pub(super) const START: usize = 0;
/// The column of an order.
pub(super) const ORDER: usize = 0;
/// The column of the end of a path without an order.
pub(super) const NOTHING: usize = 1;
/// The column of the worth.
const WORTH: usize = 2;
const ROWS_BEFORE: usize = 1;
const COLUMNS_BEFORE: usize = 3;

/// The row of a state.
pub(super) const fn row_of(state: usize) -> usize {
    state + ROWS_BEFORE
}

/// The column of a state.
pub(super) const fn column_of(state: usize) -> usize {
    state + COLUMNS_BEFORE
}

impl Matrix {
    /// The matrix of a chain with these frequencies of transitions: row, column, frequency, and what the transition is worth, which
    /// only one to an order is.
    pub(super) fn of(channels: Vec<usize>, transitions: impl Iterator<Item = (usize, usize, f64, f64)>) -> Self {
        let width = channels.len() + COLUMNS_BEFORE;
        let mut cells = vec![0.0; (channels.len() + ROWS_BEFORE) * width];
        for (row, column, frequency, worth) in transitions {
            cells[row * width + column] += frequency;
            cells[row * width + WORTH] += worth;
        }
        for row in cells.chunks_exact_mut(width) {
            let sum: f64 = row.iter().sum::<f64>() - row[WORTH];
            if sum > 0.0 {
                row.iter_mut().for_each(|cell| *cell /= sum);
            }
        }
        Self { channels, cells }
    }

    /// The average worth of the orders that are reached from the start through states that have been eliminated only. Where an
    /// order is worth 1, it is the probability of one.
    pub(super) fn worth(&self) -> f64 {
        self.cells[START * self.width() + WORTH]
    }

    /// Eliminates the states of a channel. Their rows and columns are left, without transitions.
    pub(super) fn eliminate(&mut self, is_gone: impl Fn(usize) -> bool) {
        let width = self.width();
        for state in (0..self.channels.len()).filter(|state| is_gone(self.channels[*state])) {
            let (row, column) = (row_of(state), column_of(state));
            let own = self.cells[row * width..][..width].to_vec();
            self.cells[row * width..][..width].fill(0.0);
            let ways = own[..column].iter().chain(&own[column + 1..]);
            let leaving: f64 = ways
                .enumerate()
                .filter(|(at, _)| *at != WORTH)
                .map(|(_, way)| way)
                .sum();
            if leaving <= 0.0 {
                continue;
            }
            for other in self.cells.chunks_exact_mut(width).filter(|other| other[column] > 0.0) {
                let factor = other[column] / leaving;
                other.iter_mut().zip(&own).for_each(|(cell, own)| *cell += factor * own);
                other[column] = 0.0;
            }
        }
    }

    /// The chain after the elimination of all states of these channels.
    pub(super) fn through(&self, is_gone: impl Fn(usize) -> bool + Copy) -> Self {
        let mut left = self.clone();
        left.eliminate(is_gone);
        left.without(is_gone)
    }

    /// The chain in which every transition to a state of these channels leads to nothing.
    pub(super) fn without(&self, is_gone: impl Fn(usize) -> bool) -> Self {
        let (gone, states): (Vec<usize>, Vec<usize>) =
            (0..self.channels.len()).partition(|state| is_gone(self.channels[*state]));
        let rows = [START].into_iter().chain(states.iter().map(|state| row_of(*state)));
        let mut left = Vec::with_capacity((states.len() + ROWS_BEFORE) * (states.len() + COLUMNS_BEFORE));
        for row in rows {
            let row = &self.cells[row * self.width()..][..self.width()];
            let lost: f64 = gone.iter().map(|state| row[column_of(*state)]).sum();
            left.extend([row[ORDER], row[NOTHING] + lost, row[WORTH]]);
            left.extend(states.iter().map(|state| row[column_of(*state)]));
        }
        Self {
            channels: states.iter().map(|state| self.channels[*state]).collect(),
            cells: left,
        }
    }

    fn width(&self) -> usize {
        self.channels.len() + COLUMNS_BEFORE
    }
}
