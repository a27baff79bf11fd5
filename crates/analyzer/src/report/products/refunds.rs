//! The products of refunds.

use std::collections::{BTreeMap, BTreeSet};

use wayside_model::{Field, Touch};

use super::lines::{By, Line};
use crate::scan::Row;

/// Refunds so far: their amounts by order number, and the products of orders that came back.
#[derive(Default)]
pub(in crate::report) struct Refunds<'a> {
    amounts: BTreeMap<&'a str, i64>,
    products: BTreeSet<(usize, &'a str)>,
}

impl<'a> Refunds<'a> {
    /// The products of a refund: its own, or all of the order if the whole order is paid back; `None` if they are unknown.
    pub(in crate::report) fn products(
        &mut self,
        refund: &Row<'a>,
        order: Option<&Row<'a>>,
        by: By,
    ) -> Option<Vec<Line<'a>>> {
        let amount = refund.int(Field::Value).map(i64::saturating_abs);
        let so_far = refund.text_of(Field::TransactionId).map(|number| {
            let so_far = self.amounts.entry(number).or_default();
            *so_far = so_far.saturating_add(amount.unwrap_or(0));
            *so_far
        });
        let own: Vec<_> = by.lines(refund).collect();
        if !own.is_empty() {
            return Some(own);
        }
        let order = order?;
        let lines: Vec<_> = by.lines(order).collect();
        let priced: Option<i64> = lines.iter().map(Line::value).sum();
        // Shipping is often part of the order's value and not paid back.
        let whole = order.int(Field::Value).into_iter().chain(priced).min();
        let is_whole = amount.is_none() || whole.is_none_or(|whole| so_far >= Some(whole));
        (is_whole && !lines.is_empty()).then_some(lines)
    }

    /// Whether no earlier refund was about this product of the order.
    pub(in crate::report) fn is_first(&mut self, line: &Line<'a>, order: &Row<'a>) -> bool {
        self.products.insert((order.index, line.key))
    }
}
