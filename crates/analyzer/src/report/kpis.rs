//! `kpis`: the key figures of a site, each with its formula and its uncertainty.

use std::sync::Arc;

use wayside_model::Timestamp;
use wayside_model::journey::Parts;

use super::measure::{self, Counts, Groups, MEASURES};
use super::{Definition, Report};
use crate::scan::{FieldSet, JourneyView};
use crate::table::{Cell, Column, Table};

pub(super) static DEFINITION: Definition = Definition {
    name: "kpis",
    title: "Key figures",
    doc: "How is the site doing: visits, sales, effort and satisfaction?",
    params: &[],
    columns: &[
        measure::NAME,
        measure::VALUE,
        measure::UNIT,
        measure::LOW,
        measure::HIGH,
        measure::NUMERATOR,
        measure::DENOMINATOR,
        Column::text("doc", "How the figure is defined.").wide(),
    ],
    build: |_| Ok(Arc::new(Kpis)),
};

#[derive(Debug)]
struct Kpis;

/// One group of everything.
struct All<'a>(&'a mut Counts);

impl Groups for All<'_> {
    type Key = ();

    fn key(&self, _: Timestamp, _: u32) {}

    fn counts(&mut self, (): ()) -> &mut Counts {
        self.0
    }
}

impl Report for Kpis {
    type State = Counts;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        measure::FIELDS
    }

    fn parts(&self) -> Parts {
        Parts {
            signals: true,
            ..Parts::SESSIONS
        }
    }

    fn observe(&self, state: &mut Counts, journey: &JourneyView<'_>) {
        measure::count(journey, &mut All(state));
    }

    fn merge(&self, into: &mut Counts, from: Counts) {
        into.merge(from);
    }

    fn finish(&self, state: Counts) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let currency = state.revenue.main_currency();
        for measure in MEASURES {
            let mut row = measure.cells(&state, currency);
            row.push(Cell::text(measure.doc));
            table.push(row);
        }
        measure::describe_money(&state.revenue, &mut table);
        table
    }
}
