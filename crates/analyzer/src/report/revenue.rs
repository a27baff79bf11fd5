//! Money of a site, by currency: amounts of different currencies are never added.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wayside_model::money::PaidBack;
use wayside_model::{Field, Kind, Touch};

use super::orders::Orders;
use crate::range::Range;
use crate::scan::{JourneyView, Row};
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
        for change in changes(journey, &Orders::of(journey)) {
            self.add(&change);
        }
    }

    /// Adds an order or a refund.
    pub(super) fn add(&mut self, change: &Change<'_>) {
        self.of(change.currency).merge(change.amounts);
    }

    /// Merges the amounts of other journeys.
    pub(super) fn merge(&mut self, from: Self) {
        for (currency, other) in from.by_currency {
            self.by_currency.entry(currency).or_default().merge(other);
        }
    }

    /// Number of orders in all currencies.
    pub(super) fn orders(&self) -> u64 {
        self.by_currency.values().map(|amounts| amounts.orders).sum()
    }

    /// The currency with the most orders, which amounts are stated in; empty if it is not known or there is none.
    pub(super) fn main_currency(&self) -> &str {
        self.ordered().first().map_or("", |(currency, _)| currency)
    }

    /// The amounts of a currency.
    pub(super) fn amounts(&self, currency: &str) -> Amounts {
        self.by_currency.get(currency).copied().unwrap_or_default()
    }

    /// The amounts of the currency with the most orders.
    pub(super) fn main(&self) -> Amounts {
        self.amounts(self.main_currency())
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

/// An order or a refund in the range.
pub(super) struct Change<'a> {
    pub(super) row: Row<'a>,
    currency: Option<&'a str>,
    amounts: Amounts,
}

impl Change<'_> {
    /// Its currency; empty if it is not known.
    pub(super) fn currency(&self) -> &str {
        self.currency.unwrap_or("")
    }

    /// Whether it is an order.
    pub(super) fn is_order(&self) -> bool {
        self.amounts.orders > 0
    }

    /// The value of an order, or the amount of a refund as a negative number, in millionths.
    pub(super) fn micros(&self) -> i64 {
        self.amounts.sold.saturating_sub(self.amounts.paid_back)
    }
}

/// The orders and then the refunds of a journey that are in its range.
pub(super) fn changes<'a>(journey: &JourneyView<'a>, orders: &Orders<'a>) -> Vec<Change<'a>> {
    changes_in(journey.range(), journey, orders)
}

/// The orders and then the refunds of a journey that are in a range.
pub(super) fn changes_in<'a>(range: Range, journey: &JourneyView<'a>, orders: &Orders<'a>) -> Vec<Change<'a>> {
    let sold = orders.iter().filter(|row| range.contains(row.time())).map(|order| {
        let value = order.int(Field::Value);
        Change {
            row: *order,
            currency: order.text_of(Field::Currency),
            amounts: Amounts {
                orders: 1,
                valued: u64::from(value.is_some()),
                sold: value.unwrap_or(0),
                ..Amounts::default()
            },
        }
    });
    let mut changes: Vec<_> = sold.collect();
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
        if range.contains(refund.time()) {
            let currency = refund.text_of(Field::Currency);
            changes.push(Change {
                row: refund,
                currency: currency.or_else(|| order?.text_of(Field::Currency)),
                amounts: Amounts {
                    refunds: 1,
                    paid_back: back.micros,
                    assumed: u64::from(back.is_assumed),
                    ..Amounts::default()
                },
            });
        }
    }
    changes
}

impl Amounts {
    fn merge(&mut self, other: Self) {
        self.orders += other.orders;
        self.valued += other.valued;
        self.sold = self.sold.saturating_add(other.sold);
        self.refunds += other.refunds;
        self.paid_back = self.paid_back.saturating_add(other.paid_back);
        self.assumed += other.assumed;
    }

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
