//! Comparisons: a report beside the same report of an earlier time, or of other customers.

use std::collections::BTreeMap;

use jiff::ToSpan;
use wayside_model::SiteId;

use crate::association::q_values;
use crate::error::Error;
use crate::range::Range;
use crate::report::ReportRequest;
use crate::run::Query;
use crate::segment::Segment;
use crate::stats::{Z, difference_of};
use crate::table::{Cell, Column, ColumnType, Table, Unit};
use crate::zone::{self, Zone};

/// With what a report is compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Compare {
    /// The range of equal length just before.
    Previous,
    /// The same range a year before.
    LastYear,
    /// Other customers in the same range.
    Segment(Segment),
}

impl Compare {
    /// Parses `previous`, `last-year`, or the name or rule of a segment (see [`Segment::choose`]).
    ///
    /// # Errors
    ///
    /// Fails if the text is a single word that is none of these.
    pub fn choose(site: &SiteId, text: &str, named: &BTreeMap<String, String>) -> Result<Self, Error> {
        match text.trim() {
            "previous" => Ok(Self::Previous),
            "last-year" | "last_year" => Ok(Self::LastYear),
            other => Segment::choose(site, other, named).map(Self::Segment),
        }
    }

    /// The query of the other side.
    ///
    /// # Errors
    ///
    /// Fails if an earlier time is asked for and the range has no beginning or no end.
    pub(crate) fn other(&self, query: &Query) -> Result<Query, Error> {
        let mut other = query.clone();
        other.compare = None;
        let range = query.scope.range;
        let earlier = |back: fn(i64, i64, &Zone) -> Option<Range>, name: &str| match (range.from(), range.to()) {
            (Some(from), Some(to)) => {
                back(from, to, &query.zone).ok_or_else(|| Error::bad_param("compare", name, "within the calendar"))
            }
            _ => Err(Error::bad_param(
                "compare",
                name,
                "asked with from and to, so that there is a time before",
            )),
        };
        match self {
            Self::Previous => other.scope.range = earlier(previous, "previous")?,
            Self::LastYear => other.scope.range = earlier(last_year, "last-year")?,
            Self::Segment(segment) => other.scope.segment = Some(segment.clone()),
        }
        Ok(other)
    }

    fn words(&self, there: &Table) -> String {
        let day = |ms: Option<i64>| ms.map_or_else(String::new, |ms| zone::date(there.zone.day(ms)));
        let days = || {
            // The end is not included.
            let last = there.range.to().map(|to| to - 1);
            format!("{} to {}", day(there.range.from()), day(last))
        };
        match self {
            Self::Previous => format!("the time before, {}", days()),
            Self::LastYear => format!("a year before, {}", days()),
            Self::Segment(segment) => format!("the customers with {}", segment.rule()),
        }
    }

    /// Refuses reports that list people or events, of which two times have none in common.
    ///
    /// # Errors
    ///
    /// Fails for these reports.
    pub(crate) fn check(&self, request: &ReportRequest) -> Result<(), Error> {
        let report = crate::report::definition(&request.name)?;
        let first = report.columns.first().map(|column| column.name.as_ref());
        match request.is_about_one()? || matches!(first, Some("customer" | "time")) {
            true => Err(Error::bad_param(
                "compare",
                report.name,
                "asked of a report with figures; this one lists people or events",
            )),
            false => Ok(()),
        }
    }

