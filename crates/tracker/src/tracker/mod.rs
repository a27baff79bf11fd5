//! The tracker's state machine: its state, its turns, and whether the page is seen.

mod capture;
mod delivery;
mod identity;

use alloc::boxed::Box;
use alloc::vec::Vec;

use wayside_model::text::begins_with_one;
use wayside_model::{Activity, Consent, Field, Journey, Kind, Page, Timestamp};

use self::delivery::{Flight, envelope};
use crate::effect::{Effects, Status};
use crate::engagement::Engagement;
use crate::errors::Errors;
use crate::forms::Forms;
use crate::input::{Config, Start};
use crate::outbox::Outbox;
use crate::saved;
use crate::schedule::Schedule;
use crate::steps::{Step, Steps};
use crate::told::Told;
use crate::views::Views;

/// The capture and delivery of one page load's events.
pub struct Tracker<E> {
    config: Config,
    journey: Journey,
    page: Page,
    steps: Steps,
    views: Views,
    engagement: Engagement,
    forms: Forms,
    errors: Errors,
    /// Address and referrer of the visit's first page, if that page could not record its arrival.
    landing: Option<(Box<str>, Box<str>)>,
    /// The time at which the visitor switched to another tab; the zero time while the page is visible or has been left.
    switched: Timestamp,
    outbox: Outbox,
    schedule: Schedule,
    flight: Flight,
    /// Touchpoints found while an input is processed, which are recorded before the next input.
    told: Told,
    /// Pending flushes: the token, and the seq before which everything has to be delivered.
    waiters: Vec<(u32, u32)>,
    last_time: Timestamp,
    /// Whether the collector refused this tracker for good, or the page has shut it down.
    stopped: bool,
    stores: bool,
    listens: bool,
    turn_asked: bool,
    journey_dirty: bool,
    effects: E,
}

impl<E: Effects> Tracker<E> {
    /// Starts the tracker for a page load.
    pub fn start(config: Config, start: Start<'_>, now: Timestamp) -> Self {
        let restored = saved::restore(start.journey);
        let (journey, mut steps) = restored.unwrap_or_else(|| (Journey::default(), Steps::default()));
        if now.since(steps.counted) > config.model.session_timeout_ms {
            steps.step = Step::default();
        }
        let navigation = if start.navigation == Timestamp::MIN {
            now
        } else {
            start.navigation
        };
        steps.navigated(navigation, start.reloaded);
        let mut tracker = Self {
            page: Page::default(),
            outbox: Outbox::new(config.writer, start.reserved),
            config,
            journey,
            steps,
            views: Views::default(),
            engagement: Engagement::default(),
            forms: Forms::default(),
            errors: Errors::default(),
            landing: None,
            switched: Timestamp::MIN,
            schedule: Schedule::default(),
            flight: Flight::default(),
            told: Told::default(),
            waiters: Vec::new(),
            last_time: Timestamp::MIN,
            stopped: false,
            stores: true,
            listens: false,
            turn_asked: false,
            journey_dirty: false,
            effects: E::default(),
        };
        tracker.outbox.status.captured = start.lost;
        tracker.outbox.status.dropped = start.lost;
        tracker.page.enter(&tracker.steps.step.name, now);
        if tracker.may_store() {
            tracker.store_visitor();
        }
        tracker
    }

    /// Takes the effects since the last call. The host calls it after each of the methods below, in which `now` is the
    /// time by the visitor's clock.
    pub fn effects(&mut self) -> E {
        core::mem::take(&mut self.effects)
    }

