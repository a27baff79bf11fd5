//! `wayside sites`.

use anyhow::Result;
use clap::Args;
use wayside_model::Timestamp;
use wayside_store::SiteSummary;

use super::{Data, configured};
use crate::output::{Format, print};
use crate::server::{all_sites, simulated_sites, sites_json};

/// Shows the sites of a data folder, including configured ones without data: the numbers of touchpoints and dead
/// letters, and the times of the first and last touchpoint.
#[derive(Args)]
pub(crate) struct Sites {
    #[command(flatten)]
    data: Data,
    /// Output format [default: a table on a terminal, JSON otherwise]
    #[arg(long)]
    format: Option<Format>,
}

impl Sites {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<()> {
        let store = self.data.open()?;
        let configured = configured(&store)?;
        let sites = all_sites(&store, configured.as_ref()).await?;
        let simulated = simulated_sites(&store).await?;
        let text = match Format::or_fitting(self.format) {
            Format::Json => serde_json::to_string_pretty(&sites_json(&sites, &simulated, configured.as_ref()))?,
            Format::Csv => {
                let ms = |time: Option<Timestamp>| time.map_or_else(String::new, |time| time.millis().to_string());
                let lines = sites.iter().map(|about| {
                    let SiteSummary {
                        site,
                        events,
                        dead,
                        first,
                        last,
                        ..
                    } = about;
                    format!("{site},{events},{dead},{},{}\n", ms(*first), ms(*last))
                });
                format!("site,events,dead,first,last\n{}", lines.collect::<String>())
            }
            Format::Table if sites.is_empty() => {
                "there is no site yet; `wayside serve` or `wayside import` creates one".into()
            }
            Format::Table => {
                let lines = sites.iter().map(|about| {
                    let SiteSummary { site, events, dead, .. } = about;
                    // The words have one width, so that the columns stand below each other.
                    let [touchpoints, letters] =
                        [(*events, "touchpoint"), (*dead, "dead letter")].map(|(count, noun)| {
                            let plural = if count == 1 { "" } else { "s" };
                            format!("{noun}{plural}")
                        });
                    let mark = if simulated.contains(site.as_str()) {
                        "  simulated"
                    } else {
                        ""
                    };
                    format!(
                        "{:<24} {events:>12} {touchpoints:<11} {dead:>8} {letters}{mark}\n",
                        site.as_str()
                    )
                });
                lines.collect()
            }
        };
        Ok(print(&text)?)
    }
}
