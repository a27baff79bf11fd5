//! Association of two properties: lift, relative risk, their intervals, a test, and control of false discoveries.

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

/// The relative risk: the share of `first` divided by that of `second`, each as (cases, of all). `None` if either has no case.
///
/// Katz, Baptista, Azen, Pike, "Obtaining confidence intervals for the risk ratio in cohort studies", 1978.
pub(crate) fn relative_risk(first: (u64, u64), second: (u64, u64)) -> Option<RatioEstimate> {
    if first.0 == 0 || second.0 == 0 {
        return None;
    }
    let [cases, of, others, of_others] = [first.0, first.1, second.0, second.1].map(|count| count as f64);
    let value = cases * of_others / (of * others);
    let variance = 1.0 / cases - 1.0 / of + 1.0 / others - 1.0 / of_others;
    Some(RatioEstimate::of_logarithm(value, variance))
}

/// The probability of a difference at least this large between two shares, each as (cases, of all), if both are shares of the same
/// whole: by Pearson's test, or by Fisher's exact one where it expects fewer than 5 cases in a field (Cochran's rule). 1 if either
/// is a share of nothing.
pub(crate) fn p_value(first: (u64, u64), second: (u64, u64)) -> f64 {
    if first.1 == 0 || second.1 == 0 {
        return 1.0;
    }
    let (cases, all) = (first.0 + second.0, first.1 + second.1);
    let expected_min = cases.min(all - cases) as f64 * first.1.min(second.1) as f64 / all as f64;
    if expected_min < 5.0 {
        return fisher(first.0, first.1, cases, all);
    }
    let share = |(cases, all): (u64, u64)| cases as f64 / all as f64;
    let pooled = share((cases, all));
    let variance = pooled * (1.0 - pooled) * (1.0 / first.1 as f64 + 1.0 / second.1 as f64);
    let z = (share(first) - share(second)) / variance.sqrt();
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

/// Fisher's exact test of both sides: the probability of all tables with the same sums that are as improbable as this one, which has
/// `both` of `cases` among the first `of` of `all`.
fn fisher(both: u64, of: u64, cases: u64, all: u64) -> f64 {
    let (least, most) = ((of + cases).saturating_sub(all), of.min(cases));
    // The probability of one more case, relative to that of `k`.
    let up = |k: u64| (of - k) as f64 * (cases - k) as f64 / ((k + 1) as f64 * (all + k + 1 - of - cases) as f64);
    let mode = ((of as f64 * cases as f64 / all as f64) as u64).clamp(least, most);
    let (mut probabilities, mut at) = (vec![(mode, 1.0)], 1.0);
    for k in mode..most {
        at *= up(k);
        if at < NEGLIGIBLE {
            break;
        }
        probabilities.push((k + 1, at));
    }
    at = 1.0;
    for k in (least..mode).rev() {
        at /= up(k);
        if at < NEGLIGIBLE {
            break;
        }
        probabilities.push((k, at));
    }
    let sum: f64 = probabilities.iter().map(|(_, probability)| probability).sum();
    let own = probabilities
        .iter()
        .find(|(k, _)| *k == both)
        .map_or(0.0, |(_, own)| *own);
    // As in R, probabilities that differ by rounding only are equal.
    let as_rare = probabilities
        .iter()
        .filter(|(_, probability)| *probability <= own * (1.0 + 1e-7));
    as_rare.map(|(_, probability)| probability).sum::<f64>() / sum
}

/// A probability, relative to the largest, that changes no digit of a sum.
const NEGLIGIBLE: f64 = 1e-18;

/// The false discovery rate at which each of many tests counts as a discovery: its q-value.
///
/// Benjamini, Hochberg, "Controlling the False Discovery Rate", 1995.
pub(crate) fn q_values(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut q_values = vec![1.0; p_values.len()];
    let mut least = 1.0_f64;
    for (rank, at) in order.into_iter().enumerate().rev() {
        least = least.min(p_values[at] * p_values.len() as f64 / (rank + 1) as f64);
        q_values[at] = least;
    }
    q_values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(found: f64, expected: f64) {
        assert!((found - expected).abs() < 5e-5, "{found} is not {expected}");
    }

    #[test]
    fn tests_of_shares_agree_with_published_values() {
        // Fisher's tea: Agresti, "Categorical Data Analysis", 2013, section 3.5.
        check(p_value((3, 4), (1, 4)), 0.4857);
        check(p_value((4, 4), (0, 4)), 2.0 / 70.0);
        // 56 of 70 and 48 of 80: z = 2.6502.
        check(p_value((56, 70), (48, 80)), 0.008045);
        assert_eq!(p_value((5, 10), (5, 10)), 1.0);
        assert_eq!(p_value((0, 0), (5, 10)), 1.0);
        assert_eq!(p_value((0, 10), (0, 10)), 1.0);
        assert!(p_value((900, 1_000), (100, 1_000)) < 1e-100);
        assert!(p_value((2_000, 2_000), (0, 1)) < 0.001);
    }

    #[test]
    fn a_relative_risk_agrees_with_published_values() {
        // Aspirin and heart attacks (Physicians' Health Study): Agresti, "Categorical Data Analysis", 2013, section 3.1.
        let risk = relative_risk((189, 11_034), (104, 11_037)).unwrap();
        assert!(
            (risk.value - 1.818).abs() < 5e-4 && (risk.low - 1.433).abs() < 5e-4 && (risk.high - 2.306).abs() < 5e-4
        );
        assert_eq!(relative_risk((0, 10), (5, 10)), None);
    }

    #[test]
    fn q_values_agree_with_the_published_example() {
        // Benjamini and Hochberg (1995), section 4.2: of 15 tests, the four smallest are discoveries at 0.05.
        let p_values = [
            0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
            0.7590, 1.0,
        ];
        let q_values = q_values(&p_values);
        assert_eq!(q_values.iter().filter(|q| **q <= 0.05).count(), 4);
        check(q_values[3], 0.0095 * 15.0 / 4.0);
        // A q-value is never above that of a larger p-value.
        check(q_values[5], 0.0298 * 15.0 / 7.0);
        assert!(q_values.is_sorted());
    }

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
