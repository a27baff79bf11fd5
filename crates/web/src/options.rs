//! What the bootstrap says when it starts the tracker.

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
    /// Reads them; `None` where an identity is not what it must be, and only the site's is not the bootstrap's own.
    pub(crate) fn parse(options: &Value) -> Option<Self> {
        let text = |name: &str| options.get(name).and_then(Value::as_text).unwrap_or_default();
        let number = |name: &str| options.get(name).and_then(Value::as_number).unwrap_or_default();
        let flag = |name: &str| options.get(name).and_then(Value::as_bool).unwrap_or_default();
        let mut config = Config::new(
            SiteId::parse(text("site")).ok()?,
            WriterId::parse(text("writer")).ok()?,
            VisitorId::parse(text("visitor")).ok()?,
        );
        config.consent = Consent::from_name(text("consent")).unwrap_or_default();
        config.automated = flag("automated");
        let time = |name| Timestamp::from_millis(number(name) as i64);
        Some(Self {
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
