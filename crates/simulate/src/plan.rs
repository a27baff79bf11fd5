//! The plan of a simulation: how many customers, for how long, and from which seed.

use wayside_model::Timestamp;

use crate::error::Error;

/// The most customers: some forty million events, the size of the largest benchmark.
pub const CUSTOMERS_MAX: u32 = 1_000_000;
/// The shortest time: refunds and answers to surveys come up to three weeks after an order.
pub const DAYS_MIN: u32 = 28;
/// The longest time: ten years.
pub const DAYS_MAX: u32 = 3_660;

pub(crate) const DAY_MS: i64 = 86_400_000;

/// The size, length, seed and end of a simulation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    customers: u32,
    days: u32,
    seed: u64,
    end: i64,
}

impl Plan {
    /// A plan of `customers` people who come to the shop within `days` days, the last of which ends at `end`. The time of day
    /// of `end` is dropped, because days of the simulation are days of UTC.
    ///
    /// # Errors
    ///
    /// Fails if there are no customers or too many, or if the time is too short or too long.
    pub fn new(customers: u32, days: u32, seed: u64, end: Timestamp) -> Result<Self, Error> {
        if customers == 0 || customers > CUSTOMERS_MAX {
            return Err(Error(format!(
                "{customers} customers cannot be simulated; give a number from 1 to {CUSTOMERS_MAX}"
            )));
        }
        if !(DAYS_MIN..=DAYS_MAX).contains(&days) {
            return Err(Error(format!(
                "{days} days cannot be simulated; give a number from {DAYS_MIN} to {DAYS_MAX}"
            )));
        }
        let end = end.millis().div_euclid(DAY_MS) * DAY_MS;
        if end < i64::from(days) * DAY_MS {
            return Err(Error(format!(
                "the last of {days} simulated days must not be before 1970; choose a later one"
            )));
        }
        Ok(Self {
            customers,
            days,
            seed,
            end,
        })
    }

    /// The number of people who come to the shop.
    pub fn customers(&self) -> u32 {
        self.customers
    }

    /// The number of simulated days.
    pub fn days(&self) -> u32 {
        self.days
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The first moment, in ms since 1970.
    pub(crate) fn begin(&self) -> i64 {
        self.end - i64::from(self.days) * DAY_MS
    }

    /// The moment after the last, in ms since 1970.
    pub(crate) fn end(&self) -> i64 {
        self.end
    }
}
