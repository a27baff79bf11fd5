//! `wayside sql`.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use wayside_analyzer::Zone;
use wayside_model::SiteId;

use super::{Data, choose_site, config_of, mistake, site, zone_of};
use crate::output::{Format, print, table};

/// Queries the touchpoints of a site with SQL. Queries cannot change data.
///
/// The table `events` has every touchpoint once. Its columns are customer, time, writer, seq, visitor, kind,
/// received_at, consent, automated, one for each field in docs/touchpoints.md, and site, month, session, stage and
/// channel.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Sql {
    /// The query; - reads it from stdin
    query: String,
    #[command(flatten)]
    data: Data,
    /// The site; optional if the folder has only one
    #[arg(long, value_parser = site)]
    site: Option<SiteId>,
    /// Time zone of printed times (Europe/Berlin) [default: the site's in wayside.toml, else UTC]
    #[arg(long, value_name = "ZONE")]
    timezone: Option<Zone>,
    /// Longest time that the query may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    timeout: u64,
    /// Output format [default: a table on a terminal, JSON otherwise]
    #[arg(long)]
    format: Option<Format>,
}

const EXAMPLES: &str = "\
Examples:
  wayside sql \"SELECT kind, count(*) AS n FROM events GROUP BY kind ORDER BY n DESC\"
  wayside sql --site shop --format csv \"SELECT * FROM events WHERE visitor = 'v1' ORDER BY time\"
  wayside sql - < question.sql";

impl Sql {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<()> {
        let query = match self.query.as_str() {
            "-" => std::io::read_to_string(std::io::stdin()).context("cannot read the query from stdin")?,
            query => query.to_owned(),
        };
        if query.trim().is_empty() {
            return Err(mistake(
                "the query is empty; try: SELECT kind, count(*) FROM events GROUP BY kind",
            ));
        }
        let store = self.data.open()?;
        let site = choose_site(&store, self.site.as_ref()).await?;
        let config = config_of(&store, &site)?;
        let answer = wayside_analyzer::sql::run(&store, &site, config, &query);
        let answer = tokio::time::timeout(Duration::from_secs(self.timeout), answer).await;
        let Ok(answer) = answer else {
            bail!(
                "the query took more than {} seconds and was stopped; ask for less, or allow more time with --timeout",
                self.timeout
            );
        };
        let mut answer = answer?;
        answer.zone = match self.timezone {
            Some(zone) => zone,
            None => zone_of(&store, &site)?,
        };
        Ok(print(&table(&answer, Format::or_fitting(self.format))?)?)
    }
}
