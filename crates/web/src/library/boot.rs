//! The state that the host reads. The script tag's bootstrap makes the same in JavaScript (`js/tracker/src/bootstrap.ts`).

use js_sys::{Array, Map, Reflect, Set};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::Consent;
use wayside_tracker::queue::Message;

use super::externs::{is_private, new_id};
use super::options::Options;
use super::page::{page, time_origin};
use super::settings::Settings;
use crate::boot::{self, Boot};
use crate::externs::{document, entries_by_type, window};
use crate::scope::callback;
use crate::store;
use crate::values::object;

/// The state at the start. `places` are the site's thresholds by index. Only the first start in a page load is the
/// arrival of the visitor.
pub(super) fn make(options: &Options, places: &[(usize, i64)], queue: &Array, is_first: bool) -> Boot {
    let origin = window().location().origin().unwrap_or_default();
    let endpoint = options.endpoint.as_ref().unwrap_or(&origin);
    let key = options.key.as_deref().unwrap_or_default();
    let kept = Settings::kept(&options.site);
    let off = match options.off.is_empty() {
        true => kept.text("off"),
        false => options.off.join(" "),
    };
    let own = match places.is_empty() {
        true => kept.thresholds(),
        false => places.to_vec(),
    };
    let mut url = format!("{endpoint}/v1/batch?key={key}");
    if let Some(version) = kept.version() {
        url.push_str("&settings=");
        url.push_str(&version);
    }
    let read = object(&[
        ("site", options.site.as_str().into()),
        ("endpoint", endpoint.as_str().into()),
        ("off", off.into()),
        ("stages", kept.get("stages")),
        ("session_timeout_minutes", kept.get("session_timeout_minutes")),
        ("own_hosts", kept.get("own_hosts")),
        ("domain", options.domain.as_deref().unwrap_or_default().into()),
        ("cookies", if options.cookies { "" } else { "off" }.into()),
        ("linkDomains", options.link_domains.join(" ").into()),
        ("ownHosts", options.own_hosts.join(" ").into()),
        ("landing", options.landing.into()),
        ("debug", options.debug.into()),
    ]);
    let consent = consent(options, read.unchecked_ref());
    let visitor = visitor(read.unchecked_ref(), consent);
    let navigation = match is_first {
        true => entries_by_type(&"navigation".into()).get(0),
        false => JsValue::UNDEFINED,
    };
    let boot = object(&[
        ("o", read),
        ("url", url.into()),
        ("writer", new_id().into()),
        ("visitor", visitor.into()),
        ("consent", consent.name().into()),
        ("navigation", navigation),
        ("queue", queue.into()),
        ("sent", 0.into()),
        ("lost", 0.into()),
        ("asked", Map::new().into()),
        ("signal", Set::new(&JsValue::UNDEFINED).into()),
        ("touchpoint", Set::new(&JsValue::UNDEFINED).into()),
        ("scopes", Set::new(&JsValue::UNDEFINED).into()),
        ("address", "".into()),
        ("measured", (!is_first).into()),
        ("rules", rules(&own)),
        ("put", put()),
        ("view", view()),
        ("newId", Closure::<dyn Fn() -> String>::new(new_id).into_js_value()),
        ("end", end()),
    ]);
    boot.unchecked_into()
}

/// Another handle of the same state.
pub(super) fn share(boot: &Boot) -> Boot {
    JsValue::from(boot).unchecked_into()
}

/// The way in which the page was reached.
pub(super) fn entry(boot: &Boot) -> String {
    match boot.navigation().map(|entry| entry.kind()) {
        Some(kind) if kind == "navigate" => "link".into(),
        Some(kind) => kind,
        None => "spa".into(),
    }
}

/// Adjusts the queue of a page that was prerendered: everything in it happened when the page was shown.
pub(super) fn activated(boot: &Boot, queue: &Array) {
    let shown = boot.navigation().map_or(0.0, |entry| entry.activation_start());
    if shown.is_nan() || shown <= 0.0 {
        return;
    }
    // The page before may have changed visitor or consent in the meantime.
    if let Some(consent) = store::kept(&boot.options(), "consent") {
        boot.set_consent(&consent);
    }
    match store::kept(&boot.options(), "visitor") {
        Some(visitor) if boot.consent() == Consent::Granted.name() => boot.set_visitor(&visitor),
        _ => {}
    }
    for item in queue.iter() {
        let item: Array = item.unchecked_into();
        let time = item.get(1).as_f64().unwrap_or_default().max(time_origin() + shown);
        item.set(1, time.into());
    }
    // The first message is the page view.
    queue
        .get(0)
        .unchecked_into::<Array>()
        .get(2)
        .unchecked_into::<Array>()
        .set(3, "prerender".into());
}

/// The time at which the page has loaded, in milliseconds since 1970.
pub(super) fn loaded_at(boot: &Boot) -> Option<f64> {
    let navigation = boot.navigation()?;
    let end = Reflect::get(&navigation, &"loadEventEnd".into()).ok()?.as_f64()?;
    (end > 0.0).then(|| time_origin() + end)
}

/// The consent at the start: the stored decision, else the browser's or the site's.
fn consent(options: &Options, read: &boot::Options) -> Consent {
    match store::kept(read, "consent").and_then(|name| Consent::from_name(&name)) {
        Some(decided) => decided,
        None if options.gpc && is_private() => Consent::Denied,
        None => options.consent,
    }
}

/// The stored visitor, or a new one. The tracker stores it.
fn visitor(read: &boot::Options, consent: Consent) -> String {
    let kept = (consent == Consent::Granted).then(|| store::kept(read, "visitor"));
    kept.flatten().unwrap_or_else(new_id)
}

/// The site's thresholds in the form of `Rules` in `js/tracker/src/rules.ts`.
fn rules(places: &[(usize, i64)]) -> JsValue {
    if places.is_empty() {
        return JsValue::UNDEFINED;
    }
    let list = Array::new();
    for (place, value) in places {
        list.push(&Array::of2(&(*place as f64).into(), &(*value as f64).into()));
    }
    // No view enters a checkout step by its address.
    object(&[("places", list.into()), ("step", callback(|_| {}).into_js_value())])
}

fn put() -> JsValue {
    Closure::<dyn Fn(u8, JsValue, JsValue)>::new(|kind, a, b| {
        if let (Ok(page), Some(message)) = (page(), Message::from_code(kind)) {
            page.put(message, &a, &b);
        }
    })
    .into_js_value()
}

fn view() -> JsValue {
    Closure::<dyn Fn(String, bool)>::new(|entry: String, replaced| {
        let Ok(page) = page() else { return };
        let document = document();
        let view = Array::of5(
            &window().location().href().unwrap_or_default().into(),
            &document.referrer().into(),
            &document.title().into(),
            &entry.into(),
            &JsValue::from_bool(replaced),
        );
        page.put(Message::View, &view, &JsValue::UNDEFINED);
    })
    .into_js_value()
}

fn end() -> JsValue {
    callback(|_| {
        if let Ok(page) = page() {
            page.end();
        }
    })
    .into_js_value()
}
