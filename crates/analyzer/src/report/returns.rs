//! `returns`: refunds by reason or product, the time until them, satisfaction after them, and whether customers order again.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::{Field, Kind, Touch};

use super::answers::{self, Answers, subject};
use super::capped::{Capped, OTHER_NAME, Sum};
use super::columns;
use super::dimension::Dimension;
use super::orders::Orders;
use super::outcome::share;
use super::params::{Param, Params};
use super::products::lines;
use super::products::refunds::Refunds;
use super::revenue::{self, Change, Revenue, changes};
use super::{Definition, Report};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView, Row};
use crate::stats::Histogram;
use crate::table::{Cell, Column, Table, Unit, grouped};

pub(super) static DEFINITION: Definition = Definition {
    name: "returns",
    title: "Returns",
    doc: "What is returned and paid back, for which reasons, how long after the order, and what do these customers do then?",
    params: &[
        Param::choice(
            "by",
            &["reason", "product", "category", "brand"],
            "reason",
            "What a row is about: the reason of refunds, or a product, category or brand in them.",
        ),
        Param::text(
            "reason",
            "reason",
            "The property of refunds, or the text field, that has the reason.",
        ),
        answers::DAYS,
        Param::number("top", "100", "How many rows to list, most refunds first; 1 to 10000."),
    ],
    columns: &[
        Column::text(
            "group",
            "The reason; or the product (its id, else its name), category or brand.",
        ),
        Column::number("refunds", Unit::Count, "Refunds.").main(),
        Column::number("share", Unit::Ratio, "Their share of all refunds."),
        columns::low("share_low"),
        columns::high("share_high"),
        Column::number("customers", Unit::Count, "Customers with such a refund."),
        Column::number(
            "paid_back",
            Unit::Money,
            "Amount of the refunds, or price of the product's units in them.",
        ),
        Column::number(
            "median_time_ms",
            Unit::Ms,
            "Median time from the order to the refund, within 0.4%.",
        ),
        answers::SATISFACTION,
        answers::SATISFACTION_LOW,
        answers::SATISFACTION_HIGH,
        answers::SATISFACTION_ANSWERS,
        answers::EFFORT,
        answers::EFFORT_LOW,
        answers::EFFORT_HIGH,
        answers::EFFORT_ANSWERS,
        Column::number(
            "ordered_later",
            Unit::Ratio,
            "Share of the refunds whose customer ordered afterwards.",
        ),
        columns::low("ordered_later_low"),
        columns::high("ordered_later_high"),
    ],
    build: |params| Ok(Arc::new(Returns::from_params(params)?)),
};

/// Most groups in a state. With a histogram each, it stays below 30 MB.
const GROUPS_MAX: usize = 20_000;
/// The names of refunds without a reason, and of those whose products are not known.
const NO_REASON: &str = "(none)";
const UNKNOWN: &str = "(unknown product)";

#[derive(Debug)]
struct Returns {
    by: By,
    answer_ms: i64,
    top: usize,
}

