//! The columns of attribution: what is known of a channel, and its credit by each model with its interval.

use crate::table::{Column, Unit};

/// The columns before those of the models.
pub(super) const MODELS_AT: usize = 7;
/// Columns of a model: its value and the ends of its interval.
pub(super) const OF_MODEL: usize = 3;
/// The place of the column `cost`.
pub(super) const COST_AT: usize = 3;

pub(super) const COLUMNS: &[Column] = &[
    Column::text("channel", "What names the touches: the channel, or what by selects."),
    Column::number("paths", Unit::Count, "Paths with a touch of this name."),
    Column::number("converted", Unit::Count, "Those of them that end with a conversion."),
    Column::number(
        "cost",
        Unit::Money,
        "Cost of its ads in the range, if ad costs were imported.",
    ),
    Column::number(
        "removal_effect",
        Unit::Ratio,
        "Share of the conversions, or of their value, that would be lost without it, in a Markov chain.",
    ),
    crate::report::columns::low("removal_effect_low"),
    crate::report::columns::high("removal_effect_high"),
    model("markov", "Credit in proportion to the removal effects.").main(),
    low("markov_low"),
    high("markov_high"),
    model(
        "shapley",
        "Credit in proportion to the Shapley values in the Markov chain of order 1.",
    ),
    low("shapley_low"),
    high("shapley_high"),
    model("first_touch", "Credit to the first touch of the path."),
    low("first_touch_low"),
    high("first_touch_high"),
    model("last_touch", "Credit to the last touch."),
    low("last_touch_low"),
    high("last_touch_high"),
    model(
        "last_non_direct",
        "Credit to the last touch that is not direct, or to the last one where all are.",
    ),
    low("last_non_direct_low"),
    high("last_non_direct_high"),
    model("linear", "Equal credit to all touches."),
    low("linear_low"),
    high("linear_high"),
    model(
        "time_decay",
        "Credit that halves with each half-life before the conversion.",
    ),
    low("time_decay_low"),
    high("time_decay_high"),
    model("u_shaped", "Most credit to the first and the last touch."),
    low("u_shaped_low"),
    high("u_shaped_high"),
    model("j_shaped", "Most credit to the last touch."),
    low("j_shaped_low"),
    high("j_shaped_high"),
    model("inverse_j", "Most credit to the first touch."),
    low("inverse_j_low"),
    high("inverse_j_high"),
    model(
        "participation",
        "Full credit to each name in the path; names overlap and do not add up.",
    ),
    low("participation_low"),
    high("participation_high"),
];

const fn model(name: &'static str, doc: &'static str) -> Column {
    Column::number(name, Unit::Count, doc)
}

const fn low(name: &'static str) -> Column {
    Column::number(name, Unit::Count, "Lower end of its 95% interval.").wide()
}

const fn high(name: &'static str) -> Column {
    Column::number(name, Unit::Count, "Upper end of its 95% interval.").wide()
}
