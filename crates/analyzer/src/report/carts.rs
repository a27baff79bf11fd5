//! `carts`: carts that are filled and abandoned, by day and channel.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::journey::Parts;
use wayside_model::{Channel, Kind, Touch};

use super::columns;
use super::keyed::Keyed;
use super::orders::{self, Orders};
use super::outcome::share;
use super::params::{Param, Params};
use super::{Definition, Report};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView};
use crate::table::{Cell, Column, Table, Unit, counted, grouped};
use crate::zone::{self, Zone};

pub(super) static DEFINITION: Definition = Definition {
    name: "carts",
    title: "Carts",
    doc: "How many carts are abandoned, on which days and by which channels?",
    params: &[Param::number(
        "days",
        "31",
        "How many days with carts to list, the latest first; 1 to 366.",
    )],
    columns: &[
        Column::text(
            "day",
            "The day on which the visit began, in the time zone of the report.",
        )
        .period(),
        Column::text("channel", "The channel of the visit."),
        Column::number("carts", Unit::Count, "Visits with something added to the cart."),
        Column::number("bought", Unit::Count, "Those of them with an order."),
        Column::number(
            "bought_later",
            Unit::Count,
            "Those without an order whose customer ordered in a later visit.",
        ),
        Column::number(
            "abandoned",
            Unit::Count,
            "Those without an order whose customer did not order later either.",
        ),
        Column::number("abandonment", Unit::Ratio, "Share of the carts that were abandoned.").main(),
        columns::low("abandonment_low"),
        columns::high("abandonment_high"),
    ],
    build: |params| Ok(Arc::new(Carts::from_params(params)?)),
};

#[derive(Debug)]
struct Carts {
    days: usize,
    zone: Zone,
}

/// By the number of the day and the channel's code.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct State {
    carts: Keyed<(i64, u8), Counts>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Counts {
    carts: u64,
    bought: u64,
    abandoned: u64,
}

impl Report for Carts {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(orders::FIELDS)
    }

    fn parts(&self) -> Parts {
        Parts {
            channels: true,
            ..Parts::SESSIONS
        }
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let orders = Orders::of(journey);
        for session in journey.counted_sessions() {
            let Some(cart) = session.rows().find(|row| row.kind() == Kind::AddToCart) else {
                continue;
            };
            let day = self.zone.day(session.start().millis());
            let counts = state.carts.at((day, session.channel() as u8));
            counts.add(Counts {
                carts: 1,
                bought: u64::from(orders.are_in(&session)),
                abandoned: u64::from(orders.are_missing_from(&session, cart.index)),
            });
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.carts.merge(from.carts, Counts::add);
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let mut all = Counts::default();
        let mut days = BTreeSet::new();
        for ((day, _), counts) in state.carts.iter() {
            days.insert(*day);
            all.add(*counts);
        }
        if all.carts > 0 {
            table.note(all.summary());
        }
        let left_out = days.len().saturating_sub(self.days);
        let since = days.iter().nth(left_out).copied();
        if left_out > 0 {
            table.note(format!(
                "{} left out; a larger number of days shows more.",
                counted(left_out as u64, "earlier day")
            ));
        }
        let mut rows: Vec<_> = state
            .carts
            .into_iter()
            .filter(|((day, _), _)| Some(*day) >= since)
            .filter_map(|((day, code), counts)| Some((Reverse(day), Channel::from_code(code)?.name(), counts)))
            .collect();
        rows.sort_by_key(|(day, channel, _)| (*day, *channel));
        for (Reverse(day), channel, counts) in rows {
            let mut row = vec![
                Cell::text(zone::date(day)),
                Cell::text(channel),
                Cell::Count(counts.carts),
                Cell::Count(counts.bought),
                Cell::Count(counts.carts - counts.bought - counts.abandoned),
                Cell::Count(counts.abandoned),
            ];
            row.extend(share(counts.abandoned, counts.carts));
            table.push(row);
        }
        table
    }
}

impl Carts {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            // A leap year: with two dozen channels, that is the most rows that any report lists.
            days: params.number("days", 1..=366)? as usize,
            zone: params.zone().clone(),
        })
    }
}

impl Counts {
    fn add(&mut self, more: Self) {
        self.carts += more.carts;
        self.bought += more.bought;
        self.abandoned += more.abandoned;
    }

    /// All days in a sentence, with the same numbers as the key figure `cart_abandonment_rate`.
    fn summary(&self) -> String {
        format!(
            "Of {} with a cart, {} ({:.1}%) ended without an order, then or later: the same as cart_abandonment_rate among \
             the key figures.",
            counted(self.carts, "session"),
            grouped(self.abandoned),
            100.0 * self.abandoned as f64 / self.carts as f64
        )
    }
}
