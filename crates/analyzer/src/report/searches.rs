//! `searches`: the customers' search terms, whether they have results, and whether an order follows.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::{Field, Kind, Touch};

use super::columns;
use super::orders::{self, Orders};
use super::outcome::share;
use super::params::{Param, Params};
use super::{Definition, Report};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView, Row};
use crate::table::{Cell, Column, Link, Table, Unit};

pub(super) static DEFINITION: Definition = Definition {
    name: "searches",
    title: "Searches",
    doc: "What do customers search for, do they find something, and do they buy then?",
    params: &[Param::number(
        "top",
        "100",
        "How many terms to list, the most frequent first; 1 to 10000.",
    )],
    columns: &[
        Column::text("term", "What was searched for, in small letters."),
        Column::number("searches", Unit::Count, "How often.").main(),
        Column::number("sessions", Unit::Count, "In how many sessions."),
        Column::number("customers", Unit::Count, "By how many customers.").linked(Link::Customers),
        Column::number("with_results", Unit::Count, "Searches that found something."),
        Column::number("without_results", Unit::Count, "Searches that found nothing."),
        Column::number(
            "without_share",
            Unit::Ratio,
            "Share of the searches that found nothing, of those whose number of results is known.",
        ),
        columns::low("without_share_low"),
        columns::high("without_share_high"),
        Column::number("then_bought", Unit::Count, "Sessions with an order after the search."),
        Column::number(
            "conversion",
            Unit::Ratio,
            "Their share of the sessions with the search.",
        ),
        Column::number(
            "conversion_low",
            Unit::Ratio,
            "Lower end of the 95% interval of that share.",
        ),
        Column::number("conversion_high", Unit::Ratio, "Upper end of that interval."),
    ],
    build: |params| Ok(Arc::new(Searches::from_params(params)?)),
};

#[derive(Debug)]
struct Searches {
    top: usize,
}

/// By term.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct State {
    terms: BTreeMap<String, Term>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Term {
    searches: u64,
    sessions: u64,
    customers: u64,
    found: u64,
    empty: u64,
    bought: u64,
}

impl Report for Searches {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(&[Field::SearchTerm, Field::Results]).and(FieldSet::of(orders::FIELDS))
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let orders = Orders::of(journey);
        let mut theirs: BTreeSet<String> = BTreeSet::new();
        for session in journey.counted_sessions() {
            let mut here: BTreeMap<String, bool> = BTreeMap::new();
            for row in session.rows() {
                if row.kind() == Kind::Purchase && orders.contains(&row) {
                    here.values_mut().for_each(|bought| *bought = true);
                }
                let Some(name) = term_of(&row) else { continue };
                let term = state.terms.entry(name.clone()).or_default();
                term.searches += 1;
                match row.int(Field::Results) {
                    Some(0) => term.empty += 1,
                    Some(n) if n > 0 => term.found += 1,
                    _ => {}
                }
                here.entry(name).or_insert(false);
            }
            for (name, bought) in here {
                let term = state.terms.entry(name.clone()).or_default();
                term.sessions += 1;
                term.bought += u64::from(bought);
                if theirs.insert(name) {
                    term.customers += 1;
                }
            }
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        for (name, from) in from.terms {
            into.terms.entry(name).or_default().merge(&from);
        }
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let mut terms: Vec<(String, Term)> = state.terms.into_iter().collect();
        // The terms come in order of their letters, which decides between equals.
        terms.sort_by_key(|(_, term)| Reverse(term.searches));
        let left_out = terms.len().saturating_sub(self.top);
        if left_out > 0 {
            table.note(format!("Terms left out: {left_out}; a larger top shows them."));
        }
        for (name, term) in terms.into_iter().take(self.top) {
            let mut row = vec![
                Cell::Text(name),
                Cell::Count(term.searches),
                Cell::Count(term.sessions),
                Cell::Count(term.customers),
                Cell::Count(term.found),
                Cell::Count(term.empty),
            ];
            row.extend(share(term.empty, term.found + term.empty));
            row.push(Cell::Count(term.bought));
            row.extend(share(term.bought, term.sessions));
            table.push(row);
        }
        table
    }
}

/// The term that a touchpoint searched for, as the report names it; `None` of any other touchpoint.
pub(super) fn term_of(row: &Row<'_>) -> Option<String> {
    let term = row.text_of(Field::SearchTerm).filter(|_| row.kind() == Kind::Search)?;
    Some(term.trim().to_lowercase())
}

impl Searches {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self { top: params.top()? })
    }
}

impl Term {
    fn merge(&mut self, from: &Self) {
        self.searches += from.searches;
        self.sessions += from.sessions;
        self.customers += from.customers;
        self.found += from.found;
        self.empty += from.empty;
        self.bought += from.bought;
    }
}
