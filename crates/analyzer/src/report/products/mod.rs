//! `products`: which products are viewed, put into the cart, left there, bought and returned, and for how much.

mod customer;
pub(super) mod lines;
pub(super) mod refunds;
mod sums;
pub(super) mod together;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use self::customer::Customer;
use self::lines::{By, ONE_UNIT};
use self::sums::Sums;
use super::capped::{Capped, OTHER_NAME, Sum as _};
use super::columns;
use super::outcome::share;
use super::params::{Param, Params};
use super::revenue::{self, Revenue, is_currency};
use super::{Definition, Report};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView};
use crate::table::{Cell, Column, Table, Unit, counted, grouped};

pub(super) static DEFINITION: Definition = Definition {
    name: "products",
    title: "Products",
    doc: "Which products are viewed, left in carts, bought and returned, and for how much?",
    params: &[
        lines::BY,
        Param::number("top", "100", "How many rows to list, most revenue first; 1 to 10000."),
    ],
    columns: &[
        Column::text("product", "The product's id, else its name; or the category or brand."),
        Column::text("name", "The product's latest name."),
        Column::number("viewed", Unit::Count, "Customers who viewed it."),
        Column::number("added", Unit::Count, "Customers who put it into the cart."),
        Column::number("removed", Unit::Count, "Customers who removed it from the cart.").wide(),
        Column::number("bought", Unit::Count, "Customers who bought it."),
        Column::number(
            "conversion",
            Unit::Ratio,
            "Share of the customers who viewed it that bought it, then or later.",
        ),
        columns::low("conversion_low"),
        columns::high("conversion_high"),
        Column::number(
            "left",
            Unit::Count,
            "Customers who left it in the cart: neither removed nor bought, then or later.",
        ),
        Column::number(
            "abandonment",
            Unit::Ratio,
            "Their share of the customers who put it into the cart.",
        ),
        columns::low("abandonment_low"),
        columns::high("abandonment_high"),
        Column::number("abandoned_value", Unit::Money, "Price of the units that they left."),
        Column::number("orders", Unit::Count, "Orders with it."),
        Column::number("units", Unit::Count, "Units in these orders."),
        Column::number("sold", Unit::Money, "Price of these units.").wide(),
        Column::number(
            "returned_orders",
            Unit::Count,
            "Those of the orders from which it was refunded, then or later.",
        ),
        Column::number("return_rate", Unit::Ratio, "Their share of the orders."),
        columns::low("return_rate_low"),
        columns::high("return_rate_high"),
        Column::number("returned_units", Unit::Count, "Units that were refunded.").wide(),
        Column::number("paid_back", Unit::Money, "Price of the refunded units.").wide(),
        Column::number(
            "revenue",
            Unit::Money,
            "Price of the units sold, less that of the units refunded.",
        )
        .main(),
    ],
    build: |params| Ok(Arc::new(Products::from_params(params)?)),
};

/// Most products in a state. At some 300 bytes each, it stays below 20 MB.
const PRODUCTS_MAX: usize = 50_000;

#[derive(Debug)]
struct Products {
    by: By,
    top: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    products: Capped<Sums, PRODUCTS_MAX>,
    /// Of all orders: it decides the currency.
    revenue: Revenue,
    /// Refunds of a part of an order that name no products.
    unknown_refunds: u64,
}

impl Report for Products {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        self.by.fields().and(FieldSet::of(revenue::FIELDS))
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        state.revenue.count(journey);
        let customer = Customer::of(journey, self.by);
        state.unknown_refunds += customer.unknown_refunds;
        for (key, dealings) in customer.products {
            state.products.at(key).add(dealings.into_sums());
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.products.merge(from.products);
        into.revenue.merge(from.revenue);
        into.unknown_refunds += from.unknown_refunds;
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let (products, rest) = state.products.into_parts();
        if products.is_empty() {
            table.note(NOTHING);
            return table;
        }
        let currencies: BTreeSet<&str> = products.values().chain(&rest).flat_map(Sums::currencies).collect();
        let main = main_currency(&state.revenue, &currencies);
        table.currency = is_currency(&main).then(|| main.clone());
        let unpriced: i64 = products.values().chain(&rest).map(|sums| sums.unpriced).sum();
        for note in notes(&main, &currencies, unpriced, state.unknown_refunds) {
            table.note(note);
        }
        let mut rows: Vec<(String, Sums)> = products.into_iter().collect();
        rows.sort_by_key(|(_, sums)| {
            let amounts = sums.amounts(&main);
            (
                Reverse(amounts.sold - amounts.paid_back),
                Reverse(sums.viewed.max(sums.added)),
            )
        });
        let left_out = rows.len().saturating_sub(self.top);
        if left_out > 0 {
            table.note(format!("Rows left out: {left_out}; a larger top shows them."));
        }
        for (key, sums) in rows.into_iter().take(self.top) {
            table.push(row(&key, &sums, &main, false));
        }
        if let Some(rest) = rest {
            table.push(row(OTHER_NAME, &rest, &main, true));
            table.note(format!(
                "Only the first {} names in alphabetical order are told apart.",
                grouped(PRODUCTS_MAX as u64)
            ));
        }
        table
    }
}

