//! Capture of clicks.

use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::{Click, Timestamp};
use wayside_tracker::Clicked;
use web_sys::{Element, HtmlLabelElement, MouseEvent, Node};

use crate::element::{
    LABELLED, LINK, QUESTION, REPEATABLE, USED, answers, closest, closest_here, is_ignored, name, origin,
};
use crate::externs::window;
use crate::host::{Host, Tracker};
use crate::values::text;

#[wasm_bindgen]
extern "C" {
    /// A link of HTML or SVG; in SVG, its address is no text.
    type Link;
    #[wasm_bindgen(method, getter)]
    fn href(this: &Link) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn pathname(this: &Link) -> JsValue;
}

/// Ends of the names of files that browsers download instead of showing them.
const FILES: [&str; 19] = [
    "pdf", "zip", "gz", "rar", "7z", "exe", "dmg", "pkg", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "csv", "txt",
    "epub", "mp3", "mp4",
];

/// Takes in a click event.
pub(crate) fn clicked(host: &Host, tracker: &mut Tracker, event: &JsValue, now: Timestamp) {
    host.tell_requests(tracker, now);
    tracker.acted(now);
    let event: &MouseEvent = event.unchecked_ref();
    // A click dispatched by a script may have the document or nothing as its target.
    let Some(target) = origin(event) else { return };
    if is_followed_by_another(&target) {
        return;
    }
    // Clicks dispatched by scripts do not count for signals.
    if event.is_trusted() {
        trusted(tracker, event, &target, now);
    }
    // Even if a click is not a touchpoint, its timer has to be set.
    host.end_turn_later();
}

/// Whether a click on the label's control follows.
fn is_followed_by_another(target: &Element) -> bool {
    let Some(label) = closest_here(target, &LABELLED) else {
        return false;
    };
    let control = label.unchecked_into::<HtmlLabelElement>().control();
    control.is_some_and(|control| !control.contains(Some(target.unchecked_ref::<Node>())))
}

fn trusted(tracker: &mut Tracker, event: &MouseEvent, target: &Element, now: Timestamp) {
    let used = closest(target, &USED);
    let link = closest(target, &LINK);
    let address = link
        .as_ref()
        .map(|link| text(&link.unchecked_ref::<Link>().href()))
        .unwrap_or_default();
    let is_file = link
        .is_some_and(|link| link.has_attribute("download") || is_file(&text(&link.unchecked_ref::<Link>().pathname())));
    let method = match is_file {
        true => "download",
        false if closest(target, &QUESTION).is_some() => "question",
        false => "",
    };
    let clicks = event.detail();
    let opens_elsewhere = event.ctrl_key() || event.meta_key() || event.shift_key();
    let click = Click {
        element: &name(used.as_ref().unwrap_or(target)),
        x: event.client_x(),
        y: event.client_y(),
        // The second click of a double click selects a word, the third a paragraph. The selected text is not read.
        selects_text: clicks > 1 && has_selection(),
        ignored: is_ignored(target),
        // A click by keyboard has no position, and repeats while the key is held.
        repeatable: clicks == 0 || closest(target, &REPEATABLE).is_some(),
        // Downloads and links that open another tab or window do not change the page.
        expects_answer: !is_file && !opens_elsewhere && answers(target),
    };
    let clicked = Clicked {
        click,
        on_control: used.is_some(),
        link: &address,
        method,
    };
    tracker.click(&clicked, now);
}

fn has_selection() -> bool {
    let selection = window().get_selection().ok().flatten();
    selection.is_some_and(|selection| !selection.is_collapsed())
}

fn is_file(path: &str) -> bool {
    let dot = path.as_bytes().iter().rposition(|byte| *byte == b'.');
    let end = dot.and_then(|dot| path.get(dot + 1..)).unwrap_or_default();
    FILES.iter().any(|file| file.eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn downloads_are_recognised_by_the_end_of_their_name() {
        assert!(is_file("/files/guide.PDF"));
        assert!(is_file("/a.b/archive.tar.gz"));
        for path in ["/pdf", "/guide.html", "/guide.pdf/", ""] {
            assert!(!is_file(path), "{path}");
        }
    }
}
