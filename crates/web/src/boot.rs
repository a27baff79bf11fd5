//! The state that bootstrap and loader share with this crate: `Boot` in `js/tracker/src/boot.ts`.

use js_sys::{Array, Map, Set};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::{Timestamp, Value};
use wayside_tracker::queue::Message;

use crate::externs::Entry;
use crate::values::{self, text};

#[wasm_bindgen]
extern "C" {
    /// The state of a page load. It outlives an instance of the Wasm that traps.
    pub type Boot;

    #[wasm_bindgen(method, getter, js_name = o)]
    pub(crate) fn options(this: &Boot) -> Options;
    /// The address of batches.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn url(this: &Boot) -> String;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn writer(this: &Boot) -> String;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn visitor(this: &Boot) -> String;
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_visitor(this: &Boot, visitor: &str);
    #[wasm_bindgen(method, getter)]
    pub(crate) fn consent(this: &Boot) -> String;
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_consent(this: &Boot, consent: &str);
    /// The browser's entry for the navigation to the page.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn navigation(this: &Boot) -> Option<Entry>;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn queue(this: &Boot) -> Array;
    /// The number of queued touchpoints that the bootstrap has already sent, with seqs from 0.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn sent(this: &Boot) -> u32;
    /// The number of touchpoints and clicks that the full queue did not take.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn lost(this: &Boot) -> u32;
    /// Messages whose promises are pending, by token.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn asked(this: &Boot) -> Map;
    /// The page's listeners to signals.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn signal(this: &Boot) -> Set;
    /// The page's listeners to touchpoints.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn touchpoint(this: &Boot) -> Set;
    /// The controllers of all listeners, for a loader whose instance has trapped.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn scopes(this: &Boot) -> Set;
    /// The address of the last view.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn address(this: &Boot) -> String;
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_address(this: &Boot, address: &str);
    /// Whether Core Web Vitals have been reported.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn measured(this: &Boot) -> Option<bool>;
    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_measured(this: &Boot, measured: bool);
    /// The site's own rules, if it has any.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn rules(this: &Boot) -> Option<Rules>;

    /// Queues a message with the current time.
    #[wasm_bindgen(method)]
    pub(crate) fn put(this: &Boot, kind: u8, a: &JsValue, b: &JsValue);
    /// Queues a view of the page in its current state.
    #[wasm_bindgen(method)]
    pub(crate) fn view(this: &Boot, entry: &str, replaced: bool);
    #[wasm_bindgen(method, js_name = newId)]
    pub(crate) fn new_id(this: &Boot) -> String;
    /// Ends bootstrap and loader.
    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &Boot);

    /// The options that this crate reads.
    pub(crate) type Options;
    #[wasm_bindgen(method, getter)]
    fn site(this: &Options) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn endpoint(this: &Options) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn off(this: &Options) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn domain(this: &Options) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn cookies(this: &Options) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = linkDomains)]
    fn link_domains(this: &Options) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn landing(this: &Options) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = ownHosts)]
    fn own_hosts(this: &Options) -> JsValue;
    /// The same of the site's settings.
    #[wasm_bindgen(method, getter, js_name = own_hosts)]
    fn kept_own_hosts(this: &Options) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(crate) fn debug(this: &Options) -> bool;
    /// The site's own stages of touchpoints, by name.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn stages(this: &Options) -> JsValue;
    /// The site's own inactivity after which a session ends.
    #[wasm_bindgen(method, getter, js_name = session_timeout_minutes)]
    pub(crate) fn session_timeout_minutes(this: &Options) -> Option<u32>;

    /// A site's own rules: `Rules` in `js/tracker/src/rules.ts`.
    pub(crate) type Rules;
    /// Pairs of a threshold's index and its value.
    #[wasm_bindgen(method, getter)]
    pub(crate) fn places(this: &Rules) -> Array;
    /// The checkout step that a view enters.
    #[wasm_bindgen(method)]
    pub(crate) fn step(this: &Rules, view: &JsValue) -> Option<String>;
}

impl Options {
    /// The site's id as the page gives it.
    pub(crate) fn site_id(&self) -> String {
        text(&self.site())
    }

    /// The domain that the site has chosen for its cookies; empty if it has chosen none.
    pub(crate) fn chosen_domain(&self) -> String {
        text(&self.domain())
    }

    /// Whether the site has switched cookies off.
    pub(crate) fn is_without_cookies(&self) -> bool {
        self.cookies().is_truthy()
    }

    /// Whether the visit's first page is kept in `sessionStorage` before the visitor has decided.
    pub(crate) fn remembers_landing(&self) -> bool {
        self.landing().is_truthy()
    }

    /// The shop's other domains, whose links carry the visitor, separated by spaces.
    pub(crate) fn linked_domains(&self) -> String {
        text(&self.link_domains())
    }

    /// The domains from which visitors do not arrive, separated by spaces: the linked ones, and those that the site names.
    pub(crate) fn own_domains(&self) -> String {
        let mut domains = self.linked_domains();
        for more in [self.own_hosts(), self.kept_own_hosts()] {
            domains.push(' ');
            domains.push_str(&text(&more));
        }
        domains
    }
}

impl Boot {
    /// The site's id as the page gives it.
    pub(crate) fn site(&self) -> String {
        self.options().site_id()
    }

    /// The collector's origin.
    pub(crate) fn endpoint(&self) -> String {
        text(&self.options().endpoint())
    }

    /// Names or prefixes of touchpoints and signals that are switched off.
    pub(crate) fn off(&self) -> String {
        text(&self.options().off())
    }
}

/// A message of the queue.
pub(crate) struct Item(Array);

impl Item {
    /// The oldest message, which is taken out of the queue.
    pub(crate) fn next(queue: &Array) -> Option<Self> {
        (queue.length() > 0).then(|| Self(queue.shift().unchecked_into()))
    }

    pub(crate) fn kind(&self) -> Option<Message> {
        Message::from_code(self.0.get(0).as_f64()? as u8)
    }

    pub(crate) fn time(&self) -> Timestamp {
        Timestamp::from_millis(self.0.get(1).as_f64().unwrap_or_default() as i64)
    }

    /// The first argument.
    pub(crate) fn a(&self) -> JsValue {
        self.0.get(2)
    }

    /// The first argument as text; empty if it is anything else.
    pub(crate) fn text(&self) -> String {
        text(&self.a())
    }

    /// The second argument.
    pub(crate) fn b(&self) -> JsValue {
        self.0.get(3)
    }

    /// The second argument as a value.
    pub(crate) fn value(&self) -> Value {
        values::from_js(&self.b())
    }

    pub(crate) fn into_js(self) -> JsValue {
        self.0.into()
    }
}
