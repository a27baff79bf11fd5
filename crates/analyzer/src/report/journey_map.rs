//! `journey-map`: figures for each stage of the journey, by channel.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::journey::Parts;
use wayside_model::signal::Family;
use wayside_model::{Channel, Stage, Touch};

use super::columns;
use super::orders::{self, Orders};
use super::{Definition, Report};
use crate::scan::{FieldSet, JourneyView, Row};
use crate::stats::Histogram;
use crate::table::{Cell, Column, Link, Table, Unit};

pub(super) static DEFINITION: Definition = Definition {
    name: "journey-map",
    title: "Journey map",
    doc: "What happens in each stage of the journey, by the channel that the visit came from?",
    params: &[],
    columns: &[
        Column::text("stage", "Stage of the journey."),
        Column::text("channel", "Channel of the visit."),
        Column::number("customers", Unit::Count, "Customers with a touchpoint here.").linked(Link::Customers),
        Column::number("sessions", Unit::Count, "Sessions with a touchpoint here."),
        Column::number("touchpoints", Unit::Count, "Touchpoints here."),
        Column::number("purchases", Unit::Count, "Orders placed here."),
        Column::number(
            "conversion",
            Unit::Ratio,
            "Share of the customers here who bought, here or later.",
        ),
        Column::number(
            "drop_off",
            Unit::Ratio,
            "Share of the sessions here that ended here without a purchase.",
        ),
        Column::number(
            "median_time_ms",
            Unit::Ms,
            "Median time that a session spends here, within 0.4%.",
        ),
        Column::number("signals", Unit::Count, "Micro-moments here."),
        columns::FRICTION_SIGNALS,
    ],
    build: |_| Ok(Arc::new(JourneyMap)),
};

#[derive(Debug)]
struct JourneyMap;

/// Places by code of stage and channel, in that order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct State {
    places: Vec<(u8, u8, Place)>,
}

/// The counts of one stage in visits from one channel.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Place {
    customers: u64,
    sessions: u64,
    touchpoints: u64,
    purchases: u64,
    converted: u64,
    dropped: u64,
    times: Histogram,
    signals: u64,
    friction: u64,
}

impl Report for JourneyMap {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(orders::FIELDS)
    }

    fn parts(&self) -> Parts {
        Parts::ALL
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let orders = Orders::of(journey);
        let mut here: Vec<Here> = Vec::new();
        for row in journey.counted() {
            let at = visit(&mut here, journey, &row);
            here[at].first.get_or_insert(row.index);
            state.place(journey, &row).touchpoints += 1;
        }
        for at in &here {
            let place = state.at(at.stage, at.channel);
            place.customers += 1;
            place.converted += u64::from(at.first.is_some_and(|first| orders.follow(first)));
        }
        for order in orders.iter().filter(|order| journey.range().contains(order.time())) {
            state.place(journey, order).purchases += 1;
        }
        for (row, found) in journey.counted_signals() {
            let place = state.place(journey, &row);
            place.signals += 1;
            place.friction += u64::from(found.kind.family() == Family::Friction);
        }
        count_sessions(state, journey, &orders, &mut here);
    }

    fn merge(&self, into: &mut State, from: State) {
        for (stage, channel, from) in from.places {
            into.at(stage, channel).merge(from);
        }
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        for (stage, channel, place) in state.places {
            let stage = Stage::ALL
                .into_iter()
                .find(|known| *known as u8 == stage)
                .unwrap_or_default();
            let channel = Channel::from_code(channel).unwrap_or_default();
            table.push(vec![
                Cell::text(stage.name()),
                Cell::text(channel.name()),
                Cell::Count(place.customers),
                Cell::Count(place.sessions),
                Cell::Count(place.touchpoints),
                Cell::Count(place.purchases),
                Cell::share(place.converted, place.customers),
                Cell::share(place.dropped, place.sessions),
                Cell::of(place.times.median(), Cell::Ms),
                Cell::Count(place.signals),
                Cell::Count(place.friction),
            ]);
        }
        table
    }
}

/// A customer in a place: the first touchpoint there, and the time the current session spent there.
struct Here {
    stage: u8,
    channel: u8,
    first: Option<usize>,
    session_ms: Option<i64>,
}

/// Finds the index of a row's place in `here`; adds the place if it is new.
fn visit(here: &mut Vec<Here>, journey: &JourneyView<'_>, row: &Row<'_>) -> usize {
    let (stage, channel) = (row.stage() as u8, journey.session_channel(row) as u8);
    here.iter()
        .position(|at| at.stage == stage && at.channel == channel)
        .unwrap_or_else(|| {
            here.push(Here {
                stage,
                channel,
                first: None,
                session_ms: None,
            });
            here.len() - 1
        })
}

/// Time runs in a place from a touchpoint there to the session's next, wherever that is. Sessions count as a whole,
/// like everywhere, when they began in the range.
fn count_sessions(state: &mut State, journey: &JourneyView<'_>, orders: &Orders<'_>, here: &mut Vec<Here>) {
    for session in journey.counted_sessions() {
        here.iter_mut().for_each(|at| at.session_ms = None);
        let mut last: Option<(usize, i64)> = None;
        for row in session.rows() {
            let now = row.time().millis();
            if let Some((at, since)) = last {
                *here[at].session_ms.get_or_insert(0) += now - since;
            }
            let at = visit(here, journey, &row);
            here[at].session_ms.get_or_insert(0);
            last = Some((at, now));
        }
        for at in here.iter() {
            let Some(time) = at.session_ms else { continue };
            let place = state.at(at.stage, at.channel);
            place.sessions += 1;
            place.times.add(time);
        }
        if let Some((at, _)) = last.filter(|_| !orders.are_in(&session)) {
            state.at(here[at].stage, here[at].channel).dropped += 1;
        }
    }
}

impl State {
    fn place(&mut self, journey: &JourneyView<'_>, row: &Row<'_>) -> &mut Place {
        self.at(row.stage() as u8, journey.session_channel(row) as u8)
    }

    fn at(&mut self, stage: u8, channel: u8) -> &mut Place {
        let key = (stage, channel);
        let at = match self
            .places
            .binary_search_by_key(&key, |(stage, channel, _)| (*stage, *channel))
        {
            Ok(at) => at,
            Err(at) => {
                self.places.insert(at, (stage, channel, Place::default()));
                at
            }
        };
        &mut self.places[at].2
    }
}

impl Place {
    fn merge(&mut self, from: Self) {
        self.customers += from.customers;
        self.sessions += from.sessions;
        self.touchpoints += from.touchpoints;
        self.purchases += from.purchases;
        self.converted += from.converted;
        self.dropped += from.dropped;
        self.times.merge(from.times);
        self.signals += from.signals;
        self.friction += from.friction;
    }
}
