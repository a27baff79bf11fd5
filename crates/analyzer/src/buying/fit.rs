//! The parameters with the highest likelihood, and how certain they are.

use argmin::core::{CostFunction, Error, Executor, State, TerminationReason, TerminationStatus};
use argmin::solver::neldermead::NelderMead;

/// The result of a fit of a model with `N` parameters.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fit<const N: usize> {
    /// The parameters, in the order of the model.
    pub(crate) parameters: [Estimate; N],
    /// The logarithm of the likelihood.
    pub(crate) log_likelihood: f64,
    /// The covariance of the logarithms of the parameters; `None` where the likelihood is too flat to tell.
    pub(crate) covariance: Option<[[f64; N]; N]>,
}

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Estimate {
    /// Its name, as the model's authors call it.
    pub(crate) name: &'static str,
    /// Its value.
    pub(crate) value: f64,
    /// Its standard error; `None` where the likelihood is too flat to tell.
    pub(crate) error: Option<f64>,
}

/// The reason for which a model has no parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoFit {
    /// There are fewer customers than [`CUSTOMERS_MIN`].
    TooFew,
    /// The likelihood has no maximum at any reasonable place, as with customers who never return.
    NoMaximum,
}

/// Customers that a fit needs at least: ten times as many as there are parameters, below which estimates say little.
pub(crate) const CUSTOMERS_MIN: usize = 40;

/// Steps of the search at most. A fit of four parameters takes about 300.
const STEPS_MAX: u64 = 5_000;

/// The logarithms of parameters are searched up to this far from 0. Beyond, a likelihood only creeps towards a limit.
const LOG_MAX: f64 = 15.0;

impl<const N: usize> Fit<N> {
    /// The values of the parameters.
    pub(crate) fn values(&self) -> [f64; N] {
        self.parameters.map(|parameter| parameter.value)
    }

    /// The standard error of a function of the parameters, from their covariance (delta method).
    pub(crate) fn error_of(&self, of: impl Fn([f64; N]) -> f64) -> Option<f64> {
        let covariance = self.covariance?;
        let values = self.values();
        let slopes: [f64; N] = std::array::from_fn(|at| {
            let moved = |by: f64| {
                let mut moved = values;
                moved[at] *= by.exp();
                of(moved)
            };
            (moved(STEP) - moved(-STEP)) / (2.0 * STEP)
        });
        let mut variance = 0.0;
        for (i, row) in covariance.iter().enumerate() {
            for (j, value) in row.iter().enumerate() {
                variance += slopes[i] * slopes[j] * value;
            }
        }
        (variance >= 0.0 && variance.is_finite()).then(|| variance.sqrt())
    }

    /// The fit with one parameter in another unit, and the likelihood with it.
    pub(super) fn rescaled(mut self, at: usize, scale: f64, log_likelihood: f64) -> Self {
        let parameter = &mut self.parameters[at];
        parameter.value *= scale;
        parameter.error = parameter.error.map(|error| error * scale);
        self.log_likelihood += log_likelihood;
        self
    }
}

/// The step of numeric derivatives in the logarithm of a parameter. The error of a second derivative by it is about 1e-6 of its
/// value, of rounding about 1e-6 for a likelihood of 10,000.
const STEP: f64 = 1e-3;

/// Finds the parameters, all above 0, with the highest likelihood by the simplex search of Nelder and Mead in their logarithms.
pub(super) fn maximize<const N: usize>(
    names: [&'static str; N],
    customers: usize,
    log_likelihood: impl Fn(&[f64; N]) -> f64,
) -> Result<Fit<N>, NoFit> {
    if customers < CUSTOMERS_MIN {
        return Err(NoFit::TooFew);
    }
    let of_logs = |logs: &[f64]| {
        if logs.iter().any(|log| log.abs() > LOG_MAX) {
            return f64::INFINITY;
        }
        let value = -log_likelihood(&std::array::from_fn(|at| logs[at].exp()));
        if value.is_nan() { f64::INFINITY } else { value }
    };
    let mut best = vec![0.0; N];
    // The search is begun again where it has ended, because a simplex may shrink before it has arrived.
    for _ in 0..SEARCHES {
        best = search(&of_logs, best).ok_or(NoFit::NoMaximum)?;
    }
    if best.iter().any(|log| log.abs() > LOG_MAX - 1.0) {
        return Err(NoFit::NoMaximum);
    }
    let covariance = inverse(hessian(&of_logs, &best)).filter(|c| (0..N).all(|at| c[at][at] > 0.0));
    let parameters = std::array::from_fn(|at| {
        let value = best[at].exp();
        Estimate {
            name: names[at],
            value,
            error: covariance.map(|c| value * c[at][at].sqrt()),
        }
    });
    Ok(Fit {
        parameters,
        log_likelihood: -of_logs(&best),
        covariance,
    })
}

/// Searches, each from the result of the one before.
const SEARCHES: usize = 2;

struct Cost<'a, F>(&'a F);

