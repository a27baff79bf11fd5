//! Tables as CSV that is safe to open.

use csv::{Terminator, WriterBuilder};
use unicode_width::UnicodeWidthChar;

use super::{Cell, Table};
use crate::zone::Zone;

/// Writes a table as CSV, with the column names in the first line.
pub(super) fn write(table: &Table) -> String {
    let mut out = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    // Writing into memory fails only for rows of unequal length, and every row of a table has one cell per column.
    let _ = out.write_record(table.columns.iter().map(|column| harmless(&column.name)));
    for row in &table.rows {
        let _ = out.write_record(row.iter().map(|value| cell(value, &table.zone)));
    }
    let bytes = out.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn cell(cell: &Cell, zone: &Zone) -> String {
    match cell {
        Cell::Null => String::new(),
        Cell::Text(text) => harmless(text),
        // CSV is for people, so times are printed; programs read JSON.
        Cell::Time(millis) => zone.print(*millis),
        other => other.to_json().to_string(),
    }
}

/// The text, changed so that no spreadsheet takes it for a formula (OWASP, "CSV Injection"): anyone can send a referrer
/// or a search term. Spreadsheets leave out characters that are not visible before they look for a formula, and some read
/// the full-width forms of its signs, too.
fn harmless(text: &str) -> String {
    let seen = text.trim_start_matches(|c: char| c.is_whitespace() || c.width().unwrap_or(0) == 0);
    let signs = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    if seen.starts_with(signs) || text.starts_with(['\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Column, Unit};

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut table = Table::new(&[Column::text("t", ""), Column::number("n", Unit::Count, "")]);
        table.push(vec![Cell::text(text), Cell::Ms(-5)]);
        assert_eq!(table.to_csv(), format!("t,n\r\n{expected},-5\r\n"));
    }

    #[test]
    fn text_is_quoted_and_never_a_formula() {
        check("plain", "plain");
        check("a,b", "\"a,b\"");
        check("say \"hi\"\nagain", "\"say \"\"hi\"\"\nagain\"");
        check("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"");
        check("+1", "'+1");
        check("-1", "'-1");
        check("@a", "'@a");
        check("\tx", "'\tx");
        check("\n=1", "\"'\n=1\"");
        check("\nx", "\"'\nx\"");
        check(" =1", "' =1");
        check("\u{a0}=1", "'\u{a0}=1");
        check(" a=1", " a=1");
        for hidden in ["\u{feff}", "\u{200b}", "\u{202e}", "\u{ad}", "\u{0}", "\u{2060} "] {
            check(&format!("{hidden}=1"), &format!("'{hidden}=1"));
        }
        for sign in ["＝", "＋", "－", "＠"] {
            check(&format!("{sign}1"), &format!("'{sign}1"));
        }
        check("\rx", "\"'\rx\"");
    }

    #[test]
    fn values_keep_their_digits() {
        let mut table = Table::new(&[
            Column::number("a", Unit::Money, ""),
            Column::number("b", Unit::Time, ""),
            Column::number("c", Unit::Ratio, ""),
        ]);
        table.push(vec![Cell::Money(19_900_000), Cell::Time(1_500), Cell::Ratio(0.25)]);
        table.push(vec![Cell::Null, Cell::Null, Cell::Ratio(1.0 / 3.0)]);
        assert_eq!(
            table.to_csv(),
            "a,b,c\r\n19.9,1970-01-01T00:00:01.500Z,0.25\r\n,,0.3333333333333333\r\n"
        );
        table.zone = "Asia/Kolkata".parse().unwrap();
        assert!(
            table.to_csv().contains("19.9,1970-01-01T05:30:01.500+05:30,"),
            "{}",
            table.to_csv()
        );
    }
}