    /// The stage of the journey.
    pub fn stage(&self) -> &'static str {
        self.journey.stage().name()
    }

    /// The state of this page load's events.
    pub fn status(&self) -> Status {
        self.outbox.status()
    }

    /// Whether the clock of a checkout step is running. The host observes requests only while it is.
    pub fn times_a_step(&self) -> bool {
        self.steps.is_in_step()
    }

    /// Whether events are captured at all.
    pub fn captures(&self) -> bool {
        !self.stopped && self.config.consent != Consent::Denied
    }

    /// Sets whether the page wants [`Effects::touchpoint`].
    pub fn listen(&mut self, listens: bool) {
        self.listens = listens;
    }

    /// Takes in that the current turn of the event loop ends.
    pub fn end_turn(&mut self, now: Timestamp) {
        self.turn_asked = false;
        let are_on_their_way = self.may_send() && self.schedule.succeeds();
        self.outbox.trim(are_on_their_way);
        // Not before: a decision against Wayside may follow the calls in the same turn.
        self.schedule.urgent |= self.outbox.is_full();
        self.save(now);
        self.settle();
        self.send(now);
        if self.captures() {
            self.schedule
                .want_timer(self.page.deadline(&self.config.model.thresholds));
            self.schedule.want_timer(self.forms.deadline());
            self.schedule.want_timer(self.views.search_due);
        }
        if let Some(ms) = self.schedule.timer(now) {
            self.effects.timer(ms);
        }
    }

    /// Takes in that the timer fired.
    pub fn timer(&mut self, now: Timestamp) {
        self.schedule.rang();
        self.activity(&Activity::Time, now);
        self.forms.on_time(now, &mut self.told);
        self.views.search(now, &mut self.told);
        self.record_told(now);
        self.end_turn(now);
    }

    /// Takes in that the page was hidden or is being left, which is the last reliable moment. Stores everything and
    /// sends copies by beacon.
    pub fn hidden(&mut self, leaves: bool, now: Timestamp) {
        self.switched = if leaves { Timestamp::MIN } else { now };
        self.outbox.is_left = leaves;
        if leaves {
            self.leave_page(now);
            self.outbox.dirty = true;
            // Firefox never delivers the response of an earlier request to a page restored from its back/forward cache.
            self.flight.is_out = false;
        }
        self.activity(&Activity::Hidden, now);
        self.engagement.away(true, now);
        self.engagement.end(now, &mut self.told);
        self.errors.end(&mut self.told);
        self.record_told(now);
        self.steps.show(false, now);
        self.journey_dirty |= self.times_a_step();
        self.save(now);
        if !self.stopped && self.config.consent == Consent::Granted {
            while let Some(body) = self.outbox.beacon(&envelope(&self.config)) {
                self.effects.beacon(&body);
            }
        }
    }

    /// Takes in that the page is visible.
    pub fn visible(&mut self, now: Timestamp) {
        self.outbox.is_left = false;
        self.engagement.away(false, now);
        let away = now.since(core::mem::take(&mut self.switched));
        if away < now.millis() {
            self.told.add(Kind::TabSwitch, &[], &[(Field::DurationMs, away)]);
            self.record_told(now);
        }
        self.steps.show(true, now);
        self.end_turn(now);
    }

    /// Stores undelivered events for the next page and stops.
    pub fn shut_down(&mut self, now: Timestamp) {
        self.hidden(true, now);
        self.stopped = true;
        self.settle();
    }

    /// Takes in that the browser could not store data.
    pub fn storage_failed(&mut self) {
        if self.stores {
            self.stores = false;
            self.effects.warn("not_stored", "");
        }
    }

    /// Records the touchpoints that are due when a page ends: a pending search, and an abandoned form.
    pub(super) fn leave_page(&mut self, now: Timestamp) {
        self.views.search(Timestamp::MAX, &mut self.told);
        self.forms.end(now, &mut self.told);
        self.record_told(now);
    }

    pub(super) fn warn(&mut self, reason: &str, about: &[&str]) {
        self.effects.warn(reason, &about.concat());
    }

    pub(super) fn ask_turn(&mut self) {
        if !self.turn_asked {
            self.turn_asked = true;
            self.effects.end_turn();
        }
    }

    /// Whether the site has switched off touchpoints or signals of this name.
    pub(super) fn is_off(&self, name: &str) -> bool {
        begins_with_one(name, &self.config.off)
    }

    /// Stores everything that has changed.
    pub(super) fn save(&mut self, now: Timestamp) {
        if !self.may_store() {
            return;
        }
        if self.outbox.dirty {
            self.save_outbox(now);
        }
        if self.journey_dirty {
            self.journey_dirty = false;
            self.steps.advance(now);
            let saved = saved::save(&mut self.journey, &mut self.steps);
            self.effects.store_bytes("journey", &saved);
        }
    }
}
