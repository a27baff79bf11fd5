//! A report's result: a table, written as text, JSON or CSV.

mod csv;
mod money;
mod text;

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

pub(crate) use money::{money, rounded};
pub(crate) use text::{counted, duration, grouped};
pub use text::{printable, time};

use crate::range::Range;
use crate::stats::ALARM_CASES_MIN;
use crate::zone::Zone;

/// A report's result.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The report's name.
    pub report: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The analyzed site.
    pub site: String,
    /// The analyzed time range.
    pub range: Range,
    /// The time zone of printed times.
    pub zone: Zone,
    /// The number of events in that range.
    pub events: u64,
    /// The number of customers with such events.
    pub customers: u64,
    /// The total number of rows, for a report that is read page by page.
    pub total: Option<u64>,
    /// The currency of all its amounts (ISO 4217, as `EUR`), where they have one.
    pub currency: Option<String>,
    /// Parameters of the report that links from its rows need.
    pub link_params: Vec<(&'static str, String)>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
    /// Notes for the reader.
    pub notes: Vec<String>,
}

impl Table {
    /// A table without rows. The code that runs the report fills in the site and the range.
    pub fn new(columns: &[Column]) -> Self {
        Self {
            report: "",
            title: "",
            site: String::new(),
            range: Range::ALL,
            zone: Zone::UTC,
            events: 0,
            customers: 0,
            total: None,
            currency: None,
            link_params: Vec::new(),
            columns: columns.to_vec(),
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds a row.
    pub fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.columns.len());
        self.rows.push(row);
    }

    /// Adds a note.
    pub fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    /// The table as JSON, as the HTTP API returns it.
    pub fn to_json(&self) -> Value {
        let mut table = json!({
            "report": self.report,
            "title": self.title,
            "site": self.site,
            "from": self.range.from(),
            "to": self.range.to(),
            "timezone": self.zone.name(),
            "events": self.events,
            "customers": self.customers,
            "cases_min": ALARM_CASES_MIN,
            "columns": self.columns,
            "rows": self.rows.iter().map(|row| row.iter().map(Cell::to_json).collect()).collect::<Vec<Value>>(),
            "notes": self.notes,
        });
        if let Some(total) = self.total {
            table["total"] = Value::from(total);
        }
        if let Some(currency) = &self.currency {
            table["currency"] = Value::from(currency.as_str());
        }
        if !self.link_params.is_empty() {
            let pairs = self.link_params.iter();
            table["link_params"] = pairs.map(|(name, value)| (*name, value.as_str())).collect();
        }
        table
    }

    /// The table as CSV (RFC 4180) with a header line. Text that a spreadsheet would take for a formula is prefixed
    /// with `'`.
    pub fn to_csv(&self) -> String {
        csv::write(self)
    }

    /// The table for a terminal: numbers are right-aligned and have units.
    pub fn to_text(&self) -> String {
        text::write(self)
    }
}

/// The description of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name.
    pub name: Cow<'static, str>,
    /// The type of its cells.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// The unit of its numbers. `None` for text, and where the unit differs from row to row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// Its meaning, in plain words.
    pub doc: Cow<'static, str>,
    /// The target of its cells, if they are links.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// Further parameters of the links from its cells, as pairs of name and value.
    #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "as_map")]
    pub link_params: &'static [(&'static str, &'static str)],
    /// The parameter that its cells are in a link from their row, where that has another name than the column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub param: Option<&'static str>,
    /// Whether a chart of the table shows it unless a reader chooses another one.
    #[serde(rename = "main", skip_serializing_if = "is_false")]
    pub is_main: bool,
    /// Whether it is left out on a terminal, because it is too wide.
    #[serde(skip)]
    pub is_wide: bool,
    /// Whether its number says which row this is, as texts at the beginning of a row do.
    #[serde(skip)]
    pub is_key: bool,
    /// Whether it names a period, which in another range has another name.
    #[serde(skip)]
    pub is_period: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn as_map<S: Serializer>(pairs: &[(&str, &str)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().copied())
}

