//! `wayside report`.

use std::collections::BTreeMap;

use anyhow::Result;
use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Args};
use wayside_analyzer::report::{Definition, Param, definition, registry};
use wayside_analyzer::scan::Scope;
use wayside_analyzer::{Compare, KeptStates, Query, Range, ReportRequest, Table, Traffic, Zone};
use wayside_model::SiteId;

use super::{Data, choose_site, config_of, mistake, segment_of, segments_of, site, zone_of};
use crate::output::{Format, print, show_progress, table};

/// Runs reports; several share one pass over the data. Without a name, lists the reports.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Report {
    /// Names of reports [default: list all]
    #[arg(value_name = "NAME")]
    names: Vec<String>,
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
    /// Time zone of days and printed times (Europe/Berlin) [default: the site's in wayside.toml, else UTC]
    #[arg(long, value_name = "ZONE")]
    timezone: Option<Zone>,
    /// Traffic to include: people, automated browsers, or all
    #[arg(long, default_value = "people", env = "WAYSIDE_TRAFFIC")]
    traffic: Traffic,
    /// Only these customers: the name of a segment in wayside.toml (`wayside segments`), or a condition in SQL on the columns of events
    #[arg(long, value_name = "NAME|RULE")]
    segment: Option<String>,
    /// Show each figure beside that of the time before (previous), of a year before (last-year) or of a segment, with the difference
    #[arg(long, value_name = "previous|last-year|SEGMENT")]
    compare: Option<String>,
    /// Output format [default: a table on a terminal, JSON otherwise]
    #[arg(long)]
    format: Option<Format>,
    /// Parameters that reports declare themselves.
    #[arg(skip)]
    params: BTreeMap<String, String>,
}

const EXAMPLES: &str = "\
Examples:
  wayside report                                        the reports there are, with their parameters
  wayside report funnel --site shop
  wayside report funnel --steps view_item,add_to_cart,purchase --window-days 30
  wayside report customers --signal rage_click --sort value
  wayside report kpis checkout --from 2026-11-01 --to 2026-11-30 --format csv
  wayside report kpis --from 2026-11-01 --timezone Europe/Berlin
  wayside report kpis --from 2026-11-01 --to 2026-11-30 --compare previous
  wayside report funnel --segment \"kind = 'signal' AND name = 'rage_click'\"
  wayside report profile timeline --customer CUSTOMER";

/// Adds the parameters of every report as options.
pub(crate) fn with_params(mut command: clap::Command) -> clap::Command {
    for (name, declared) in params() {
        let of = declared
            .iter()
            .map(|(report, _)| report.name)
            .collect::<Vec<_>>()
            .join(", ");
        let mut arg = Arg::new(name)
            .long(name.replace('_', "-"))
            .value_name("VALUE")
            // Ids are chosen by the site and may begin with a hyphen.
            .allow_hyphen_values(matches!(name, "visitor" | "customer"))
            .help(help(&declared))
            .help_heading(format!("Options of {of}"));
        // Each report refuses choices that belong to another one.
        let mut choices: Vec<&str> = declared.iter().flat_map(|(_, param)| param.choices).copied().collect();
        choices.sort_unstable();
        choices.dedup();
        if !choices.is_empty() {
            arg = arg
                .value_parser(PossibleValuesParser::new(choices))
                .hide_possible_values(false);
        }
        command = command.arg(arg);
    }
    command
}

