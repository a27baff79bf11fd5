//! `timeline`: one customer's journey, touchpoint by touchpoint.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wayside_model::journey::Parts;
use wayside_model::{EventId, Field, FieldValue, Fields, Kind, SignalKind, Touch, url};

use super::params::{Param, Params};
use super::{About, Definition, Report};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView, Row};
use crate::table::{Cell, Column, Table, Unit, duration, money};

pub(super) static DEFINITION: Definition = Definition {
    name: "timeline",
    title: "Timeline",
    doc: "What did one customer do, in order?",
    params: &[
        Param::text(
            "visitor",
            "",
            "A browser's identity; lists what happened in that browser.",
        ),
        Param::text(
            "customer",
            "",
            "A customer's identity; lists what happened in all their browsers.",
        ),
    ],
    columns: &[
        Column::number(
            "time",
            Unit::Time,
            "When, by the visitor's clock; printed in the time zone of the report.",
        ),
        Column::number(
            "session",
            Unit::Count,
            "Number of the session in the customer's journey, from 1.",
        ),
        Column::text("stage", "Stage of the journey."),
        Column::text("channel", "Channel of the session."),
        Column::text(
            "kind",
            "Touchpoint, by its own name where it is the site's; signal for what the model found.",
        ),
        Column::text("detail", "What it says, in short."),
        Column::text(
            "event",
            "Identity of the event: writer and number. Of a signal, the event that decided it.",
        ),
        Column::text("visitor", "The browser's identity."),
        Column::json("fields", "All that the touchpoint says."),
    ],
    build: |params| Ok(Arc::new(Timeline::from_params(params)?)),
};

#[derive(Debug)]
struct Timeline {
    of: About,
}

/// Rows of the one journey.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct State {
    lines: Vec<Line>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    time: i64,
    session: u32,
    stage: String,
    channel: String,
    kind: String,
    detail: String,
    event: String,
    visitor: String,
    fields: Map<String, Value>,
}

impl Report for Timeline {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::all()
    }

    fn parts(&self) -> Parts {
        Parts::ALL
    }

    fn needs_ids(&self) -> bool {
        true
    }

    fn about(&self) -> Option<About> {
        Some(self.of.clone())
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        if let About::Customer(key) = &self.of
            && key != journey.customer()
        {
            return;
        }
        let mut signals = journey.signals().iter().peekable();
        for row in journey.rows() {
            let is_shown = journey.range().contains(row.time()) && self.shows(&row);
            if is_shown {
                state.lines.push(Line::new(&row, row.name(), &row.fields()));
            }
            while let Some(found) = signals.next_if(|found| found.row == row.index) {
                // A signal that was uploaded is a row of its own already.
                if let (true, Some(signal)) = (is_shown, &found.signal) {
                    state.lines.push(Line::new(
                        &row,
                        Kind::Signal.name(),
                        &evidence(found.kind, &signal.evidence),
                    ));
                }
            }
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.lines.extend(from.lines);
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        if state.lines.is_empty() {
            table.note(self.of.unknown());
        }
        for line in state.lines {
            table.push(vec![
                Cell::Time(line.time),
                Cell::Count(u64::from(line.session) + 1),
                Cell::Text(line.stage),
                Cell::Text(line.channel),
                Cell::Text(line.kind),
                Cell::Text(line.detail),
                Cell::Text(line.event),
                Cell::Text(line.visitor),
                Cell::Json(Value::Object(line.fields)),
            ]);
        }
        table
    }
}

impl Timeline {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        let of = params.person()?;
        Ok(Self { of })
    }

    fn shows(&self, row: &Row<'_>) -> bool {
        match &self.of {
            About::Visitor(visitor) => row.visitor_id() == visitor,
            About::Customer(_) => true,
        }
    }
}

impl Line {
    fn new(row: &Row<'_>, kind: &str, fields: &Fields) -> Self {
        Self {
            time: row.time().millis(),
            session: row.session(),
            stage: row.stage().name().into(),
            channel: row.channel().name().into(),
            kind: kind.into(),
            detail: detail(fields, kind),
            event: event(row.id()),
            visitor: row.visitor_id().into(),
            fields: object(fields),
        }
    }
}

