//! Sums of a product over customers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::report::capped::Sum;

/// Sums of a product.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sums {
    /// The latest name with its time; of several at that time, the last in alphabetical order.
    name: Option<(i64, String)>,
    /// Customers who viewed it, and those of them who then bought it.
    pub(super) viewed: u64,
    pub(super) converted: u64,
    /// Customers who added it to the cart, removed it, bought it, left it in the cart.
    pub(super) added: u64,
    pub(super) removed: u64,
    pub(super) bought: u64,
    pub(super) left: u64,
    /// Orders with it, and those of them from which it came back.
    pub(super) orders: u64,
    pub(super) returned_orders: u64,
    /// Units sold, and units returned, in millionths.
    pub(super) units: i64,
    pub(super) returned_units: i64,
    /// Units sold without a price, in millionths.
    pub(super) unpriced: i64,
    /// By currency; the empty text stands for none.
    money: BTreeMap<String, Money>,
}

/// Amounts of one currency, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Money {
    pub(super) sold: i64,
    pub(super) paid_back: i64,
    pub(super) abandoned: i64,
}

impl Sums {
    /// Takes note of the product's name at a time.
    pub(super) fn see_name(&mut self, time_ms: i64, name: &str) {
        let is_later = |(known_ms, known): &(i64, String)| (time_ms, name) > (*known_ms, known.as_str());
        if self.name.as_ref().is_none_or(is_later) {
            self.name = Some((time_ms, name.to_owned()));
        }
    }

    /// The product's name.
    pub(super) fn name(&self) -> Option<&str> {
        self.name.as_ref().map(|(_, name)| name.as_str())
    }

    /// The amounts of a currency, to be changed.
    pub(super) fn money(&mut self, currency: &str) -> &mut Money {
        self.money.entry(currency.to_ascii_uppercase()).or_default()
    }

    /// The amounts of a currency.
    pub(super) fn amounts(&self, currency: &str) -> Money {
        self.money.get(currency).copied().unwrap_or_default()
    }

    /// The currencies of its amounts.
    pub(super) fn currencies(&self) -> impl Iterator<Item = &str> {
        self.money.keys().map(String::as_str)
    }
}

impl Sum for Sums {
    fn add(&mut self, more: Self) {
        if let Some((time_ms, name)) = &more.name {
            self.see_name(*time_ms, name);
        }
        for (sum, more) in [
            (&mut self.viewed, more.viewed),
            (&mut self.converted, more.converted),
            (&mut self.added, more.added),
            (&mut self.removed, more.removed),
            (&mut self.bought, more.bought),
            (&mut self.left, more.left),
            (&mut self.orders, more.orders),
            (&mut self.returned_orders, more.returned_orders),
        ] {
            *sum += more;
        }
        for (sum, more) in [
            (&mut self.units, more.units),
            (&mut self.returned_units, more.returned_units),
            (&mut self.unpriced, more.unpriced),
        ] {
            *sum = sum.saturating_add(more);
        }
        for (currency, more) in more.money {
            let money = self.money.entry(currency).or_default();
            for (sum, more) in [
                (&mut money.sold, more.sold),
                (&mut money.paid_back, more.paid_back),
                (&mut money.abandoned, more.abandoned),
            ] {
                *sum = sum.saturating_add(more);
            }
        }
    }
}
