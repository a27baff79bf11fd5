//! The visitor: consent, resets, and what other tabs and hosts have decided.

use alloc::vec::Vec;

use wayside_model::{Consent, Event, Journey, Timestamp, VisitorId};

use super::Tracker;
use super::delivery::envelope;
use crate::effect::Effects;
use crate::saved;
use crate::steps::Step;

impl<E: Effects> Tracker<E> {
    /// Takes over the journey as another tab has saved it; the clock of this tab's checkout step continues.
    pub fn follow(&mut self, saved: &[u8]) {
        if let Some((journey, steps)) = saved::restore(saved) {
            self.journey = journey;
            self.steps.step = steps.step;
            self.steps.counted = self.steps.counted.max(steps.counted);
        }
    }

    /// Takes in the visitor's consent decision, made here or in another tab.
    pub fn consent(&mut self, consent: Consent, now: Timestamp) {
        self.follow_consent(consent, now);
        self.effects.store_text("consent", consent.name());
    }

    /// Takes in a consent that the page states anew at each load, so that it is not stored. [`Consent::Unknown`] stops
    /// storing and sending until the page says more; what was stored before stays.
    pub fn follow_consent(&mut self, consent: Consent, now: Timestamp) {
        if consent == self.config.consent {
            return;
        }
        self.config.consent = consent;
        // Events in flight may still arrive; their acknowledgement no longer matters.
        self.flight.is_out = false;
        match consent {
            Consent::Granted => {
                self.store_visitor();
                self.outbox.dirty = true;
                self.journey_dirty = true;
            }
            // The events stay in memory only.
            Consent::Unknown => self.effects.store_bytes("outbox", &[]),
            Consent::Denied => {
                self.outbox.purge();
                self.begin_anew();
                self.journey_dirty = false;
                self.effects.purge();
            }
        }
        self.end_turn(now);
    }

    /// Continues as the visitor who has agreed on an earlier page, with the journey that was stored then. The events of
    /// this page become this visitor's.
    pub fn rejoin(&mut self, visitor: VisitorId, saved: &[u8]) {
        self.config.visitor = visitor;
        self.begin_anew();
        self.follow(saved);
        let Self {
            journey,
            outbox,
            config,
            ..
        } = self;
        outbox.each(|id, time, touchpoint| {
            let event = Event {
                id,
                time,
                visitor: config.visitor.clone(),
                touchpoint,
            };
            // The page has already reported the signals.
            journey.advance(&config.model, &event, &mut Vec::new());
            event.touchpoint
        });
        self.journey_dirty = true;
    }

    /// Forgets the visitor and continues as this new one.
    pub fn reset(&mut self, visitor: VisitorId, now: Timestamp) {
        if self.config.consent == Consent::Granted {
            self.outbox.seal(&envelope(&self.config));
        }
        self.config.visitor = visitor;
        self.begin_anew();
        self.journey_dirty = true;
        if self.may_store() {
            self.store_visitor();
        }
        self.save(now);
        self.ask_turn();
    }

    pub(super) fn may_store(&self) -> bool {
        self.stores && self.config.consent == Consent::Granted
    }

    pub(super) fn store_visitor(&mut self) {
        self.effects.store_text("visitor", self.config.visitor.as_str());
    }

    pub(super) fn begin_anew(&mut self) {
        self.journey = Journey::default();
        self.steps.step = Step::default();
    }
}
