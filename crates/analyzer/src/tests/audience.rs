//! The report `audience`, and the lists of customers behind its rows.

use super::{Fixture, grid};
use crate::report::{ReportRequest, definition};
use crate::table::Table;

/// Ann has visits on two devices, Bob one, and the old browser of the third says nothing.
const SHOP: &str = r#"
    phone=ann 0 page_view {"url":"https://x/sale","source":"news","medium":"email","device":"mobile","browser":"Safari","browser_version":"18","language":"de-AT","screen":"compact","time_zone":"Europe/Vienna"}
    phone=ann 1 page_view {"url":"https://x/cart","entry":"spa"}
    laptop=ann 9000000 page_view {"url":"https://x/","device":"desktop","browser":"Chrome","browser_version":"140","language":"de-AT","screen":"large","time_zone":"Europe/Vienna"}
    laptop=ann 9000001 purchase {"transaction_id":"t1","value":30,"currency":"EUR"}
    bob 0 page_view {"url":"https://x/","device":"desktop","browser":"Chrome","browser_version":"139","language":"en","screen":"large","time_zone":"Asia/Calcutta"}
    bob 1 purchase {"transaction_id":"t2","value":30,"currency":"EUR","country":"de"}
    old 0 page_view {"url":"https://x/"}
"#;

fn audience(params: &[(&str, &str)]) -> Table {
    let request = params
        .iter()
        .fold(ReportRequest::new("audience"), |request, (name, value)| {
            request.with(name, value)
        });
    Fixture::of(SHOP).report(request)
}

const COLUMNS: [&str; 4] = ["group", "sessions", "customers", "converted"];

#[test]
fn visits_are_grouped_by_each_property() {
    for (by, expected) in [
        (
            "device",
            &["desktop | 2 | 2 | 2", "mobile | 1 | 1 | 0", "unknown | 1 | 1 | 0"][..],
        ),
        (
            "browser",
            &["Chrome | 2 | 2 | 2", "Safari | 1 | 1 | 0", "unknown | 1 | 1 | 0"],
        ),
        (
            "browser_version",
            &[
                "Chrome 139 | 1 | 1 | 1",
                "Chrome 140 | 1 | 1 | 1",
                "Safari 18 | 1 | 1 | 0",
                "unknown | 1 | 1 | 0",
            ],
        ),
        (
            "language",
            &["de-AT | 2 | 1 | 1", "en | 1 | 1 | 1", "unknown | 1 | 1 | 0"],
        ),
        // A country that the site knows comes before that of the time zone.
        ("country", &["AT | 2 | 1 | 1", "DE | 1 | 1 | 1", "unknown | 1 | 1 | 0"]),
        (
            "screen",
            &["large | 2 | 2 | 2", "compact | 1 | 1 | 0", "unknown | 1 | 1 | 0"],
        ),
        ("landing_page", &["/ | 3 | 3 | 2", "/sale | 1 | 1 | 0"]),
        ("campaign", &["(none) | 4 | 3 | 2"]),
        (
            "source_medium",
            &["(direct) / (none) | 3 | 3 | 2", "news / email | 1 | 1 | 0"],
        ),
        ("channel", &["Direct | 3 | 3 | 2", "Email | 1 | 1 | 0"]),
        ("visit", &["first | 3 | 3 | 1", "later | 1 | 1 | 1"]),
        ("nothing", &["all | 4 | 3 | 2"]),
    ] {
        assert_eq!(grid(&audience(&[("by", by)]), &COLUMNS), expected, "{by}");
    }
}

#[test]
fn the_smaller_groups_are_one_row_without_a_count_of_customers() {
    let table = audience(&[("by", "browser_version"), ("top", "1")]);
    assert_eq!(
        grid(&table, &COLUMNS),
        ["Chrome 139 | 1 | 1 | 1", "(other) | 3 | null | 1"]
    );
    assert_eq!(
        table.notes,
        ["3 more groups are in (other); the parameter top shows more."]
    );
}

#[test]
fn each_group_leads_to_as_many_customers_as_it_says() {
    let fixture = Fixture::of(SHOP);
    for by in [
        "device",
        "browser",
        "browser_version",
        "language",
        "country",
        "screen",
        "landing_page",
        "source_medium",
        "visit",
    ] {
        let table = audience(&[("by", by)]);
        for row in grid(&table, &["group", "customers"]) {
            let (group, customers) = row.rsplit_once(" | ").unwrap();
            let list = ReportRequest::new("customers").with("by", by).with("group", group);
            assert_eq!(fixture.report(list).rows.len().to_string(), customers, "{by}: {group}");
        }
    }
}

#[test]
fn trends_are_split_by_any_property_and_list_the_largest_groups() {
    let lines: String = (0..60)
        .map(|n| {
            let visits = if n == 59 { 2 } else { 1 };
            let visit = |visit: i32| {
                format!(
                    "v{n} {} page_view {{\"url\":\"https://x/page-{n:02}\"}}\n",
                    i64::from(visit) * 9_000_000
                )
            };
            (0..visits).map(visit).collect::<String>()
        })
        .collect();
    let request = ReportRequest::new("trend")
        .with("by", "landing_page")
        .with("measures", "sessions");
    let table = Fixture::of(&lines).report(request);
    let rows = grid(&table, &["group", "value"]);
    assert_eq!(rows.len(), 51);
    assert!(
        rows.contains(&"/page-59 | 2".to_owned()),
        "the largest is listed: {rows:?}"
    );
    assert_eq!(rows[50], "(other) | 10");
    assert_eq!(
        table.notes,
        ["Only the 50 groups with most sessions are listed; the others are in (other)."]
    );
}

#[test]
fn a_property_that_nobody_names_is_refused() {
    let request = ReportRequest::new("audience").with("by", "property");
    let error = definition("audience").unwrap().make(&request).unwrap_err().to_string();
    assert!(error.contains("property"), "{error}");
}
