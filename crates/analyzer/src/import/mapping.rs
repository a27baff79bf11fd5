//! The mapping file: how a source's columns become touchpoints.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::tz::TimeZone;
use wayside_model::{Consent, Field, FieldValue, Kind, SiteId, Value, touchpoint};

use super::error::Error;
use super::nearest::nearest;
use super::time::TimeRule;
use super::toml_doc::{Doc, Node, Section};

/// A checked mapping file. `docs/import.md` describes its keys.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub(super) name: String,
    pub(super) format: Format,
    /// Every column that the mapping reads; rules name them by their place here.
    pub(super) columns: Vec<Column>,
    pub(super) visitor: usize,
    pub(super) customer: Option<usize>,
    pub(super) time: TimeRule,
    pub(super) event: EventRule,
    pub(super) fields: Vec<(Field, Rule)>,
    pub(super) item: Vec<(Field, Rule)>,
    pub(super) props: Vec<(String, Rule)>,
    pub(super) consent: Consent,
}

/// How the source is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Format {
    /// Separated values, quoted as RFC 4180 says.
    Csv { delimiter: u8, header: Header },
    /// Words separated by any number of spaces.
    Words { header: Header },
    /// A JSON object a line.
    JsonLines,
    /// Parquet.
    Parquet,
}

/// Where the names of the columns stand.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Header {
    /// In the file's first line.
    FirstLine,
    /// In the mapping.
    Names(Vec<String>),
}

/// A column that the mapping names, and where it does so.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) place: String,
}

/// How a row's kind is found.
#[derive(Clone, Debug)]
pub(super) enum EventRule {
    /// Every row is this.
    Always(Target),
    /// A column names it.
    Column {
        column: usize,
        targets: BTreeMap<String, Target>,
        others: Others,
    },
}

/// What becomes of event names that the mapping does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// A touchpoint of the kind with that name, else a custom one of that name.
    Keep,
    /// A dead letter.
    Refuse,
}

/// A kind by its name (or a custom name) and the fields that are the same in each such row.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) fields: Vec<(Field, Value)>,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    /// A column, with other words for some of its values.
    Column {
        column: usize,
        values: BTreeMap<String, Value>,
    },
    /// The same in every row.
    Constant(Value),
    /// Text with columns in it.
    Template(Vec<Part>),
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Text(String),
    Column(usize),
}

impl Mapping {
    /// Reads and checks the mapping file at `path`.
    pub fn load(path: &Path) -> Result<Self, Error> {
        let shown = path.display();
        let length = std::fs::metadata(path).map_err(|e| cannot_read(path, &e))?.len();
        if length > MAPPING_MAX_BYTES {
            return Err(Error::mapping(format!(
                "{shown}: {length} bytes is no mapping file (at most {MAPPING_MAX_BYTES}); is it the data file?"
            )));
        }
        let text = std::fs::read_to_string(path).map_err(|e| cannot_read(path, &e))?;
        Self::parse(path, &text)
    }

    /// Checks a mapping's text; `path` is for messages.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let doc = Doc::new(path, text);
        let table = doc.parse()?;
        let mut root = doc.root(&table);
        let mut columns = Columns::default();

        let name = root.required("name", "name = \"shop-export\"")?;
        // The name is part of every event's identity, so it follows the strictest rule for names.
        SiteId::parse(name.text()?).map_err(|_| name.error("must be 1 to 64 of a-z, 0-9, - and _"))?;
        let format = parse_format(&mut root)?;
        let visitor = columns.add(&root.required("visitor", "visitor = \"user_id\"")?)?;
        let customer = root.key("customer").map(|node| columns.add(&node)).transpose()?;
        let time = parse_time(&mut root, &mut columns)?;
        let event = parse_event(&mut root, &mut columns)?;
        let fields = parse_rules(root.key("fields"), &mut columns, &field_of_touchpoint)?;
        let item = parse_rules(root.key("item"), &mut columns, &field_of_item)?;
        let props = parse_rules(root.key("props"), &mut columns, &prop_name)?;
        if let Some(items) = fields.iter().find(|(field, _)| *field == Field::Items)
            && !item.is_empty()
        {
            return Err(root.error(&format!(
                "`fields.{}` and [item] exclude each other; keep one",
                items.0.name()
            )));
        }
        let consent = match root.key("consent") {
            None => Consent::Unknown,
            Some(node) => Consent::from_name(node.text()?)
                .ok_or_else(|| node.error("must be \"unknown\", \"denied\" or \"granted\""))?,
        };
        let name = name.text()?.to_owned();
        root.finish()?;
        let columns = columns.0;
        Ok(Self {
            name,
            format,
            columns,
            visitor,
            customer,
            time,
            event,
            fields,
            item,
            props,
            consent,
        })
    }

    /// The mapping's name: part of the identity of each event it makes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The consent the source was collected under, as the mapping says.
    pub fn consent(&self) -> Consent {
        self.consent
    }
}

