//! Models of repeat buying: how often customers buy again, how long they remain customers, and what an order is worth.
//!
//! A customer's history is reduced to three numbers, which are sufficient for the models: the repeat purchases, the time from the
//! first to the last purchase, and the time from the first purchase to the end of the observation. Times are in weeks, as in
//! the literature.

mod bg_nbd;
mod fit;
mod gamma_gamma;
mod pareto_nbd;
mod special;

pub(crate) use bg_nbd::BgNbd;
pub(crate) use fit::{CUSTOMERS_MIN, Estimate, Fit, NoFit};
pub(crate) use gamma_gamma::{GammaGamma, Spending};
pub(crate) use pareto_nbd::ParetoNbd;

/// A customer's purchases, as the models see them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct History {
    /// Repeat purchases: those after the first.
    pub(crate) repeats: u32,
    /// Weeks from the first purchase to the last; 0 without a repeat purchase.
    pub(crate) recency: f64,
    /// Weeks from the first purchase to the end of the observation.
    pub(crate) age: f64,
}

/// A model with its parameters, asked about a customer.
pub(crate) trait Outlook: Send + Sync {
    /// The probability that the customer still is one at the end of the observation.
    fn alive(&self, history: &History) -> f64;

    /// The expected number of purchases within so many weeks after the end of the observation.
    fn expected(&self, history: &History, weeks: f64) -> f64;
}

/// A model of how often customers buy and when they cease to.
pub(crate) trait RepeatBuying: Outlook + Sized {
    /// The names of its parameters, as its authors call them.
    const NAMES: [&'static str; 4];

    /// The model with these parameters, all of them above 0.
    fn with(parameters: [f64; 4]) -> Self;

    /// The logarithm of the likelihood of some customers with equal numbers of repeat purchases.
    ///
    /// Most of it depends on that number alone, so that it is computed once for all of them.
    fn log_likelihood(&self, repeats: u32, histories: &[Grouped]) -> f64;

    /// The parameters with the highest likelihood.
    ///
    /// # Errors
    ///
    /// Fails if there are too few customers, or if the likelihood has no maximum.
    fn fit(histories: &[History]) -> Result<Fit<4>, NoFit> {
        let groups = group(histories);
        fit::maximize(Self::NAMES, histories.len(), |parameters| {
            let model = Self::with(*parameters);
            groups
                .iter()
                .map(|(repeats, group)| model.log_likelihood(*repeats, group))
                .sum()
        })
    }
}

/// Equal histories, counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Grouped {
    recency: f64,
    age: f64,
    customers: f64,
}

/// Groups histories by their repeat purchases and counts equal ones, in an order that does not depend on the order of the input.
fn group(histories: &[History]) -> Vec<(u32, Vec<Grouped>)> {
    let mut sorted = histories.to_vec();
    sorted.sort_by(|a, b| {
        (a.repeats.cmp(&b.repeats))
            .then(a.recency.total_cmp(&b.recency))
            .then(a.age.total_cmp(&b.age))
    });
    let mut groups: Vec<(u32, Vec<Grouped>)> = Vec::new();
    for equal in sorted.chunk_by(|a, b| a == b) {
        let History { repeats, recency, age } = equal[0];
        if groups.last().is_none_or(|(last, _)| *last != repeats) {
            groups.push((repeats, Vec::new()));
        }
        if let Some((_, group)) = groups.last_mut() {
            group.push(Grouped {
                recency,
                age,
                customers: equal.len() as f64,
            });
        }
    }
    groups
}
