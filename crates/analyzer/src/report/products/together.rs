//! `bought-together`: pairs of products that are in the same orders more often than by chance.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::Touch;

use super::NOTHING;
use super::lines::{self, By};
use crate::association::lift;
use crate::error::Error;
use crate::report::columns;
use crate::report::keyed::Keyed;
use crate::report::orders::{self, Orders};
use crate::report::outcome::share;
use crate::report::params::{Param, Params};
use crate::report::{Definition, Report};
use crate::scan::{FieldSet, JourneyView};
use crate::table::{Cell, Column, Table, Unit, counted, grouped};

pub(in crate::report) static DEFINITION: Definition = Definition {
    name: "bought-together",
    title: "Bought together",
    doc: "Which products are in the same orders more often than by chance?",
    params: &[
        lines::BY,
        Param::number("min_orders", "3", "Orders that a pair must have at least; 1 to 100000."),
        Param::number("top", "100", "How many pairs to list, the surest first; 1 to 10000."),
    ],
    columns: &[
        Column::text("first", "A product: its id, else its name; or a category or brand."),
        Column::text("second", "The other product."),
        Column::number("orders", Unit::Count, "Orders with both."),
        Column::number("share", Unit::Ratio, "Their share of all orders with products."),
        columns::low("share_low"),
        columns::high("share_high"),
        Column::number("orders_first", Unit::Count, "Orders with the first."),
        Column::number(
            "second_of_first",
            Unit::Ratio,
            "Share of these that have the second, too.",
        ),
        columns::low("second_of_first_low"),
        columns::high("second_of_first_high"),
        Column::number("orders_second", Unit::Count, "Orders with the second."),
        Column::number(
            "first_of_second",
            Unit::Ratio,
            "Share of these that have the first, too.",
        ),
        columns::low("first_of_second_low"),
        columns::high("first_of_second_high"),
        Column::number(
            "lift",
            Unit::Score,
            "How many times more often both are in an order than if they were independent.",
        )
        .main(),
        Column::number("lift_low", Unit::Score, "Lower end of its 95% interval."),
        Column::number("lift_high", Unit::Score, "Upper end of its 95% interval."),
    ],
    build: |params| Ok(Arc::new(BoughtTogether::from_params(params)?)),
};

/// Most pairs in a state, and most products. At some 60 bytes each, it stays below 15 MB.
const PAIRS_MAX: usize = 200_000;
const PRODUCTS_MAX: usize = 50_000;
/// Most products of an order that make pairs: the first in alphabetical order. An order of 50 products has 1,225 pairs.
const BASKET_MAX: usize = 50;
const PARAM: &str = "min_orders";

#[derive(Debug)]
struct BoughtTogether {
    by: By,
    orders_min: u64,
    top: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::report) struct State {
    /// Orders with a product.
    orders: u64,
    /// Orders by product.
    products: BTreeMap<String, u64>,
    /// Orders by pair, the names in alphabetical order.
    pairs: Keyed<(String, String), u64>,
    /// Orders with more products than make pairs.
    large: u64,
    /// Whether pairs or products were dropped.
    is_cut: bool,
}

impl Report for BoughtTogether {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        self.by.fields().and(FieldSet::of(orders::FIELDS))
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        for order in Orders::of(journey)
            .iter()
            .filter(|order| journey.range().contains(order.time()))
        {
            let basket: BTreeSet<&str> = self.by.lines(order).map(|line| line.key).collect();
            state.add(&basket);
        }
        state.cut();
    }

    fn merge(&self, into: &mut State, from: State) {
        into.orders += from.orders;
        into.large += from.large;
        into.is_cut |= from.is_cut;
        for (name, orders) in from.products {
            *into.products.entry(name).or_default() += orders;
        }
        into.pairs.merge(from.pairs, |count, more| *count += more);
        into.cut();
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        if state.orders == 0 {
            table.note(NOTHING);
            return table;
        }
        let products = &state.products;
        let of = |name: &str| products.get(name).copied();
        let estimate = |((first, second), both): ((String, String), u64)| {
            let [of_first, of_second] = [of(&first)?, of(&second)?];
            let lift = lift(both, of_first, of_second, state.orders)?;
            Some((first, second, both, of_first, of_second, lift))
        };
        let pairs = state.pairs.into_iter().filter(|(_, both)| *both >= self.orders_min);
        let mut pairs: Vec<_> = pairs.filter_map(estimate).collect();
        // The surest come first: those whose lift is high even at the lower end of its interval. Names decide between equals.
        pairs.sort_by(|a, b| b.5.low.total_cmp(&a.5.low).then(Reverse(a.2).cmp(&Reverse(b.2))));
        table.note(format!(
            "{} with products, of {}.",
            counted(state.orders, "order"),
            counted(products.len() as u64, "product")
        ));
        if pairs.is_empty() {
            table.note(format!(
                "No two products are together in {} or more; a smaller {PARAM} lists rarer pairs.",
                counted(self.orders_min, "order")
            ));
        } else {
            table.note("Of many pairs, some are high by chance: trust those with many orders.");
        }
        let left_out = pairs.len().saturating_sub(self.top);
        if left_out > 0 {
            table.note(format!("Rows left out: {left_out}; a larger top shows them."));
        }
        if state.large > 0 {
            let large = counted(state.large, "order");
            table.note(format!(
                "Of {large} with more than {BASKET_MAX} products, only the first {BASKET_MAX} count."
            ));
        }
        if state.is_cut {
            let most = grouped(PAIRS_MAX as u64);
            table.note(format!(
                "Only the first {most} pairs in alphabetical order are told apart."
            ));
        }
        for (first, second, both, of_first, of_second, lift) in pairs.into_iter().take(self.top) {
            let mut row = vec![Cell::Text(first), Cell::Text(second), Cell::Count(both)];
            row.extend(share(both, state.orders));
            row.push(Cell::Count(of_first));
            row.extend(share(both, of_first));
            row.push(Cell::Count(of_second));
            row.extend(share(both, of_second));
            row.extend([lift.value, lift.low, lift.high].map(Cell::Score));
            table.push(row);
        }
        table
    }
}

impl BoughtTogether {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            by: By::from_params(params)?,
            orders_min: params.number(PARAM, 1..=100_000)? as u64,
            top: params.top()?,
        })
    }
}

impl State {
    fn add(&mut self, basket: &BTreeSet<&str>) {
        if basket.is_empty() {
            return;
        }
        self.orders += 1;
        self.large += u64::from(basket.len() > BASKET_MAX);
        let basket: Vec<&str> = basket.iter().copied().take(BASKET_MAX).collect();
        for (at, first) in basket.iter().enumerate() {
            *self.products.entry((*first).to_owned()).or_default() += 1;
            for second in &basket[at + 1..] {
                *self.pairs.at(((*first).to_owned(), (*second).to_owned())) += 1;
            }
        }
    }

    /// Keeps the first names only: in whatever order they came, the same ones are kept.
    fn cut(&mut self) {
        self.is_cut |= self.pairs.len() > PAIRS_MAX || self.products.len() > PRODUCTS_MAX;
        self.pairs.keep_first(PAIRS_MAX);
        while self.products.len() > PRODUCTS_MAX {
            self.products.pop_last();
        }
    }
}
