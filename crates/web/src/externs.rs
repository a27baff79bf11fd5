//! Bindings where web-sys has none, is outdated, or is too strict.

use js_sys::{Function, JsString};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{AbortSignal, Document, Element, Headers, Window};

#[wasm_bindgen]
extern "C" {
    /// A performance entry of any kind. A number that its kind does not have is NaN.
    pub(crate) type Entry;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn name(this: &Entry) -> String;
    #[wasm_bindgen(method, getter, js_name = type)]
    pub(crate) fn kind(this: &Entry) -> String;
    #[wasm_bindgen(method, getter, js_name = initiatorType)]
    pub(crate) fn initiator(this: &Entry) -> String;
    #[wasm_bindgen(method, getter, js_name = startTime)]
    pub(crate) fn start_time(this: &Entry) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn duration(this: &Entry) -> f64;
    #[wasm_bindgen(method, getter, js_name = responseStart)]
    pub(crate) fn response_start(this: &Entry) -> f64;
    #[wasm_bindgen(method, getter, js_name = responseEnd)]
    pub(crate) fn response_end(this: &Entry) -> f64;
    #[wasm_bindgen(method, getter, js_name = responseStatus)]
    pub(crate) fn response_status(this: &Entry) -> f64;
    #[wasm_bindgen(method, getter, js_name = activationStart)]
    pub(crate) fn activation_start(this: &Entry) -> f64;
    #[wasm_bindgen(method, getter, js_name = interactionId)]
    pub(crate) fn interaction_id(this: &Entry) -> f64;
    #[wasm_bindgen(method, getter, js_name = hadRecentInput)]
    pub(crate) fn had_recent_input(this: &Entry) -> bool;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn value(this: &Entry) -> f64;

    /// An observer of performance entries; web-sys knows the older form of its options.
    pub(crate) type PerformanceObserver;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new(then: &Function) -> PerformanceObserver;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn observe(this: &PerformanceObserver, options: &JsValue) -> Result<(), JsValue>;

    /// The parts of `performance` that web-sys lacks. The count is NaN in browsers that do not count interactions.
    #[wasm_bindgen(js_namespace = performance, js_name = getEntriesByType)]
    pub(crate) fn entries_by_type(kind: &JsString) -> js_sys::Array;
    pub(crate) type Clock;
    #[wasm_bindgen(thread_local_v2, js_name = performance)]
    pub(crate) static CLOCK: Clock;
    #[wasm_bindgen(method, getter, js_name = interactionCount)]
    pub(crate) fn interaction_count(this: &Clock) -> f64;
    #[wasm_bindgen(method, getter, js_name = timeOrigin)]
    pub(crate) fn time_origin(this: &Clock) -> f64;

    /// Browsers of before 2022 have none.
    #[wasm_bindgen(catch, js_namespace = AbortSignal, js_name = timeout)]
    pub(crate) fn abort_after(ms: u32) -> Result<JsValue, JsValue>;

    /// `navigator`, whose `webdriver` is missing in old browsers.
    pub(crate) type Navigator;
    #[wasm_bindgen(thread_local_v2, js_name = navigator)]
    pub(crate) static NAVIGATOR: Navigator;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn webdriver(this: &Navigator) -> Option<bool>;
    #[wasm_bindgen(method, getter, js_name = userAgent)]
    pub(crate) fn user_agent(this: &Navigator) -> String;
    #[wasm_bindgen(method, getter, js_name = maxTouchPoints)]
    pub(crate) fn max_touch_points(this: &Navigator) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn language(this: &Navigator) -> JsValue;
    #[wasm_bindgen(method, js_name = sendBeacon)]
    pub(crate) fn send_beacon(this: &Navigator, url: &str, body: &JsValue) -> bool;

    /// web-sys takes into account that reading a size may throw, which no browser does.
    pub(crate) type Screen;
    #[wasm_bindgen(thread_local_v2, js_name = screen)]
    pub(crate) static SCREEN: Screen;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn width(this: &Screen) -> f64;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn height(this: &Screen) -> f64;

    /// The time zone of the device; an error in browsers of before 2026.
    #[wasm_bindgen(catch, js_namespace = ["Temporal", "Now"], js_name = timeZoneId)]
    pub(crate) fn time_zone_id() -> Result<JsValue, JsValue>;

    /// The conventions of the browser's language, of which only the time zone is of interest here. Making them takes Chromium 15 ms.
    pub(crate) type Conventions;
    #[wasm_bindgen(catch, js_namespace = Intl, js_name = DateTimeFormat)]
    pub(crate) fn conventions() -> Result<Conventions, JsValue>;
    #[wasm_bindgen(method, js_name = resolvedOptions)]
    pub(crate) fn resolved(this: &Conventions) -> Conventions;
    #[wasm_bindgen(method, getter, js_name = timeZone)]
    pub(crate) fn time_zone(this: &Conventions) -> JsValue;

    /// The page may have replaced `fetch` by a function that throws, or that answers with anything.
    #[wasm_bindgen(catch)]
    pub(crate) fn fetch(url: &str, init: &JsValue) -> Result<Promise, JsValue>;
    pub(crate) type Answer;
    #[wasm_bindgen(method, getter, catch)]
    pub(crate) fn status(this: &Answer) -> Result<u16, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    pub(crate) fn headers(this: &Answer) -> Result<Headers, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(crate) fn text(this: &Answer) -> Result<Promise, JsValue>;

    /// A promise, whose callbacks outlive it.
    pub(crate) type Promise;
    #[wasm_bindgen(method)]
    pub(crate) fn then(this: &Promise, then: &Function, failed: &Function) -> Promise;

    #[wasm_bindgen(js_name = queueMicrotask)]
    pub(crate) fn queue_microtask(then: &Function);

    /// Reading the property throws where storage is blocked, and gives null where it is switched off.
    pub(crate) type Storage;
    #[wasm_bindgen(thread_local_v2, js_name = window)]
    pub(crate) static PAGE: Page;
    pub(crate) type Page;
    #[wasm_bindgen(method, getter)]
    fn document(this: &Page) -> Document;
    #[wasm_bindgen(method, getter, js_name = innerHeight)]
    pub(crate) fn inner_height(this: &Page) -> f64;
    #[wasm_bindgen(method, getter, js_name = scrollY)]
    pub(crate) fn scroll_y(this: &Page) -> f64;
    #[wasm_bindgen(method, getter, catch, js_name = localStorage)]
    pub(crate) fn local_storage(this: &Page) -> Result<Option<Storage>, JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = sessionStorage)]
    pub(crate) fn session_storage(this: &Page) -> Result<Option<Storage>, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getItem)]
    pub(crate) fn get_item(this: &Storage, key: &str) -> Result<Option<JsString>, JsValue>;
    #[wasm_bindgen(method, catch, js_name = setItem)]
    pub(crate) fn set_item(this: &Storage, key: &str, text: &JsString) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = removeItem)]
    pub(crate) fn remove_item(this: &Storage, key: &str) -> Result<(), JsValue>;

    /// The document, whose cookies throw in a sandbox.
    pub(crate) type Jar;
    #[wasm_bindgen(method, getter, catch)]
    pub(crate) fn cookie(this: &Jar) -> Result<String, JsValue>;
    #[wasm_bindgen(method, setter, catch)]
    pub(crate) fn set_cookie(this: &Jar, cookie: &str) -> Result<(), JsValue>;

    #[wasm_bindgen(js_name = btoa)]
    pub(crate) fn to_base64(binary: &str) -> JsString;
    #[wasm_bindgen(catch, js_name = atob)]
    pub(crate) fn from_base64(text: &JsString) -> Result<String, JsValue>;

    /// An event of a type that scripts may dispatch without its class, and that browsers give another one for some
    /// elements: the event `input` of a checkbox has no `inputType`.
    pub(crate) type Dispatched;
    #[wasm_bindgen(method, getter, js_name = inputType)]
    pub(crate) fn input_type(this: &Dispatched) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = pointerType)]
    pub(crate) fn pointer_type(this: &Dispatched) -> JsValue;

    /// The target of an event, which may be anything, also of another frame: `instanceof` does not see an element there.
    pub(crate) type Target;
    #[wasm_bindgen(method, getter, js_name = nodeType)]
    pub(crate) fn node_type(this: &Target) -> JsValue;

    /// The methods of elements, with selectors and names that are made once instead of at each call. They are the class's,
    /// because a form may have fields with their names.
    #[wasm_bindgen(js_namespace = ["Element", "prototype", "closest"], js_name = call)]
    pub(crate) fn closest_to(element: &Element, selector: &JsString) -> Option<Element>;
    #[wasm_bindgen(js_namespace = ["Element", "prototype", "matches"], js_name = call)]
    pub(crate) fn matches(element: &Element, selector: &JsString) -> bool;
    #[wasm_bindgen(js_namespace = ["Element", "prototype", "getAttribute"], js_name = call)]
    pub(crate) fn get_attribute(element: &Element, name: &JsString) -> Option<String>;
    #[wasm_bindgen(js_namespace = ["Node", "prototype", "getRootNode"], js_name = call)]
    pub(crate) fn root_of(element: &Element) -> web_sys::Node;

    pub(crate) type Node;
    /// An element in a form with a field of this name instead.
    #[wasm_bindgen(method, getter, js_name = localName)]
    pub(crate) fn local_name(this: &Node) -> JsValue;
    /// The host of a shadow tree; a document has none.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn host(this: &Node) -> Option<Element>;

    /// A window of the page or of a frame.
    pub(crate) type View;
    #[wasm_bindgen(method, getter, js_name = HTMLFormElement)]
    pub(crate) fn form_class(this: &View) -> Class;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn wayside(this: &View) -> JsValue;
    pub(crate) type Class;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn prototype(this: &Class) -> js_sys::Object;
}

#[wasm_bindgen(module = "/src/wrap.js")]
extern "C" {
    /// Calls `then` with `this` after each call of the object's method, until `signal` is aborted.
    pub(crate) fn wrap(object: &js_sys::Object, method: &str, signal: &AbortSignal, then: &Function);
}

/// The page's window. There is one wherever this crate runs.
#[inline(never)]
pub(crate) fn window() -> Window {
    use wasm_bindgen::JsCast;
    PAGE.with(|page| JsValue::from(page).unchecked_into())
}

/// The page's document.
#[inline(never)]
pub(crate) fn document() -> Document {
    PAGE.with(Page::document)
}
