//! Measures: the figures of a site, each defined once. Every report that shows one reads it from here.

mod count;
mod counts;

use std::collections::BTreeSet;

use wayside_model::Moment;

pub(super) use count::{FIELDS, Groups, count};
pub(super) use counts::Counts;

use super::revenue::{Revenue, is_currency};
use crate::error::Error;
use crate::import::nearest;
use crate::stats::{Moments, wilson};
use crate::table::{Cell, Column, Table, Unit};

/// A figure of a site: its name, unit, formula and definition.
#[derive(Debug)]
pub(super) struct Measure {
    /// Its name.
    pub(super) name: &'static str,
    /// Its unit.
    pub(super) unit: Unit,
    /// Its definition in words.
    pub(super) doc: &'static str,
    /// Whether it needs the micro-moments of the sessions.
    pub(super) needs_signals: bool,
    formula: Formula,
}

/// How a measure follows from the counts. The form decides the interval.
#[derive(Debug)]
enum Formula {
    /// A number of things that were counted one by one: it has no interval.
    Count(fn(&Counts) -> u64),
    /// A part of a whole, with Wilson's interval.
    Share(fn(&Counts) -> (u64, u64)),
    /// A sum divided by a number of things, for so many of them.
    Rate(fn(&Counts) -> (u64, u64), f64),
    /// A mean of answers, times a factor, with the interval of a mean; no end is beyond the scale's.
    Mean(fn(&Counts) -> &Moments, f64, (f64, f64)),
    /// Anything else: the value, the numerator and the denominator, with amounts of a currency.
    Other(fn(&Counts, &str) -> [Cell; 3]),
}

/// The value of a measure.
pub(super) struct Figure {
    value: Cell,
    low: Cell,
    high: Cell,
    numerator: Cell,
    denominator: Cell,
}

/// The columns of [`Measure::cells`].
pub(super) const NAME: Column = Column::text("name", "The figure.");
pub(super) const VALUE: Column = Column::mixed("value", "Its value, in its unit.");
pub(super) const UNIT: Column = Column::text("unit", "What the value counts.");
pub(super) const LOW: Column = Column::mixed("low", "Lower end of the 95% interval, where the figure is an estimate.");
pub(super) const HIGH: Column = Column::mixed("high", "Upper end of the 95% interval.");
pub(super) const NUMERATOR: Column = Column::mixed("numerator", "What was counted.");
pub(super) const DENOMINATOR: Column = Column::number("denominator", Unit::Count, "What it is divided by.");

impl Measure {
    const fn count(name: &'static str, of: fn(&Counts) -> u64, doc: &'static str) -> Self {
        Self::new(name, Unit::Count, Formula::Count(of), doc)
    }

    const fn share(name: &'static str, of: fn(&Counts) -> (u64, u64), doc: &'static str) -> Self {
        Self::new(name, Unit::Ratio, Formula::Share(of), doc)
    }

    const fn new(name: &'static str, unit: Unit, formula: Formula, doc: &'static str) -> Self {
        Self {
            name,
            unit,
            doc,
            needs_signals: false,
            formula,
        }
    }

    const fn of_signals(mut self) -> Self {
        self.needs_signals = true;
        self
    }

    /// Its value.
    fn figure(&self, counts: &Counts, currency: &str) -> Figure {
        let plain = |value, numerator, denominator| Figure {
            value,
            low: Cell::Null,
            high: Cell::Null,
            numerator,
            denominator,
        };
        match self.formula {
            Formula::Count(of) => plain(Cell::Count(of(counts)), Cell::Null, Cell::Null),
            Formula::Share(of) => {
                let (part, whole) = of(counts);
                let (low, high) = ends(wilson(part, whole), Cell::Ratio);
                Figure {
                    low,
                    high,
                    ..plain(Cell::share(part, whole), Cell::Count(part), Cell::Count(whole))
                }
            }
            Formula::Rate(of, per) => {
                let (sum, number) = of(counts);
                let rate = (number > 0).then(|| per * sum as f64 / number as f64);
                plain(Cell::of(rate, Cell::Number), Cell::Count(sum), Cell::Count(number))
            }
            Formula::Mean(of, factor, (least, most)) => {
                let answers = of(counts);
                let within = |x: f64| Cell::Score((factor * x).clamp(least, most));
                let (low, high) = ends(answers.interval(), within);
                let mean = Cell::of(answers.mean(), |mean| Cell::Score(factor * mean));
                Figure {
                    low,
                    high,
                    ..plain(mean, Cell::Int(answers.sum), Cell::Count(answers.count))
                }
            }
            Formula::Other(of) => {
                let [value, numerator, denominator] = of(counts, currency);
                plain(value, numerator, denominator)
            }
        }
    }

