//! Expected purchases and spending of customers: the models, fitted to a site's purchases.

use super::purchases::{Buyer, DAYS_OF_WEEK, Purchases};
use crate::buying::{BgNbd, Fit, GammaGamma, History, NoFit, Outlook, ParetoNbd, RepeatBuying, Spending};
use crate::error::Error;
use crate::report::params::{Param, Params};

/// The parameters of the reports that use the models.
pub(super) const MODEL: Param = Param::choice(
    "model",
    &["bg-nbd", "pareto-nbd"],
    "bg-nbd",
    "The model of repeat buying: customers cease after a purchase (bg-nbd), or at any time (pareto-nbd).",
);
pub(super) const HORIZON: Param = Param::number(
    "horizon_days",
    "365",
    "Days after the last touchpoint for which purchases are expected; 1 to 3650.",
);

/// Days of a horizon at most: ten years, beyond which no shop has data to hold an expectation against.
const HORIZON_MAX_DAYS: i64 = 3_650;

/// The question.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    pub(super) model: Model,
    pub(super) horizon_days: i64,
}

/// A model of repeat buying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Model {
    BgNbd,
    ParetoNbd,
}

impl Question {
    pub(super) fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            model: match params.choice("model")? {
                "pareto-nbd" => Model::ParetoNbd,
                _ => Model::BgNbd,
            },
            horizon_days: params.number("horizon_days", 1..=HORIZON_MAX_DAYS)?,
        })
    }

    /// The horizon in the models' unit of time.
    pub(super) fn weeks(&self) -> f64 {
        self.horizon_days as f64 / DAYS_OF_WEEK
    }
}

impl Model {
    /// Its name, as its authors write it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::BgNbd => "BG/NBD",
            Self::ParetoNbd => "Pareto/NBD",
        }
    }

    fn fit(self, histories: &[History]) -> Result<Fit<4>, NoFit> {
        match self {
            Self::BgNbd => BgNbd::fit(histories),
            Self::ParetoNbd => ParetoNbd::fit(histories),
        }
    }

    fn with(self, parameters: [f64; 4]) -> Box<dyn Outlook> {
        match self {
            Self::BgNbd => Box::new(BgNbd::with(parameters)),
            Self::ParetoNbd => Box::new(ParetoNbd::with(parameters)),
        }
    }

    /// Customers to whose histories a model is fitted at most. With so many, the sample adds less than 1% to a parameter's standard error
    /// of itself, and a fit takes about a second; a likelihood of Pareto/NBD takes ten times as long.
    fn sample_max(self) -> usize {
        match self {
            Self::BgNbd => 50_000,
            Self::ParetoNbd => 10_000,
        }
    }
}

/// An expectation with its 95% interval, which covers the uncertainty of the models' parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Expected {
    pub(super) value: f64,
    pub(super) ends: Option<(f64, f64)>,
}

/// The models, fitted.
pub(super) struct Fitted {
    pub(super) question: Question,
    pub(super) fit: Fit<4>,
    pub(super) spending: Result<Fit<3>, NoFit>,
    pub(super) end: i64,
    model: Box<dyn Outlook>,
    amounts: Option<GammaGamma>,
    sample: Vec<(History, Option<Spending>)>,
}

/// The outlook of one customer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Customer {
    /// The probability of still being a customer.
    pub(super) alive: f64,
    /// Purchases expected within the horizon.
    pub(super) purchases: f64,
    /// The expected value of a purchase.
    pub(super) amount: Option<f64>,
}

impl Customer {
    /// The expected value of the purchases within the horizon.
    pub(super) fn value(&self) -> Option<f64> {
        Some(self.purchases * self.amount?)
    }
}

impl Fitted {
    /// Fits the models to what was bought until a day, that included.
    pub(super) fn until(purchases: &Purchases, end: i64, question: Question) -> Result<Self, NoFit> {
        let seen: Vec<(History, &Buyer)> = purchases
            .buyers
            .iter()
            .filter_map(|buyer| Some((buyer.until(end)?, buyer)))
            .collect();
        // Every n-th customer in the order of their keys, as the CDNOW sample was drawn.
        let step = seen.len().div_ceil(question.model.sample_max()).max(1);
        let sample: Vec<(History, Option<Spending>)> = seen
            .into_iter()
            .step_by(step)
            .map(|(history, buyer)| (history, buyer.spending(&purchases.currency)))
            .collect();
        let histories: Vec<History> = sample.iter().map(|(history, _)| *history).collect();
        let fit = question.model.fit(&histories)?;
        let spendings: Vec<Spending> = sample.iter().filter_map(|(_, spending)| *spending).collect();
        let spending = GammaGamma::fit(&spendings);
        Ok(Self {
            question,
            model: question.model.with(fit.values()),
            amounts: spending.as_ref().ok().map(|fit| GammaGamma::with(fit.values())),
            fit,
            spending,
            end,
            sample,
        })
    }

