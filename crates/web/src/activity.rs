//! Capture of raw activity for detectors; it is never uploaded.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::Activity;
use web_sys::{Element, Event, MouseEvent, PointerEvent, ResizeObserver};

use crate::answer;
use crate::element::{BUTTON, closest_here, is_ignored, name, origin};
use crate::externs::{Dispatched, PAGE, document, window};
use crate::host::Host;
use crate::scope::Scope;
use crate::values::text;

/// Shortest time between reported pointer positions: long enough to save work, short enough to recognise turns.
const POINTER_MS: f64 = 50.0;
/// Shortest time between reports of continuous activity.
const USED_MS: f64 = 1000.0;
/// Time from a scroll event to the measurement of the scroll position.
const SCROLL_MS: u32 = 100;

/// Reports raw activity in the page's window until the scope ends.
pub(crate) fn listen(host: &'static Host, scope: &Scope) {
    let view = window();
    let depth = ScrollPosition::new(host, scope);
    let used = depth.clone();
    // A router may change the page without scrolling, so the depth is measured too.
    hear_use(host, scope, &view, move || {
        if let Some(depth) = &used {
            depth.measure_later();
        }
    });
    scope.hear(
        &view,
        &["pointermove"],
        seldom(POINTER_MS, move |event: PointerEvent| {
            // Pressed buttons are ignored, because drawing, dragging and playing move back and forth on purpose.
            if event.buttons() == 0 && is_by_mouse(&event) {
                let (x, y) = (event.client_x(), event.client_y());
                host.tell(move |tracker, now| tracker.activity(&Activity::Pointer { x, y }, now));
            }
        }),
    );
    hear_hover(host, scope, &view);
    scope.hear(&view, &["mouseout"], move |event: MouseEvent| {
        if event.related_target().is_none() && event.client_y() <= 0 {
            host.tell(|tracker, now| tracker.activity(&Activity::LeftAtTop, now));
        }
    });
    hear_zoom(host, scope);
    if let Some(depth) = depth {
        // Before the load event, the page does not have its final height.
        if document().ready_state() == "complete" {
            depth.measure();
        }
        scope.hear(&view, &["scroll", "load"], move |_: Event| depth.measure_later());
    }
    answer::listen(host, scope, &view);
}

/// Reports raw activity in a frame until the scope ends. Pointer positions are not among it, because they have another
/// origin, and neither is leaving at the top: above a frame there is still the page.
pub(crate) fn listen_in_frame(host: &'static Host, scope: &Scope, view: &web_sys::Window) {
    hear_use(host, scope, view, || {});
    hear_hover(host, scope, view);
    answer::listen(host, scope, view);
}

fn hear_use(host: &'static Host, scope: &Scope, view: &web_sys::Window, then: impl Fn() + 'static) {
    scope.hear(
        view,
        &["keydown", "pointerdown", "touchmove", "wheel"],
        seldom(USED_MS, move |_: Event| {
            host.tell(|tracker, now| tracker.activity(&Activity::Used, now));
            then();
        }),
    );
}

/// Reports the checkout's continue button under the pointer.
fn hear_hover(host: &'static Host, scope: &Scope, view: &web_sys::Window) {
    let over = RefCell::new(String::new());
    scope.hear(view, &["pointerover"], move |event: PointerEvent| {
        let button = (host.in_step.get() && is_by_mouse(&event))
            .then(|| origin(&event))
            .flatten()
            .and_then(|target| closest_here(&target, &BUTTON))
            .filter(|button| !is_ignored(button));
        let element = button.as_ref().map(name).unwrap_or_default();
        if *over.borrow() == element {
            return;
        }
        over.replace(element.clone());
        host.tell(move |tracker, now| tracker.activity(&Activity::Over { element: &element }, now));
        // A wait may have begun; this sets its timer.
        host.end_turn_later();
    });
}

fn is_by_mouse(event: &PointerEvent) -> bool {
    text(&event.unchecked_ref::<Dispatched>().pointer_type()) == "mouse"
}

fn hear_zoom(host: &'static Host, scope: &Scope) {
    let unzoomed = window().device_pixel_ratio();
    let viewport = window().visual_viewport();
    let zoom = move |_: Event| {
        let scale = window().visual_viewport().map_or(1.0, |viewport| viewport.scale());
        let to_permille = (scale * window().device_pixel_ratio() * 1000.0 / unzoomed + 0.5) as i32;
        host.tell(move |tracker, now| tracker.activity(&Activity::Zoomed { to_permille }, now));
    };
    if let Some(viewport) = viewport {
        scope.hear(&viewport, &["resize"], zoom);
    }
    scope.hear(&window(), &["resize"], zoom);
}

/// The measurement of the scroll position, at most once in [`SCROLL_MS`].
#[derive(Clone)]
struct ScrollPosition {
    /// The callback of an observer runs after layout, so reading sizes does not force one.
    observer: ResizeObserver,
    timer: Rc<RefCell<Option<Timeout>>>,
}

impl ScrollPosition {
    fn new(host: &'static Host, scope: &Scope) -> Option<Self> {
        let timer = Rc::new(RefCell::new(None));
        let measured = timer.clone();
        let own: Rc<RefCell<Option<ResizeObserver>>> = Rc::default();
        let observer = own.clone();
        let made = scope.resize_observer(move |_: JsValue| {
            if let Some(observer) = &*observer.borrow() {
                observer.disconnect();
            }
            measured.take();
            report(host);
        })?;
        own.replace(Some(made.clone()));
        Some(Self { observer: made, timer })
    }

    fn measure(&self) {
        if let Some(root) = root() {
            self.observer.observe(&root);
        }
    }

    fn measure_later(&self) {
        let is_free = self.timer.borrow().is_none();
        if is_free {
            let observer = self.observer.clone();
            let timer = Timeout::new(SCROLL_MS, move || {
                if let Some(root) = root() {
                    observer.observe(&root);
                }
            });
            self.timer.replace(Some(timer));
        }
    }
}

fn root() -> Option<Element> {
    document().document_element()
}

fn report(host: &'static Host) {
    let (height, top) = PAGE.with(|page| (page.inner_height(), page.scroll_y()));
    let Some(root) = root() else { return };
    let to_permille = (top / height * 1000.0 + 0.5) as i32;
    let depth_permille = ((top + height) / f64::from(root.scroll_height()) * 1000.0 + 0.5) as i64;
    host.tell(move |tracker, now| {
        tracker.seen(depth_permille);
        tracker.activity(&Activity::Scrolled { to_permille }, now);
    });
}

/// Limits `then` to one call in `ms` milliseconds.
fn seldom<E: JsCast>(ms: f64, then: impl Fn(E)) -> impl Fn(E) {
    let last = Cell::new(-ms);
    move |event: E| {
        let time = event.unchecked_ref::<Event>().time_stamp();
        if time - last.get() >= ms {
            last.set(time);
            then(event);
        }
    }
}
