//! The tracker's state machine.

use alloc::boxed::Box;
use alloc::vec::Vec;

use wayside_model::ack;
use wayside_model::text::{begins_with_one, int_text};
use wayside_model::wire::Envelope;
use wayside_model::{
    Acks, Activity, Consent, Event, EventId, Field, Journey, Kind, Page, Signal, Timestamp, Touchpoint, Value,
    VisitorId, WriterId,
};

use crate::effect::{Effects, Status};
use crate::engagement::Engagement;
use crate::errors::Errors;
use crate::forms::{FieldEvent, FormField, Forms};
use crate::input::{Clicked, Config, Outcome, PageView, Start};
use crate::link::way_out;
use crate::outbox::Outbox;
use crate::saved;
use crate::schedule::Schedule;
use crate::steps::{Step, Steps};
use crate::told::Told;
use crate::views::{self, Views};

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

    /// Takes in a page view; `early` if it happened before the tracker was running.
    pub fn view(&mut self, page: &PageView<'_>, early: bool, now: Timestamp) {
        if self.views.is_view(page) {
            if self.engagement.has_begun() {
                self.leave_page(now);
            }
            self.engagement.view(page.url, now, &mut self.told);
            self.record_told(now);
            // Before a router changes it, the title is that of the view before.
            self.title(page.title);
            let mut view = views::touchpoint(page, &self.config.about, &self.config.off, &self.config.own);
            if let Some((url, referrer)) = self.landing.take() {
                view = views::landed(view, &url, &referrer, &self.config.own);
            }
            let seq = self.outbox.end();
            self.record(view, early, now);
            self.views.recorded(page, seq, now);
            self.views.look_for_search(page.url, now);
        } else if early {
            self.outbox.skip_reserved();
        }
    }

    /// Takes in the page's title, some time after a change of address: routers change the title late.
    #[inline(never)]
    pub fn title(&mut self, title: &str) {
        if let Some(seq) = self.views.titled(title) {
            self.outbox.set_title(seq, title);
            self.ask_turn();
        }
    }

    /// Takes in the visit's first page, which was shown without consent and could not record its arrival: the next view
    /// records it, unless it is an arrival itself.
    pub fn landed(&mut self, url: &str, referrer: &str) {
        self.landing = Some((url.into(), referrer.into()));
    }

    /// Takes in a touchpoint that the site records; `early` if it happened before the tracker was running.
    pub fn call(&mut self, name: &str, fields: &Value, early: bool, now: Timestamp) {
        self.forms.site_tells_coupons |= name == Kind::CouponTry.name();
        match Touchpoint::parse(name, fields) {
            Ok(touchpoint) => {
                if self.captures() && !touchpoint.repairs().is_empty() {
                    self.outbox.status.repaired += 1;
                    for (field, what) in touchpoint.repairs() {
                        self.warn(what.as_text().unwrap_or_default(), &[name, ".", field]);
                    }
                }
                if touchpoint.kind() == Kind::PageError {
                    self.error(&touchpoint, early, now);
                } else {
                    self.record(touchpoint, early, now);
                }
            }
            Err(error) if self.captures() => {
                if early {
                    // The input may have been sent under this seq, and the collector then keeps it as a dead letter.
                    self.outbox.skip_reserved();
                }
                self.outbox.status.captured += 1;
                self.outbox.status.refused += 1;
                match error.field() {
                    Some(field) => self.warn(error.code(), &[name, ".", field.name()]),
                    None => self.warn(error.code(), &[name]),
                }
            }
            Err(_) => {}
        }
    }

    /// Records an error of the page, or counts it if it has occurred before.
    fn error(&mut self, touchpoint: &Touchpoint, early: bool, now: Timestamp) {
        if !self.captures() {
            return;
        }
        self.errors.on_error(touchpoint, &mut self.told);
        match self.told.0.pop() {
            Some(touchpoint) => self.record(touchpoint, early, now),
            None => {
                // A click that it answers is of interest each time.
                self.activity(&Activity::Failed, now);
                if early {
                    self.outbox.skip_reserved();
                }
            }
        }
    }

    fn warn(&mut self, reason: &str, about: &[&str]) {
        self.effects.warn(reason, &about.concat());
    }

    /// Takes in a click.
    pub fn click(&mut self, clicked: &Clicked<'_>, now: Timestamp) {
        let Clicked { click, link, .. } = *clicked;
        if clicked.on_control && !click.ignored {
            let mut method = clicked.method;
            if method.is_empty() {
                method = way_out(link, self.views.address(), &self.config.own);
            }
            let texts = &[
                (Field::Element, click.element),
                (Field::Url, link),
                (Field::Method, method),
            ];
            self.told.add(Kind::Click, texts, &[]);
            self.record_told(now);
        }
        self.activity(&Activity::Click(click), now);
    }

    /// Takes in raw page activity.
    pub fn activity(&mut self, activity: &Activity<'_>, now: Timestamp) {
        if !self.captures() {
            return;
        }
        if let Activity::Click(_) | Activity::Used | Activity::Pointer { .. } = activity {
            self.engagement.used(now);
        }
        let mut signals = Vec::new();
        self.page
            .on_activity(activity, now, &self.config.model.thresholds, &mut signals);
        self.upload(&mut signals, now);
    }

    /// Takes in the scroll depth, in permille of the page's height.
    pub fn seen(&mut self, depth_permille: i64) {
        self.engagement.seen(depth_permille);
    }

    /// Takes in that the window lost or regained the focus.
    pub fn away(&mut self, is_away: bool, now: Timestamp) {
        self.engagement.away(is_away, now);
    }

    /// Takes in an event in a form field.
    pub fn field(&mut self, field: &FormField<'_>, event: FieldEvent<'_>, now: Timestamp) {
        self.forms.on_event(field, event, now, &mut self.told);
        self.record_told(now);
    }

    /// Takes in that the visitor submitted a form or clicked: requests that start now count as waiting.
    pub fn acted(&mut self, now: Timestamp) {
        self.steps.acted(now);
    }

    /// Takes in a request of the page that ran from `start` to `end`.
    pub fn request(&mut self, start: Timestamp, end: Timestamp, now: Timestamp) {
        self.steps.request(start, end, now);
    }

    /// Takes in that the page has loaded.
    pub fn loaded(&mut self, now: Timestamp) {
        self.steps.loaded(now);
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

    /// Takes in that the browser could not store data.
    pub fn storage_failed(&mut self) {
        if self.stores {
            self.stores = false;
            self.effects.warn("not_stored", "");
        }
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

    /// Takes over the journey as another tab has saved it; the clock of this tab's checkout step continues.
    pub fn follow(&mut self, saved: &[u8]) {
        if let Some((journey, steps)) = saved::restore(saved) {
            self.journey = journey;
            self.steps.step = steps.step;
            self.steps.counted = self.steps.counted.max(steps.counted);
        }
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

    /// Delivers everything as soon as possible; [`Effects::settled`] with this token reports the end.
    pub fn flush(&mut self, token: u32) {
        self.waiters.push((token, self.outbox.end()));
        self.schedule.urgent = true;
        self.ask_turn();
    }

    /// Sets whether the page wants [`Effects::touchpoint`].
    pub fn listen(&mut self, listens: bool) {
        self.listens = listens;
    }

    /// Stores undelivered events for the next page and stops.
    pub fn shut_down(&mut self, now: Timestamp) {
        self.hidden(true, now);
        self.stopped = true;
        self.settle();
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

    fn record(&mut self, touchpoint: Touchpoint, early: bool, now: Timestamp) {
        if !self.captures() {
            return;
        }
        if !self.is_off(touchpoint.kind().name()) {
            self.capture(touchpoint, early, now);
        } else if early {
            self.outbox.skip_reserved();
        }
    }

    /// Records the touchpoints that the tracker's parts have found.
    fn record_told(&mut self, now: Timestamp) {
        for touchpoint in &mut core::mem::take(&mut self.told).0 {
            self.record(touchpoint.take(), false, now);
        }
    }

    /// Whether the site has switched off touchpoints or signals of this name.
    fn is_off(&self, name: &str) -> bool {
        begins_with_one(name, &self.config.off)
    }

    /// Reports signals found in raw activity to the page, and uploads them.
    fn upload(&mut self, signals: &mut [Signal], now: Timestamp) {
        for signal in signals {
            if !self.is_off(signal.kind.name()) {
                self.effects.signal(signal);
                self.record(signal.take_touchpoint(), false, now);
            }
        }
    }

    /// Records the touchpoints that are due when a page ends: a pending search, and an abandoned form.
    fn leave_page(&mut self, now: Timestamp) {
        self.views.search(Timestamp::MAX, &mut self.told);
        self.forms.end(now, &mut self.told);
        self.record_told(now);
    }

    /// Assigns id and time to a touchpoint, passes it to the journey and adds it to the outbox.
    fn capture(&mut self, touchpoint: Touchpoint, early: bool, now: Timestamp) {
        // A journey is read in order of time, so a clock that was set back must not change the order within a page
        // load.
        let time = now.max(self.last_time);
        self.last_time = time;
        let seq = self.outbox.next_seq(early);
        let event = Event {
            id: EventId {
                writer: self.config.writer,
                seq,
            },
            time,
            visitor: self.config.visitor.clone(),
            touchpoint: touchpoint.scrubbed(),
        };
        let mut signals = Vec::new();
        self.journey.advance(&self.config.model, &event, &mut signals);
        self.journey_dirty = true;
        let touchpoint = event.touchpoint;
        if self.listens {
            self.effects.touchpoint(time, &touchpoint);
        }
        self.schedule.urgent |= is_urgent(touchpoint.kind());
        self.steps.on_touchpoint(&touchpoint, now, &mut self.told);
        self.forms.on_touchpoint(touchpoint.kind());
        if touchpoint.kind() == Kind::Search {
            self.views.on_search(&touchpoint);
        }
        let mut found = Vec::new();
        self.page
            .on_touchpoint(&touchpoint, now, &self.config.model.thresholds, &mut found);
        let name = touchpoint.kind().name();
        if !self.outbox.push(seq, time, touchpoint) {
            self.effects.warn("too_large", name);
        }
        self.ask_turn();
        for signal in &signals {
            if !self.is_off(signal.kind.name()) {
                self.effects.signal(signal);
            }
        }
        self.upload(&mut found, now);
        self.record_told(now);
    }

    /// Stores everything that has changed.
    fn save(&mut self, now: Timestamp) {
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

    fn save_outbox(&mut self, now: Timestamp) {
        let saved = self.outbox.save(&envelope(&self.config), now);
        self.effects.store_bytes("outbox", &saved);
    }

    /// Starts a request, or requests the timer for it. A page that is being left sends nothing until it is visible
    /// again; its beacons have sent copies.
    fn send(&mut self, now: Timestamp) {
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

    fn may_send(&self) -> bool {
        !self.stopped && self.config.consent == Consent::Granted && !self.outbox.is_left
    }

    /// Resolves the flushes whose events are delivered or never will be.
    fn settle(&mut self) {
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

    fn may_store(&self) -> bool {
        self.stores && self.config.consent == Consent::Granted
    }

    fn store_visitor(&mut self) {
        self.effects.store_text("visitor", self.config.visitor.as_str());
    }

    fn begin_anew(&mut self) {
        self.journey = Journey::default();
        self.steps.step = Step::default();
    }

    fn ask_turn(&mut self) {
        if !self.turn_asked {
            self.turn_asked = true;
            self.effects.end_turn();
        }
    }
}

fn envelope(config: &Config) -> Envelope<'_> {
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
struct Flight {
    id: u32,
    is_out: bool,
    writer: WriterId,
    first: u32,
    last: u32,
}

/// Whether events of this kind are sent immediately. Checkout and purchase are, because paying visitors are often
/// redirected to a bank.
fn is_urgent(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::BeginCheckout | Kind::AddShippingInfo | Kind::AddPaymentInfo | Kind::CheckoutStep | Kind::Purchase
    )
}
