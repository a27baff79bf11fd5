//! Listeners as guards.

use js_sys::Function;
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
