//! Builders, generators, a fixed clock, and the conformance corpus: for tests only.
//!
//! # What this crate does not do
//!
//! * Ship: it is a dev-dependency, and part of the conformance build that only tests load.
//! * Contain rules of the model. [`conformance`] runs the model and writes its results.

pub mod build;
pub mod clock;
pub mod conformance;
#[cfg(not(target_arch = "wasm32"))]
pub mod corpus;
pub mod fuzz;
#[cfg(not(target_arch = "wasm32"))]
pub mod generate;

pub use build::{batch, binary, event, fields, shopping_batch, touchpoint, writer};
pub use clock::FixedClock;
pub use conformance::{canonical_json, page_events, run};
