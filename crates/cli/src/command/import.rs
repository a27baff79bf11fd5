//! `wayside import`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use wayside_analyzer::import::{Import as Rows, Mapping, Pieces, Summary};
use wayside_model::SiteId;
use wayside_store::{DataWriter, Options};

use super::{Data, now, site};
use crate::output::{Format, print};

/// Imports a file of touchpoints by a mapping file. Importing a file again doubles nothing.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Import {
    /// The file: CSV or JSONL (also gzipped), columns of words, or Parquet
    file: PathBuf,
    /// TOML file that says what the columns mean; docs/import.md explains it
    #[arg(long, value_name = "FILE")]
    mapping: PathBuf,
    /// Which site the touchpoints are of; made when it is new
    #[arg(long, value_parser = site)]
    site: SiteId,
    #[command(flatten)]
    data: Data,
    /// How to print the summary; left out: a table on a terminal, JSON when piped
    #[arg(long)]
    format: Option<Format>,
}

const EXAMPLES: &str = "\
Examples:
  wayside import examples/data/ecom/ecom.csv.gz --mapping examples/data/ecom/ecom.toml --site ecom
  wayside import examples/data/cdnow/CDNOW_sample.txt --mapping examples/data/cdnow/cdnow.toml --site cdnow

Rows that do not fit become dead letters with their line and reason; `accepted` counts both.";

impl Import {
    /// Runs it.
    pub(crate) async fn run(self) -> Result<()> {
        let mapping = Mapping::load(&self.mapping)?;
        let now = now();
        let rows = Rows::open(&self.file, &mapping, &self.site, now)?;
        let mut pieces = Pieces::new(rows, self.site.clone(), now, mapping.consent());
        let writer = DataWriter::lock(&self.data.folder, Options::default()).await?;

        let (bytes, _) = pieces.progress();
        let bar = ProgressBar::new(bytes).with_style(style()?);
        while let Some(piece) = pieces.next() {
            let piece = piece.with_context(|| so_far(pieces.summary()))?;
            writer
                .append(vec![piece])
                .await
                .with_context(|| so_far(pieces.summary()))?;
            bar.set_position(pieces.progress().1);
            bar.set_message(format!("{} accepted", pieces.summary().accepted()));
        }
        bar.finish_and_clear();
        writer.compact().await?;
        writer.close().await?;
        Ok(print(&self.shown(pieces.summary())?)?)
    }

    fn shown(&self, summary: &Summary) -> Result<String> {
        let reasons = summary.reasons.iter();
        Ok(match Format::or_fitting(self.format) {
            Format::Json => {
                let reasons: Vec<_> = reasons
                    .map(|(code, reason)| {
                        json!({
                            "code": code,
                            "rows": reason.rows,
                            "first_line": reason.first_line,
                            "detail": reason.detail,
                        })
                    })
                    .collect();
                let (accepted, good, dead) = (summary.accepted(), summary.good, summary.dead);
                let site = self.site.as_str();
                serde_json::to_string_pretty(
                    &json!({ "site": site, "accepted": accepted, "good": good, "dead": dead, "reasons": reasons }),
                )?
            }
            Format::Csv => {
                let (accepted, good, dead) = (summary.accepted(), summary.good, summary.dead);
                format!("site,accepted,good,dead\n{},{accepted},{good},{dead}", self.site)
            }
            Format::Table => {
                let (accepted, good, dead) = (summary.accepted(), summary.good, summary.dead);
                let mut text = format!("{}: {accepted} accepted = {good} good + {dead} dead letters", self.site);
                for (code, reason) in reasons {
                    let (rows, line, detail) = (reason.rows, reason.first_line, &reason.detail);
                    text.push_str(&format!("\n  {rows} for {code}; the first at line {line}: {detail}"));
                }
                text
            }
        })
    }
}

/// What is safe already when an import ends early.
fn so_far(summary: &Summary) -> String {
    format!(
        "the import stopped; up to {} rows are stored already, and importing again doubles none",
        summary.accepted()
    )
}

fn style() -> Result<ProgressStyle> {
    let template = "{bar:30} {bytes}/{total_bytes} {msg} {elapsed}";
    ProgressStyle::with_template(template).context("the progress bar's template")
}
