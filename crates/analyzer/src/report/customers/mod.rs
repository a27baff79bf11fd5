//! `customers`: the list of customers, searched, filtered and sorted, page by page.

mod filter;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::journey::Parts;
use wayside_model::signal::Family;
use wayside_model::{Channel, Field, Stage, Touch};

use self::filter::Filter;
use super::orders::{self, Orders};
use super::params::{Param, Params};
use super::revenue::is_currency;
use super::{Definition, Report, by, columns, dimension};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView};
use crate::table::{Cell, Column, Link, Table, Unit, grouped};

pub(super) static DEFINITION: Definition = Definition {
    name: "customers",
    title: "Customers",
    doc: "Who are the customers, what did they order, where do they stand, and what did they meet?",
    params: &[
        Param::text(
            "search",
            "",
            "Only customers whose key, or one of whose visitors, has this text in it.",
        ),
        Param::text(
            "stage",
            "",
            "Only customers who were in this stage; with channel, in a visit from it; with a signal, when it was found.",
        ),
        Param::text(
            "channel",
            "",
            "Only customers with a visit from this channel, such as Organic Search.",
        ),
        Param::text("signal", "", "Only customers with this signal, such as rage_click."),
        Param::text(
            "page",
            "",
            "Only customers with a signal on the page of this path; with an error, where that happened; (none): on no known page.",
        ),
        Param::text(
            "element",
            "",
            "Only customers with a signal at this element; (none): at no element.",
        ),
        Param::text(
            "step",
            "",
            "Only customers who came to this checkout step; with a signal, where it was found; (none): in no step.",
        ),
        Param::text(
            "form",
            "",
            "Only customers who used this form; with a signal, where it was found; (none): one without a name.",
        ),
        Param::text(
            "field",
            "",
            "Only customers who used this form field; with a signal, where it was found; (none): at no field.",
        ),
        Param::text(
            "error",
            "",
            "Only customers who met this error, such as TypeError or http_500.",
        ),
        Param::text(
            "address",
            "",
            "Only customers who met an error of the script or request at this address.",
        ),
        Param::text(
            "group",
            "",
            "Only customers with a visit in this group of the split by, such as mobile; a row of the report audience.",
        ),
        by::param("device", "The property of visits that group is a value of."),
        dimension::PROPERTY,
        Param::text("term", "", "Only customers who searched for this."),
        Param::text(
            "after",
            "",
            "Only customers who went on from this touchpoint, or (start), in a session; a row of the report paths.",
        ),
        Param::text(
            "next",
            "",
            "Only customers who went on to this touchpoint, or (end), in a session.",
        ),
        Param::choice(
            "nodes",
            &["kind", "page"],
            "kind",
            "What after and next name: kinds of touchpoints, or pages by their paths.",
        ),
        Param::choice(
            "clicks",
            &["no", "yes"],
            "no",
            "yes: clicks and copied texts are steps between after and next, too.",
        ),
        Param::list(
            "steps",
            "",
            "Only customers who went through these steps, names of touchpoints in order, as the report funnel counts them.",
        ),
        Param::number(
            "reached",
            "0",
            "How many of these steps they reached at least; 0: all of them.",
        ),
        Param::number(
            "window_days",
            "7",
            "Days from the first of the steps within which the others must follow.",
        ),
        Param::choice(
            "order",
            &["ordered", "strict", "any"],
            "ordered",
            "In which order the steps must come, as in the report funnel.",
        ),
        Param::choice(
            "outcome",
            &["any", "lost"],
            "any",
            "lost: only customers who abandoned a session at the checkout step, left the form unsent at the field, or went \
             no further than to the step of the funnel before.",
        ),
        Param::choice(
            "sort",
            &["last_seen", "value", "orders", "sessions", "signals"],
            "last_seen",
            "By which column, the largest first.",
        ),
        Param::number("limit", "50", "Customers on a page of the list; 1 to 500."),
        Param::number("offset", "0", "Customers before this page of the list; 0 to 100000."),
    ],
    columns: &[
        Column::text("customer", "The customer's key.").linked(Link::Customer),
        Column::number("last_seen", Unit::Time, "When the last touchpoint was."),
        Column::number("sessions", Unit::Count, "Sessions."),
        Column::number("orders", Unit::Count, "Orders."),
        Column::number(
            "value",
            Unit::Money,
            "Value of the orders in the customer's currency, before refunds.",
        ),
        Column::text("currency", "The currency of most of the customer's orders."),
        Column::text("stage", "Stage of the last touchpoint."),
        Column::text("channel", "Channel of the last visit."),
        Column::number("signals", Unit::Count, "Signals."),
        columns::FRICTION_SIGNALS,
        Column::number("first_seen", Unit::Time, "When the first touchpoint was."),
    ],
    build: |params| Ok(Arc::new(Customers::from_params(params)?)),
};

/// Most customers on a page of the list: as many as a reader goes through, and an answer stays small.
const LIMIT_MAX: i64 = 500;
/// Most customers before a page: a state keeps all of them, for each bucket.
const OFFSET_MAX: i64 = 100_000;

#[derive(Debug)]
struct Customers {
    filter: Filter,
    sort: Sort,
    limit: usize,
    offset: usize,
}

#[derive(Clone, Copy, Debug)]
enum Sort {
    LastSeen,
    Value,
    Orders,
    Sessions,
    Signals,
}

