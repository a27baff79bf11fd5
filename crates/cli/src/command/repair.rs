//! `wayside repair`.

use anyhow::Result;
use clap::Args;
use serde_json::json;
use wayside_store::Repaired;

use super::Data;
use crate::output::{Format, print};

/// Mends a data folder that `wayside check` finds damaged, with what is left of it. Stop `wayside serve` first.
///
/// A file of the table that cannot be read is set aside, and its rows are counted as lost. A table whose Delta log is gone
/// or has lost commits is made anew from all data files that can be read; no event counts twice. Nothing is deleted: what
/// is replaced or cannot be read goes into DATA/aside. Delete that folder once you are content with the result.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Repair {
    #[command(flatten)]
    data: Data,
    /// Say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// How to print; left out: a table on a terminal, JSON when piped
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(["table", "json"]))]
    format: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  wayside repair --dry-run           what is wrong, and what would be done about it
  wayside repair && wayside check    mend it, then verify everything";

impl Repair {
    /// Runs it.
    pub(crate) async fn run(self) -> Result<()> {
        let repaired = wayside_store::repair(&self.data.folder, self.dry_run).await?;
        let asked = self
            .format
            .map(|name| if name == "json" { Format::Json } else { Format::Table });
        let text = match Format::or_fitting(asked) {
            Format::Json => serde_json::to_string_pretty(&json!({
                "dry_run": self.dry_run,
                "found": repaired.found,
                "done": repaired.done,
                "aside": repaired.aside,
            }))?,
            Format::Table | Format::Csv => text(&repaired, self.dry_run),
        };
        Ok(print(&text)?)
    }
}

fn text(repaired: &Repaired, dry_run: bool) -> String {
    if repaired.found.is_empty() {
        return "nothing to repair".to_owned();
    }
    let did = if dry_run { "would be done" } else { "done" };
    let mut lines: Vec<_> = repaired.found.iter().map(|found| format!("wrong: {found}")).collect();
    lines.extend(repaired.done.iter().map(|done| format!("{did}: {done}")));
    if let Some(aside) = &repaired.aside {
        lines.push(format!(
            "kept: {} holds what was replaced and what could not be read; delete it once you are content",
            aside.display()
        ));
    }
    lines.join("\n")
}