    /// Its name, value, unit, interval, numerator and denominator. Amounts are those of a currency.
    pub(super) fn cells(&self, counts: &Counts, currency: &str) -> Vec<Cell> {
        let figure = self.figure(counts, currency);
        vec![
            Cell::text(self.name),
            figure.value,
            Cell::text(self.unit.name()),
            figure.low,
            figure.high,
            figure.numerator,
            figure.denominator,
        ]
    }
}

fn ends(interval: Option<(f64, f64)>, cell: impl Fn(f64) -> Cell) -> (Cell, Cell) {
    interval.map_or((Cell::Null, Cell::Null), |(low, high)| (cell(low), cell(high)))
}

/// The measures of these names, each once; `_` and `-` are equivalent, and `all` stands for every measure.
///
/// # Errors
///
/// Fails if there is no name, or no measure of a name.
pub(super) fn named(param: &str, names: &[&str]) -> Result<Vec<&'static Measure>, Error> {
    let known = || MEASURES.iter().map(|measure| measure.name);
    let mut found: Vec<&'static Measure> = Vec::new();
    for name in names {
        let wanted = name.replace('-', "_");
        let of_name = MEASURES
            .iter()
            .filter(|measure| wanted == "all" || measure.name == wanted);
        let earlier = found.len();
        found.extend(of_name);
        if found.len() == earlier {
            let known = known().collect::<Vec<_>>();
            let hint = nearest(&wanted, known.iter().copied())
                .map_or_else(String::new, |near| format!(" (did you mean {near}?)"));
            let expected = format!("all, or any of {}{hint}", known.join(", "));
            return Err(Error::bad_param(param, name, expected));
        }
    }
    if found.is_empty() {
        return Err(Error::bad_param(param, "", "the name of a figure, or all"));
    }
    let mut seen = BTreeSet::new();
    found.retain(|measure| seen.insert(measure.name));
    Ok(found)
}

