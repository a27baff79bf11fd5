//! The settings of `serve`: flags before environment, environment before the file, the file before defaults.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The table `[serve]` of `wayside.toml` in the data folder. A key that is not here is refused, not passed over.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ServeFile {
    /// As `--listen`.
    pub(crate) listen: Option<String>,
    /// As `--shop`.
    pub(crate) shop: Option<std::path::PathBuf>,
    /// As `--sdk`.
    pub(crate) sdk: Option<std::path::PathBuf>,
    /// As `--traffic`.
    pub(crate) traffic: Option<String>,
    /// As `--read-token`.
    pub(crate) read_token: Option<String>,
    /// As `--public-url`.
    pub(crate) public_url: Option<String>,
    /// As `--trusted-proxy`.
    pub(crate) trusted_proxy: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    serve: ServeFile,
    /// The store reads these.
    #[serde(default, rename = "sites")]
    _sites: toml::Table,
}

impl ServeFile {
    /// Reads `wayside.toml` in the data folder; without one, nothing is set.
    pub(crate) fn load(folder: &Path) -> Result<Self> {
        let path = folder.join("wayside.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        Self::parse(&text).with_context(|| format!("{} is not understood; docs/cli.md lists its keys", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        Ok(toml::from_str::<File>(text)?.serve)
    }
}

/// Refuses variables that look like settings and are none: a misspelt `WAYSIDE_READ_TOKEN` must not go unnoticed.
pub(crate) fn check_environment(names: impl IntoIterator<Item = String>) -> Result<()> {
    for name in names {
        let Some(word) = name.strip_prefix("WAYSIDE_") else {
            continue;
        };
        if KNOWN_VARIABLES.contains(&word) {
            continue;
        }
        if let Some(near) = wayside_analyzer::import::nearest(word, KNOWN_VARIABLES) {
            bail!("unknown environment variable {name}; did you mean WAYSIDE_{near}? Rename or unset it");
        }
    }
    Ok(())
}

/// What the environment may set, after `WAYSIDE_`.
const KNOWN_VARIABLES: [&str; 9] = [
    "DATA",
    "LISTEN",
    "SHOP",
    "SDK",
    "TRAFFIC",
    "READ_TOKEN",
    "PUBLIC_URL",
    "TRUSTED_PROXY",
    "LOG",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_sets_what_flags_set() {
        let file = ServeFile::parse("[serve]\nlisten = \"127.0.0.1:1\"\n[sites.shop]\nkey = \"k\"").unwrap();
        assert_eq!(file.listen.as_deref(), Some("127.0.0.1:1"));
        assert_eq!(ServeFile::parse("").unwrap(), ServeFile::default());
    }

    #[test]
    fn what_the_file_says_and_no_one_knows_is_refused_with_its_line() {
        let error = format!("{:#}", ServeFile::parse("[serve]\nlissten = \"x\"").unwrap_err());
        assert!(
            error.contains("line 2") && error.contains("unknown field `lissten`, expected one of `listen`"),
            "{error}"
        );
        assert!(ServeFile::parse("[server]\n").is_err());
    }

    #[test]
    fn a_misspelt_variable_is_told_the_nearest() {
        let error = check_environment(["WAYSIDE_READ_TOKN".into()]).unwrap_err().to_string();
        assert!(error.contains("did you mean WAYSIDE_READ_TOKEN?"), "{error}");
        check_environment(["WAYSIDE_DATA".into(), "WAYSIDE_CHROMIUM".into(), "HOME".into()]).unwrap();
    }
}
