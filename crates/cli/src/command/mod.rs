//! The command line.

mod check;
mod check_plan;
mod clear_answers;
mod compact;
mod dead_letters;
mod health;
mod import;
mod imports;
mod mappings;
mod people;
mod repair;
mod report;
mod script_tag;
mod segments;
mod serve;
mod simulate;
mod sites;
mod sql;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use wayside_analyzer::{Segment, Zone};
use wayside_collector::Sites as Configured;
use wayside_model::journey::Config;
use wayside_model::{SiteId, Timestamp};
use wayside_store::Store;

pub(crate) use dead_letters::Deed;
pub(crate) use import::tell as tell_import;

use crate::settings::ServeFile;

/// Shows a shop where its customers fall by the wayside, and why.
#[derive(Parser)]
#[command(name = "wayside", version, arg_required_else_help = true, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  wayside serve                                  start the server; then open http://127.0.0.1:8787/
  wayside report funnel checkout                 two reports from one pass over the data
  wayside report timeline --visitor VISITOR      one customer's journey, touchpoint by touchpoint
  wayside sql \"SELECT kind, count(*) FROM events GROUP BY kind\"
  wayside import orders.csv --mapping orders.toml --site shop
  wayside check-plan tracking-plan.yaml          check the recorded touchpoints against a plan

If the help of an option names an environment variable WAYSIDE_…, you can set the option there.
The data folder is ./.wayside unless you set --data.";

/// A subcommand with its arguments. The variants have no doc comments, because these would replace the help text beside
/// their arguments.
#[derive(Subcommand)]
pub(crate) enum Command {
    #[command(about = "Collect touchpoints and show the dashboard, all in one process")]
    Serve(serve::Serve),
    #[command(about = "Print the script tag for a shop's pages")]
    ScriptTag(script_tag::ScriptTag),
    #[command(about = "Run reports")]
    Report(report::Report),
    #[command(about = "Show the segments of a site")]
    Segments(segments::Segments),
    #[command(about = "Query the touchpoints with SQL")]
    Sql(sql::Sql),
    #[command(about = "Import a CSV, JSON or Parquet file")]
    Import(import::Import),
    #[command(about = "List the imports, or take one back")]
    Imports(imports::Imports),
    #[command(about = "Fill a site of its own with a simulated shop")]
    Simulate(simulate::Simulate),
    #[command(about = "Show the events that were refused, store them after all, or remove them")]
    DeadLetters(dead_letters::DeadLetters),
    #[command(about = "Erase a customer's data")]
    Erase(people::Erase),
    #[command(about = "Print all that is stored of a customer")]
    Export(people::Export),
    #[command(about = "Show the mappings that are shipped for imports")]
    Mappings(mappings::Mappings),
    #[command(about = "Show the sites of a data folder")]
    Sites(sites::Sites),
    #[command(about = "Verify the log and the table of a data folder")]
    Check(check::Check),
    #[command(about = "Repair a damaged data folder as far as possible")]
    Repair(repair::Repair),
    #[command(about = "Check touchpoints against a tracking plan")]
    CheckPlan(check_plan::CheckPlan),
    #[command(about = "Ask a running server whether it is well")]
    Health(health::Health),
    #[command(about = "Move the log into the table")]
    Compact(compact::Compact),
    #[command(about = "Delete what reports have kept for faster answers")]
    ClearAnswers(clear_answers::ClearAnswers),
}

/// Parses the command line; on a mistake prints it and ends with exit code 2.
pub(crate) fn parse() -> Command {
    // The options of `report` are the parameters that the reports declare.
    let command = Cli::command().mut_subcommand("report", report::with_params);
    let mut matches = command.get_matches();
    let mut cli = Cli::from_arg_matches_mut(&mut matches.clone()).unwrap_or_else(|error| error.exit());
    if let (Command::Report(report), Some((_, given))) = (&mut cli.command, matches.remove_subcommand()) {
        report.take_params(&given);
    }
    cli.command
}

impl Command {
    /// Runs the command. The exit code may also report what it has found.
    pub(crate) async fn run(self) -> Result<ExitCode> {
        match self {
            Self::CheckPlan(check) => return Box::pin(check.run()).await,
            Self::Serve(serve) => Box::pin(serve.run()).await,
            Self::ScriptTag(tag) => tag.run(),
            Self::Report(report) => Box::pin(report.run()).await,
            Self::Segments(segments) => Box::pin(segments.run()).await,
            Self::Sql(sql) => Box::pin(sql.run()).await,
            Self::Import(import) => Box::pin(import.run()).await,
            Self::Imports(imports) => Box::pin(imports.run()).await,
            Self::Simulate(simulate) => Box::pin(simulate.run()).await,
            Self::DeadLetters(letters) => Box::pin(letters.run()).await,
            Self::Erase(erase) => Box::pin(erase.run()).await,
            Self::Export(export) => Box::pin(export.run()).await,
            Self::Mappings(mappings) => mappings.run(),
            Self::Sites(sites) => Box::pin(sites.run()).await,
            Self::Check(check) => Box::pin(check.run()).await,
            Self::Repair(repair) => Box::pin(repair.run()).await,
            Self::Health(health) => Box::pin(health.run()).await,
            Self::Compact(compact) => Box::pin(compact.run()).await,
            Self::ClearAnswers(clear) => clear.run(),
        }?;
        Ok(ExitCode::SUCCESS)
    }

