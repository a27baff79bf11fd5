//! Comparisons: both sides of a figure, their difference, and how sure it is.

use std::collections::BTreeMap;

use wayside_model::SiteId;

use super::{Fixture, grid};
use crate::compare::Compare;
use crate::range::Range;
use crate::report::ReportRequest;
use crate::run::Query;
use crate::scan::Scope;
use crate::segment::Segment;
use crate::stats;
use crate::table::{Cell, Table};
use crate::zone::Zone;

const DAY: i64 = 86_400_000;

fn choose(text: &str) -> Compare {
    Compare::choose(&SiteId::parse("shop").unwrap(), text, &BTreeMap::new()).unwrap()
}

fn query(from: &str, to: &str, zone: &str) -> Query {
    let zone: Zone = zone.parse().unwrap();
    Query {
        scope: Scope {
            range: Range::parse(Some(from), Some(to), &zone).unwrap(),
            ..Scope::default()
        },
        zone,
        ..Query::default()
    }
}

#[test]
fn the_time_before_has_as_many_days_also_when_the_clocks_change() {
    let range = |from: &str, to: &str| query(from, to, "Europe/Berlin").scope.range;
    // The clocks go forward on 29 March 2026.
    for (compare, expected) in [
        ("previous", range("2026-03-23", "2026-03-29")),
        ("last-year", range("2025-03-30", "2025-04-05")),
    ] {
        let other = choose(compare).other(&query("2026-03-30", "2026-04-05", "Europe/Berlin"));
        assert_eq!(other.unwrap().scope.range, expected, "{compare}");
    }
    let leap = choose("last_year")
        .other(&query("2024-02-29", "2024-02-29", "UTC"))
        .unwrap();
    assert_eq!(leap.scope.range, query("2023-02-28", "2023-02-28", "UTC").scope.range);
    let hours = choose("previous").other(&query("2026-03-30T06:00:00Z", "2026-03-30T09:00:00Z", "UTC"));
    let before = query("2026-03-30T03:00:00Z", "2026-03-30T06:00:00Z", "UTC");
    assert_eq!(hours.unwrap().scope.range, before.scope.range);
    for compare in ["previous", "last-year"] {
        let error = choose(compare).other(&Query::default()).unwrap_err();
        assert!(error.to_string().contains("asked with from and to"), "{error}");
    }
}

/// Of visitors named `mobile…`, a fifth buys on the first two days; of the others, half.
fn shop() -> Fixture {
    let mut lines = String::new();
    for n in 0..200 {
        let (device, buys) = match n % 2 {
            0 => ("mobile", n % 10 == 0),
            _ => ("desktop", n % 4 == 1),
        };
        let time = (n % 2) * DAY + 3_600_000 + n * 60_000;
        lines += &format!("{device}{n} {time} page_view {{\"url\":\"https://x/\",\"device\":\"{device}\"}}\n");
        if buys {
            lines += &format!(
                "{device}{n} {} purchase {{\"transaction_id\":\"t{n}\",\"value\":5,\"currency\":\"EUR\"}}\n",
                time + 1_000
            );
        }
    }
    Fixture::of(&lines)
}

fn compared(request: &ReportRequest, rule: &str, other: &str) -> Table {
    let shop = shop();
    let of = |rule: &str| {
        let segment = Segment::choose(&SiteId::parse("shop").unwrap(), rule, &BTreeMap::new()).unwrap();
        let scope = Scope {
            segment: Some(segment),
            ..Scope::default()
        };
        shop.run(std::slice::from_ref(request), scope).remove(0)
    };
    choose(other).table(&of(rule), &of(other))
}

#[test]
fn each_figure_stands_beside_the_other_with_the_interval_of_the_difference() {
    let table = compared(&ReportRequest::new("kpis"), "device = 'mobile'", "device = 'desktop'");
    let row = |name: &str| {
        let row = table.rows.iter().find(|row| row[0] == Cell::text(name));
        row.unwrap_or_else(|| panic!("no row {name}")).clone()
    };
    let (low, high) = stats::difference((20, 100), (50, 100)).unwrap();
    assert_eq!(
        row("customer_conversion_rate")[1..8],
        [
            Cell::text("value"),
            Cell::text("ratio"),
            Cell::Ratio(0.2),
            Cell::Ratio(0.5),
            Cell::Ratio(-0.3),
            Cell::Ratio(low),
            Cell::Ratio(high)
        ]
    );
    assert_eq!(row("customer_conversion_rate")[9], Cell::text("yes"));
    assert_eq!(row("orders")[3..6], [Cell::Count(20), Cell::Count(50), Cell::Int(-30)]);
    assert_eq!(
        row("returning_rate")[9],
        Cell::text("no"),
        "nobody came back on either side"
    );
    assert_eq!(row("revenue")[5], Cell::Money(-150_000_000));
    let said = table.notes.join(" ");
    assert!(
        said.contains("Compared with the customers with device = 'desktop': 100 customers."),
        "{said}"
    );
}

#[test]
fn rows_of_one_side_only_are_shown_too() {
    let request = ReportRequest::new("audience").with("by", "device");
    let table = compared(&request, "device = 'mobile'", "device = 'desktop'");
    let sessions: Vec<String> = grid(&table, &["group", "figure", "here", "there", "difference"])
        .into_iter()
        .filter(|line| line.contains("| sessions |"))
        .collect();
    assert_eq!(
        sessions,
        [
            "mobile | sessions | 100 | null | null",
            "desktop | sessions | null | 100 | null"
        ]
    );
}

#[test]
fn periods_of_another_time_are_compared_by_their_order() {
    let shop = shop();
    let of = |day: i64| {
        let scope = Scope {
            range: Range::millis(day * DAY, (day + 1) * DAY),
            ..Scope::default()
        };
        let request = ReportRequest::new("trend").with("measures", "orders");
        shop.run(&[request], scope).remove(0)
    };
    let table = choose("previous").table(&of(1), &of(0));
    let values = grid(&table, &["period", "here", "there", "difference"]);
    assert_eq!(values, ["1970-01-02 | 50 | 20 | 30"]);
}

#[test]
fn lists_of_people_and_events_are_not_compared() {
    for request in [
        ReportRequest::new("customers"),
        ReportRequest::new("customer-values"),
        ReportRequest::new("timeline").with("customer", "ann"),
        ReportRequest::new("profile").with("customer", "ann"),
    ] {
        let error = choose("previous").check(&request).unwrap_err();
        assert!(error.to_string().contains("lists people or events"), "{error}");
    }
    choose("previous").check(&ReportRequest::new("kpis")).unwrap();
}