    /// Both sides of each figure in a row, with their difference.
    pub(crate) fn table(&self, here: &Table, there: &Table) -> Table {
        let keys: Vec<usize> = key_columns(&here.columns);
        let mut columns: Vec<Column> = keys.iter().map(|at| key_column(&here.columns[*at])).collect();
        columns.extend(COLUMNS.iter().cloned());
        let mut table = Table {
            columns,
            rows: Vec::new(),
            total: None,
            link_params: Vec::new(),
            ..here.clone()
        };
        let mut p_values = Vec::new();
        for (key, ours, theirs) in pairs(here, there, &keys) {
            for figure in figures(&here.columns, &keys) {
                let [one, other] = [ours, theirs].map(|row| row.map_or(Cell::Null, |row| row[figure.at].clone()));
                if one == Cell::Null && other == Cell::Null {
                    continue;
                }
                let estimates = [(&one, ours), (&other, theirs)].map(|(cell, row)| figure.estimate(cell, row));
                let gap = number(&one).zip(number(&other)).map(|(one, other)| one - other);
                let interval = match estimates {
                    [Some(one), Some(other)] => Some(difference_of(one, other)),
                    _ => None,
                };
                p_values.push(gap.zip(interval).map(|(gap, (low, high))| {
                    // The standard error on the side of no difference, so that the test agrees with the interval.
                    let reach = if gap > 0.0 { gap - low } else { high - gap };
                    libm::erfc((gap.abs() * Z / reach) / std::f64::consts::SQRT_2)
                }));
                let as_cell = |value: Option<f64>| Cell::of(value, |value| like(&one, &other, value));
                let mut row = key.clone();
                row.extend([
                    Cell::text(figure.name),
                    figure.unit(&here.columns, ours.or(theirs)),
                    one.clone(),
                    other.clone(),
                    as_cell(gap),
                    as_cell(interval.map(|(low, _)| low)),
                    as_cell(interval.map(|(_, high)| high)),
                    Cell::Null,
                    Cell::Null,
                ]);
                table.push(row);
            }
        }
        let tested: Vec<usize> = (0..p_values.len())
            .filter(|at| p_values[*at].is_some_and(f64::is_finite))
            .collect();
        let found: Vec<f64> = tested.iter().filter_map(|at| p_values[*at]).collect();
        for (at, q_value) in tested.into_iter().zip(q_values(&found)) {
            let [.., q, clear] = table.rows[at].as_mut_slice() else {
                continue;
            };
            *q = Cell::Score(q_value);
            *clear = Cell::text(if q_value <= DISCOVERIES_FALSE_MAX { "yes" } else { "no" });
        }
        table.note(format!(
            "Compared with {}: {} customers.",
            self.words(there),
            there.customers
        ));
        let theirs = there.notes.iter().filter(|note| !here.notes.contains(note));
        let theirs: Vec<String> = theirs.map(|note| format!("There: {note}")).collect();
        table.notes.extend(theirs);
        if let Self::Segment(_) = self {
            table.note("The intervals take the two groups of customers as separate; for those who are in both they are too wide.");
        }
        table
    }
}

/// The largest share of false ones among the differences that count as clear.
const DISCOVERIES_FALSE_MAX: f64 = 0.05;

const COLUMNS: &[Column] = &[
    Column::text("figure", "The figure: a column of the report."),
    Column::text("unit", "What its value counts."),
    Column::mixed("here", "Its value."),
    Column::mixed("there", "Its value on the other side of the comparison."),
    Column::mixed("difference", "The first less the second.").main(),
    Column::mixed(
        "difference_low",
        "Lower end of the difference's 95% interval, where both values have one.",
    ),
    Column::mixed("difference_high", "Upper end of that interval."),
    Column::mixed(
        "q_value",
        "The share of false ones to expect if this difference and all clearer ones count (Benjamini and Hochberg).",
    ),
    Column::text("clear", "Whether that share is at most 5%."),
];

/// A column with a figure, and its interval.
struct Figure<'a> {
    name: &'a str,
    at: usize,
    interval: Option<(usize, usize)>,
}

impl Figure<'_> {
    /// The name of its unit: that of the column, or else of the row.
    fn unit(&self, columns: &[Column], row: Option<&Vec<Cell>>) -> Cell {
        let of_row = || {
            let at = columns.iter().position(|column| column.name == "unit")?;
            row.map(|row| row[at].clone())
        };
        match columns[self.at].unit {
            Some(unit) => Cell::text(unit.name()),
            None => of_row().unwrap_or(Cell::Null),
        }
    }

    /// The estimate with its interval.
    fn estimate(&self, cell: &Cell, row: Option<&Vec<Cell>>) -> Option<(f64, f64, f64)> {
        let (low, high) = self.interval?;
        Some((number(cell)?, number(&row?[low])?, number(&row?[high])?))
    }
}

/// The columns by which a row is known: the first ones, before any figure, and numbers that are marked as such.
fn key_columns(columns: &[Column]) -> Vec<usize> {
    let is_key = |column: &Column| column.is_key || column.kind == ColumnType::Text;
    (0..columns.len()).take_while(|at| is_key(&columns[*at])).collect()
}

/// Without links, which would lead to one side only.
fn key_column(column: &Column) -> Column {
    Column {
        link: None,
        param: None,
        ..column.clone()
    }
}

/// The figures of a table: its numbers, but for those that belong to another one.
fn figures<'a>(columns: &'a [Column], keys: &'a [usize]) -> impl Iterator<Item = Figure<'a>> {
    let place = |name: &str| columns.iter().position(|column| column.name == name);
    let is_figure = |column: &Column| {
        let name = column.name.as_ref();
        column.kind == ColumnType::Number
            && column.unit != Some(Unit::Time)
            && !matches!(name, "low" | "high" | "numerator" | "denominator")
            && !name.ends_with("_low")
            && !name.ends_with("_high")
    };
    // An interval without a name is that of the value, or of the first share.
    let nameless = place("value").or_else(|| columns.iter().position(|column| column.unit == Some(Unit::Ratio)));
    (0..columns.len())
        .filter(move |at| !keys.contains(at) && is_figure(&columns[*at]))
        .map(move |at| {
            let name = columns[at].name.as_ref();
            let own = place(&format!("{name}_low")).zip(place(&format!("{name}_high")));
            let interval = own.or_else(|| place("low").zip(place("high")).filter(|_| nameless == Some(at)));
            Figure { name, at, interval }
        })
}

