//! BG/NBD: customers buy at a rate of their own, and cease with a probability of their own after each purchase.
//!
//! Fader, Hardie and Lee, "'Counting Your Customers' the Easy Way: An Alternative to the Pareto/NBD Model", Marketing Science 24 (2005).

use super::special::{hypergeometric, ln_gamma, ln_sum};
use super::{Grouped, History, Outlook, RepeatBuying};

/// The model with its parameters: rates of buying have a gamma distribution of shape r and rate α (in weeks), probabilities of
/// ceasing a beta distribution of a and b.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BgNbd {
    r: f64,
    alpha: f64,
    a: f64,
    b: f64,
}

impl BgNbd {
    /// The odds that the customer has ceased after the last purchase.
    fn odds_of_ceased(&self, history: &History) -> f64 {
        if history.repeats == 0 {
            return 0.0;
        }
        let x = f64::from(history.repeats);
        let ratio = ((self.alpha + history.age) / (self.alpha + history.recency)).ln();
        (self.a / (self.b + x - 1.0)) * ((self.r + x) * ratio).exp()
    }
}

impl RepeatBuying for BgNbd {
    const NAMES: [&'static str; 4] = ["r", "alpha", "a", "b"];

    fn with([r, alpha, a, b]: [f64; 4]) -> Self {
        Self { r, alpha, a, b }
    }

    fn log_likelihood(&self, repeats: u32, histories: &[Grouped]) -> f64 {
        let Self { r, alpha, a, b } = *self;
        let x = f64::from(repeats);
        let common = ln_gamma(r + x) - ln_gamma(r) + r * alpha.ln() + ln_gamma(a + b) + ln_gamma(b + x)
            - ln_gamma(b)
            - ln_gamma(a + b + x);
        let ceased = if repeats == 0 {
            f64::NEG_INFINITY
        } else {
            a.ln() - (b + x - 1.0).ln()
        };
        histories
            .iter()
            .map(|one| {
                let still = -(r + x) * (alpha + one.age).ln();
                let own = match repeats {
                    0 => still,
                    _ => ln_sum(still, ceased - (r + x) * (alpha + one.recency).ln()),
                };
                one.customers * (common + own)
            })
            .sum()
    }
}

impl Outlook for BgNbd {
    fn alive(&self, history: &History) -> f64 {
        1.0 / (1.0 + self.odds_of_ceased(history))
    }

    fn expected(&self, history: &History, weeks: f64) -> f64 {
        let Self { r, alpha, b, .. } = *self;
        // The formula divides by a - 1, and is continuous there.
        let a = if (self.a - 1.0).abs() < 1e-6 {
            1.0 + 1e-6
        } else {
            self.a
        };
        let x = f64::from(history.repeats);
        let end = alpha + history.age;
        let shrunk = ((r + x) * (end / (end + weeks)).ln()).exp()
            * hypergeometric(r + x, b + x, a + b + x - 1.0, weeks / (end + weeks));
        (a + b + x - 1.0) / (a - 1.0) * (1.0 - shrunk) * self.alive(history)
    }
}
