//! The fold over one customer's events that browser and analyzer share.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::MODEL_VERSION;
use crate::channel::Channel;
use crate::detect::{self, Memory, Thresholds};
use crate::error::{Error, ErrorKind};
use crate::event::Touch;
use crate::field::Field;
use crate::kind::Kind;
use crate::session::{SESSION_TIMEOUT_MS, Session};
use crate::signal::Signal;
use crate::stage::{Stage, StageRules};
use crate::state::State;

/// The settings that a site may change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Inactivity in milliseconds after which a session ends; default [`SESSION_TIMEOUT_MS`].
    pub session_timeout_ms: i64,
    /// The mapping of touchpoints to stages.
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

/// The parts of the model that an analysis needs besides sessions and stages, which everything else is based on. The rest
/// is not computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Whether [`Placed::channel`] is computed; otherwise it is [`Channel::Direct`].
    pub channels: bool,
    /// Whether the detectors run.
    pub signals: bool,
}

impl Parts {
    /// Sessions and stages only.
    pub const SESSIONS: Self = Self {
        channels: false,
        signals: false,
    };
    /// The whole model.
    pub const ALL: Self = Self {
        channels: true,
        signals: true,
    };

    /// The parts that either needs.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            channels: self.channels || other.channels,
            signals: self.signals || other.signals,
        }
    }
}

/// The place of an event in its journey.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Placed {
    /// The number of the session in the customer's journey, counted from 0 in order of start.
    pub session: u32,
    /// Whether the event starts the session.
    pub starts_session: bool,
    /// The event's stage.
    pub stage: Stage,
    /// The session's channel.
    pub channel: Channel,
}

/// The state of one customer's journey: any number of visitors, each with a current session. The default has no events.
/// All calls for a journey have to pass the same configuration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journey {
    /// The number of sessions so far.
    sessions: u32,
    /// The number of the first session with an order.
    bought: Option<u32>,
    stage: Stage,
    /// Sorted by visitor id.
    visits: Vec<Visit>,
}

/// A visitor's current session with the detectors' state.
#[derive(Clone, Debug, Default, PartialEq)]
struct Visit {
    visitor: Box<str>,
    number: u32,
    session: Session,
    memory: Memory,
}

/// The effect of an event on its visit.
#[derive(Default)]
struct Taken {
    /// The index of the visit.
    visit: usize,
    starts_session: bool,
    /// Whether the event determines the session's channel.
    tells_channel: bool,
}

impl Journey {
    /// Places the next event in canonical order and adds the signals it decides to `out`.
    ///
    /// An event that is earlier than the one before counts as simultaneous with it. A touchpoint of kind `signal`,
    /// which the page has found, is an event like any other and does not fire a second signal.
    pub fn on_event<T: Touch>(&mut self, config: &Config, event: &T, out: &mut Vec<Signal>) -> Placed {
        self.place(config, Parts::ALL, event, out)
    }

    /// Places the next event like [`Journey::on_event`] but computes only `parts`. All calls for a journey have to pass
    /// the same parts.
    pub fn place<T: Touch>(&mut self, config: &Config, parts: Parts, event: &T, out: &mut Vec<Signal>) -> Placed {
        let taken = self.step(config, parts.signals, event, out);
        // `step` found or inserted this visit.
        let Some(visit) = self.visits.get_mut(taken.visit) else {
            return Placed::default();
        };
        let channel = if parts.channels {
            visit.session.channel(taken.tells_channel.then_some(event))
        } else {
            Channel::Direct
        };
        Placed {
            session: visit.number,
            starts_session: taken.starts_session,
            stage: self.stage,
            channel,
        }
    }

    /// Takes in the next event like [`Journey::on_event`] but does not compute the session's channel. A page calls it,
    /// so that the lists of search engines and social sites stay out of the Wasm module.
    pub fn advance<T: Touch>(&mut self, config: &Config, event: &T, out: &mut Vec<Signal>) {
        self.step(config, true, event, out);
    }

    /// Takes in the event, and runs the detectors if the journey needs `signals`.
    fn step<T: Touch>(&mut self, config: &Config, signals: bool, event: &T, out: &mut Vec<Signal>) -> Taken {
        let found = self
            .visits
            .binary_search_by(|visit| (*visit.visitor).cmp(event.visitor()));
        let at = found.unwrap_or_else(|at| at);
        if found.is_err() {
            let visitor = event.visitor().into();
            self.visits.insert(
                at,
                Visit {
                    visitor,
                    ..Visit::default()
                },
            );
        }
        let mut taken = Taken {
            visit: at,
            ..Taken::default()
        };
        // The visit was found or inserted above.
        let Some(visit) = self.visits.get_mut(at) else {
            return taken;
        };
        let is_over = found.is_ok() && visit.session.is_ended_by(event, config.session_timeout_ms);
        if is_over {
            visit.session = Session::default();
            if signals {
                visit.memory.end_session();
            }
        }
        taken.starts_session = found.is_err() || is_over;
        taken.tells_channel = if taken.starts_session {
            visit.number = self.sessions;
            self.sessions = self.sessions.saturating_add(1);
            visit.session.begin(event)
        } else {
            visit.session.go_on(event)
        };

        if event.kind() == Kind::Purchase {
            self.bought = Some(self.bought.map_or(visit.number, |first| first.min(visit.number)));
        }
        let bought_before = self.bought.is_some_and(|first| first < visit.number);
        let before = (!taken.starts_session).then_some(visit.memory.stage);
        let name = config.stages.needs_names().then(|| event.text(Field::Name)).flatten();
        let stage = config.stages.stage(event.kind(), name, before, bought_before);
        visit.memory.stage = stage;
        self.stage = stage;

        if signals {
            detect::find(event, &mut visit.memory, &config.thresholds, out);
        }
        taken
    }

    /// The stage of the latest event; awareness before the first.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// The number of sessions so far.
    pub fn sessions(&self) -> u32 {
        self.sessions
    }

    /// The state as bytes, which [`Journey::restore`] of the same model version reads.
    pub fn save(&mut self) -> Vec<u8> {
        let mut state = State::write();
        self.state(&mut state);
        state.into_bytes()
    }

    /// Restores a journey from saved state.
    ///
    /// # Errors
    ///
    /// Fails with [`ErrorKind::State`] if the bytes were not written by [`Journey::save`] of the same model version.
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

    /// Writes the state, or replaces it by the state that is read. Callers use it to save a journey within a larger
    /// state.
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
        // Saved visits are sorted, and their numbers are below the number of sessions; anything else is damage.
        let mut before = "";
        for visit in &self.visits {
            let follows = before < &*visit.visitor && visit.number < self.sessions;
            before = &visit.visitor;
            state.known(follows.then_some(()));
        }
    }
}

/// Version of the layout of saved state.
const STATE_VERSION: u32 = 2;

fn stage(stage: &mut Stage, state: &mut State<'_>) {
    *stage = state.variant(*stage as u8, &Stage::ALL);
}
