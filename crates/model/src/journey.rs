//! The fold of one customer's events that browser and analyzer share.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::MODEL_VERSION;
use crate::channel::Channel;
use crate::detect::{self, Finder, Memory, Thresholds};
use crate::error::{Error, ErrorKind};
use crate::event::Touch;
use crate::kind::Kind;
use crate::session::{SESSION_TIMEOUT_MS, Session};
use crate::signal::Signal;
use crate::stage::{Stage, StageRules};
use crate::state::State;

/// What a site may set otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Inactivity after which a session has ended; default [`SESSION_TIMEOUT_MS`].
    pub session_timeout_ms: i64,
    /// Which touchpoints stand for which stage.
    pub stages: StageRules,
    /// Thresholds of the detectors.
    pub thresholds: Thresholds,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            session_timeout_ms: SESSION_TIMEOUT_MS,
            stages: StageRules::default(),
            thresholds: Thresholds::default(),
        }
    }
}

/// Where an event stands in its journey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Placed {
    /// The session, counted from 0 through the customer's journey in order of start.
    pub session: u32,
    /// Whether the event begins it.
    pub starts_session: bool,
    /// The event's stage.
    pub stage: Stage,
    /// The session's channel.
    pub channel: Channel,
}

/// One customer's journey so far: any number of visitors, each with a current session. The default is one without events; all
/// of a journey are told with the same configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journey {
    /// How many sessions there were.
    sessions: u32,
    /// The first session with an order.
    bought: Option<u32>,
    stage: Stage,
    /// In order of their names.
    visits: Vec<Visit>,
}

/// A visitor's current session, with what detectors remember of it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Visit {
    visitor: Box<str>,
    number: u32,
    session: Session,
    memory: Memory,
}

impl Journey {
    /// Places the next event in canonical order and adds the signals it decides to `out`.
    ///
    /// An event that is earlier than the one before counts as simultaneous with it. A touchpoint of kind `signal` is an
    /// event like any other: what it says was found in the page is not found again.
    pub fn on_event<T: Touch>(&mut self, config: &Config, event: &T, out: &mut Vec<Signal>) -> Placed {
        let (at, starts_session) = self.step(config, event, out);
        // It was found or put in by the step.
        let Some(visit) = self.visits.get_mut(at) else {
            return Placed::default();
        };
        Placed {
            session: visit.number,
            starts_session,
            stage: self.stage,
            channel: visit.session.channel(),
        }
    }

    /// Takes the next event in like [`Journey::on_event`], for a page that wants its signals and its stage and has no use for
    /// the session's channel: the lists of search engines and social sites then stay out of the page's module.
    pub fn advance<T: Touch>(&mut self, config: &Config, event: &T, out: &mut Vec<Signal>) {
        self.step(config, event, out);
    }

    /// The event's place among the visits, and whether it starts a session.
    fn step<T: Touch>(&mut self, config: &Config, event: &T, out: &mut Vec<Signal>) -> (usize, bool) {
        let found = self
            .visits
            .binary_search_by(|visit| (*visit.visitor).cmp(event.visitor()));
        let at = found.unwrap_or_else(|at| at);
        if found.is_err() {
            self.visits.insert(at, Visit::default());
        }
        // It was found or put in.
        let Some(visit) = self.visits.get_mut(at) else {
            return (at, false);
        };
        let is_over = found.is_ok() && visit.session.is_ended_by(event, config.session_timeout_ms);
        if is_over {
            // A checkout that was left stays open from one session to the next.
            visit.memory.checkout.leave();
            let checkout = core::mem::take(&mut visit.memory.checkout);
            *visit = Visit::default();
            visit.memory.checkout = checkout;
        }
        let starts_session = found.is_err() || is_over;
        if starts_session {
            visit.visitor = event.visitor().into();
            visit.number = self.sessions;
            visit.session.begin(event);
            self.sessions = self.sessions.saturating_add(1);
        } else {
            visit.session.go_on(event);
        }

        if event.kind() == Kind::Purchase {
            self.bought = Some(self.bought.map_or(visit.number, |first| first.min(visit.number)));
        }
        let bought_before = self.bought.is_some_and(|first| first < visit.number);
        let before = (!starts_session).then_some(visit.memory.stage);
        let stage = config.stages.stage(event.kind(), before, bought_before);
        visit.memory.stage = stage;
        self.stage = stage;

        let finder = &mut Finder::of(event, &config.thresholds, out);
        detect::on_event(event, &mut visit.memory, finder);
        (at, starts_session)
    }

    /// The stage of the latest event; awareness before the first.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// How many sessions there have been.
    pub fn sessions(&self) -> u32 {
        self.sessions
    }

    /// The state as bytes, for [`Journey::restore`] of the same version of the model.
    pub fn save(&mut self) -> Vec<u8> {
        let mut state = State::write();
        self.state(&mut state);
        state.into_bytes()
    }

    /// The journey with this saved state; fails with [`ErrorKind::State`] on what [`Journey::save`] of this version did not
    /// write.
    pub fn restore(saved: &[u8]) -> Result<Self, Error> {
        let mut journey = Self::default();
        let mut state = State::read(saved);
        journey.state(&mut state);
        if state.is_good() {
            Ok(journey)
        } else {
            Err(Error::new(ErrorKind::State))
        }
    }

    /// Writes the state, or reads it in place of what it is: for who keeps it among other things.
    pub fn state(&mut self, state: &mut State<'_>) {
        state.exactly(STATE_VERSION);
        state.exactly(MODEL_VERSION);
        state.small(&mut self.sessions);
        let mut bought = self.bought.map_or(0, |first| first.saturating_add(1));
        state.small(&mut bought);
        self.bought = bought.checked_sub(1);
        stage(&mut self.stage, state);
        state.list(&mut self.visits, |visit, state| {
            state.text(&mut visit.visitor);
            state.small(&mut visit.number);
            stage(&mut visit.memory.stage, state);
            visit.session.state(state);
            visit.memory.state(state);
        });
        // In order and with numbers that were given, else it is not what was saved.
        let mut before = "";
        for visit in &self.visits {
            let follows = before < &*visit.visitor && visit.number < self.sessions;
            before = &visit.visitor;
            state.known(follows.then_some(()));
        }
    }
}

/// Version of the saved form.
const STATE_VERSION: u32 = 2;

fn stage(stage: &mut Stage, state: &mut State<'_>) {
    *stage = state.variant(*stage as u8, &Stage::ALL);
}