/// The rows of both tables by key, those of the first table first.
type Pair<'a> = (Vec<Cell>, Option<&'a Vec<Cell>>, Option<&'a Vec<Cell>>);

fn pairs<'a>(here: &'a Table, there: &'a Table, keys: &[usize]) -> Vec<Pair<'a>> {
    // Periods of another time have other names: the first is compared with the first.
    let dated = keys
        .iter()
        .copied()
        .find(|at| here.columns[*at].is_period && here.range != there.range);
    let names = |table: &Table| -> Vec<String> {
        let mut names: Vec<String> =
            dated.map_or_else(Vec::new, |at| table.rows.iter().map(|row| text(&row[at])).collect());
        names.sort();
        names.dedup();
        names
    };
    let of = |row: &[Cell], periods: &[String]| -> Vec<String> {
        let one = |at: &usize| match dated == Some(*at) {
            true => format!("{:?}", periods.iter().position(|name| *name == text(&row[*at]))),
            false => text(&row[*at]),
        };
        keys.iter().map(one).collect()
    };
    let (ours, theirs) = (names(here), names(there));
    let mut others: BTreeMap<Vec<String>, Vec<&Vec<Cell>>> = BTreeMap::new();
    for row in there.rows.iter().rev() {
        others.entry(of(row, &theirs)).or_default().push(row);
    }
    let cells = |row: &[Cell]| keys.iter().map(|at| row[*at].clone()).collect::<Vec<_>>();
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    for row in &here.rows {
        let other = others.get_mut(&of(row, &ours)).and_then(Vec::pop);
        pairs.push((cells(row), Some(row), other));
    }
    let rest = there.rows.iter().filter(|row| {
        let left = others.get(&of(row, &theirs));
        left.is_some_and(|left| left.iter().any(|one| std::ptr::eq(*one, *row)))
    });
    pairs.extend(rest.map(|row| (cells(row), None, Some(row))));
    pairs
}

fn text(cell: &Cell) -> String {
    cell.to_json().to_string()
}

/// A number in the unit of its cell: amounts in millionths.
fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Count(count) => Some(*count as f64),
        Cell::Int(value) | Cell::Ms(value) | Cell::Money(value) => Some(*value as f64),
        Cell::Number(value) | Cell::Ratio(value) | Cell::Score(value) => Some(*value),
        _ => None,
    }
}

/// A difference in the unit of its two sides.
fn like(one: &Cell, other: &Cell, value: f64) -> Cell {
    let side = if *one == Cell::Null { other } else { one };
    match side {
        Cell::Ms(_) => Cell::Ms(value.round() as i64),
        Cell::Money(_) => Cell::Money(value.round() as i64),
        Cell::Ratio(_) => Cell::Ratio(value),
        Cell::Score(_) => Cell::Score(value),
        Cell::Count(_) | Cell::Int(_) if value.fract() == 0.0 => Cell::Int(value as i64),
        _ => Cell::Number(value),
    }
}

/// The range just before: as many days, if the range has whole days of the zone.
fn previous(from: i64, to: i64, zone: &Zone) -> Option<Range> {
    let days = whole_days(from, to, zone).map(|(first, end)| 2 * first - end);
    let start = match days {
        Some(day) => zone.start_of(zone::civil(day)?)?,
        None => from.checked_sub(to.checked_sub(from)?)?,
    };
    Some(Range::millis(start, from))
}

/// The same days, or else times, a year before.
fn last_year(from: i64, to: i64, zone: &Zone) -> Option<Range> {
    let back = |day: i64| zone.start_of(zone::civil(day)?.checked_sub(1.year()).ok()?);
    let (start, end) = match whole_days(from, to, zone) {
        Some((first, end)) => (back(first)?, back(end)?),
        None => (from.checked_sub(YEAR_MS)?, to.checked_sub(YEAR_MS)?),
    };
    Some(Range::millis(start, end))
}

/// 365 days.
const YEAR_MS: i64 = 365 * 86_400_000;

/// The first day of a range, and the one after its last, if it has whole days of the zone.
fn whole_days(from: i64, to: i64, zone: &Zone) -> Option<(i64, i64)> {
    let day_at = |ms: i64| {
        let day = zone.day(ms);
        (zone.start_of(zone::civil(day)?)? == ms).then_some(day)
    };
    day_at(from).zip(day_at(to))
}
