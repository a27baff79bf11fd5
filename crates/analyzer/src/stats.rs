//! Confidence intervals and quantiles whose states can be merged in any order.

use serde::{Deserialize, Serialize};

/// The 97.5% quantile of the normal distribution, for 95% confidence intervals.
pub(crate) const Z: f64 = 1.959_963_984_540_054;

/// Below this many cases a share is no reason for alarm, and nothing marks it as one: the 95% interval of a share of 30 cases
/// reaches up to 18 points to either side, so that with fewer a share is high or low by chance. Tables say it in JSON
/// (`cases_min`).
pub const ALARM_CASES_MIN: u64 = 30;

/// The 95% confidence interval of a proportion by Wilson's score; `None` if there are no trials.
///
/// Its coverage is good for few cases and for proportions near 0 and 1, in contrast to the textbook interval (Brown,
/// Cai, DasGupta, "Interval Estimation for a Binomial Proportion", 2001).
pub fn wilson(successes: u64, trials: u64) -> Option<(f64, f64)> {
    if trials == 0 {
        return None;
    }
    let n = trials as f64;
    let p = successes as f64 / n;
    let z2 = Z * Z;
    let centre = p + z2 / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z2 / n;
    // Exactly 0 and 1 at the ends, where rounding errors would remain.
    let low = if successes == 0 {
        0.0
    } else {
        ((centre - spread) / scale).max(0.0)
    };
    let high = if successes >= trials {
        1.0
    } else {
        ((centre + spread) / scale).min(1.0)
    };
    Some((low, high))
}

/// The 95% confidence interval of the difference of two proportions, the first minus the second, each as (successes,
/// trials); `None` if either has no trials.
///
/// Newcombe, "Interval estimation for the difference between independent proportions", 1998, method 10: it combines the
/// two Wilson intervals and, like them, has good coverage for few cases.
pub fn difference(first: (u64, u64), second: (u64, u64)) -> Option<(f64, f64)> {
    let estimate = |(successes, trials): (u64, u64)| {
        let (low, high) = wilson(successes, trials)?;
        Some((successes as f64 / trials as f64, low, high))
    };
    Some(difference_of(estimate(first)?, estimate(second)?))
}

/// The interval of the difference of two independent estimates, each with its lower and upper end, at the same level.
///
/// Zou, Donner, "Construction of confidence limits about effect measures: a general approach", 2008: the limits of the estimates are
/// added as squares.
pub fn difference_of(first: (f64, f64, f64), second: (f64, f64, f64)) -> (f64, f64) {
    let (one, low_1, high_1) = first;
    let (two, low_2, high_2) = second;
    let gap = one - two;
    let below = ((one - low_1).powi(2) + (high_2 - two).powi(2)).sqrt();
    let above = ((high_1 - one).powi(2) + (two - low_2).powi(2)).sqrt();
    (gap - below, gap + above)
}

/// Count, sum and sum of squares of whole numbers, which give the mean and its interval. The sums are exact in any
/// order of addition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moments {
    /// The count.
    pub count: u64,
    /// The sum.
    pub sum: i64,
    /// The sum of squares; those of amounts in millionths need more than 64 bits.
    pub squares: i128,
}

impl Moments {
    /// Adds a number.
    pub fn add(&mut self, value: i64) {
        self.count += 1;
        self.sum = self.sum.saturating_add(value);
        self.squares = self.squares.saturating_add(i128::from(value) * i128::from(value));
    }

    /// Merges the counts of another one.
    pub fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.sum = self.sum.saturating_add(other.sum);
        self.squares = self.squares.saturating_add(other.squares);
    }

    /// The mean; `None` without numbers.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// The 95% confidence interval of the mean by the normal approximation; `None` for fewer than two numbers.
    pub fn interval(&self) -> Option<(f64, f64)> {
        if self.count < 2 {
            return None;
        }
        let n = self.count as f64;
        let mean = self.sum as f64 / n;
        let variance = ((self.squares as f64 - n * mean * mean) / (n - 1.0)).max(0.0);
        let spread = Z * (variance / n).sqrt();
        Some((mean - spread, mean + spread))
    }
}

