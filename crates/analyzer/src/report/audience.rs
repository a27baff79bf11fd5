//! `devices`: visits and orders by kind of device.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::Field;

use super::columns;
use super::devices::{self, Devices};
use super::orders::{self, Orders};
use super::outcome::{Outcome, share};
use super::{Definition, Report};
use crate::scan::{FieldSet, JourneyView};
use crate::table::{Cell, Column, Table, Unit};

pub(super) static DEFINITION: Definition = Definition {
    name: "devices",
    title: "Devices",
    doc: "On which kinds of devices do visits take place, and on which do they end with an order?",
    params: &[],
    columns: &[
        Column::text("device", "Kind of device: desktop, mobile, tablet, other or unknown."),
        Column::number("sessions", Unit::Count, "Sessions on it.").main(),
        columns::SHARE_OF_SESSIONS,
        columns::SHARE_OF_SESSIONS_LOW,
        columns::SHARE_OF_SESSIONS_HIGH,
        columns::CUSTOMERS,
        Column::number("converted", Unit::Count, "Sessions on it that have an order."),
        Column::number("conversion", Unit::Ratio, "Their share of the sessions on it."),
        columns::low("conversion_low"),
        columns::high("conversion_high"),
    ],
    build: |_| Ok(Arc::new(ByDevice)),
};

#[derive(Debug)]
struct ByDevice;

/// By device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct State {
    devices: BTreeMap<String, Visits>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Visits {
    outcome: Outcome,
    customers: u64,
}

impl Report for ByDevice {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(&[Field::Device]).and(FieldSet::of(orders::FIELDS))
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let orders = Orders::of(journey);
        let mut theirs: BTreeSet<&str> = BTreeSet::new();
        for session in journey.counted_sessions() {
            let device = devices::name(Devices::of(&session));
            let visits = state.devices.entry(device.to_owned()).or_default();
            visits.outcome.add(orders.are_in(&session));
            visits.customers += u64::from(theirs.insert(device));
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        for (device, from) in from.devices {
            let visits = into.devices.entry(device).or_default();
            visits.outcome.merge(from.outcome);
            visits.customers += from.customers;
        }
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let all: u64 = state.devices.values().map(|visits| visits.outcome.sessions).sum();
        for (device, visits) in state.devices {
            let Outcome { sessions, bought } = visits.outcome;
            let mut row = vec![Cell::Text(device), Cell::Count(sessions)];
            row.extend(share(sessions, all));
            row.extend([Cell::Count(visits.customers), Cell::Count(bought)]);
            row.extend(share(bought, sessions));
            table.push(row);
        }
        table
    }
}
