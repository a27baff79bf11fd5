//! Chance: all random numbers of one customer.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Beta, Distribution, Exp, Gamma, LogNormal};

/// A source of random numbers that are the same for the same seed and stream. ChaCha8 is specified bit by bit, so that they are
/// the same on every machine.
#[derive(Debug)]
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// True with this probability.
    pub(crate) fn is(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// A number from 0 to 1, 1 excluded.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0.random::<f64>()
    }

    /// A whole number from `least` to `most`, both included.
    pub(crate) fn within(&mut self, least: i64, most: i64) -> i64 {
        self.0.random_range(least..=most)
    }

    /// Random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.0.random()
    }

    /// One of the choices, each as likely as its weight says.
    pub(crate) fn pick<'a, T>(&mut self, choices: &'a [T], weight: impl Fn(&T) -> f64) -> &'a T {
        let mut at = self.unit() * choices.iter().map(&weight).sum::<f64>();
        for choice in choices {
            at -= weight(choice);
            if at < 0.0 {
                return choice;
            }
        }
        &choices[choices.len() - 1]
    }

    /// One of the choices, each equally likely.
    pub(crate) fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        self.pick(choices, |_| 1.0)
    }

    /// A duration in ms around a median: log-normal, so that few are much longer. With a spread of 1, one in six is 2.7 times as
    /// long as the median or longer.
    pub(crate) fn around_ms(&mut self, median_ms: f64, spread: f64) -> i64 {
        let drawn = LogNormal::new(0.0, spread).map_or(1.0, |shape| shape.sample(&mut self.0));
        ((median_ms * drawn) as i64).max(1)
    }

    /// A waiting time with this mean, in the unit of the mean.
    pub(crate) fn exponential(&mut self, mean: f64) -> f64 {
        Exp::new(1.0).map_or(1.0, |shape| shape.sample(&mut self.0)) * mean
    }

    /// A number of the gamma distribution.
    pub(crate) fn gamma(&mut self, shape: f64, scale: f64) -> f64 {
        Gamma::new(shape, scale).map_or(shape * scale, |gamma| gamma.sample(&mut self.0))
    }

    /// A number of the beta distribution.
    pub(crate) fn beta(&mut self, a: f64, b: f64) -> f64 {
        Beta::new(a, b).map_or(a / (a + b), |beta| beta.sample(&mut self.0))
    }
}
