//! `retention`: the customers who come back, by the week of their first visit.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::Touch;

use super::columns;
use super::outcome::share;
use super::params::{Param, Params};
use super::{Definition, Report};
use crate::error::Error;
use crate::scan::JourneyView;
use crate::table::{Cell, Column, Table, Unit};
use crate::zone::{self, Zone};

pub(super) static DEFINITION: Definition = Definition {
    name: "retention",
    title: "Retention",
    doc: "Of the customers who first came in a week, how many come back in each week after?",
    params: &[Param::number(
        "weeks",
        "8",
        "How many weeks after the first visit to list; 1 to 52.",
    )],
    columns: &[
        Column::text("cohort", "The Monday of the week of the first visit.").period(),
        Column::number(
            "week",
            Unit::Count,
            "The number of weeks since then; 0 is the week of the first visit.",
        )
        .key(),
        Column::number(
            "customers",
            Unit::Count,
            "Customers whose first visit was in the cohort's week.",
        ),
        Column::number("returned", Unit::Count, "Those of them with a visit in this week."),
        Column::number("retention", Unit::Ratio, "Their share.").main(),
        columns::low("retention_low"),
        columns::high("retention_high"),
    ],
    build: |params| Ok(Arc::new(Retention::from_params(params)?)),
};

#[derive(Debug)]
struct Retention {
    weeks: usize,
    zone: Zone,
}

/// By the number of the week of the first visit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// Customers with a visit in each week since then; all of them have one in week 0.
    cohorts: BTreeMap<i64, Vec<u64>>,
    /// The week of the latest touchpoint.
    last_week: Option<i64>,
}

impl Report for Retention {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let week = |millis: i64| zone::week(self.zone.day(millis));
        let latest = journey.rows().next_back().map(|row| week(row.time().millis()));
        state.last_week = state.last_week.max(latest);
        let mut starts = journey.sessions().map(|session| session.start());
        let Some(first) = starts.next().filter(|first| journey.range().contains(*first)) else {
            return;
        };
        let cohort = week(first.millis());
        let counts = state.cohorts.entry(cohort).or_default();
        count(counts, 0);
        let mut last = 0;
        for start in starts {
            let since = usize::try_from(week(start.millis()) - cohort).unwrap_or(0);
            // Sessions are in order of their starts, so that equal weeks follow each other.
            if since > last && since <= self.weeks {
                count(counts, since);
                last = since;
            }
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.last_week = into.last_week.max(from.last_week);
        for (cohort, from) in from.cohorts {
            let counts = into.cohorts.entry(cohort).or_default();
            counts.resize(counts.len().max(from.len()), 0);
            counts.iter_mut().zip(from).for_each(|(count, more)| *count += more);
        }
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let Some(last_week) = state.last_week else { return table };
        for (cohort, counts) in &state.cohorts {
            let customers = counts.first().copied().unwrap_or(0);
            // A week that the data does not reach is unknown, not empty.
            let known = usize::try_from(last_week - cohort).unwrap_or(0).min(self.weeks);
            for week in 0..=known {
                let returned = counts.get(week).copied().unwrap_or(0);
                let mut row = vec![
                    Cell::text(zone::date(zone::monday(*cohort))),
                    Cell::Count(week as u64),
                    Cell::Count(customers),
                    Cell::Count(returned),
                ];
                row.extend(share(returned, customers));
                table.push(row);
            }
        }
        if !state.cohorts.is_empty() {
            table.note(format!(
                "The data ends in the week of {}: shares of that week may still rise.",
                zone::date(zone::monday(last_week))
            ));
        }
        table
    }
}

impl Retention {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            // A year: later weeks have few customers.
            weeks: params.number("weeks", 1..=52)? as usize,
            zone: params.zone().clone(),
        })
    }
}

fn count(counts: &mut Vec<u64>, week: usize) {
    counts.resize(counts.len().max(week + 1), 0);
    counts[week] += 1;
}
