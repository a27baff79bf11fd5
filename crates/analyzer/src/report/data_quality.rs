//! `data-quality`: problems of the data, and data that is kept out of the reports.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::{Field, Kind, Touch};

use super::keyed::Keyed;
use super::orders::{self, Orders};
use super::{Definition, Facts, Report, WantedFacts};
use crate::scan::{FieldSet, JourneyView, Row};
use crate::table::{Cell, Column, Table, Unit};

pub(super) static DEFINITION: Definition = Definition {
    name: "data-quality",
    title: "Data quality",
    doc: "What is wrong with the data, or kept out of the reports, and what can be done?",
    params: &[],
    columns: &[
        Column::text("check", "What was looked for."),
        Column::text("subject", "What it was found in: a reason, a name."),
        Column::number("count", Unit::Count, "How often it was found.").main(),
        Column::number("of", Unit::Count, "Among how many."),
        Column::number("share", Unit::Ratio, "Its share of them."),
        Column::text("advice", "What it means and what to do."),
    ],
    build: |_| Ok(Arc::new(DataQuality)),
};

/// Names of its own, or fields with repairs, that a site may have before the rest is left out: more than any tracking plan
/// has.
const NAMES_MAX: usize = 1_000;

#[derive(Debug)]
struct DataQuality;

/// Counts over the range.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    events: u64,
    /// Touchpoints of the site's own names. The first in order of their letters, so that any split keeps the same.
    own_names: BTreeMap<String, u64>,
    purchases: u64,
    /// Purchases whose order number the customer has had before.
    repeated: u64,
    without_value: u64,
    without_currency: u64,
    page_views: u64,
    /// Values that were left out, by kind, field and reason. The first in order of their letters.
    repairs: Keyed<(String, String), Left>,
}

/// Values that were left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Left {
    count: u64,
    /// The least of what came, so that any split keeps the same.
    example: Option<String>,
}

impl Report for DataQuality {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(&[Field::Name, Field::Value, Field::Currency, Field::Repairs]).and(FieldSet::of(orders::FIELDS))
    }

    fn wants_facts(&self) -> WantedFacts {
        WantedFacts {
            quality: true,
            ..WantedFacts::default()
        }
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let orders = Orders::of(journey);
        for row in journey.counted() {
            state.events += 1;
            for (field, what) in row.pairs(Field::Repairs) {
                state.add_repair(&row, field, &what);
            }
            match row.kind() {
                Kind::PageView => state.page_views += 1,
                Kind::Custom => {
                    *state.own_names.entry(row.name().to_owned()).or_default() += 1;
                    state.cut();
                }
                Kind::Purchase => {
                    state.purchases += 1;
                    state.repeated += u64::from(!orders.contains(&row));
                    state.without_value += u64::from(row.int(Field::Value).is_none());
                    state.without_currency += u64::from(row.text_of(Field::Currency).is_none());
                }
                _ => {}
            }
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.events += from.events;
        into.purchases += from.purchases;
        into.repeated += from.repeated;
        into.without_value += from.without_value;
        into.without_currency += from.without_currency;
        into.page_views += from.page_views;
        into.repairs.merge(from.repairs, Left::merge);
        for (name, count) in from.own_names {
            *into.own_names.entry(name).or_default() += count;
        }
        into.cut();
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        for (name, count) in &state.own_names {
            let (check, advice) = match Kind::misspelt(name) {
                Some(kind) => (
                    "misspelt kind",
                    format!(
                        "No report knows it; did the site mean \"{}\"? Correct the name where it is sent.",
                        kind.name()
                    ),
                ),
                None => (
                    "own kind",
                    "A name of the site's own; check-plan tells whether it is planned.".to_owned(),
                ),
            };
            add(&mut table, check, name, *count, state.events, &advice);
        }
        for ((field, code), left) in state.repairs.iter() {
            let advice = match &left.example {
                Some(example) => format!("{code}: {example}; {REPAIR_ADVICE}"),
                None => format!("{code}; {REPAIR_ADVICE}"),
            };
            add(&mut table, "field left out", field, left.count, state.events, &advice);
        }
        let purchases = |table: &mut Table, check: &str, count: u64, advice: &str| {
            add(table, check, "purchase", count, state.purchases, advice);
        };
        purchases(&mut table, "order shown again", state.repeated, REPEATED_ADVICE);
        purchases(&mut table, "order without value", state.without_value, VALUE_ADVICE);
        purchases(
            &mut table,
            "order without currency",
            state.without_currency,
            CURRENCY_ADVICE,
        );
        let no_pages = u64::from(state.events > 0 && state.page_views == 0);
        add(&mut table, "no page views", "page_view", no_pages, 1, PAGES_ADVICE);
        table
    }

    fn complete(&self, table: &mut Table, facts: &Facts) {
        for (code, (count, detail)) in &facts.dead {
            let advice =
                format!("Counted nowhere; `wayside dead-letters` shows and replays them. The first says: {detail}");
            add(table, "dead letter", code, *count, facts.accepted, &advice);
        }
        if facts.has_uncounted_copies {
            table.note("There are so many dead letters that copies among the last of them count, too.");
        }
        let mut all = |check: &str, subject: &str, count: u64, of: u64, advice: &str| {
            add(table, check, subject, count, of, advice);
        };
        all(
            "simulated data",
            "event",
            facts.simulated,
            facts.accepted,
            SIMULATED_ADVICE,
        );
        all("copy", "event", facts.copies, facts.accepted, COPIES_ADVICE);
        all(
            "automated traffic",
            "event",
            facts.automated,
            facts.events,
            AUTOMATED_ADVICE,
        );
        all("clock ahead", "event", facts.clock_ahead, facts.events, CLOCK_ADVICE);
        all(
            "disputed visitor",
            "visitor",
            facts.disputed,
            facts.visitors,
            DISPUTED_ADVICE,
        );
        // Most severe first: events that never happened, lost events, then wrong counts, then mere notes.
        table
            .rows
            .sort_by_key(|row| CHECKS.iter().position(|check| row[0] == Cell::text(*check)));
    }
}

