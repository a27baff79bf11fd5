//! The browser SDK as a state machine: it takes inputs with their times and returns effects.
//!
//! ```
//! use wayside_model::{Signal, SiteId, Timestamp, Touchpoint, Value, VisitorId, WriterId};
//! use wayside_tracker::{Config, Effects, Start, Tracker};
//!
//! /// A host that writes down what it is told.
//! #[derive(Default)]
//! struct Notes(Vec<String>);
//!
//! impl Effects for Notes {
//!     fn end_turn(&mut self) { self.0.push("end turn".into()) }
//!     fn store_text(&mut self, what: &'static str, _: &str) { self.0.push(format!("store {what}")) }
//!     fn store_bytes(&mut self, what: &'static str, _: &[u8]) { self.0.push(format!("store {what}")) }
//!     fn adopted(&mut self) { self.0.push("adopted".into()) }
//!     fn purge(&mut self) { self.0.push("purge".into()) }
//!     fn send(&mut self, id: u32, _: &[u8]) { self.0.push(format!("send {id}")) }
//!     fn beacon(&mut self, _: &[u8]) { self.0.push("beacon".into()) }
//!     fn timer(&mut self, ms: u32) { self.0.push(format!("timer in {ms} ms")) }
//!     fn signal(&mut self, signal: &Signal) { self.0.push(format!("signal {}", signal.kind.name())) }
//!     fn touchpoint(&mut self, _: Timestamp, it: &Touchpoint) { self.0.push(format!("touchpoint {}", it.name())) }
//!     fn settled(&mut self, token: u32) { self.0.push(format!("settled {token}")) }
//!     fn warn(&mut self, code: &str, _: &str) { self.0.push(format!("warn {code}")) }
//! }
//!
//! let config = Config::new(
//!     SiteId::parse("shop").unwrap(),
//!     WriterId(1),
//!     VisitorId::parse("v1").unwrap(),
//! );
//! let now = Timestamp::from_millis(1_764_000_000_000);
//! let mut tracker: Tracker<Notes> = Tracker::start(config, Start::default(), now);
//! assert_eq!(tracker.effects().0, ["store visitor"]);
//! tracker.call("add_to_cart", &Value::map([("value", Value::Int(20))]), false, now);
//! assert_eq!(tracker.effects().0, ["end turn"]);
//! tracker.end_turn(now);
//! assert_eq!(tracker.effects().0, ["store outbox", "store journey", "timer in 200 ms"]);
//! ```
//!
//! # What this crate does not do
//!
//! * Read a clock, draw a random number, set a timer, or touch storage, network and page: its host does that, as the
//!   [`Effects`] require.
//! * Decide what a touchpoint or a signal is, or when a visit ends: the model does.
//! * Send anything without consent.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

extern crate alloc;

mod effect;
mod engagement;
mod errors;
mod forms;
mod input;
mod link;
pub mod linked;
mod outbox;
pub mod queue;
mod saved;
mod schedule;
mod steps;
mod told;
mod tracker;
mod views;

pub use effect::{Effects, Status};
pub use forms::{FieldEvent, FormField};
pub use input::{Clicked, Config, Outcome, PageView, Start};
pub use tracker::Tracker;
