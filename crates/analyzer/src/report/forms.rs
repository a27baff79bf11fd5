//! `forms`: how customers get through each field of a form, and at which field they leave.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::{Field, Kind, Touch};

use super::keyed::Keyed;
use super::outcome::share;
use super::{Definition, Report};
use crate::scan::{FieldSet, JourneyView, Row, SessionView};
use crate::stats::Histogram;
use crate::table::{Cell, Column, Link, Table, Unit};

pub(super) static DEFINITION: Definition = Definition {
    name: "forms",
    title: "Forms",
    doc: "Which form fields take long, are corrected, fail, or are the last before a customer leaves?",
    params: &[],
    columns: &[
        Column::text("form", "The form."),
        Column::text("field", "The field, or (whole form)."),
        Column::number("sessions", Unit::Count, "Sessions that used it."),
        Column::number("sent", Unit::Count, "Sessions that sent the form."),
        Column::number(
            "left_here",
            Unit::Count,
            "Sessions that left the form unsent, this field being the last.",
        )
        .main(),
        Column::number("left_share", Unit::Ratio, "Their share of the sessions that used it."),
        Column::number(
            "left_share_low",
            Unit::Ratio,
            "Lower end of the 95% interval of that share.",
        ),
        Column::number("left_share_high", Unit::Ratio, "Upper end of that interval."),
        Column::number("entries", Unit::Count, "How often the field was used."),
        Column::number("acting_p50_ms", Unit::Ms, "Median time in the field."),
        Column::number("acting_p95_ms", Unit::Ms, "The time that 19 of 20 uses do not exceed."),
        Column::number(
            "first_input_p50_ms",
            Unit::Ms,
            "Median time from entering the field to its first input.",
        ),
        Column::number("corrections", Unit::Count, "Corrections in the field."),
        Column::number("refills", Unit::Count, "How often the filled field was filled in anew."),
        Column::number("errors", Unit::Count, "How often it failed validation."),
        Column::number("customers", Unit::Count, "Customers who used it.").linked(Link::Customers),
        Column::number(
            "customers_left",
            Unit::Count,
            "Customers with a session that left the form unsent, this field being the last.",
        )
        .linked(Link::Customers)
        .asking(&[("outcome", "lost")]),
    ],
    build: |_| Ok(Arc::new(Forms)),
};

/// The row of a form as a whole.
pub(super) const WHOLE_FORM: &str = "(whole form)";

#[derive(Debug)]
struct Forms;

/// By form and field; the form as a whole has the empty field.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct State {
    fields: Keyed<(String, String), Usage>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Usage {
    sessions: u64,
    sent: u64,
    left: u64,
    entries: u64,
    acting: Histogram,
    first_input: Histogram,
    corrections: u64,
    refills: u64,
    errors: u64,
    customers: u64,
    customers_left: u64,
}

impl Report for Forms {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(&[
            Field::Form,
            Field::FormField,
            Field::ActingMs,
            Field::Corrections,
            Field::FirstInputMs,
            Field::Refills,
        ])
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        // The forms and fields that the customer used, and whether a session left the form there.
        let mut theirs: BTreeMap<(&str, &str), bool> = BTreeMap::new();
        for session in journey.counted_sessions() {
            for (place, is_left) in state.count_session(&session).iter() {
                *theirs.entry(place).or_default() |= is_left;
            }
        }
        for ((form, field), is_left) in theirs {
            let usage = state.at(form, field);
            usage.customers += 1;
            usage.customers_left += u64::from(is_left);
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.fields.merge(from.fields, Usage::merge);
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        for ((form, field), usage) in state.fields {
            let is_field = !field.is_empty();
            let of_field = |n: u64| if is_field { Cell::Count(n) } else { Cell::Null };
            let [left, low, high] = share(usage.left, usage.sessions);
            table.push(vec![
                Cell::Text(form),
                Cell::Text(if is_field { field } else { WHOLE_FORM.to_owned() }),
                Cell::Count(usage.sessions),
                if is_field { Cell::Null } else { Cell::Count(usage.sent) },
                Cell::Count(usage.left),
                left,
                low,
                high,
                of_field(usage.entries),
                Cell::of(usage.acting.median(), Cell::Ms),
                Cell::of(usage.acting.quantile(950), Cell::Ms),
                Cell::of(usage.first_input.median(), Cell::Ms),
                of_field(usage.corrections),
                of_field(usage.refills),
                Cell::Count(usage.errors),
                Cell::Count(usage.customers),
                Cell::Count(usage.customers_left),
            ]);
        }
        table
    }
}

