//! `revenue-cohorts`: cumulative revenue per customer by the period in which customers were acquired.

mod state;

use std::collections::BTreeSet;
use std::sync::Arc;

use wayside_model::channel::ARRIVAL_FIELDS;
use wayside_model::journey::Parts;
use wayside_model::{Channel, Field, Touch};

use self::state::{Cohort, Growth, Life, State};
use super::columns;
use super::every::Every;
use super::orders::Orders;
use super::params::{Param, Params};
use super::revenue::{self, changes_in};
use super::{Definition, Report};
use crate::error::Error;
use crate::range::Range;
use crate::scan::{FieldSet, JourneyView};
use crate::stats::Moments;
use crate::table::{Cell, Column, Table, Unit, counted, rounded};
use crate::zone::Zone;

pub(super) static DEFINITION: Definition = Definition {
    name: "revenue-cohorts",
    title: "Revenue by cohort",
    doc: "What has a customer been worth, month after month, by when and through which channel they came?",
    params: &[
        Param::choice(
            "start",
            &["first_purchase", "first_visit"],
            "first_purchase",
            "What makes a customer one of a cohort: the first order, or the first touchpoint.",
        ),
        Param::choice(
            "every",
            &["week", "month"],
            "month",
            "The length of a period, of cohorts and of their lives.",
        ),
        Param::choice(
            "by",
            &["none", "channel"],
            "none",
            "channel: a cohort for each channel of the first visit.",
        ),
        Param::number("periods", "12", "How many periods after the first to list; 1 to 60."),
        Param::number("cohorts", "12", "How many cohorts to list, the latest ones; 1 to 120."),
        Param::number(
            "margin_percent",
            "",
            "What remains of revenue after the cost of goods, in percent, for the margin; 1 to 100; left out: unknown.",
        ),
    ],
    columns: &[
        Column::text(
            "cohort",
            "The month, or the Monday of the week, of acquisition; (all): every cohort together.",
        )
        .period(),
        Column::text("channel", "Channel of the first visit; (all) without by=channel."),
        Column::number(
            "period",
            Unit::Count,
            "Periods since acquisition; 0 is the one of acquisition.",
        )
        .key(),
        Column::text(
            "complete",
            "Whether the data reaches beyond the end of this period: yes or no.",
        ),
        Column::number("customers", Unit::Count, "Customers of the cohort."),
        Column::number("orders", Unit::Count, "Their orders until the end of the period."),
        Column::number("revenue", Unit::Money, "Value of these orders less refunds until then."),
        Column::number(
            "revenue_per_customer",
            Unit::Money,
            "Revenue divided by customers: the lifetime value so far.",
        )
        .main(),
        columns::low_amount("revenue_per_customer_low"),
        columns::high_amount("revenue_per_customer_high"),
        Column::number(
            "margin_per_customer",
            Unit::Money,
            "The margin of that; empty without margin_percent.",
        ),
    ],
    build: |params| Ok(Arc::new(RevenueCohorts::from_params(params)?)),
};

#[derive(Debug)]
struct RevenueCohorts {
    starts_with_visit: bool,
    every: Every,
    by_channel: bool,
    periods: i64,
    cohorts: usize,
    margin_percent: Option<i64>,
    zone: Zone,
}

/// The name of all cohorts or all channels.
const ALL: &str = "(all)";

