//! Printing amounts with the decimals of their currency.

use iso_currency::Currency;

/// The decimals of an amount whose currency is unknown, as most currencies have them.
const USUAL_DECIMALS: u32 = 2;
/// The most decimals that an amount can have: it is stored in millionths.
const DECIMALS_MAX: u32 = 6;

/// Prints an amount in millionths with at least the decimals of its currency (two for EUR, three for KWD, none for
/// JPY), and with more if it has more.
pub(crate) fn money(micros: i64, currency: Option<&str>) -> String {
    let decimals = decimals_of(currency).max(own_decimals(micros));
    let unit = 10_u64.pow(DECIMALS_MAX);
    let (whole, rest) = (micros.unsigned_abs() / unit, micros.unsigned_abs() % unit);
    let sign = if micros < 0 { "-" } else { "" };
    match decimals {
        0 => format!("{sign}{whole}"),
        _ => {
            let shown = rest / 10_u64.pow(DECIMALS_MAX - decimals);
            format!("{sign}{whole}.{shown:0width$}", width = decimals as usize)
        }
    }
}

/// Rounds the result of a division, such as a mean, to the smallest unit of its currency; halves are rounded away from
/// zero.
pub(crate) fn rounded(micros: i64, currency: Option<&str>) -> i64 {
    let unit = 10_i64.pow(DECIMALS_MAX - decimals_of(currency));
    let half = unit / 2 * micros.signum();
    micros.saturating_add(half) / unit * unit
}

fn decimals_of(currency: Option<&str>) -> u32 {
    let known = currency.and_then(Currency::from_code).and_then(Currency::exponent);
    known.map_or(USUAL_DECIMALS, u32::from).min(DECIMALS_MAX)
}

/// The number of decimals without trailing zeros.
fn own_decimals(micros: i64) -> u32 {
    let mut decimals = DECIMALS_MAX;
    let mut rest = micros.unsigned_abs();
    while decimals > 0 && rest.is_multiple_of(10) {
        rest /= 10;
        decimals -= 1;
    }
    decimals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_their_decimals() {
        for (micros, currency, text) in [
            (19_900_000, Some("EUR"), "19.90"),
            (19_900_000, None, "19.90"),
            (19_900_000, Some("Euro"), "19.90"),
            (1_234_000, Some("KWD"), "1.234"),
            (1_200_000, Some("KWD"), "1.200"),
            (1_234_000, None, "1.234"),
            (1_500_000_000, Some("JPY"), "1500"),
            (125, None, "0.000125"),
            (0, Some("EUR"), "0.00"),
            (0, Some("JPY"), "0"),
            (-19_900_000, Some("EUR"), "-19.90"),
            (-50_000, None, "-0.05"),
            (i64::MIN, None, "-9223372036854.775808"),
        ] {
            assert_eq!(money(micros, currency), text, "{micros} {currency:?}");
        }
    }

    #[test]
    fn means_are_rounded_to_the_smallest_unit() {
        for (micros, currency, expected) in [
            (64_283_333, Some("EUR"), 64_280_000),
            (64_285_000, Some("EUR"), 64_290_000),
            (-64_285_000, Some("EUR"), -64_290_000),
            (64_283_333, Some("KWD"), 64_283_000),
            (64_283_333, Some("JPY"), 64_000_000),
            (64_283_333, None, 64_280_000),
        ] {
            assert_eq!(rounded(micros, currency), expected, "{micros} {currency:?}");
        }
    }
}
