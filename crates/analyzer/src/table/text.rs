//! Tables as text for a terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Cell, ColumnType, Table, money};
use crate::zone::Zone;

/// The maximum width of a text cell. Longer text is cut with an ellipsis; JSON and CSV contain all of it.
const CELL_MAX_WIDTH: usize = 60;
/// Space between columns.
const GAP: &str = "  ";

/// Writes a table: its title, column names, rows and notes.
pub(super) fn write(table: &Table) -> String {
    let shown: Vec<usize> = (0..table.columns.len())
        .filter(|at| !table.columns[*at].is_wide)
        .collect();
    let mut grid: Vec<Vec<String>> = vec![shown.iter().map(|at| table.columns[*at].name.to_string()).collect()];
    grid.extend(
        table
            .rows
            .iter()
            .map(|row| shown.iter().map(|at| cell(&row[*at], table)).collect()),
    );
    let widths: Vec<usize> = (0..shown.len())
        .map(|at| grid.iter().map(|row| row[at].width()).max().unwrap_or(0))
        .collect();
    let numeric: Vec<bool> = shown
        .iter()
        .map(|at| table.columns[*at].kind == ColumnType::Number)
        .collect();

    let mut out = heading(table);
    for (number, row) in grid.iter().enumerate() {
        let mut line = String::new();
        for (at, text) in row.iter().enumerate() {
            let padding = " ".repeat(widths[at] - text.width());
            if at > 0 {
                line.push_str(GAP);
            }
            if numeric[at] {
                line.push_str(&padding);
                line.push_str(text);
            } else {
                line.push_str(text);
                line.push_str(&padding);
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
        if number == 0 {
            out.push_str(&"─".repeat(widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1)));
            out.push('\n');
        }
    }
    if table.rows.is_empty() {
        out.push_str("(no rows)\n");
    }
    for note in &table.notes {
        out.push_str("note: ");
        out.push_str(&printable(note));
        out.push('\n');
    }
    out
}

/// A time in ISO 8601, in UTC.
pub fn time(millis: i64) -> String {
    Zone::UTC.print(millis)
}

/// The heading: the report's title, the site, the range, and the number of events and customers.
fn heading(table: &Table) -> String {
    if table.title.is_empty() {
        return String::new();
    }
    let span = match (table.range.from(), table.range.to()) {
        (None, None) => "all time".to_owned(),
        (from, to) => {
            let end = |millis: Option<i64>| millis.map_or_else(|| "…".to_owned(), |millis| table.zone.print(millis));
            format!("{} to {}", end(from), end(to))
        }
    };
    format!(
        "{} · {} · {span} · {} · {} of {}\n\n",
        table.title,
        table.site,
        table.zone,
        counted(table.events, "event"),
        counted(table.customers, "customer")
    )
}

fn cell(cell: &Cell, table: &Table) -> String {
    match cell {
        Cell::Null => "–".to_owned(),
        Cell::Text(text) => cut(&printable(text)),
        Cell::Count(n) => grouped(*n),
        Cell::Number(x) | Cell::Score(x) => format!("{x:.2}"),
        Cell::Int(n) => n.to_string(),
        Cell::Bool(b) => b.to_string(),
        Cell::Ratio(x) => format!("{:.1} %", x * 100.0),
        Cell::Ms(n) => duration(*n),
        Cell::Time(n) => table.zone.print(*n),
        Cell::Money(micros) => match table.currency.as_deref() {
            Some(currency) => format!("{} {currency}", money(*micros, Some(currency))),
            None => money(*micros, None),
        },
        Cell::Json(value) => cut(&printable(&value.to_string())),
    }
}

/// A whole number with thousands separators: 31,106.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number of things in words: `1 customer`, `31,106 customers`.
pub(crate) fn counted(n: u64, thing: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", grouped(n))
}

/// A duration in its two largest units.
pub(crate) fn duration(ms: i64) -> String {
    if ms < 0 {
        return format!("-{}", duration(-ms));
    }
    let pair = |n: i64, base: i64, big: &str, small: &str| match n % base {
        0 => format!("{} {big}", n / base),
        rest => format!("{} {big} {rest} {small}", n / base),
    };
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{:.1} s", ms as f64 / 1000.0),
        60_000..3_600_000 => pair(ms / 1000, 60, "min", "s"),
        3_600_000..86_400_000 => pair(ms / 60_000, 60, "h", "min"),
        _ => pair(ms / 3_600_000, 24, "d", "h"),
    }
}