    /// Number of customers to whom the models were fitted.
    pub(super) fn sampled(&self) -> usize {
        self.sample.len()
    }

    /// The outlook of a customer; `None` for one whose first purchase is later than the fit.
    pub(super) fn customer(&self, buyer: &Buyer, currency: &str, weeks: f64) -> Option<Customer> {
        let history = buyer.until(self.end)?;
        let spending = buyer.spending(currency);
        Some(Customer {
            alive: self.model.alive(&history),
            purchases: self.model.expected(&history, weeks),
            amount: self.amounts.and_then(|model| model.expected(spending.as_ref())),
        })
    }

    /// The interval of a mean over customers that depends on the parameters of repeat buying.
    pub(super) fn ends_of_mean(&self, value: f64, of: impl Fn(&dyn Outlook, &History) -> f64) -> Option<(f64, f64)> {
        let relative = self.relative_error(&of)?;
        Some(around(value, relative))
    }

    /// The interval of the value of purchases, which depends on the parameters of both models. They are fitted apart, so that their
    /// relative variances add.
    pub(super) fn ends_of_value(&self, value: f64) -> Option<(f64, f64)> {
        let weeks = self.question.weeks();
        let purchases =
            self.relative_error(&|model: &dyn Outlook, history: &History| model.expected(history, weeks))?;
        let amounts = self.relative_error_of_amounts()?;
        Some(around(value, purchases.hypot(amounts)))
    }

    /// The expected value of a purchase of a customer of whom nothing is known.
    pub(super) fn amount(&self) -> Option<Expected> {
        let fit = self.spending.as_ref().ok()?;
        let mean = |values| GammaGamma::with(values).expected(None);
        let value = mean(fit.values())?;
        let error = fit.error_of(|values| mean(values).unwrap_or(f64::NAN));
        Some(Expected {
            value,
            ends: error.map(|error| around(value, error / value)),
        })
    }

    fn relative_error(&self, of: &impl Fn(&dyn Outlook, &History) -> f64) -> Option<f64> {
        let total = |values: [f64; 4]| -> f64 {
            let model = self.question.model.with(values);
            self.sample.iter().map(|(history, _)| of(&*model, history)).sum()
        };
        let error = self.fit.error_of(total)? / total(self.fit.values());
        error.is_finite().then_some(error)
    }

    fn relative_error_of_amounts(&self) -> Option<f64> {
        let fit = self.spending.as_ref().ok()?;
        let weeks = self.question.weeks();
        let weighed: Vec<(f64, Option<Spending>)> = self
            .sample
            .iter()
            .map(|(history, spending)| (self.model.expected(history, weeks), *spending))
            .collect();
        let total = |values: [f64; 3]| -> f64 {
            let model = GammaGamma::with(values);
            let amounts = weighed
                .iter()
                .map(|(purchases, spending)| purchases * model.expected(spending.as_ref()).unwrap_or(f64::NAN));
            amounts.sum()
        };
        let error = fit.error_of(total)? / total(fit.values());
        error.is_finite().then_some(error)
    }
}

/// The 95% interval of a number above 0 with a relative error, on the scale of its logarithm.
pub(super) fn around(value: f64, relative: f64) -> (f64, f64) {
    let factor = (crate::stats::Z * relative).exp();
    (value / factor, value * factor)
}

/// The forecast of a part of the observation that was held back, and what was bought in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Check {
    /// Days held back.
    pub(super) days: i64,
    /// Purchases expected in them of the customers known before.
    pub(super) expected: f64,
    /// Their purchases in them.
    pub(super) actual: u64,
}

/// Days at least before and after the day at which the observation is parted; in fewer, a shop sees few customers twice.
const CHECK_DAYS_MIN: i64 = 14;

impl Check {
    /// Fits the model to the first two thirds of the observation and compares what it expects with the last; `None` if there is too little.
    pub(super) fn of(purchases: &Purchases, question: Question) -> Option<Self> {
        let observed = purchases.end - purchases.start;
        let days = observed / 3;
        if days < CHECK_DAYS_MIN {
            return None;
        }
        let end = purchases.end - days;
        let fitted = Fitted::until(purchases, end, question).ok()?;
        let weeks = days as f64 / DAYS_OF_WEEK;
        let known = purchases.buyers.iter().filter(|buyer| buyer.first() <= end);
        let (expected, actual) = known.fold((0.0, 0), |(expected, actual), buyer| {
            let one = fitted.customer(buyer, &purchases.currency, weeks);
            (
                expected + one.map_or(0.0, |one| one.purchases),
                actual + buyer.after(end),
            )
        });
        Some(Self { days, expected, actual })
    }

    /// The error of the forecast as a share of what was bought; `None` if nothing was.
    pub(super) fn error(&self) -> Option<f64> {
        (self.actual > 0).then(|| self.expected / self.actual as f64 - 1.0)
    }
}
