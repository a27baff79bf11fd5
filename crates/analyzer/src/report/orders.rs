//! Orders of a journey: purchases, each counted once.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use wayside_model::{Field, Kind};

use crate::scan::{JourneyView, Row, SessionView};

/// The fields that [`Orders`] reads.
pub(super) const FIELDS: &[Field] = &[Field::TransactionId];

/// The orders of one journey.
///
/// A later purchase with an order number that the customer has had before is the thank-you page shown again, not another
/// order (GA4 drops it the same way).
pub(super) struct Orders<'a> {
    rows: Vec<Row<'a>>,
    /// Places in `rows` by order number.
    by_number: BTreeMap<&'a str, usize>,
    sessions: BTreeSet<u32>,
}

impl<'a> Orders<'a> {
    /// Finds the orders of a journey.
    pub(super) fn of(journey: &JourneyView<'a>) -> Self {
        let mut orders = Self {
            rows: Vec::new(),
            by_number: BTreeMap::new(),
            sessions: BTreeSet::new(),
        };
        for row in journey.rows_of(Kind::Purchase) {
            if let Some(number) = row.text_of(Field::TransactionId) {
                match orders.by_number.entry(number) {
                    Entry::Occupied(_) => continue,
                    Entry::Vacant(place) => place.insert(orders.rows.len()),
                };
            }
            orders.sessions.insert(row.session());
            orders.rows.push(row);
        }
        orders
    }

    /// The orders in canonical order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Row<'a>> {
        self.rows.iter()
    }

    /// The order of this number.
    pub(super) fn numbered(&self, number: &str) -> Option<&Row<'a>> {
        self.rows.get(*self.by_number.get(number)?)
    }

    /// Whether a row is an order.
    pub(super) fn contains(&self, row: &Row<'_>) -> bool {
        self.rows.binary_search_by_key(&row.index, |order| order.index).is_ok()
    }

    /// Whether an order was placed in a session.
    pub(super) fn are_in(&self, session: &SessionView<'_>) -> bool {
        self.sessions.contains(&session.number)
    }

    /// Whether no order was placed in a session, nor in a later one, counted from this row of the session.
    pub(super) fn are_missing_from(&self, session: &SessionView<'_>, row: usize) -> bool {
        !self.are_in(session) && !self.follow(row)
    }

    /// Whether an order was placed at a row or after it.
    pub(super) fn follow(&self, row: usize) -> bool {
        self.rows.last().is_some_and(|order| order.index >= row)
    }
}