impl Report for RevenueCohorts {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        let channels = FieldSet::of(ARRIVAL_FIELDS).and(FieldSet::of(&[Field::ContactChannel, Field::SourceChannel]));
        let own = FieldSet::of(revenue::FIELDS);
        if self.by_channel { own.and(channels) } else { own }
    }

    fn parts(&self) -> Parts {
        Parts {
            channels: self.by_channel,
            ..Parts::SESSIONS
        }
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let period = |millis: i64| self.every.of(millis, &self.zone);
        let latest = journey.rows().next_back().map(|row| period(row.time().millis()));
        state.last_period = state.last_period.max(latest);
        let orders = Orders::of(journey);
        let first = if self.starts_with_visit {
            Some(journey.row(0).time())
        } else {
            orders.iter().next().map(|order| order.time())
        };
        let Some(first) = first.filter(|first| journey.range().contains(*first)) else {
            return;
        };
        let channel = self.by_channel.then(|| journey.sessions().next()).flatten();
        let cohort = Cohort {
            period: period(first.millis()),
            channel: channel.map_or(0, |session| session.channel() as u8),
        };
        let mut life = Life::default();
        // Whatever the range is: it chooses the cohorts and does not cut their lives.
        for change in changes_in(Range::ALL, journey, &orders) {
            let age = period(change.row.time().millis()) - cohort.period;
            state.revenue.add(&change);
            if age <= self.periods {
                life.add(age.max(0), &change);
            }
        }
        state.add(cohort, life);
    }

    fn merge(&self, into: &mut State, from: State) {
        into.merge(from);
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let Some(last_period) = state.last_period.filter(|_| !state.is_empty()) else {
            table.note(if self.starts_with_visit { NO_VISIT } else { NO_ORDER });
            return table;
        };
        table.currency = state.revenue.currency();
        table.notes.extend(state.revenue.notes());
        let main = state.revenue.main_currency().to_owned();
        let periods: BTreeSet<i64> = state.cohorts().map(|(cohort, _)| cohort.period).collect();
        let left_out = periods.len().saturating_sub(self.cohorts);
        if left_out > 0 {
            table.note(format!(
                "{} left out; a larger number of cohorts shows more.",
                counted(left_out as u64, "earlier cohort")
            ));
        }
        let since = periods.iter().nth(left_out).copied().unwrap_or(i64::MIN);
        for (channel, lives) in state.together(last_period, self.periods, &main) {
            for (age, life) in lives.iter().enumerate() {
                table.push(self.row([ALL, self.channel_name(channel)], age, true, life, &main));
            }
        }
        for (cohort, customers) in state.cohorts().filter(|(cohort, _)| cohort.period >= since) {
            let name = self.every.name(cohort.period, &self.zone);
            let known = (last_period - cohort.period).clamp(0, self.periods);
            for (age, growth) in state.life(cohort, known, &main).into_iter().enumerate() {
                let is_complete = cohort.period + (age as i64) < last_period;
                let life = (customers, growth);
                table.push(self.row(
                    [&name, self.channel_name(cohort.channel)],
                    age,
                    is_complete,
                    &life,
                    &main,
                ));
            }
        }
        table.note(format!(
            "The data ends in {}: amounts of that period may still change. Cohorts together have only the periods that are complete.",
            self.every.name(last_period, &self.zone)
        ));
        table
    }
}

/// Notes of a report without cohorts.
const NO_ORDER: &str = "No customer ordered for the first time in these days.";
const NO_VISIT: &str = "No customer came for the first time in these days.";

impl RevenueCohorts {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            starts_with_visit: params.choice("start")? == "first_visit",
            every: Every::named(params.choice("every")?),
            by_channel: params.choice("by")? == "channel",
            // Five years of months.
            periods: params.number("periods", 1..=60)?,
            cohorts: params.number("cohorts", 1..=120)? as usize,
            margin_percent: match params.text("margin_percent") {
                "" => None,
                _ => Some(params.number("margin_percent", 1..=100)?),
            },
            zone: params.zone().clone(),
        })
    }

    fn channel_name(&self, code: u8) -> &'static str {
        match Channel::from_code(code) {
            Some(channel) if self.by_channel => channel.name(),
            _ => ALL,
        }
    }

    fn row(
        &self,
        [cohort, channel]: [&str; 2],
        age: usize,
        is_complete: bool,
        life: &(u64, Growth),
        main: &str,
    ) -> Vec<Cell> {
        let (customers, growth) = *life;
        let values = Moments {
            count: customers,
            sum: growth.sum,
            squares: growth.squares,
        };
        let currency = revenue::is_currency(main).then_some(main);
        let amount = |micros: f64| Cell::Money(rounded(micros.round() as i64, currency));
        let ends = values.interval();
        let margin = self.margin_percent.zip(values.mean());
        vec![
            Cell::text(cohort),
            Cell::text(channel),
            Cell::Count(age as u64),
            Cell::text(if is_complete { "yes" } else { "no" }),
            Cell::Count(customers),
            Cell::Count(growth.orders),
            Cell::Money(growth.sum),
            Cell::of(values.mean(), amount),
            Cell::of(ends, |(low, _)| amount(low)),
            Cell::of(ends, |(_, high)| amount(high)),
            Cell::of(margin, |(percent, mean)| amount(mean * percent as f64 / 100.0)),
        ]
    }
}
