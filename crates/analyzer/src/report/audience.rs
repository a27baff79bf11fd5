//! `audience`: visits and orders by a property of the visits, such as their device, browser or country.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::journey::Parts;

use super::by::{self, By};
use super::capped::{Capped, OTHER_NAME, Sum};
use super::orders::{self, Orders};
use super::outcome::{Outcome, share};
use super::params::Param;
use super::{Definition, Report, columns, dimension};
use crate::scan::{FieldSet, JourneyView};
use crate::table::{Cell, Column, Table, Unit};

pub(super) static DEFINITION: Definition = Definition {
    name: "audience",
    title: "Audience",
    doc: "On which devices and browsers, in which languages and countries do visits take place, and which of them end with an order?",
    params: &[
        by::param("device", "The property of visits by which they are grouped."),
        dimension::PROPERTY,
        Param::number(
            "top",
            "50",
            "How many groups, those with most sessions; the others are one row.",
        ),
    ],
    columns: &[
        Column::text("group", "The group of visits; unknown where they do not tell."),
        Column::number("sessions", Unit::Count, "Sessions in it.").main(),
        columns::SHARE_OF_SESSIONS,
        columns::SHARE_OF_SESSIONS_LOW,
        columns::SHARE_OF_SESSIONS_HIGH,
        columns::CUSTOMERS,
        Column::number("converted", Unit::Count, "Sessions in it that have an order."),
        Column::number("conversion", Unit::Ratio, "Their share of the sessions in it."),
        columns::low("conversion_low"),
        columns::high("conversion_high"),
    ],
    build: |params| {
        Ok(Arc::new(Audience {
            by: By::from_params(params)?,
            top: params.top()?,
            link_params: by::link_params(params),
        }))
    },
};

/// Groups that are counted apart, the first in alphabetical order, which bounds the state.
const GROUPS_MAX: usize = 10_000;

#[derive(Debug)]
struct Audience {
    by: By,
    top: usize,
    link_params: Vec<(&'static str, String)>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct State(Capped<Visits, GROUPS_MAX>);

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Visits {
    outcome: Outcome,
    customers: u64,
}

impl Sum for Visits {
    fn add(&mut self, more: Self) {
        self.outcome.merge(more.outcome);
        self.customers += more.customers;
    }
}

impl Report for Audience {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        self.by.fields().and(FieldSet::of(orders::FIELDS))
    }

    fn parts(&self) -> Parts {
        Parts {
            channels: self.by.needs_channels(),
            signals: false,
        }
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let orders = Orders::of(journey);
        let mut theirs = BTreeSet::new();
        for session in journey.counted_sessions() {
            let group = self.by.of(&session);
            let visits = state.0.at(&group);
            visits.outcome.add(orders.are_in(&session));
            visits.customers += u64::from(theirs.insert(group));
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.0.merge(from.0);
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let (names, mut rest) = state.0.into_parts();
        let mut groups: Vec<(String, Visits)> = names.into_iter().collect();
        groups.sort_by_key(|(_, visits)| Reverse(visits.outcome.sessions));
        let left_out = groups.split_off(groups.len().min(self.top));
        if !left_out.is_empty() {
            table.note(format!(
                "{} more groups are in {OTHER_NAME}; the parameter top shows more.",
                left_out.len()
            ));
        }
        for (_, visits) in left_out {
            rest.get_or_insert_default().add(visits);
        }
        groups.extend(rest.map(|rest| (OTHER_NAME.to_owned(), rest)));
        let all: u64 = groups.iter().map(|(_, visits)| visits.outcome.sessions).sum();
        for (group, visits) in groups {
            // Customers of several of the other groups would be counted several times.
            let customers = if group == OTHER_NAME {
                Cell::Null
            } else {
                Cell::Count(visits.customers)
            };
            let Outcome { sessions, bought } = visits.outcome;
            let mut row = vec![Cell::Text(group), Cell::Count(sessions)];
            row.extend(share(sessions, all));
            row.extend([customers, Cell::Count(bought)]);
            row.extend(share(bought, sessions));
            table.push(row);
        }
        table
    }

    fn link_params(&self) -> Vec<(&'static str, String)> {
        self.link_params.clone()
    }
}
