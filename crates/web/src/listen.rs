//! Listeners and timers as guards.

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::EventTarget;

/// A listener that lasts as long as this value.
#[must_use]
pub(crate) struct Listener {
    target: EventTarget,
    event: &'static str,
    function: Function,
}

impl Listener {
    /// Listens before the page's own listeners do. None of ours ever prevents or stops an event.
    pub(crate) fn new(target: &EventTarget, event: &'static str, function: &Function) -> Self {
        // Fails only for a missing function.
        let _ = target.add_event_listener_with_callback_and_bool(event, function, true);
        Self {
            target: target.clone(),
            event,
            function: function.clone(),
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self
            .target
            .remove_event_listener_with_callback_and_bool(self.event, &self.function, true);
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(then: &Function, ms: u32, payload: &JsValue) -> f64;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: f64);
}

/// A timer that rings once, unless this value is gone by then.
#[must_use]
pub(crate) struct Timer(f64);

impl Timer {
    /// Calls `then` with null after so many milliseconds.
    pub(crate) fn new(ms: u32, then: &Function) -> Self {
        Self(set_timeout(then, ms, &JsValue::NULL))
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(self.0);
    }
}