impl State {
    /// Counts a value that was left out of a touchpoint; `what` is the reason's code and what came.
    fn add_repair(&mut self, row: &Row<'_>, field: String, what: &str) {
        let (code, came) = what.split_once(": ").unwrap_or((what, ""));
        let left = Left {
            count: 1,
            example: (!came.is_empty()).then(|| came.to_owned()),
        };
        let about = (format!("{}.{field}", row.name()), code.to_owned());
        self.repairs.at(about).merge(left);
        self.cut();
    }

    fn cut(&mut self) {
        while self.own_names.len() > NAMES_MAX {
            self.own_names.pop_last();
        }
        self.repairs.keep_first(NAMES_MAX);
    }
}

impl Left {
    fn merge(&mut self, other: Self) {
        self.count += other.count;
        self.example = match (self.example.take(), other.example) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
}

/// The checks in the order of a table.
const CHECKS: [&str; 13] = [
    "simulated data",
    "dead letter",
    "field left out",
    "misspelt kind",
    "order without value",
    "order without currency",
    "order shown again",
    "no page views",
    "clock ahead",
    "disputed visitor",
    "automated traffic",
    "copy",
    "own kind",
];

const REPAIR_ADVICE: &str =
    "the touchpoint counts without this value, which its field repairs keeps. Send a value of the field's type.";
const REPEATED_ADVICE: &str =
    "The thank-you page was shown again. Such a purchase is no order in any report; nothing needs to be done.";
const VALUE_ADVICE: &str = "Revenue and the average order value leave it out. Send value with the purchase.";
const CURRENCY_ADVICE: &str = "Its amount is added to those without a currency only. Send currency with the purchase.";
const PAGES_ADVICE: &str =
    "Reports by page are empty, and a bounce is told by the number of touchpoints. Import the addresses of pages too.";
const SIMULATED_ADVICE: &str = "These touchpoints never happened: wayside simulate made them, to show the reports. wayside imports undo removes them. Counted over all time.";
const COPIES_ADVICE: &str = "Browsers and retries send an event twice; each counts once. Counted since the data folder was made, over all time.";
const AUTOMATED_ADVICE: &str = "Browsers driven by a program. Reports leave them out unless traffic says otherwise.";
const CLOCK_ADVICE: &str = "The visitor's clock was more than a minute ahead when the event arrived, so that it stands too late in its journey.";
const DISPUTED_ADVICE: &str = "The browser was identified as different customers; all its events are with the first. Call reset at logout. Over all time.";

/// Adds a row, unless nothing was found.
fn add(table: &mut Table, check: &str, subject: &str, count: u64, of: u64, advice: &str) {
    if count > 0 {
        table.push(vec![
            Cell::text(check),
            Cell::text(subject),
            Cell::Count(count),
            Cell::Count(of),
            Cell::share(count, of),
            Cell::text(advice),
        ]);
    }
}
