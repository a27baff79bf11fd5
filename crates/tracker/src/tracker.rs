//! The state machine.

use alloc::string::String;
use alloc::vec::Vec;

use wayside_model::{
    Activity, Consent, Error, Event, EventId, Field, FieldValue, Journey, Kind, Page, Signal, Timestamp, Touchpoint,
    Value, VisitorId, url,
};

use crate::ack::Acks;
use crate::effect::{Effect, Status, pairs};
use crate::input::{Config, Input, Outcome, Start};
use crate::outbox::{Envelope, Outbox, Piece};
use crate::saved;
use crate::schedule::Schedule;
use crate::steps::Steps;
use crate::views::Views;

/// One page life's capture and delivery.
pub struct Tracker {
    config: Config,
    journey: Journey,
    page: Page,
    steps: Steps,
    views: Views,
    outbox: Outbox,
    schedule: Schedule,
    /// What is being sent, and under which id.
    flight: Option<(u32, Piece)>,
    sendings: u32,
    /// Who waits for everything before a number to be delivered.
    waiters: Vec<(u32, u32)>,
    last_time: Timestamp,
    /// The collector said never to come back, or the page ended the tracker.
    stopped: bool,
    stores: bool,
    listens: bool,
    turn_asked: bool,
    journey_dirty: bool,
    effects: Vec<Effect>,
}

impl Tracker {
    /// Begins a page life.
    pub fn start(config: Config, start: Start, now: Timestamp) -> (Self, Vec<Effect>) {
        let restored = start
            .journey
            .as_deref()
            .and_then(|text| saved::restore(&config.model, text));
        let (journey, mut steps) = restored.unwrap_or_else(|| (Journey::new(&config.model), Steps::default()));
        if now.since(steps.counted) > config.model.session_timeout_ms {
            steps.open = None;
        }
        let navigation = if start.navigation == Timestamp::MIN {
            now
        } else {
            start.navigation
        };
        steps.navigated(navigation, start.reloaded);
        let mut tracker = Self {
            page: Page::new(&config.model),
            outbox: Outbox::new(config.writer, start.reserved),
            config,
            journey,
            steps,
            views: Views::default(),
            schedule: Schedule::default(),
            flight: None,
            sendings: 0,
            waiters: Vec::new(),
            last_time: Timestamp::MIN,
            stopped: false,
            stores: true,
            listens: false,
            turn_asked: false,
            journey_dirty: false,
            effects: Vec::new(),
        };
        if tracker.may_store() {
            tracker.store("visitor", tracker.config.visitor.as_str().into());
            let adopted = tracker.outbox.adopt(&start.outboxes, start.predecessor, now);
            if !adopted.is_empty() {
                // Our copy is written before theirs go.
                tracker.save_outbox(now);
                tracker.effects.extend(adopted.into_iter().map(Effect::Remove));
                tracker.ask_turn();
            }
        }
        let effects = tracker.take_effects();
        (tracker, effects)
    }

    /// Takes in what happened at `now`, by the visitor's clock, and says what the host has to do.
    pub fn handle(&mut self, input: Input<'_>, now: Timestamp) -> Vec<Effect> {
        match input {
            Input::View { page, early } => match self.views.touchpoint(&page) {
                Some(touchpoint) => self.record(touchpoint, Kind::PageView.name(), early, now),
                None if early => self.outbox.skip_reserved(),
                None => {}
            },
            Input::Call { name, fields, early } => self.record(Touchpoint::parse(name, fields), name, early, now),
            Input::Activity(activity) => self.activity(&activity, now),
            Input::Acted => self.steps.acted(now),
            Input::Request(start, end) => self.steps.request(start, end, now),
            Input::Loaded => self.steps.loaded(now),
            Input::EndTurn => self.end_turn(now),
            Input::Timer => {
                self.schedule.rang();
                self.end_turn(now);
            }
            Input::Sent(outcome) => self.sent(&outcome, now),
            Input::StorageFailed => self.storage_failed(),
            Input::Hidden => self.hidden(now),
            Input::Visible => {
                self.steps.show(true, now);
                self.end_turn(now);
            }
            Input::Journey(text) => self.follow(text),
            Input::Consent(consent) => self.consent(consent, now),
            Input::Reset(visitor) => self.reset(visitor, now),
            Input::Flush(token) => {
                self.waiters.push((token, self.outbox.end()));
                self.schedule.urgent = true;
                self.ask_turn();
            }
            Input::Listen(listens) => self.listens = listens,
            Input::Shutdown => {
                self.hidden(now);
                self.stopped = true;
                self.settle();
            }
        }
        self.take_effects()
    }

