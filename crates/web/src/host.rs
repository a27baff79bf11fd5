//! Carries inputs to the tracker and effects to the page.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;
use wayside_model::{Consent, Timestamp, Value, VisitorId};
use wayside_tracker::{Effect, Input, Outcome, PageView, Tracker};
use web_sys::{Document, Event, MouseEvent, StorageEvent, Window};

use crate::convert::{from_js, now, time, to_js};
use crate::element;
use crate::listen::{Listener, Timer};
use crate::options::Options;
use crate::requests::Requests;
use crate::storage::SiteStorage;

#[wasm_bindgen]
extern "C" {
    /// The page's window.
    #[wasm_bindgen(thread_local_v2, js_name = window)]
    pub(crate) static WINDOW: Window;
    /// The page's document.
    #[wasm_bindgen(thread_local_v2, js_name = document)]
    static DOCUMENT: Document;
    #[wasm_bindgen(js_name = queueMicrotask)]
    fn queue_microtask(then: &Function);
}

/// Everything a running tracker holds of the page.
pub(crate) struct Host {
    tracker: RefCell<Tracker>,
    page: Function,
    /// Calls [`Host::ring`], and never throws.
    ring: Function,
    _ring: Closure<dyn Fn(JsValue)>,
    listeners: RefCell<Vec<Listener>>,
    timer: RefCell<Option<Timer>>,
    storage: SiteStorage,
    requests: Requests,
    /// Who waits for a flush; a token is a place in this list.
    waiters: RefCell<Vec<Function>>,
    /// Items come from the bootstrap's queue and lie back in time.
    early: Cell<bool>,
    loaded: Cell<Option<Timestamp>>,
}

impl Host {
    /// Starts the tracker on this page.
    pub(crate) fn start(options: &JsValue, page: Function) -> Result<Rc<Self>, JsValue> {
        let Options {
            config,
            mut start,
            endpoint,
            loaded,
        } = Options::parse(&from_js(options)).ok_or("data-site must be 1 to 64 of a-z, 0-9, - and _")?;
        let storage = SiteStorage::open(&config.site);
        if config.consent == Consent::Granted {
            start.journey = storage.text(&storage.key("journey"));
            start.outboxes = storage.outboxes();
            start.predecessor = storage.succeed(config.writer);
        }
        let (tracker, effects) = Tracker::start(config, start, now());
        let host = Rc::new_cyclic(|host: &Weak<Self>| {
            let host = host.clone();
            let ring = Closure::<dyn Fn(JsValue)>::new(move |payload| {
                if let Some(host) = host.upgrade() {
                    host.ring(&payload);
                }
            });
            Self {
                tracker: RefCell::new(tracker),
                ring: ask(&page, "guard", ring.as_ref(), &JsValue::UNDEFINED).unchecked_into(),
                page,
                _ring: ring,
                listeners: RefCell::default(),
                timer: RefCell::default(),
                storage,
                requests: Requests::new(endpoint),
                waiters: RefCell::default(),
                early: Cell::new(true),
                loaded: Cell::new(loaded),
            }
        });
        host.listen();
        host.carry_out(effects);
        Ok(host)
    }

