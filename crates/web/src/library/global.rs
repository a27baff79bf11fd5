//! `window.wayside`, so that scripts of the page record touchpoints too, and Wayside runs once on a page.

use js_sys::Reflect;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wayside_tracker::queue::Message;

use super::page::page;
use crate::externs::window;
use crate::values::{from_js, to_js};

/// The function `window.wayside`, which is removed when this is dropped.
pub(super) struct Global(JsValue);

impl Global {
    /// Whether the page has one, from a script tag or from an earlier call.
    pub(super) fn is_there() -> bool {
        let wayside = Reflect::get(&window(), &NAME.into()).unwrap_or_default();
        wayside.is_function() && Reflect::has(&wayside, &ON.into()).unwrap_or_default()
    }

    pub(super) fn make() -> Self {
        let call = Closure::<dyn Fn(JsValue, JsValue)>::new(|name: JsValue, fields: JsValue| {
            // A copy, because the script may change its object before the queue is processed.
            let copy = match fields.is_object() {
                true => to_js(|out| from_js(&fields).write(out)),
                false => js_sys::Object::new().into(),
            };
            put(Message::Call, &name, &copy);
        });
        let on = Closure::<dyn Fn(JsValue, JsValue) -> JsValue>::new(|event: JsValue, then: JsValue| {
            put(Message::On, &event, &then);
            Closure::once_into_js(move || put(Message::Off, &event, &then))
        });
        // Scripts may call them after Wayside has ended, so they are never freed.
        let call = call.into_js_value();
        // A new function and the window take any property.
        let _ = Reflect::set(&call, &ON.into(), &on.into_js_value());
        let _ = Reflect::set(&window(), &NAME.into(), &call);
        Self(call)
    }
}

impl Drop for Global {
    fn drop(&mut self) {
        let window = window();
        if Reflect::get(&window, &NAME.into()).is_ok_and(|wayside| wayside == self.0) {
            // The property was made by `make`.
            let _ = Reflect::delete_property(window.unchecked_ref::<js_sys::Object>(), &NAME.into());
        }
    }
}

fn put(message: Message, a: &JsValue, b: &JsValue) {
    if let Ok(page) = page() {
        page.put(message, a, b);
    }
}

const NAME: &str = "wayside";
const ON: &str = "on";