impl<F: Fn(&[f64]) -> f64> CostFunction for Cost<'_, F> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, logs: &Vec<f64>) -> Result<f64, Error> {
        Ok((self.0)(logs))
    }
}

/// The lowest point that a simplex search finds from a point; `None` if it does not end.
fn search(cost: &impl Fn(&[f64]) -> f64, from: Vec<f64>) -> Option<Vec<f64>> {
    let mut simplex = vec![from.clone()];
    for at in 0..from.len() {
        let mut corner = from.clone();
        corner[at] += 0.5;
        simplex.push(corner);
    }
    // The spread of the values at the corners; a difference of likelihoods of 1e-9 means nothing.
    let solver = NelderMead::new(simplex).with_sd_tolerance(1e-9).ok()?;
    let result = Executor::new(Cost(cost), solver)
        .configure(|state| state.max_iters(STEPS_MAX))
        .run()
        .ok()?;
    let ended = TerminationStatus::Terminated(TerminationReason::SolverConverged);
    if *result.state().get_termination_status() != ended {
        return None;
    }
    result.state().get_best_param().cloned()
}

/// The second derivatives by central differences.
fn hessian<const N: usize>(f: &impl Fn(&[f64]) -> f64, at: &[f64]) -> [[f64; N]; N] {
    let moved = |i: usize, by_i: f64, j: usize, by_j: f64| {
        let mut point = at.to_vec();
        point[i] += by_i * STEP;
        point[j] += by_j * STEP;
        f(&point)
    };
    std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            let corners =
                moved(i, 1.0, j, 1.0) - moved(i, 1.0, j, -1.0) - moved(i, -1.0, j, 1.0) + moved(i, -1.0, j, -1.0);
            corners / (4.0 * STEP * STEP)
        })
    })
}

/// The inverse of a matrix by Gauss and Jordan with pivots; `None` if it has none.
fn inverse<const N: usize>(mut matrix: [[f64; N]; N]) -> Option<[[f64; N]; N]> {
    let mut out: [[f64; N]; N] = std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))));
    for column in 0..N {
        let pivot = (column..N).max_by(|a, b| matrix[*a][column].abs().total_cmp(&matrix[*b][column].abs()))?;
        matrix.swap(column, pivot);
        out.swap(column, pivot);
        let divisor = matrix[column][column];
        if divisor.is_nan() || divisor.abs() <= 1e-12 {
            return None;
        }
        for at in 0..N {
            matrix[column][at] /= divisor;
            out[column][at] /= divisor;
        }
        let (pivot_row, pivot_out) = (matrix[column], out[column]);
        for row in (0..N).filter(|row| *row != column) {
            let factor = matrix[row][column];
            for at in 0..N {
                matrix[row][at] -= factor * pivot_row[at];
                out[row][at] -= factor * pivot_out[at];
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_maximum_is_found_with_its_error() {
        // Of 100 observations with mean 2, an exponential distribution's rate is 1/2 with an error of a tenth of it.
        let fit = maximize(["rate"], 100, |[rate]| 100.0 * rate.ln() - 200.0 * rate).unwrap();
        assert!((fit.values()[0] - 0.5).abs() < 1e-5, "{fit:?}");
        assert!((fit.parameters[0].error.unwrap() - 0.05).abs() < 1e-5, "{fit:?}");
        let twice = fit.error_of(|[rate]| 2.0 * rate).unwrap();
        assert!((twice - 0.1).abs() < 1e-5);
    }

    #[test]
    fn a_likelihood_without_a_maximum_and_too_few_customers_have_no_fit() {
        assert_eq!(maximize(["rate"], 100, |[rate]| *rate), Err(NoFit::NoMaximum));
        assert_eq!(
            maximize(["rate"], CUSTOMERS_MIN - 1, |[rate]| -rate),
            Err(NoFit::TooFew)
        );
    }

    #[test]
    fn a_matrix_times_its_inverse_is_one() {
        let inverse = inverse([[0.0, 2.0], [4.0, 1.0]]).unwrap();
        assert_eq!(inverse, [[-0.125, 0.25], [0.5, 0.0]]);
        assert_eq!(super::inverse([[1.0, 2.0], [2.0, 4.0]]), None);
    }
}