    /// Takes one item of the bootstrap's queue. The numbers are those of `Take` in `js/tracker/src/wasm.ts`.
    pub(crate) fn take(&self, kind: u8, at: f64, a: JsValue, b: JsValue) {
        let now = time(at);
        let early = self.early.get();
        if self.loaded.get().is_some_and(|loaded| loaded <= now) {
            self.page_loaded();
        }
        let name = || a.as_string().unwrap_or_default();
        match kind {
            0 => {
                let fields = from_js(&b);
                self.requests_until(now);
                self.dispatch(
                    Input::Call {
                        name: &name(),
                        fields: &fields,
                        early,
                    },
                    now,
                );
            }
            1 => {
                let page = from_js(&a);
                let text = |name: &str| page.get(name).and_then(Value::as_text).unwrap_or_default();
                let page = PageView {
                    url: text("url"),
                    referrer: text("referrer"),
                    title: text("title"),
                    entry: text("entry"),
                    replaced: page.get("replaced").and_then(Value::as_bool).unwrap_or_default(),
                };
                self.dispatch(Input::View { page, early }, now);
            }
            2 => self.clicked(&a.unchecked_into(), now),
            3 => {
                self.early.set(false);
                if self.loaded.get().is_some() {
                    self.page_loaded();
                }
            }
            4 => self.dispatch(Input::Consent(Consent::from_name(&name()).unwrap_or_default()), now),
            5 => {
                if let Ok(visitor) = VisitorId::parse(&name()) {
                    self.dispatch(Input::Reset(&visitor), now);
                }
            }
            6 => self.dispatch(Input::Listen(a.is_truthy()), now),
            7 => {
                let token = {
                    let mut waiters = self.waiters.borrow_mut();
                    waiters.push(a.unchecked_into());
                    waiters.len() as u32 - 1
                };
                self.dispatch(Input::Flush(token), now);
            }
            8 => self.answer(&a.unchecked_into(), &name_of(&b)),
            9 => self.shut_down(now),
            _ => self.sent(&a, &b, now),
        }
    }

    /// What [`Effect::Send`] came to: `[id, status, Retry-After]` and the answer.
    fn sent(&self, report: &JsValue, answer: &JsValue, now: Timestamp) {
        let report = from_js(report);
        let number = |at: usize| report.list().get(at).and_then(Value::as_int).unwrap_or_default();
        let outcome = Outcome {
            id: number(0) as u32,
            status: number(1) as u16,
            body: &from_js(answer),
            retry_after_s: number(2).clamp(0, i64::from(u32::MAX)) as u32,
            random: (js_sys::Math::random() * 4_294_967_296.0) as u32,
        };
        self.dispatch(Input::Sent(outcome), now);
    }

    /// Tells a promise what it asked for.
    fn answer(&self, resolve: &Function, question: &str) {
        let answer = match self.tracker.try_borrow() {
            Ok(tracker) => match question {
                "status" => to_js(&tracker.status().to_value()),
                "stage" => tracker.stage().into(),
                _ => tracker.visitor().as_str().into(),
            },
            Err(_) => JsValue::UNDEFINED,
        };
        let _ = resolve.call1(&JsValue::NULL, &answer);
    }

    /// A listener, the timer or the end of the turn.
    fn ring(&self, payload: &JsValue) {
        let now = now();
        if payload.is_undefined() {
            return self.dispatch(Input::EndTurn, now);
        }
        if payload.is_null() {
            return self.dispatch(Input::Timer, now);
        }
        let event: &Event = payload.unchecked_ref();
        match event.type_().as_str() {
            "click" => self.clicked(event.unchecked_ref(), now),
            "submit" => self.dispatch(Input::Acted, now),
            "load" => {
                self.loaded.set(Some(now));
                self.page_loaded();
            }
            "storage" => self.stored_elsewhere(event.unchecked_ref(), now),
            // pagehide, pageshow and visibilitychange: on leaving, the document is hidden in the last two of three.
            kind if kind == "pagehide" || DOCUMENT.with(Document::hidden) => {
                self.requests_until(now);
                self.dispatch(Input::Hidden, now);
            }
            _ => {
                if let Some(text) = self.storage.text(&self.storage.key("journey")) {
                    self.dispatch(Input::Journey(&text), now);
                }
                self.dispatch(Input::Visible, now);
            }
        }
    }

    fn clicked(&self, event: &MouseEvent, now: Timestamp) {
        self.dispatch(Input::Acted, now);
        let Some(target) = element::target(event) else {
            return;
        };
        for (name, json) in element::attributes(&target) {
            match element::fields(&json) {
                Some(fields) => self.dispatch(
                    Input::Call {
                        name: &name,
                        fields: &fields,
                        early: false,
                    },
                    now,
                ),
                None => self.warn("attribute", &name),
            }
        }
        // A click that a script made is no visitor's anger.
        if event.is_trusted() {
            element::with_click(event, &target, |click| self.dispatch(Input::Activity(click), now));
        }
    }

