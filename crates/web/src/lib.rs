//! Wayside in the page: it listens, reads, stores and sends for the [`wayside_tracker`].
//!
//! The loader (`js/tracker/src/loader.ts`) calls [`start()`] with the queue of the bootstrap, then [`drain`] whenever the
//! page has queued something. Everything else starts with an event: a listener reads it and tells the tracker, whose
//! effects are carried out at once (`effects.rs`).
//!
//! | to capture … | see |
//! | --- | --- |
//! | clicks | `click.rs`, `element.rs` |
//! | pointer, scrolling, zoom | `activity.rs`; responses to a click: `answer.rs` |
//! | forms | `forms.rs` |
//! | page views, visibility, errors, copies | `views.rs`, `visibility.rs`, `errors.rs`, `copy.rs` |
//! | Core Web Vitals | `vitals.rs` |
//!
//! # What this crate does not do
//!
//! * Contain rules: these are in the tracker and the model.
//! * Keep the queue of calls: it is a list in JavaScript, so that a call costs the page no more than a copy.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod activity;
mod answer;
mod boot;
mod click;
mod copy;
mod effects;
mod element;
mod errors;
mod externs;
mod forms;
mod frames;
mod host;
mod messages;
mod post;
mod requests;
mod scope;
mod start;
mod store;
mod values;
mod views;
mod visibility;
mod vitals;

use wasm_bindgen::prelude::wasm_bindgen;

pub use crate::boot::Boot;
use crate::host::host;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Starts the tracker of this page load and listens. `attempt` is 2 after an instance has trapped. Returns whether it
/// started: the site, writer and visitor have to be valid.
#[wasm_bindgen]
pub fn start(boot: Boot, attempt: u8) -> bool {
    start::start(boot, attempt)
}

/// Takes in what the page has queued.
#[wasm_bindgen]
pub fn drain() {
    if let Some(host) = host() {
        host.drain();
    }
}

/// Takes in that the page was shown, hidden or left: an event `visibilitychange`, `pageshow` or `pagehide`. The loader
/// hears these events, because it copies the memory before the page is left.
#[wasm_bindgen]
pub fn shown(event: web_sys::PageTransitionEvent) {
    if let Some(host) = host() {
        visibility::shown(host, &event);
    }
}
