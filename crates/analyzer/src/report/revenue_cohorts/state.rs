//! Revenue of cohorts by age, as changes from one period to the next, so that a customer is added where money changed only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::report::keyed::Keyed;
use crate::report::revenue::{Change, Revenue};

/// Customers acquired in a period, by the code of their channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(in crate::report) struct Cohort {
    pub(super) period: i64,
    pub(super) channel: u8,
}

/// Orders, and sums over customers of their revenue and of its square, in millionths: those until the end of a period, or their
/// change in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::report) struct Growth {
    pub(super) orders: u64,
    pub(super) sum: i64,
    pub(super) squares: i128,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::report) struct State {
    customers: Keyed<Cohort, u64>,
    /// Changes by cohort, currency and age.
    changes: Keyed<(Cohort, String, i64), Growth>,
    pub(super) revenue: Revenue,
    /// The period of the latest touchpoint.
    pub(super) last_period: Option<i64>,
}

/// Orders and revenue of one customer, by currency and age.
#[derive(Debug, Default)]
pub(super) struct Life(BTreeMap<(String, i64), (u64, i64)>);

impl Life {
    /// Adds an order or a refund.
    pub(super) fn add(&mut self, age: i64, change: &Change<'_>) {
        let key = (change.currency().to_ascii_uppercase(), age);
        let (orders, micros) = self.0.entry(key).or_default();
        *orders += u64::from(change.is_order());
        *micros = micros.saturating_add(change.micros());
    }
}

impl State {
    /// Adds a customer. A change of their revenue from one amount to another changes the sum of squares by the difference of the
    /// squares of both.
    pub(super) fn add(&mut self, cohort: Cohort, life: Life) {
        *self.customers.at(cohort) += 1;
        let mut before = (String::new(), 0_i64);
        for ((currency, age), (orders, micros)) in life.0 {
            if currency != before.0 {
                before = (currency.clone(), 0);
            }
            let after = before.1.saturating_add(micros);
            let square = |amount: i64| i128::from(amount) * i128::from(amount);
            self.changes.at((cohort, currency, age)).add(Growth {
                orders,
                sum: after - before.1,
                squares: square(after) - square(before.1),
            });
            before.1 = after;
        }
    }

    pub(super) fn merge(&mut self, from: Self) {
        self.customers.merge(from.customers, |count, more| *count += more);
        self.changes.merge(from.changes, Growth::add);
        self.revenue.merge(from.revenue);
        self.last_period = self.last_period.max(from.last_period);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.customers.len() == 0
    }

    /// The cohorts with their numbers of customers, in order of time.
    pub(super) fn cohorts(&self) -> impl Iterator<Item = (Cohort, u64)> {
        self.customers.iter().map(|(cohort, customers)| (*cohort, *customers))
    }

    /// The revenue of a cohort in a currency by the end of each age from 0 to `last`.
    pub(super) fn life(&self, cohort: Cohort, last: i64, currency: &str) -> Vec<Growth> {
        let mut so_far = Growth::default();
        let growth = |age: i64| {
            if let Some(growth) = self.changes.get(&(cohort, currency.to_owned(), age)) {
                so_far.add(*growth);
            }
            so_far
        };
        (0..=last).map(growth).collect()
    }

    /// All cohorts of each channel together by age: their customers and what these have brought. An age has only the cohorts for
    /// which it is complete, and ends where there are none.
    pub(super) fn together(&self, last_period: i64, periods: i64, currency: &str) -> BTreeMap<u8, Vec<(u64, Growth)>> {
        let mut together: BTreeMap<u8, Vec<(u64, Growth)>> = BTreeMap::new();
        for (cohort, customers) in self.cohorts() {
            let last_complete = (last_period - 1 - cohort.period).min(periods);
            let lives = together.entry(cohort.channel).or_default();
            for (age, growth) in self.life(cohort, last_complete, currency).into_iter().enumerate() {
                if lives.len() == age {
                    lives.push((0, Growth::default()));
                }
                lives[age].0 += customers;
                lives[age].1.add(growth);
            }
        }
        together
    }
}

impl Growth {
    fn add(&mut self, more: Self) {
        self.orders += more.orders;
        self.sum = self.sum.saturating_add(more.sum);
        self.squares = self.squares.saturating_add(more.squares);
    }
}
