//! The page on which a front end has started Wayside, from `init` until Wayside stops.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::detect::Thresholds;
use wayside_model::{SiteId, Value};
use wayside_tracker::queue::Message;
use web_sys::{Event, PageTransitionEvent, console};

use super::boot;
use super::error::{Error, Kind};
use super::externs::{Part, is_prerendering};
use super::global::Global;
use super::options::Options;
use crate::boot::Boot;
use crate::errors::class;
use crate::externs::{CLOCK, document, queue_microtask, window};
use crate::host::{Host, Tracker, host, now};
use crate::scope::{Callback, Scope, callback};
use crate::values::to_js;
use crate::{start, visibility};

/// Most touchpoints and clicks that are queued until the page starts. That is one task of the event loop, which a front
/// end may fill with a burst of calls; only a prerendered page waits longer, and must not fill the memory.
const QUEUE_MAX: u32 = 20_000;

/// A page with Wayside.
pub(super) struct Page {
    pub(super) boot: Boot,
    queue: Array,
    debug: bool,
    is_started: Cell<bool>,
    /// The start, which is still to come.
    start: RefCell<Option<Timeout>>,
    scope: RefCell<Option<Scope>>,
    global: RefCell<Option<Global>>,
}

thread_local! {
    static PAGE: RefCell<Option<Rc<Page>>> = const { RefCell::new(None) };
    /// How often Wayside has been started in this page load.
    static STARTS: Cell<u8> = const { Cell::new(0) };
    /// Takes in the queue at the end of the turn. It is made once, because it may be called after a page has ended.
    static TAKE_IN: Callback = callback(|_| {
        if let Ok(page) = page() {
            page.take_in();
        }
    });
}

/// The page.
///
/// # Errors
///
/// Fails if Wayside does not run.
pub(super) fn page() -> Result<Rc<Page>, Error> {
    PAGE.with_borrow(Clone::clone).ok_or_else(|| Kind::NotRunning.into())
}

impl Page {
    /// Starts Wayside in the next task of the event loop, and listens to the first events until then.
    pub(super) fn open(options: &Options) -> Result<(), Error> {
        if cfg!(not(target_arch = "wasm32")) || !Reflect::has(&js_sys::global(), &"document".into()).unwrap_or_default()
        {
            return Err(Kind::NoPage.into());
        }
        if PAGE.with_borrow(Option::is_some) || Global::is_there() {
            return Err(Kind::AlreadyRunning.into());
        }
        SiteId::parse(&options.site).map_err(|error| Kind::Site(options.site.clone(), error))?;
        let mut places = Vec::new();
        for (name, value) in &options.thresholds {
            let place = Thresholds::place(name).ok_or_else(|| Kind::Threshold(name.clone()))?;
            places.push((place, *value));
        }
        let is_first = STARTS.get() == 0;
        STARTS.set(STARTS.get().saturating_add(1));
        let queue = Array::new();
        let boot = boot::make(options, &places, &queue, is_first);
        let scope = Scope::new(boot.scopes());
        let page = Rc::new(Self {
            queue,
            debug: options.debug,
            is_started: Cell::default(),
            start: RefCell::default(),
            scope: RefCell::default(),
            global: RefCell::new(Some(Global::make())),
            boot,
        });
        PAGE.set(Some(page.clone()));
        if let Some(scope) = scope {
            listen(&scope);
            page.scope.replace(Some(scope));
        }
        page.boot.view(&boot::entry(&page.boot), false);
        if is_prerendering() {
            return Ok(());
        }
        page.start.replace(Some(Timeout::new(0, start_now)));
        Ok(())
    }

    /// Queues a message. Clicks are taken in at once, because their element may be gone later, and everything else at the
    /// end of the turn, so that no call calls back.
    pub(super) fn put(&self, message: Message, a: &JsValue, b: &JsValue) {
        let is_limited = (message as u8) < Message::Consent as u8;
        if !self.is_started.get() && is_limited && self.queue.length() >= QUEUE_MAX {
            return;
        }
        let time = now().millis() as f64;
        let length = self
            .queue
            .push(&Array::of4(&(message as u8).into(), &time.into(), a, b));
        if length == 1 {
            TAKE_IN.with(|then| queue_microtask(then.as_ref().unchecked_ref::<Function>()));
        }
        if message == Message::Click {
            self.take_in();
        }
    }

    /// Queues a touchpoint that this module has found.
    fn call(&self, name: &str, fields: &Value) {
        self.put(Message::Call, &name.into(), &to_js(|out| fields.write(out)));
    }

