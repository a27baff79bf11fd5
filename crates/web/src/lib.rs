//! The one Wasm crate: the [`wayside_tracker`] behind one function of bytes.
//!
//! The page module (`js/tracker/src/page.ts`) calls [`take`] for everything that happens, first for the start. It gives
//! back what the tracker wants done. Values cross the border as bytes (see `value.rs`): binding each listener, attribute
//! and storage call to Rust would weigh a third more.
//!
//! # What this crate does not do
//!
//! * Decide anything: rules are the tracker's and the model's.
//! * Touch the page: the page module listens, reads, stores and sends, and has no rule of its own.
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

/// The page's tracker: an instance of the module is one page life. There is one thread, so the lock is free, but where a
/// browser has cut a call off: then the page puts back what memory was before.
static TRACKER: Mutex<Option<Box<Tracker<Done>>>> = Mutex::new(None);

/// Takes in what happened: which (`Take` in `js/tracker/src/wasm.ts`), when by `Date.now()`, and what belongs to it.
/// Gives what there is to do; nothing where no page life has begun, or could not.
#[wasm_bindgen]
pub fn take(kind: u8, at: f64, payload: &[u8]) -> Vec<u8> {
    let now = Timestamp::from_millis(at as i64);
    let Ok(mut tracker) = TRACKER.lock() else {
        return Vec::new();
    };
    if kind == START {
        // There is none to drop: each instance of the module starts once.
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

/// The item that begins a page life.
const START: u8 = 21;
/// The item that asks for stage and status.
const ASK: u8 = 20;
