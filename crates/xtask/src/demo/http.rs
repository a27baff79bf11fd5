//! HTTP requests to the demo's server.

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;

pub(crate) fn json<T: DeserializeOwned>(base: &str, path: &str) -> Result<T> {
    serde_json::from_str(&text(base, path)?).with_context(|| format!("{base}{path} gave JSON of another form"))
}

pub(crate) fn text(base: &str, path: &str) -> Result<String> {
    ureq::get(&format!("{base}{path}"))
        .call()
        .with_context(|| format!("GET {base}{path}"))?
        .body_mut()
        .read_to_string()
        .with_context(|| format!("GET {base}{path}"))
}
