//! Tracking plans: which touchpoints a site means to send, with what, and how those that came stand against that.
//!
//! The command line, the server and `@wayside/testing` (as Wasm) all read plans and check touchpoints by this crate, so that a
//! test in a browser and a check of a year's data never disagree.
//!
//! ```
//! use wayside_model::Value;
//! use wayside_plan::{Plan, Verdict};
//!
//! let plan = Plan::read("touchpoints:\n  add_to_cart:\n    required: [currency]\n").unwrap();
//! let cart = Value::map([("kind", Value::from("add_to_cart")), ("value", Value::Float(19.9))]);
//! let Verdict::Broken(violations) = plan.check(&cart) else { panic!() };
//! assert_eq!(violations[0].to_string(), "currency: the plan wants it, arrived nothing");
//! ```
//!
//! # What this crate does not do
//!
//! * Open files or ask servers. Callers bring text and touchpoints.
//! * Judge what the model judges: an event that the model refuses never becomes a touchpoint.
//! * Run in a page. It is no dependency of `wayside-web`, only of the module that tests load.
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
