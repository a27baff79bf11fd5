//! The purchases of each customer by day: what the models of repeat buying are fitted to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wayside_model::{Field, Touch};

use crate::buying::{History, Spending};
use crate::report::orders::{self, Orders};
use crate::scan::{FieldSet, JourneyView};
use crate::zone::Zone;

/// The fields that [`State::observe`] reads.
pub(super) fn fields() -> FieldSet {
    FieldSet::of(&[Field::Value, Field::Currency]).and(FieldSet::of(orders::FIELDS))
}

/// Customers whose first order is in the range, and the end of the observation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// The time of the last counted touchpoint of anybody, in milliseconds since 1970.
    end: Option<i64>,
    buyers: Vec<Buyer>,
}

/// A customer with an order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Buyer {
    /// The customer's key.
    #[serde(rename = "c")]
    pub(super) customer: String,
    /// The days with an order, in order.
    #[serde(rename = "d")]
    pub(super) days: Vec<Day>,
}

/// A day with orders. Several orders of a day are one purchase, as in the literature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Day(
    /// The day of the report's time zone, counted from 1970-01-01.
    i64,
    /// Values of the orders in millionths, by currency.
    BTreeMap<String, i64>,
);

impl State {
    /// Adds a journey.
    pub(super) fn observe(&mut self, journey: &JourneyView<'_>, zone: &Zone) {
        let Some(last) = journey.counted().next_back() else {
            return;
        };
        self.end = self.end.max(Some(last.time().millis()));
        let orders = Orders::of(journey);
        // Who has bought before the range is no new customer of it.
        if !orders
            .iter()
            .next()
            .is_some_and(|first| journey.range().contains(first.time()))
        {
            return;
        }
        let mut days: BTreeMap<i64, BTreeMap<String, i64>> = BTreeMap::new();
        for order in orders.iter().filter(|order| journey.range().contains(order.time())) {
            let values = days.entry(zone.day(order.time().millis())).or_default();
            if let Some(value) = order.int(Field::Value) {
                let currency = order.text_of(Field::Currency).unwrap_or_default().to_ascii_uppercase();
                let sum = values.entry(currency).or_default();
                *sum = sum.saturating_add(value);
            }
        }
        if !days.is_empty() {
            self.buyers.push(Buyer {
                customer: journey.customer().to_owned(),
                days: days.into_iter().map(|(day, values)| Day(day, values)).collect(),
            });
        }
    }

    /// Merges the purchases of other customers.
    pub(super) fn merge(&mut self, from: Self) {
        self.end = self.end.max(from.end);
        self.buyers.extend(from.buyers);
    }

    /// The purchases of all customers, in an order that does not depend on how the state came about.
    pub(super) fn finish(mut self, zone: &Zone) -> Option<Purchases> {
        self.buyers.sort_by(|a, b| a.customer.cmp(&b.customer));
        let end = zone.day(self.end?);
        let start = self.buyers.iter().map(Buyer::first).min()?;
        let mut days_by_currency: BTreeMap<&str, u64> = BTreeMap::new();
        for day in self.buyers.iter().flat_map(|buyer| &buyer.days) {
            for currency in day.1.keys() {
                *days_by_currency.entry(currency).or_default() += 1;
            }
        }
        // The first by name among those of the most purchases.
        let main = days_by_currency.into_iter().rev().max_by_key(|(_, days)| *days);
        let currency = main.map(|(currency, _)| currency.to_owned()).unwrap_or_default();
        Some(Purchases {
            buyers: self.buyers,
            currency,
            start,
            end,
        })
    }
}

/// The purchases of all customers.
#[derive(Debug)]
pub(super) struct Purchases {
    /// The customers by their keys.
    pub(super) buyers: Vec<Buyer>,
    /// The currency of most purchases; amounts of others are left out.
    pub(super) currency: String,
    /// The day of the first purchase, and the last day of the observation.
    pub(super) start: i64,
    pub(super) end: i64,
}

/// Days of a week: the models' unit of time is the week, as in the literature.
pub(super) const DAYS_OF_WEEK: f64 = 7.0;

impl Buyer {
    /// The day of the first purchase.
    pub(super) fn first(&self) -> i64 {
        self.days[0].0
    }

    /// The purchases until a day, that included; `None` if the first is later.
    pub(super) fn until(&self, end: i64) -> Option<History> {
        let days = &self.days[..self.days.partition_point(|day| day.0 <= end)];
        let [first, .., last] = [days.first()?, days.last()?];
        Some(History {
            repeats: u32::try_from(days.len() - 1).unwrap_or(u32::MAX),
            recency: (last.0 - first.0) as f64 / DAYS_OF_WEEK,
            age: (end - first.0) as f64 / DAYS_OF_WEEK,
        })
    }

    /// The day of the last purchase, the number of purchases and their value in a currency until a day, that included; `None` if the
    /// first is later.
    pub(super) fn facts(&self, end: i64, currency: &str) -> Option<(i64, usize, i64)> {
        let days = &self.days[..self.days.partition_point(|day| day.0 <= end)];
        let value = days
            .iter()
            .filter_map(|day| day.1.get(currency))
            .fold(0i64, |sum, value| sum.saturating_add(*value));
        Some((days.last()?.0, days.len(), value))
    }

    /// Days from the first purchase to the second; `None` without a second.
    pub(super) fn days_to_second(&self) -> Option<i64> {
        Some(self.days.get(1)?.0 - self.first())
    }

    /// Number of purchases after a day.
    pub(super) fn after(&self, day: i64) -> u64 {
        self.days.iter().filter(|one| one.0 > day).count() as u64
    }

    /// The day of the last purchase.
    pub(super) fn last(&self) -> i64 {
        self.days[self.days.len() - 1].0
    }

    /// The value of all purchases in a currency, in millionths; `None` if none has one.
    pub(super) fn value(&self, currency: &str) -> Option<i64> {
        self.days
            .iter()
            .filter_map(|day| day.1.get(currency))
            .copied()
            .reduce(i64::saturating_add)
    }

    /// The repeat purchases that have a value in a currency.
    pub(super) fn spending(&self, currency: &str) -> Option<Spending> {
        let values = self.days[1..]
            .iter()
            .filter_map(|day| day.1.get(currency).filter(|value| **value > 0));
        let (orders, sum) = values.fold((0u32, 0.0), |(n, sum), value| (n + 1, sum + *value as f64 / 1e6));
        (orders > 0).then(|| Spending {
            orders,
            mean: sum / f64::from(orders),
        })
    }
}
