//! `signals`: micro-moments, their places, the outcomes of sessions with them, and the money at stake.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::journey::Parts;
use wayside_model::{Field, SignalKind, Stage, url};

use super::columns;
use super::keyed::Keyed;
use super::orders::Orders;
use super::outcome::{Examples, Outcome, Page, share};
use super::params::{Param, Params};
use super::revenue::{self, Revenue};
use super::{Definition, Report};
use crate::error::Error;
use crate::scan::{FieldSet, Found, JourneyView, Row, SessionView};
use crate::table::{Cell, Column, Table, Unit, rounded};

pub(super) static DEFINITION: Definition = Definition {
    name: "signals",
    title: "Signals",
    doc: "Which micro-moments occur where, and what became of the sessions that have them?",
    params: &[
        Param::choice(
            "by",
            &["place", "signal"],
            "place",
            "place: a row for each page, element, step and field. signal: a row for each signal and stage.",
        ),
        Param::text("signal", "", "Only this signal, such as rage_click; left out: all."),
        Param::number("top", "100", "How many rows to list; 1 to 10000."),
    ],
    columns: &[
        Column::text("signal", "The signal."),
        Column::text("family", "friction, intent or hesitation."),
        Column::text("stage", "Stage of the journey in which it was found."),
        Column::text("page", "Path of the page."),
        Column::text("element", "The element of the page."),
        Column::text("step", "The checkout step."),
        Column::text("form", "The form.").wide(),
        Column::text("field", "The form field."),
        Column::number("times", Unit::Count, "How often it was found."),
        Column::number("sessions", Unit::Count, "Sessions in which it was found.").main(),
        columns::SHARE_OF_SESSIONS,
        columns::SHARE_OF_SESSIONS_LOW,
        columns::SHARE_OF_SESSIONS_HIGH,
        columns::CUSTOMERS,
        Column::number(
            "share_of_customers",
            Unit::Ratio,
            "Their share of all customers with a session.",
        ),
        columns::low("share_of_customers_low"),
        columns::high("share_of_customers_high"),
        columns::CONVERSION_WITH,
        columns::CONVERSION_WITH_LOW,
        columns::CONVERSION_WITH_HIGH,
        columns::conversion_without("The same share of the other sessions that reached this stage."),
        columns::CONVERSION_WITHOUT_LOW,
        columns::CONVERSION_WITHOUT_HIGH,
        columns::DIFFERENCE,
        columns::DIFFERENCE_LOW,
        columns::DIFFERENCE_HIGH,
        Column::number(
            "at_stake",
            Unit::Money,
            "Value of the orders that are missing if these sessions could convert like the others; empty where the difference may be chance.",
        ),
        columns::EXAMPLES,
    ],
    build: |params| Ok(Arc::new(Signals::from_params(params)?)),
};

#[derive(Debug)]
struct Signals {
    by_place: bool,
    only: Option<SignalKind>,
    top: usize,
}

/// A signal and the place where it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) signal: String,
    pub(super) stage: u8,
    pub(super) page: String,
    pub(super) element: String,
    pub(super) step: String,
    pub(super) form: String,
    pub(super) field: String,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    all: Outcome,
    customers: u64,
    /// Sessions by the stages that they reached.
    by_stage: BTreeMap<u8, Outcome>,
    places: Keyed<Place, Moments>,
    revenue: Revenue,
}

/// The signals at one place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Moments {
    times: u64,
    outcome: Outcome,
    customers: u64,
    examples: Examples,
}

impl Report for Signals {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(PLACE_FIELDS).and(FieldSet::of(revenue::FIELDS))
    }

    fn parts(&self) -> Parts {
        Parts {
            signals: true,
            ..Parts::SESSIONS
        }
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let orders = Orders::of(journey);
        state.revenue.count(journey);
        let mut theirs: BTreeMap<Place, ()> = BTreeMap::new();
        let mut has_session = false;
        for session in journey.counted_sessions() {
            has_session = true;
            let bought = orders.are_in(&session);
            state.all.add(bought);
            for stage in stages(&session) {
                state.by_stage.entry(stage).or_default().add(bought);
            }
            let mut here: BTreeMap<Place, u64> = BTreeMap::new();
            for_each_signal(&session, |row, found, page| {
                if self.only.is_none_or(|only| only == found.kind) {
                    *here.entry(self.place(row, found, page)).or_default() += 1;
                }
            });
            for (place, times) in here {
                let moments = state.places.at(place.clone());
                moments.times += times;
                moments.outcome.add(bought);
                moments.examples.add(bought, journey.customer());
                if theirs.insert(place, ()).is_none() {
                    moments.customers += 1;
                }
            }
        }
        state.customers += u64::from(has_session);
    }

    fn merge(&self, into: &mut State, from: State) {
        into.all.merge(from.all);
        into.customers += from.customers;
        for (stage, outcome) in from.by_stage {
            into.by_stage.entry(stage).or_default().merge(outcome);
        }
        into.places.merge(from.places, Moments::merge);
        into.revenue.merge(from.revenue);
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let currency = state.revenue.currency();
        let average = state.revenue.main().average(currency.as_deref());
        let mut lines: Vec<_> = state
            .places
            .into_iter()
            .map(|(place, moments)| {
                let all = state.by_stage.get(&place.stage).copied().unwrap_or_default();
                let others = moments.outcome.others_of(&all);
                let at_stake =
                    average.and_then(|average| at_stake(&moments.outcome, &others, average, currency.as_deref()));
                (place, moments, others, at_stake)
            })
            .collect();
        // Most money first, then most sessions; the places come in order, which decides between equals.
        lines.sort_by_key(|(_, moments, _, at_stake)| {
            (Reverse(at_stake.unwrap_or(0)), Reverse(moments.outcome.sessions))
        });
        let left_out = lines.len().saturating_sub(self.top);
        if left_out > 0 {
            table.note(format!("Rows left out: {left_out}; a larger top shows them."));
        }
        for (place, moments, others, at_stake) in lines.into_iter().take(self.top) {
            let family = SignalKind::from_name(&place.signal).map_or("", |kind| kind.family().name());
            let mut row: Vec<Cell> = [place.signal.as_str(), family, stage_name(place.stage)]
                .map(Cell::text)
                .into();
            let place = [place.page, place.element, place.step, place.form, place.field];
            // An empty text means that the place has no such part; a row for all places has null.
            row.extend(place.map(|text| if self.by_place { Cell::Text(text) } else { Cell::Null }));
            row.extend([Cell::Count(moments.times), Cell::Count(moments.outcome.sessions)]);
            row.extend(share(moments.outcome.sessions, state.all.sessions));
            row.push(Cell::Count(moments.customers));
            row.extend(share(moments.customers, state.customers));
            row.extend(moments.outcome.beside(&others));
            row.push(Cell::of(at_stake, Cell::Money));
            row.push(moments.examples.cell());
            table.push(row);
        }
        if !table.rows.is_empty() {
            table.note("A difference is not a cause: whoever meets a signal may differ in other ways, too.");
        }
        table.currency = currency;
        table
    }
}