    /// Tells the tracker whether anybody listens.
    pub(super) fn listeners_changed(&self) {
        self.put(Message::On, &JsValue::UNDEFINED, &JsValue::UNDEFINED);
    }

    /// Takes in what is queued.
    pub(super) fn take_in(&self) {
        if let Some(host) = self.host() {
            host.drain();
        }
    }

    /// The tracker's answer, after everything that is queued; `None` until the page has started.
    pub(super) fn ask<T>(&self, question: impl FnOnce(&Tracker) -> T) -> Option<T> {
        self.take_in();
        self.host()?.ask(question)
    }

    fn host(&self) -> Option<&'static Host> {
        host().filter(|_| self.is_started.get())
    }

    /// Starts the tracker, unless it has been started or nobody sees the page yet.
    fn start(&self) {
        if is_prerendering() || self.is_started.replace(true) {
            return;
        }
        self.start.take();
        boot::activated(&self.boot, &self.queue);
        if document().ready_state() == "complete" {
            let time = boot::loaded_at(&self.boot).unwrap_or_else(|| now().millis() as f64);
            self.queue
                .unshift(&Array::of2(&(Message::Loaded as u8).into(), &time.into()));
        }
        // The ids were checked by `open`.
        start::start(boot::share(&self.boot), STARTS.get());
    }

    /// Stops Wayside: what is not delivered yet is stored for the next page.
    pub(super) fn shut_down(&self) {
        self.start();
        self.put(Message::Shutdown, &JsValue::UNDEFINED, &JsValue::UNDEFINED);
        self.take_in();
        // A page that is still prerendered has no tracker that could stop.
        self.end();
    }

    /// Ends everything of this module. The host calls it when the tracker has stopped.
    pub(super) fn end(&self) {
        self.start.take();
        self.scope.take();
        self.global.take();
        self.queue.set_length(0);
        PAGE.take();
    }

    /// Warns the developer.
    pub(super) fn warn(&self, code: &str, about: &JsValue) {
        if self.debug {
            console::warn_3(&"wayside:".into(), &code.into(), about);
        }
    }
}

fn start_now() {
    if let Ok(page) = page() {
        page.start();
    }
}

/// Listens to what the bootstrap and the loader hear on other pages.
fn listen(scope: &Scope) {
    scope.hear(&document(), &["prerenderingchange"], |_: Event| start_now());
    scope.hear(&window(), &["click"], |event: Event| {
        let Ok(page) = page() else { return };
        page.put(Message::Click, &event, &JsValue::UNDEFINED);
        for part in event.composed_path() {
            attributes(&page, part.unchecked_ref());
        }
    });
    scope.hear(&window(), &["error"], |event: JsValue| {
        // Events of this type are also dispatched by elements and scripts: they have no error.
        let read = |name: &str| Reflect::get(&event, &name.into()).unwrap_or_default();
        if let (Ok(page), Some(name)) = (page(), class(&read("error"))) {
            let url = read("filename").as_string().map_or(Value::Null, Value::Text);
            page.call("page_error", &Value::map([("error", Value::Text(name)), ("url", url)]));
        }
    });
    scope.hear(
        &window(),
        &["visibilitychange", "pagehide", "pageshow"],
        |event: PageTransitionEvent| {
            let Ok(page) = page() else { return };
            if event.type_() == "pagehide" {
                page.start();
            }
            if let Some(host) = page.host() {
                visibility::shown(host, &event);
            }
        },
    );
}

/// Records the touchpoints of an element's attributes `data-wayside-NAME='{…}'`.
fn attributes(page: &Page, part: &Part) {
    let Ok(names) = part.attribute_names() else { return };
    for name in names {
        let text = name.as_string().unwrap_or_default();
        let Some(called) = text.strip_prefix("data-wayside-") else {
            continue;
        };
        if ["ignore", "name", "repeat"].contains(&called) {
            continue;
        }
        let json = part.attribute(&name).filter(|json| !json.is_empty());
        match js_sys::JSON::parse(json.as_deref().unwrap_or("{}")) {
            Ok(fields) => page.put(Message::Call, &called.into(), &fields),
            Err(error) => page.warn(called, &error),
        }
    }
}

/// The time of the page's navigation by the visitor's clock, in milliseconds since 1970.
pub(super) fn time_origin() -> f64 {
    CLOCK.with(|clock| clock.time_origin())
}
