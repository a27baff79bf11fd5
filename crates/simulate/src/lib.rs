//! A simulated shop: customers who visit, buy, return, ask and answer as a stated model says, from a seed.
//!
//! `docs/simulate.md` states the model, and the truths that are planted in it for reports to find. Customers are made one by one,
//! each from the seed and its number, so that the same plan gives the same events, and a larger number of customers keeps the
//! first ones.
//!
//! ```
//! use wayside_model::Timestamp;
//! use wayside_simulate::{Plan, Simulation};
//!
//! let end = Timestamp::from_millis(1_796_083_200_000);
//! let plan = Plan::new(10, 90, 1, end).unwrap();
//! let events: usize = Simulation::new(plan, 7).map(|piece| piece.events.len()).sum();
//! assert!(events > 10);
//! ```
//!
//! # What this crate does not do
//!
//! * Read a clock. The plan says when the data ends.
//! * Store. Whoever runs the iterator decides where events go.
//! * Find anything. Reports read these events as those of any shop.

mod after;
mod browse;
mod calendar;
mod chance;
mod checkout;
mod costs;
mod error;
mod journal;
mod person;
mod plan;
mod service;
mod shop;
mod surveys;
mod visit;

pub use error::Error;
pub use plan::{CUSTOMERS_MAX, DAYS_MAX, DAYS_MIN, Plan};
use wayside_model::Event;

use calendar::Calendar;
use person::Person;

/// Events that are stored together.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// The events in order of time.
    pub events: Vec<Event>,
    /// Whether they are no person's, so that reports keep them apart from people's.
    pub automated: bool,
}

/// An iterator over the events of each customer, and last the costs of advertising.
#[derive(Debug)]
pub struct Simulation {
    plan: Plan,
    /// The upper half of the writers of all events.
    source: u64,
    calendar: Calendar,
    next: u32,
}

impl Simulation {
    /// The simulation of a plan. `source` is the upper half of the writers of its events, by which the store knows an import's
    /// rows.
    pub fn new(plan: Plan, source: u64) -> Self {
        Self {
            plan,
            source,
            calendar: Calendar::new(&plan),
            next: 0,
        }
    }

    /// The number of customers that are done.
    pub fn done(&self) -> u32 {
        self.next.min(self.plan.customers())
    }
}

impl Iterator for Simulation {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let number = self.next;
        if number > self.plan.customers() {
            return None;
        }
        self.next += 1;
        if number == self.plan.customers() {
            return Some(Piece {
                events: costs::events(&self.plan, &self.calendar, self.source),
                automated: true,
            });
        }
        Some(Piece {
            events: Person::new(&self.plan, &self.calendar, number, self.source).live(),
            automated: false,
        })
    }
}

#[cfg(test)]
mod tests;
