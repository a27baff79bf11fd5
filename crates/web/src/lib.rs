//! Wayside in the page: it captures touchpoints, computes signals, stores and sends.
//!
//! Front ends in Rust (Leptos, Yew, Dioxus and others) use it as a library, and need no script tag:
//!
//! ```no_run
//! use serde::Serialize;
//! use wayside_web::{Options, SignalKind};
//!
//! #[derive(Serialize)]
//! struct Cart<'a> {
//!     currency: &'a str,
//!     value: f64,
//! }
//!
//! fn main() -> Result<(), wayside_web::Error> {
//!     let wayside = wayside_web::init(Options {
//!         endpoint: Some("https://collect.example".into()),
//!         ..Options::new("shop")
//!     })?;
//!     let listener = wayside_web::on_signal(|signal| {
//!         if signal.kind == SignalKind::CheckoutReload {
//!             // Offer help.
//!         }
//!     })?;
//!     wayside_web::track("add_to_cart", &Cart { currency: "EUR", value: 19.9 })?;
//!     // Both end when they are dropped; these are to live as long as the page.
//!     listener.forget();
//!     wayside.forget();
//!     Ok(())
//! }
//! ```
//!
//! Page views, clicks, forms, Core Web Vitals and everything else that `docs/sdk.md` lists are captured automatically.
//! `docs/rust.md` explains the library, and `examples/yew` is a shop made with it.
//!
//! # Features
//!
//! * `script`: the exports and the allocator of the script tag's Wasm, which `cargo xtask wasm` builds. Front ends leave
//!   it off.
//!
//! # What this crate does not do
//!
//! * Contain rules: these are in the tracker and the model.
//! * Make sites' calls in JavaScript wait: their queue is a list in JavaScript, so that a call costs the page no more than
//!   a copy.
//! * As a library: read GA4's `dataLayer`, take checkout steps from addresses, or continue after a panic of the front end,
//!   which ends the whole Wasm.
//!
//! # Parts
//!
//! The loader or the `library` starts the tracker with the queue of the page. Everything else starts with an event: a
//! listener reads it and tells the tracker, whose effects are carried out at once (`effects.rs`).
//!
//! | to capture … | see |
//! | --- | --- |
//! | clicks | `click.rs`, `element.rs` |
//! | pointer, scrolling, zoom | `activity.rs`; responses to a click: `answer.rs` |
//! | forms | `forms.rs` |
//! | links to the shop's other domains | `links.rs`, `cookie.rs` |
//! | page views, visibility, errors, copies | `views.rs`, `visibility.rs`, `errors.rs`, `copy.rs` |
//! | Core Web Vitals | `vitals.rs` |
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod activity;
mod answer;
mod boot;
mod click;
mod consent_mode;
mod cookie;
mod copy;
mod effects;
mod element;
mod errors;
mod externs;
mod forms;
mod frames;
mod host;
mod landing;
mod library;
mod links;
mod messages;
mod post;
mod requests;
mod scope;
#[cfg(feature = "script")]
mod script;
mod start;
mod store;
mod values;
mod views;
mod visibility;
mod vitals;

pub use wayside_model::{Consent, Family, Moment, SignalKind, Stage, Value, VisitorId};
pub use wayside_tracker::Status;

pub use crate::library::{
    Decision, Error, Listener, Options, Signal, Touchpoint, Wayside, consent, init, on_signal, on_touchpoint, reset,
    stage, status, track, visitor,
};
#[cfg(feature = "script")]
pub use crate::{boot::Boot, script::*};
