//! The notes of attribution.

use wayside_model::Field;

use super::Attribution;
use super::costs::Costs;
use super::figures::Figures;
use super::measure::Measure;
use super::names::NAMES_MAX;
use super::shapley::{EXACT_MAX, SAMPLES};
use super::state::State;
use crate::import::nearest;
use crate::report::dimension::Dimension;
use crate::table::{Table, counted, grouped, money};

impl Attribution {
    /// The facts that a reader has to know beside the figures.
    pub(super) fn note(&self, table: &mut Table, state: &State, figures: &Figures) {
        let all = state.all;
        if all.paths == 0 {
            return;
        }
        table.note(format!(
            "{} of {} end with a visit that has {}.",
            grouped(all.converted),
            counted(all.paths, "path"),
            self.walk.goal_in_words()
        ));
        if all.converted == 0 {
            table.note(self.walk.nothing());
        }
        self.note_names(table, state, figures);
        if figures.order < self.markov_order {
            table.note(format!(
                "A chain of order {} would have too many states; removal effects are those of order {}.",
                self.markov_order, figures.order
            ));
        }
        if !figures.has_markov_intervals && all.converted > 0 {
            table.note("The chain has too many states for intervals of the removal effects.");
        }
        if let Some(error) = figures.shapley_error.filter(|_| all.converted > 0) {
            let error = self.measure.error(error, figures.credits.total);
            table.note(format!(
                "Shapley values of more than {EXACT_MAX} channels are estimated from {} orders of them; their standard error is \
                 at most {error}.",
                grouped(SAMPLES as u64)
            ));
        }
        if self.measure.is_money() {
            self.note_currencies(table, state);
        }
    }

    fn note_names(&self, table: &mut Table, state: &State, figures: &Figures) {
        if let Dimension::Property(name) = &self.walk.dimension
            && state
                .names
                .iter()
                .all(|(known, _)| known == self.walk.dimension.missing())
        {
            let hint = nearest(name, Field::ALL.iter().map(|field| field.name()));
            let hint = hint.map_or_else(|| ".".to_owned(), |field| format!("; did you mean \"{field}\"?"));
            table.note(format!("No touch has a property \"{name}\"{hint}"));
        }
        if figures.others > 0 {
            table.note(format!(
                "Names beyond the 50 with the most paths are taken together as (other). Of more than {NAMES_MAX} names, the first \
                 in alphabetical order are told apart."
            ));
        }
    }

    fn note_currencies(&self, table: &mut Table, state: &State) {
        if state.without_value > 0 {
            table.note(format!(
                "{} without a value left out of the amounts.",
                counted(state.without_value, "conversion")
            ));
        }
        let main = state.main_currency();
        for (currency, conversions) in state
            .currencies
            .iter()
            .filter(|(currency, _)| Some(currency.as_str()) != main)
        {
            let name = if currency.is_empty() {
                "no stated currency"
            } else {
                currency
            };
            table.note(format!(
                "Not added to the amounts: {} in {name}.",
                counted(*conversions, "conversion")
            ));
        }
    }

    /// The facts that a reader has to know of the costs.
    pub(super) fn note_costs(&self, table: &mut Table, costs: &Costs, currency: &str) {
        let needs_costs = matches!(self.measure, Measure::ReturnOnSpend | Measure::CostPerConversion);
        if costs.by_name(&self.walk.dimension, currency).is_none() && !costs.is_empty() {
            table.note("Costs are known by channel, source and medium, and campaign only.");
        } else if needs_costs && costs.is_empty() {
            table.note("No costs in these days; import them with wayside import --from ad-costs.");
        }
        for (other, sum) in costs.others(currency) {
            let name = if other.is_empty() { "no stated currency" } else { other };
            table.note(format!(
                "Not added to the costs: {} in {name}.",
                money(sum, Some(other))
            ));
        }
    }
}
