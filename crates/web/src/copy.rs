//! Capture of copied product names and prices.

use wayside_model::Value;
use web_sys::Event;

use crate::element::{PRODUCT, closest_here, name};
use crate::externs::window;
use crate::host::Host;
use crate::scope::Scope;

/// Reports copies until the scope ends.
pub(crate) fn listen(host: &'static Host, scope: &Scope) {
    scope.hear(&window(), &["copy"], move |_: Event| {
        let product = window()
            .get_selection()
            .ok()
            .flatten()
            .and_then(|selection| selection.anchor_node())
            .and_then(|node| node.parent_element())
            .and_then(|element| closest_here(&element, &PRODUCT));
        if let Some(product) = product {
            host.call("copy", Value::map([("element", Value::Text(name(&product)))]));
        }
    });
}