    /// The stage of the journey.
    pub fn stage(&self) -> &'static str {
        self.journey.stage().name()
    }

    /// The visitor.
    pub fn visitor(&self) -> &VisitorId {
        &self.config.visitor
    }

    /// What became of this page life's events.
    pub fn status(&self) -> Status {
        self.outbox.status()
    }

    /// Whether a checkout step's clock runs, so that the host need not look for requests otherwise.
    pub fn times_a_step(&self) -> bool {
        self.steps.open.is_some()
    }

    /// Whether anything is captured at all.
    pub fn captures(&self) -> bool {
        !self.stopped && self.config.consent != Consent::Denied
    }

    fn record(&mut self, touchpoint: Result<Touchpoint, Error>, name: &str, early: bool, now: Timestamp) {
        if !self.captures() {
            return;
        }
        match touchpoint {
            Ok(touchpoint) => self.capture(touchpoint, early, now),
            Err(error) => {
                if early {
                    // The number may have been sent; the collector keeps what it got under it as a dead letter.
                    self.outbox.skip_reserved();
                }
                let mut about = String::from(name);
                if let Some(field) = error.field() {
                    about.push('.');
                    about.push_str(field.name());
                }
                self.effects.push(Effect::Warn {
                    code: error.code(),
                    about,
                });
            }
        }
    }

    /// Gives a touchpoint its id and time, shows it to the journey and puts it into the outbox.
    fn capture(&mut self, touchpoint: Touchpoint, early: bool, now: Timestamp) {
        // A journey is read in order of time: a clock set back within a page life does not turn it around.
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
            touchpoint: touchpoint.map_urls(url::scrub),
        };
        let mut signals = Vec::new();
        self.journey.advance(&event, &mut signals);
        self.journey_dirty = true;
        if self.listens {
            let mut pairs = event.touchpoint.to_pairs();
            pairs.insert(0, ("time".into(), Value::Int(time.millis())));
            self.effects.push(Effect::Touchpoint(Value::Map(pairs)));
        }
        self.schedule.urgent |= is_urgent(event.touchpoint.kind());
        let ended = self.steps.on_touchpoint(&event.touchpoint, now);
        let name = event.touchpoint.kind().name();
        if !self.outbox.push(event) {
            self.effects.push(Effect::Warn {
                code: "too_large",
                about: name.into(),
            });
        }
        self.ask_turn();
        self.tell(&signals);
        if let Some(step_time) = ended {
            self.capture(step_time, false, now);
        }
    }

    fn activity(&mut self, activity: &Activity<'_>, now: Timestamp) {
        if !self.captures() {
            return;
        }
        let mut signals = Vec::new();
        self.page.on_activity(activity, now, &mut signals);
        self.tell(&signals);
        for signal in &signals {
            // Nobody but the page can find these, so they are uploaded.
            self.record(signal.to_touchpoint(), signal.kind.name(), false, now);
        }
    }

    fn tell(&mut self, signals: &[Signal]) {
        for signal in signals {
            self.effects.push(Effect::Signal(signal_value(signal)));
        }
    }

    fn end_turn(&mut self, now: Timestamp) {
        self.turn_asked = false;
        self.outbox.trim();
        self.save(now);
        self.settle();
        self.send(now);
    }

    /// Writes what has changed.
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
            self.store("journey", saved::save(&self.journey, &self.steps));
        }
    }

    fn save_outbox(&mut self, now: Timestamp) {
        let envelope = envelope(&self.config);
        let text = self.outbox.save(&envelope, now);
        let key = self.key("outbox", &self.config.writer.to_hex());
        self.effects.push(if text.is_empty() {
            Effect::Remove(key)
        } else {
            Effect::Store { key, text }
        });
    }

    /// Begins a sending, or sets the timer for it.
    fn send(&mut self, now: Timestamp) {
        if self.stopped || self.config.consent != Consent::Granted || self.flight.is_some() || self.outbox.is_empty() {
            return;
        }
        if !self.schedule.is_due(now) {
            if let Some(ms) = self.schedule.timer(now) {
                self.effects.push(Effect::Timer(ms));
            }
            return;
        }
        if let Some(mut piece) = self.outbox.piece(&envelope(&self.config)) {
            self.sendings += 1;
            self.schedule.sending(now);
            let body = core::mem::take(&mut piece.body);
            self.flight = Some((self.sendings, piece));
            self.effects.push(Effect::Send {
                id: self.sendings,
                body,
            });
        }
    }

    fn sent(&mut self, outcome: &Outcome<'_>, now: Timestamp) {
        let Some((_, piece)) = self.flight.take_if(|(id, _)| *id == outcome.id) else {
            return;
        };
        match outcome.status {
            200..=299 => {
                let acks = Acks::parse(outcome.body);
                self.outbox.acked(&acks);
                if acks.cover(piece.writer, piece.first, piece.last) {
                    self.schedule.answered();
                    // What is left over goes on at once; only what is new keeps the pace.
                    self.schedule.urgent |= self.outbox.has_backlog() || !self.waiters.is_empty();
                } else {
                    self.warn_status(outcome.status);
                    self.schedule.failed(now, 0, outcome.random);
                }
            }
            400 | 413 | 422 => {
                self.warn_status(outcome.status);
                self.outbox.refused(&Acks::of(piece.writer, piece.first, piece.last));
                self.schedule.answered();
                self.schedule.urgent |= !self.waiters.is_empty();
            }
            401 | 403 | 410 => {
                self.warn_status(outcome.status);
                self.stopped = true;
            }
            status => {
                self.warn_status(status);
                self.schedule.failed(now, outcome.retry_after_s, outcome.random);
            }
        }
        self.end_turn(now);
    }

    fn warn_status(&mut self, status: u16) {
        let mut about = String::new();
        crate::text::push_int(&mut about, i64::from(status));
        self.effects.push(Effect::Warn {
            code: "not_delivered",
            about,
        });
    }

    /// Tells those who waited that what they waited for is delivered, or never will be.
    fn settle(&mut self) {
        let over = self.stopped || self.config.consent != Consent::Granted;
        for (token, end) in core::mem::take(&mut self.waiters) {
            if !over && self.outbox.waits_before(end) {
                self.waiters.push((token, end));
            } else {
                self.effects.push(Effect::Settled(token));
            }
        }
    }

    fn storage_failed(&mut self) {
        if self.stores {
            self.stores = false;
            self.effects.push(Effect::Warn {
                code: "not_stored",
                about: String::new(),
            });
        }
    }

    /// The last dependable moment: writes everything down and sends copies.
    fn hidden(&mut self, now: Timestamp) {
        self.steps.show(false, now);
        self.journey_dirty |= self.times_a_step();
        self.save(now);
        if !self.stopped && self.config.consent == Consent::Granted {
            let bodies = self.outbox.beacons(&envelope(&self.config));
            self.effects.extend(bodies.into_iter().map(Effect::Beacon));
        }
    }

    /// Goes on from where another tab has brought the journey; this tab's own clock of the step goes on as it is.
    fn follow(&mut self, text: &str) {
        if let Some((journey, steps)) = saved::restore(&self.config.model, text) {
            self.journey = journey;
            self.steps.open = steps.open;
            self.steps.counted = self.steps.counted.max(steps.counted);
        }
    }

    fn consent(&mut self, consent: Consent, now: Timestamp) {
        if consent == self.config.consent {
            return;
        }
        self.config.consent = consent;
        if consent != Consent::Granted {
            // What is in flight may still arrive; that it is acked no longer matters.
            self.flight = None;
            self.outbox.purge();
            self.journey = Journey::new(&self.config.model);
            self.steps.open = None;
            self.journey_dirty = false;
            self.effects.push(Effect::Purge);
        } else {
            self.store("visitor", self.config.visitor.as_str().into());
            self.outbox.dirty = true;
            self.journey_dirty = true;
        }
        self.store("consent", consent.name().into());
        self.end_turn(now);
    }

    fn reset(&mut self, visitor: &VisitorId, now: Timestamp) {
        if self.config.consent == Consent::Granted {
            self.outbox.seal(&envelope(&self.config));
        }
        self.config.visitor = visitor.clone();
        self.journey = Journey::new(&self.config.model);
        self.steps.open = None;
        self.journey_dirty = true;
        if self.may_store() {
            self.store("visitor", visitor.as_str().into());
        }
        self.save(now);
        self.ask_turn();
    }

    fn may_store(&self) -> bool {
        self.stores && self.config.consent == Consent::Granted
    }

    fn store(&mut self, what: &str, text: String) {
        let key = self.key(what, "");
        self.effects.push(Effect::Store { key, text });
    }

    /// `wayside.WHAT.SITE`, and `.WRITER` for what each writer has of its own.
    fn key(&self, what: &str, writer: &str) -> String {
        let mut key = String::from("wayside.");
        key.push_str(what);
        key.push('.');
        key.push_str(self.config.site.as_str());
        if !writer.is_empty() {
            key.push('.');
            key.push_str(writer);
        }
        key
    }

    fn ask_turn(&mut self) {
        if !self.turn_asked {
            self.turn_asked = true;
            self.effects.push(Effect::EndTurn);
        }
    }

    fn take_effects(&mut self) -> Vec<Effect> {
        core::mem::take(&mut self.effects)
    }
}

fn envelope(config: &Config) -> Envelope<'_> {
    Envelope {
        site: &config.site,
        visitor: &config.visitor,
        automated: config.automated,
    }
}

/// Checkout and purchase go at once: a visitor who pays is often led away to a bank.
fn is_urgent(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::BeginCheckout | Kind::AddShippingInfo | Kind::AddPaymentInfo | Kind::CheckoutStep | Kind::Purchase
    )
}

/// A signal as the page gets it.
fn signal_value(signal: &Signal) -> Value {
    let moment = signal
        .evidence
        .get(Field::Moment)
        .map_or(Value::Null, FieldValue::to_value);
    pairs([
        ("name", Value::from(signal.kind.name())),
        ("family", Value::from(signal.kind.family().name())),
        ("moment", moment),
        ("time", Value::Int(signal.time.millis())),
        ("evidence", Value::Map(signal.evidence.to_pairs())),
    ])
}