impl Column {
    /// A column of text.
    pub const fn text(name: &'static str, doc: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            kind: ColumnType::Text,
            unit: None,
            doc: Cow::Borrowed(doc),
            link: None,
            link_params: &[],
            param: None,
            is_main: false,
            is_wide: false,
            is_key: false,
            is_period: false,
        }
    }

    /// A column of numbers.
    pub const fn number(name: &'static str, unit: Unit, doc: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            kind: ColumnType::Number,
            unit: Some(unit),
            doc: Cow::Borrowed(doc),
            link: None,
            link_params: &[],
            param: None,
            is_main: false,
            is_wide: false,
            is_key: false,
            is_period: false,
        }
    }

    /// A column of numbers whose unit differs from row to row.
    pub const fn mixed(name: &'static str, doc: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            kind: ColumnType::Number,
            unit: None,
            doc: Cow::Borrowed(doc),
            link: None,
            link_params: &[],
            param: None,
            is_main: false,
            is_wide: false,
            is_key: false,
            is_period: false,
        }
    }

    /// The same column with links in its cells.
    #[must_use]
    pub const fn linked(mut self, link: Link) -> Self {
        self.link = Some(link);
        self
    }

    /// The same column, whose links ask for these parameters besides.
    #[must_use]
    pub const fn asking(mut self, params: &'static [(&'static str, &'static str)]) -> Self {
        self.link_params = params;
        self
    }

    /// The same column, whose cells are this parameter in links from their row.
    #[must_use]
    pub const fn as_param(mut self, name: &'static str) -> Self {
        self.param = Some(name);
        self
    }

    /// The same column, shown first in a chart.
    #[must_use]
    pub const fn main(mut self) -> Self {
        self.is_main = true;
        self
    }

    /// The same column, whose number says which row this is.
    #[must_use]
    pub const fn key(mut self) -> Self {
        self.is_key = true;
        self
    }

    /// The same column, which names a period of time.
    #[must_use]
    pub const fn period(mut self) -> Self {
        self.is_period = true;
        self
    }

    /// The same column, left out on a terminal.
    #[must_use]
    pub const fn wide(mut self) -> Self {
        self.is_wide = true;
        self
    }

    /// A column of objects. It is left out on a terminal.
    pub const fn json(name: &'static str, doc: &'static str) -> Self {
        Self {
            name: Cow::Borrowed(name),
            kind: ColumnType::Json,
            unit: None,
            doc: Cow::Borrowed(doc),
            link: None,
            link_params: &[],
            param: None,
            is_main: false,
            is_wide: true,
            is_key: false,
            is_period: false,
        }
    }
}

/// The target of a column's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Link {
    /// The cell is a customer's key or a list of keys: the parameter `customer` of the report `timeline`.
    Customer,
    /// A number of customers: the report `customers` lists them. It is asked with the table's [`Table::link_params`], the cells of
    /// the row whose columns are named like its parameters (or name them in [`Column::param`]), and the column's
    /// [`Column::link_params`]; a later one takes the place of an earlier one, an empty text is `(none)`, and a cell without a value
    /// is left out.
    Customers,
}

/// The type of a column's cells in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnType {
    /// Text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// An object or a list.
    Json,
}

/// The unit of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// A number of things, exact or on average.
    Count,
    /// A share of 0 to 1.
    Ratio,
    /// Milliseconds.
    Ms,
    /// Milliseconds since 1970, UTC.
    Time,
    /// Major units of a currency.
    Money,
    /// Points on a scale.
    Score,
}

impl Unit {
    /// The unit's name in JSON.
    pub const fn name(self) -> &'static str {
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

/// One value of a table. It has its own unit, which may differ from the column's.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Unknown, or a division by zero.
    Null,
    /// Text.
    Text(String),
    /// A whole number of things.
    Count(u64),
    /// A whole number that may be negative.
    Int(i64),
    /// Any number, such as an average.
    Number(f64),
    /// True or false.
    Bool(bool),
    /// A share of 0 to 1.
    Ratio(f64),
    /// Milliseconds.
    Ms(i64),
    /// Milliseconds since 1970.
    Time(i64),
    /// Millionths of a currency's unit.
    Money(i64),
    /// Points on a scale.
    Score(f64),
    /// An object or a list.
    Json(Value),
}

impl Cell {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// Converts a value with `make`; null if there is none.
    pub fn of<T>(value: Option<T>, make: impl FnOnce(T) -> Self) -> Self {
        value.map_or(Self::Null, make)
    }

    /// `part` as a share of `whole`; null if `whole` is 0.
    pub fn share(part: u64, whole: u64) -> Self {
        match whole {
            0 => Self::Null,
            _ => Self::Ratio(part as f64 / whole as f64),
        }
    }

    /// The cell in JSON: money in major units, times in milliseconds since 1970.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::from(text.as_str()),
            Self::Count(n) => Value::from(*n),
            Self::Int(n) | Self::Ms(n) | Self::Time(n) => Value::from(*n),
            Self::Bool(b) => Value::from(*b),
            Self::Number(x) | Self::Ratio(x) | Self::Score(x) => Value::from(*x),
            Self::Money(micros) if micros % 1_000_000 == 0 => Value::from(micros / 1_000_000),
            Self::Money(micros) => Value::from(*micros as f64 / 1e6),
            Self::Json(value) => value.clone(),
        }
    }
}
