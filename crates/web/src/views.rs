//! Capture of page views.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::Event;

use crate::externs::{document, window};
use crate::host::Host;
use crate::scope::Scope;

/// Reports changes of the address until the scope ends.
pub(crate) fn listen(host: &'static Host, scope: &Scope) {
    let last = Rc::new(RefCell::new(href()));
    if let Ok(history) = window().history() {
        for (method, replaces) in [("pushState", false), ("replaceState", true)] {
            let last = last.clone();
            scope.wrap(history.unchecked_ref(), method, move |_: wasm_bindgen::JsValue| {
                // Routers store their state under the same address.
                let now = href();
                if last.replace(now.clone()) != now {
                    host.boot.view("spa", replaces);
                    read_title_later(host);
                }
            });
        }
    }
    // Runs after the page's own listeners, which may change the title.
    scope.hear_last(&window(), &["popstate", "hashchange"], move |_: Event| {
        last.replace(href());
        host.boot.view("spa", false);
        read_title_later(host);
    });
}

/// Time after which a view within the page has its own title, in milliseconds: routers change it once the view is drawn.
const TITLE_MS: u32 = 1_000;

fn read_title_later(host: &'static Host) {
    host.title
        .replace(Some(Timeout::new(TITLE_MS, move || read_title(host))));
}

/// Reports the title that the page has now.
pub(crate) fn read_title(host: &'static Host) {
    host.tell(|tracker, _| tracker.title(&document().title()));
}

/// Reports the address if it has changed before the listeners were there, most often because the page removed the
/// campaign parameters.
pub(crate) fn catch_up(host: &'static Host) {
    if href() != host.boot.address() {
        host.boot.view("spa", true);
    }
}

fn href() -> String {
    window().location().href().unwrap_or_default()
}
