//! A Poisson bootstrap over customers, whose state can be merged in any order.
//!
//! Customers are divided into [`GROUPS`] groups by a hash of their key, and sums are kept by group. A replicate is the sum of all
//! groups, each with a random weight that has the Poisson distribution of mean 1, divided by the mean weight. Customers are spread
//! at random, so that sums of groups vary as sums of customers do; a replicate without the division would vary too much, because
//! it would have more or fewer groups. The weights depend on the numbers of group and replicate only: the same customers give the
//! same intervals, however they are split.

use serde::{Deserialize, Serialize};

/// Groups of customers. With 128, the estimated width of an interval is right to about 6% (1 ÷ √(2 × 127)).
pub(super) const GROUPS: usize = 128;
/// Replicates of a bootstrap: the ends of an interval are the 6th of each side.
pub(super) const REPLICATES: usize = 200;
/// Replicates beyond each end of an interval: 2.5%.
const OUTSIDE: usize = REPLICATES / 40;

/// Weights of the groups.
pub(super) type Weights = [f64; GROUPS];

/// The weights of the data itself.
pub(super) const PLAIN: Weights = [1.0; GROUPS];

/// The group of a customer.
pub(super) fn group_of(customer: &str) -> u8 {
    // FNV-1a, whose last bits decide the bucket; all of its bits decide the group.
    let hash = customer.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (mixed(hash) % GROUPS as u64) as u8
}

/// The weights of a replicate.
pub(super) fn weights(replicate: usize) -> Weights {
    let mut weights = [0.0; GROUPS];
    for (group, weight) in weights.iter_mut().enumerate() {
        *weight = poisson(mixed((replicate * GROUPS + group + 1) as u64));
    }
    let mean = weights.iter().sum::<f64>() / GROUPS as f64;
    weights.map(|weight| weight / mean)
}

/// The 95% interval of a figure by its values in the replicates: from their 2.5% quantile to their 97.5% quantile. `None` where
/// more than half of them have no value.
pub(super) fn interval(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    let mut values: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    values.sort_unstable_by(f64::total_cmp);
    let outside = values.len() * OUTSIDE / REPLICATES;
    (values.len() * 2 >= REPLICATES).then(|| (values[outside], values[values.len() - 1 - outside]))
}

/// Sums by group, only of groups that have one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Tally(Vec<(u8, i64)>);

impl Tally {
    pub(super) fn add(&mut self, group: u8, amount: i64) {
        match self.0.binary_search_by_key(&group, |(known, _)| *known) {
            Ok(at) => self.0[at].1 = self.0[at].1.saturating_add(amount),
            Err(at) => self.0.insert(at, (group, amount)),
        }
    }

    pub(super) fn merge(&mut self, from: &Self) {
        for (group, amount) in &from.0 {
            self.add(*group, *amount);
        }
    }

    /// The sum of all groups with these weights.
    pub(super) fn sum(&self, weights: &Weights) -> f64 {
        let sums = self.0.iter();
        sums.map(|(group, sum)| weights.get(usize::from(*group)).copied().unwrap_or(0.0) * *sum as f64)
            .sum()
    }
}

/// A number that has the Poisson distribution of mean 1, if `random` is spread evenly.
pub(super) fn poisson(random: u64) -> f64 {
    let uniform = random as f64 / u64::MAX as f64;
    let (mut probability, mut below, mut number) = ((-1.0_f64).exp(), 0.0, 0.0);
    // A number above 20 has a probability below 10⁻¹⁹.
    while number < 20.0 {
        below += probability;
        if uniform < below {
            break;
        }
        number += 1.0;
        probability /= number;
    }
    number
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood, 2014) after a step of its sequence: each bit of the result depends on all bits.
pub(super) fn mixed(seed: u64) -> u64 {
    let mut bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_have_the_mean_and_variance_of_their_distribution() {
        let weights: Vec<f64> = (0..20_000).map(|n| poisson(mixed(n))).collect();
        let mean = weights.iter().sum::<f64>() / 20_000.0;
        let variance = weights.iter().map(|weight| (weight - mean).powi(2)).sum::<f64>() / 20_000.0;
        assert!(
            (mean - 1.0).abs() < 0.03 && (variance - 1.0).abs() < 0.05,
            "{mean} {variance}"
        );
        let zeros = weights.iter().filter(|weight| **weight == 0.0).count() as f64 / 20_000.0;
        assert!((zeros - (-1.0_f64).exp()).abs() < 0.01, "{zeros}");
    }

    #[test]
    fn customers_are_spread_over_the_groups() {
        let mut counts = [0_u32; GROUPS];
        (0..12_800).for_each(|n| counts[usize::from(group_of(&format!("customer-{n}")))] += 1);
        assert!(counts.iter().all(|count| (60..150).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_count_varies_as_a_poisson_number_does() {
        // 6,400 customers: their number has a standard deviation of 80.
        let mut tally = Tally::default();
        (0..6_400).for_each(|n| tally.add(group_of(&format!("c{n}")), 1));
        let counts: Vec<f64> = (0..REPLICATES)
            .map(|replicate| tally.sum(&weights(replicate)))
            .collect();
        let mean = counts.iter().sum::<f64>() / REPLICATES as f64;
        let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / REPLICATES as f64;
        assert!((60.0..100.0).contains(&variance.sqrt()), "{}", variance.sqrt());
        assert_eq!(tally.sum(&PLAIN), 6_400.0);
    }
}