/// The columns met so far, each once.
#[derive(Default)]
struct Columns(Vec<Column>);

impl Columns {
    fn add(&mut self, node: &Node<'_, '_>) -> Result<usize, Error> {
        let name = node.text()?;
        self.named(name, node)
    }

    fn named(&mut self, name: &str, node: &Node<'_, '_>) -> Result<usize, Error> {
        if name.is_empty() {
            return Err(node.error("a column's name cannot be empty"));
        }
        Ok(self.0.iter().position(|column| column.name == name).unwrap_or_else(|| {
            self.0.push(Column {
                name: name.to_owned(),
                place: node.place(),
            });
            self.0.len() - 1
        }))
    }
}

fn parse_format(root: &mut Section<'_, '_>) -> Result<Format, Error> {
    let mut source = root.required("source", "[source] with format = \"csv\"")?.section()?;
    let format = source.required("format", "format = \"csv\"")?;
    let parsed = match format.text()? {
        "csv" => Format::Csv {
            delimiter: parse_delimiter(&mut source)?,
            header: parse_header(&mut source)?,
        },
        "words" => Format::Words {
            header: parse_header(&mut source)?,
        },
        "jsonl" => Format::JsonLines,
        "parquet" => Format::Parquet,
        other => {
            let hint = nearest(other, FORMATS).map_or_else(String::new, |known| format!(" did you mean \"{known}\"?"));
            return Err(format.error(&format!(
                "unknown format {other:?};{hint} known: {}",
                FORMATS.join(", ")
            )));
        }
    };
    source.finish()?;
    Ok(parsed)
}

fn parse_delimiter(source: &mut Section<'_, '_>) -> Result<u8, Error> {
    let Some(node) = source.key("delimiter") else {
        return Ok(b',');
    };
    match node.text()?.as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err(node.error("must be one ASCII character, for example \";\" or \"\\t\"")),
    }
}

fn parse_header(source: &mut Section<'_, '_>) -> Result<Header, Error> {
    let header = source.key("header");
    let first_line = header.as_ref().map_or(Ok(true), Node::bool)?;
    match (first_line, source.key("columns")) {
        (true, None) => Ok(Header::FirstLine),
        (true, Some(node)) => Err(node.error("names come from the first line; add `header = false` or leave this out")),
        (false, None) => Err(source.error("without a header, `columns` must name each column in order")),
        (false, Some(node)) => {
            let names = node.texts()?;
            match names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
                Some((_, twice)) => Err(node.error(&format!("column {twice:?} is named twice"))),
                None => Ok(Header::Names(names)),
            }
        }
    }
}

fn parse_time(root: &mut Section<'_, '_>, columns: &mut Columns) -> Result<TimeRule, Error> {
    let node = root.required("time", "[time] with column = \"timestamp\" and format = \"rfc3339\"")?;
    let mut time = node.section()?;
    let column = columns.add(&time.required("column", "column = \"timestamp\"")?)?;
    let format = time.required("format", "format = \"%Y-%m-%d %H:%M:%S\", \"rfc3339\", \"s\" or \"ms\"")?;
    let zone = match time.key("zone") {
        None => TimeZone::UTC,
        Some(node) => TimeZone::get(node.text()?).map_err(|_| {
            node.error(&format!(
                "unknown time zone {:?}; use an IANA name such as \"Europe/Berlin\"",
                node.text().unwrap_or("")
            ))
        })?,
    };
    let rule = TimeRule::parse(column, format.text()?, zone).map_err(|why| format.error(&why))?;
    time.finish()?;
    Ok(rule)
}

