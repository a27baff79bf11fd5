//! Frames of the same origin, which are part of the page.

use std::rc::Rc;

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wayside_tracker::queue::Message;
use web_sys::{Document, Element, Event, Window};

use crate::externs::{View, document};
use crate::host::Host;
use crate::scope::Scope;
use crate::{activity, forms};

#[wasm_bindgen]
extern "C" {
    /// The target of a load event: a frame, or any other element, which has no document.
    type Frame;
    #[wasm_bindgen(method, getter, js_name = contentWindow)]
    fn content_window(this: &Frame) -> Option<Window>;
    #[wasm_bindgen(method, getter, js_name = contentDocument)]
    fn content_document(this: &Frame) -> Option<Document>;
}

/// Listens in every frame of the same origin, also in those that are added later or change their address.
pub(crate) fn listen(host: &'static Host, scope: &Scope) {
    let document = document();
    if let Ok(frames) = document.query_selector_all("iframe") {
        for at in 0..frames.length() {
            if let Some(frame) = frames.get(at) {
                enter(host, frame.unchecked_into());
            }
        }
    }
    // Load events of elements do not reach the window, only the document.
    scope.hear(&document, &["load"], move |event: Event| {
        if let Some(target) = event.target() {
            enter(host, target.unchecked_into());
        }
    });
}

/// Listens in a frame, unless it runs Wayside itself.
fn enter(host: &'static Host, element: Element) {
    let frame: &Frame = element.unchecked_ref();
    let (Some(document), Some(view)) = (frame.content_document(), frame.content_window()) else {
        return;
    };
    // A frame that is still loading or empty is handled at its load event; browsers keep the listeners of an empty
    // window. `about:blank` has eleven characters.
    let is_empty = document.url().is_ok_and(|url| url.len() <= 11);
    if document.ready_state() != "complete" || is_empty || view.unchecked_ref::<View>().wayside().is_truthy() {
        return;
    }
    let Some(scope) = Scope::new(host.boot.scopes()).map(Rc::new) else {
        return;
    };
    activity::listen_in_frame(host, &scope, &view);
    forms::listen(host, &scope, &view);
    scope.hear(&view, &["click"], move |event: Event| {
        host.boot.put(Message::Click as u8, &event, &JsValue::UNDEFINED);
    });
    let mut frames = host.frames.borrow_mut();
    // The listeners of frames that have gone or changed their address go with them.
    frames.retain(|(other, _)| other.is_connected() && *other != element);
    frames.push((element, scope));
}
