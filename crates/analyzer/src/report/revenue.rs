//! Money of a site, by currency: amounts of different currencies are never added.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wayside_model::money::PaidBack;
use wayside_model::{Field, Kind, Touch};

use super::orders::Orders;
use crate::scan::JourneyView;
use crate::table::{money, rounded};

/// The fields that [`Revenue`] reads.
pub(super) const FIELDS: &[Field] = &[Field::TransactionId, Field::Value, Field::Currency];

/// Orders and refunds by currency; the empty text stands for no currency.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Revenue {
    by_currency: BTreeMap<String, Amounts>,
}

/// Amounts of one currency, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Amounts {
    pub(super) orders: u64,
    /// Orders with a value.
    pub(super) valued: u64,
    pub(super) sold: i64,
    refunds: u64,
    pub(super) paid_back: i64,
    /// Refunds without an amount, which count as the rest of their order's value.
    assumed: u64,
}

impl Revenue {
    /// Adds the orders and refunds of a journey that are in the range.
    pub(super) fn count(&mut self, journey: &JourneyView<'_>) {
        let orders = Orders::of(journey);
        for order in orders.iter().filter(|row| journey.range().contains(row.time())) {
            let amounts = self.of(order.text(Field::Currency));
            amounts.orders += 1;
            if let Some(value) = order.int(Field::Value) {
                amounts.valued += 1;
                amounts.sold = amounts.sold.saturating_add(value);
            }
        }
        // Refunds before the range reduce the rest of their order's value.
        let mut refunded: BTreeMap<&str, i64> = BTreeMap::new();
        for refund in journey.rows_of(Kind::Refund) {
            let number = refund.text_of(Field::TransactionId);
            let order = number.and_then(|number| orders.numbered(number));
            let earlier = number.map(|number| refunded.entry(number).or_default());
            let left = order.and_then(|order| order.int(Field::Value)).map(|value| {
                let earlier = earlier.as_ref().map_or(0, |earlier| **earlier);
                value.saturating_abs().saturating_sub(earlier).max(0)
            });
            let back = PaidBack::of(refund.int(Field::Value), left);
            if let Some(earlier) = earlier {
                *earlier = earlier.saturating_add(back.micros);
            }
            if !journey.range().contains(refund.time()) {
                continue;
            }
            let currency = refund.text_of(Field::Currency);
            let amounts = self.of(currency.or_else(|| order?.text_of(Field::Currency)));
            amounts.refunds += 1;
            amounts.paid_back = amounts.paid_back.saturating_add(back.micros);
            amounts.assumed += u64::from(back.is_assumed);
        }
    }

    /// Merges the amounts of other journeys.
    pub(super) fn merge(&mut self, from: Self) {
        for (currency, other) in from.by_currency {
            let amounts = self.by_currency.entry(currency).or_default();
            amounts.orders += other.orders;
            amounts.valued += other.valued;
            amounts.sold = amounts.sold.saturating_add(other.sold);
            amounts.refunds += other.refunds;
            amounts.paid_back = amounts.paid_back.saturating_add(other.paid_back);
            amounts.assumed += other.assumed;
        }
    }

    /// Number of orders in all currencies.
    pub(super) fn orders(&self) -> u64 {
        self.by_currency.values().map(|amounts| amounts.orders).sum()
    }

    /// The amounts of the currency with the most orders.
    pub(super) fn main(&self) -> Amounts {
        self.ordered()
            .first()
            .map_or_else(Amounts::default, |(_, amounts)| *amounts)
    }

    /// The currency of the main amounts, if it is a code of three letters, as in ISO 4217. A shop may write any text.
    pub(super) fn currency(&self) -> Option<String> {
        let (currency, _) = *self.ordered().first()?;
        is_currency(currency).then(|| currency.to_owned())
    }

    /// A note for each currency: the main one, and those that are left out of the amounts.
    pub(super) fn notes(&self) -> impl Iterator<Item = String> {
        self.ordered().into_iter().enumerate().map(|(at, (currency, amounts))| {
            let name = if currency.is_empty() {
                "no stated currency"
            } else {
                currency
            };
            let what = if at == 0 {
                "Amounts are in"
            } else {
                "Not added to the amounts:"
            };
            let without = match amounts.orders - amounts.valued {
                0 => String::new(),
                n => format!(" ({n} of them without a value)"),
            };
            let assumed = match amounts.assumed {
                0 => String::new(),
                n => format!(" ({n} of them without an amount, taken as the value of their order)"),
            };
            format!(
                "{what} {name}: {} sold, orders: {}{without}; {} paid back, refunds: {}{assumed}.",
                money(amounts.sold, Some(currency)),
                amounts.orders,
                money(amounts.paid_back, Some(currency)),
                amounts.refunds
            )
        })
    }

    fn of(&mut self, currency: Option<&str>) -> &mut Amounts {
        self.by_currency
            .entry(currency.unwrap_or("").to_ascii_uppercase())
            .or_default()
    }

    /// The amounts by currency, most orders first, then by name.
    pub(super) fn ordered(&self) -> Vec<(&str, Amounts)> {
        let mut all: Vec<_> = self
            .by_currency
            .iter()
            .map(|(currency, amounts)| (currency.as_str(), *amounts))
            .collect();
        all.sort_by_key(|(_, amounts)| Reverse(amounts.orders));
        all
    }
}

/// Whether a text is a currency's code as ISO 4217 has them.
pub(super) fn is_currency(text: &str) -> bool {
    text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

impl Amounts {
    /// Value of the orders less refunds; `None` when there are orders and none says its value.
    pub(super) fn revenue(&self) -> Option<i64> {
        (self.orders == 0 || self.valued > 0).then(|| self.sold.saturating_sub(self.paid_back))
    }

    /// Mean value of an order, to the smallest unit of the currency; `None` when no order has a value.
    pub(super) fn average(&self, currency: Option<&str>) -> Option<i64> {
        let mean = i128::from(self.sold).checked_div(i128::from(self.valued))?;
        Some(rounded(i64::try_from(mean).ok()?, currency))
    }
}
