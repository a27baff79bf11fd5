//! Wayside for front ends in Rust: the same as bootstrap and loader do for a script tag.

mod boot;
mod error;
mod externs;
mod global;
mod listener;
mod options;
mod page;
mod settings;

use serde::Serialize;
use wasm_bindgen::JsValue;
use wayside_model::{Stage, Touchpoint as Parsed, VisitorId};
use wayside_tracker::Status;
use wayside_tracker::queue::Message;

pub use error::Error;
pub use listener::{Listener, Signal, Touchpoint, on_signal, on_touchpoint};
pub use options::{Decision, Options};

use self::error::Kind;
use self::page::{Page, page};
use crate::values;

/// Wayside on this page. It stops when this is dropped: no listener, timer or request remains, and touchpoints that are
/// not delivered yet are stored for the next page.
#[derive(Debug)]
#[must_use = "dropping it stops Wayside; `forget` keeps it as long as the page"]
pub struct Wayside(());

impl Wayside {
    /// Keeps Wayside running as long as the page.
    pub fn forget(self) {
        std::mem::forget(self);
    }
}

impl Drop for Wayside {
    fn drop(&mut self) {
        if let Ok(page) = page() {
            page.shut_down();
        }
    }
}

/// Starts Wayside on this page.
///
/// It listens from the next task of the event loop on, so that listeners that are added until then receive the first
/// signals. Touchpoints recorded earlier are kept. A page that is prerendered starts when it is shown.
///
/// # Errors
///
/// Fails outside a page (in a worker, or on a server that renders the page), if Wayside already runs on this page, and if
/// the site's id or a threshold is not valid.
pub fn init(options: Options) -> Result<Wayside, Error> {
    Page::open(&options)?;
    Ok(Wayside(()))
}

/// Records a touchpoint. `fields` is a struct or a map; `&()` records it without fields.
///
/// The names of touchpoints and fields are those of `docs/touchpoints.md`; under any other name, it is a touchpoint of
/// the site's own, and any other field is one of its properties.
///
/// ```no_run
/// # fn record() -> Result<(), wayside_web::Error> {
/// #[derive(serde::Serialize)]
/// struct Search<'a> {
///     search_term: &'a str,
///     results: u32,
/// }
///
/// wayside_web::track("search", &Search { search_term: "mugs", results: 12 })?;
/// wayside_web::track("size_guide_opened", &())
/// # }
/// ```
///
/// # Errors
///
/// Fails if Wayside does not run, if `fields` is neither a struct nor a map or cannot be serialized, and if the touchpoint
/// is not valid, for example because a required field is missing. Nothing is recorded then.
pub fn track<T: Serialize + ?Sized>(name: &str, fields: &T) -> Result<(), Error> {
    let page = page()?;
    let fields = fields
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|error| Kind::Fields(error.to_string()))?;
    let fields = match fields.is_null() || fields.is_undefined() {
        true => js_sys::Object::new().into(),
        false => fields,
    };
    if !fields.is_object() || js_sys::Array::is_array(&fields) {
        return Err(Kind::Fields("fields are a struct or a map".into()).into());
    }
    Parsed::parse(name, &values::from_js(&fields)).map_err(|error| Kind::Touchpoint(name.into(), error))?;
    page.put(Message::Call, &name.into(), &fields);
    Ok(())
}

/// Stores the visitor's decision, which also holds on the next pages. A withdrawal removes everything stored, in every
/// tab. A visitor who agrees later is a new visitor.
///
/// # Errors
///
/// Fails if Wayside does not run.
pub fn consent(decision: Decision) -> Result<(), Error> {
    page()?.put(Message::Consent, &decision.name().into(), &JsValue::UNDEFINED);
    Ok(())
}

/// Forgets the visitor and continues as a new one.
///
/// # Errors
///
/// Fails if Wayside does not run.
pub fn reset() -> Result<(), Error> {
    page()?.put(Message::Reset, &externs::new_id().into(), &JsValue::UNDEFINED);
    Ok(())
}

/// The stage of the visitor's journey; `None` until the page has started.
///
/// # Errors
///
/// Fails if Wayside does not run.
pub fn stage() -> Result<Option<Stage>, Error> {
    let name = page()?.ask(|tracker| tracker.stage());
    Ok(name.and_then(Stage::from_name))
}

/// The delivery state of this page's touchpoints: captured = acked + dropped + refused + pending. `None` until the page
/// has started.
///
/// # Errors
///
/// Fails if Wayside does not run.
pub fn status() -> Result<Option<Status>, Error> {
    Ok(page()?.ask(|tracker| tracker.status()))
}

/// The visitor.
///
/// # Errors
///
/// Fails if Wayside does not run, or if a script of the site has stored an id that is not valid.
pub fn visitor() -> Result<VisitorId, Error> {
    let page = page()?;
    page.take_in();
    Ok(VisitorId::parse(&page.boot.visitor()).map_err(Kind::Visitor)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that renders a page runs the same code as the page.
    #[test]
    fn outside_a_page_every_call_returns_an_error() {
        let error = init(Options::new("shop")).unwrap_err();
        assert!(error.to_string().contains("in pages only"), "{error}");
        let errors = [
            track("view_item", &()).unwrap_err(),
            consent(Decision::Granted).unwrap_err(),
            reset().unwrap_err(),
            stage().unwrap_err(),
            status().unwrap_err(),
            visitor().unwrap_err(),
            on_signal(drop).unwrap_err(),
            on_touchpoint(drop).unwrap_err(),
        ];
        for error in errors {
            assert!(error.is_not_running() && !error.is_refused_touchpoint(), "{error}");
        }
    }

    #[test]
    fn an_error_names_the_touchpoint_and_its_field() {
        let refused = Parsed::parse("search", &wayside_model::Value::map([])).unwrap_err();
        let error = Error::from(Kind::Touchpoint("search".into(), refused));
        assert_eq!(error.to_string(), "touchpoint \"search\": field search_term is missing");
        assert!(error.is_refused_touchpoint());
        assert!(std::error::Error::source(&error).is_some());
    }
}