/// Every measure; "session" and "customer" mean counted ones throughout.
pub(super) static MEASURES: &[Measure] = &[
    Measure::count("events", |c| c.events, "Touchpoints in the range."),
    Measure::count(
        "sessions",
        |c| c.sessions,
        "Visits that began in the range; 30 minutes of inactivity or a new campaign ends one.",
    ),
    Measure::count("visitors", |c| c.visitors, "Browsers with a touchpoint in the range."),
    Measure::count(
        "customers",
        |c| c.customers,
        "People with a touchpoint in the range: visitors joined by identify.",
    ),
    Measure::count(
        "new_customers",
        |c| c.new_customers,
        "Customers whose first touchpoint of all is in the range.",
    ),
    Measure::count("page_views", |c| c.page_views, "Pages shown in the range."),
    Measure::share(
        "bounce_rate",
        |c| (c.bounces, c.sessions),
        "Sessions shorter than 10 s with fewer than two page views and no purchase (GA4: not engaged), of all sessions.",
    ),
    Measure::share(
        "conversion_rate",
        |c| (c.converted, c.sessions),
        "Sessions with a purchase, of all sessions.",
    ),
    Measure::share(
        "customer_conversion_rate",
        |c| (c.buyers, c.customers),
        "Customers with an order in the range, of all customers.",
    ),
    Measure::share(
        "cart_abandonment_rate",
        |c| (c.carts_left, c.with_cart),
        "Sessions with an add_to_cart and without a purchase whose customer did not buy later either, of the sessions with an add_to_cart.",
    ),
    Measure::share(
        "checkout_abandonment_rate",
        |c| (c.checkouts_left, c.with_checkout),
        "Sessions with a checkout step and without a purchase whose customer did not buy later either, of the sessions with a checkout step. The checkout report shows at which step.",
    ),
    Measure::new(
        "orders",
        Unit::Count,
        Formula::Count(|c| c.revenue.orders()),
        "Orders in the range, of all currencies; each order number is counted once per customer.",
    ),
    Measure::new(
        "revenue",
        Unit::Money,
        Formula::Other(revenue),
        "Value of the orders in the range less refunds; each order number is counted once per customer.",
    ),
    Measure::new(
        "average_order_value",
        Unit::Money,
        Formula::Other(average_order_value),
        "Revenue before refunds, divided by the number of orders with a value.",
    ),
    Measure::share(
        "repeat_purchase_rate",
        |c| (c.repeat_buyers, c.buyers),
        "Customers with an order in the range that is not their first of all, of the customers with an order in the range.",
    ),
    Measure::share(
        "repeat_order_share",
        |c| (c.repeat_orders, c.revenue.orders()),
        "Orders in the range that are not their customer's first, of all orders in the range.",
    ),
    Measure::share(
        "coupon_order_share",
        |c| (c.coupon_orders, c.revenue.orders()),
        "Orders in the range with a coupon, of all orders in the range.",
    ),
    Measure::new(
        "session_duration_median",
        Unit::Ms,
        Formula::Other(|c, _| {
            let median = Cell::of(c.durations.median(), Cell::Ms);
            [median, Cell::Null, Cell::Count(c.sessions)]
        }),
        "Median time from a session's first to its last touchpoint, within 0.4%.",
    ),
    Measure::new(
        "engaged_time_per_session",
        Unit::Ms,
        Formula::Other(|c, _| {
            let mean = c.engaged_ms.checked_div(c.measured_sessions).map(|ms| ms as i64);
            let sum = Cell::Ms(i64::try_from(c.engaged_ms).unwrap_or(i64::MAX));
            [Cell::of(mean, Cell::Ms), sum, Cell::Count(c.measured_sessions)]
        }),
        "Time in which the page was shown and in use, by sessions in which it was measured.",
    ),
    Measure::new(
        "pages_per_session",
        Unit::Count,
        Formula::Rate(|c| (c.session_page_views, c.sessions), 1.0),
        "Page views of the sessions, by sessions.",
    ),
    Measure::share(
        "returning_rate",
        |c| (c.returning, c.customers_with_session),
        "Customers with more than one session, counting those before the range, of the customers with a session in the range.",
    ),
    Measure::share(
        "search_rate",
        |c| (c.searched, c.sessions),
        "Sessions with a search of the site, of all sessions.",
    ),
    Measure::share(
        "support_contact_rate",
        |c| (c.customers_with_contact, c.customers),
        "Customers who contacted support in the range, of all customers.",
    ),
    Measure::share(
        "sharing_rate",
        |c| (c.sharing_customers, c.customers),
        "Customers who shared or reviewed something in the range, of all customers.",
    ),
    Measure::new(
        "signals_per_100_sessions",
        Unit::Count,
        Formula::Rate(|c| (c.signals, c.sessions), 100.0),
        "Micro-moments found in the sessions, by 100 sessions.",
    )
    .of_signals(),
    Measure::share(
        "know_moment_share",
        |c| c.with_moment(Moment::Know),
        "Sessions with a signal of the moment \"I want to know\", of all sessions.",
    )
    .of_signals(),
    Measure::share(
        "go_moment_share",
        |c| c.with_moment(Moment::Go),
        "Sessions with a signal of the moment \"I want to go\", of all sessions.",
    )
    .of_signals(),
    Measure::share(
        "do_moment_share",
        |c| c.with_moment(Moment::Do),
        "Sessions with a signal of the moment \"I want to do\", of all sessions.",
    )
    .of_signals(),
    Measure::share(
        "buy_moment_share",
        |c| c.with_moment(Moment::Buy),
        "Sessions with a signal of the moment \"I want to buy\", of all sessions.",
    )
    .of_signals(),
    Measure::new(
        "nps",
        Unit::Score,
        Formula::Mean(|c| &c.nps, 100.0, (-100.0, 100.0)),
        "Share of promoters (9, 10) less share of detractors (0 to 6), in points from -100 to 100.",
    ),
    Measure::share(
        "csat",
        |c| (c.satisfied, c.csat_answers),
        "Answers of 4 or 5 to the satisfaction question, of all answers.",
    ),
    Measure::new(
        "ces",
        Unit::Score,
        Formula::Mean(|c| &c.ces, 1.0, (1.0, 7.0)),
        "Mean answer to the effort question, 1 (hard) to 7 (easy).",
    ),
    Measure::new(
        "review_score",
        Unit::Score,
        Formula::Mean(|c| &c.reviews, 1.0, (f64::MIN, f64::MAX)),
        "Mean score of the reviews that have one.",
    ),
];

fn revenue(counts: &Counts, currency: &str) -> [Cell; 3] {
    let amounts = counts.revenue.amounts(currency);
    [
        Cell::of(amounts.revenue(), Cell::Money),
        Cell::Money(amounts.sold),
        Cell::Null,
    ]
}

fn average_order_value(counts: &Counts, currency: &str) -> [Cell; 3] {
    let amounts = counts.revenue.amounts(currency);
    let average = amounts.average(is_currency(currency).then_some(currency));
    let average = Cell::of(average, Cell::Money);
    [average, Cell::Money(amounts.sold), Cell::Count(amounts.valued)]
}

/// Says in a table which currency its amounts are in, and what is not added to them.
pub(super) fn describe_money(revenue: &Revenue, table: &mut Table) {
    table.currency = revenue.currency();
    table.notes.extend(revenue.notes());
}
