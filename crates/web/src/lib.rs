//! The Wasm crate: the [`wayside_tracker`] behind a single function that takes and returns bytes.
//!
//! The page module (`js/tracker/src/page.ts`) calls [`take`] for everything that happens, first for the start, and
//! carries out the effects that it returns. Values are exchanged as bytes (see `value.rs`), because bindings for each
//! listener, attribute and storage call would make the download a third larger.
//!
//! # What this crate does not do
//!
//! * Contain rules: these are in the tracker and the model.
//! * Touch the page: the page module listens, reads, stores and sends, and has no rules of its own.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod effect;
mod input;
mod value;

use std::sync::Mutex;

use wasm_bindgen::prelude::wasm_bindgen;
use wayside_model::Timestamp;
use wayside_tracker::Tracker;

use crate::effect::Done;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// The page's tracker; an instance of the module serves one page load. There is only one thread, so the lock is always
/// free, except after a browser has aborted a call; in that case the page restores the memory from before the call.
static TRACKER: Mutex<Option<Box<Tracker<Done>>>> = Mutex::new(None);

/// Takes in a message: its kind (`Take` in `js/tracker/src/wasm.ts`), its time by `Date.now()` and its payload. Returns
/// the effects to carry out; empty if no tracker has been started or the start failed.
#[wasm_bindgen]
pub fn take(kind: u8, at: f64, payload: &[u8]) -> Vec<u8> {
    let now = Timestamp::from_millis(at as i64);
    let Ok(mut tracker) = TRACKER.lock() else {
        return Vec::new();
    };
    if kind == START {
        // There is no earlier tracker to drop: each instance of the module starts once.
        core::mem::forget(core::mem::replace(
            &mut *tracker,
            input::start(payload, now).map(Box::new),
        ));
    }
    let Some(tracker) = &mut *tracker else {
        return Vec::new();
    };
    input::take(tracker, kind, payload, now);
    let mut done = tracker.effects();
    if kind == ASK {
        done.answer(tracker.stage(), tracker.status());
    }
    done.end(tracker.times_a_step())
}

/// The message that starts a tracker.
const START: u8 = 21;
/// The message that asks for stage and status.
const ASK: u8 = 20;