    fn stored_elsewhere(&self, event: &StorageEvent, now: Timestamp) {
        let (Some(key), Some(text)) = (event.key(), event.new_value()) else {
            return;
        };
        if key == self.storage.key("consent") {
            self.dispatch(Input::Consent(Consent::from_name(&text).unwrap_or_default()), now);
        } else if key == self.storage.key("journey") {
            self.dispatch(Input::Journey(&text), now);
        }
    }

    fn page_loaded(&self) {
        if let Some(at) = self.loaded.take() {
            self.dispatch(Input::Loaded, at);
        }
    }

    /// Lets the step's clock know of requests before a step may end.
    fn requests_until(&self, now: Timestamp) {
        if self.tracker.try_borrow().is_ok_and(|tracker| tracker.times_a_step()) {
            for (start, end) in self.requests.finished() {
                self.dispatch(Input::Request(start, end), now);
            }
        }
    }

    fn dispatch(&self, input: Input<'_>, now: Timestamp) {
        let effects = match self.tracker.try_borrow_mut() {
            Ok(mut tracker) => tracker.handle(input, now),
            Err(_) => return,
        };
        self.carry_out(effects);
    }

    /// Does what the tracker asks, with nothing borrowed: callbacks of the page may call back in.
    fn carry_out(&self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::EndTurn => queue_microtask(&self.ring),
                Effect::Store { key, text } => {
                    if !self.storage.set(&key, &text) {
                        self.dispatch(Input::StorageFailed, now());
                    }
                }
                Effect::Remove(key) => self.storage.remove(&key),
                Effect::Purge => self.storage.purge(),
                Effect::Send { id, body } => self.tell("send", &id.into(), &bytes(&body)),
                Effect::Beacon(body) => self.tell("beacon", &bytes(&body), &JsValue::UNDEFINED),
                Effect::Timer(ms) => {
                    self.timer.replace(Some(Timer::new(ms, &self.ring)));
                }
                Effect::Signal(signal) => self.tell("signal", &to_js(&signal), &JsValue::UNDEFINED),
                Effect::Touchpoint(touchpoint) => self.tell("touchpoint", &to_js(&touchpoint), &JsValue::UNDEFINED),
                Effect::Settled(token) => {
                    let waiter = self.waiters.borrow().get(token as usize).cloned();
                    if let Some(resolve) = waiter {
                        let _ = resolve.call0(&JsValue::NULL);
                    }
                }
                Effect::Warn { code, about } => self.warn(code, &about),
            }
        }
    }

    fn listen(&self) {
        let mut listeners = Vec::new();
        DOCUMENT.with(|document| {
            for event in ["click", "submit", "visibilitychange"] {
                listeners.push(Listener::new(document, event, &self.ring));
            }
        });
        WINDOW.with(|window| {
            for event in ["pagehide", "pageshow", "storage", "load"] {
                listeners.push(Listener::new(window, event, &self.ring));
            }
        });
        self.listeners.replace(listeners);
    }

    fn shut_down(&self, now: Timestamp) {
        self.dispatch(Input::Shutdown, now);
        self.timer.take();
        self.listeners.take();
    }

    fn warn(&self, code: &str, about: &str) {
        self.tell("warn", &code.into(), &about.into());
    }

    fn tell(&self, what: &str, a: &JsValue, b: &JsValue) {
        ask(&self.page, what, a, b);
    }
}

/// The bootstrap's function never throws; were it to, there is nobody to tell.
fn ask(page: &Function, what: &str, a: &JsValue, b: &JsValue) -> JsValue {
    page.call3(&JsValue::NULL, &what.into(), a, b)
        .unwrap_or(JsValue::UNDEFINED)
}

fn bytes(body: &[u8]) -> JsValue {
    Uint8Array::from(body).into()
}

fn name_of(value: &JsValue) -> String {
    value.as_string().unwrap_or_default()
}
