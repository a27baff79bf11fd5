//! `checkout`: how customers get through each step, and whether they or the page are slow.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::journey::Parts;
use wayside_model::{Field, Kind, SignalKind, Touch};

use super::orders::{self, Orders};
use super::{Definition, Report};
use crate::scan::{FieldSet, JourneyView, Row, SessionView};
use crate::stats::Histogram;
use crate::table::{Cell, Column, Link, Table, Unit, counted, grouped};

pub(super) static DEFINITION: Definition = Definition {
    name: "checkout",
    title: "Checkout",
    doc: "At which step of the checkout do customers leave, and were they waiting or acting?",
    params: &[],
    columns: &[
        Column::text("step", "The step: begin, shipping, payment, or the site's own word."),
        Column::number("sessions", Unit::Count, "Sessions that came to the step."),
        Column::number(
            "completed",
            Unit::Count,
            "Sessions that went on: to another step, or with a purchase in the session.",
        ),
        Column::number(
            "bought_later",
            Unit::Count,
            "Sessions that stopped here and whose customer bought in a later session.",
        ),
        Column::number(
            "abandoned",
            Unit::Count,
            "Sessions that stopped here and whose customer did not buy, then or later.",
        ),
        Column::number(
            "acting_p50_ms",
            Unit::Ms,
            "Median time in which the customer could act.",
        ),
        Column::number("acting_p95_ms", Unit::Ms, "The time that 19 of 20 do not exceed."),
        Column::number(
            "waiting_p50_ms",
            Unit::Ms,
            "Median time in which the customer waited for the page.",
        ),
        Column::number("waiting_p95_ms", Unit::Ms, "The time that 19 of 20 do not exceed."),
        Column::number("total_p50_ms", Unit::Ms, "Median of both together."),
        Column::number("total_p95_ms", Unit::Ms, "The time that 19 of 20 do not exceed."),
        Column::number("reloads", Unit::Count, "Page reloads in the step."),
        Column::number(
            "slow_signals",
            Unit::Count,
            "Times the step was found to make the customer wait too long.",
        ),
        Column::number(
            "field_errors",
            Unit::Count,
            "Form fields that failed validation in the step.",
        ),
        Column::number(
            "customers",
            Unit::Count,
            "Customers with a session that came to the step.",
        )
        .linked(Link::Customers),
        Column::number(
            "customers_lost",
            Unit::Count,
            "Customers with a session that is abandoned here.",
        )
        .linked(Link::Customers)
        .asking(&[("outcome", "lost")]),
    ],
    build: |_| Ok(Arc::new(Checkout)),
};

#[derive(Debug)]
struct Checkout;

/// By step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// Sessions that came to any step.
    sessions: u64,
    steps: BTreeMap<String, Step>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Step {
    sessions: u64,
    completed: u64,
    bought_later: u64,
    /// Sum of the step's places in its sessions, for the order of the rows.
    places: u64,
    acting: Histogram,
    waiting: Histogram,
    total: Histogram,
    reloads: u64,
    slow_signals: u64,
    field_errors: u64,
    customers: u64,
    customers_lost: u64,
}

impl Report for Checkout {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(&[Field::Step, Field::WaitingMs, Field::ActingMs, Field::Reloads])
            .and(FieldSet::of(orders::FIELDS))
    }

    fn parts(&self) -> Parts {
        Parts {
            signals: true,
            ..Parts::SESSIONS
        }
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let orders = Orders::of(journey);
        // The steps that the customer came to, and whether a session was abandoned there.
        let mut theirs: BTreeMap<&str, bool> = BTreeMap::new();
        for session in journey.counted_sessions() {
            for (step, end) in state.count_session(&session, &orders) {
                *theirs.entry(step).or_default() |= end == End::Abandoned;
            }
        }
        for (step, is_lost) in theirs {
            let step = state.step(step);
            step.customers += 1;
            step.customers_lost += u64::from(is_lost);
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.sessions += from.sessions;
        for (name, from) in from.steps {
            into.steps.entry(name).or_default().merge(from);
        }
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let mut steps: Vec<(String, Step)> = state.steps.into_iter().collect();
        // In the order in which sessions come to them: by mean place, compared as fractions.
        steps.sort_by(|(a_name, a), (b_name, b)| {
            let [left, right] = [(a, b), (b, a)].map(|(x, y)| u128::from(x.places) * u128::from(y.sessions));
            left.cmp(&right).then_with(|| a_name.cmp(b_name))
        });
        table.notes.extend(summary(&steps, state.sessions));
        if steps.iter().all(|(_, step)| step.total.count() == 0) && !steps.is_empty() {
            table.note("No step times: they are measured in the page, and this source has none.");
        }
        for (name, step) in steps {
            let times = [&step.acting, &step.waiting, &step.total];
            let mut row = vec![
                Cell::text(name),
                Cell::Count(step.sessions),
                Cell::Count(step.completed),
                Cell::Count(step.bought_later),
                Cell::Count(step.abandoned()),
            ];
            row.extend(
                times
                    .into_iter()
                    .flat_map(|times| [times.median(), times.quantile(950)].map(|time| Cell::of(time, Cell::Ms))),
            );
            let counts = [
                step.reloads,
                step.slow_signals,
                step.field_errors,
                step.customers,
                step.customers_lost,
            ];
            row.extend(counts.map(Cell::Count));
            table.push(row);
        }
        table
    }
}