/// The text with every control character, and every character that changes the text's direction, replaced: visitors can
/// send any text.
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.width().is_none() || is_bidi_control(c) {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

/// Whether the character changes the order of the text around it.
fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn cut(text: &str) -> String {
    if text.width() <= CELL_MAX_WIDTH {
        return text.to_owned();
    }
    let mut width = 0;
    let mut out: String = text
        .chars()
        .take_while(|c| {
            width += c.width().unwrap_or(0);
            width < CELL_MAX_WIDTH
        })
        .collect();
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Column, Unit};

    #[test]
    fn numbers_stand_right_with_units() {
        let mut table = Table::new(&[
            Column::text("name", ""),
            Column::number("sessions", Unit::Count, ""),
            Column::number("share", Unit::Ratio, ""),
            Column::json("raw", ""),
        ]);
        table.push(vec![
            Cell::text("all"),
            Cell::Count(31_106),
            Cell::Ratio(1.0),
            Cell::Null,
        ]);
        table.push(vec![Cell::text("größer"), Cell::Count(7), Cell::Null, Cell::Null]);
        table.note("31 left out");
        assert_eq!(
            table.to_text(),
            "name    sessions    share\n\
             ─────────────────────────\n\
             all       31,106  100.0 %\n\
             größer         7        –\n\
             note: 31 left out\n"
        );
    }

    #[test]
    fn amounts_stand_with_their_currency() {
        let mut table = Table::new(&[Column::text("name", ""), Column::mixed("value", "")]);
        table.push(vec![Cell::text("revenue"), Cell::Money(19_900_000)]);
        table.push(vec![Cell::text("orders"), Cell::Count(1)]);
        let rows = |table: &Table| table.to_text().lines().skip(2).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(rows(&table), ["revenue  19.90", "orders       1"]);
        table.currency = Some("EUR".into());
        assert_eq!(rows(&table), ["revenue  19.90 EUR", "orders           1"]);
        table.currency = Some("KWD".into());
        assert_eq!(rows(&table), ["revenue  19.900 KWD", "orders            1"]);
    }

    #[test]
    fn the_heading_counts_in_the_singular_too_and_names_the_zone() {
        let mut table = Table::new(&[]);
        (table.title, table.site) = ("Funnel", "shop".into());
        (table.events, table.customers) = (1_200, 1);
        table.zone = "Europe/Berlin".parse().unwrap();
        let heading = |table: &Table| table.to_text().lines().next().unwrap_or_default().to_owned();
        assert_eq!(
            heading(&table),
            "Funnel · shop · all time · Europe/Berlin · 1,200 events of 1 customer"
        );
        table.range = crate::Range::millis(0, 86_400_000);
        assert_eq!(
            heading(&table),
            "Funnel · shop · 1970-01-01T01:00:00.000+01:00 to 1970-01-02T01:00:00.000+01:00 · Europe/Berlin · \
             1,200 events of 1 customer"
        );
    }

    #[test]
    fn visitors_text_cannot_write_to_the_terminal() {
        let table = Table::new(&[]);
        let shown = cell(&Cell::text("\u{1b}[2Jgone\u{202e}txt\nnext"), &table);
        assert_eq!(shown, "\u{fffd}[2Jgone\u{fffd}txt\u{fffd}next");
        assert_eq!(cell(&Cell::text("x".repeat(500)), &table).width(), CELL_MAX_WIDTH);
    }

    #[test]
    fn durations_read_well() {
        for (ms, text) in [
            (850, "850 ms"),
            (4_200, "4.2 s"),
            (200_000, "3 min 20 s"),
            (7_200_000, "2 h"),
            (273_600_000, "3 d 4 h"),
            (-5, "-5 ms"),
        ] {
            assert_eq!(duration(ms), text);
        }
    }
}
