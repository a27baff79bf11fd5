//! `wayside clear-answers`.

use anyhow::{Context, Result};
use clap::Args;
use serde_json::json;
use wayside_analyzer::KeptStates;

use super::Data;
use crate::output::{Format, print};

/// Deletes what earlier reports have kept in DATA/answers for faster answers. The next reports read all data again and keep
/// their results anew; no figure changes. It is safe at any time, also while a server is running.
#[derive(Args)]
pub(crate) struct ClearAnswers {
    #[command(flatten)]
    data: Data,
    /// Output format of the summary [default: a table on a terminal, JSON otherwise]
    #[arg(long)]
    format: Option<Format>,
}

impl ClearAnswers {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<()> {
        // A mistyped path must not look like an empty folder.
        let store = self.data.open()?;
        let cleared = KeptStates::clear(store.dir())
            .with_context(|| format!("cannot delete all files in {}", store.dir().join("answers").display()))?;
        let text = match Format::or_fitting(self.format) {
            Format::Json => serde_json::to_string_pretty(&json!({ "files": cleared.files, "bytes": cleared.bytes }))?,
            Format::Csv => format!("files,bytes\n{},{}", cleared.files, cleared.bytes),
            Format::Table => match cleared.files {
                0 => "no answers are kept on disk".to_owned(),
                1 => "1 file deleted".to_owned(),
                files => format!("{files} files deleted, {} KiB", cleared.bytes / 1024),
            },
        };
        Ok(print(&text)?)
    }
}
