//! `wayside import`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use wayside_analyzer::import::{Import as Rows, Mapping, Notes, Pieces, Summary, ready};
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
    #[arg(long, value_name = "FILE", required_unless_present = "from")]
    mapping: Option<PathBuf>,
    /// A shipped mapping in place of a file of your own: shopify, segment, ga4-bigquery and others; `wayside mappings` lists them
    #[arg(long, value_name = "NAME", conflicts_with = "mapping")]
    from: Option<String>,
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
  wayside import orders_export.csv --from shopify --site shop
  wayside import examples/data/cdnow/CDNOW_sample.txt --mapping examples/data/cdnow/cdnow.toml --site cdnow

Rows that do not fit become dead letters with their line and reason, and rows that are there already are counted as copies;
`accepted` counts all three. An import in which nothing is good ends with exit code 1.";

impl Import {
    /// Runs it.
    pub(crate) async fn run(self) -> Result<()> {
        let mapping = self.chosen()?;
        let now = now();
        let rows = Rows::open(&self.file, &mapping, &self.site, now)?;
        let mut pieces = Pieces::new(rows, self.site.clone(), now, &mapping);
        let writer = DataWriter::lock(&self.data.folder, Options::default()).await?;
        // What waits in the log already has copies of its own, which are not this import's.
        writer.compact().await?;

        let (bytes, _) = pieces.progress();
        let bar = ProgressBar::new(bytes).with_style(style()?);
        let mut failed = None;
        while let Some(piece) = pieces.next() {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            };
            writer
                .append(vec![piece])
                .await
                .with_context(|| so_far(pieces.summary()))?;
            bar.set_position(pieces.progress().1);
            bar.set_message(format!("{} accepted", pieces.summary().accepted()));
        }
        bar.finish_and_clear();
        let copies = writer.compact().await?.copies;
        writer.close().await?;
        let summary = pieces.summary();
        print(&self.shown(summary, copies, &pieces.notes())?)?;
        if let Some(error) = failed {
            return Err(error).with_context(|| so_far(summary));
        }
        if summary.good == 0 {
            bail!("{}", nothing(&self.file, summary, &pieces.notes()));
        }
        Ok(())
    }

    fn chosen(&self) -> Result<Mapping> {
        match (&self.mapping, &self.from) {
            (Some(path), _) => Ok(Mapping::load(path)?),
            (None, Some(name)) => Ok(ready(name)?.mapping()?),
            (None, None) => bail!("say what the columns mean: --mapping FILE, or --from NAME for a shipped mapping"),
        }
    }

    fn shown(&self, summary: &Summary, copies: u64, notes: &Notes) -> Result<String> {
        let (accepted, dead) = (summary.accepted(), summary.dead);
        // Copies of dead letters are not counted there.
        let good = summary.good.saturating_sub(copies);
        let left_out = notes.left_out;
        Ok(match Format::or_fitting(self.format) {
            Format::Json => {
                let reasons: Vec<_> = summary
                    .reasons
                    .iter()
                    .map(|(code, reason)| {
                        json!({
                            "code": code,
                            "rows": reason.rows,
                            "first_line": reason.first_line,
                            "detail": reason.detail,
                        })
                    })
                    .collect();
                serde_json::to_string_pretty(&json!({
                    "site": self.site.as_str(),
                    "accepted": accepted,
                    "good": good,
                    "copies": copies,
                    "dead": dead,
                    "left_out": left_out,
                    "equal_rows": notes.equal_rows,
                    "never_found": notes.never_found,
                    "reasons": reasons,
                }))?
            }
            Format::Csv => format!(
                "site,accepted,good,copies,dead,left_out\n{},{accepted},{good},{copies},{dead},{left_out}",
                self.site
            ),
            Format::Table => {
                let mut text = format!(
                    "{}: {accepted} accepted = {good} good + {copies} copies + {dead} dead letters",
                    self.site
                );
                for (code, reason) in &summary.reasons {
                    let (rows, line, detail) = (reason.rows, reason.first_line, &reason.detail);
                    text.push_str(&format!("\n  {rows} for {code}; the first at line {line}: {detail}"));
                }
                if left_out > 0 {
                    text.push_str(&format!("\n  rows that the mapping leaves out: {left_out}"));
                }
                if notes.equal_rows > 0 {
                    text.push_str(&format!(
                        "\n  rows that are equal to an earlier row of the file: {} (`equal_rows` in the mapping says whether they count)",
                        notes.equal_rows
                    ));
                }
                if !notes.never_found.is_empty() {
                    text.push_str(&format!(
                        "\n  no row has these columns that the mapping reads: {}",
                        notes.never_found.join(", ")
                    ));
                }
                text
            }
        })
    }
}

/// Why an import that brought nothing has failed.
fn nothing(file: &Path, summary: &Summary, notes: &Notes) -> String {
    let file = file.display();
    if summary.dead > 0 {
        return format!("none of the {} rows of {file} is good; see the reasons", summary.dead);
    }
    match notes.left_out {
        0 => format!("{file} has no rows"),
        rows => format!("{file} has {rows} rows, and the mapping leaves out all of them"),
    }
}

/// The message about rows that are already stored if an import ends early.
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
