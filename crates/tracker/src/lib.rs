//! The browser SDK as a state machine: input and time in, effects out.
//!
//! ```
//! use wayside_model::{SiteId, Timestamp, Value, VisitorId, WriterId};
//! use wayside_tracker::{Config, Effect, Input, Start, Tracker};
//!
//! let config = Config::new(
//!     SiteId::parse("shop").unwrap(),
//!     WriterId(1),
//!     VisitorId::parse("v1").unwrap(),
//! );
//! let now = Timestamp::from_millis(1_764_000_000_000);
//! let (mut tracker, _) = Tracker::start(config, Start::default(), now);
//! let fields = Value::map([("value", Value::Int(20))]);
//! let effects = tracker.handle(Input::Call { name: "add_to_cart", fields: &fields, early: false }, now);
//! assert!(matches!(effects.as_slice(), [Effect::EndTurn]));
//! ```
//!
//! # What this crate does not do
//!
//! * Read a clock, draw a random number, set a timer or touch storage, network and page: its host does, as the
//!   [`Effect`]s say.
//! * Decide what a touchpoint is, where a visit ends or what a signal is: that is the model.
//! * Send anything without consent.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

extern crate alloc;

mod ack;
mod effect;
mod input;
mod outbox;
mod saved;
mod schedule;
mod steps;
mod text;
mod tracker;
mod views;

pub use effect::{Effect, Status};
pub use input::{Config, Input, Outcome, PageView, Start};
pub use tracker::Tracker;
