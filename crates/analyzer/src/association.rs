//! Association of two properties: lift and its interval.

use crate::stats::Z;

/// A ratio with its 95% interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct RatioEstimate {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl RatioEstimate {
    /// The interval is that of the logarithm, whose distribution is close to the normal one for fewer cases than that of the ratio.
    fn of_logarithm(value: f64, variance: f64) -> Self {
        let spread = (Z * variance.max(0.0).sqrt()).exp();
        Self {
            value,
            low: value / spread,
            high: value * spread,
        }
    }
}

/// The lift of two properties of `all` cases: how much more often both occur together than if they were independent. `None` if
/// they never do.
///
/// The variance of its logarithm is that of the delta method for multinomial counts.
pub(crate) fn lift(both: u64, first: u64, second: u64, all: u64) -> Option<RatioEstimate> {
    if both == 0 {
        return None;
    }
    let [both, first, second, all] = [both, first, second, all].map(|count| count as f64);
    let value = both * all / (first * second);
    let variance = 1.0 / both - 1.0 / first - 1.0 / second + (2.0 * value - 1.0) / all;
    Some(RatioEstimate::of_logarithm(value, variance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lift_is_the_share_together_over_the_product_of_both_shares() {
        // 40 of 100 have both, 50 the first, 60 the second: 0.4 ÷ (0.5 × 0.6).
        let found = lift(40, 50, 60, 100).unwrap();
        assert!((found.value - 4.0 / 3.0).abs() < 1e-12);
        let spread = (Z * (1.0 / 40.0 - 1.0 / 50.0 - 1.0 / 60.0 + (8.0 / 3.0 - 1.0) / 100.0_f64).sqrt()).exp();
        assert!((found.high / found.value - spread).abs() < 1e-12 && (found.value / found.low - spread).abs() < 1e-12);
        assert_eq!(lift(0, 50, 60, 100), None);
        // Both always occur together in one case: nothing can be said about it.
        assert!(lift(1, 1, 1, 1_000).unwrap().low < 1_000.0 / 5.0);
    }

    #[test]
    fn the_interval_of_a_lift_holds_the_truth_in_about_95_of_100_cases() {
        // Independent properties, each of 30% of 400 cases: the true lift is 1. SplitMix64 gives the same cases everywhere.
        let mut seed = 7_u64;
        let mut happens = || {
            seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut bits = seed;
            bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (bits ^ (bits >> 31)) % 10 < 3
        };
        let held = (0..1_000).filter(|_| {
            let (mut both, mut first, mut second) = (0, 0, 0);
            for _ in 0..400 {
                let [one, other] = [happens(), happens()];
                first += u64::from(one);
                second += u64::from(other);
                both += u64::from(one && other);
            }
            lift(both, first, second, 400).is_some_and(|lift| lift.low <= 1.0 && 1.0 <= lift.high)
        });
        let held = held.count();
        assert!((925..=975).contains(&held), "{held}");
    }
}
