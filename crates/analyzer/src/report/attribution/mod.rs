//! `attribution`: the channels that lead to orders, by their removal effect in a Markov chain, and by first and last visit.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::Channel;
use wayside_model::journey::Parts;

use super::orders::{self, Orders};
use super::{Definition, Report};
use crate::scan::{FieldSet, JourneyView};
use crate::table::{Cell, Column, Table, Unit, counted};
use chain::Chain;

mod chain;

pub(super) static DEFINITION: Definition = Definition {
    name: "attribution",
    title: "Attribution",
    doc: "Which channels lead to orders, and how many orders would be lost without each?",
    params: &[],
    columns: &[
        Column::text("channel", "The channel of a visit."),
        Column::number("paths", Unit::Count, "Paths with a visit by the channel."),
        Column::number("converted", Unit::Count, "Those of them that end with an order."),
        Column::number(
            "removal_effect",
            Unit::Ratio,
            "Share of the orders that would be lost without the channel, in a Markov chain of order 1.",
        ),
        Column::number(
            "markov",
            Unit::Count,
            "Conversions, distributed in proportion to the removal effects.",
        )
        .main(),
        Column::number("markov_share", Unit::Ratio, "Their share of all conversions."),
        Column::number(
            "first_touch",
            Unit::Count,
            "Conversions whose path begins with the channel.",
        ),
        Column::number("first_touch_share", Unit::Ratio, "Their share of all conversions."),
        Column::number(
            "last_touch",
            Unit::Count,
            "Conversions whose path ends with the channel.",
        ),
        Column::number("last_touch_share", Unit::Ratio, "Their share of all conversions."),
    ],
    build: |_| Ok(Arc::new(Attribution)),
};

#[derive(Debug)]
struct Attribution;

/// Sums over paths, by the channels' codes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    chain: Chain,
    channels: BTreeMap<u8, Touches>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Touches {
    paths: u64,
    converted: u64,
    first: u64,
    last: u64,
}

impl Report for Attribution {
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
        let mut path: Vec<u8> = Vec::new();
        let mut is_counted = false;
        for session in journey.sessions() {
            path.push(session.channel() as u8);
            is_counted = journey.range().contains(session.start());
            if orders.are_in(&session) {
                if is_counted {
                    state.count(&path, true);
                }
                path.clear();
            }
        }
        if is_counted && !path.is_empty() {
            state.count(&path, false);
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.chain.merge(from.chain);
        for (channel, from) in from.channels {
            let touches = into.channels.entry(channel).or_default();
            touches.paths += from.paths;
            touches.converted += from.converted;
            touches.first += from.first;
            touches.last += from.last;
        }
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let conversions = state.chain.conversions();
        let effects = state.chain.removal_effects();
        let sum: f64 = effects.iter().flatten().map(|(_, effect)| effect).sum();
        let effects: BTreeMap<u8, f64> = effects.into_iter().flatten().collect();
        let mut rows: Vec<(&str, Touches, Option<f64>)> = state
            .channels
            .iter()
            .filter_map(|(code, touches)| {
                Some((Channel::from_code(*code)?.name(), *touches, effects.get(code).copied()))
            })
            .collect();
        rows.sort_by(|(a_name, a, a_effect), (b_name, b, b_effect)| {
            let by_effect = b_effect.unwrap_or(0.0).total_cmp(&a_effect.unwrap_or(0.0));
            by_effect
                .then(Reverse(a.paths).cmp(&Reverse(b.paths)))
                .then(a_name.cmp(b_name))
        });
        for (name, touches, effect) in rows {
            let part = effect.map(|effect| effect / sum);
            table.push(vec![
                Cell::text(name),
                Cell::Count(touches.paths),
                Cell::Count(touches.converted),
                Cell::of(effect, Cell::Ratio),
                Cell::of(part, |part| Cell::Number(part * conversions as f64)),
                Cell::of(part, Cell::Ratio),
                Cell::Count(touches.first),
                Cell::share(touches.first, conversions),
                Cell::Count(touches.last),
                Cell::share(touches.last, conversions),
            ]);
        }
        let paths = state.chain.paths();
        if paths > 0 {
            table.note(format!(
                "{} of {} end with a visit that has an order.",
                conversions,
                counted(paths, "path")
            ));
        }
        if paths > 0 && conversions == 0 {
            table.note("No order in these days: removal effects compare orders, so there are none.");
        }
        table
    }
}

impl State {
    /// Counts a path: the channels of the visits up to one with an order, or to the customer's latest.
    fn count(&mut self, path: &[u8], is_converted: bool) {
        self.chain.count(path, is_converted);
        let mut channels = path.to_vec();
        channels.sort_unstable();
        channels.dedup();
        for channel in channels {
            let touches = self.channels.entry(channel).or_default();
            touches.paths += 1;
            touches.converted += u64::from(is_converted);
        }
        if let ([first, ..], [.., last], true) = (path, path, is_converted) {
            self.channels.entry(*first).or_default().first += 1;
            self.channels.entry(*last).or_default().last += 1;
        }
    }
}
