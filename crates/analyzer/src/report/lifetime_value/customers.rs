//! `customer-values`: what each customer is expected to buy and to spend.

use std::sync::Arc;

use super::estimate::{Fitted, HORIZON, MODEL, Question};
use super::purchases::{self, Buyer, DAYS_OF_WEEK, Purchases, State};
use super::{NO_ORDERS, money, no_fit};
use crate::error::Error;
use crate::report::params::{Param, Params};
use crate::report::revenue::is_currency;
use crate::report::{Definition, Report};
use crate::scan::{FieldSet, JourneyView};
use crate::table::{Cell, Column, Link, Table, Unit, grouped};
use crate::zone::Zone;

pub(in crate::report) static DEFINITION: Definition = Definition {
    name: "customer-values",
    title: "Customer values",
    doc: "Which customers are expected to buy again, and what will they spend?",
    params: &[
        MODEL,
        HORIZON,
        Param::choice(
            "sort",
            &["expected_value", "expected_purchases", "alive", "observed_value"],
            "expected_value",
            "By which column, the largest first.",
        ),
        Param::number("limit", "50", "Customers on a page of the list; 1 to 1000000."),
        Param::number("offset", "0", "Customers before this page of the list; 0 to 100000000."),
    ],
    columns: &[
        Column::text("customer", "The customer's key.").linked(Link::Customer),
        Column::number("purchases", Unit::Count, "Days with an order."),
        Column::number("observed_value", Unit::Money, "Value of the orders, before refunds."),
        Column::number(
            "weeks_since_last",
            Unit::Count,
            "Weeks from the last purchase to the end of the range.",
        ),
        Column::number(
            "alive",
            Unit::Ratio,
            "Probability of still being a customer at the end of the range.",
        ),
        Column::number(
            "expected_purchases",
            Unit::Count,
            "Purchases expected within the horizon.",
        )
        .main(),
        Column::number("expected_amount", Unit::Money, "Expected value of a purchase."),
        Column::number(
            "expected_value",
            Unit::Money,
            "Expected value of the purchases within the horizon.",
        ),
    ],
    build: |params| Ok(Arc::new(CustomerValues::from_params(params)?)),
};

/// Most customers on a page of the list: a whole list for other programs, as CSV.
const LIMIT_MAX: i64 = 1_000_000;
/// Most customers before a page: more than any list has.
const OFFSET_MAX: i64 = 100_000_000;

#[derive(Debug)]
struct CustomerValues {
    question: Question,
    sort: Sort,
    limit: usize,
    offset: usize,
    zone: Zone,
}

#[derive(Clone, Copy, Debug)]
enum Sort {
    ExpectedValue,
    ExpectedPurchases,
    Alive,
    ObservedValue,
}

/// A row of the list.
struct Line<'a> {
    customer: &'a str,
    purchases: u64,
    observed: Option<i64>,
    weeks_since_last: f64,
    alive: f64,
    expected: f64,
    amount: Option<f64>,
    value: Option<f64>,
}

impl CustomerValues {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            question: Question::from_params(params)?,
            sort: match params.choice("sort")? {
                "expected_purchases" => Sort::ExpectedPurchases,
                "alive" => Sort::Alive,
                "observed_value" => Sort::ObservedValue,
                _ => Sort::ExpectedValue,
            },
            limit: params.number("limit", 1..=LIMIT_MAX)? as usize,
            offset: params.number("offset", 0..=OFFSET_MAX)? as usize,
            zone: params.zone().clone(),
        })
    }

    fn lines<'a>(&self, purchases: &'a Purchases, fitted: &Fitted) -> Vec<Line<'a>> {
        let weeks = self.question.weeks();
        let line = |buyer: &'a Buyer| {
            let outlook = fitted.customer(buyer, &purchases.currency, weeks)?;
            Some(Line {
                customer: &buyer.customer,
                purchases: buyer.days.len() as u64,
                observed: buyer.value(&purchases.currency),
                weeks_since_last: (purchases.end - buyer.last()) as f64 / DAYS_OF_WEEK,
                alive: outlook.alive,
                expected: outlook.purchases,
                amount: outlook.amount,
                value: outlook.value(),
            })
        };
        let mut lines: Vec<Line<'a>> = purchases.buyers.iter().filter_map(line).collect();
        lines.sort_by(|a, b| {
            let (a_key, b_key) = (self.key(a), self.key(b));
            b_key.total_cmp(&a_key).then_with(|| a.customer.cmp(b.customer))
        });
        lines
    }

    fn key(&self, line: &Line<'_>) -> f64 {
        match self.sort {
            // Without amounts, the number of purchases orders the list.
            Sort::ExpectedValue => line.value.unwrap_or(line.expected),
            Sort::ExpectedPurchases => line.expected,
            Sort::Alive => line.alive,
            Sort::ObservedValue => line.observed.map_or(f64::NEG_INFINITY, |value| value as f64),
        }
    }
}

impl Report for CustomerValues {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        purchases::fields()
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        state.observe(journey, &self.zone);
    }

    fn merge(&self, into: &mut State, from: State) {
        into.merge(from);
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let Some(purchases) = state.finish(&self.zone) else {
            table.note(NO_ORDERS);
            return table;
        };
        let fitted = match Fitted::until(&purchases, purchases.end, self.question) {
            Ok(fitted) => fitted,
            Err(reason) => {
                table.note(no_fit(reason, purchases.buyers.len()));
                return table;
            }
        };
        table.currency = is_currency(&purchases.currency).then(|| purchases.currency.clone());
        let lines = self.lines(&purchases, &fitted);
        let all = lines.len() as u64;
        table.total = Some(all);
        for line in lines.into_iter().skip(self.offset).take(self.limit) {
            table.push(vec![
                Cell::text(line.customer),
                Cell::Count(line.purchases),
                Cell::of(line.observed, Cell::Money),
                Cell::Number(line.weeks_since_last),
                Cell::Ratio(line.alive),
                Cell::Number(line.expected),
                Cell::of(line.amount, money),
                Cell::of(line.value, money),
            ]);
        }
        table.note(match table.rows.len() {
            0 => format!("None of {} customers is on this page of the list.", grouped(all)),
            shown => format!(
                "Customers {} to {} of {}. The report lifetime-value says how well the model fits.",
                grouped(self.offset as u64 + 1),
                grouped((self.offset + shown) as u64),
                grouped(all)
            ),
        });
        table
    }
}
