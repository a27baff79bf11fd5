//! Functions that the models need and that no library here has.

/// The hypergeometric function ₂F₁(a, b; c; z) for positive a, b and c and for 0 ≤ z < 1, by its power series, whose terms are then
/// all positive (Abramowitz & Stegun, "Handbook of Mathematical Functions", 15.1.1).
pub(super) fn hypergeometric(a: f64, b: f64, c: f64, z: f64) -> f64 {
    let (mut sum, mut term) = (1.0, 1.0);
    for n in 0..TERMS_MAX {
        let n = f64::from(n);
        term *= (a + n) * (b + n) / ((c + n) * (n + 1.0)) * z;
        sum += term;
        if term < sum * f64::EPSILON {
            break;
        }
    }
    sum
}

/// Terms of the series at most. At z = 0.999, 36,000 terms are enough for all digits.
const TERMS_MAX: u32 = 100_000;

/// The logarithm of the gamma function.
pub(super) fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

/// ln(eᵃ + eᵇ) without an overflow.
pub(super) fn ln_sum(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY {
        high
    } else {
        high + (low - high).exp().ln_1p()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hypergeometric_function_has_its_closed_forms() {
        for z in [0.0_f64, 0.1, 0.5, 0.9, 0.99] {
            // Abramowitz & Stegun 15.1.3 and 15.1.8.
            let logarithm = if z == 0.0 { 1.0 } else { -(-z).ln_1p() / z };
            assert!(
                (hypergeometric(1.0, 1.0, 2.0, z) / logarithm - 1.0).abs() < 1e-12,
                "{z}"
            );
            let power = (1.0 - z).powf(-2.5);
            assert!((hypergeometric(2.5, 3.0, 3.0, z) / power - 1.0).abs() < 1e-12, "{z}");
        }
    }

    #[test]
    fn sums_of_powers_neither_overflow_nor_vanish() {
        assert!((ln_sum(0.0, 0.0) - 2f64.ln()).abs() < 1e-15);
        assert_eq!(ln_sum(5000.0, 1.0), 5000.0);
        assert_eq!(ln_sum(f64::NEG_INFINITY, -3.0), -3.0);
    }
}
