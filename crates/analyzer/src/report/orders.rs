//! Orders of a journey: purchases, each counted once.

use wayside_model::{Field, Kind, Touch};

use crate::scan::{JourneyView, Row, SessionView};

/// The fields that [`Orders`] reads.
pub(super) const FIELDS: &[Field] = &[Field::TransactionId, Field::Value, Field::Currency];

/// The orders of one journey.
///
/// A later purchase with an order number that the customer has had before is the thank-you page shown again, not another
/// order (GA4 drops it the same way).
pub(super) struct Orders<'a>(Vec<Row<'a>>);

impl<'a> Orders<'a> {
    /// Finds the orders of a journey.
    pub(super) fn of(journey: &JourneyView<'a>) -> Self {
        let mut orders: Vec<Row<'a>> = Vec::new();
        for row in journey.rows().filter(|row| row.kind() == Kind::Purchase) {
            let number = row.text_of(Field::TransactionId);
            let is_copy = number.is_some() && orders.iter().any(|order| order.text_of(Field::TransactionId) == number);
            if !is_copy {
                orders.push(row);
            }
        }
        Self(orders)
    }

    /// The orders in canonical order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Row<'a>> {
        self.0.iter()
    }

    /// Whether a row is an order.
    pub(super) fn contains(&self, row: &Row<'_>) -> bool {
        self.0.binary_search_by_key(&row.index, |order| order.index).is_ok()
    }

    /// Whether an order was placed in a session.
    pub(super) fn are_in(&self, session: &SessionView<'_>) -> bool {
        self.0.iter().any(|order| order.session() == session.number)
    }

    /// Whether an order was placed at a row or after it.
    pub(super) fn follow(&self, row: usize) -> bool {
        self.0.last().is_some_and(|order| order.index >= row)
    }
}
