//! The host of the tracker: it passes inputs to it one after the other.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::{Interval, Timeout};
use js_sys::{Array, Function};
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::{Timestamp, Value};
use web_sys::{Element, console};

use crate::boot::{Boot, Item};
use crate::effects::{Callbacks, Carrier};
use crate::externs::queue_microtask;
use crate::messages;
use crate::post;
use crate::requests::Requests;
use crate::scope::{Callback, Scope, callback};
use crate::store;
use crate::vitals::Vitals;

/// The tracker, whose effects are carried out at once.
pub(crate) type Tracker = wayside_tracker::Tracker<Carrier>;

/// The tracker of this page load with its surroundings. It lives as long as the page.
pub(crate) struct Host {
    pub(crate) boot: Boot,
    pub(crate) site: String,
    pub(crate) url: String,
    pub(crate) endpoint: String,
    pub(crate) attempt: u8,
    pub(crate) debug: bool,
    queue: Array,
    /// None until the start has ended.
    tracker: RefCell<Option<Tracker>>,
    /// Inputs that wait because they came while another is being processed.
    inbox: RefCell<Vec<(Input, Timestamp)>>,
    pub(crate) callbacks: Callbacks,
    pub(crate) requests: Requests,
    pub(crate) posts: post::Requests,
    /// Listeners of the page's window; none once Wayside has been shut down.
    pub(crate) scope: RefCell<Option<Rc<Scope>>>,
    /// Frames of the same origin with their listeners.
    pub(crate) frames: RefCell<Vec<(Element, Rc<Scope>)>>,
    pub(crate) vitals: RefCell<Vitals>,
    pub(crate) timer: RefCell<Option<Timeout>>,
    /// Turns with messages since a time, of the last second.
    turns: Cell<u32>,
    turns_since: Cell<Timestamp>,
    /// Reads the title of a view within the page.
    pub(crate) title: RefCell<Option<Timeout>>,
    /// Looks for what crashed pages have left.
    pub(crate) sweep: RefCell<Option<Interval>>,
    /// The key of the outbox that was just passed to the tracker; empty if our own copy could not be stored.
    pub(crate) handed: RefCell<String>,
    /// Whether something could not be stored since the last input.
    pub(crate) storage_failed: Cell<bool>,
    /// Whether the visitor's decision could not be stored, so that the next page does not know it.
    pub(crate) forgets: Cell<bool>,
    /// Whether nothing was stored of the visitor before this page.
    pub(crate) is_new: Cell<bool>,
    /// The end of the time for which the page's consent is not settled (`wait_for_update`).
    pub(crate) consent_timer: RefCell<Option<Timeout>>,
    /// Whether the queue's messages are from before this instance was running.
    pub(crate) is_early: Cell<bool>,
    /// Whether the clock of a checkout step is running.
    pub(crate) in_step: Cell<bool>,
    /// The token of the last promise.
    pub(crate) tokens: Cell<u32>,
    /// Whether the page is being left. A page that is left is hidden next, and a restored page becomes visible first;
    /// neither is a switch of tabs.
    pub(crate) is_left: Cell<bool>,
    turn: Turn,
}

/// So many turns with messages within [`ECHO_MS`] have no other cause than a listener that answers its own touchpoints: a page
/// that records in each frame has a hundred.
const ECHO_TURNS: u32 = 4_000;
/// In milliseconds.
const ECHO_MS: i64 = 1_000;

/// One thing that happened.
type Input = Box<dyn FnOnce(&mut Tracker, Timestamp)>;

/// The end of the current turn of the event loop.
struct Turn {
    is_asked: Cell<bool>,
    end: Callback,
}

thread_local! {
    static HOST: Cell<Option<&'static Host>> = const { Cell::new(None) };
}

/// The host, once the tracker has been started.
pub(crate) fn host() -> Option<&'static Host> {
    HOST.get()
}

/// The time by the visitor's clock.
pub(crate) fn now() -> Timestamp {
    Timestamp::from_millis(js_sys::Date::now() as i64)
}

