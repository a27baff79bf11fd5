//! `service`: support contacts by topic, channel, agent or team: resolution, repeated contacts, satisfaction and what followed.

mod group;
mod sums;

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::{Field, Kind, Touch};

use self::group::{By, NONE};
use self::sums::Sums;
use super::answers::{self, subject};
use super::capped::{Capped, OTHER_NAME, Sum as _};
use super::columns;
use super::orders::{self, Orders};
use super::outcome::share;
use super::params::{Param, Params};
use super::{Definition, Report};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView, Row};
use crate::stats::difference;
use crate::table::{Cell, Column, Table, Unit, counted, grouped};

pub(super) static DEFINITION: Definition = Definition {
    name: "service",
    title: "Service",
    doc: "What do customers ask for, is it resolved, do they have to ask again, and how satisfied are they, by topic, agent or team?",
    params: &[
        group::BY,
        group::PROPERTY,
        Param::number(
            "repeat_days",
            "7",
            "Days in which another contact of the customer is a repeated one; 1 to 365.",
        ),
        answers::DAYS,
        Param::number(
            "min_contacts",
            "10",
            "Contacts that a group must have for a row of its own; 1 to 100000.",
        ),
        Param::number("top", "100", "How many rows to list, most contacts first; 1 to 10000."),
    ],
    columns: &[
        Column::text("group", "The topic, channel, or value of the property."),
        Column::number("contacts", Unit::Count, "Support contacts.").main(),
        Column::number("share", Unit::Ratio, "Their share of all contacts."),
        columns::low("share_low"),
        columns::high("share_high"),
        Column::number("customers", Unit::Count, "Customers with such a contact."),
        Column::number(
            "after_sales",
            Unit::Count,
            "Those of the contacts after an order of the customer.",
        ),
        Column::number(
            "resolved",
            Unit::Ratio,
            "Share of the contacts with a known outcome that resolved the issue.",
        ),
        columns::low("resolved_low"),
        columns::high("resolved_high"),
        Column::number(
            "resolved_difference",
            Unit::Ratio,
            "That share less the same of all other contacts.",
        ),
        columns::low("resolved_difference_low"),
        columns::high("resolved_difference_high"),
        Column::number(
            "repeated",
            Unit::Ratio,
            "Share of the contacts after which the customer asked again about it.",
        ),
        columns::low("repeated_low"),
        columns::high("repeated_high"),
        Column::number(
            "median_duration_ms",
            Unit::Ms,
            "Median duration of a contact, within 0.4%.",
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
            "Share of the contacts whose customer ordered afterwards.",
        ),
        columns::low("ordered_later_low"),
        columns::high("ordered_later_high"),
    ],
    build: |params| Ok(Arc::new(Service::from_params(params)?)),
};

/// Most groups in a state. With a histogram each, it stays below 10 MB.
const GROUPS_MAX: usize = 2_000;
const DAY_MS: i64 = 86_400_000;

#[derive(Debug)]
struct Service {
    by: By,
    repeat_ms: i64,
    answer_ms: i64,
    contacts_min: u64,
    top: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    groups: Capped<Sums, GROUPS_MAX>,
    all: Sums,
}

impl Report for Service {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(&[Field::Resolved, Field::DurationMs])
            .and(self.by.fields())
            .and(FieldSet::of(answers::FIELDS))
            .and(FieldSet::of(orders::FIELDS))
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let contacts: Vec<Row<'_>> = journey.rows_of(Kind::SupportContact).collect();
        if contacts.is_empty() {
            return;
        }
        let orders = Orders::of(journey);
        let first_order = orders.iter().next().map(|order| order.index);
        let mut met = BTreeSet::new();
        for (at, contact) in contacts.iter().enumerate() {
            if !journey.range().contains(contact.time()) {
                continue;
            }
            let name = self.by.of(contact);
            let mut sums = Sums::of_contact(contact);
            sums.after_sales = u64::from(first_order.is_some_and(|order| order < contact.index));
            sums.repeated = u64::from(self.is_repeated(contact, &contacts[at + 1..]));
            sums.ordered_later = u64::from(orders.follow(contact.index + 1));
            let is_first = met.is_empty();
            sums.customers = u64::from(met.insert(name.clone()));
            state.groups.at(&name).add(sums.clone());
            sums.customers = u64::from(is_first);
            state.all.add(sums);
        }
        for answer in answers::answers(journey) {
            let about = subject(&contacts, &answer, self.answer_ms);
            if let Some(about) = about.filter(|about| journey.range().contains(about.time())) {
                state.groups.at(&self.by.of(about)).answers.add_row(&answer);
            }
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.groups.merge(from.groups);
        into.all.add(from.all);
    }

