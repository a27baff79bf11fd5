//! `lifetime-value`: how many customers are still customers, and what they are expected to buy and to spend.

pub(super) mod customers;
mod estimate;
mod purchases;
pub(super) mod rfm;

use std::sync::Arc;

use self::estimate::{Check, Expected, Fitted, HORIZON, MODEL, Question};
use self::purchases::{Purchases, State};
use super::params::Params;
use super::revenue::is_currency;
use super::{Definition, Report};
use crate::buying::{CUSTOMERS_MIN, Estimate, NoFit};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView};
use crate::stats::wilson;
use crate::table::{Cell, Column, Table, Unit, counted, grouped};
use crate::zone::Zone;

pub(super) static DEFINITION: Definition = Definition {
    name: "lifetime-value",
    title: "Lifetime value",
    doc: "How many customers are still customers, and what will they buy and spend?",
    params: &[MODEL, HORIZON],
    columns: &[
        Column::text("name", "The figure."),
        Column::mixed("value", "Its value, in its unit."),
        Column::text("unit", "What the value counts."),
        Column::mixed("low", "Lower end of the 95% interval, where the figure is an estimate."),
        Column::mixed("high", "Upper end of the 95% interval."),
        Column::text("doc", "How the figure is defined.").wide(),
    ],
    build: |params| Ok(Arc::new(LifetimeValue::from_params(params)?)),
};

/// An error of the forecast above this share is said in a note: half of it and more would mislead who plans by it.
const CHECK_ERROR_MAX: f64 = 0.2;

/// Correlation of spending with the number of purchases above which a note says that the amounts mislead: the model takes both as
/// independent, and its authors accept .11 in the CDNOW data.
const CORRELATION_MAX: f64 = 0.3;

#[derive(Debug)]
struct LifetimeValue {
    question: Question,
    zone: Zone,
}

impl LifetimeValue {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            question: Question::from_params(params)?,
            zone: params.zone().clone(),
        })
    }
}

impl Report for LifetimeValue {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        purchases::fields()
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        state.observe(journey, &self.zone);
    }

    fn merge(&self, into: &mut State, from: State) {
        into.merge(from);
    }

    fn finish(&self, state: State) -> Table {
        let mut figures = Figures(Table::new(DEFINITION.columns));
        match state.finish(&self.zone) {
            None => figures.0.note(NO_ORDERS),
            Some(purchases) => figures.fill(&purchases, self.question),
        }
        figures.0
    }
}

/// The note of a site without orders.
const NO_ORDERS: &str = "There is no order in the range of a customer who had none before. Purchases come from the page \
                         (purchase) or from an import of orders.";

/// A day in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// The rows of the report.
struct Figures(Table);

impl Figures {
    fn fill(&mut self, purchases: &Purchases, question: Question) {
        self.0.currency = is_currency(&purchases.currency).then(|| purchases.currency.clone());
        self.observed(purchases);
        match Fitted::until(purchases, purchases.end, question) {
            Err(reason) => self.0.note(no_fit(reason, purchases.buyers.len())),
            Ok(fitted) => {
                self.expected(purchases, &fitted);
                self.check(Check::of(purchases, question));
                self.parameters(&fitted);
                self.notes(purchases, &fitted);
            }
        }
    }

    fn observed(&mut self, purchases: &Purchases) {
        let buyers = &purchases.buyers;
        let all = buyers.len() as u64;
        let again = buyers.iter().filter(|buyer| buyer.days.len() > 1).count() as u64;
        let days: u64 = buyers.iter().map(|buyer| buyer.days.len() as u64).sum();
        let value = buyers
            .iter()
            .filter_map(|buyer| buyer.value(&purchases.currency))
            .reduce(i64::saturating_add);
        self.row(
            "new_buyers",
            Cell::Count(all),
            Unit::Count,
            None,
            "Customers whose first order is in the range.",
        );
        let ends = wilson(again, all).map(|(low, high)| (Cell::Ratio(low), Cell::Ratio(high)));
        self.row(
            "repeat_share",
            Cell::share(again, all),
            Unit::Ratio,
            ends,
            "Share of them that bought on another day, too.",
        );
        let mean = Cell::Number(days as f64 / all as f64);
        self.row(
            "purchases_per_buyer",
            mean,
            Unit::Count,
            None,
            "Days with an order, by customer.",
        );
        let mean = value.map(|value| value as f64 / 1e6 / all as f64);
        self.row(
            "observed_value",
            Cell::of(mean, money),
            Unit::Money,
            None,
            "Value of their orders in the range by customer, before refunds.",
        );
        let mut waits: Vec<i64> = buyers.iter().filter_map(purchases::Buyer::days_to_second).collect();
        waits.sort_unstable();
        let median = waits.get(waits.len() / 2).map(|days| days.saturating_mul(DAY_MS));
        let doc = "Median time from the first purchase to the second, of those who made one.";
        self.row(
            "time_to_second_purchase",
            Cell::of(median, Cell::Ms),
            Unit::Ms,
            None,
            doc,
        );
    }

