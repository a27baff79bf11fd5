//! Bindings that only the library needs.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wayside_model::WriterId;
use web_sys::Document;

use crate::externs::document;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn fill_with_chance(bytes: &Uint8Array);

    /// `navigator`, where the browser or an extension tells the visitor's wish.
    type Wish;
    #[wasm_bindgen(thread_local_v2, js_name = navigator)]
    static WISH: Wish;
    #[wasm_bindgen(method, getter, js_name = globalPrivacyControl)]
    fn global_privacy_control(this: &Wish) -> Option<bool>;

    /// A document that may be prerendered, which web-sys does not know.
    #[wasm_bindgen(extends = Document)]
    type Prerendered;
    #[wasm_bindgen(method, getter)]
    fn prerendering(this: &Prerendered) -> Option<bool>;

    /// A part of an event's path: an element, or something else without attributes.
    pub(super) type Part;
    #[wasm_bindgen(method, catch, js_name = getAttributeNames)]
    pub(super) fn attribute_names(this: &Part) -> Result<Array, JsValue>;
    #[wasm_bindgen(method, js_name = getAttribute)]
    pub(super) fn attribute(this: &Part, name: &JsValue) -> Option<String>;
}

/// A new id of a writer or visitor: 128 random bits as 32 hexadecimal digits.
pub(super) fn new_id() -> String {
    // Browsers refuse to fill memory that threads share, so an array of JavaScript's own is filled.
    let chance = Uint8Array::new_with_length(16);
    fill_with_chance(&chance);
    let mut bytes = [0; 16];
    chance.copy_to(&mut bytes);
    WriterId(u128::from_be_bytes(bytes)).to_hex()
}

/// Whether Global Privacy Control is on.
pub(super) fn is_private() -> bool {
    WISH.with(Wish::global_privacy_control).unwrap_or_default()
}

/// Whether the page is prerendered and not shown yet.
pub(super) fn is_prerendering() -> bool {
    document()
        .unchecked_into::<Prerendered>()
        .prerendering()
        .unwrap_or_default()
}