/// The first customers in the requested order, and the number of all customers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    total: u64,
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    customer: String,
    first_seen: i64,
    last_seen: i64,
    sessions: u64,
    orders: u64,
    value: Option<i64>,
    currency: String,
    stage: u8,
    channel: u8,
    signals: u64,
    friction: u64,
}

impl Report for Customers {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(filter::FIELDS)
            .and(FieldSet::of(&[Field::Value, Field::Currency]))
            .and(FieldSet::of(orders::FIELDS))
            .and(self.filter.fields())
    }

    fn parts(&self) -> Parts {
        Parts::ALL
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        if !self.filter.takes(journey) {
            return;
        }
        if let Some(line) = Line::of(journey) {
            state.total += 1;
            state.lines.push(line);
            // Sorting at intervals costs less than keeping the order, and limits the number of lines.
            if state.lines.len() >= 2 * self.kept() {
                self.cut(state);
            }
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.total += from.total;
        into.lines.extend(from.lines);
        self.cut(into);
    }

    fn finish(&self, mut state: State) -> Table {
        self.cut(&mut state);
        let mut table = Table::new(DEFINITION.columns);
        table.total = Some(state.total);
        let lines: Vec<Line> = state.lines.into_iter().skip(self.offset).take(self.limit).collect();
        table.note(match lines.len() {
            0 => format!(
                "None of {} customers is on this page of the list.",
                grouped(state.total)
            ),
            shown => format!(
                "Customers {} to {} of {}.",
                grouped(self.offset as u64 + 1),
                grouped((self.offset + shown) as u64),
                grouped(state.total)
            ),
        });
        table.currency = common_currency(&lines);
        for line in lines {
            table.push(vec![
                Cell::Text(line.customer),
                Cell::Time(line.last_seen),
                Cell::Count(line.sessions),
                Cell::Count(line.orders),
                Cell::of(line.value, Cell::Money),
                Cell::Text(line.currency),
                Cell::text(stage_of(line.stage).name()),
                Cell::text(Channel::from_code(line.channel).unwrap_or_default().name()),
                Cell::Count(line.signals),
                Cell::Count(line.friction),
                Cell::Time(line.first_seen),
            ]);
        }
        table
    }
}

impl Customers {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            filter: Filter::from_params(params)?,
            sort: match params.choice("sort")? {
                "value" => Sort::Value,
                "orders" => Sort::Orders,
                "sessions" => Sort::Sessions,
                "signals" => Sort::Signals,
                _ => Sort::LastSeen,
            },
            limit: params.number("limit", 1..=LIMIT_MAX)? as usize,
            offset: params.number("offset", 0..=OFFSET_MAX)? as usize,
        })
    }

    /// Number of customers that a state keeps.
    fn kept(&self) -> usize {
        self.offset + self.limit
    }

    fn cut(&self, state: &mut State) {
        state
            .lines
            .sort_by(|a, b| (Reverse(self.key(a)), &a.customer).cmp(&(Reverse(self.key(b)), &b.customer)));
        state.lines.truncate(self.kept());
    }

    fn key(&self, line: &Line) -> i64 {
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        match self.sort {
            Sort::LastSeen => line.last_seen,
            // No value sorts behind a value of nothing.
            Sort::Value => line.value.unwrap_or(i64::MIN),
            Sort::Orders => count(line.orders),
            Sort::Sessions => count(line.sessions),
            Sort::Signals => count(line.signals),
        }
    }
}

impl Line {
    /// The counts of a customer; `None` if nothing is counted.
    fn of(journey: &JourneyView<'_>) -> Option<Self> {
        let first = journey.counted().next()?;
        let last = journey.counted().next_back()?;
        let orders = Orders::of(journey);
        let mut by_currency: BTreeMap<String, (u64, Option<i64>)> = BTreeMap::new();
        for order in orders.iter().filter(|order| journey.range().contains(order.time())) {
            let currency = order.text_of(Field::Currency).unwrap_or_default().to_ascii_uppercase();
            let (count, value) = by_currency.entry(currency).or_default();
            *count += 1;
            if let Some(amount) = order.int(Field::Value) {
                *value = Some(value.unwrap_or(0).saturating_add(amount));
            }
        }
        let orders = by_currency.values().map(|(count, _)| count).sum();
        // The first by name among the currencies with the most orders.
        let main = by_currency.into_iter().rev().max_by_key(|(_, (count, _))| *count);
        let (currency, (_, value)) = main.unwrap_or_default();
        let signals = journey.counted_signals();
        let (signals, friction) = signals.fold((0, 0), |(all, friction), (_, found)| {
            (all + 1, friction + u64::from(found.kind.family() == Family::Friction))
        });
        Some(Self {
            customer: journey.customer().to_owned(),
            first_seen: first.time().millis(),
            last_seen: last.time().millis(),
            sessions: journey.counted_sessions().count() as u64,
            orders,
            value,
            currency,
            stage: last.stage() as u8,
            channel: journey.session_channel(&last) as u8,
            signals,
            friction,
        })
    }
}

/// The common currency of all amounts of a page of the list, if they have one.
fn common_currency(lines: &[Line]) -> Option<String> {
    let mut currencies = lines
        .iter()
        .filter(|line| line.value.is_some())
        .map(|line| &line.currency);
    let first = currencies.next()?;
    (is_currency(first) && currencies.all(|currency| currency == first)).then(|| first.clone())
}

fn stage_of(code: u8) -> Stage {
    Stage::ALL
        .into_iter()
        .find(|stage| *stage as u8 == code)
        .unwrap_or_default()
}
