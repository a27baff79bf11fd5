//! The site's settings that an earlier page got from the collector. The script tag's loader reads the same
//! (`js/tracker/src/loader.ts`), and there, too, options of the page come first.

use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::JsValue;
use wayside_model::detect::Thresholds;

use crate::store;
use crate::values;

/// Settings by name; none unless they are a JSON object.
pub(super) struct Settings(JsValue);

impl Settings {
    /// Those in the browser's storage.
    pub(super) fn kept(site: &str) -> Self {
        let json = store::text(&store::key_of("settings", site)).unwrap_or_default();
        let parsed = JSON::parse(&json).ok().filter(JsValue::is_object);
        Self(parsed.unwrap_or_else(|| Object::new().into()))
    }

    /// A setting; undefined if it is the default.
    pub(super) fn get(&self, name: &str) -> JsValue {
        Reflect::get(&self.0, &name.into()).unwrap_or_default()
    }

    /// A setting that is text; empty if it is the default.
    pub(super) fn text(&self, name: &str) -> String {
        values::text(&self.get(name))
    }

    /// The version of the settings; `None` if there are none.
    pub(super) fn version(&self) -> Option<String> {
        self.get("version").as_string()
    }

    /// The thresholds with their values by index.
    pub(super) fn thresholds(&self) -> Vec<(usize, i64)> {
        let thresholds = values::from_js(&self.get("thresholds"));
        let set = thresholds.pairs().iter();
        set.filter_map(|(name, value)| Some((Thresholds::place(name)?, value.as_int()?)))
            .collect()
    }
}
