//! Gamma-Gamma: what an order of a customer is worth on average, from the mean of those seen.
//!
//! Fader, Hardie and Lee, "RFM and CLV: Using Iso-Value Curves for Customer Base Analysis", Journal of Marketing Research 42 (2005);
//! Fader and Hardie, "The Gamma-Gamma Model of Monetary Value" (2013).

use std::collections::BTreeMap;

use super::fit::{self, Fit, NoFit};
use super::special::ln_gamma;

/// The orders of a customer that have a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spending {
    /// The number of orders, at least 1.
    pub(crate) orders: u32,
    /// Their mean value, above 0.
    pub(crate) mean: f64,
}

/// The model with its parameters: values of orders have a gamma distribution of shape p, whose rates have one of shape q and rate γ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct GammaGamma {
    p: f64,
    q: f64,
    gamma: f64,
}

impl GammaGamma {
    pub(crate) const NAMES: [&'static str; 3] = ["p", "q", "gamma"];

    /// The model with these parameters, all of them above 0.
    pub(crate) fn with([p, q, gamma]: [f64; 3]) -> Self {
        Self { p, q, gamma }
    }

    /// The parameters with the highest likelihood.
    ///
    /// # Errors
    ///
    /// Fails if there are too few customers, or if the likelihood has no maximum.
    pub(crate) fn fit(spendings: &[Spending]) -> Result<Fit<3>, NoFit> {
        let mut by_orders: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
        for one in spendings {
            by_orders.entry(one.orders).or_default().push(one.mean);
        }
        // The mean value is the scale of γ, which would be far from 1 in a currency of small units.
        let scale = spendings.iter().map(|one| one.mean).sum::<f64>() / spendings.len().max(1) as f64;
        for means in by_orders.values_mut() {
            means.sort_by(f64::total_cmp);
            means.iter_mut().for_each(|mean| *mean /= scale);
        }
        let fit = fit::maximize(Self::NAMES, spendings.len(), |parameters| {
            let model = Self::with(*parameters);
            by_orders
                .iter()
                .map(|(orders, means)| model.log_likelihood(*orders, means))
                .sum()
        })?;
        // A density of means that are `scale` times as large is lower by that factor.
        Ok(fit.rescaled(2, scale, -(spendings.len() as f64) * scale.ln()))
    }

    fn log_likelihood(&self, orders: u32, means: &[f64]) -> f64 {
        let Self { p, q, gamma } = *self;
        let x = f64::from(orders);
        let common = ln_gamma(p * x + q) - ln_gamma(p * x) - ln_gamma(q) + q * gamma.ln() + p * x * x.ln();
        means
            .iter()
            .map(|mean| common + (p * x - 1.0) * mean.ln() - (p * x + q) * (gamma + mean * x).ln())
            .sum()
    }

    /// The expected mean value of a customer's orders; `None` if the distribution has no mean.
    pub(crate) fn expected(&self, spending: Option<&Spending>) -> Option<f64> {
        let Self { p, q, gamma } = *self;
        let (x, mean) = spending.map_or((0.0, 0.0), |one| (f64::from(one.orders), one.mean));
        let weight = p * x + q - 1.0;
        (weight > 0.0).then(|| p * (gamma + x * mean) / weight)
    }
}
