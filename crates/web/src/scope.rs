//! Listeners and observers that end together.

use std::cell::RefCell;

use js_sys::{Function, Object, Set};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, EventTarget, MutationObserver, ResizeObserver};

use crate::externs::{PerformanceObserver, wrap};
use crate::values::object;

/// Listeners and observers of a window. They end when it is dropped.
#[must_use = "dropping it ends its listeners"]
pub(crate) struct Scope {
    controller: AbortController,
    /// All scopes of the page, which the loader ends if the instance traps.
    all: Set,
    kept: RefCell<Vec<Guard>>,
}

/// Something that ends when it is dropped.
enum Guard {
    #[expect(dead_code, reason = "it is kept for being dropped")]
    Callback(Callback),
    Observer(MutationObserver),
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Self::Observer(observer) = self {
            observer.disconnect();
        }
    }
}

/// A function that JavaScript calls. All have one type, so that the module contains one adaptor for them.
pub(crate) type Callback = Closure<dyn Fn(JsValue)>;

/// Makes a function that JavaScript calls.
pub(crate) fn callback(then: impl Fn(JsValue) + 'static) -> Callback {
    adapt(Box::new(then))
}

/// A listener. As a trait of its own it has one entry in its table of functions; `Fn` has three.
trait Listener {
    fn hear(&self, value: JsValue);
}

impl<F: Fn(JsValue)> Listener for F {
    fn hear(&self, value: JsValue) {
        self(value);
    }
}

#[inline(never)]
fn adapt(listener: Box<dyn Listener>) -> Callback {
    Closure::new(move |value| listener.hear(value))
}

impl Scope {
    /// A scope without listeners; `None` if the browser has no `AbortController`.
    pub(crate) fn new(all: Set) -> Option<Self> {
        let controller = AbortController::new().ok()?;
        all.add(&controller);
        Some(Self {
            controller,
            all,
            kept: RefCell::default(),
        })
    }

    /// Listens to events as they are captured. Listeners never prevent or stop events.
    pub(crate) fn hear<E: JsCast + 'static>(&self, target: &EventTarget, types: &[&str], then: impl Fn(E) + 'static) {
        self.listen(target, types, true, cast(then));
    }

    /// Listens after the page's own listeners.
    pub(crate) fn hear_last<E: JsCast + 'static>(
        &self,
        target: &EventTarget,
        types: &[&str],
        then: impl Fn(E) + 'static,
    ) {
        self.listen(target, types, false, cast(then));
    }

    /// Calls `then` with the object after each call of its method.
    pub(crate) fn wrap<T: JsCast + 'static>(&self, object: &Object, method: &str, then: impl Fn(T) + 'static) {
        wrap(object, method, &self.controller.signal(), &self.function(cast(then)));
    }

    /// Observes performance entries of a type, earlier ones too if `buffered`.
    pub(crate) fn observe_performance(&self, options: &JsValue, then: impl Fn(JsValue) + 'static) {
        let observer = PerformanceObserver::new(&self.function(Box::new(then)));
        // A browser that does not support a type ignores it.
        if observer.observe(options).is_ok() {
            self.keep(Guard::Observer(observer.unchecked_into()));
        }
    }

    /// An observer of changes of the document, which observes nothing yet.
    pub(crate) fn mutation_observer(&self, then: impl Fn(JsValue) + 'static) -> Option<MutationObserver> {
        let observer = MutationObserver::new(&self.function(Box::new(then))).ok()?;
        self.keep(Guard::Observer(observer.clone()));
        Some(observer)
    }

    /// An observer of sizes, which observes nothing yet.
    pub(crate) fn resize_observer(&self, then: impl Fn(JsValue) + 'static) -> Option<ResizeObserver> {
        let observer = ResizeObserver::new(&self.function(Box::new(then))).ok()?;
        // All kinds of observers have the same method to disconnect them.
        self.keep(Guard::Observer(observer.clone().unchecked_into()));
        Some(observer)
    }

    #[inline(never)]
    fn listen(&self, target: &EventTarget, types: &[&str], capture: bool, then: Box<dyn Listener>) {
        let then = self.function(then);
        let options = object(&[
            ("signal", self.controller.signal().into()),
            ("capture", capture.into()),
            ("passive", true.into()),
        ]);
        let options = options.unchecked_ref();
        for kind in types {
            // Only an object that is no event target would refuse.
            let _ = target.add_event_listener_with_callback_and_add_event_listener_options(kind, &then, options);
        }
    }

    #[inline(never)]
    fn function(&self, then: Box<dyn Listener>) -> Function {
        let then = adapt(then);
        let function = then.as_ref().unchecked_ref::<Function>().clone();
        self.keep(Guard::Callback(then));
        function
    }

    #[inline(never)]
    fn keep(&self, guard: Guard) {
        self.kept.borrow_mut().push(guard);
    }
}

/// A listener that takes any value.
fn cast<T: JsCast + 'static>(then: impl Fn(T) + 'static) -> Box<dyn Listener> {
    Box::new(move |value: JsValue| then(value.unchecked_into()))
}

impl Drop for Scope {
    fn drop(&mut self) {
        self.controller.abort();
        self.all.delete(&self.controller);
    }
}
