//! The tracker's effects, carried out in the page.

use std::cell::RefCell;

use gloo_timers::callback::Timeout;
use js_sys::{Array, Function, Set, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::value::Sink;
use wayside_model::{Field, Signal, Timestamp, Touchpoint};
use wayside_tracker::Effects;
use web_sys::CustomEvent;

use crate::externs::{NAVIGATOR, document};
use crate::host::{Host, host};
use crate::post::post;
use crate::values::{object, to_js};
use crate::{store, visibility};

/// Carries out effects at once, except callbacks of the page: these run after the tracker has returned, because they
/// may call Wayside again.
#[derive(Default)]
pub(crate) struct Carrier;

impl Effects for Carrier {
    fn end_turn(&mut self) {
        with(Host::end_turn_later);
    }

    fn store_text(&mut self, what: &'static str, text: &str) {
        with(|host| {
            let is_kept = match what {
                "settings" => store::keep_text(&host.key_of(what), text),
                _ => store::keep(&host.boot.options(), what, text),
            };
            if what == "consent" {
                host.forgets.set(!is_kept);
                if !is_kept {
                    host.warn("consent_not_stored", &"the next page begins with data-consent".into());
                }
            }
            stored(host, is_kept);
        });
    }

    fn store_bytes(&mut self, what: &'static str, bytes: &[u8]) {
        with(|host| {
            let key = host.key_of(what);
            if bytes.is_empty() {
                store::remove(&key);
            } else {
                stored(host, store::keep_bytes(&key, bytes));
            }
        });
    }

    fn adopted(&mut self) {
        with(|host| {
            let key = host.handed.borrow();
            if !key.is_empty() {
                store::remove(&key);
            }
        });
    }

    fn purge(&mut self) {
        with(|host| store::purge(&host.site));
    }

    fn send(&mut self, id: u32, body: &[u8]) {
        with(|host| post(host, id, body));
    }

    fn beacon(&mut self, body: &[u8]) {
        let body = Uint8Array::from(body);
        with(|host| {
            NAVIGATOR.with(|navigator| navigator.send_beacon(&host.url, &body));
        });
    }

    fn timer(&mut self, ms: u32) {
        with(|host| {
            let timer = Timeout::new(ms, move || {
                // Hosts of a domain share cookies, but no events about them.
                visibility::catch_up(host);
                host.tell(|tracker, now| tracker.timer(now));
            });
            host.timer.replace(Some(timer));
        });
    }

    fn signal(&mut self, signal: &Signal) {
        with(|host| {
            let value = to_js(|out| {
                out.map(5);
                out.key("name");
                out.text(signal.kind.name());
                out.key("family");
                out.text(signal.kind.family().name());
                out.key("moment");
                match signal.evidence.get(Field::Moment) {
                    Some(moment) => moment.write(out),
                    None => out.null(),
                }
                out.key("time");
                out.int(signal.time.millis());
                out.key("evidence");
                signal.evidence.write(out);
            });
            host.callbacks.add(&host.boot.signal(), &value);
            host.callbacks.0.borrow_mut().push((None, value));
        });
    }

    fn touchpoint(&mut self, time: Timestamp, touchpoint: &Touchpoint) {
        with(|host| {
            let value = to_js(|out| {
                out.map(1 + touchpoint.pairs());
                out.key("time");
                out.int(time.millis());
                touchpoint.write_pairs(out);
            });
            host.callbacks.add(&host.boot.touchpoint(), &value);
        });
    }

    fn settled(&mut self, token: u32) {
        with(|host| settle(host, token, &JsValue::UNDEFINED));
    }

    fn warn(&mut self, code: &str, about: &str) {
        with(|host| host.warn(code, &about.into()));
    }
}

/// Resolves a pending promise.
pub(crate) fn settle(host: &Host, token: u32, value: &JsValue) {
    let asked = host.boot.asked();
    let token = token.into();
    let item: JsValue = asked.get(&token);
    if asked.delete(&token) {
        call(host, &item.unchecked_into::<Array>().get(2), value);
    }
}

/// Calls of the page's listeners that wait, with their values. Without a function, the value is the detail of the event
/// `wayside:signal`.
#[derive(Default)]
pub(crate) struct Callbacks(RefCell<Vec<(Option<Function>, JsValue)>>);

impl Callbacks {
    fn add(&self, listeners: &Set, value: &JsValue) {
        // Not `Array::from`, which libraries of old replace.
        listeners.for_each(&mut |listener, _, _| {
            self.0
                .borrow_mut()
                .push((Some(listener.unchecked_into()), value.clone()));
        });
    }

    pub(crate) fn run(&self, host: &Host) {
        loop {
            if self.0.borrow().is_empty() {
                return;
            }
            let (listener, value) = self.0.borrow_mut().remove(0);
            match listener {
                Some(listener) => call(host, &listener, &value),
                None => dispatch(&value),
            }
        }
    }
}

/// Calls a function of the page, whose error is its own.
fn call(host: &Host, function: &JsValue, value: &JsValue) {
    if let Some(function) = function.dyn_ref::<Function>()
        && let Err(error) = function.call1(&JsValue::UNDEFINED, value)
    {
        host.warn("callback", &error);
    }
}

fn dispatch(detail: &JsValue) {
    let init = object(&[("detail", detail.clone())]);
    if let Ok(event) = CustomEvent::new_with_event_init_dict("wayside:signal", init.unchecked_ref()) {
        // It fails only for an event that is being dispatched already.
        let _ = document().dispatch_event(&event);
    }
}

fn stored(host: &Host, succeeded: bool) {
    if !succeeded {
        // The outbox that was to be taken over stays in storage.
        host.handed.borrow_mut().clear();
        host.storage_failed.set(true);
    }
}

fn with(then: impl FnOnce(&'static Host)) {
    if let Some(host) = host() {
        then(host);
    }
}
