//! `wayside import`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use wayside_analyzer::import::{Mapping, ready};
use wayside_model::SiteId;
use wayside_store::{DataWriter, Options};

use super::imports::AtServer;
use super::{Data, locked, now, site};
use crate::admin::Remote;
use crate::importing::{Goes, Job, Outcome, Progress};
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
    /// Let rows take the place of earlier ones with the same id, as a corrected file does; the mapping must name `id`
    #[arg(long)]
    replace: bool,
    /// Write the rows that the mapping leaves out into this CSV file, each with its line, the reason and its text; overwritten if
    /// it exists
    #[arg(long, value_name = "FILE")]
    left_out: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    at: AtServer,
    /// How to print the summary; left out: a table on a terminal, JSON when piped
    #[arg(long)]
    format: Option<Format>,
}

const EXAMPLES: &str = "\
Examples:
  wayside import examples/data/ecom/ecom.csv.gz --mapping examples/data/ecom/ecom.toml --site ecom
  wayside import orders_export.csv --from shopify --site shop
  wayside import orders_export.csv --from shopify --site shop --server http://127.0.0.1:8787
                                                        while `wayside serve` runs; docs/import.md
  wayside import corrected.csv --mapping orders.toml --site shop --replace
  wayside import events.csv --mapping events.toml --site shop --left-out left-out.csv
  wayside imports list                                  what was imported
  wayside imports undo 3                                takes import 3 back

Rows that do not fit become dead letters with their line and reason, and rows that are there already are counted as copies;
`accepted` counts all three. An import in which nothing is good ends with exit code 1.";

impl Import {
    /// Runs it.
    pub(crate) async fn run(self) -> Result<()> {
        let (text, mapping) = self.chosen()?;
        self.check_left_out()?;
        let name = self.file.file_name().unwrap_or(self.file.as_os_str());
        let name = name.to_string_lossy().into_owned();
        let outcome = match &self.at.server {
            Some(address) => {
                let remote = Remote::new(address, self.at.token()?)?;
                let bar = ProgressBar::no_length().with_style(style(BYTES)?);
                let sent = remote
                    .import(&self.file, &name, &text, &self.site, self.replace, &bar)
                    .await;
                bar.finish_and_clear();
                sent?
            }
            None => self.here(name, mapping.clone()).await?,
        };
        print(&shown(&outcome, self.format)?)?;
        let listed = match self.at.server {
            Some(_) => self.list_left_out(&mapping),
            None => Ok(()),
        };
        match outcome.failure {
            Some(failure) => bail!("{failure}"),
            None => listed,
        }
    }

    /// Imports into the data folder itself.
    async fn here(&self, name: String, mapping: Mapping) -> Result<Outcome> {
        let job = Job {
            path: self.file.clone(),
            name,
            mapping,
            site: self.site.clone(),
            replaces: self.replace,
            left_out: self.left_out.clone(),
            now,
        };
        let opened = job.open()?;
        let writer = DataWriter::lock(&self.data.folder, Options::default()).await;
        let writer = writer.map_err(|error| locked(error, &self.data.folder))?;
        let bar = ProgressBar::no_length().with_style(style(BYTES)?);
        let outcome = opened.run(&writer, |progress| tell(&bar, progress)).await;
        bar.finish_and_clear();
        writer.close().await?;
        outcome
    }

    /// Refuses to overwrite what is being read.
    fn check_left_out(&self) -> Result<()> {
        let Some(path) = &self.left_out else { return Ok(()) };
        // A file that does not exist yet has no such path.
        let Ok(target) = path.canonicalize() else {
            return Ok(());
        };
        for read in [Some(&self.file), self.mapping.as_ref()].into_iter().flatten() {
            if read.canonicalize().is_ok_and(|read| read == target) {
                bail!(
                    "--left-out {} would overwrite the file that is read; name another",
                    path.display()
                );
            }
        }
        Ok(())
    }