impl Host {
    /// Makes the host, which has no tracker yet.
    pub(crate) fn install(boot: Boot, attempt: u8) -> &'static Self {
        let endpoint = boot.endpoint();
        let host: &'static Self = Box::leak(Box::new(Self {
            site: boot.site(),
            url: boot.url(),
            requests: Requests::new(endpoint.clone()),
            endpoint,
            attempt,
            debug: boot.options().debug(),
            queue: boot.queue(),
            scope: RefCell::new(Scope::new(boot.scopes()).map(Rc::new)),
            frames: RefCell::default(),
            vitals: RefCell::default(),
            boot,
            tracker: RefCell::default(),
            inbox: RefCell::default(),
            callbacks: Callbacks::default(),
            posts: post::Requests::default(),
            timer: RefCell::default(),
            turns: Cell::default(),
            turns_since: Cell::default(),
            title: RefCell::default(),
            sweep: RefCell::default(),
            handed: RefCell::default(),
            storage_failed: Cell::default(),
            forgets: Cell::default(),
            is_new: Cell::default(),
            consent_timer: RefCell::default(),
            is_early: Cell::default(),
            in_step: Cell::default(),
            tokens: Cell::default(),
            is_left: Cell::default(),
            turn: Turn {
                is_asked: Cell::default(),
                end: callback(|_| {
                    if let Some(host) = host() {
                        host.turn.is_asked.set(false);
                        host.tell(|tracker, now| tracker.end_turn(now));
                    }
                }),
            },
        }));
        HOST.set(Some(host));
        host
    }

    /// Takes in what was queued before the tracker was running.
    pub(crate) fn begin(&'static self, tracker: Tracker) {
        self.tracker.replace(Some(tracker));
        self.is_early.set(true);
        self.drain();
        self.is_early.set(false);
    }

    /// Passes an input with the current time to the tracker, after everything that came before.
    pub(crate) fn tell(&'static self, input: impl FnOnce(&mut Tracker, Timestamp) + 'static) {
        self.take_in(Box::new(input));
    }

    #[inline(never)]
    fn take_in(&'static self, input: Input) {
        self.inbox.borrow_mut().push((input, now()));
        self.drain();
    }

    /// Processes everything that waits, then calls the page back. If an input is being processed, for example because
    /// the page has replaced `localStorage.setItem` and calls Wayside in it, that call goes on with the rest.
    pub(crate) fn drain(&'static self) {
        if self.queue.length() > 0 {
            self.watch_echo();
        }
        let Ok(mut running) = self.tracker.try_borrow_mut() else {
            return;
        };
        let Some(tracker) = &mut *running else { return };
        loop {
            if let Some(item) = Item::next(&self.queue) {
                messages::take(self, tracker, item);
            } else {
                let mut inbox = self.inbox.borrow_mut();
                if inbox.is_empty() {
                    break;
                }
                let (input, time) = inbox.remove(0);
                drop(inbox);
                input(tracker, time);
            }
            if self.storage_failed.take() {
                tracker.storage_failed();
            }
            self.in_step.set(tracker.times_a_step());
        }
        drop(running);
        self.callbacks.run(self);
    }

    /// Removes the page's listeners if they record touchpoints without end, each turn following from the one before, so that
    /// the browser does nothing else. It reads the clock and sets no timer, because a turn may be repeated from a copy of the memory.
    fn watch_echo(&self) {
        let time = now();
        if time.since(self.turns_since.get()) > ECHO_MS {
            self.turns_since.set(time);
            self.turns.set(0);
        }
        self.turns.set(self.turns.get() + 1);
        if self.turns.get() == ECHO_TURNS {
            self.boot.touchpoint().clear();
            self.boot.signal().clear();
            self.warn("stopped", &"a listener of the page records without end".into());
        }
    }

    /// The tracker's answer; `None` while an input is being processed.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Tracker) -> T) -> Option<T> {
        self.tracker.try_borrow().ok()?.as_ref().map(question)
    }

    /// Records a touchpoint.
    pub(crate) fn call(&'static self, name: &'static str, fields: Value) {
        self.tell(move |tracker, now| {
            self.tell_requests(tracker, now);
            tracker.call(name, &fields, false, now);
        });
    }

    /// Reports requests to the clock of the checkout step before a step may end or another response is awaited.
    pub(crate) fn tell_requests(&self, tracker: &mut Tracker, now: Timestamp) {
        if tracker.times_a_step() {
            for (start, end) in self.requests.fresh() {
                tracker.request(start, end, now);
            }
        }
    }

    /// Asks for the end of this turn of the event loop.
    pub(crate) fn end_turn_later(&self) {
        if !self.turn.is_asked.replace(true) {
            queue_microtask(self.turn.end.as_ref().unchecked_ref::<Function>());
        }
    }

    /// The storage key of the site's value; that of an outbox ends with the writer.
    pub(crate) fn key_of(&self, what: &str) -> String {
        let mut key = store::key_of(what, &self.site);
        if what == "outbox" {
            key.push('.');
            key.push_str(&self.boot.writer());
        }
        key
    }

    /// The journey that the last page or another tab has stored.
    pub(crate) fn journey(&self) -> Vec<u8> {
        store::journey(&self.boot.options())
    }

    /// Warns the developer in debug mode; always if Wayside has stopped or a call means nothing.
    pub(crate) fn warn(&self, code: &str, about: &JsValue) {
        if self.debug || matches!(code, "stopped" | "unknown") {
            console::warn_3(&"wayside:".into(), &code.into(), about);
        }
    }

    /// Ends all listeners and timers.
    pub(crate) fn end(&self) {
        self.scope.take();
        self.frames.take();
        self.timer.take();
        self.title.take();
        self.sweep.take();
        self.consent_timer.take();
        self.boot.end();
    }
}
