//! Orders of a journey: purchases, each once.

use wayside_model::{Field, Kind, Touch};

use crate::scan::{JourneyView, Row};

/// What counting orders reads.
pub(super) const FIELDS: &[Field] = &[Field::TransactionId, Field::Value, Field::Currency];

/// The journey's purchases in order. A later purchase with an order number that the customer has had before is the
/// thank-you page shown again, not another order (GA4 drops it the same way).
pub(super) fn orders<'a>(journey: &JourneyView<'a>) -> Vec<Row<'a>> {
    let mut orders: Vec<Row<'a>> = Vec::new();
    for row in journey.rows().filter(|row| row.kind() == Kind::Purchase) {
        let number = row.text_of(Field::TransactionId);
        let is_copy = number.is_some() && orders.iter().any(|order| order.text_of(Field::TransactionId) == number);
        if !is_copy {
            orders.push(row);
        }
    }
    orders
}
