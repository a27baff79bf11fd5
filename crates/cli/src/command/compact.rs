//! `wayside compact`.

use anyhow::Result;
use clap::Args;
use serde_json::json;
use wayside_store::{DataWriter, Merge, Options};

use super::Data;
use crate::output::{Format, print};

/// Moves what is in the log into the table. `serve` does so by itself; this is for a folder that no one serves.
#[derive(Args)]
pub(crate) struct Compact {
    #[command(flatten)]
    data: Data,
    /// Leave one file for every site, month and bucket, for the fastest reading
    #[arg(long)]
    all: bool,
    /// How to print what was done; left out: a table on a terminal, JSON when piped
    #[arg(long)]
    format: Option<Format>,
}

impl Compact {
    /// Runs it.
    pub(crate) async fn run(self) -> Result<()> {
        // A mistyped folder must not become a new one.
        self.data.open()?;
        let writer = DataWriter::lock(&self.data.folder, Options::default()).await?;
        let merge = if self.all { Merge::All } else { Merge::Tiered };
        let done = writer.compact_with(merge).await?;
        writer.clean().await?;
        writer.close().await?;
        let text = match Format::or_fitting(self.format) {
            Format::Json => serde_json::to_string_pretty(&json!({
                "version": done.version,
                "events": done.events,
                "copies": done.copies,
                "files_added": done.files_added,
                "files_removed": done.files_removed,
            }))?,
            Format::Csv => format!(
                "version,events,copies\n{},{},{}",
                done.version, done.events, done.copies
            ),
            Format::Table => format!(
                "{} events taken from the log, {} of them copies; {} files written, {} replaced",
                done.events, done.copies, done.files_added, done.files_removed
            ),
        };
        Ok(print(&text)?)
    }
}
