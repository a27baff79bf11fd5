//! Retention, compared with counts by hand.

use super::{Fixture, grid};
use crate::range::Range;
use crate::report::ReportRequest;
use crate::scan::Scope;
use crate::table::Table;
use crate::zone::Zone;

const DAY_MS: i64 = 86_400_000;
const COLUMNS: &[&str] = &["cohort", "week", "customers", "returned", "retention"];

/// Visits by customer and day; 1970-01-01 was a Thursday, so that weeks begin on days 4, 11 and 18.
const VISITS: &[(&str, &[i64])] = &[("ann", &[0, 5, 6, 12]), ("bob", &[1, 2]), ("cat", &[5]), ("dan", &[18])];

fn visits() -> Fixture {
    let mut lines = String::new();
    for (customer, days) in VISITS {
        for day in *days {
            lines.push_str(&format!("{customer} {} login\n", day * DAY_MS));
        }
    }
    Fixture::of(&lines)
}

#[track_caller]
fn check(table: &Table, expected: &[&str]) {
    assert_eq!(grid(table, COLUMNS), expected, "{}", table.to_text());
}

#[test]
fn retention_matches_a_count_by_hand() {
    let table = visits().report(ReportRequest::new("retention").with("weeks", "2"));
    check(
        &table,
        &[
            "1969-12-29 | 0 | 2 | 2 | 1.0",
            "1969-12-29 | 1 | 2 | 1 | 0.5",
            "1969-12-29 | 2 | 2 | 1 | 0.5",
            "1970-01-05 | 0 | 1 | 1 | 1.0",
            "1970-01-05 | 1 | 1 | 0 | 0.0",
            "1970-01-05 | 2 | 1 | 0 | 0.0",
            // The data does not reach a week after this one.
            "1970-01-19 | 0 | 1 | 1 | 1.0",
        ],
    );
    assert_eq!(
        table.notes,
        ["The data ends in the week of 1970-01-19: shares of that week may still rise."]
    );
    // Wilson's interval of 1 of 2.
    let ends = grid(&table, &["retention_low", "retention_high"])[1].clone();
    assert!(ends.starts_with("0.0945") && ends.contains("| 0.9054"), "{ends}");
}

#[test]
fn a_range_chooses_cohorts_and_does_not_cut_the_weeks_after() {
    let scope = Scope {
        range: Range::millis(4 * DAY_MS, 7 * DAY_MS),
        ..Scope::default()
    };
    let table = visits().run(&[ReportRequest::new("retention")], scope).remove(0);
    // Ann's visit in the range is not her first.
    check(
        &table,
        &[
            "1970-01-05 | 0 | 1 | 1 | 1.0",
            "1970-01-05 | 1 | 1 | 0 | 0.0",
            "1970-01-05 | 2 | 1 | 0 | 0.0",
        ],
    );
}

#[test]
fn weeks_are_those_of_the_time_zone() {
    // Sunday 1970-01-04, 23:30 in UTC.
    let late = Fixture::of(&format!("ann {} login", 4 * DAY_MS - 1_800_000));
    let berlin: Zone = "Europe/Berlin".parse().unwrap();
    for (zone, monday) in [(&Zone::UTC, "1969-12-29"), (&berlin, "1970-01-05")] {
        let table = late.report_in(ReportRequest::new("retention"), zone);
        assert_eq!(grid(&table, &["cohort"]), [monday], "{zone}");
    }
}
