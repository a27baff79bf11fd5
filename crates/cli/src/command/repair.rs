//! `wayside repair`.

use anyhow::Result;
use clap::Args;
use serde_json::json;
use wayside_store::Repaired;

use super::Data;
use crate::output::{Format, print};

/// Repairs a data folder in which `wayside check` finds damage, as far as possible. Stop `wayside serve` first.
///
/// A file of the table that cannot be read is moved aside, and its rows are counted as lost. A table whose Delta log is
/// missing or has lost commits is rebuilt from all readable data files; no event counts twice. Nothing is deleted:
/// files that are replaced or cannot be read are moved into DATA/aside. Delete that folder once you are satisfied with
/// the result.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Repair {
    #[command(flatten)]
    data: Data,
    /// Only report what would be done
    #[arg(long)]
    dry_run: bool,
    /// Output format [default: a table on a terminal, JSON otherwise]
    #[arg(long, value_parser = clap::builder::PossibleValuesParser::new(["table", "json"]))]
    format: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  wayside repair --dry-run           list problems and what would be done about them
  wayside repair && wayside check    repair the folder, then verify everything";

impl Repair {
    /// Runs the command.
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
            "kept: {} contains the files that were replaced or could not be read; delete it once you are satisfied",
            aside.display()
        ));
    }
    lines.join("\n")
}
