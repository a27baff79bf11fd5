//! Amounts of money as whole numbers.

use alloc::string::String;

use crate::text::{decimal, int_text};

/// An amount in millionths (micros) of the currency's unit: 19.90 is `Money::from_micros(19_900_000)`.
///
/// GA4 and BigQuery use micros too. Sums of whole numbers are the same on every machine and in every order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

impl Money {
    /// Nine billion units, an amount whose micros a JavaScript number still represents exactly.
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
        // The comparison is false for NaN, which is thereby refused.
        let rounded = if micros < 0.0 { micros - 0.5 } else { micros + 0.5 };
        (micros.abs() <= 9e15).then_some(Self(rounded as i64))
    }

    /// An amount from decimal digits (`19.90`, `-5`), rounded half away from zero to a millionth; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        decimal(text, 6).and_then(Self::from_micros)
    }

    /// The amount in decimal digits: `19.9`, `-5`.
    pub fn to_text(self) -> String {
        let micros = self.0.unsigned_abs();
        let mut text = String::from(if self.0 < 0 { "-" } else { "" });
        text.push_str(&int_text((micros / 1_000_000) as i64));
        let mut rest = micros % 1_000_000;
        if rest > 0 {
            text.push('.');
        }
        while rest > 0 {
            rest *= 10;
            text.push((b'0' + (rest / 1_000_000) as u8) as char);
            rest %= 1_000_000;
        }
        text
    }

    /// Millionths of the unit.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The amount in units, exact to a millionth. It is computed by one division and has the same bits on every
    /// machine.
    pub fn units(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

/// The amount that a refund pays back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PaidBack {
    /// The amount in micros, never negative.
    pub micros: i64,
    /// Whether the amount is the order's value because the refund itself has no amount.
    pub is_assumed: bool,
}

impl PaidBack {
    /// The repayment of a refund with the amount `amount` for an order with the value `order`, both in micros. The sign
    /// of the amount is ignored, because some systems write refunds as negative amounts.
    pub const fn of(amount: Option<i64>, order: Option<i64>) -> Self {
        match (amount, order) {
            (Some(amount), _) => Self {
                micros: amount.saturating_abs(),
                is_assumed: false,
            },
            (None, Some(order)) => Self {
                micros: order.saturating_abs(),
                is_assumed: true,
            },
            (None, None) => Self {
                micros: 0,
                is_assumed: false,
            },
        }
    }
}

/// The order number in `raw`, without surrounding space; `None` for the placeholders that programs write if there is no
/// order number. Orders with a placeholder are not the same order.
pub fn order_number(raw: &str) -> Option<&str> {
    let number = raw.trim_ascii();
    let is_placeholder = NO_ORDER_NUMBER.iter().any(|word| word.eq_ignore_ascii_case(number));
    (!is_placeholder).then_some(number)
}

/// Placeholders for a missing order number: empty text, GA4's words, and JavaScript's text for missing values.
const NO_ORDER_NUMBER: [&str; 8] = [
    "",
    "0",
    "(not set)",
    "(none)",
    "undefined",
    "null",
    "nan",
    "[object object]",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_text_gives_the_same_amount_as_the_number() {
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

    #[test]
    fn a_refund_pays_back_its_amount_or_else_the_orders_value() {
        let of = |amount, order| {
            let PaidBack { micros, is_assumed } = PaidBack::of(amount, order);
            (micros, is_assumed)
        };
        assert_eq!(of(Some(40), Some(100)), (40, false));
        assert_eq!(of(Some(-30), Some(100)), (30, false));
        assert_eq!(of(Some(0), Some(100)), (0, false));
        assert_eq!(of(None, Some(50)), (50, true));
        assert_eq!(of(None, None), (0, false));
        assert_eq!(of(Some(i64::MIN), None), (i64::MAX, false));
    }

    #[test]
    fn placeholders_are_not_order_numbers() {
        for raw in [
            "",
            " ",
            "0",
            "(not set)",
            "Undefined",
            "null",
            "NaN",
            "(none)",
            "[object Object]",
        ] {
            assert_eq!(order_number(raw), None, "{raw}");
        }
        for (raw, number) in [
            (" 1042 ", "1042"),
            ("00", "00"),
            ("#1001", "#1001"),
            ("nullable", "nullable"),
        ] {
            assert_eq!(order_number(raw), Some(number));
        }
    }
}
