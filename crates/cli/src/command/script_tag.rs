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
/// With --integrity, the browser runs wayside.js only if it is exactly the file that this binary serves. Each version
/// of Wayside has another hash: print the tag again after each upgrade. docs/sdk.md explains what the hash protects
/// against.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ScriptTag {
    /// The site of the pages
    #[arg(long, value_parser = site)]
    site: SiteId,
    /// The address under which pages reach `wayside serve`
    #[arg(long, value_name = "URL", env = "WAYSIDE_PUBLIC_URL", default_value = "http://127.0.0.1:8787", value_parser = address)]
    url: Url,
    /// Add the hash that pins wayside.js
    #[arg(long)]
    integrity: bool,
    /// Folder with the served wayside.js [default: the one in this binary]
    #[arg(long, value_name = "DIR", env = "WAYSIDE_SDK")]
    sdk: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  wayside script-tag --site shop --url https://collect.example
  wayside script-tag --site shop --url https://collect.example --integrity";

impl ScriptTag {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<()> {
        let pin = if self.integrity {
            let value = integrity(&self.file()?);
            // Without `crossorigin` a browser cannot verify a file from another origin, and refuses it.
            format!(" integrity=\"{value}\" crossorigin=\"anonymous\"")
        } else {
            String::new()
        };
        let (url, site) = (self.url.join(FILE)?, &self.site);
        Ok(print(&format!(
            "<script async src=\"{url}\"{pin} data-site=\"{site}\"></script>"
        ))?)
    }

    /// The content of the file that the tag loads.
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

/// The value of `integrity`: the name of the hash function and the hash in Base64.
fn integrity(file: &[u8]) -> String {
    format!("sha384-{}", BASE64_STANDARD.encode(Sha384::digest(file)))
}

/// Parses an address below which the SDK's files are served.
///
/// # Errors
///
/// Fails if `raw` is not such an address; the message shows an example.
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
    fn the_hash_equals_the_one_that_browsers_compute() {
        // `printf 'alert(1)' | openssl dgst -sha384 -binary | base64 -w 0`
        let value = "HT2E9NfWiuQ/w1PRai+hTyqW16NIoCGA/m8VQDUopfAtcz6YQjtsMmQd5uRbVDpW";
        assert_eq!(integrity(b"alert(1)"), format!("sha384-{value}"));
    }

    #[test]
    fn the_file_is_addressed_below_the_given_folder() {
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
