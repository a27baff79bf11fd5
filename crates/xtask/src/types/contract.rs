//! The HTTP API for the dashboard, as TypeScript types: every report with its parameters and rows, and the shapes of answers.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{answers, sentence};
use crate::workspace::Workspace;

/// Path of the generated types.
pub(super) const FILE: &str = "js/dashboard/src/generated/reports.ts";

/// The answers to `wayside report` and `wayside sites`; all others are tables.
const REPORTS: &str = "reports";
const SITES: &str = "sites";

/// A report in the list of reports. These structs refuse fields that are not in [`SHAPES`], so that an answer of another
/// shape is detected here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Report {
    name: String,
    title: String,
    doc: String,
    params: Vec<Param>,
    columns: Vec<Column>,
}

#[derive(Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Param {
    name: String,
    #[serde(rename = "type")]
    kind: ParamType,
    #[serde(default)]
    choices: Vec<String>,
    default: String,
    doc: String,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum ParamType {
    Text,
    Number,
    Choice,
    List,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    name: String,
    #[serde(rename = "type")]
    kind: ColumnType,
    unit: Option<Unit>,
    doc: String,
    link: Option<Link>,
    #[expect(dead_code, reason = "only the shape is looked at")]
    param: Option<String>,
    #[expect(dead_code, reason = "only the shape is looked at")]
    link_params: Option<BTreeMap<String, String>>,
    #[serde(default)]
    main: bool,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ColumnType {
    Text,
    Number,
    Boolean,
    Json,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Count,
    Ratio,
    Ms,
    Time,
    Money,
    Score,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Link {
    Customer,
    Customers,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only the shape is looked at")]
struct Table {
    report: String,
    title: String,
    site: String,
    from: Option<i64>,
    to: Option<i64>,
    timezone: String,
    events: u64,
    customers: u64,
    cases_min: u64,
    total: Option<u64>,
    currency: Option<String>,
    link_params: Option<BTreeMap<String, String>>,
    columns: Vec<Column>,
    rows: Vec<Vec<Value>>,
    notes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only the shape is looked at")]
struct Site {
    site: String,
    events: u64,
    people: u64,
    automated: u64,
    dead: u64,
    first: Option<i64>,
    last: Option<i64>,
    timezone: Option<String>,
    simulated: Option<bool>,
    stage_labels: Option<BTreeMap<String, String>>,
    segments: Option<BTreeMap<String, String>>,
}

/// Generates `js/dashboard/src/generated/reports.ts` from the committed answers.
pub(super) fn render(workspace: &Workspace) -> Result<String> {
    let reports: Vec<Report> = read(workspace, REPORTS)?;
    let _: Vec<Site> = read(workspace, SITES)?;
    for name in answers::names(workspace)? {
        if name != REPORTS && name != SITES {
            let table: Table = read(workspace, &name)?;
            ensure!(
                table.rows.iter().all(|row| row.len() == table.columns.len()),
                "{} has a row with another number of cells than columns",
                answers::file(&name)
            );
        }
    }
    typescript(&reports)
}

fn read<T: DeserializeOwned>(workspace: &Workspace, name: &str) -> Result<T> {
    let file = answers::file(name);
    let text = fs::read_to_string(workspace.path(&file)).with_context(|| format!("cannot read {file}"))?;
    serde_json::from_str(&text).with_context(|| {
        format!(
            "{file} has a shape that the dashboard does not know; describe it in crates/xtask/src/types/contract.rs"
        )
    })
}

fn typescript(reports: &[Report]) -> Result<String> {
    let common = common_params(reports)?;
    let mut ts = format!("{HEAD}\n{SHAPES}");

    section(&mut ts, "The name of a report.");
    let names: Vec<_> = reports.iter().map(|report| format!("'{}'", report.name)).collect();
    let _ = writeln!(ts, "export type ReportName = {};", names.join(" | "));

    section(&mut ts, "Parameters that every report has.");
    params(&mut ts, "CommonParams", "", common);
    for report in reports {
        section(&mut ts, &format!("Parameters of `{}`.", report.name));
        let name = format!("{}Params", camel(&report.name));
        params(&mut ts, &name, " extends CommonParams", &report.params[common.len()..]);
        section(&mut ts, &format!("{}: {}", report.title, sentence(&report.doc)));
        row(&mut ts, &format!("{}Row", camel(&report.name)), &report.columns);
    }
    section(&mut ts, "The parameters of each report.");
    by_name(&mut ts, "ReportParams", "Params", reports);
    section(
        &mut ts,
        "A row of each report, its cells by the names of their columns.",
    );
    by_name(&mut ts, "ReportRows", "Row", reports);
    section(
        &mut ts,
        "The columns of each report in their order, for those who name one. Their words come with each answer.",
    );
    columns(&mut ts, reports);
    Ok(ts)
}

/// The first parameters of every report, which are common to all.
fn common_params(reports: &[Report]) -> Result<&[Param]> {
    let (first, others) = reports.split_first().context("there are no reports")?;
    let is_common = |at: &usize| {
        others
            .iter()
            .all(|other| other.params.get(*at) == first.params.get(*at))
    };
    let count = (0..first.params.len()).take_while(is_common).count();
    Ok(&first.params[..count])
}

fn params(ts: &mut String, name: &str, extends: &str, params: &[Param]) {
    if params.is_empty() {
        let _ = writeln!(ts, "export type {name} = CommonParams;");
        return;
    }
    let _ = writeln!(ts, "export interface {name}{extends} {{");
    for param in params {
        let default = match param.default.as_str() {
            "" => String::new(),
            default => format!(" Left out: `{default}`."),
        };
        let kind = match param.kind {
            ParamType::Number => "number".to_owned(),
            ParamType::Choice => union(&param.choices),
            ParamType::Text | ParamType::List => "string".to_owned(),
        };
        let _ = writeln!(ts, "  /** {}{default} */", sentence(&param.doc));
        let _ = writeln!(ts, "  readonly {}?: {kind};", key(&param.name));
    }
    ts.push_str("}\n");
}

fn row(ts: &mut String, name: &str, columns: &[Column]) {
    let _ = writeln!(ts, "export interface {name} {{");
    for column in columns {
        let kind = match column.kind {
            ColumnType::Text => "string | null",
            ColumnType::Number => "number | null",
            ColumnType::Boolean => "boolean | null",
            ColumnType::Json => "Json",
        };
        let _ = writeln!(ts, "  /** {} */", sentence(&column.doc));
        let _ = writeln!(ts, "  readonly {}: {kind};", key(&column.name));
    }
    ts.push_str("}\n");
}

fn by_name(ts: &mut String, name: &str, suffix: &str, reports: &[Report]) {
    let _ = writeln!(ts, "export interface {name} {{");
    for report in reports {
        let _ = writeln!(ts, "  readonly {}: {}{suffix};", key(&report.name), camel(&report.name));
    }
    ts.push_str("}\n");
}

fn columns(ts: &mut String, reports: &[Report]) {
    ts.push_str("export const COLUMNS = {\n");
    for report in reports {
        let _ = writeln!(ts, "  {}: {{", key(&report.name));
        for column in &report.columns {
            let mut facts = format!("type: '{}'", column.kind.name());
            if let Some(unit) = column.unit {
                let _ = write!(facts, ", unit: '{}'", unit.name());
            }
            if let Some(link) = column.link {
                let _ = write!(facts, ", link: '{}'", link.name());
            }
            if column.main {
                facts.push_str(", main: true");
            }
            let _ = writeln!(ts, "    {}: {{ {facts} }},", key(&column.name));
        }
        ts.push_str("  },\n");
    }
    ts.push_str(
        "} as const satisfies { readonly [Name in ReportName]: Record<keyof ReportRows[Name], ColumnFacts> };\n",
    );
}

impl ColumnType {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Json => "json",
        }
    }
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Ratio => "ratio",
            Self::Ms => "ms",
            Self::Time => "time",
            Self::Money => "money",
            Self::Score => "score",
        }
    }
}

