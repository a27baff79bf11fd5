//! What a click was on: a name made of attributes, never of text.

use wasm_bindgen::JsCast;
use wayside_model::{Activity, Value};
use web_sys::{Element, MouseEvent};

use crate::host::WINDOW;

/// The element an event happened on.
pub(crate) fn target(event: &MouseEvent) -> Option<Element> {
    event.target().map(JsCast::unchecked_into)
}

/// Calls `then` with the click as the model takes it.
pub(crate) fn with_click(event: &MouseEvent, target: &Element, then: impl FnOnce(Activity<'_>)) {
    let inside = |selector: &str| target.closest(selector).is_ok_and(|found| found.is_some());
    then(Activity::Click {
        element: &name(target),
        x: event.client_x(),
        y: event.client_y(),
        // The second click of a double click selects a word, the third a paragraph.
        selects_text: event.detail() > 1 && selects_text(),
        ignored: inside("[data-wayside-ignore]"),
        repeatable: inside(REPEATABLE),
    });
}

/// The touchpoints that `data-wayside-NAME='{…}'` on the element or around it ask for: name and JSON.
pub(crate) fn attributes(target: &Element) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut next = Some(target.clone());
    while let Some(element) = next {
        for attribute in element.get_attribute_names().iter().filter_map(|name| name.as_string()) {
            let Some(name) = attribute
                .strip_prefix("data-wayside-")
                .filter(|name| !RESERVED.contains(name))
            else {
                continue;
            };
            found.push((name.into(), element.get_attribute(&attribute).unwrap_or_default()));
        }
        next = element.parent_element();
    }
    found
}

/// `data-wayside-name`, or role, label and id of the nearest element that is made to be used.
fn name(target: &Element) -> String {
    let used = target.closest(USED).ok().flatten();
    let element = used.as_ref().unwrap_or(target);
    let attribute = |name: &str| element.get_attribute(name).filter(|text| !text.is_empty());
    if let Some(name) = attribute("data-wayside-name") {
        return name;
    }
    let mut out = attribute("role").unwrap_or_else(|| element.tag_name().to_ascii_lowercase());
    if let Some(id) = attribute("id") {
        out.push('#');
        out.push_str(&id);
    }
    if let Some(label) = attribute("aria-label").or_else(|| attribute("name")) {
        out.push(' ');
        out.push_str(&label);
    }
    out
}

/// Whether there is a selection. What is selected is not looked at.
fn selects_text() -> bool {
    let selection = WINDOW.with(|window| window.get_selection().ok().flatten());
    selection.is_some_and(|selection| !selection.is_collapsed())
}

/// Fields as an attribute's JSON says them; nothing said is no fields.
pub(crate) fn fields(json: &str) -> Option<Value> {
    if json.is_empty() {
        return Some(Value::Map(Vec::new()));
    }
    Some(crate::convert::from_js(&js_sys::JSON::parse(json).ok()?))
}

/// Attributes that are options of an element, not touchpoints.
const RESERVED: [&str; 3] = ["ignore", "name", "repeat"];

/// What visitors use.
const USED: &str = "[data-wayside-name],a,button,input,select,textarea,label,summary,[role]";

/// What is made to be pressed again and again: steppers, sliders, calendars, pagers, carousels, maps, games, players,
/// and links that load a file.
const REPEATABLE: &str = "input[type=number],input[type=range],[role=spinbutton],[role=slider],[role=scrollbar],\
    [role=grid],[aria-roledescription*=carousel i],[aria-roledescription*=slide i],[rel=next],[rel=prev],\
    [aria-label*=next i],[aria-label*=prev i],[aria-label*=increase i],[aria-label*=decrease i],\
    [aria-label*=plus i],[aria-label*=minus i],[aria-label*=quantity i],[aria-label*=zoom i],\
    [data-wayside-repeat],a[download],canvas,video,audio";
