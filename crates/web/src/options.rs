//! What the bootstrap says when it starts the tracker.

use wasm_bindgen::JsValue;
use wayside_model::{Consent, SiteId, Timestamp, Value, VisitorId, WriterId};
use wayside_tracker::{Config, Start};

/// The bootstrap's options, read; see `Options` in `js/tracker/src/wasm.ts`.
pub(crate) struct Options {
    pub(crate) config: Config,
    pub(crate) start: Start,
    /// Where batches go; requests there are not the page's.
    pub(crate) endpoint: String,
    /// When the page had loaded, if it has.
    pub(crate) loaded: Option<Timestamp>,
}

impl Options {
    /// Reads them; an error names the option that is wrong.
    pub(crate) fn parse(options: &Value) -> Result<Self, JsValue> {
        let text = |name: &str| options.get(name).and_then(Value::as_text).unwrap_or_default();
        let number = |name: &str| options.get(name).and_then(Value::as_number).unwrap_or_default();
        let flag = |name: &str| options.get(name).and_then(Value::as_bool).unwrap_or_default();
        let wrong = |_| JsValue::from_str("site");
        let mut config = Config::new(
            SiteId::parse(text("site")).map_err(wrong)?,
            WriterId::parse(text("writer")).map_err(wrong)?,
            VisitorId::parse(text("visitor")).map_err(wrong)?,
        );
        config.consent = Consent::from_name(text("consent")).unwrap_or_default();
        config.automated = flag("automated");
        let time = |name| Timestamp::from_millis(number(name) as i64);
        Ok(Self {
            config,
            start: Start {
                navigation: time("navigation"),
                reloaded: flag("reloaded"),
                reserved: number("reserved") as u32,
                ..Start::default()
            },
            endpoint: text("endpoint").into(),
            loaded: Some(time("loaded")).filter(|time| *time > Timestamp::MIN),
        })
    }
}
