//! The read token as a setting: from a file, from the environment, or, with a warning, from the command line.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;

/// The options for the read token.
#[derive(Args)]
pub(crate) struct ReadTokenFlags {
    /// Token that dashboard and API ask for; use WAYSIDE_READ_TOKEN or --read-token-file, because every user of this machine can read
    /// command lines
    #[arg(long, value_name = "TOKEN", env = "WAYSIDE_READ_TOKEN", hide_env_values = true)]
    read_token: Option<String>,
    /// File with the token that dashboard and API ask for
    #[arg(long, value_name = "FILE", env = "WAYSIDE_READ_TOKEN_FILE")]
    read_token_file: Option<PathBuf>,
}

impl ReadTokenFlags {
    /// The token, if there is one.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read.
    pub(crate) fn token(&self) -> Result<Option<String>> {
        if is_argument(std::env::args()) {
            tracing::warn!(
                "the read token is on the command line, where every user of this machine can read it; put it into a file and name it \
                 with --read-token-file, or set WAYSIDE_READ_TOKEN"
            );
        }
        of_file(self.read_token.clone(), self.read_token_file.as_deref())
    }
}

/// The token itself, or that of a file.
///
/// # Errors
///
/// Fails if the file cannot be read.
pub(crate) fn of_file(token: Option<String>, file: Option<&Path>) -> Result<Option<String>> {
    let token = match (token, file) {
        (Some(token), _) => Some(token),
        (None, Some(path)) => {
            let text = std::fs::read_to_string(path);
            Some(text.with_context(|| format!("cannot read the read token in {}; check the path", path.display()))?)
        }
        (None, None) => None,
    };
    Ok(token
        .map(|token| token.trim().to_owned())
        .filter(|token| !token.is_empty()))
}

fn is_argument(mut arguments: impl Iterator<Item = String>) -> bool {
    arguments.any(|argument| argument == "--read-token" || argument.starts_with("--read-token="))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_on_the_command_line_is_noticed() {
        let is_argument = |line: &str| super::is_argument(line.split(' ').map(str::to_owned));
        assert!(is_argument("wayside serve --read-token t") && is_argument("wayside serve --read-token=t"));
        assert!(!is_argument("wayside serve --read-token-file f") && !is_argument("wayside serve"));
    }

    #[test]
    fn a_file_has_the_token_with_or_without_a_line_break() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        for (text, expected) in [("abc\n", Some("abc")), ("abc", Some("abc")), ("\n", None)] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(of_file(None, Some(&path)).unwrap().as_deref(), expected);
        }
        assert_eq!(
            of_file(Some("x".to_owned()), Some(&path)).unwrap().as_deref(),
            Some("x")
        );
        let error = of_file(None, Some(&folder.path().join("none")))
            .unwrap_err()
            .to_string();
        assert!(error.contains("check the path"), "{error}");
    }
}
