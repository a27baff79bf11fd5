//! `wayside script-tag`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use clap::Args;
use reqwest::Url;
use sha2::{Digest, Sha384};
use wayside_model::SiteId;

use super::site;
use crate::output::print;
use crate::server::sdk_file;

/// Prints the script tag for a shop's pages.
///
/// With --integrity the browser runs wayside.js only if it is the very file that this binary serves. Another version of Wayside
/// has another value: print the tag anew at each upgrade. docs/sdk.md says what that guards against, and what it does not.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ScriptTag {
    /// Which site the pages are of
    #[arg(long, value_parser = site)]
    site: SiteId,
    /// Where pages reach `wayside serve`
    #[arg(long, value_name = "URL", env = "WAYSIDE_PUBLIC_URL", default_value = "http://127.0.0.1:8787", value_parser = address)]
    url: Url,
    /// Add the value that pins wayside.js
    #[arg(long)]
    integrity: bool,
    /// Folder with the wayside.js that is served [default: that inside this binary]
    #[arg(long, value_name = "DIR", env = "WAYSIDE_SDK")]
    sdk: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  wayside script-tag --site shop --url https://collect.example
  wayside script-tag --site shop --url https://collect.example --integrity";

impl ScriptTag {
    /// Runs it.
    pub(crate) fn run(self) -> Result<()> {
        let pin = if self.integrity {
            let value = integrity(&self.file()?);
            // Without `crossorigin` a browser cannot look into what another origin sent, and refuses it.
            format!(" integrity=\"{value}\" crossorigin=\"anonymous\"")
        } else {
            String::new()
        };
        let (url, site) = (self.url.join(FILE)?, &self.site);
        Ok(print(&format!(
            "<script async src=\"{url}\"{pin} data-site=\"{site}\"></script>"
        ))?)
    }

    /// The file that the tag loads.
    fn file(&self) -> Result<Vec<u8>> {
        match &self.sdk {
            Some(folder) => {
                let path = folder.join(FILE);
                std::fs::read(&path).with_context(|| format!("cannot read {}; check --sdk", path.display()))
            }
            None => {
                let file =
                    sdk_file(FILE).context("this binary has no SDK inside; build it behind `cargo xtask wasm`")?;
                Ok(file.into_owned())
            }
        }
    }
}

/// As browsers want it: the hash by its name and in Base64.
fn integrity(file: &[u8]) -> String {
    format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(file)))
}

/// An address below which the SDK's files lie.
///
/// # Errors
///
/// Says how to write one where `raw` is none.
pub(super) fn address(raw: &str) -> Result<Url, String> {
    const WANTED: &str = "write it as https://collect.example";
    let mut url = Url::parse(raw).map_err(|error| format!("{error}; {WANTED}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(WANTED.to_owned());
    }
    url.set_query(None);
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

const FILE: &str = "wayside.js";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_is_the_one_that_browsers_compute() {
        // `printf 'alert(1)' | openssl dgst -sha384 -binary | base64 -w 0`
        let value = "HT2E9NfWiuQ/w1PRai+hTyqW16NIoCGA/m8VQDUopfAtcz6YQjtsMmQd5uRbVDpW";
        assert_eq!(integrity(b"alert(1)"), format!("sha384-{value}"));
    }

    #[test]
    fn addresses_are_those_of_a_folder() {
        for (raw, expected) in [
            ("https://collect.example", "https://collect.example/wayside.js"),
            (
                "https://shop.example/collect",
                "https://shop.example/collect/wayside.js",
            ),
            (
                "http://127.0.0.1:8787/?site=shop#live",
                "http://127.0.0.1:8787/wayside.js",
            ),
            (
                "https://collect.example/\"><script>",
                "https://collect.example/%22%3E%3Cscript%3E/wayside.js",
            ),
        ] {
            assert_eq!(address(raw).unwrap().join(FILE).unwrap().as_str(), expected);
        }
        for raw in ["", "collect.example", "javascript:alert(1)", "file:///wayside.js"] {
            assert!(
                address(raw)
                    .unwrap_err()
                    .contains("write it as https://collect.example"),
                "{raw}"
            );
        }
    }
}
