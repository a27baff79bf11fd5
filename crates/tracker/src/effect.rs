//! What the host does for the tracker.

use wayside_model::{Signal, Timestamp, Touchpoint};

/// Takes what the tracker wants done. The host does it in the order given, after the tracker has returned.
pub trait Effects: Default {
    /// Call [`Tracker::end_turn`](crate::Tracker::end_turn) before this turn of the event loop ends, so that a thousand
    /// calls cost one write.
    fn end_turn(&mut self);
    /// Keep a text for the site under this name: `visitor` or `consent`.
    fn store_text(&mut self, what: &'static str, text: &str);
    /// Keep bytes under this name: the site's `journey`, or this writer's `outbox`, which goes where there are none.
    fn store_bytes(&mut self, what: &'static str, bytes: &[u8]);
    /// Remove the outbox that was just handed over: its content is in this writer's.
    fn adopted(&mut self);
    /// Remove everything of the site but the visitor's decision on consent.
    fn purge(&mut self);
    /// POST `body` and report with [`Tracker::sent`](crate::Tracker::sent), naming this `id`.
    fn send(&mut self, id: u32, body: &[u8]);
    /// Hand `body` to `sendBeacon`. Nothing is reported: a beacon is an extra copy.
    fn beacon(&mut self, body: &[u8]);
    /// Call [`Tracker::timer`](crate::Tracker::timer) after so many milliseconds; an earlier timer is void.
    fn timer(&mut self, ms: u32);
    /// Tell the page of a signal.
    fn signal(&mut self, signal: &Signal);
    /// Tell the page of a touchpoint and its time.
    fn touchpoint(&mut self, time: Timestamp, touchpoint: &Touchpoint);
    /// Tell who waits with this token that all is delivered.
    fn settled(&mut self, token: u32);
    /// Tell a developer what was not right: a stable word for it, and which field, name or status.
    fn warn(&mut self, code: &'static str, about: &str);
}

/// What became of this page life's events: captured = acked + dropped + refused + pending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Events that were given an id.
    pub captured: u32,
    /// Events that the collector has on disk.
    pub acked: u32,
    /// Events given up: beyond the outbox's limits, or purged on withdrawal of consent.
    pub dropped: u32,
    /// Events in batches that the collector refused.
    pub refused: u32,
    /// Events that wait.
    pub pending: u32,
}