/// The checkout step that a touchpoint is in: the one it enters, or the one whose time it measures.
pub(super) fn step_of<'a>(row: &Row<'a>) -> Option<&'a str> {
    match row.kind() {
        Kind::CheckoutStepTime => row.text_of(Field::Step),
        kind => kind.checkout_step(row.text_of(Field::Step)),
    }
}

/// The whole checkout in a sentence, with the same numbers as the key figure `checkout_abandonment_rate`.
fn summary(steps: &[(String, Step)], sessions: u64) -> Option<String> {
    let abandoned: u64 = steps.iter().map(|(_, step)| step.abandoned()).sum();
    let share = (sessions > 0).then(|| 100.0 * abandoned as f64 / sessions as f64)?;
    Some(format!(
        "Of {} that came to the checkout, {} ({share:.1}%) ended it without a purchase, then or later: the same as \
         checkout_abandonment_rate among the key figures. A funnel counts customers instead of sessions.",
        counted(sessions, "session"),
        grouped(abandoned)
    ))
}

/// A session's way through its checkout: steps in the order they were first entered.
#[derive(Default)]
pub(super) struct Way<'a> {
    steps: Vec<&'a str>,
    /// The first touchpoint of the checkout.
    first: Option<usize>,
    /// Number of steps that were left for another one.
    completed: usize,
    current: Option<&'a str>,
}

/// How a session ended at a checkout step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It went on, to another step or with an order.
    Completed,
    /// It stopped here, and its customer ordered in a later session.
    BoughtLater,
    /// It stopped here, and its customer did not order, then or later.
    Abandoned,
}

impl<'a> Way<'a> {
    /// The way of a whole session.
    pub(super) fn of(session: &SessionView<'a>) -> Self {
        let mut way = Self::default();
        session.rows().for_each(|row| way.follow(&row));
        way
    }

    /// Goes on to the session's next row.
    fn follow(&mut self, row: &Row<'a>) {
        if row.kind() == Kind::Purchase {
            self.current = None;
        }
        let Some(step) = step_of(row) else { return };
        self.first = self.first.or(Some(row.index));
        let is_new = !self.steps.contains(&step);
        // The time of a step arrives when the step has ended; it enters only a step that nothing else has.
        if is_new || row.kind() != Kind::CheckoutStepTime {
            self.current = Some(step);
        }
        if is_new {
            self.completed = self.steps.len();
            self.steps.push(step);
        }
    }

    /// Its steps, each with how the session ended there.
    pub(super) fn ends(self, session: &SessionView<'_>, orders: &Orders<'_>) -> impl Iterator<Item = (&'a str, End)> {
        let bought = orders.are_in(session);
        let buys_later = self.first.is_some_and(|first| orders.follow(first));
        let completed = self.completed;
        self.steps.into_iter().enumerate().map(move |(place, step)| {
            let end = match () {
                () if bought || place < completed => End::Completed,
                () if buys_later => End::BoughtLater,
                () => End::Abandoned,
            };
            (step, end)
        })
    }
}

impl State {
    /// Counts a session and gives the steps that it came to.
    fn count_session<'a>(&mut self, session: &SessionView<'a>, orders: &Orders<'_>) -> Vec<(&'a str, End)> {
        let mut way = Way::default();
        let mut signals = session.signals().peekable();
        for row in session.rows() {
            way.follow(&row);
            match row.kind() {
                Kind::CheckoutStepTime => self.count_time(&row),
                Kind::FormError => {
                    if let Some(step) = way.current {
                        self.step(step).field_errors += 1;
                    }
                }
                _ => {}
            }
            while let Some(found) = signals.next_if(|found| found.row == row.index) {
                let step = row.text_of(Field::Step).or(way.current);
                if let (SignalKind::CheckoutSlow, Some(step)) = (found.kind, step) {
                    self.step(step).slow_signals += 1;
                }
            }
        }
        self.sessions += u64::from(way.first.is_some());
        let ends: Vec<(&str, End)> = way.ends(session, orders).collect();
        for (place, (name, end)) in ends.iter().enumerate() {
            let step = self.step(name);
            step.sessions += 1;
            step.completed += u64::from(*end == End::Completed);
            step.bought_later += u64::from(*end == End::BoughtLater);
            step.places += place as u64;
        }
        ends
    }

    fn count_time(&mut self, row: &Row<'_>) {
        let Some(name) = row.text_of(Field::Step) else { return };
        let [acting, waiting, reloads] =
            [Field::ActingMs, Field::WaitingMs, Field::Reloads].map(|field| row.int(field).unwrap_or(0).max(0));
        let step = self.step(name);
        step.acting.add(acting);
        step.waiting.add(waiting);
        step.total.add(acting.saturating_add(waiting));
        step.reloads += reloads as u64;
    }

    fn step(&mut self, name: &str) -> &mut Step {
        self.steps.entry(name.to_owned()).or_default()
    }
}

impl Step {
    fn abandoned(&self) -> u64 {
        self.sessions - self.completed - self.bought_later
    }

    fn merge(&mut self, from: Self) {
        self.sessions += from.sessions;
        self.completed += from.completed;
        self.bought_later += from.bought_later;
        self.places += from.places;
        self.acting.merge(from.acting);
        self.waiting.merge(from.waiting);
        self.total.merge(from.total);
        self.reloads += from.reloads;
        self.slow_signals += from.slow_signals;
        self.field_errors += from.field_errors;
        self.customers += from.customers;
        self.customers_lost += from.customers_lost;
    }
}