    fn expected(&mut self, purchases: &Purchases, fitted: &Fitted) {
        let weeks = fitted.question.weeks();
        let mut sums = Sums::default();
        for buyer in &purchases.buyers {
            if let Some(one) = fitted.customer(buyer, &purchases.currency, weeks) {
                sums.customers += 1.0;
                sums.alive += one.alive;
                sums.purchases += one.purchases;
                sums.value = sums.value.zip(one.value()).map(|(sum, value)| sum + value);
            }
        }
        let share = sums.alive / sums.customers;
        let ends = fitted.ends_of_mean(share, |model, history| model.alive(history));
        let ends = ends.map(|(low, high)| (Cell::Ratio(low), Cell::Ratio(high.min(1.0))));
        self.row(
            "active_share",
            Cell::Ratio(share),
            Unit::Ratio,
            ends,
            "Expected share of them that still are customers at the end of the range.",
        );
        let ends = fitted.ends_of_mean(sums.purchases, |model, history| model.expected(history, weeks));
        let ends = ends.map(|(low, high)| (Cell::Number(low), Cell::Number(high)));
        self.row(
            "expected_purchases",
            Cell::Number(sums.purchases),
            Unit::Count,
            ends,
            "Purchases that all of them together are expected to make within the horizon.",
        );
        let Expected { value, ends } = fitted.amount().unwrap_or(Expected {
            value: f64::NAN,
            ends: None,
        });
        self.row(
            "expected_amount",
            money_of(value),
            Unit::Money,
            ends.map(both(money)),
            "Expected value of a purchase of a customer of whom nothing is known.",
        );
        let value = sums.value.unwrap_or(f64::NAN);
        let ends = fitted.ends_of_value(value).map(both(money));
        self.row(
            "expected_value",
            money_of(value),
            Unit::Money,
            ends,
            "Value of the purchases that all of them together are expected to make within the horizon.",
        );
        let mean = value / sums.customers;
        let ends = fitted.ends_of_value(mean).map(both(money));
        self.row(
            "expected_value_per_buyer",
            money_of(mean),
            Unit::Money,
            ends,
            "The same by customer.",
        );
    }

    fn check(&mut self, check: Option<Check>) {
        let Some(check) = check else {
            self.0.note(
                "The range is too short, or has too few customers, to hold a forecast against what was bought later.",
            );
            return;
        };
        let doc = "Purchases that the model, fitted to the first two thirds of the time, expected in the last of the customers it knew.";
        self.row("check_expected", Cell::Number(check.expected), Unit::Count, None, doc);
        self.row(
            "check_actual",
            Cell::Count(check.actual),
            Unit::Count,
            None,
            "Their purchases in that time.",
        );
        let doc = "The forecast's error: expected less actual, as a share of actual.";
        self.row(
            "check_error",
            Cell::of(check.error(), Cell::Ratio),
            Unit::Ratio,
            None,
            doc,
        );
        if check.error().is_none_or(|error| error.abs() > CHECK_ERROR_MAX) {
            self.0.note(format!(
                "The model does not fit: of the last {} it expected {:.0} purchases, and there were {}. Do not plan by its figures.",
                counted(check.days as u64, "day"),
                check.expected,
                grouped(check.actual)
            ));
        }
    }

    fn parameters(&mut self, fitted: &Fitted) {
        let model = fitted.question.model.title();
        for parameter in fitted.fit.parameters {
            self.parameter(parameter, &format!("Parameter of {model}; times are in weeks."));
        }
        let likelihood = Cell::Number(fitted.fit.log_likelihood);
        self.row(
            "log_likelihood",
            likelihood,
            Unit::Score,
            None,
            &format!("Logarithm of the likelihood of {model}."),
        );
        if let Ok(spending) = &fitted.spending {
            for parameter in spending.parameters {
                self.parameter(parameter, "Parameter of Gamma-Gamma, the model of amounts.");
            }
            let likelihood = Cell::Number(spending.log_likelihood);
            self.row(
                "amount_log_likelihood",
                likelihood,
                Unit::Score,
                None,
                "Logarithm of the likelihood of Gamma-Gamma.",
            );
        }
    }