/// The forms and fields that a session used, and the forms that it sent.
#[derive(Default)]
pub(super) struct Usages<'a> {
    /// Forms and their fields; the form as a whole has the empty field.
    used: BTreeSet<(&'a str, &'a str)>,
    sent: BTreeSet<&'a str>,
    /// The field at which each form was left, until it is sent after all.
    left: BTreeMap<&'a str, &'a str>,
}

impl<'a> Usages<'a> {
    /// Those of a whole session.
    pub(super) fn of(session: &SessionView<'a>) -> Self {
        let mut usages = Self::default();
        session.rows().for_each(|row| usages.follow(&row));
        usages
    }

    /// The forms and fields that were used, each with whether the form was left there.
    pub(super) fn iter(&self) -> impl Iterator<Item = ((&'a str, &'a str), bool)> {
        self.used.iter().map(|(form, field)| {
            let left = self.left.get(form);
            (
                (*form, *field),
                left.is_some_and(|last| field.is_empty() || field == last),
            )
        })
    }

    fn follow(&mut self, row: &Row<'a>) {
        let (form, field) = place_of(row);
        match row.kind() {
            Kind::FormStart | Kind::FormError | Kind::FormFieldTime => {}
            Kind::FormSubmit => {
                self.sent.insert(form);
                self.left.remove(form);
            }
            Kind::FormAbandon => {
                self.left.insert(form, field);
            }
            _ => return,
        }
        self.used.extend([(form, ""), (form, field)]);
    }
}

/// The form and the field that a touchpoint is about.
fn place_of<'a>(row: &Row<'a>) -> (&'a str, &'a str) {
    let text = |field: Field| row.text_of(field).unwrap_or_default();
    (text(Field::Form), text(Field::FormField))
}

impl State {
    /// Counts a session and returns its use of forms.
    fn count_session<'a>(&mut self, session: &SessionView<'a>) -> Usages<'a> {
        for row in session.rows() {
            let (form, field) = place_of(&row);
            let number = |field: Field| row.int(field).filter(|n| *n >= 0);
            match row.kind() {
                Kind::FormError => {
                    self.at(form, "").errors += 1;
                    if !field.is_empty() {
                        self.at(form, field).errors += 1;
                    }
                }
                Kind::FormFieldTime => {
                    let usage = self.at(form, field);
                    usage.entries += 1;
                    number(Field::ActingMs).into_iter().for_each(|ms| usage.acting.add(ms));
                    number(Field::FirstInputMs)
                        .into_iter()
                        .for_each(|ms| usage.first_input.add(ms));
                    usage.corrections += number(Field::Corrections).unwrap_or(0) as u64;
                    usage.refills += number(Field::Refills).unwrap_or(0) as u64;
                }
                _ => {}
            }
        }
        let usages = Usages::of(session);
        for ((form, field), is_left) in usages.iter() {
            let usage = self.at(form, field);
            usage.sessions += 1;
            usage.left += u64::from(is_left);
        }
        for form in &usages.sent {
            self.at(form, "").sent += 1;
        }
        usages
    }

    fn at(&mut self, form: &str, field: &str) -> &mut Usage {
        self.fields.at((form.to_owned(), field.to_owned()))
    }
}

impl Usage {
    fn merge(&mut self, from: Self) {
        self.sessions += from.sessions;
        self.sent += from.sent;
        self.left += from.left;
        self.entries += from.entries;
        self.acting.merge(from.acting);
        self.first_input.merge(from.first_input);
        self.corrections += from.corrections;
        self.refills += from.refills;
        self.errors += from.errors;
        self.customers += from.customers;
        self.customers_left += from.customers_left;
    }
}
