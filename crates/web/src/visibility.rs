//! Whether the page is seen, and decisions of other tabs.

use wasm_bindgen::JsValue;
use wayside_model::{Consent, Value};
use wayside_tracker::queue::Message;
use web_sys::{Event, PageTransitionEvent, StorageEvent};

use crate::externs::{document, window};
use crate::host::Host;
use crate::scope::Scope;
use crate::{start, store};

/// Reports load, focus and changes made in other tabs until the scope ends.
pub(crate) fn listen(host: &'static Host, scope: &Scope) {
    scope.hear(&window(), &["load"], move |_: Event| {
        host.tell(|tracker, now| tracker.loaded(now))
    });
    scope.hear(&window(), &["submit"], move |_: Event| {
        host.tell(|tracker, now| {
            host.tell_requests(tracker, now);
            tracker.acted(now);
        });
    });
    scope.hear_last(&window(), &["focus", "blur"], move |_: Event| {
        let is_away = !has_focus();
        catch_up(host);
        host.tell(move |tracker, now| tracker.away(is_away, now));
    });
    scope.hear(&window(), &["storage"], move |event: StorageEvent| {
        catch_up(host);
        if event.key().is_some_and(|key| key == host.key_of("journey")) {
            host.tell(|tracker, _| tracker.follow(&host.journey()));
        }
    });
}

/// Takes in an event `visibilitychange`, `pageshow` or `pagehide`.
pub(crate) fn shown(host: &'static Host, event: &PageTransitionEvent) {
    let kind = event.type_();
    let is_hidden = is_hidden();
    // While the page is left, `document.hidden` is true in all three events except pagehide. A page opened in the
    // background has not been left and has not been seen yet.
    if kind != "visibilitychange" {
        host.is_left.set(true);
    }
    if kind == "pagehide" || is_hidden {
        if kind != "pageshow" {
            report_vitals(host);
        }
        let leaves = host.is_left.get();
        host.tell(move |tracker, now| {
            host.tell_requests(tracker, now);
            tracker.title(&document().title());
            tracker.hidden(leaves, now);
            if host.boot.consent() == Consent::Granted.name() {
                store::hand_over(&host.boot.options());
            }
        });
    } else {
        host.is_left.set(false);
        catch_up(host);
        host.tell(|tracker, now| {
            tracker.follow(&host.journey());
            tracker.visible(now);
        });
        start::sweep(host);
    }
    if kind == "pageshow" && event.persisted() {
        host.boot.view("bfcache", false);
    }
}

/// Whether nobody looks at the page.
pub(crate) fn is_away() -> bool {
    is_hidden() || !has_focus()
}

/// Reports Core Web Vitals once a page load.
fn report_vitals(host: &'static Host) {
    if host.boot.measured() == Some(true) {
        return;
    }
    host.boot.set_measured(true);
    let mut fields = host.vitals.borrow().fields();
    let url = window().location().href().unwrap_or_default();
    fields.push(("url".into(), Value::Text(url)));
    host.call("web_vitals", Value::Map(fields));
}

/// Takes over decisions made in another page or tab, possibly while this one was hidden or asleep. It reads the current
/// state instead of the events, because two tabs that followed each other's past states would never stop. The visitor
/// comes first; otherwise this tab would overwrite the visitor who agreed.
pub(crate) fn catch_up(host: &Host) {
    let options = host.boot.options();
    let is_granted = host.boot.consent() == Consent::Granted.name();
    match store::kept(&options, "visitor") {
        // Without consent, nobody is taken over before they agree.
        Some(visitor) if is_granted && visitor != host.boot.visitor() => put(host, Message::Reset, &visitor),
        _ => {}
    }
    match store::kept(&options, "consent") {
        Some(consent) if consent != host.boot.consent() => put(host, Message::Consent, &consent),
        _ => {}
    }
}

fn put(host: &Host, message: Message, text: &str) {
    host.boot.put(message as u8, &text.into(), &JsValue::UNDEFINED);
}

fn is_hidden() -> bool {
    document().hidden()
}

fn has_focus() -> bool {
    document().has_focus().unwrap_or_default()
}
