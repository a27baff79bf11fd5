//! The mapping file: how a source's columns become touchpoints.

mod event;
mod rules;
mod source;

use std::path::Path;
use std::sync::Arc;

use encoding_rs::Encoding;
use wayside_model::{Consent, Field, SiteId};

use super::error::Error;
use super::expression::Expression;
use super::identity::EqualRows;
use super::numbers::Numbers;
use super::time::TimeRule;
use super::toml_doc::{Doc, Node, Section};
pub(super) use event::{Also, EventRule, Others, Target};
pub(super) use rules::{ItemRule, Items, Part, Rule};
pub(super) use source::{Dialect, Format, Header};

/// A checked mapping file. `docs/import.md` describes its keys.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub(super) name: String,
    pub(super) format: Format,
    /// How text is written where no byte order mark says it; UTF-8 when it is not given.
    pub(super) encoding: Option<&'static Encoding>,
    /// Whether a column that the file does not have is as good as an empty one.
    pub(super) missing_is_empty: bool,
    /// Every column that the mapping reads or computes; rules name them by their place here.
    pub(super) columns: Vec<Column>,
    /// The source's own id of a row.
    pub(super) id: Option<usize>,
    pub(super) equal_rows: EqualRows,
    pub(super) numbers: Numbers,
    /// Neighbouring rows with the same value of this are one touchpoint.
    pub(super) group: Option<usize>,
    /// Only rows for which this is true make a touchpoint.
    pub(super) when: Option<usize>,
    pub(super) visitor: usize,
    pub(super) customer: Option<usize>,
    pub(super) time: TimeRule,
    pub(super) event: EventRule,
    pub(super) fields: Vec<(Field, Rule)>,
    pub(super) items: Items,
    pub(super) props: Vec<(String, Rule)>,
    /// Further touchpoints of a row.
    pub(super) also: Vec<Arc<Also>>,
    pub(super) consent: Consent,
    /// Whether the rows are no person's: sums of a day, or what machines did.
    pub(super) automated: bool,
    /// The list of a JSON object whose entries are the rows.
    pub(super) each: Option<String>,
}

/// A column that the mapping names, and where it does so.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) place: String,
    pub(super) from: From,
    /// How many rules and expressions read it.
    pub(super) uses: usize,
    /// Whether its values are milliseconds since 1970, which a person reads as RFC 3339.
    pub(super) is_millis: bool,
}

/// Where a column's values come from.
#[derive(Clone, Debug)]
pub(super) enum From {
    /// The source.
    Source,
    /// The first of these that is not empty.
    First(Vec<usize>),
    /// An expression.
    Sql(Expression),
}

impl Mapping {
    /// Reads and checks the mapping file at `path`.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read, is too large, or is not a valid mapping.
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

    /// Checks the text of a mapping; `path` is for messages.
    ///
    /// # Errors
    ///
    /// Fails if the text is not a valid mapping; the error contains the line.
    pub fn parse(path: &Path, text: &str) -> Result<Self, Error> {
        let doc = Doc::new(path, text);
        let table = doc.parse()?;
        let mut root = doc.root(&table);
        let numbers = parse_numbers(&mut root)?;
        let mut columns = Columns::new(numbers);

        let name = root.required("name", "name = \"shop-export\"")?;
        // The name is part of every event's identity, so it follows the strictest rule for names.
        SiteId::parse(name.text()?).map_err(|_| name.error("must be 1 to 64 of a-z, 0-9, - and _"))?;
        let source = source::parse(&mut root)?;
        let visitor = columns.add(&root.required("visitor", "visitor = \"user_id\"")?)?;
        let customer = columns.add_if(root.key("customer"))?;
        let id = columns.add_if(root.key("id"))?;
        let equal_rows = parse_equal_rows(&mut root, id.is_some())?;
        let group = columns.add_if(root.key("group"))?;
        let when = columns.condition(root.key("when"))?;
        let time = parse_time(&root.required("time", TIME_EXAMPLE)?, &mut columns)?;
        let event = event::parse(&mut root, &mut columns)?;
        let fields = rules::parse(root.key("fields"), &mut columns, &rules::field_of_touchpoint)?;
        let items = rules::parse_items(root.key("item"), &mut columns)?;
        let props = rules::parse(root.key("props"), &mut columns, &rules::prop_name)?;
        let also = event::parse_also(root.key("also"), &mut columns)?;
        if fields.iter().any(|(field, _)| *field == Field::Items) && !items.is_none() {
            return Err(root.error("`fields.items` and [item] exclude each other; keep one"));
        }
        let consent = match root.key("consent") {
            None => Consent::Unknown,
            Some(node) => Consent::from_name(node.text()?)
                .ok_or_else(|| node.error("must be \"unknown\", \"denied\" or \"granted\""))?,
        };
        let automated = root.key("automated").map_or(Ok(false), |node| node.bool())?;
        let name = name.text()?.to_owned();
        root.finish()?;
        Ok(Self {
            name,
            format: source.format,
            encoding: source.encoding,
            missing_is_empty: source.missing_is_empty,
            columns: columns.all,
            id,
            equal_rows,
            numbers,
            group,
            when,
            visitor,
            customer,
            time,
            event,
            fields,
            items,
            props,
            also,
            consent,
            automated,
            each: source.each,
        })
    }

    /// Has times of the source's own come as milliseconds; only where nothing but the time rule reads their column.
    pub(super) fn take_millis(&mut self) {
        self.columns[self.time.column].is_millis = true;
        self.time.take_millis();
    }

    /// The mapping's name: part of the identity of each event it makes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it names the source's own id of a row.
    pub fn names_id(&self) -> bool {
        self.id.is_some()
    }