/// The help of a parameter, for each group of reports in which it has the same meaning.
fn help(declared: &[(&Definition, &Param)]) -> String {
    let mut lines: Vec<(String, Vec<&str>)> = Vec::new();
    for (report, param) in declared {
        let default = match param.default {
            "" => String::new(),
            default => format!(" [default: {default}]"),
        };
        let line = format!("{}{default}", param.doc);
        match lines.iter_mut().find(|(known, _)| *known == line) {
            Some((_, reports)) => reports.push(report.name),
            None => lines.push((line, vec![report.name])),
        }
    }
    match lines.as_slice() {
        [(line, _)] => line.clone(),
        _ => lines
            .into_iter()
            .map(|(line, reports)| format!("{}: {line}", reports.join(", ")))
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

/// The names of all parameters, each with the reports that declare it.
fn params() -> Vec<(&'static str, Vec<(&'static Definition, &'static Param)>)> {
    let mut all: Vec<(&str, Vec<(&Definition, &Param)>)> = Vec::new();
    for report in registry() {
        for param in report.params {
            match all.iter_mut().find(|(known, _)| *known == param.name) {
                Some((_, declared)) => declared.push((report, param)),
                None => all.push((param.name, vec![(report, param)])),
            }
        }
    }
    all
}

impl Report {
    /// Takes the values of declared parameters.
    pub(crate) fn take_params(&mut self, given: &ArgMatches) {
        for (name, _) in params() {
            if let Some(value) = given.get_one::<String>(name) {
                self.params.insert(name.to_owned(), value.clone());
            }
        }
    }

    /// Runs the command.
    pub(crate) async fn run(self) -> Result<()> {
        let format = Format::or_fitting(self.format);
        if self.names.is_empty() {
            return Ok(print(&list(format, self.traffic)?)?);
        }
        let requests = self.requests()?;
        if format == Format::Csv && requests.len() > 1 {
            return Err(mistake(
                "CSV can contain only one table; request one report at a time, or use --format json",
            ));
        }
        let store = self.data.open()?;
        let site = choose_site(&store, self.site.as_ref()).await?;
        let zone = match self.timezone {
            Some(zone) => zone,
            None => zone_of(&store, &site)?,
        };
        let compare = self
            .compare
            .map(|text| Ok(Compare::choose(&site, &text, &segments_of(&store, &site)?)?));
        let query = Query {
            compare: compare.transpose().map_err(|error: anyhow::Error| error)?,
            scope: Scope {
                range: Range::parse(self.from.as_deref(), self.to.as_deref(), &zone)?,
                traffic: self.traffic,
                config: config_of(&store, &site)?,
                segment: self.segment.map(|text| segment_of(&store, &site, &text)).transpose()?,
                ..Scope::default()
            },
            zone,
            kept: Some(KeptStates::open(store.dir())),
            ..Query::default()
        };
        let pass = wayside_analyzer::run(&store, &site, &requests, &query);
        let tables = show_progress(pass, &query.progress).await??;
        Ok(print(&write(&tables, format)?)?)
    }

    /// The requested reports, each with the given parameters that it declares. A parameter that none of them declares
    /// is a mistake.
    fn requests(&self) -> Result<Vec<ReportRequest>> {
        let reports = self
            .names
            .iter()
            .map(|name| definition(name))
            .collect::<Result<Vec<_>, _>>()?;
        let has = |report: &Definition, name: &str| report.params.iter().any(|param| param.name == name);
        if let Some(stray) = self
            .params
            .keys()
            .find(|name| !reports.iter().any(|report| has(report, name)))
        {
            return Err(mistake(format!(
                "--{} is not an option of {}; `wayside report` lists the options of each report",
                stray.replace('_', "-"),
                self.names.join(", ")
            )));
        }
        Ok(reports
            .iter()
            .map(|report| {
                let params = self.params.iter().filter(|(name, _)| has(report, name));
                params.fold(ReportRequest::new(report.name), |request, (name, value)| {
                    request.with(name, value)
                })
            })
            .collect())
    }
}

fn list(format: Format, traffic: Traffic) -> Result<String> {
    if format == Format::Json {
        let reports: Vec<_> = registry().iter().map(|report| report.to_json(traffic)).collect();
        return Ok(serde_json::to_string_pretty(&reports)?);
    }
    let mut text = String::new();
    for report in registry() {
        text.push_str(&format!("{:<12} {}\n", report.name, report.doc));
        for param in report.params {
            text.push_str(&format!("{:14}--{}  {}\n", "", param.name.replace('_', "-"), param.doc));
        }
    }
    Ok(text)
}

/// Formats one table, or several in sequence (in JSON as a list).
fn write(tables: &[Table], format: Format) -> Result<String> {
    match (format, tables) {
        (Format::Json, [_, _, ..]) => Ok(serde_json::to_string_pretty(
            &tables.iter().map(Table::to_json).collect::<Vec<_>>(),
        )?),
        _ => Ok(tables
            .iter()
            .map(|one| table(one, format))
            .collect::<Result<Vec<_>>>()?
            .join("\n")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_may_begin_with_a_hyphen() {
        let command = with_params(clap::Command::new("report"));
        let given = command.get_matches_from(["report", "--visitor", "-oaGuGUcNDEgMm29NLpQVA"]);
        assert_eq!(
            given.get_one::<String>("visitor").map(String::as_str),
            Some("-oaGuGUcNDEgMm29NLpQVA")
        );
    }

    #[test]
    fn choices_of_all_reports_with_the_parameter_are_accepted() {
        for choice in ["place", "signal", "page", "site"] {
            let command = with_params(clap::Command::new("report"));
            let given = command.try_get_matches_from(["report", "--by", choice]).unwrap();
            assert_eq!(given.get_one::<String>("by").map(String::as_str), Some(choice));
        }
        let command = with_params(clap::Command::new("report"));
        assert!(command.try_get_matches_from(["report", "--by", "moon"]).is_err());
    }
}
