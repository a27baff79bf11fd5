//! The settings of `serve`: flags before environment, environment before the file, the file before defaults.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// The table `[serve]` of `wayside.toml` in the data folder. Unknown keys are refused.
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
    /// As `--read-token-file`.
    pub(crate) read_token_file: Option<std::path::PathBuf>,
    /// As `--admin-token-file`.
    pub(crate) admin_token_file: Option<std::path::PathBuf>,
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
    /// The collector reads these.
    #[serde(default, rename = "sites")]
    _sites: toml::Table,
}

impl ServeFile {
    /// Reads `wayside.toml` in the data folder; without the file, nothing is set.
    pub(crate) fn load(folder: &Path) -> Result<Self> {
        let path = folder.join("wayside.toml");
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        Self::parse(&text).with_context(|| format!("{} is not valid; docs/cli.md lists its keys", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        Ok(toml::from_str::<File>(text)?.serve)
    }
}

/// Refuses unknown variables that look like settings, because a misspelt `WAYSIDE_READ_TOKEN` must not go unnoticed.
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

/// The known variables, without the prefix `WAYSIDE_`.
const KNOWN_VARIABLES: [&str; 13] = [
    "DATA",
    "LISTEN",
    "SHOP",
    "SDK",
    "TRAFFIC",
    "READ_TOKEN",
    "READ_TOKEN_FILE",
    "ADMIN_TOKEN",
    "ADMIN_TOKEN_FILE",
    "SERVER",
    "PUBLIC_URL",
    "TRUSTED_PROXY",
    "LOG",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_a_key_for_each_flag() {
        let file = ServeFile::parse("[serve]\nlisten = \"127.0.0.1:1\"\n[sites.shop]\nkey = \"k\"").unwrap();
        assert_eq!(file.listen.as_deref(), Some("127.0.0.1:1"));
        assert_eq!(ServeFile::parse("").unwrap(), ServeFile::default());
    }

    #[test]
    fn unknown_keys_in_the_file_are_refused_with_their_line() {
        let error = format!("{:#}", ServeFile::parse("[serve]\nlissten = \"x\"").unwrap_err());
        assert!(
            error.contains("line 2") && error.contains("unknown field `lissten`, expected one of `listen`"),
            "{error}"
        );
        assert!(ServeFile::parse("[server]\n").is_err());
    }

    #[test]
    fn a_misspelt_variable_is_refused_with_the_nearest_name() {
        let error = check_environment(["WAYSIDE_READ_TOKN".into()]).unwrap_err().to_string();
        assert!(error.contains("did you mean WAYSIDE_READ_TOKEN?"), "{error}");
        check_environment(["WAYSIDE_DATA".into(), "WAYSIDE_CHROMIUM".into(), "HOME".into()]).unwrap();
    }
}