impl Products {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            by: By::from_params(params)?,
            top: params.top()?,
        })
    }
}

/// The note of a report without products.
pub(super) const NOTHING: &str = "No touchpoint in these days has products (items): send them with view_item, add_to_cart and \
                                  purchase, or import orders with their products.";

/// The currency with the most orders; without orders, the first one of a cart.
fn main_currency(revenue: &Revenue, currencies: &BTreeSet<&str>) -> String {
    if revenue.orders() > 0 {
        return revenue.main_currency().to_owned();
    }
    currencies.first().copied().unwrap_or_default().to_owned()
}

fn notes(main: &str, currencies: &BTreeSet<&str>, unpriced: i64, unknown_refunds: u64) -> Vec<String> {
    let shown = |currency: &str| {
        let name = if currency.is_empty() {
            "no stated currency"
        } else {
            currency
        };
        name.to_owned()
    };
    let others: Vec<String> = currencies
        .iter()
        .filter(|other| **other != main)
        .map(|other| shown(other))
        .collect();
    let mut notes = vec![format!(
        "Amounts are prices of products in {}, without shipping and without discounts on the whole order.",
        shown(main)
    )];
    if !others.is_empty() {
        notes.push(format!("Not added to the amounts: prices in {}.", others.join(", ")));
    }
    if let Some(unpriced) = u64::try_from(unpriced).ok().filter(|unpriced| *unpriced > 0) {
        // Begun units count as whole.
        notes.push(format!(
            "Units without a price, which are in no amount: {}.",
            grouped(unpriced.div_ceil(ONE_UNIT as u64))
        ));
    }
    if unknown_refunds > 0 {
        notes.push(format!(
            "{} of a part of an order without its products: no product counts as returned for it.",
            counted(unknown_refunds, "refund")
        ));
    }
    notes
}

/// Units from millionths: a whole number if they are whole.
fn units(millionths: i64) -> Cell {
    match u64::try_from(millionths / ONE_UNIT) {
        Ok(whole) if millionths % ONE_UNIT == 0 => Cell::Count(whole),
        _ => Cell::Number(millionths as f64 / ONE_UNIT as f64),
    }
}

/// A row. Customers and orders of several products overlap, so that a row for the rest has none.
fn row(key: &str, sums: &Sums, currency: &str, is_rest: bool) -> Vec<Cell> {
    let count = |n: u64| if is_rest { Cell::Null } else { Cell::Count(n) };
    let of = |part: u64, whole: u64| if is_rest { share(0, 0) } else { share(part, whole) };
    let amounts = sums.amounts(currency);
    let mut row = vec![
        Cell::text(key),
        Cell::of(sums.name().filter(|_| !is_rest), Cell::text),
        count(sums.viewed),
        count(sums.added),
        count(sums.removed),
        count(sums.bought),
    ];
    row.extend(of(sums.converted, sums.viewed));
    row.push(count(sums.left));
    row.extend(of(sums.left, sums.added));
    row.extend([
        Cell::Money(amounts.abandoned),
        count(sums.orders),
        units(sums.units),
        Cell::Money(amounts.sold),
        count(sums.returned_orders),
    ]);
    row.extend(of(sums.returned_orders, sums.orders));
    row.extend([
        units(sums.returned_units),
        Cell::Money(amounts.paid_back),
        Cell::Money(amounts.sold.saturating_sub(amounts.paid_back)),
    ]);
    row
}
