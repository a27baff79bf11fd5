//! `wayside compact`.

use anyhow::Result;
use clap::Args;
use serde_json::json;
use wayside_analyzer::KeptStates;
use wayside_store::{DataWriter, Merge, Options, Outgrown};

use super::{Data, configured, now};
use crate::output::{Format, print};
use crate::retention::forget_old;

/// Moves the log into the table, and deletes what is older than `keep_days` of `wayside.toml`. `serve` does so automatically; use this for a folder without a running server.
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
        let old = match configured(writer.store())? {
            Some(sites) => forget_old(&writer, &KeptStates::open(&self.data.folder), &sites, now()).await?,
            None => Outgrown::default(),
        };
        writer.close().await?;
        let text = match Format::or_fitting(self.format) {
            Format::Json => serde_json::to_string_pretty(&json!({
                "version": done.version,
                "events": done.events,
                "copies": done.copies,
                "files_added": done.files_added,
                "files_removed": done.files_removed,
                "too_old": old.events,
            }))?,
            Format::Csv => format!(
                "version,events,copies\n{},{},{}",
                done.version, done.events, done.copies
            ),
            Format::Table => format!(
                "{} events moved from the log, {} of them copies; {} files written, {} replaced; {} touchpoints were older than \
                 keep_days and are deleted",
                done.events, done.copies, done.files_added, done.files_removed, old.events
            ),
        };
        Ok(print(&text)?)
    }
}
