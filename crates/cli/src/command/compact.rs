//! `wayside compact`.

use anyhow::Result;
use clap::Args;
use serde_json::json;
use wayside_store::{DataWriter, Merge, Options};

use super::Data;
use crate::output::{Format, print};

/// Moves the log into the table. `serve` does so automatically; use this for a folder without a running server.
#[derive(Args)]
pub(crate) struct Compact {
    #[command(flatten)]
    data: Data,
    /// Merge the files of every site, month and bucket into one, for the fastest reading
    #[arg(long)]
    all: bool,
    /// Output format of the summary [default: a table on a terminal, JSON otherwise]
    #[arg(long)]
    format: Option<Format>,
}

impl Compact {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<()> {
        // A mistyped path must not create a new folder.
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
                "{} events moved from the log, {} of them copies; {} files written, {} replaced",
                done.events, done.copies, done.files_added, done.files_removed
            ),
        };
        Ok(print(&text)?)
    }
}
