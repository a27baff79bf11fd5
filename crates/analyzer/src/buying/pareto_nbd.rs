//! Pareto/NBD: customers buy at a rate of their own, and cease at a time of their own, at any moment.
//!
//! Schmittlein, Morrison and Colombo, "Counting Your Customers: Who Are They and What Will They Do Next?", Management Science 33
//! (1987); the formulas are those of Fader and Hardie, "A Note on Deriving the Pareto/NBD Model and Related Expressions" (2005).

use super::special::{hypergeometric, ln_gamma, ln_sum};
use super::{Grouped, History, Outlook, RepeatBuying};

/// The model with its parameters: rates of buying have a gamma distribution of shape r and rate α, rates of ceasing one of shape s and
/// rate β; α and β in weeks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ParetoNbd {
    r: f64,
    alpha: f64,
    s: f64,
    beta: f64,
}

impl ParetoNbd {
    /// The logarithm of A₀, by which the chance of having ceased between the last purchase and the end is expressed.
    fn ln_a0(&self, x: f64, recency: f64, age: f64) -> f64 {
        let Self { r, alpha, s, beta } = *self;
        let sum = r + s + x;
        let (larger, gap, second) = if alpha >= beta {
            (alpha, alpha - beta, s + 1.0)
        } else {
            (beta, beta - alpha, r + x)
        };
        let part = |t: f64| hypergeometric(sum, second, sum + 1.0, gap / (larger + t)).ln() - sum * (larger + t).ln();
        let (at_last, at_end) = (part(recency), part(age));
        at_last + (-(at_end - at_last).exp()).ln_1p()
    }
}

impl RepeatBuying for ParetoNbd {
    const NAMES: [&'static str; 4] = ["r", "alpha", "s", "beta"];

    fn with([r, alpha, s, beta]: [f64; 4]) -> Self {
        Self { r, alpha, s, beta }
    }

    fn log_likelihood(&self, repeats: u32, histories: &[Grouped]) -> f64 {
        let Self { r, alpha, s, beta } = *self;
        let x = f64::from(repeats);
        let common = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln() + s * beta.ln();
        let ceased = s.ln() - (r + s + x).ln();
        histories
            .iter()
            .map(|one| {
                let still = -(r + x) * (alpha + one.age).ln() - s * (beta + one.age).ln();
                one.customers * (common + ln_sum(still, ceased + self.ln_a0(x, one.recency, one.age)))
            })
            .sum()
    }
}

impl Outlook for ParetoNbd {
    fn alive(&self, history: &History) -> f64 {
        let Self { r, alpha, s, beta } = *self;
        let x = f64::from(history.repeats);
        let odds = s.ln() - (r + s + x).ln()
            + (r + x) * (alpha + history.age).ln()
            + s * (beta + history.age).ln()
            + self.ln_a0(x, history.recency, history.age);
        1.0 / (1.0 + odds.exp())
    }

    fn expected(&self, history: &History, weeks: f64) -> f64 {
        let Self { r, alpha, s, beta } = *self;
        let x = f64::from(history.repeats);
        let end = beta + history.age;
        let shrink = (end / (end + weeks)).ln();
        // (1 - eᵏ) / (s - 1) with k = (s - 1) · shrink, which is continuous at s = 1.
        let k = (s - 1.0) * shrink;
        let time = if k.abs() < 1e-9 {
            -shrink
        } else {
            -k.exp_m1() / (s - 1.0)
        };
        (r + x) * end / (alpha + history.age) * time * self.alive(history)
    }
}
