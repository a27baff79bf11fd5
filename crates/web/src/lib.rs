//! The one Wasm crate: it connects a page to the [`wayside_tracker`].
//!
//! The bootstrap (`js/tracker`) makes a [`Wayside`] and hands it every item of its queue, then every later one. What the
//! tracker wants done comes back through the function that the bootstrap gave.
//!
//! # What this crate does not do
//!
//! * Decide anything: rules are the tracker's and the model's.
//! * Read what a visitor typed, or any text of the page: only attributes, positions and times.
//! * Call the page's code while the tracker is borrowed.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod convert;
mod element;
mod host;
mod listen;
mod options;
mod requests;
mod storage;

use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::host::Host;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// A running tracker, held by the bootstrap.
#[wasm_bindgen]
pub struct Wayside(Rc<Host>);

#[wasm_bindgen]
impl Wayside {
    /// Starts. `page(what, a, b)` is how the tracker reaches the bootstrap; see `Page` in `js/tracker/src/wasm.ts`.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue, page: Function) -> Result<Wayside, JsValue> {
        Host::start(options, page).map(Self)
    }

    /// Takes one item of the queue: which (see `Take` in `js/tracker/src/wasm.ts`), when, and what belongs to it.
    pub fn take(&self, kind: u8, time: f64, a: JsValue, b: JsValue) {
        self.0.take(kind, time, a, b);
    }
}
