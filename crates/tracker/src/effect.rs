//! Effects: the actions that the host carries out for the tracker.

use wayside_model::{Signal, Timestamp, Touchpoint};

/// A receiver of effects. The host carries them out in the given order after the tracker has returned.
pub trait Effects: Default {
    /// Call [`Tracker::end_turn`](crate::Tracker::end_turn) before this turn of the event loop ends, so that any number
    /// of calls costs only one write.
    fn end_turn(&mut self);
    /// Store a text for the site under this name: `visitor` or `consent`.
    fn store_text(&mut self, what: &'static str, text: &str);
    /// Store bytes under this name: the site's `journey`, or this writer's `outbox`, which is removed if there are no
    /// bytes.
    fn store_bytes(&mut self, what: &'static str, bytes: &[u8]);
    /// Remove the outbox that was just passed to [`Tracker::adopt`](crate::Tracker::adopt): this writer's outbox now
    /// contains its events.
    fn adopted(&mut self);
    /// Remove everything stored for the site except the visitor's consent decision.
    fn purge(&mut self);
    /// POST `body` and report the outcome with [`Tracker::sent`](crate::Tracker::sent) and this `id`.
    fn send(&mut self, id: u32, body: &[u8]);
    /// Pass `body` to `sendBeacon`. No outcome is reported, because a beacon is an extra copy.
    fn beacon(&mut self, body: &[u8]);
    /// Call [`Tracker::timer`](crate::Tracker::timer) after `ms` milliseconds; it replaces an earlier timer.
    fn timer(&mut self, ms: u32);
    /// Report a signal to the page.
    fn signal(&mut self, signal: &Signal);
    /// Report a touchpoint and its time to the page.
    fn touchpoint(&mut self, time: Timestamp, touchpoint: &Touchpoint);
    /// Resolve the flush with this token: everything is delivered, or will not be.
    fn settled(&mut self, token: u32);
    /// Warn the developer: a stable code, for a repair with the value as it came, and the field, name or status concerned.
    fn warn(&mut self, code: &str, about: &str);
}

/// The state of this page load's events: captured = acked + dropped + refused + pending.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Events that were captured, that is, got an id.
    pub captured: u32,
    /// Events that the collector has on disk.
    pub acked: u32,
    /// Events given up: beyond the outbox's limits, or removed when consent was withdrawn.
    pub dropped: u32,
    /// Events in batches that the collector refused, and calls without a usable name or without a required field.
    pub refused: u32,
    /// Calls of which values were left out because they cannot be read; their events are counted above, too.
    pub repaired: u32,
    /// Events that are not delivered yet.
    pub pending: u32,
}
