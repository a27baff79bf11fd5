//! Answers about a contact or a return: satisfaction and effort, and what an answer is about.

use serde::{Deserialize, Serialize};
use wayside_model::{Field, Kind, Touch};

use super::columns;
use super::outcome::{mean_score, share};
use super::params::{Param, Params};
use crate::error::Error;
use crate::scan::{JourneyView, Row};
use crate::stats::Moments;
use crate::table::{Cell, Column, Unit};

/// The parameter that says how long after something an answer is about it.
pub(super) const DAYS: Param = Param::number(
    "answer_days",
    "14",
    "Days after it in which an answer about satisfaction or effort belongs to it; 1 to 365.",
);

/// The columns of [`Answers::cells`].
pub(super) const SATISFACTION: Column = Column::number(
    "satisfaction",
    Unit::Ratio,
    "Share of the answers about satisfaction that are 4 or 5.",
);
pub(super) const SATISFACTION_LOW: Column = columns::low("satisfaction_low");
pub(super) const SATISFACTION_HIGH: Column = columns::high("satisfaction_high");
pub(super) const SATISFACTION_ANSWERS: Column =
    Column::number("satisfaction_answers", Unit::Count, "Number of these answers.").wide();
pub(super) const EFFORT: Column =
    Column::number("effort", Unit::Score, "Mean answer about effort, 1 (hard) to 7 (easy).");
pub(super) const EFFORT_LOW: Column = columns::low_score("effort_low");
pub(super) const EFFORT_HIGH: Column = columns::high_score("effort_high");
pub(super) const EFFORT_ANSWERS: Column =
    Column::number("effort_answers", Unit::Count, "Number of these answers.").wide();

/// The fields that [`Answers::add_row`] reads.
pub(super) const FIELDS: &[Field] = &[Field::Score];

const DAY_MS: i64 = 86_400_000;
/// Customers count as satisfied from this answer on, of 1 to 5: as in the figure `csat`.
const SATISFIED_MIN: i64 = 4;
/// The ends of the scale of effort.
const EFFORT_SCALE: (f64, f64) = (1.0, 7.0);

/// Answers about satisfaction and effort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Answers {
    satisfaction: u64,
    satisfied: u64,
    effort: Moments,
}

impl Answers {
    /// Adds a row; one that is no answer, or has no score, changes nothing.
    pub(super) fn add_row(&mut self, row: &Row<'_>) {
        let Some(score) = row.int(Field::Score) else { return };
        match row.kind() {
            Kind::Csat => {
                self.satisfaction += 1;
                self.satisfied += u64::from(score >= SATISFIED_MIN);
            }
            Kind::Ces => self.effort.add(score),
            _ => {}
        }
    }

    /// Adds the answers of other journeys.
    pub(super) fn merge(&mut self, from: Self) {
        self.satisfaction += from.satisfaction;
        self.satisfied += from.satisfied;
        self.effort.merge(from.effort);
    }

    /// Eight cells: satisfaction and effort, each with its interval and the number of answers.
    pub(super) fn cells(&self) -> Vec<Cell> {
        let mut cells = share(self.satisfied, self.satisfaction).to_vec();
        cells.push(Cell::Count(self.satisfaction));
        cells.extend(mean_score(&self.effort, EFFORT_SCALE));
        cells.push(Cell::Count(self.effort.count));
        cells
    }
}

/// The milliseconds of the parameter [`DAYS`].
pub(super) fn window_ms(params: &Params<'_>) -> Result<i64, Error> {
    Ok(params.number(DAYS.name, 1..=365)? * DAY_MS)
}

/// The rows of a journey in the range that are answers.
pub(super) fn answers<'a>(journey: &JourneyView<'a>) -> impl Iterator<Item = Row<'a>> + use<'a> {
    let range = journey.range();
    let both = journey.rows_of(Kind::Csat).chain(journey.rows_of(Kind::Ces));
    both.filter(move |row| range.contains(row.time()))
}

/// The latest of these rows before an answer, if it is at most so long before it. The rows are in order.
pub(super) fn subject<'r, 'a>(rows: &'r [Row<'a>], answer: &Row<'_>, window_ms: i64) -> Option<&'r Row<'a>> {
    let before = rows.partition_point(|row| row.index < answer.index);
    let latest = rows[..before].last()?;
    (answer.time().since(latest.time()) <= window_ms).then_some(latest)
}
