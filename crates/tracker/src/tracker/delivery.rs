//! Delivery: batches of the outbox are sent, acknowledged and taken over from other pages.

use wayside_model::ack;
use wayside_model::text::int_text;
use wayside_model::wire::Envelope;
use wayside_model::{Acks, Consent, Timestamp, Value, WriterId};

use super::Tracker;
use crate::effect::Effects;
use crate::input::{Config, Outcome};

impl<E: Effects> Tracker<E> {
    /// Takes in the outcome of a request.
    pub fn sent(&mut self, outcome: &Outcome<'_>, now: Timestamp) {
        let Flight {
            writer, first, last, ..
        } = self.flight;
        if !self.flight.is_out || self.flight.id != outcome.id {
            return;
        }
        self.flight.is_out = false;
        let mut is_delivered = false;
        match outcome.status {
            200..=299 => {
                let acks = Acks::parse(outcome.body);
                // They hold from the next page on, so that one page load follows one set of rules.
                if let Some(settings) = outcome.body.get(ack::SETTINGS).and_then(Value::as_text)
                    && self.may_store()
                {
                    self.effects.store_text("settings", settings);
                }
                let watched = outcome.body.get(ack::WATCHED).and_then(Value::as_bool);
                self.schedule.watched(watched == Some(true));
                self.outbox.acked(&acks);
                is_delivered = acks.cover(writer, first, last);
                // A backlog is sent immediately; only new events keep the interval.
                self.schedule.urgent |= is_delivered && self.outbox.has_backlog();
            }
            400 | 413 | 422 => {
                self.outbox.refused(&Acks::of(writer, first, last));
                is_delivered = true;
            }
            401 | 403 | 410 => {
                self.stopped = true;
                self.warn("stopped", &["HTTP ", &int_text(outcome.status.into()), STOPPED]);
            }
            _ => {}
        }
        if is_delivered {
            self.schedule.answered();
            self.schedule.urgent |= !self.waiters.is_empty();
        } else {
            self.schedule.failed(now, outcome.retry_after_s, outcome.random);
        }
        if !is_delivered || outcome.status >= 300 {
            self.effects.warn("not_delivered", &int_text(outcome.status.into()));
        }
        self.end_turn(now);
    }

    /// Takes in another writer's outbox that was found in storage. `has_trapped` if this page's first Wasm instance has
    /// trapped: the outbox may belong to that instance, which no longer sends.
    pub fn adopt(&mut self, saved: &[u8], has_trapped: bool, now: Timestamp) {
        if self.may_store() && self.outbox.adopt(saved, has_trapped, now) {
            // Our copy is stored before theirs is removed.
            self.save_outbox(now);
            self.effects.adopted();
            self.ask_turn();
        }
    }

    /// Delivers everything as soon as possible; [`Effects::settled`] with this token reports the end.
    pub fn flush(&mut self, token: u32) {
        self.waiters.push((token, self.outbox.end()));
        self.schedule.urgent = true;
        self.ask_turn();
    }

    pub(super) fn save_outbox(&mut self, now: Timestamp) {
        let saved = self.outbox.save(&envelope(&self.config), now);
        self.effects.store_bytes("outbox", &saved);
    }

    /// Starts a request, or requests the timer for it. A page that is being left sends nothing until it is visible
    /// again; its beacons have sent copies.
    pub(super) fn send(&mut self, now: Timestamp) {
        if !self.may_send() || self.flight.is_out || self.outbox.is_empty() {
            return;
        }
        if !self.schedule.is_due(now) {
            return;
        }
        let title_due = self.views.title_due();
        if now < title_due && !self.schedule.urgent {
            return self.schedule.want_timer(title_due);
        }
        let fresh = self.outbox.fresh(&envelope(&self.config));
        if let Some(piece) = fresh.as_ref().or(self.outbox.sealed()) {
            let id = self.flight.id + 1;
            self.flight = Flight {
                id,
                is_out: true,
                writer: piece.writer,
                first: piece.first,
                last: piece.last,
            };
            self.schedule.sending(now);
            self.effects.send(id, &piece.body);
        }
    }

    pub(super) fn may_send(&self) -> bool {
        !self.stopped && self.config.consent == Consent::Granted && !self.outbox.is_left
    }

    /// Resolves the flushes whose events are delivered or never will be.
    pub(super) fn settle(&mut self) {
        let over = self.stopped || self.config.consent != Consent::Granted;
        // Later flushes wait for more events, so the loop stops at the first that still waits.
        while let Some((token, end)) = self.waiters.first().copied() {
            if !over && self.outbox.waits_before(end) {
                break;
            }
            self.waiters.remove(0);
            self.effects.settled(token);
        }
    }
}

pub(super) fn envelope(config: &Config) -> Envelope<'_> {
    Envelope {
        site: &config.site,
        writer: config.writer,
        // Events are encoded only with consent, because without it they are neither stored nor sent.
        consent: Consent::Granted,
        visitor: &config.visitor,
        automated: config.automated,
    }
}

/// Said to developers, also outside debug mode, because nothing of the page arrives.
const STOPPED: &str = ": the collector does not take this data-site and data-key";

/// The current or last request.
#[derive(Default)]
pub(super) struct Flight {
    pub(super) id: u32,
    pub(super) is_out: bool,
    writer: WriterId,
    first: u32,
    last: u32,
}