fn event(id: EventId) -> String {
    format!("{}:{}", id.writer, id.seq)
}

/// A signal's evidence with its name, as an uploaded signal has it.
fn evidence(kind: SignalKind, evidence: &Fields) -> Fields {
    let mut fields = evidence.clone();
    // A signal's name is a name.
    fields.set_text(Field::Name, kind.name());
    fields
}

fn object(fields: &Fields) -> Map<String, Value> {
    fields
        .to_pairs()
        .into_iter()
        .filter_map(|(name, value)| Some((name, serde_json::to_value(value).ok()?)))
        .collect()
}

/// A short description of a touchpoint from its most important fields.
fn detail(fields: &Fields, kind: &str) -> String {
    let mut parts: Vec<String> = Vec::new();
    for field in DETAILS {
        let part = match (*field, fields.get(*field)) {
            (_, None) => continue,
            (Field::Url, Some(FieldValue::Text(text))) => url::path(text).to_owned(),
            // A custom touchpoint's name is its kind already.
            (Field::Name, Some(FieldValue::Text(text))) if text == kind => continue,
            (Field::Value, Some(FieldValue::Money(amount))) => {
                let currency = fields.text(Field::Currency);
                format!("{} {}", money(amount.micros(), currency), currency.unwrap_or(""))
                    .trim_end()
                    .to_owned()
            }
            (Field::Items, Some(FieldValue::Items(items))) => items.iter().map(item).collect::<Vec<_>>().join(", "),
            (Field::WaitingMs, Some(FieldValue::Int(ms))) => format!("waited {}", duration(*ms)),
            (Field::ActingMs, Some(FieldValue::Int(ms))) => format!("acted {}", duration(*ms)),
            (Field::EngagedMs, Some(FieldValue::Int(ms))) => format!("engaged {}", duration(*ms)),
            (Field::DurationMs, Some(FieldValue::Int(ms))) => format!("took {}", duration(*ms)),
            (Field::SpanMs, Some(FieldValue::Int(ms))) => format!("within {}", duration(*ms)),
            (Field::ScrollPermille, Some(FieldValue::Int(n))) => format!("scrolled {} %", n / 10),
            (Field::SearchTerm | Field::Comment, Some(FieldValue::Text(text))) => format!("\"{text}\""),
            (_, Some(FieldValue::Text(text))) => text.clone(),
            (field, Some(FieldValue::Int(n))) => format!("{} {n}", field.name().replace('_', " ")),
            (field, Some(FieldValue::Bool(b))) => format!("{}: {}", field.name(), if *b { "yes" } else { "no" }),
            _ => continue,
        };
        if !part.is_empty() {
            parts.push(part);
        }
    }
    parts.join(" · ")
}

fn item(item: &Fields) -> String {
    let name = item.text(Field::ItemId).or(item.text(Field::ItemName)).unwrap_or("?");
    match item.get(Field::Quantity) {
        Some(FieldValue::Money(units)) if units.micros() != 1_000_000 => format!("{} × {name}", units.to_text()),
        _ => name.to_owned(),
    }
}

/// The fields of a detail, in this order.
const DETAILS: &[Field] = &[
    Field::Name,
    Field::Url,
    Field::Entry,
    Field::SearchTerm,
    Field::Results,
    Field::Step,
    Field::WaitingMs,
    Field::ActingMs,
    Field::Reloads,
    Field::Form,
    Field::FormField,
    Field::Corrections,
    Field::Error,
    Field::Element,
    Field::Count,
    Field::SpanMs,
    Field::Items,
    Field::Value,
    Field::TransactionId,
    Field::Coupon,
    Field::ShippingTier,
    Field::PaymentType,
    Field::CustomerId,
    Field::Score,
    Field::Comment,
    Field::ContactChannel,
    Field::Topic,
    Field::DurationMs,
    Field::Resolved,
    Field::Method,
    Field::EngagedMs,
    Field::ScrollPermille,
];