impl Link {
    fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Customers => "customers",
        }
    }
}

fn union(choices: &[String]) -> String {
    let choices: Vec<_> = choices.iter().map(|choice| format!("'{choice}'")).collect();
    choices.join(" | ")
}

/// `journey-map` → `JourneyMap`.
fn camel(name: &str) -> String {
    name.split('-')
        .filter(|word| !word.is_empty())
        .map(|word| word[..1].to_ascii_uppercase() + &word[1..])
        .collect()
}

/// Writes a name as the key of an object.
fn key(name: &str) -> String {
    if name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        name.to_owned()
    } else {
        format!("'{name}'")
    }
}

fn section(ts: &mut String, doc: &str) {
    let _ = write!(ts, "\n/** {doc} */\n");
}

const HEAD: &str = "// Written by `cargo xtask types` from the answers in js/dashboard/dev/generated. Do not edit.\n";

/// The shapes of answers; the structs above refuse other shapes. ARCHITECTURE.md describes them in its section about HTTP.
const SHAPES: &str = include_str!("shapes.ts");

#[cfg(test)]
mod tests {
    use super::*;

    fn report(name: &str, own: &str) -> Report {
        let json = format!(
            r#"{{"name":"{name}","title":"T","doc":"D?","params":[
                {{"name":"traffic","type":"choice","choices":["people","all"],"default":"people","doc":"Whose."}}{own}
            ],"columns":[{{"name":"n","type":"number","unit":"count","doc":"N.","link":"customers","main":true}}]}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn a_report_becomes_parameters_a_row_and_columns() {
        let top = r#",{"name":"top","type":"number","default":"9","doc":"Rows."}"#;
        let ts = typescript(&[report("plain", ""), report("two-words", top)]).unwrap();
        for part in [
            "export type ReportName = 'plain' | 'two-words';",
            "  /** Whose. Left out: `people`. */\n  readonly traffic?: 'people' | 'all';\n",
            "export type PlainParams = CommonParams;",
            "export interface TwoWordsParams extends CommonParams {\n  /** Rows. Left out: `9`. */\n  readonly top?: number;\n}",
            "export interface TwoWordsRow {\n  /** N. */\n  readonly n: number | null;\n}",
            "  readonly 'two-words': TwoWordsRow;",
            "    n: { type: 'number', unit: 'count', link: 'customers', main: true },",
        ] {
            assert!(ts.contains(part), "{part} is not in {ts}");
        }
    }

    #[test]
    fn an_answer_with_an_unknown_field_or_unit_is_refused() {
        for column in [
            r#"{"name":"n","type":"number","doc":"","color":"red"}"#,
            r#"{"name":"n","type":"number","doc":"","unit":"kg"}"#,
        ] {
            assert!(serde_json::from_str::<Column>(column).is_err(), "{column}");
        }
    }
}
