//! Sums of support contacts.

use serde::{Deserialize, Serialize};
use wayside_model::{Field, Touch};

use crate::report::answers::Answers;
use crate::report::capped::Sum;
use crate::scan::Row;
use crate::stats::Histogram;

/// Sums of support contacts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sums {
    pub(super) contacts: u64,
    pub(super) customers: u64,
    /// Contacts after an order.
    pub(super) after_sales: u64,
    /// Contacts with a known outcome, and those of them that resolved the issue.
    pub(super) known: u64,
    pub(super) resolved: u64,
    /// Contacts after which the customer asked again, and after which they ordered.
    pub(super) repeated: u64,
    pub(super) ordered_later: u64,
    pub(super) durations: Histogram,
    pub(super) answers: Answers,
}

impl Sums {
    /// The facts that a contact itself states.
    pub(super) fn of_contact(contact: &Row<'_>) -> Self {
        let outcome = contact.int(Field::Resolved);
        let mut durations = Histogram::default();
        if let Some(duration) = contact.int(Field::DurationMs) {
            durations.add(duration);
        }
        Self {
            contacts: 1,
            known: u64::from(outcome.is_some()),
            resolved: u64::from(outcome == Some(1)),
            durations,
            ..Self::default()
        }
    }
}

impl Sum for Sums {
    fn add(&mut self, more: Self) {
        for (sum, more) in [
            (&mut self.contacts, more.contacts),
            (&mut self.customers, more.customers),
            (&mut self.after_sales, more.after_sales),
            (&mut self.known, more.known),
            (&mut self.resolved, more.resolved),
            (&mut self.repeated, more.repeated),
            (&mut self.ordered_later, more.ordered_later),
        ] {
            *sum += more;
        }
        self.durations.merge(more.durations);
        self.answers.merge(more.answers);
    }
}
