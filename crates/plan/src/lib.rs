//! Tracking plans: descriptions of the touchpoints that a site intends to send, and checks of actual touchpoints
//! against them.
//!
//! The command line, the server and `@wayside/testing` (as Wasm) all use this crate, so that a test in a browser and a
//! check of a year's data give the same results.
//!
//! ```
//! use wayside_model::Value;
//! use wayside_plan::{Plan, Verdict};
//!
//! let plan = Plan::read("touchpoints:\n  add_to_cart:\n    required: [currency]\n").unwrap();
//! let cart = Value::map([("kind", Value::from("add_to_cart")), ("value", Value::Float(19.9))]);
//! let Verdict::Broken(violations) = plan.check(&cart) else { panic!() };
//! assert_eq!(violations[0].to_string(), "currency: required, but missing");
//! ```
//!
//! # What this crate does not do
//!
//! * Read files or query servers. Callers pass text and touchpoints.
//! * Check the rules of the model: an event that the model refuses never becomes a touchpoint.
//! * Run in a page. Only the Wasm module that tests load depends on it; `wayside-web` does not.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod check;
mod error;
mod findings;
pub mod limits;
mod parse;
mod show;
mod text;

pub use check::{Verdict, Violation};
pub use error::{Error, ErrorKind, Place};
pub use findings::{Against, Findings, Seen, Sum, Unplanned};
pub use parse::Plan;
pub use show::show;
