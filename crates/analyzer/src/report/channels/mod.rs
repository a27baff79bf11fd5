//! `channels`: the five kinds of service channels, online and offline: contacts, satisfaction, conversion and revenue in each.

pub(super) mod place;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::{Field, Kind, Touch};

use self::place::Place;
use super::answers::{self, Answers, subject};
use super::capped::{Capped, OTHER_NAME, Sum};
use super::columns;
use super::orders::Orders;
use super::outcome::share;
use super::params::{Param, Params};
use super::revenue::{self, Revenue, changes};
use super::{Definition, Report};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView, Row};
use crate::table::{Cell, Column, Table, Unit};

pub(super) static DEFINITION: Definition = Definition {
    name: "channels",
    title: "Service channels",
    doc: "Where do customers meet the company, online and offline, and what happens there?",
    params: &[
        Param::choice(
            "by",
            &["channel", "kind"],
            "channel",
            "channel: a row for each contact channel. kind: a row for each of the five kinds.",
        ),
        answers::DAYS,
    ],
    columns: &[
        Column::text(
            "kind",
            "Human, Two-way, Automated, Third party or Assisted; Unassigned if the channel is not known.",
        ),
        Column::text(
            "channel",
            "The contact channel; web: touchpoints without one, which are the site's own.",
        ),
        Column::text("place", "online or offline."),
        Column::number("touchpoints", Unit::Count, "Touchpoints in it.").main(),
        Column::number("customers", Unit::Count, "Customers with such a touchpoint."),
        Column::number(
            "contacts",
            Unit::Count,
            "Those of the touchpoints that are support contacts.",
        ),
        Column::number(
            "contacts_before",
            Unit::Count,
            "Contacts before the customer's first order, or without any order.",
        ),
        Column::number("contacts_after", Unit::Count, "Contacts after it."),
        Column::number(
            "resolved",
            Unit::Ratio,
            "Share of the contacts with a known outcome that resolved the issue.",
        ),
        columns::low("resolved_low"),
        columns::high("resolved_high"),
        answers::SATISFACTION,
        answers::SATISFACTION_LOW,
        answers::SATISFACTION_HIGH,
        answers::SATISFACTION_ANSWERS,
        answers::EFFORT,
        answers::EFFORT_LOW,
        answers::EFFORT_HIGH,
        answers::EFFORT_ANSWERS,
        Column::number(
            "conversion",
            Unit::Ratio,
            "Share of the customers who ordered, there or later anywhere.",
        ),
        columns::low("conversion_low"),
        columns::high("conversion_high"),
        Column::number("orders", Unit::Count, "Orders placed there."),
        Column::number(
            "revenue",
            Unit::Money,
            "Value of these orders, less refunds paid there.",
        ),
    ],
    build: |params| Ok(Arc::new(Channels::from_params(params)?)),
};

/// Most channels in a state. The model knows some forty words; a site may write any.
const CHANNELS_MAX: usize = 500;

