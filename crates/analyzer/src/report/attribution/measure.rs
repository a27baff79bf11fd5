//! The figure that the columns of the models show.

use super::columns::{COST_AT, MODELS_AT, OF_MODEL};
use super::credit::Rule;
use super::figures::{Credits, MODELS};
use super::state::ONE;
use crate::error::Error;
use crate::report::params::{Param, Params};
use crate::table::{Cell, Table, Unit};

pub(super) const MEASURE: Param = Param::choice(
    "measure",
    &[
        "conversions",
        "share",
        "revenue",
        "return_on_spend",
        "cost_per_conversion",
    ],
    "conversions",
    "What the models divide: conversions, their share of all, the value of the conversions, this value by the cost of ads, or the \
     cost of ads by conversion.",
);

/// The figure that the columns of the models show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measure {
    Conversions,
    Share,
    Revenue,
    ReturnOnSpend,
    CostPerConversion,
}

impl Measure {
    pub(super) fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(match params.choice("measure")? {
            "share" => Self::Share,
            "revenue" => Self::Revenue,
            "return_on_spend" => Self::ReturnOnSpend,
            "cost_per_conversion" => Self::CostPerConversion,
            _ => Self::Conversions,
        })
    }

    /// Whether credits are money.
    pub(super) fn is_money(self) -> bool {
        matches!(self, Self::Revenue | Self::ReturnOnSpend)
    }

    /// The unit of credits.
    pub(super) fn one(self) -> i64 {
        if self.is_money() { 1 } else { ONE }
    }

    /// A credit as it is shown before costs are known.
    pub(super) fn figure(self, credits: &Credits, model: usize, channel: usize) -> f64 {
        let credit = credits.models[model][channel];
        match self {
            Self::Share => credit / credits.total,
            _ => credit,
        }
    }

    /// The cell of a model that shows a figure before costs are known.
    pub(super) fn cell(self, model: usize, figure: f64) -> Cell {
        if !figure.is_finite() {
            return Cell::Null;
        }
        match self {
            Self::Conversions if is_whole(model) => Cell::Count(figure.round() as u64),
            Self::Share => Cell::Ratio(tidy(figure)),
            Self::Revenue | Self::ReturnOnSpend => Cell::Money(figure.round() as i64),
            Self::Conversions | Self::CostPerConversion => Cell::Number(tidy(figure)),
        }
    }

    /// An end of an interval. Unlike the figure, it need not be whole.
    pub(super) fn end(self, figure: f64) -> Cell {
        // Markov is a model whose figures are not whole.
        self.cell(0, figure)
    }

    /// A standard error in words.
    pub(super) fn error(self, error: f64, total: f64) -> String {
        match self {
            Self::Conversions | Self::CostPerConversion => format!("{error:.2} conversions"),
            Self::Share | Self::Revenue | Self::ReturnOnSpend => format!("{:.2}% of all", 100.0 * error / total),
        }
    }

    /// Gives the columns of the models their unit.
    pub(super) fn set_units(self, table: &mut Table) {
        let unit = match self {
            Self::Conversions => Unit::Count,
            Self::Share => Unit::Ratio,
            Self::Revenue | Self::CostPerConversion => Unit::Money,
            Self::ReturnOnSpend => Unit::Score,
        };
        for column in table.columns.iter_mut().skip(MODELS_AT) {
            column.unit = Some(unit);
        }
    }

    /// Relates the figures of a row to its cost.
    pub(super) fn relate(self, row: &mut [Cell]) {
        let cost = match row.get(COST_AT) {
            Some(Cell::Money(micros)) if *micros > 0 => Some(*micros as f64),
            _ => None,
        };
        let relate = |cell: &Cell| match (self, cost, cell) {
            (Self::ReturnOnSpend, Some(cost), Cell::Money(micros)) => Cell::Score(tidy(*micros as f64 / cost)),
            (Self::CostPerConversion, Some(cost), Cell::Number(conversions)) if *conversions > 0.0 => {
                Cell::Money((cost / conversions).round() as i64)
            }
            _ => Cell::Null,
        };
        if !matches!(self, Self::ReturnOnSpend | Self::CostPerConversion) {
            return;
        }
        for model in row[MODELS_AT..].chunks_exact_mut(OF_MODEL) {
            model.iter_mut().for_each(|cell| *cell = relate(cell));
            if self == Self::CostPerConversion {
                // The more conversions, the less each costs.
                model.swap(1, 2);
            }
        }
    }
}

/// Whether a model gives whole conversions.
fn is_whole(model: usize) -> bool {
    let rule = (MODELS - Rule::ALL.len()..MODELS).position(|at| at == model);
    rule.is_some_and(|rule| Rule::ALL[rule].is_whole())
}

/// Without the rounding errors of computing: to nine digits after the point.
pub(super) fn tidy(number: f64) -> f64 {
    // Adding 0 makes -0 a 0.
    (number * 1e9).round() / 1e9 + 0.0
}
