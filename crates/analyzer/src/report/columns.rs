//! Columns that several reports have, described once.

use crate::table::{Column, Link, Unit};

/// The lower end of the 95% interval of the column before it.
pub(super) const fn low(name: &'static str) -> Column {
    Column::number(name, Unit::Ratio, "Lower end of its 95% interval.").wide()
}

/// The upper end of that interval.
pub(super) const fn high(name: &'static str) -> Column {
    Column::number(name, Unit::Ratio, "Upper end of its 95% interval.").wide()
}

/// The lower end of the 95% interval of the amount in the column before it.
pub(super) const fn low_amount(name: &'static str) -> Column {
    Column::number(name, Unit::Money, "Lower end of its 95% interval.").wide()
}

/// The upper end of that interval.
pub(super) const fn high_amount(name: &'static str) -> Column {
    Column::number(name, Unit::Money, "Upper end of its 95% interval.").wide()
}

/// The lower end of the 95% interval of the score in the column before it.
pub(super) const fn low_score(name: &'static str) -> Column {
    Column::number(name, Unit::Score, "Lower end of its 95% interval.").wide()
}

/// The upper end of that interval.
pub(super) const fn high_score(name: &'static str) -> Column {
    Column::number(name, Unit::Score, "Upper end of its 95% interval.").wide()
}

/// The share of all sessions that a row's are, with its interval.
pub(super) const SHARE_OF_SESSIONS: Column =
    Column::number("share_of_sessions", Unit::Ratio, "Their share of all sessions.");
pub(super) const SHARE_OF_SESSIONS_LOW: Column = low("share_of_sessions_low");
pub(super) const SHARE_OF_SESSIONS_HIGH: Column = high("share_of_sessions_high");

/// Customers with a session that a row is about.
pub(super) const CUSTOMERS: Column =
    Column::number("customers", Unit::Count, "Customers with such a session.").linked(Link::Customers);

/// The columns of [`super::outcome::Outcome::beside`], but for [`conversion_without`].
pub(super) const CONVERSION_WITH: Column = Column::number(
    "conversion_with",
    Unit::Ratio,
    "Share of these sessions that have an order.",
);
pub(super) const CONVERSION_WITH_LOW: Column = low("conversion_with_low");
pub(super) const CONVERSION_WITH_HIGH: Column = high("conversion_with_high");
pub(super) const CONVERSION_WITHOUT_LOW: Column = low("conversion_without_low");
pub(super) const CONVERSION_WITHOUT_HIGH: Column = high("conversion_without_high");
pub(super) const DIFFERENCE: Column = Column::number("difference", Unit::Ratio, "The first share less the second.");
pub(super) const DIFFERENCE_LOW: Column = Column::number(
    "difference_low",
    Unit::Ratio,
    "Lower end of the 95% interval of the difference.",
);
pub(super) const DIFFERENCE_HIGH: Column =
    Column::number("difference_high", Unit::Ratio, "Upper end of that interval.");

/// The same share of the sessions that a row's are compared with.
pub(super) const fn conversion_without(doc: &'static str) -> Column {
    Column::number("conversion_without", Unit::Ratio, doc)
}

/// Keys of a few customers of a row.
pub(super) const EXAMPLES: Column =
    Column::json("examples", "Customers with it, first those who did not buy.").linked(Link::Customer);

/// Number of signals that are friction.
pub(super) const FRICTION_SIGNALS: Column = Column::number(
    "friction_signals",
    Unit::Count,
    "Those of them in which something was in the way.",
);