impl Signals {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        let only = match params.text("signal") {
            "" => None,
            name => Some(signal_named(name)?),
        };
        Ok(Self {
            by_place: params.choice("by")? == "place",
            only,
            top: params.top()?,
        })
    }

    fn place(&self, row: &Row<'_>, found: &Found, page: &str) -> Place {
        if self.by_place {
            return Place::of(row, found, page);
        }
        Place {
            signal: found.kind.name().to_owned(),
            stage: row.stage() as u8,
            ..Place::default()
        }
    }
}

/// The signal of this name.
pub(super) fn signal_named(name: &str) -> Result<SignalKind, Error> {
    SignalKind::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = SignalKind::ALL.iter().map(|kind| kind.name()).collect();
        Error::bad_param("signal", name, format!("one of {}", names.join(", ")))
    })
}

impl Place {
    /// The place of a signal: that of its evidence, else that of the touchpoint that triggered it, else the page of the
    /// session.
    pub(super) fn of(row: &Row<'_>, found: &Found, page: &str) -> Self {
        let text = |field: Field| {
            let evidence = found.signal.as_ref().and_then(|signal| signal.evidence.text(field));
            evidence.or_else(|| row.text_of(field)).unwrap_or_default()
        };
        let own_page = found
            .signal
            .as_ref()
            .and_then(|signal| signal.evidence.text(Field::Url))
            .map(url::path);
        Self {
            signal: found.kind.name().to_owned(),
            stage: row.stage() as u8,
            page: own_page.unwrap_or(page).to_owned(),
            element: text(Field::Element).to_owned(),
            step: text(Field::Step).to_owned(),
            form: text(Field::Form).to_owned(),
            field: text(Field::FormField).to_owned(),
        }
    }
}

impl Moments {
    fn merge(&mut self, from: Self) {
        self.times += from.times;
        self.outcome.merge(from.outcome);
        self.customers += from.customers;
        self.examples.merge(from.examples);
    }
}

/// The fields that [`Place::of`] reads.
pub(super) const PLACE_FIELDS: &[Field] = &[
    Field::Name,
    Field::Url,
    Field::Element,
    Field::Step,
    Field::Form,
    Field::FormField,
];

/// Calls back with each signal of a session, the row that decided it, and the page that the session is on.
pub(super) fn for_each_signal<'a>(session: &SessionView<'a>, mut take: impl FnMut(&Row<'a>, &'a Found, &'a str)) {
    let mut signals = session.signals().peekable();
    if signals.peek().is_none() {
        return;
    }
    let mut page = Page::default();
    for row in session.rows() {
        page.follow(&row);
        while let Some(found) = signals.next_if(|found| found.row == row.index) {
            take(&row, found, page.path());
        }
    }
}

/// The codes of the stages that a session reached.
fn stages(session: &SessionView<'_>) -> impl Iterator<Item = u8> {
    let reached = session
        .rows()
        .fold(0u32, |reached, row| reached | 1 << row.stage() as u8);
    Stage::ALL
        .into_iter()
        .map(|stage| stage as u8)
        .filter(move |stage| reached & (1 << stage) != 0)
}

fn stage_name(code: u8) -> &'static str {
    Stage::ALL
        .into_iter()
        .find(|stage| *stage as u8 == code)
        .unwrap_or_default()
        .name()
}

/// The value of the orders that are missing because these sessions convert less than the others: sessions ×
/// (conversion of the others − their own). `None` if the 95% interval of the difference contains 0, or if these sessions
/// convert better.
fn at_stake(these: &Outcome, others: &Outcome, average: i64, currency: Option<&str>) -> Option<i64> {
    let (_, high) = these.difference_interval(others)?;
    let gap = others.conversion()? - these.conversion()?;
    (high < 0.0).then(|| rounded((these.sessions as f64 * gap * average as f64).round() as i64, currency))
}
