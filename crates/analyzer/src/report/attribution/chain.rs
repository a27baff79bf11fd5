//! A Markov chain over paths, and its exact removal effects.

use std::collections::{BTreeMap, BTreeSet};

use super::bootstrap::{Tally, Weights};
use super::matrix::{self, Matrix};

/// A transition: the last three channels of a path, latest last, and what follows. [`PAD`] stands before the first touch.
pub(super) type Step = [u32; 4];

/// The mark before the first touch of a path.
pub(super) const PAD: u32 = 0;
/// The end of a path with a conversion.
pub(super) const ORDER: u32 = 1;
/// The end of any other path.
pub(super) const NOTHING: u32 = 2;
/// Numbers below this one are no channels.
pub(super) const RESERVED: u32 = 4;

/// Channels that determine the next one, at most.
pub(super) const ORDER_MAX: usize = 3;

/// Most states of a chain. The time for its removal effects grows with the third power of their number: with 600, they take about
/// a second.
const STATES_MAX: usize = 600;

/// A chain whose states are the last channels of a path, at most so many as its order.
#[derive(Clone, Debug)]
pub(super) struct Chain {
    pub(super) order: usize,
    /// The channel of each state, as its place in the table.
    channels: Vec<usize>,
    transitions: Vec<Transition>,
}

#[derive(Clone, Debug)]
struct Transition {
    row: usize,
    column: usize,
    frequency: Tally,
    /// The worth of its conversions together; `None` if each is worth 1.
    worth: Option<Tally>,
}

/// The steps of paths, and what their conversions are worth.
#[derive(Clone, Copy, Debug)]
pub(super) struct Steps<'a> {
    pub(super) frequencies: &'a BTreeMap<Step, Tally>,
    /// `None` if each is worth 1.
    pub(super) worths: Option<&'a BTreeMap<Step, Tally>>,
}

/// A transition: the state before it, the state that it leads to unless that is an end, and the number of what comes next.
type Edge = ([u32; 3], Option<[u32; 3]>, u32);

impl Chain {
    /// A chain of this order, or of the highest lower one that has few enough states. `place` is the place of a channel's row in the
    /// table, by its number.
    pub(super) fn new(steps: Steps<'_>, place: impl Fn(u32) -> usize, order: usize) -> Self {
        let named = |number: u32| match number {
            PAD | ORDER | NOTHING => number,
            channel => place(channel) as u32 + RESERVED,
        };
        let mut transitions: BTreeMap<Edge, (Tally, Option<Tally>)> = BTreeMap::new();
        for (step, frequency) in steps.frequencies {
            let [first, second, third, next] = step.map(named);
            let from = cut([first, second, third], order);
            let to = (next >= RESERVED).then(|| cut([second, third, next], order));
            let (frequencies, worths) = transitions.entry((from, to, next)).or_default();
            frequencies.merge(frequency);
            if let Some(known) = steps.worths {
                let worths = worths.get_or_insert_default();
                known.get(step).into_iter().for_each(|worth| worths.merge(worth));
            }
        }
        let states: BTreeSet<[u32; 3]> = transitions.keys().filter_map(|(_, to, _)| *to).collect();
        if states.len() > STATES_MAX && order > 1 {
            return Self::new(steps, place, order - 1);
        }
        let states: Vec<[u32; 3]> = states.into_iter().collect();
        let state = |wanted: &[u32; 3]| states.binary_search(wanted).ok();
        let transitions = transitions.into_iter().map(|((from, to, next), (frequency, worth))| {
            let row = state(&from).map_or(matrix::START, matrix::row_of);
            let column = match to.as_ref().and_then(state) {
                Some(to) => matrix::column_of(to),
                None if next == ORDER => matrix::ORDER,
                None => matrix::NOTHING,
            };
            Transition {
                row,
                column,
                frequency,
                worth,
            }
        });
        Self {
            order,
            transitions: transitions.collect(),
            channels: states
                .iter()
                .map(|[_, _, channel]| (channel - RESERVED) as usize)
                .collect(),
        }
    }

    /// Number of states.
    pub(super) fn states(&self) -> usize {
        self.channels.len()
    }

    /// The probabilities of the transitions, if customers have these weights.
    pub(super) fn matrix(&self, weights: &Weights) -> Matrix {
        let weighted = self.transitions.iter().map(|transition| {
            let frequency = transition.frequency.sum(weights);
            let worth = match &transition.worth {
                _ if transition.column != matrix::ORDER => 0.0,
                None => frequency,
                Some(worth) => worth.sum(weights),
            };
            (transition.row, transition.column, frequency, worth)
        });
        Matrix::of(self.channels.clone(), weighted)
    }
}

/// The removal effect of each channel: the share of the orders, or of what they are worth, that is lost if every touch of the channel
/// ends the path instead. `None` without orders.
pub(super) fn removal_effects(matrix: &Matrix, channels: usize) -> Option<Vec<f64>> {
    let mut effects = vec![0.0; channels];
    let all: Vec<usize> = (0..channels).collect();
    leave_one_out(matrix, &all, &mut effects).then_some(effects)
}

/// Computes the effects of these channels, after all others have been eliminated. Halves of them are eliminated in turn: together, all
/// effects take little longer than one.
fn leave_one_out(matrix: &Matrix, channels: &[usize], effects: &mut [f64]) -> bool {
    match channels {
        [] => false,
        [channel] => {
            let without = matrix.worth();
            let all = matrix.through(|_| true).worth();
            effects[*channel] = if all > 0.0 { (all - without) / all } else { 0.0 };
            all > 0.0
        }
        _ => {
            let (some, others) = channels.split_at(channels.len() / 2);
            let has = leave_one_out(&matrix.through(|channel| others.contains(&channel)), some, effects);
            has && leave_one_out(&matrix.through(|channel| some.contains(&channel)), others, effects)
        }
    }
}

