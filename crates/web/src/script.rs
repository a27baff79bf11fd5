//! The exports of the script tag's Wasm, which the loader calls (`js/tracker/src/loader.ts`).

use wasm_bindgen::prelude::wasm_bindgen;

use crate::boot::Boot;
use crate::host::host;
use crate::visibility;

#[cfg(target_arch = "wasm32")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// Starts the tracker of this page load and listens. `attempt` is 2 after an instance has trapped. Returns whether it
/// started: the site, writer and visitor have to be valid.
#[wasm_bindgen]
pub fn start(boot: Boot, attempt: u8) -> bool {
    crate::start::start(boot, attempt)
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
