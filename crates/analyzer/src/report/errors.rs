//! `errors`: scripts and requests that fail, their pages, and the outcomes of sessions with them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::{Field, Kind, Touch, url};

use super::columns;
use super::keyed::Keyed;
use super::orders::{self, Orders};
use super::outcome::{Examples, Outcome, Page, share};
use super::params::{Param, Params};
use super::{Definition, Report};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView, Row};
use crate::table::{Cell, Column, Table, Unit};

pub(super) static DEFINITION: Definition = Definition {
    name: "errors",
    title: "Errors",
    doc: "Which scripts and requests fail, on which pages, and what became of the sessions that met them?",
    params: &[Param::number(
        "top",
        "100",
        "How many rows to list, most sessions first; 1 to 10000.",
    )],
    columns: &[
        Column::text(
            "error",
            "The error's class, or http_ and the status of a failed request.",
        ),
        Column::text("address", "The script or the request that failed, without its query."),
        Column::text("page", "Path of the page on which it happened."),
        Column::number("times", Unit::Count, "How often."),
        Column::number("sessions", Unit::Count, "Sessions that met it.").main(),
        columns::SHARE_OF_SESSIONS,
        columns::SHARE_OF_SESSIONS_LOW,
        columns::SHARE_OF_SESSIONS_HIGH,
        columns::CUSTOMERS,
        columns::CONVERSION_WITH,
        columns::CONVERSION_WITH_LOW,
        columns::CONVERSION_WITH_HIGH,
        columns::conversion_without("The same share of the other sessions that saw this page."),
        columns::CONVERSION_WITHOUT_LOW,
        columns::CONVERSION_WITHOUT_HIGH,
        columns::DIFFERENCE,
        columns::DIFFERENCE_LOW,
        columns::DIFFERENCE_HIGH,
        columns::EXAMPLES,
    ],
    build: |params| Ok(Arc::new(Errors::from_params(params)?)),
};

#[derive(Debug)]
struct Errors {
    top: usize,
}

/// An error, the address that failed, and the page.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) error: String,
    pub(super) address: String,
    pub(super) page: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    sessions: u64,
    /// Sessions by the pages that they saw; the empty path stands for an unknown page.
    by_page: BTreeMap<String, Outcome>,
    places: Keyed<Place, Failures>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Failures {
    times: u64,
    outcome: Outcome,
    customers: u64,
    examples: Examples,
}

impl Report for Errors {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(&[Field::Url, Field::Error, Field::Count]).and(FieldSet::of(orders::FIELDS))
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let orders = Orders::of(journey);
        let mut theirs: BTreeSet<Place> = BTreeSet::new();
        for session in journey.counted_sessions() {
            let bought = orders.are_in(&session);
            let mut page = Page::default();
            let mut seen: BTreeSet<&str> = BTreeSet::new();
            let mut here: BTreeMap<Place, u64> = BTreeMap::new();
            for row in session.rows() {
                page.follow(&row);
                seen.insert(page.path());
                if let Some(place) = Place::of(&row, &page) {
                    let times = row.int(Field::Count).map_or(1, |count| count.max(1) as u64);
                    *here.entry(place).or_default() += times;
                }
            }
            state.sessions += 1;
            for page in seen {
                state.by_page.entry(page.to_owned()).or_default().add(bought);
            }
            for (place, times) in here {
                let failures = state.places.at(place.clone());
                failures.times += times;
                failures.outcome.add(bought);
                failures.examples.add(bought, journey.customer());
                if theirs.insert(place) {
                    failures.customers += 1;
                }
            }
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.sessions += from.sessions;
        for (page, outcome) in from.by_page {
            into.by_page.entry(page).or_default().merge(outcome);
        }
        into.places.merge(from.places, Failures::merge);
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let mut lines: Vec<(Place, Failures)> = state.places.into_iter().collect();
        // The places come in order, which decides between equals.
        lines.sort_by_key(|(_, failures)| Reverse(failures.outcome.sessions));
        let left_out = lines.len().saturating_sub(self.top);
        if left_out > 0 {
            table.note(format!("Rows left out: {left_out}; a larger top shows them."));
        }
        for (place, failures) in lines.into_iter().take(self.top) {
            let all = state.by_page.get(&place.page).copied().unwrap_or_default();
            let mut row: Vec<Cell> = [place.error, place.address, place.page].map(Cell::Text).into();
            row.extend([Cell::Count(failures.times), Cell::Count(failures.outcome.sessions)]);
            row.extend(share(failures.outcome.sessions, state.sessions));
            row.push(Cell::Count(failures.customers));
            row.extend(failures.outcome.beside(&failures.outcome.others_of(&all)));
            row.push(failures.examples.cell());
            table.push(row);
        }
        table
    }
}

impl Errors {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self { top: params.top()? })
    }
}

impl Place {
    /// The place of a failure; `None` for other touchpoints. `page` is the session's current page.
    pub(super) fn of(row: &Row<'_>, page: &Page<'_>) -> Option<Self> {
        (row.kind() == Kind::PageError).then(|| Self {
            error: row.text_of(Field::Error).unwrap_or_default().to_owned(),
            address: row.text_of(Field::Url).map(without_query).unwrap_or_default(),
            page: page.path().to_owned(),
        })
    }
}

impl Failures {
    fn merge(&mut self, from: Self) {
        self.times += from.times;
        self.outcome.merge(from.outcome);
        self.customers += from.customers;
        self.examples.merge(from.examples);
    }
}

/// Host and path of an address: the query differs from request to request.
fn without_query(address: &str) -> String {
    format!("{}{}", url::host(address), url::path(address))
}
