//! The customer journey model that Wayside's browser SDK and its analyzer share.
//!
//! The vocabulary consists of two tables: [`Field`] (the fields of touchpoints and their types) and [`Kind`] (the kinds
//! of touchpoints and the fields that each may have). Parsing, the wire format, the table's columns and the TypeScript
//! types are all derived from them.
//!
//! ```
//! use wayside_model::{Kind, Touchpoint, Value};
//!
//! let fields = Value::map([("value", Value::Float(19.9)), ("currency", Value::from("EUR"))]);
//! let touchpoint = Touchpoint::parse("add_to_cart", &fields).unwrap();
//! assert_eq!(touchpoint.kind(), Kind::AddToCart);
//! ```
//!
//! # What this crate does not do
//!
//! * Read a clock or make an id. Callers pass [`Timestamp`]s and identifiers.
//! * Touch the network, a disk or a DOM.
//! * Arithmetic on floats: money is in micros, shares are in permille.
#![cfg_attr(not(test), no_std)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

extern crate alloc;

pub mod accept;
pub mod ack;
pub mod browser;
pub mod channel;
pub mod customer;
pub mod detect;
pub mod device;
pub mod error;
pub mod event;
pub mod field;
pub mod id;
pub mod journey;
pub mod kind;
pub mod limits;
mod misspelt;
pub mod money;
mod number;
pub mod page;
mod reading;
pub mod sdk;
pub mod session;
pub mod signal;
pub mod stage;
pub mod state;
pub mod text;
pub mod time;
pub mod touchpoint;
pub mod url;
pub mod value;
pub mod wire;

pub use ack::Acks;
pub use channel::Channel;
pub use device::Device;
pub use error::{Error, ErrorKind};
pub use event::{Event, Touch};
pub use field::{Field, FieldType, FieldValue, Fields};
pub use id::{CustomerId, EventId, SiteId, VisitorId, WriterId};
pub use journey::{Journey, Placed};
pub use kind::Kind;
pub use money::Money;
pub use page::{Activity, Click, Page};
pub use session::SESSION_TIMEOUT_MS;
pub use signal::{Family, Moment, Signal, SignalKind};
pub use stage::{Stage, StageRules};
pub use state::State;
pub use time::Timestamp;
pub use touchpoint::Touchpoint;
pub use value::Value;
pub use wire::{Batch, Consent};

/// Version of the model's results. A change that gives another session, stage, channel or signal for the same events
/// raises it, and the same commit regenerates the expected results in `tests/journeys`.
pub const MODEL_VERSION: u32 = 3;