    /// The exit code if the command fails.
    pub(crate) fn trouble(&self) -> ExitCode {
        match self {
            // For `check-plan`, 1 means that touchpoints do not follow the plan, so a failure needs another code.
            Self::CheckPlan(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

/// The option for the data folder.
#[derive(Args)]
struct Data {
    /// Folder with the log and the table
    #[arg(long = "data", value_name = "DIR", default_value = ".wayside", env = "WAYSIDE_DATA")]
    folder: PathBuf,
}

impl Data {
    /// Opens the folder for reading, which works while a server is running.
    fn open(&self) -> Result<Store> {
        if let Some(path) = self.forbidden() {
            bail!(
                "{} may not be read by this user: permission denied; run this as the user who runs `wayside serve`, or give \
                 this user read permission for the data folder and all that is in it",
                path.display()
            );
        }
        Ok(Store::open(&self.folder)?)
    }

    /// The part of the folder that this user may not read, which must be distinguished from a missing folder.
    fn forbidden(&self) -> Option<PathBuf> {
        let denied = |path: &PathBuf| {
            std::fs::read_dir(path).is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
        };
        let parts = ["", "log", "identities", "table", "table/_delta_log", "dead"];
        parts.into_iter().map(|part| self.folder.join(part)).find(denied)
    }
}

/// The error of a data folder that cannot be written now; where a server holds it, it says how to have the server do the work.
fn locked(error: wayside_store::Error, folder: &Path) -> anyhow::Error {
    if !error.is_locked() {
        return error.into();
    }
    // The port may be another one, which the server printed when it started.
    let listen = ServeFile::load(folder).ok().and_then(|file| file.listen);
    let listen = std::env::var("WAYSIDE_LISTEN").ok().or(listen);
    let address = listen.unwrap_or_else(|| serve::LISTEN.to_owned());
    anyhow::anyhow!(
        "{error}. If `wayside serve` runs on it, let the server do this: add --server http://{address} and give its admin token \
         (docs/import.md)"
    )
}

/// The requested site, or the only one.
async fn choose_site(store: &Store, asked: Option<&SiteId>) -> Result<SiteId> {
    let sites = store.sites().await?;
    let names = || {
        sites
            .iter()
            .map(|about| about.site.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    match (asked, sites.as_slice()) {
        (Some(asked), _) if sites.iter().any(|about| about.site == *asked) => Ok(asked.clone()),
        (_, []) => {
            bail!("the data folder has no touchpoints yet; open a page with the script tag, or use `wayside import`")
        }
        (Some(asked), _) if configured(store)?.is_some_and(|sites| sites.names().any(|name| name == asked)) => bail!(
            "the site {:?} has no touchpoints yet; open a page with its script tag, or use `wayside import`",
            asked.as_str()
        ),
        (Some(asked), _) => {
            let near = wayside_analyzer::import::nearest(asked.as_str(), sites.iter().map(|about| about.site.as_str()));
            let hint = near.map_or_else(String::new, |near| format!(" did you mean {near:?}?"));
            Err(mistake(format!(
                "there is no site {:?} in the data folder;{hint} sites: {}",
                asked.as_str(),
                names()
            )))
        }
        (None, [only]) => Ok(only.site.clone()),
        (None, _) => Err(mistake(format!(
            "the data folder has several sites; choose one with --site: {}",
            names()
        ))),
    }
}

/// A mistake on the command line that is found after parsing. The process ends with exit code 2, as for mistakes that
/// clap finds.
#[derive(Debug)]
pub(crate) struct Mistake(String);

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Mistake {}

/// Whether an error is a mistake on the command line (a wrong name, option or query) and not a problem of the data or
/// the machine.
pub(crate) fn is_mistake(error: &anyhow::Error) -> bool {
    error.is::<Mistake>()
        || error
            .downcast_ref::<wayside_analyzer::Error>()
            .is_some_and(wayside_analyzer::Error::is_request)
}

fn mistake(message: impl Into<String>) -> anyhow::Error {
    anyhow::Error::new(Mistake(message.into()))
}

/// The time zone of a site in `wayside.toml`, else UTC.
fn zone_of(store: &Store, site: &SiteId) -> Result<Zone> {
    let configured = configured(store)?;
    match configured.as_ref().and_then(|sites| sites.timezone(site)) {
        Some(name) => Ok(name.parse()?),
        None => Ok(Zone::UTC),
    }
}

/// The model's settings of a site in `wayside.toml`, else the defaults.
fn config_of(store: &Store, site: &SiteId) -> Result<Config> {
    let configured = configured(store)?;
    Ok(configured.map_or_else(Config::default, |sites| sites.settings(site).config.clone()))
}

/// The rules of a site's segments in `wayside.toml`, by name.
fn segments_of(store: &Store, site: &SiteId) -> Result<BTreeMap<String, String>> {
    let configured = configured(store)?;
    Ok(configured.map_or_else(BTreeMap::new, |sites| sites.settings(site).segments.clone()))
}

/// The segment that `text` asks for: a name in `wayside.toml`, or a rule.
fn segment_of(store: &Store, site: &SiteId, text: &str) -> Result<Segment> {
    Ok(Segment::choose(site, text, &segments_of(store, site)?)?)
}

/// The sites of `wayside.toml` in the data folder; `None` if there is no such file.
fn configured(store: &Store) -> Result<Option<Configured>> {
    Ok(Configured::open(store.dir())?)
}

/// Parses a site's name for clap.
fn site(raw: &str) -> Result<SiteId, String> {
    SiteId::parse(raw).map_err(|error| error.to_string())
}

/// The current time of events and reports, which this is the only place to read.
fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
