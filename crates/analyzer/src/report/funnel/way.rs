//! The furthest way of a customer through the steps of a funnel.

use wayside_model::Timestamp;

use super::STEPS_MAX;
use crate::range::Range;

/// The required order of the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Each step comes after the one before, with anything between them.
    Ordered,
    /// The same, but without another step of the funnel between them.
    Strict,
    /// The steps come in any order.
    Any,
}

/// A touchpoint that is a step: its time, and a bit for each step that it matches.
pub(super) struct Touched {
    pub(super) time: i64,
    pub(super) steps: u32,
}

/// The order, number and time window of the steps.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) order: Order,
    /// Number of steps.
    pub(super) steps: usize,
    /// Time after the first step within which the others must follow.
    pub(super) window_ms: i64,
}

impl Rules {
    /// Times from the first step to each step that the customer reached.
    pub(super) fn times(&self, touches: impl Iterator<Item = Touched>, range: Range) -> Vec<i64> {
        match self.order {
            Order::Any => self.in_any_order(touches, range),
            Order::Ordered | Order::Strict => self.in_order(touches, range),
        }
    }

    /// Times from the first step to each step of the furthest chain; the first such chain when several get as far.
    ///
    /// For each step, only the chain that began last is kept: whatever an earlier one can still reach within the window,
    /// it can too.
    fn in_order(&self, touches: impl Iterator<Item = Touched>, range: Range) -> Vec<i64> {
        let mut chains: Vec<Option<Chain>> = Vec::new();
        let mut best: Option<Chain> = None;
        for touched in touches {
            chains.resize(self.steps, None);
            if self.order == Order::Strict {
                keep_undisturbed(&mut chains, touched.steps);
            }
            // From the last step to the first, so that one touchpoint is not two steps of a chain.
            for step in (0..self.steps).rev().filter(|step| touched.steps & (1 << step) != 0) {
                let chain = match step.checked_sub(1) {
                    None => enter(touched.time, range),
                    Some(before) => chains[before]
                        .filter(|chain| touched.time - chain.start <= self.window_ms)
                        .map(|chain| chain.and(touched.time)),
                };
                // A step that is repeated within a chain keeps its first time.
                let known = chains[step].as_ref().map(|known| known.start);
                let Some(chain) = chain.filter(|chain| known != Some(chain.start)) else {
                    continue;
                };
                if best.is_none_or(|best| chain.steps > best.steps) {
                    best = Some(chain);
                }
                chains[step] = Some(chain);
            }
        }
        best.map_or_else(Vec::new, |best| best.times[..best.steps].to_vec())
    }

    /// Times until the first step, the first two, the first three … were all touched, whatever came first.
    ///
    /// A touch of any step in the range must begin it, and they must lie within the window after that. Only the latest
    /// touches matter: if the earliest of the needed steps' latest touches is in the range, it is the closest beginning;
    /// if it is behind the range's end, the latest touch in the range is.
    fn in_any_order(&self, touches: impl Iterator<Item = Touched>, range: Range) -> Vec<i64> {
        let mut last: Vec<Option<i64>> = vec![None; self.steps];
        let mut last_in_range = last.clone();
        let mut best: Vec<i64> = Vec::new();
        for touched in touches {
            let is_in_range = enter(touched.time, range).is_some();
            for step in (0..self.steps).filter(|step| touched.steps & (1 << step) != 0) {
                last[step] = Some(touched.time);
                if is_in_range {
                    last_in_range[step] = Some(touched.time);
                }
            }
            // One touchpoint may complete several: it was the step that all the others waited for.
            while best.len() < self.steps {
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

/// A chain of steps: the time of the first step, the number of steps so far, and the time from the first to each.
#[derive(Clone, Copy, Debug)]
struct Chain {
    start: i64,
    steps: usize,
    times: [i64; STEPS_MAX],
}

impl Chain {
    fn and(mut self, time: i64) -> Self {
        self.times[self.steps] = time - self.start;
        self.steps += 1;
        self
    }
}

/// Starts a chain at a touchpoint in the range.
fn enter(time: i64, range: Range) -> Option<Chain> {
    range.contains(Timestamp::from_millis(time)).then_some(Chain {
        start: time,
        steps: 1,
        times: [0; STEPS_MAX],
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

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 3_600_000;

    /// Runs a funnel a, b, c with a window of one day over `touches` such as `a@0 b@5`, times in hours.
    #[track_caller]
    fn check(order: &str, range: Range, touches: &str, expected_hours: &[i64]) {
        let rules = Rules {
            order: match order {
                "ordered" => Order::Ordered,
                "strict" => Order::Strict,
                _ => Order::Any,
            },
            steps: 3,
            window_ms: 24 * HOUR_MS,
        };
        let touched = touches.split_whitespace().map(|touch| {
            let (name, time) = touch.split_once('@').unwrap();
            Touched {
                time: time.parse::<i64>().unwrap() * HOUR_MS,
                steps: 1 << "abc".find(name).unwrap(),
            }
        });
        let times = rules.times(touched, range);
        let hours: Vec<i64> = times.into_iter().map(|time| time / HOUR_MS).collect();
        assert_eq!(hours, expected_hours, "{order}: {touches}");
    }

    #[test]
    fn ordered_steps_follow_each_other() {
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
    fn strict_steps_have_no_other_step_between() {
        let all = Range::ALL;
        check("strict", all, "a@0 b@1 c@2", &[0, 1, 2]);
        check("strict", all, "a@0 a@1 b@2 b@3 c@4", &[0, 1, 3]);
        check("strict", all, "a@0 c@1 b@2", &[0]);
        check("strict", all, "a@0 b@1 a@2 c@3", &[0, 1]);
        check("strict", all, "a@0 c@1 a@2 b@3 c@4", &[0, 1, 2]);
    }

    #[test]
    fn steps_in_any_order_lie_within_the_window() {
        let all = Range::ALL;
        check("any", all, "c@0 b@1 a@2", &[0, 1, 2]);
        check("any", all, "c@0 a@1", &[0]);
        check("any", all, "c@0 b@20 a@30", &[0, 10]);
        check("any", all, "b@0 c@1", &[]);
    }

    #[test]
    fn a_range_restricts_only_the_first_step() {
        let range = Range::millis(10 * HOUR_MS, 12 * HOUR_MS);
        for order in ["ordered", "strict"] {
            check(order, range, "a@9 b@10 c@11", &[]);
            check(order, range, "a@11 b@20 c@30", &[0, 9, 19]);
            check(order, range, "a@12 b@13", &[]);
        }
        check("any", range, "b@11 a@20 c@30", &[9, 9, 19]);
        check("any", range, "b@9 a@11", &[0]);
        check("any", range, "a@11 a@13 b@14", &[0, 3]);
    }
}
