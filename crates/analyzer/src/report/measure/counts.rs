//! The counts for the measures of a group of sessions and customers.

use serde::{Deserialize, Serialize};
use wayside_model::Moment;

use crate::report::revenue::Revenue;
use crate::stats::{Histogram, Moments};

/// Counts that every measure can be computed from. "Session" and "customer" mean counted ones throughout.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::report) struct Counts {
    pub(super) events: u64,
    pub(super) page_views: u64,
    pub(super) visitors: u64,
    pub(super) customers: u64,
    pub(super) new_customers: u64,
    pub(super) customers_with_session: u64,
    pub(super) returning: u64,
    pub(super) customers_with_contact: u64,
    /// Customers who shared or reviewed something.
    pub(super) sharing_customers: u64,
    /// Customers with an order, and those of them with an order that is not their first of all.
    pub(super) buyers: u64,
    pub(super) repeat_buyers: u64,
    pub(super) repeat_orders: u64,
    pub(super) coupon_orders: u64,
    pub(in crate::report) sessions: u64,
    pub(super) session_page_views: u64,
    pub(super) bounces: u64,
    pub(super) converted: u64,
    pub(super) searched: u64,
    pub(super) with_cart: u64,
    pub(super) carts_left: u64,
    pub(super) with_checkout: u64,
    pub(super) checkouts_left: u64,
    pub(super) signals: u64,
    /// Sessions with a signal of each moment, in the order of their declaration.
    pub(super) moments: [u64; 4],
    pub(super) measured_sessions: u64,
    pub(super) engaged_ms: u64,
    pub(super) durations: Histogram,
    pub(in crate::report) revenue: Revenue,
    pub(super) nps: Moments,
    pub(super) satisfied: u64,
    pub(super) csat_answers: u64,
    pub(super) ces: Moments,
    pub(super) reviews: Moments,
}

impl Counts {
    /// The sessions with a signal of a moment, and all sessions.
    pub(super) fn with_moment(&self, moment: Moment) -> (u64, u64) {
        (self.moments[moment as usize], self.sessions)
    }

    /// Adds the counts of other customers.
    pub(in crate::report) fn merge(&mut self, from: Self) {
        for (into, from) in [
            (&mut self.events, from.events),
            (&mut self.page_views, from.page_views),
            (&mut self.visitors, from.visitors),
            (&mut self.customers, from.customers),
            (&mut self.new_customers, from.new_customers),
            (&mut self.customers_with_session, from.customers_with_session),
            (&mut self.returning, from.returning),
            (&mut self.customers_with_contact, from.customers_with_contact),
            (&mut self.sharing_customers, from.sharing_customers),
            (&mut self.buyers, from.buyers),
            (&mut self.repeat_buyers, from.repeat_buyers),
            (&mut self.repeat_orders, from.repeat_orders),
            (&mut self.coupon_orders, from.coupon_orders),
            (&mut self.sessions, from.sessions),
            (&mut self.session_page_views, from.session_page_views),
            (&mut self.bounces, from.bounces),
            (&mut self.converted, from.converted),
            (&mut self.searched, from.searched),
            (&mut self.with_cart, from.with_cart),
            (&mut self.carts_left, from.carts_left),
            (&mut self.with_checkout, from.with_checkout),
            (&mut self.checkouts_left, from.checkouts_left),
            (&mut self.signals, from.signals),
            (&mut self.measured_sessions, from.measured_sessions),
            (&mut self.engaged_ms, from.engaged_ms),
            (&mut self.satisfied, from.satisfied),
            (&mut self.csat_answers, from.csat_answers),
        ] {
            *into += from;
        }
        self.moments
            .iter_mut()
            .zip(from.moments)
            .for_each(|(into, from)| *into += from);
        self.durations.merge(from.durations);
        self.revenue.merge(from.revenue);
        self.nps.merge(from.nps);
        self.ces.merge(from.ces);
        self.reviews.merge(from.reviews);
    }
}