#[derive(Debug)]
struct Channels {
    by_kind: bool,
    answer_ms: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    channels: Capped<Sums, CHANNELS_MAX>,
    revenue: Revenue,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sums {
    touchpoints: u64,
    customers: u64,
    converted: u64,
    contacts: u64,
    contacts_after: u64,
    known: u64,
    resolved: u64,
    answers: Answers,
    revenue: Revenue,
}

impl Report for Channels {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(&[Field::ContactChannel, Field::Resolved])
            .and(FieldSet::of(answers::FIELDS))
            .and(FieldSet::of(revenue::FIELDS))
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let orders = Orders::of(journey);
        let first_order = orders.iter().next().map(|order| order.index);
        // By channel: touchpoints, and the row of the first.
        let mut theirs: BTreeMap<Option<&str>, (u64, usize)> = BTreeMap::new();
        for row in journey.counted() {
            theirs.entry(word(&row)).or_insert((0, row.index)).0 += 1;
            if row.kind() == Kind::SupportContact {
                let is_after = first_order.is_some_and(|order| order < row.index);
                self.at(state, word(&row)).count_contact(&row, is_after);
            }
        }
        let contacts: Vec<Row<'_>> = journey.rows_of(Kind::SupportContact).collect();
        for answer in answers::answers(journey) {
            let about = subject(&contacts, &answer, self.answer_ms);
            let channel = word(&answer).or_else(|| word(about?));
            self.at(state, channel).answers.add_row(&answer);
        }
        for change in changes(journey, &orders) {
            state.revenue.add(&change);
            self.at(state, word(&change.row)).revenue.add(&change);
        }
        // Words of the same channel, such as "Call center" and "call_centre", are one customer's touchpoints there.
        let mut people: BTreeMap<String, (u64, usize)> = BTreeMap::new();
        for (word, (touchpoints, first)) in theirs {
            let (sum, earliest) = people.entry(self.name(word)).or_insert((0, first));
            *sum += touchpoints;
            *earliest = (*earliest).min(first);
        }
        for (name, (touchpoints, first)) in people {
            let sums = state.channels.at(&name);
            sums.touchpoints += touchpoints;
            sums.customers += 1;
            sums.converted += u64::from(orders.follow(first));
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.channels.merge(from.channels);
        into.revenue.merge(from.revenue);
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let (channels, rest) = state.channels.into_parts();
        if channels.is_empty() {
            table.note("No touchpoint in these days.");
            return table;
        }
        table.currency = state.revenue.currency();
        table.notes.extend(state.revenue.notes());
        let main = state.revenue.main_currency();
        let has_contacts = channels.values().any(|sums| sums.contacts > 0);
        let mut rows: Vec<(String, Sums)> = channels.into_iter().collect();
        rows.sort_by_key(|(_, sums)| Reverse(sums.touchpoints));
        for (name, sums) in &rows {
            let place = Place::of(name, self.by_kind);
            table.push(row([place.kind, place.channel, place.place], sums, main));
        }
        if let Some(rest) = rest {
            table.push(row([OTHER_NAME, OTHER_NAME, ""], &rest, main));
        }
        if !has_contacts {
            table.note(
                "No support contact in these days: call wayside('support_contact', { contact_channel, topic, resolved }), \
                 or import the contacts of the service desk.",
            );
        }
        table
    }
}

impl Channels {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            by_kind: params.choice("by")? == "kind",
            answer_ms: answers::window_ms(params)?,
        })
    }

    /// The name under which a contact channel is counted; `None` is the site itself.
    fn name(&self, word: Option<&str>) -> String {
        place::name(word, self.by_kind)
    }

    fn at<'s>(&self, state: &'s mut State, word: Option<&str>) -> &'s mut Sums {
        state.channels.at(&self.name(word))
    }
}

/// The contact channel of a touchpoint, as it was written.
fn word<'a>(row: &Row<'a>) -> Option<&'a str> {
    row.text_of(Field::ContactChannel)
}

impl Sums {
    fn count_contact(&mut self, row: &Row<'_>, is_after: bool) {
        self.contacts += 1;
        self.contacts_after += u64::from(is_after);
        if let Some(resolved) = row.int(Field::Resolved) {
            self.known += 1;
            self.resolved += u64::from(resolved != 0);
        }
    }
}

impl Sum for Sums {
    fn add(&mut self, more: Self) {
        for (sum, more) in [
            (&mut self.touchpoints, more.touchpoints),
            (&mut self.customers, more.customers),
            (&mut self.converted, more.converted),
            (&mut self.contacts, more.contacts),
            (&mut self.contacts_after, more.contacts_after),
            (&mut self.known, more.known),
            (&mut self.resolved, more.resolved),
        ] {
            *sum += more;
        }
        self.answers.merge(more.answers);
        self.revenue.merge(more.revenue);
    }
}

fn row(names: [&str; 3], sums: &Sums, currency: &str) -> Vec<Cell> {
    let mut row: Vec<Cell> = names.map(Cell::text).into();
    row.extend(
        [
            sums.touchpoints,
            sums.customers,
            sums.contacts,
            sums.contacts - sums.contacts_after,
            sums.contacts_after,
        ]
        .map(Cell::Count),
    );
    row.extend(share(sums.resolved, sums.known));
    row.extend(sums.answers.cells());
    row.extend(share(sums.converted, sums.customers));
    row.push(Cell::Count(sums.revenue.orders()));
    row.push(Cell::of(sums.revenue.amounts(currency).revenue(), Cell::Money));
    row
}
