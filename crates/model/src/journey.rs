//! The fold of one customer's events that browser and analyzer share.

use alloc::vec::Vec;

use crate::channel::Channel;
use crate::detect::Thresholds;
use crate::error::Error;
use crate::event::Touch;
use crate::session::SESSION_TIMEOUT_MS;
use crate::signal::Signal;
use crate::stage::{Stage, StageRules};

/// What a site may set otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// One customer's journey so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Journey {
    config: Config,
}

impl Journey {
    /// A journey without events.
    pub fn new(config: &Config) -> Self {
        Self { config: config.clone() }
    }

    /// Places the next event in canonical order and adds the signals it decides to `out`.
    pub fn on_event<T: Touch>(&mut self, event: &T, out: &mut Vec<Signal>) -> Placed {
        let _ = out;
        Placed {
            session: 0,
            starts_session: false,
            stage: self.config.stages.stage(event.kind(), None, false),
            channel: Channel::Direct,
        }
    }

    /// The stage the customer is in.
    pub fn stage(&self) -> Stage {
        Stage::Awareness
    }

    /// The state as bytes.
    pub fn save(&self) -> Vec<u8> {
        Vec::new()
    }

    /// The journey with this saved state.
    pub fn restore(config: &Config, saved: &[u8]) -> Result<Self, Error> {
        let _ = saved;
        Ok(Self::new(config))
    }
}