#[derive(Debug)]
enum By {
    Reason(Dimension),
    Product(lines::By),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    groups: Capped<Sums, GROUPS_MAX>,
    refunds: u64,
    revenue: Revenue,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sums {
    refunds: u64,
    customers: u64,
    ordered_later: u64,
    /// By currency.
    paid_back: BTreeMap<String, i64>,
    times: Histogram,
    answers: Answers,
}

impl Report for Returns {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        let own = match &self.by {
            By::Reason(dimension) => dimension.fields(),
            By::Product(by) => by.fields(),
        };
        own.and(FieldSet::of(answers::FIELDS))
            .and(FieldSet::of(revenue::FIELDS))
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        state.revenue.count(journey);
        let refunds: Vec<Row<'_>> = journey.rows_of(Kind::Refund).collect();
        if refunds.is_empty() {
            return;
        }
        let orders = Orders::of(journey);
        let changes = changes(journey, &orders);
        let changes: BTreeMap<usize, &Change<'_>> = changes.iter().map(|change| (change.row.index, change)).collect();
        let mut before = Refunds::default();
        let mut met = BTreeSet::new();
        let mut groups_of = BTreeMap::new();
        for refund in &refunds {
            let order = refund
                .text_of(Field::TransactionId)
                .and_then(|number| orders.numbered(number));
            let groups = self.groups(refund, order, &mut before);
            // Refunds before the range count for the order's value only.
            let Some(change) = changes.get(&refund.index) else {
                continue;
            };
            state.refunds += 1;
            let currency = change.currency().to_ascii_uppercase();
            for (name, amount) in &groups {
                let sums = state.groups.at(name);
                sums.refunds += 1;
                sums.customers += u64::from(met.insert(name.clone()));
                sums.ordered_later += u64::from(orders.follow(refund.index + 1));
                let paid_back = sums.paid_back.entry(currency.clone()).or_default();
                *paid_back = paid_back.saturating_add(amount.unwrap_or(change.micros().saturating_neg()));
                if let Some(order) = order {
                    sums.times.add(refund.time().since(order.time()));
                }
            }
            groups_of.insert(refund.index, groups);
        }
        for answer in answers::answers(journey) {
            let about = subject(&refunds, &answer, self.answer_ms);
            for name in about
                .and_then(|about| groups_of.get(&about.index))
                .into_iter()
                .flat_map(BTreeMap::keys)
            {
                state.groups.at(name).answers.add_row(&answer);
            }
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.groups.merge(from.groups);
        into.refunds += from.refunds;
        into.revenue.merge(from.revenue);
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        if state.refunds == 0 {
            table.note("No refund in these days: send refund touchpoints, or import the shop's refunds.");
            return table;
        }
        table.currency = state.revenue.currency();
        table.notes.extend(state.revenue.notes());
        let main = state.revenue.main_currency();
        let (groups, rest) = state.groups.into_parts();
        if let (By::Reason(_), true) = (&self.by, groups.keys().eq([NO_REASON])) {
            table.note(
                "No refund has a reason: send it as a property of the refund, and name that property with reason.",
            );
        }
        let mut rows: Vec<(String, Sums)> = groups.into_iter().collect();
        rows.sort_by_key(|(_, sums)| Reverse(sums.refunds));
        let left_out = rows.len().saturating_sub(self.top);
        if left_out > 0 {
            table.note(format!("Rows left out: {left_out}; a larger top shows them."));
        }
        for (name, sums) in rows.into_iter().take(self.top) {
            table.push(row(&name, &sums, state.refunds, main));
        }
        if let Some(rest) = rest {
            table.push(row(OTHER_NAME, &rest, state.refunds, main));
            let most = grouped(GROUPS_MAX as u64);
            table.note(format!(
                "Only the first {most} groups in alphabetical order are told apart."
            ));
        }
        table
    }
}

impl Returns {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        let by = match params.choice("by")? {
            "reason" => By::Reason(Dimension::of_property("reason", params.text("reason"))?),
            _ => By::Product(lines::By::from_params(params)?),
        };
        Ok(Self {
            by,
            answer_ms: answers::window_ms(params)?,
            top: params.top()?,
        })
    }

    /// The groups of a refund, each with its part of the amount; `None` stands for the whole amount.
    fn groups<'a>(
        &self,
        refund: &Row<'a>,
        order: Option<&Row<'a>>,
        before: &mut Refunds<'a>,
    ) -> BTreeMap<Cow<'a, str>, Option<i64>> {
        match &self.by {
            By::Reason(dimension) => {
                let reason = dimension.of_row(refund).filter(|reason| !reason.is_empty());
                BTreeMap::from([(reason.unwrap_or(NO_REASON.into()), None)])
            }
            By::Product(by) => match before.products(refund, order, *by) {
                Some(lines) => {
                    let mut groups: BTreeMap<Cow<'a, str>, Option<i64>> = BTreeMap::new();
                    for line in lines {
                        let amount = groups.entry(line.key.into()).or_default().get_or_insert(0);
                        *amount = amount.saturating_add(line.value().unwrap_or(0));
                    }
                    groups
                }
                None => BTreeMap::from([(UNKNOWN.into(), None)]),
            },
        }
    }
}

impl Sum for Sums {
    fn add(&mut self, more: Self) {
        self.refunds += more.refunds;
        self.customers += more.customers;
        self.ordered_later += more.ordered_later;
        for (currency, micros) in more.paid_back {
            let sum = self.paid_back.entry(currency).or_default();
            *sum = sum.saturating_add(micros);
        }
        self.times.merge(more.times);
        self.answers.merge(more.answers);
    }
}

fn row(name: &str, sums: &Sums, all: u64, currency: &str) -> Vec<Cell> {
    let mut row = vec![Cell::text(name), Cell::Count(sums.refunds)];
    row.extend(share(sums.refunds.min(all), all));
    row.push(Cell::Count(sums.customers));
    row.push(Cell::Money(sums.paid_back.get(currency).copied().unwrap_or(0)));
    row.push(Cell::of(sums.times.median(), Cell::Ms));
    row.extend(sums.answers.cells());
    row.extend(share(sums.ordered_later, sums.refunds));
    row
}
