//! `wayside check-plan`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use wayside_analyzer::tracking_plan::{self, Looked};
use wayside_analyzer::{Range, Traffic, Zone};
use wayside_model::SiteId;
use wayside_plan::Plan;
use wayside_plan::limits::AGAINST_MAX;
use wayside_store::Store;

use super::{choose_site, site};
use crate::output::{Format, print};
use crate::plan::{Checked, Outcome, Wanted, batches, server};
use crate::read_token::ReadTokenFlags;

/// Checks touchpoints against a tracking plan and lists violations and unplanned touchpoints.
///
/// The plan is a file in YAML or JSON; docs/testing.md explains it. TARGET is one of
///
///   a data folder              every touchpoint of a site in it
///   http://… or https://…      every touchpoint of a site that a running `wayside serve` has there
///   a file                     batches as pages send them: one in binary, or any number in JSON
///   another folder             a file of batches each
///   -                          batches on stdin
///
/// The exit code is 0 if all touchpoints follow the plan, 1 if some do not, and 2 if nothing could be checked because
/// of a mistake on the command line or in the plan, a target that cannot be read, or a target without touchpoints.
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(crate) struct CheckPlan {
    /// The tracking plan, in YAML or JSON
    plan: PathBuf,
    /// The target: a data folder, a server's address, a file or folder of batches, or -
    #[arg(default_value = ".wayside", env = "WAYSIDE_DATA")]
    target: String,
    /// The site; optional if the target has only one
    #[arg(long, value_parser = site)]
    site: Option<SiteId>,
    /// First day in UTC (2026-11-21), or a time, or ms since 1970
    #[arg(long)]
    from: Option<String>,
    /// Last day in UTC, included; or a time or ms since 1970, not included
    #[arg(long)]
    to: Option<String>,
    /// Traffic to include: people, automated browsers, or all
    #[arg(long, default_value = "all")]
    traffic: Traffic,
    /// Accept touchpoints that the plan does not contain
    #[arg(long)]
    allow_unplanned: bool,
    /// Number of violating touchpoints to list; all are counted
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(..=LIMIT_MAX))]
    limit: u16,
    #[command(flatten)]
    read_token: ReadTokenFlags,
    /// Output format [default: text on a terminal, JSON otherwise]
    #[arg(long, value_parser = formats())]
    format: Option<String>,
}

const EXAMPLES: &str = "\
Examples:
  wayside check-plan plan.yaml                                  what ./.wayside has of its site
  wayside check-plan plan.yaml DATA --site shop --from 2026-11-01
  wayside check-plan plan.yaml http://127.0.0.1:8787            what a running server has
  wayside check-plan plan.yaml visit.json --format text         a batch, saved from a browser
  curl -s https://shop.example/visit.json | wayside check-plan plan.yaml -

A plan:
  touchpoints:
    page_view:
    add_to_cart:
      required: [currency, value, items]
      properties:
        currency: { values: [EUR, GBP] }
        value: { type: number }";

/// The largest `--limit`.
const LIMIT_MAX: i64 = AGAINST_MAX as i64;

/// The formats of the other commands; `table` is accepted as another name of `text`.
fn formats() -> PossibleValuesParser {
    PossibleValuesParser::new([PossibleValue::new("text").alias("table"), PossibleValue::new("json")])
}

impl CheckPlan {
    /// Runs the command. The exit code is 1 if something does not follow the plan.
    pub(crate) async fn run(self) -> Result<ExitCode> {
        let format = match self.format.as_deref() {
            Some("json") => Format::Json,
            Some(_) => Format::Table,
            None => Format::or_fitting(None),
        };
        let text = std::fs::read_to_string(&self.plan)
            .with_context(|| format!("cannot read the plan {}; check the path", self.plan.display()))?;
        let plan = Plan::read(&text).with_context(|| format!("the plan {}", self.plan.display()))?;
        let plan = Arc::new(plan);
        let wanted = Wanted {
            site: self.site,
            looked: Looked {
                range: Range::parse(self.from.as_deref(), self.to.as_deref(), &Zone::UTC)?,
                traffic: self.traffic,
                limit: self.limit.into(),
            },
            from: self.from,
            to: self.to,
        };
        let checked = if is_address(&self.target) {
            server::check(&self.target, self.read_token.token()?.as_deref(), text, &wanted).await?
        } else if self.target == "-" {
            batches::check_stdin(&plan, &wanted)?
        } else if is_data_folder(Path::new(&self.target)) {
            check_folder(Path::new(&self.target), &plan, &wanted).await?
        } else {
            batches::check_path(Path::new(&self.target), &plan, &wanted)?
        };
        if checked.is_empty() {
            bail!(
                "there is nothing to check: {} has no touchpoints {}",
                self.target,
                wanted.in_words()
            );
        }
        let outcome = Outcome::new(checked, &plan, self.allow_unplanned);
        print(&match format {
            Format::Json => serde_json::to_string_pretty(&outcome)?,
            Format::Table | Format::Csv => outcome.text(),
        })?;
        Ok(if outcome.ok {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

async fn check_folder(folder: &Path, plan: &Arc<Plan>, wanted: &Wanted) -> Result<Checked> {
    let store = Store::open(folder)?;
    let site = choose_site(&store, wanted.site.as_ref()).await?;
    let findings = tracking_plan::check(&store, &site, plan.clone(), wanted.looked).await?;
    Ok(Checked {
        findings,
        refused: Vec::new(),
    })
}

fn is_address(target: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| target.starts_with(scheme))
}

/// Whether a folder contains files that the store writes at its first start.
fn is_data_folder(path: &Path) -> bool {
    path.join("wayside.toml").is_file() || path.join("table/_delta_log").is_dir()
}
