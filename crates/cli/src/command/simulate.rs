//! `wayside simulate`.

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::ProgressBar;
use wayside_analyzer::{Range, Zone};
use wayside_model::{SiteId, Timestamp};
use wayside_simulate::Plan;
use wayside_store::{DataWriter, Options, Store};

use super::import::{shown, style};
use super::{Data, mistake, now, site};
use crate::output::{Format, print};
use crate::simulating::{Job, may_fill};

/// Fills a site of its own with the touchpoints of a simulated shop, to try the reports before there are real customers.
///
/// The same numbers and the same last day give the same touchpoints, so that simulating again doubles nothing. They are marked as
/// simulated: `wayside imports list` shows them, the report data-quality counts them, and the list of sites names them.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Simulate {
    /// The site that is filled; it must not have touchpoints that are not simulated
    #[arg(long, value_parser = site, default_value = "simulated")]
    site: SiteId,
    /// How many people come to the shop
    #[arg(long, value_name = "N", default_value_t = 3_000)]
    customers: u32,
    /// How many days are simulated
    #[arg(long, value_name = "N", default_value_t = 365)]
    days: u32,
    /// The seed; another one gives other customers of the same kind
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The last day that is simulated, as 2026-11-30, in UTC; left out: yesterday
    #[arg(long, value_name = "DAY")]
    until: Option<String>,
    #[command(flatten)]
    data: Data,
    /// How to print the summary; left out: a table on a terminal, JSON when piped
    #[arg(long)]
    format: Option<Format>,
}

const EXAMPLES: &str = "\
Examples:
  wayside simulate                                    a year of 3,000 customers as the site `simulated`
  wayside simulate --customers 20000 --site big
  wayside simulate --seed 2 --until 2026-11-30        the same touchpoints, whenever it runs
  wayside report checkout --site simulated            what the simulation has planted: docs/simulate.md
  wayside imports undo 1                              takes the simulated touchpoints back";

impl Simulate {
    /// Runs it.
    pub(crate) async fn run(self) -> Result<()> {
        let plan = Plan::new(self.customers, self.days, self.seed, self.end()?);
        let plan = plan.map_err(|error| mistake(error.to_string()))?;
        // Before the lock, which would make the folder.
        if self.data.folder.exists() {
            may_fill(&Store::open(&self.data.folder)?, &self.site).await?;
        }
        let writer = match DataWriter::lock(&self.data.folder, Options::default()).await {
            Err(error) if error.is_locked() => bail!(
                "{error}. End the server that runs on it, or name another folder with --data; a server cannot simulate by itself"
            ),
            writer => writer?,
        };
        let bar = ProgressBar::new(self.customers.into()).with_style(style("{human_pos}/{human_len}")?);
        bar.set_message("customers");
        let job = Job {
            site: self.site.clone(),
            plan,
            now,
        };
        let outcome = job.run(&writer, |done| bar.set_position(done.into())).await;
        bar.finish_and_clear();
        writer.close().await?;
        let outcome = outcome?;
        print(&shown(&outcome, self.format)?)?;
        match outcome.failure {
            Some(failure) => bail!("{failure}"),
            None => Ok(()),
        }
    }

    /// The moment at which the last day ends.
    fn end(&self) -> Result<Timestamp> {
        let Some(day) = &self.until else { return Ok(now()) };
        let range = Range::parse(None, Some(day), &Zone::UTC).context("--until is no day")?;
        let end = range.to().unwrap_or_default();
        if end > now().millis().saturating_add(DAY_MS) {
            return Err(mistake(format!(
                "--until {day} is in the future; the last day can be today"
            )));
        }
        Ok(Timestamp::from_millis(end))
    }
}

const DAY_MS: i64 = 86_400_000;