fn parse_event(root: &mut Section<'_, '_>, columns: &mut Columns) -> Result<EventRule, Error> {
    let mut event = root.required("event", "[event] with column = \"event\"")?.section()?;
    let rule = match (event.key("column"), event.key("always")) {
        (Some(column), None) => {
            let column = columns.add(&column)?;
            let mut targets = BTreeMap::new();
            if let Some(kinds) = event.key("kinds") {
                for (node, name) in kinds.section()?.entries() {
                    targets.insert(name.to_owned(), parse_target(&node)?);
                }
            }
            let others = match event.key("others") {
                None => Others::Keep,
                Some(node) => match node.text()? {
                    "keep" => Others::Keep,
                    "refuse" => Others::Refuse,
                    _ => return Err(node.error("must be \"keep\" or \"refuse\"")),
                },
            };
            EventRule::Column {
                column,
                targets,
                others,
            }
        }
        (None, Some(always)) => EventRule::Always(parse_target(&always)?),
        (Some(_), Some(always)) => return Err(always.error("excludes `event.column`; keep one of the two")),
        (None, None) => {
            return Err(event.error(
                "needs `column` (which column names the event) or `always` (what every row is), for example always = \"purchase\"",
            ));
        }
    };
    event.finish()?;
    Ok(rule)
}

/// A kind's name, or a table of `kind` and fixed fields.
fn parse_target(node: &Node<'_, '_>) -> Result<Target, Error> {
    let section = match node.section_or_text()? {
        Err(name) => {
            check_name(node, name)?;
            return Ok(Target {
                name: name.to_owned(),
                fields: Vec::new(),
            });
        }
        Ok(section) => section,
    };
    let mut named = None;
    let mut fixed = Vec::new();
    for (entry, key) in section.entries() {
        if key == "kind" {
            check_name(&entry, entry.text()?)?;
            named = Some(entry.text()?.to_owned());
        } else {
            fixed.push((entry, key));
        }
    }
    let Some(name) = named else {
        return Err(section.error("key `kind` is missing; add for example: kind = \"view_item\""));
    };
    let kind = Kind::from_name(&name).unwrap_or(Kind::Custom);
    let fields = fixed
        .into_iter()
        .map(|(entry, key)| fixed_field(&entry, key, kind))
        .collect::<Result<_, _>>()?;
    Ok(Target { name, fields })
}

fn fixed_field(node: &Node<'_, '_>, key: &str, kind: Kind) -> Result<(Field, Value), Error> {
    let field = field_of_touchpoint(node, key)?;
    if !kind.has(field) {
        let allowed: Vec<_> = kind
            .required()
            .iter()
            .chain(kind.optional())
            .map(|field| field.name())
            .collect();
        return Err(node.error(&format!(
            "{} has no such field; it has: {}",
            kind.name(),
            allowed.join(", ")
        )));
    }
    let value = node.scalar()?;
    FieldValue::parse(field, &value).map_err(|error| node.error(&error.to_string()))?;
    Ok((field, value))
}

/// A known kind, or a name fit for a custom touchpoint that is no slip of a known one.
fn check_name(node: &Node<'_, '_>, name: &str) -> Result<(), Error> {
    if !touchpoint::is_name(name) {
        return Err(node.error(&format!(
            "{name:?} cannot name a touchpoint: 1 to 64 letters, digits, _ - . or :"
        )));
    }
    Ok(())
}

/// The rules of a table of names: `name = "column"` or `name = { column | constant | template … }`.
fn parse_rules<K>(
    node: Option<Node<'_, '_>>,
    columns: &mut Columns,
    key: &dyn Fn(&Node<'_, '_>, &str) -> Result<K, Error>,
) -> Result<Vec<(K, Rule)>, Error> {
    let Some(node) = node else { return Ok(Vec::new()) };
    node.section()?
        .entries()
        .iter()
        .map(|(node, name)| Ok((key(node, name)?, parse_rule(node, columns)?)))
        .collect()
}