/// A histogram of durations in milliseconds, for quantiles.
///
/// Each whole number below 256 has its own bucket. Above, every power of two is split into 128 buckets, so the relative
/// error of a quantile is at most 1/256 (0.4%). Unlike sketches that depend on the order of arrival, the same durations
/// give the same counts however they are split and merged. Negative durations count as 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Histogram {
    /// Buckets with their counts, sorted by bucket.
    buckets: Vec<(u16, u64)>,
}

impl Histogram {
    /// Adds a duration.
    pub fn add(&mut self, value: i64) {
        self.add_many(bucket(value), 1);
    }

    /// Merges the counts of another one.
    pub fn merge(&mut self, other: Self) {
        if self.buckets.is_empty() {
            self.buckets = other.buckets;
            return;
        }
        for (bucket, count) in other.buckets {
            self.add_many(bucket, count);
        }
    }

    /// The number of durations.
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|(_, count)| count).sum()
    }

    /// The 95% confidence interval of a quantile: the durations at the ranks given by the normal approximation of the
    /// binomial distribution (Conover, "Practical Nonparametric Statistics", 1999, section 3.2). `None` if there are
    /// too few durations.
    pub fn quantile_interval(&self, permille: u64) -> Option<(i64, i64)> {
        let n = self.count() as f64;
        let p = permille as f64 / 1000.0;
        let spread = Z * (n * p * (1.0 - p)).sqrt();
        let (low, high) = ((n * p - spread).ceil(), (n * p + spread).ceil());
        if low < 1.0 || high > n {
            return None;
        }
        Some((self.at_rank(low as u64)?, self.at_rank(high as u64)?))
    }

    /// The quantile at `permille` by the nearest-rank method; `None` without durations.
    pub fn quantile(&self, permille: u64) -> Option<i64> {
        let total = self.count();
        // The nearest rank: the smallest rank that covers at least this share.
        self.at_rank((total * permille).div_ceil(1000).max(1))
    }

    /// The duration at a rank; ranks are counted from 1.
    fn at_rank(&self, rank: u64) -> Option<i64> {
        let mut seen = 0;
        self.buckets.iter().find_map(|(bucket, count)| {
            seen += count;
            (seen >= rank).then(|| middle(*bucket))
        })
    }

    /// The median; `None` without durations.
    pub fn median(&self) -> Option<i64> {
        self.quantile(500)
    }

    fn add_many(&mut self, bucket: u16, count: u64) {
        match self.buckets.binary_search_by_key(&bucket, |(b, _)| *b) {
            Ok(at) => self.buckets[at].1 += count,
            Err(at) => self.buckets.insert(at, (bucket, count)),
        }
    }
}

/// The number of bits after the highest one that determine a bucket.
const KEPT_BITS: u32 = 7;

/// The bucket of a duration.
fn bucket(value: i64) -> u16 {
    let value = value.max(0) as u64;
    if value < 1 << (KEPT_BITS + 1) {
        return value as u16;
    }
    let shift = 63 - value.leading_zeros() - KEPT_BITS;
    // The highest bit is set in the remaining bits, so the buckets of a power of two follow those of the one before.
    ((u64::from(shift) << KEPT_BITS) + (value >> shift)) as u16
}

