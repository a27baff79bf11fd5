//! Sums of sessions with an intent: their outcomes, and what was in the way.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::report::capped::{Capped, Sum};
use crate::report::outcome::Outcome;

/// Most search terms of a group in a state.
const TERMS_MAX: usize = 500;

/// Sums of sessions with an intent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Sums {
    pub(super) outcome: Outcome,
    pub(super) customers: u64,
    /// Sessions without an order whose customer ordered later.
    pub(super) bought_later: u64,
    /// Sessions after whose intent the customer asked for support.
    pub(super) contacted: u64,
    /// Sessions that ended with the intent.
    pub(super) ended: u64,
    /// Sessions with friction after the intent.
    pub(super) friction: u64,
    /// Sessions with a search without results.
    pub(super) without_results: u64,
    /// Sessions by the search terms that found nothing in them.
    terms: Capped<u64, TERMS_MAX>,
}

impl Sums {
    /// Takes note of a search term that found nothing in a session, once for each session.
    pub(super) fn miss(&mut self, term: &str) {
        *self.terms.at(term) += 1;
    }

    /// The most frequent search terms without results, with their numbers of sessions.
    pub(super) fn missing(self, most: usize) -> Option<String> {
        let mut terms: Vec<(String, u64)> = self.terms.into_parts().0.into_iter().collect();
        // Terms come in order, which decides between equals.
        terms.sort_by_key(|(_, sessions)| Reverse(*sessions));
        let terms: Vec<String> = terms
            .into_iter()
            .take(most)
            .map(|(term, sessions)| format!("{term} ({sessions})"))
            .collect();
        (!terms.is_empty()).then(|| terms.join(", "))
    }
}

impl Sum for Sums {
    fn add(&mut self, more: Self) {
        self.outcome.merge(more.outcome);
        for (sum, more) in [
            (&mut self.customers, more.customers),
            (&mut self.bought_later, more.bought_later),
            (&mut self.contacted, more.contacted),
            (&mut self.ended, more.ended),
            (&mut self.friction, more.friction),
            (&mut self.without_results, more.without_results),
        ] {
            *sum += more;
        }
        self.terms.merge(more.terms);
    }
}
