//! Classification and naming of elements. Names consist of attributes, never of text or of input.

use js_sys::JsString;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsThreadLocal};
use web_sys::{Element, Event};

use crate::externs::{self, Node, Target};
use crate::values::text;

// rustfmt removes the values of such statics, which are no Rust of extern blocks.
#[rustfmt::skip]
#[wasm_bindgen]
extern "C" {
    /// Interactive elements.
    #[wasm_bindgen(thread_local_v2, static_string)]
    pub(crate) static USED: JsString = "[data-wayside-name],a,button,input,select,textarea,label,summary,[role]";

    /// Elements whose click should change the page, unless it leads to another page.
    #[wasm_bindgen(thread_local_v2, static_string)]
    pub(crate) static ANSWERS: JsString = "button,summary,[type=submit],[type=button],[role=button],[role=tab],[role=menuitem],[role=option],a[href]:not([target=_blank],[download],[href^=\"tel:\"],[href^=\"mailto:\"],[href^=\"sms:\"])";

    /// Elements that are meant for repeated clicks: steppers, sliders, calendars, pagers, carousels, maps, games,
    /// players, and links that download a file.
    #[wasm_bindgen(thread_local_v2, static_string)]
    pub(crate) static REPEATABLE: JsString = "input[type=number],input[type=range],[role=spinbutton],[role=slider],[role=scrollbar],[role=grid],[aria-roledescription*=carousel i],[aria-roledescription*=slide i],[rel=next],[rel=prev],[aria-label*=next i],[aria-label*=prev i],[aria-label*=increase i],[aria-label*=decrease i],[aria-label*=plus i],[aria-label*=minus i],[aria-label*=quantity i],[aria-label*=zoom i],[data-wayside-repeat],a[download],canvas,video,audio";

    /// Elements that open the answer to a frequent question.
    #[wasm_bindgen(thread_local_v2, static_string)]
    pub(crate) static QUESTION: JsString = ":is([itemtype*=FAQ],[class*=faq i],[id*=faq i]) :is(summary,[aria-expanded])";

    /// Elements that contain a product's name or price, including `h1` on a page that is marked up as a product page.
    /// Engines without `:has` ignore it within `:is`.
    #[wasm_bindgen(thread_local_v2, static_string)]
    pub(crate) static PRODUCT: JsString = "[itemprop=name],[itemprop=price],[class*=price i],:is(:root:has([itemtype*=Product],meta[property=\"og:type\"][content*=product])) h1";

    /// Elements that visitors fill in.
    #[wasm_bindgen(thread_local_v2, static_string)]
    pub(crate) static FIELD: JsString = "input:not([type=submit],[type=button],[type=reset],[type=image],[type=hidden]),select,textarea,[contenteditable]";

    /// Buttons that may continue a checkout.
    #[wasm_bindgen(thread_local_v2, static_string)]
    pub(crate) static BUTTON: JsString = "button,[type=submit]";
    #[wasm_bindgen(thread_local_v2, static_string)]
    pub(crate) static LINK: JsString = "a[href]";
    #[wasm_bindgen(thread_local_v2, static_string)]
    pub(crate) static LABELLED: JsString = "label";
    #[wasm_bindgen(thread_local_v2, static_string)]
    pub(crate) static FORM: JsString = "form";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static IGNORED: JsString = "[data-wayside-ignore]";

    #[wasm_bindgen(thread_local_v2, static_string)]
    static OWN_NAME: JsString = "data-wayside-name";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static ID: JsString = "id";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static LABEL: JsString = "aria-label";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static NAME: JsString = "name";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static ROLE: JsString = "role";
    #[wasm_bindgen(thread_local_v2, static_string)]
    static TYPE: JsString = "type";
}

/// A text that JavaScript holds: a selector or an attribute's name.
pub(crate) type Text = JsThreadLocal<JsString>;

/// The element at which an event originated, also in a shadow tree.
pub(crate) fn origin(event: &Event) -> Option<Element> {
    let path = event.composed_path();
    // After its dispatch, an event has no path.
    let target = match path.length() {
        0 => event.target()?.into(),
        _ => path.get(0),
    };
    let is_element = target.is_object() && target.unchecked_ref::<Target>().node_type() == web_sys::Node::ELEMENT_NODE;
    is_element.then(|| target.unchecked_into())
}

/// The nearest ancestor that matches, within the element's tree.
pub(crate) fn closest_here(element: &Element, selector: &'static Text) -> Option<Element> {
    selector.with(|selector| externs::closest_to(element, selector))
}

/// The nearest ancestor that matches, also outside the element's shadow trees.
pub(crate) fn closest(element: &Element, selector: &'static Text) -> Option<Element> {
    let mut element = element.clone();
    loop {
        if let Some(found) = closest_here(&element, selector) {
            return Some(found);
        }
        let root = externs::root_of(&element);
        // Only a shadow tree has a host. The root of a removed element is an element, and `host` of a link is a text.
        if root.node_type() != web_sys::Node::DOCUMENT_FRAGMENT_NODE {
            return None;
        }
        element = root.unchecked_into::<Node>().host()?;
    }
}

/// Whether the element itself matches.
pub(crate) fn matches(element: &Element, selector: &'static Text) -> bool {
    selector.with(|selector| externs::matches(element, selector))
}

/// Whether the element or an ancestor has `data-wayside-ignore`; on a shadow host it covers the whole shadow tree.
pub(crate) fn is_ignored(element: &Element) -> bool {
    closest(element, &IGNORED).is_some()
}

/// Whether a click on the target should change the page.
pub(crate) fn answers(target: &Element) -> bool {
    closest(target, &ANSWERS).is_some()
}

/// `data-wayside-name`, or role, label and id of the element.
pub(crate) fn name(element: &Element) -> String {
    if let Some(name) = attribute(element, &OWN_NAME) {
        return name;
    }
    let mut name = attribute(element, &ROLE).unwrap_or_else(|| kind(element));
    if let Some(id) = attribute(element, &ID) {
        name.push('#');
        name.push_str(&id);
    }
    if let Some(label) = attribute(element, &LABEL).or_else(|| attribute(element, &NAME)) {
        name.push(' ');
        name.push_str(&label);
    }
    name
}

/// The name of the element's kind.
pub(crate) fn kind(element: &Element) -> String {
    text(&element.unchecked_ref::<Node>().local_name())
}

/// The name or id of a form or field; empty if it has none.
pub(crate) fn own_name(element: &Element) -> String {
    [&OWN_NAME, &NAME, &ID, &LABEL, &TYPE]
        .into_iter()
        .find_map(|key| attribute(element, key))
        .unwrap_or_default()
}

/// Whether a text contains a word of ASCII letters, in either case.
pub(crate) fn contains(text: &str, word: &str) -> bool {
    text.as_bytes()
        .windows(word.len())
        .any(|part| part.eq_ignore_ascii_case(word.as_bytes()))
}

/// An attribute that is not empty.
fn attribute(element: &Element, key: &'static Text) -> Option<String> {
    let value = key.with(|key| externs::get_attribute(element, key))?;
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_in_either_case() {
        assert!(contains("gift_Coupon-code", "coupon"));
        assert!(contains("RABATT", "rabatt"));
        assert!(!contains("coupo", "coupon"));
        assert!(!contains("", "coupon"));
    }
}