    /// Lists the rows left out of a file that a server has imported, by reading the file again.
    fn list_left_out(&self, mapping: &Mapping) -> Result<()> {
        let Some(path) = &self.left_out else { return Ok(()) };
        let rows = wayside_analyzer::import::Import::open(&self.file, mapping, &self.site, now())?;
        for row in rows.listing_left_out(path)? {
            row?;
        }
        Ok(())
    }

    /// The mapping, and its text.
    fn chosen(&self) -> Result<(String, Mapping)> {
        match (&self.mapping, &self.from) {
            (Some(path), _) => {
                let mapping = Mapping::load(path)?;
                let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
                Ok((text, mapping))
            }
            (None, Some(name)) => Ok((ready(name)?.text(), ready(name)?.mapping()?)),
            (None, None) => bail!("say what the columns mean: --mapping FILE, or --from NAME for a shipped mapping"),
        }
    }
}

/// Shows how far an import has come.
pub(crate) fn tell(bar: &ProgressBar, progress: Progress) -> Goes {
    match progress.to_store {
        0 => {
            bar.set_length(progress.bytes);
            bar.set_position(progress.read);
            bar.set_message(format!("{} accepted", progress.accepted));
        }
        to_store => {
            if let Ok(style) = style(ROWS) {
                bar.set_style(style);
            }
            bar.set_length(to_store);
            bar.set_position(progress.stored);
            bar.set_message("stored");
        }
    }
    Goes::On
}

pub(super) fn shown(outcome: &Outcome, format: Option<Format>) -> Result<String> {
    let Outcome {
        import,
        site,
        accepted,
        good,
        copies,
        dead,
        replaced,
        left_out,
        equal_rows,
        ..
    } = outcome;
    Ok(match Format::or_fitting(format) {
        Format::Json => {
            let summary = Outcome {
                failure: None,
                ..outcome.clone()
            };
            serde_json::to_string_pretty(&summary)?
        }
        Format::Csv => format!(
            "site,accepted,good,copies,dead,left_out,replaced,import\n\
             {site},{accepted},{good},{copies},{dead},{left_out},{replaced},{import}"
        ),
        Format::Table => {
            let mut text = format!("{site}: {accepted} accepted = {good} good + {copies} copies + {dead} dead letters");
            for reason in &outcome.reasons {
                let (rows, code, line, detail) = (reason.rows, &reason.code, reason.first_line, &reason.detail);
                text.push_str(&format!("\n  {rows} for {code}; the first at line {line}: {detail}"));
            }
            if *replaced > 0 {
                text.push_str(&format!("\n  earlier touchpoints whose place was taken: {replaced}"));
            }
            if *left_out > 0 {
                text.push_str(&format!("\n  rows that the mapping leaves out: {left_out}"));
            }
            for reason in &outcome.left_out_reasons {
                let (rows, code, line, detail) = (reason.rows, &reason.code, reason.first_line, &reason.detail);
                text.push_str(&format!("\n    {rows} by {code}; the first at line {line}: {detail}"));
            }
            if *equal_rows > 0 {
                text.push_str(&format!(
                    "\n  rows that are equal to an earlier row of the file: {equal_rows} (`equal_rows` in the mapping says whether they count)"
                ));
            }
            if !outcome.never_found.is_empty() {
                text.push_str(&format!(
                    "\n  no row has these columns that the mapping reads: {}",
                    outcome.never_found.join(", ")
                ));
            }
            text.push_str(&format!(
                "\n  this is import {import}; `wayside imports undo {import}` takes it back"
            ));
            text
        }
    })
}

/// A bar that counts in this way.
pub(super) fn style(counts: &str) -> Result<ProgressStyle> {
    let template = format!("{{prefix}}{{bar:30}} {counts} {{msg}} {{elapsed}}");
    ProgressStyle::with_template(&template).context("the progress bar's template")
}

/// Counts the bytes of the file, while it is sent or read.
const BYTES: &str = "{bytes}/{total_bytes}";

/// Counts touchpoints, while they are stored.
const ROWS: &str = "{human_pos}/{human_len}";
