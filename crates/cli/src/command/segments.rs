//! `wayside segments`.

use anyhow::Result;
use clap::Args;
use wayside_analyzer::scan::Scope;
use wayside_analyzer::{Range, Traffic};
use wayside_model::SiteId;

use super::{Data, choose_site, config_of, segments_of, site, zone_of};
use crate::output::{Format, print, table};

/// Lists the segments of a site with their rules and sizes; `--segment NAME` of `wayside report` shows any report for one of them.
///
/// `[sites.SITE.segments]` in wayside.toml names them. A rule is a condition in SQL on the columns of `events`. Without aggregate functions
/// it has to hold for any one touchpoint of a customer, with them for all of them together.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Segments {
    #[command(flatten)]
    data: Data,
    /// The site; optional if the folder has only one
    #[arg(long, value_parser = site)]
    site: Option<SiteId>,
    /// First day (2026-11-21) in the site's time zone, or a time, or ms since 1970
    #[arg(long)]
    from: Option<String>,
    /// Last day, included; or a time or ms since 1970, not included
    #[arg(long)]
    to: Option<String>,
    /// Traffic to include: people, automated browsers, or all
    #[arg(long, default_value = "people", env = "WAYSIDE_TRAFFIC")]
    traffic: Traffic,
    /// Output format [default: a table on a terminal, JSON otherwise]
    #[arg(long)]
    format: Option<Format>,
}

const EXAMPLES: &str = "\
Rules in wayside.toml:
  [sites.shop.segments]
  buyers = \"kind = 'purchase'\"
  regulars = \"count(*) FILTER (WHERE kind = 'purchase') >= 3\"
  big_spenders = \"sum(value) FILTER (WHERE kind = 'purchase') > 500\"
  annoyed = \"kind = 'signal' AND name = 'rage_click'\"
  lookers = \"NOT bool_or(kind = 'add_to_cart')\"
  from_ads = \"first_value(channel ORDER BY time) = 'Paid Search'\"";

impl Segments {
    /// Runs the command.
    pub(crate) async fn run(self) -> Result<()> {
        let store = self.data.open()?;
        let site = choose_site(&store, self.site.as_ref()).await?;
        let scope = Scope {
            range: Range::parse(self.from.as_deref(), self.to.as_deref(), &zone_of(&store, &site)?)?,
            traffic: self.traffic,
            config: config_of(&store, &site)?,
            ..Scope::default()
        };
        let segments = wayside_analyzer::segments(&store, &site, &segments_of(&store, &site)?, &scope).await?;
        Ok(print(&table(&segments, Format::or_fitting(self.format))?)?)
    }
}