    /// The consent the source was collected under, as the mapping says.
    pub fn consent(&self) -> Consent {
        self.consent
    }

    /// Whether the rows are no person's, and are kept apart from people's traffic.
    pub fn automated(&self) -> bool {
        self.automated
    }
}

impl From {
    /// The columns that it is computed from.
    pub(super) fn inputs(&self) -> &[usize] {
        match self {
            Self::Source => &[],
            Self::First(columns) => columns,
            Self::Sql(expression) => expression.inputs(),
        }
    }
}

/// The columns met so far, each once.
pub(super) struct Columns {
    all: Vec<Column>,
    /// How text in expressions writes numbers.
    numbers: Numbers,
}

impl Columns {
    fn new(numbers: Numbers) -> Self {
        Self {
            all: Vec::new(),
            numbers,
        }
    }

    /// A column by its name, the first of several that is not empty, or an expression.
    fn add(&mut self, node: &Node<'_, '_>) -> Result<usize, Error> {
        if node.is_list() {
            let names = node.texts()?;
            let columns = names
                .iter()
                .map(|name| self.named(name, node))
                .collect::<Result<Vec<_>, _>>()?;
            if columns.is_empty() {
                return Err(node.error("must name at least one column"));
            }
            return Ok(self.put(&names.join(" or "), node, From::First(columns)));
        }
        match node.section_or_text()? {
            Err(name) => self.named(name, node),
            Ok(mut section) => {
                let sql = section.required("sql", "{ sql = \"cents / 100.0\" }")?;
                section.finish()?;
                self.sql(&sql)
            }
        }
    }

    fn add_if(&mut self, node: Option<Node<'_, '_>>) -> Result<Option<usize>, Error> {
        node.map(|node| self.add(&node)).transpose()
    }

    /// A condition in SQL.
    fn condition(&mut self, node: Option<Node<'_, '_>>) -> Result<Option<usize>, Error> {
        node.map(|node| self.sql(&node)).transpose()
    }

    fn sql(&mut self, node: &Node<'_, '_>) -> Result<usize, Error> {
        let sql = node.text()?;
        let expression = Expression::parse(sql, self.numbers, &mut |name| self.put(name, node, From::Source));
        let expression = expression.map_err(|why| node.error(&format!("cannot read this SQL: {why}")))?;
        Ok(self.put(sql, node, From::Sql(expression)))
    }

    fn named(&mut self, name: &str, node: &Node<'_, '_>) -> Result<usize, Error> {
        if name.is_empty() {
            return Err(node.error("a column's name cannot be empty"));
        }
        Ok(self.put(name, node, From::Source))
    }

    fn put(&mut self, name: &str, node: &Node<'_, '_>, from: From) -> usize {
        let is_source = matches!(from, From::Source);
        let known = self
            .all
            .iter()
            .position(|column| is_source && matches!(column.from, From::Source) && column.name == name);
        let at = known.unwrap_or_else(|| {
            self.all.push(Column {
                name: name.to_owned(),
                place: node.place(),
                from,
                uses: 0,
                is_millis: false,
            });
            self.all.len() - 1
        });
        self.all[at].uses += 1;
        at
    }
}

fn parse_equal_rows(root: &mut Section<'_, '_>, has_id: bool) -> Result<EqualRows, Error> {
    let Some(node) = root.key("equal_rows") else {
        return Ok(EqualRows::Keep);
    };
    if has_id {
        return Err(node.error("rows are told apart by `id`; leave this out"));
    }
    match node.text()? {
        "keep" => Ok(EqualRows::Keep),
        "once" => Ok(EqualRows::Once),
        _ => Err(node.error("must be \"keep\" or \"once\"")),
    }
}

fn parse_numbers(root: &mut Section<'_, '_>) -> Result<Numbers, Error> {
    let mark = |node: Option<Node<'_, '_>>| -> Result<Option<char>, Error> {
        let Some(node) = node else { return Ok(None) };
        let mut marks = node.text()?.chars();
        match (marks.next(), marks.next()) {
            (Some(mark), None) if !mark.is_alphanumeric() && mark != '-' => Ok(Some(mark)),
            _ => Err(node.error("must be one character, for example \",\" or \".\"")),
        }
    };
    let (decimal, group) = (root.key("decimal"), root.key("group_mark"));
    let place = group.clone();
    let numbers = Numbers::new(mark(decimal)?, mark(group)?);
    match (numbers, place) {
        (Some(numbers), _) => Ok(numbers),
        (None, Some(node)) => Err(node.error("must differ from `decimal`")),
        (None, None) => Ok(Numbers::default()),
    }
}

fn parse_time(node: &Node<'_, '_>, columns: &mut Columns) -> Result<TimeRule, Error> {
    let mut time = node.section()?;
    let column = columns.add(&time.required("column", "column = \"timestamp\"")?)?;
    let format = time.required("format", "format = \"%Y-%m-%d %H:%M:%S\", \"rfc3339\", \"s\" or \"ms\"")?;
    let zone = match time.key("zone") {
        None => jiff::tz::TimeZone::UTC,
        Some(node) => jiff::tz::TimeZone::get(node.text()?).map_err(|_| {
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

fn cannot_read(path: &Path, error: &std::io::Error) -> Error {
    Error::mapping(format!(
        "cannot read mapping {}: {error}; check the path given with --mapping",
        path.display()
    ))
}

/// Far above any mapping a person writes, far below a data file given by mistake.
const MAPPING_MAX_BYTES: u64 = 1024 * 1024;

const TIME_EXAMPLE: &str = "[time] with column = \"timestamp\" and format = \"rfc3339\"";