/// The last channels of these, so many as the order.
fn cut(mut channels: [u32; 3], order: usize) -> [u32; 3] {
    channels[..ORDER_MAX - order].fill(PAD);
    channels
}

/// The transitions of a path, for chains up to this order.
pub(super) fn steps_of(path: &[u32], is_converted: bool, order: usize) -> impl Iterator<Item = Step> + '_ {
    let end = if is_converted { ORDER } else { NOTHING };
    let mut last = [PAD; ORDER_MAX];
    path.iter().copied().chain([end]).map(move |next| {
        let [first, second, third] = last;
        last = cut([second, third, next], order);
        [first, second, third, next]
    })
}

#[cfg(test)]
mod tests {
    use super::super::bootstrap::PLAIN;
    use super::*;

    /// Paths of channels 1, 2, …, whether they end with an order, and how often.
    type Paths<'a> = &'a [(&'a [u32], bool, i64)];

    fn chain(paths: Paths<'_>, order: usize) -> Chain {
        let mut steps: BTreeMap<Step, Tally> = BTreeMap::new();
        for (path, is_converted, times) in paths {
            let path: Vec<u32> = path.iter().map(|channel| channel + RESERVED).collect();
            for step in steps_of(&path, *is_converted, ORDER_MAX) {
                steps.entry(step).or_default().add(0, *times);
            }
        }
        let steps = Steps {
            frequencies: &steps,
            worths: None,
        };
        Chain::new(steps, |number| (number - RESERVED - 1) as usize, order)
    }

    #[track_caller]
    fn check(paths: Paths<'_>, order: usize, expected: &[f64]) {
        let effects = removal_effects(&chain(paths, order).matrix(&PLAIN), expected.len()).unwrap();
        for (channel, (effect, expected)) in effects.iter().zip(expected).enumerate() {
            assert!((effect - expected).abs() < 1e-12, "channel {}: {effect}", channel + 1);
        }
    }

    #[test]
    fn removal_effects_of_a_chain_are_those_computed_by_hand() {
        // Without A there is no path; without B, half of what leaves A still ends with an order.
        check(&[(&[1, 2], true, 1), (&[1], true, 1)], 1, &[1.0, 0.5]);
    }

    #[test]
    fn removal_effects_agree_with_the_published_example() {
        // Three paths, C1 > C2 > C3 with an order, C1 and C2 > C3 without one: a third of the paths ends with an order, and a sixth
        // without C1 (Anderl et al., 2016, explained with these numbers in many introductions).
        check(
            &[(&[1, 2, 3], true, 1), (&[1], false, 1), (&[2, 3], false, 1)],
            1,
            &[0.5, 1.0, 1.0],
        );
    }

    /// The vignette of ChannelAttribution: A > B > A > B > B > A, A > B > B > A > A and A > A, each with a conversion.
    const VIGNETTE: Paths<'_> = &[
        (&[1, 2, 1, 2, 2, 1], true, 1),
        (&[1, 2, 2, 1, 1], true, 1),
        (&[1, 1], true, 1),
    ];

    #[test]
    fn removal_effects_agree_with_the_vignette_of_channel_attribution() {
        check(VIGNETTE, 1, &[1.0, 0.5]);
    }

    #[test]
    fn a_channel_that_is_visited_again_is_solved_exactly() {
        // A > A > B > A with an order, B without: p(A) = 1/3 p(A) + 1/3 p(B) + 1/3 and p(B) = 1/2 p(A), so that p(A) = 2/3,
        // p(B) = 1/3 and the start has 1/2. Without B: p(A) = 1/3 p(A) + 1/3 = 1/2, from the start 1/4.
        check(&[(&[1, 1, 2, 1], true, 1), (&[2], false, 1)], 1, &[1.0, 0.5]);
    }

    #[test]
    fn a_chain_of_order_2_knows_the_channel_before() {
        // C after A orders, C after B does not. Of order 1, C has forgotten what was before, and half of each orders.
        let paths: Paths<'_> = &[(&[1, 3], true, 1), (&[2, 3], false, 1)];
        check(paths, 1, &[0.5, 0.5, 1.0]);
        check(paths, 2, &[1.0, 0.0, 1.0]);
        // What comes two before is known to order 3 only: D after A > C orders, after B > C it does not.
        let paths: Paths<'_> = &[(&[1, 3, 4], true, 1), (&[2, 3, 4], false, 1)];
        check(paths, 2, &[0.5, 0.5, 1.0, 1.0]);
        check(paths, 3, &[1.0, 0.0, 1.0, 1.0]);
        assert_eq!(chain(paths, 3).states(), 6);
    }

    #[test]
    fn every_order_has_the_share_of_paths_that_convert() {
        let paths: Paths<'_> = &[(&[1, 2, 1, 3], true, 2), (&[2, 2], false, 5), (&[3, 1, 2], true, 1)];
        for order in 1..=ORDER_MAX {
            let matrix = chain(paths, order).matrix(&PLAIN);
            let share = matrix.through(|_| true).worth();
            assert!((share - 3.0 / 8.0).abs() < 1e-12, "order {order}: {share}");
        }
    }

    #[test]
    fn without_an_order_there_are_no_removal_effects() {
        assert_eq!(removal_effects(&chain(&[(&[1], false, 1)], 1).matrix(&PLAIN), 1), None);
        assert_eq!(removal_effects(&chain(&[], 1).matrix(&PLAIN), 0), None);
    }
}