/// The middle of a bucket's range.
fn middle(bucket: u16) -> i64 {
    let bucket = u64::from(bucket);
    if bucket < 1 << (KEPT_BITS + 1) {
        return bucket as i64;
    }
    let shift = (bucket >> KEPT_BITS) - 1;
    let low = (bucket - (shift << KEPT_BITS)) << shift;
    (low + ((1 << shift) - 1) / 2) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_share_of_the_fewest_cases_for_an_alarm_is_known_within_18_points() {
        let half_width = |cases: u64| {
            let (low, high) = wilson(cases / 2, cases).unwrap();
            (high - low) / 2.0
        };
        assert!(half_width(ALARM_CASES_MIN) < 0.18);
        assert!(half_width(ALARM_CASES_MIN / 2) > 0.22);
    }

    #[test]
    fn the_wilson_interval_agrees_with_published_values() {
        // Newcombe (1998), "Two-sided confidence intervals for the single proportion".
        let (low, high) = wilson(81, 263).unwrap();
        assert!(
            (low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5,
            "{low} {high}"
        );
        let (low, high) = wilson(15, 148).unwrap();
        assert!(
            (low - 0.0624).abs() < 5e-5 && (high - 0.1605).abs() < 5e-5,
            "{low} {high}"
        );
        let (low, high) = wilson(0, 20).unwrap();
        assert!(low == 0.0 && (high - 0.1611).abs() < 5e-5, "{low} {high}");
        assert_eq!(wilson(7, 7).unwrap().1, 1.0);
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn a_difference_agrees_with_published_values() {
        // Newcombe (1998), table II, method 10.
        for (first, second, low, high) in [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((10, 10), (0, 10), 0.6075, 1.0),
        ] {
            let ends = difference(first, second).unwrap();
            assert!((ends.0 - low).abs() < 1e-4 && (ends.1 - high).abs() < 1e-4, "{ends:?}");
        }
        assert_eq!(difference((0, 0), (1, 2)), None);
    }

    #[test]
    fn the_interval_of_a_quantile_has_the_expected_ranks() {
        let mut histogram = Histogram::default();
        (1..=100).for_each(|value| histogram.add(value));
        // 75 ± 1.96 × √18.75: ranks 67 and 84.
        assert_eq!(histogram.quantile_interval(750), Some((67, 84)));
        let mut few = Histogram::default();
        (1..=5).for_each(|value| few.add(value));
        assert_eq!(few.quantile_interval(750), None);
    }

    #[test]
    fn small_durations_are_exact() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.median(), None);
        for value in [3, 1, 2] {
            histogram.add(value);
        }
        assert_eq!(histogram.median(), Some(2));
        assert_eq!(histogram.quantile(1000), Some(3));
        assert_eq!(histogram.quantile(1), Some(1));
    }

    #[test]
    fn the_interval_of_a_mean_is_computed() {
        let mut moments = Moments::default();
        assert_eq!(moments.mean(), None);
        for value in [2, 4, 4, 4, 5, 5, 7, 9] {
            moments.add(value);
        }
        assert_eq!(moments.mean(), Some(5.0));
        // Standard deviation of the sample: sqrt(32/7).
        let (low, high) = moments.interval().unwrap();
        let spread = Z * (32.0_f64 / 7.0 / 8.0).sqrt();
        assert!((high - 5.0 - spread).abs() < 1e-12 && (5.0 - low - spread).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn the_error_of_a_bucket_is_limited(value in 0..i64::MAX / 2) {
            let middle = middle(bucket(value));
            prop_assert!((middle - value).abs() <= value / 256, "{value} {middle}");
        }

        #[test]
        fn buckets_ascend_with_durations(a in 0..i64::MAX / 2, b in 0..i64::MAX / 2) {
            prop_assert!(bucket(a.min(b)) <= bucket(a.max(b)));
        }

        #[test]
        fn counts_do_not_depend_on_the_split(values in prop::collection::vec(0i64..10_000_000, 0..80), cut in 0usize..80) {
            let fill = |values: &[i64]| {
                let mut histogram = Histogram::default();
                values.iter().for_each(|value| histogram.add(*value));
                histogram
            };
            let (left, right) = values.split_at(cut.min(values.len()));
            let (mut one, mut other) = (fill(left), fill(right));
            one.merge(fill(right));
            other.merge(fill(left));
            prop_assert_eq!(&one, &fill(&values));
            prop_assert_eq!(&other, &fill(&values));
        }
    }
}