fn parse_rule(node: &Node<'_, '_>, columns: &mut Columns) -> Result<Rule, Error> {
    let mut section = match node.section_or_text()? {
        Err(column) => {
            return Ok(Rule::Column {
                column: columns.named(column, node)?,
                values: BTreeMap::new(),
            });
        }
        Ok(section) => section,
    };
    let rule = match (section.key("column"), section.key("constant"), section.key("template")) {
        (Some(column), None, None) => {
            let column = columns.add(&column)?;
            let mut values = BTreeMap::new();
            if let Some(table) = section.key("values") {
                for (node, from) in table.section()?.entries() {
                    values.insert(from.to_owned(), node.scalar()?);
                }
            }
            Rule::Column { column, values }
        }
        (None, Some(constant), None) => Rule::Constant(constant.scalar()?),
        (None, None, Some(template)) => Rule::Template(parse_template(&template, columns)?),
        _ => return Err(section.error("needs exactly one of `column`, `constant` and `template`")),
    };
    section.finish()?;
    Ok(rule)
}

/// Text with `{column}` in it.
fn parse_template(node: &Node<'_, '_>, columns: &mut Columns) -> Result<Vec<Part>, Error> {
    let mut parts = Vec::new();
    let mut rest = node.text()?;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((column, after)) = after.split_once('}') else {
            return Err(node.error("a `{` is never closed; write a column's name between { and }"));
        };
        parts.push(Part::Text(before.to_owned()));
        parts.push(Part::Column(columns.named(column, node)?));
        rest = after;
    }
    parts.push(Part::Text(rest.to_owned()));
    Ok(parts)
}

fn field_of_touchpoint(node: &Node<'_, '_>, name: &str) -> Result<Field, Error> {
    let refused = match Field::from_name(name) {
        Some(Field::Name) => "a custom touchpoint's name comes from [event]",
        Some(Field::CustomerId) => "use the key `customer` at the top of the mapping",
        Some(Field::Props) => "use [props], one line a property",
        Some(Field::Automated) => "imports are taken as people's traffic; leave it out",
        Some(field) if Kind::ALL.iter().any(|kind| kind.has(field)) => return Ok(field),
        Some(_) => "is a field of an item; put it under [item]",
        None => return Err(unknown_field(node, name, &mut touchpoint_fields())),
    };
    Err(node.error(refused))
}

fn field_of_item(node: &Node<'_, '_>, name: &str) -> Result<Field, Error> {
    let mut known = wayside_model::field::ITEM_FIELDS.iter().copied();
    match known.clone().find(|field| field.name() == name) {
        Some(field) => Ok(field),
        None => Err(unknown_field(node, name, &mut known)),
    }
}

fn touchpoint_fields() -> impl Iterator<Item = Field> {
    Field::ALL
        .iter()
        .copied()
        .filter(|field| Kind::ALL.iter().any(|kind| kind.has(*field)))
}

fn unknown_field(node: &Node<'_, '_>, name: &str, known: &mut dyn Iterator<Item = Field>) -> Error {
    let hint = nearest(name, known.map(Field::name)).map_or_else(
        || "docs/touchpoints.md lists them".to_owned(),
        |known| format!("did you mean `{known}`?"),
    );
    node.error(&format!(
        "unknown field; {hint} A property of your own belongs under [props]"
    ))
}

fn prop_name(node: &Node<'_, '_>, name: &str) -> Result<String, Error> {
    match wayside_model::field::prop(name, &Value::Int(0)) {
        Some((kept, _)) if kept == name => Ok(name.to_owned()),
        _ => Err(node.error("a property's name must have 1 to 64 bytes")),
    }
}

fn cannot_read(path: &Path, error: &std::io::Error) -> Error {
    Error::mapping(format!(
        "cannot read mapping {}: {error}; check the path given with --mapping",
        path.display()
    ))
}

/// Far above any mapping a person writes, far below a data file given by mistake.
const MAPPING_MAX_BYTES: u64 = 1024 * 1024;

const FORMATS: [&str; 4] = ["csv", "words", "jsonl", "parquet"];
