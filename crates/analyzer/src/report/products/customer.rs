//! The dealings of one customer with each product.

use std::collections::{BTreeMap, BTreeSet};

use wayside_model::{Field, Kind, Touch};

use super::lines::{By, Line, price_of};
use super::refunds::Refunds;
use super::sums::{Money, Sums};
use crate::report::orders::Orders;
use crate::scan::{JourneyView, Row};

/// The dealings of a customer with a product.
#[derive(Default)]
pub(super) struct Dealings<'a> {
    /// Sums of orders and refunds, to which the rest is added at the end.
    sums: Sums,
    viewed: bool,
    added: bool,
    removed: bool,
    bought: bool,
    /// Whether an order of it followed a view.
    converted: bool,
    /// Units in the cart since the last order of it, and their price.
    in_cart: i64,
    price: Option<i64>,
    currency: &'a str,
}

/// All dealings of a customer, by the key of the product, and the number of refunds whose products are unknown.
#[derive(Default)]
pub(super) struct Customer<'a> {
    pub(super) products: BTreeMap<&'a str, Dealings<'a>>,
    pub(super) unknown_refunds: u64,
}

impl<'a> Customer<'a> {
    pub(super) fn of(journey: &JourneyView<'a>, by: By) -> Self {
        let orders = Orders::of(journey);
        let mut customer = Self::default();
        let mut refunds = Refunds::default();
        for row in journey.rows() {
            let is_counted = journey.range().contains(row.time());
            match row.kind() {
                Kind::ViewItem if is_counted => {
                    by.lines(&row).for_each(|line| customer.at(&line, &row).viewed = true);
                }
                Kind::AddToCart if is_counted => by
                    .lines(&row)
                    .for_each(|line| customer.at(&line, &row).add(&line, &row)),
                Kind::RemoveFromCart if is_counted => {
                    by.lines(&row).for_each(|line| customer.at(&line, &row).take_out(&line));
                }
                Kind::Purchase if orders.contains(&row) => customer.order(&row, is_counted, by),
                Kind::Refund => {
                    let number = row.text_of(Field::TransactionId);
                    let order = number.and_then(|number| orders.numbered(number));
                    let Some(lines) = refunds.products(&row, order, by) else {
                        customer.unknown_refunds += u64::from(is_counted);
                        continue;
                    };
                    let counted_order = order.filter(|order| journey.range().contains(order.time()));
                    for line in lines {
                        if counted_order.is_some_and(|order| refunds.is_first(&line, order)) {
                            customer.at(&line, &row).sums.returned_orders += 1;
                        }
                        if is_counted {
                            customer.give_back(&line, &row, order);
                        }
                    }
                }
                _ => {}
            }
        }
        customer
    }

    fn at(&mut self, line: &Line<'a>, row: &Row<'a>) -> &mut Dealings<'a> {
        let dealings = self.products.entry(line.key).or_default();
        if let Some(name) = line.name {
            dealings.sums.see_name(row.time().millis(), name);
        }
        dealings
    }

    fn order(&mut self, row: &Row<'a>, is_counted: bool, by: By) {
        let mut seen = BTreeSet::new();
        for line in by.lines(row) {
            if let Some(dealings) = self.products.get_mut(line.key) {
                dealings.converted |= dealings.viewed;
                dealings.in_cart = 0;
            }
            if is_counted {
                let dealings = self.at(&line, row);
                dealings.bought = true;
                dealings.sums.orders += u64::from(seen.insert(line.key));
                dealings.sums.units = dealings.sums.units.saturating_add(line.units);
                match line.value() {
                    Some(value) => dealings.sums.money(currency_of(row, None)).sold(value),
                    None => dealings.sums.unpriced = dealings.sums.unpriced.saturating_add(line.units),
                }
            }
        }
    }

    fn give_back(&mut self, line: &Line<'a>, row: &Row<'a>, order: Option<&Row<'a>>) {
        let sums = &mut self.at(line, row).sums;
        sums.returned_units = sums.returned_units.saturating_add(line.units);
        if let Some(value) = line.value() {
            sums.money(currency_of(row, order)).paid_back(value);
        }
    }
}

impl<'a> Dealings<'a> {
    fn add(&mut self, line: &Line<'a>, row: &Row<'a>) {
        self.added = true;
        self.in_cart = self.in_cart.saturating_add(line.units);
        self.price = line.price.or(self.price);
        self.currency = currency_of(row, None);
    }

    fn take_out(&mut self, line: &Line<'a>) {
        self.removed = true;
        self.in_cart = self.in_cart.saturating_sub(line.units).max(0);
    }

    /// The sums with this customer counted once.
    pub(super) fn into_sums(self) -> Sums {
        let mut sums = self.sums;
        let is_left = self.added && self.in_cart > 0;
        for (count, is_met) in [
            (&mut sums.viewed, self.viewed),
            (&mut sums.converted, self.converted),
            (&mut sums.added, self.added),
            (&mut sums.removed, self.removed),
            (&mut sums.bought, self.bought),
            (&mut sums.left, is_left),
        ] {
            *count += u64::from(is_met);
        }
        if let (true, Some(price)) = (is_left, self.price) {
            sums.money(self.currency).abandoned(price_of(self.in_cart, price));
        }
        sums
    }
}

/// The currency of a touchpoint, else that of the order that it is about; empty if neither has one.
fn currency_of<'a>(row: &Row<'a>, order: Option<&Row<'a>>) -> &'a str {
    let own = row.text_of(Field::Currency);
    own.or_else(|| order?.text_of(Field::Currency)).unwrap_or("")
}

impl Money {
    fn sold(&mut self, micros: i64) {
        self.sold = self.sold.saturating_add(micros);
    }

    fn paid_back(&mut self, micros: i64) {
        self.paid_back = self.paid_back.saturating_add(micros);
    }

    fn abandoned(&mut self, micros: i64) {
        self.abandoned = self.abandoned.saturating_add(micros);
    }
}
