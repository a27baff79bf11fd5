//! Amounts of money as whole numbers.

use crate::text::decimal;

/// Millionths of the currency's unit: 19.90 is `Money::from_micros(19_900_000)`.
///
/// GA4 and BigQuery count in micros too; a whole number adds up the same on every machine and in every order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

impl Money {
    /// Nine billion units: the largest amount whose micros a JavaScript number still holds exactly.
    pub const MAX: Self = Self(9_000_000_000_000_000);

    /// An amount from millionths, or `None` beyond ±[`Money::MAX`].
    pub const fn from_micros(micros: i64) -> Option<Self> {
        if micros > Self::MAX.0 || micros < -Self::MAX.0 {
            None
        } else {
            Some(Self(micros))
        }
    }

    /// An amount from a decimal number of units, rounded half away from zero to a millionth; `None` for NaN,
    /// infinities and amounts beyond ±[`Money::MAX`].
    pub fn from_units(units: f64) -> Option<Self> {
        let micros = units * 1e6;
        // NaN fails the comparison and is refused.
        let rounded = if micros < 0.0 { micros - 0.5 } else { micros + 0.5 };
        (micros.abs() <= 9e15).then_some(Self(rounded as i64))
    }

    /// An amount from decimal digits (`19.90`, `-5`), rounded half away from zero to a millionth; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        decimal(text, 6).and_then(Self::from_micros)
    }

    /// Millionths of the unit.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Units as a decimal number: exact to a millionth, the same bits everywhere (one division).
    pub fn units(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_as_numbers_are() {
        for (text, micros) in [
            ("19.90", Some(19_900_000)),
            ("-5", Some(-5_000_000)),
            (".5", Some(500_000)),
            ("5.", Some(5_000_000)),
            ("0.0000005", Some(1)),
            ("0.00000049", Some(0)),
            ("-0.0000005", Some(-1)),
            ("9000000000", Some(9_000_000_000_000_000)),
            ("9000000000.000001", None),
            ("99999999999999999999", None),
            ("", None),
            (".", None),
            ("-", None),
            ("1,5", None),
            ("1e3", None),
            ("1.2345678x", None),
            ("NaN", None),
        ] {
            assert_eq!(Money::parse(text).map(Money::micros), micros, "{text}");
        }
    }

    #[test]
    fn numbers_are_rounded_and_bounded() {
        for (units, micros) in [
            (19.9, Some(19_900_000)),
            (-19.9, Some(-19_900_000)),
            (0.1 + 0.2, Some(300_000)),
            (9e9, Some(9_000_000_000_000_000)),
            (9.1e9, None),
            (f64::NAN, None),
            (f64::INFINITY, None),
        ] {
            assert_eq!(Money::from_units(units).map(Money::micros), micros, "{units}");
        }
    }
}