    fn finish(&self, State { groups, all }: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let (groups, rest) = groups.into_parts();
        if all.contacts == 0 {
            table.note(NOTHING);
            return table;
        }
        table.note(format!(
            "{} by {}; contacts of the last {} of the data may still be repeated.",
            counted(all.contacts, "contact"),
            counted(all.customers, "customer"),
            counted((self.repeat_ms / DAY_MS) as u64, "day")
        ));
        if groups.len() == 1 && groups.contains_key(NONE) {
            table.note(self.by.missing());
        }
        let (mut rows, small): (Vec<_>, Vec<_>) = groups
            .into_iter()
            .partition(|(_, sums)| sums.contacts >= self.contacts_min);
        rows.sort_by_key(|(_, sums)| Reverse(sums.contacts));
        let left_out = rows.len().saturating_sub(self.top);
        if left_out > 0 {
            table.note(format!("Rows left out: {left_out}; a larger top shows them."));
        }
        for (name, sums) in rows.into_iter().take(self.top) {
            table.push(row(&name, &sums, &all, true));
        }
        if !small.is_empty() {
            table.note(format!(
                "Groups of fewer than {}, which are one row: {}.",
                counted(self.contacts_min, "contact"),
                small.len()
            ));
            let mut together = Sums::default();
            small.into_iter().for_each(|(_, sums)| together.add(sums));
            table.push(row(SMALL, &together, &all, false));
        }
        if let Some(rest) = rest {
            table.push(row(OTHER_NAME, &rest, &all, false));
            let most = grouped(GROUPS_MAX as u64);
            table.note(format!(
                "Only the first {most} groups in alphabetical order are told apart."
            ));
        }
        table
    }
}

/// The name of all groups with too few contacts.
const SMALL: &str = "(few contacts)";
const NOTHING: &str = "No support contact in these days: call wayside('support_contact', { topic, resolved }) with the agent or \
                       team as properties, or import the contacts of the service desk.";

impl Service {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            by: By::from_params(params)?,
            repeat_ms: params.number("repeat_days", 1..=365)? * DAY_MS,
            answer_ms: answers::window_ms(params)?,
            contacts_min: params.number("min_contacts", 1..=100_000)? as u64,
            top: params.top()?,
        })
    }

    /// Whether one of the later contacts is soon and about the same; a contact without a topic may be about anything.
    fn is_repeated(&self, contact: &Row<'_>, later: &[Row<'_>]) -> bool {
        let own = contact.text_of(Field::Topic);
        let mut soon = later
            .iter()
            .take_while(|row| row.time().since(contact.time()) <= self.repeat_ms);
        soon.any(|row| {
            let other = row.text_of(Field::Topic);
            own.is_none() || other.is_none() || own == other
        })
    }
}

/// A row. Customers of several groups overlap, so that rows of several have none.
fn row(name: &str, sums: &Sums, all: &Sums, is_one_group: bool) -> Vec<Cell> {
    let mut row = vec![Cell::text(name), Cell::Count(sums.contacts)];
    row.extend(share(sums.contacts, all.contacts));
    row.push(if is_one_group {
        Cell::Count(sums.customers)
    } else {
        Cell::Null
    });
    row.push(Cell::Count(sums.after_sales));
    row.extend(share(sums.resolved, sums.known));
    let others = (all.resolved - sums.resolved, all.known - sums.known);
    let ends = difference((sums.resolved, sums.known), others);
    let gap = ends.map(|_| sums.resolved as f64 / sums.known as f64 - others.0 as f64 / others.1 as f64);
    row.extend([
        Cell::of(gap, Cell::Ratio),
        Cell::of(ends, |(low, _)| Cell::Ratio(low)),
        Cell::of(ends, |(_, high)| Cell::Ratio(high)),
    ]);
    row.extend(share(sums.repeated, sums.contacts));
    row.push(Cell::of(sums.durations.median(), Cell::Ms));
    row.extend(sums.answers.cells());
    row.extend(share(sums.ordered_later, sums.contacts));
    row
}
