//! Links and forms that lead to the shop's other domains: they carry the visitor's id there.

use gloo_timers::callback::Timeout;
use wayside_model::{Consent, channel, url};
use wayside_tracker::linked;
use web_sys::{Element, Event};

use crate::boot::Boot;
use crate::cookie;
use crate::element::{LINK, closest, origin};
use crate::externs::{NAVIGATOR, document, window};
use crate::host::{Host, now};
use crate::scope::Scope;
use crate::values::text;

/// Marks links and forms at their click, and at once removes the mark again, so that nobody copies it.
pub(crate) fn listen(host: &'static Host, scope: &Scope) {
    let domains = host.boot.options().linked_domains();
    if domains.is_empty() {
        return;
    }
    scope.hear(&window(), &["click", "auxclick", "submit"], move |event: Event| {
        if host.boot.consent() != Consent::Granted.name() {
            return;
        }
        let Some(target) = origin(&event) else { return };
        let (element, name) = match event.type_() == "submit" {
            true => (Some(target), "action"),
            false => (closest(&target, &LINK), "href"),
        };
        let Some(element) = element else { return };
        let address = element.get_attribute(name).unwrap_or_default();
        let to = url::host(&address);
        if channel::is_of(to, &domains) && !channel::is_of(to, &cookie::domain(&host.boot.options())) {
            let mark = linked::mark(&host.boot.visitor(), &host.site, &browser(), now());
            put(element, name, address, &mark.unwrap_or_default());
        }
    });
}

fn put(element: Element, name: &'static str, address: String, mark: &str) {
    let sends_fields = name == "action" && !is_post(&element);
    // The fields of such a form replace the query of its address.
    let field = match sends_fields {
        true => field(mark),
        false => None,
    };
    if let Some(field) = &field {
        let _ = element.append_child(field);
    } else {
        let _ = element.set_attribute(name, &linked::add(&address, mark));
    }
    // The browser takes the address before the next task.
    let restore = move || match &field {
        Some(field) => field.remove(),
        None => _ = element.set_attribute(name, &address),
    };
    Timeout::new(0, restore).forget();
}

fn is_post(form: &Element) -> bool {
    form.get_attribute("method")
        .is_some_and(|method| method.eq_ignore_ascii_case("post"))
}

fn field(mark: &str) -> Option<Element> {
    let field = document().create_element("input").ok()?;
    for (name, text) in [("type", "hidden"), ("name", linked::PARAM), ("value", mark)] {
        field.set_attribute(name, text).ok()?;
    }
    Some(field)
}

/// Takes the visitor over from the link that led here. Returns whether this makes the page another visitor's.
pub(crate) fn arrive(boot: &Boot) -> bool {
    let options = boot.options();
    let domains = options.linked_domains();
    if domains.is_empty() {
        return false;
    }
    let (clean, mark) = linked::remove(&window().location().href().unwrap_or_default());
    if mark.is_empty() {
        return false;
    }
    if let Ok(history) = window().history() {
        let state = history.state().unwrap_or_default();
        let _ = history.replace_state_with_url(&state, "", Some(&clean));
    }
    if !channel::is_of(url::host(&document().referrer()), &domains) {
        return false;
    }
    let found = linked::visitor(&mark, &boot.site(), &browser(), now());
    let found = found.filter(|visitor| visitor.as_str() != boot.visitor());
    if let Some(visitor) = &found {
        boot.set_visitor(visitor.as_str());
    }
    found.is_some()
}

/// The browser as both domains see it.
fn browser() -> String {
    NAVIGATOR.with(|navigator| [&navigator.user_agent(), " ", &text(&navigator.language())].concat())
}