    fn parameter(&mut self, parameter: Estimate, doc: &str) {
        let Estimate { name, value, error } = parameter;
        // On the scale of the logarithm, on which the estimate is nearly normal and never below 0.
        let ends = error
            .map(|error| estimate::around(value, error / value))
            .map(both(Cell::Number));
        self.row(name, Cell::Number(value), Unit::Score, ends, doc);
    }

    fn notes(&mut self, purchases: &Purchases, fitted: &Fitted) {
        self.0.note(format!(
            "The forecast is for {} after the last touchpoint of the range, of the customers known then. Its intervals cover the \
             uncertainty of the parameters, not the chance in what people do.",
            counted(fitted.question.horizon_days as u64, "day")
        ));
        let all = purchases.buyers.len();
        if fitted.sampled() < all {
            self.0.note(format!(
                "The models were fitted to {} of {}, every one at the same distance in the order of their keys.",
                grouped(fitted.sampled() as u64),
                counted(all as u64, "customer")
            ));
        }
        if let Err(reason) = fitted.spending {
            self.0.note(match reason {
                NoFit::TooFew => format!(
                    "Amounts need {CUSTOMERS_MIN} customers with a repeat purchase that has a value in one currency."
                ),
                NoFit::NoMaximum => {
                    "The values of the purchases fit no Gamma-Gamma distribution, so that no amount is expected.".into()
                }
            });
        } else if fitted.amount().is_none() {
            self.0
                .note("The values of the purchases differ so much that their distribution has no mean.");
        }
        if let Some(correlation) = correlation(purchases).filter(|r| r.abs() > CORRELATION_MAX) {
            self.0.note(format!(
                "Customers who buy often spend {} at a time (correlation {correlation:.2}), which the model takes as independent: \
                 expected amounts are biased.",
                if correlation > 0.0 { "more" } else { "less" }
            ));
        }
    }

    fn row(&mut self, name: &str, value: Cell, unit: Unit, ends: Option<(Cell, Cell)>, doc: &str) {
        let (low, high) = ends.unwrap_or((Cell::Null, Cell::Null));
        self.0.push(vec![
            Cell::text(name),
            value,
            Cell::text(unit.name()),
            low,
            high,
            Cell::text(doc),
        ]);
    }
}

/// Sums over customers; `value` is `None` as soon as one has no expected amount.
struct Sums {
    customers: f64,
    alive: f64,
    purchases: f64,
    value: Option<f64>,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            customers: 0.0,
            alive: 0.0,
            purchases: 0.0,
            value: Some(0.0),
        }
    }
}

/// An amount in a currency's unit.
fn money(amount: f64) -> Cell {
    Cell::Money((amount * 1e6).round() as i64)
}

/// An amount; null if there is none.
fn money_of(amount: f64) -> Cell {
    Cell::of(amount.is_finite().then_some(amount), money)
}

fn both(make: impl Fn(f64) -> Cell) -> impl Fn((f64, f64)) -> (Cell, Cell) {
    move |(low, high)| (make(low), make(high))
}

/// The note of a model that could not be fitted.
fn no_fit(reason: NoFit, buyers: usize) -> String {
    match reason {
        NoFit::TooFew => format!(
            "A forecast needs {CUSTOMERS_MIN} customers with an order; there {} {}.",
            if buyers == 1 { "is" } else { "are" },
            grouped(buyers as u64)
        ),
        NoFit::NoMaximum => {
            "The model fits no parameters to these purchases, as happens where nearly nobody buys again or the time is \
                             short."
                .into()
        }
    }
}

/// Pearson's correlation of the number and the mean value of repeat purchases.
fn correlation(purchases: &Purchases) -> Option<f64> {
    let pairs: Vec<(f64, f64)> = purchases
        .buyers
        .iter()
        .filter_map(|buyer| buyer.spending(&purchases.currency))
        .map(|spending| (f64::from(spending.orders), spending.mean))
        .collect();
    let n = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let (mut xy, mut xx, mut yy) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        xy += (a - x) * (b - y);
        xx += (a - x).powi(2);
        yy += (b - y).powi(2);
    }
    let r = xy / (xx * yy).sqrt();
    r.is_finite().then_some(r)
}
