//! `attribution`: the channels that lead to conversions, by eleven models side by side.

mod bootstrap;
mod chain;
mod columns;
pub(super) mod conversion_paths;
pub(super) mod costs;
#[cfg(test)]
mod coverage;
mod credit;
mod figures;
mod matrix;
mod measure;
mod names;
mod notes;
mod shapley;
mod state;
mod walk;

use std::collections::BTreeMap;
use std::sync::Arc;

use wayside_model::journey::Parts;

use self::columns::{COLUMNS, COST_AT, MODELS_AT};
use self::credit::Rules;
use self::figures::{Figures, MODELS};
use self::measure::{Measure, tidy};
use self::names::OTHER_NAME;
use self::state::{Counting, State};
use self::walk::Walk;
use super::params::{Param, Params};
use super::revenue::is_currency;
use super::{Definition, Facts, Report, WantedFacts};
use crate::error::Error;
use crate::report::dimension;
use crate::scan::{FieldSet, JourneyView};
use crate::table::{Cell, Table};

pub(super) static DEFINITION: Definition = Definition {
    name: "attribution",
    title: "Attribution",
    doc: "Which channels lead to conversions, what is each worth, and how far do the models agree?",
    params: &[
        measure::MEASURE,
        dimension::BY,
        dimension::PROPERTY,
        walk::CONVERSION,
        walk::UNIT,
        walk::LOOKBACK,
        Param::number(
            "markov_order",
            "1",
            "Markov: how many touches determine the next one; 1 to 3.",
        ),
        Param::choice(
            "null_paths",
            &["yes", "no"],
            "yes",
            "Markov and Shapley: whether paths without a conversion are part of the chain.",
        ),
        credit::HALF_LIFE,
        credit::POSITIONS,
        credit::U_WEIGHTS,
        credit::J_WEIGHTS,
    ],
    columns: COLUMNS,
    build: |params| Ok(Arc::new(Attribution::from_params(params)?)),
};

#[derive(Debug)]
struct Attribution {
    walk: Walk,
    rules: Rules,
    measure: Measure,
    markov_order: usize,
    has_null_paths: bool,
}

impl Attribution {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            walk: Walk::from_params(params)?,
            rules: Rules::from_params(params)?,
            measure: Measure::from_params(params)?,
            markov_order: params.number("markov_order", 1..=chain::ORDER_MAX as i64)? as usize,
            has_null_paths: params.choice("null_paths")? == "yes",
        })
    }

    /// The row of a channel, without its cost.
    fn row(&self, figures: &Figures, channel: usize) -> Vec<Cell> {
        let known = &figures.channels[channel];
        let ratio = |figure: f64| {
            if figure.is_finite() {
                Cell::Ratio(tidy(figure))
            } else {
                Cell::Null
            }
        };
        let mut row = vec![Cell::text(&known.name)];
        row.push(Cell::of(known.reached, |reached| Cell::Count(reached.paths)));
        row.push(Cell::of(known.reached, |reached| Cell::Count(reached.converted)));
        row.push(Cell::Null);
        row.push(ratio(figures.credits.effects[channel]));
        let ends = figures.interval(|credits| credits.effects[channel]);
        row.extend([
            Cell::of(ends, |(low, _)| ratio(low)),
            Cell::of(ends, |(_, high)| ratio(high)),
        ]);
        for model in 0..MODELS {
            // The paths of other names overlap, so that their participation is not a sum.
            if model == MODELS - 1 && known.reached.is_none() {
                row.extend([Cell::Null, Cell::Null, Cell::Null]);
                continue;
            }
            let figure = |credits: &_| self.measure.figure(credits, model, channel);
            let ends = figures.interval(figure);
            row.push(self.measure.cell(model, figure(&figures.credits)));
            row.push(Cell::of(ends, |(low, _)| self.measure.end(low)));
            row.push(Cell::of(ends, |(_, high)| self.measure.end(high)));
        }
        row
    }
}

impl Report for Attribution {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        self.walk.fields()
    }

    fn parts(&self) -> Parts {
        Parts {
            channels: self.walk.dimension.needs_channels(),
            ..Parts::SESSIONS
        }
    }

    fn wants_facts(&self) -> WantedFacts {
        WantedFacts {
            costs: true,
            ..WantedFacts::default()
        }
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let counting = Counting {
            rules: &self.rules,
            direct: self.walk.dimension.missing(),
            order: self.markov_order,
            has_null_paths: self.has_null_paths,
            is_money: self.measure.is_money(),
            group: bootstrap::group_of(journey.customer()),
        };
        self.walk.paths(journey, |path| state.count(&path, &counting));
    }

    fn merge(&self, into: &mut State, from: State) {
        into.merge(from);
    }

    fn finish(&self, state: State) -> Table {
        let state = state.settled();
        let mut table = Table::new(DEFINITION.columns);
        self.measure.set_units(&mut table);
        let currency = state.main_currency().unwrap_or_default();
        table.currency = is_currency(currency).then(|| currency.to_owned());
        let credits = if self.measure.is_money() { currency } else { "" };
        let figures = Figures::of(&state, self.markov_order, credits, self.measure.one());
        let mut channels: Vec<usize> = (0..figures.channels.len()).collect();
        // By removal effect, then by paths, in which order the channels are already.
        channels.sort_by(|a, b| {
            let effect = |channel: &usize| figures.credits.effects[*channel].max(0.0);
            effect(b).total_cmp(&effect(a))
        });
        for channel in channels {
            table.push(self.row(&figures, channel));
        }
        self.note(&mut table, &state, &figures);
        table
    }

    fn complete(&self, table: &mut Table, facts: &Facts) {
        let costs = &facts.costs;
        let currency = match (&table.currency, costs.main_currency()) {
            (Some(currency), _) => currency.clone(),
            (None, currency) => currency.unwrap_or_default().to_owned(),
        };
        let mut by_name = costs.by_name(&self.walk.dimension, &currency).unwrap_or_default();
        for row in &mut table.rows {
            if let Cell::Text(name) = &row[0]
                && let Some(cost) = by_name.remove(name)
            {
                row[COST_AT] = Cell::Money(cost);
            }
        }
        self.add_unmatched(table, by_name);
        if !costs.is_empty() && table.currency.is_none() && is_currency(&currency) {
            table.currency = Some(currency.clone());
        }
        table.rows.iter_mut().for_each(|row| self.measure.relate(row));
        self.note_costs(table, costs, &currency);
    }
}

impl Attribution {
    /// Adds the costs of names that have no row: to the row of other names, or as rows without paths.
    fn add_unmatched(&self, table: &mut Table, costs: BTreeMap<String, i64>) {
        let others = table.rows.iter_mut().find(|row| row[0] == Cell::text(OTHER_NAME));
        if let Some(row) = others {
            let sum = costs.into_values().fold(0, i64::saturating_add);
            row[COST_AT] = if sum > 0 { Cell::Money(sum) } else { Cell::Null };
            return;
        }
        for (name, cost) in costs {
            let mut row = vec![Cell::text(name), Cell::Count(0), Cell::Count(0), Cell::Money(cost)];
            row.resize(MODELS_AT, Cell::Null);
            let zero = |at: usize| self.measure.cell(at / columns::OF_MODEL, 0.0);
            row.extend((0..MODELS * columns::OF_MODEL).map(zero));
            table.push(row);
        }
    }
}
