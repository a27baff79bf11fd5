//! Revenue of cohorts, compared with sums by hand and with plain SQL.

use wayside_model::SiteId;

use super::agreement::imported;
use super::{Fixture, block_on, cell, grid};
use crate::range::Range;
use crate::report::{ReportRequest, definition};
use crate::scan::Scope;
use crate::sql;
use crate::table::{Cell, Table};

const DAY_MS: i64 = 86_400_000;

/// Orders by customer: the day since 1970-01-01, and the value; a negative one is a refund.
const ORDERS: &[(&str, &[(i64, i64)])] = &[
    ("ann", &[(0, 10), (20, 30), (40, 20)]),
    ("bob", &[(5, 50), (70, -20)]),
    ("cat", &[(35, 7)]),
];

fn lines() -> String {
    let mut lines = String::from("dan 0 login\nann 0 page_view {\"url\":\"https://x/\",\"medium\":\"email\"}\n");
    for (customer, orders) in ORDERS {
        for (day, value) in *orders {
            let kind = if *value < 0 { "refund" } else { "purchase" };
            let time = day * DAY_MS + 1;
            lines.push_str(&format!(
                "{customer} {time} {kind} {{\"currency\":\"EUR\",\"value\":{value}}}\n"
            ));
        }
    }
    lines
}

fn request(params: &[(&str, &str)]) -> ReportRequest {
    let request = ReportRequest::new("revenue-cohorts");
    params
        .iter()
        .fold(request, |request, (name, value)| request.with(name, value))
}

#[track_caller]
fn check(table: &Table, columns: &[&str], expected: &[&str]) {
    assert_eq!(grid(table, columns), expected, "{}", table.to_text());
}

const COLUMNS: &[&str] = &[
    "cohort",
    "period",
    "complete",
    "customers",
    "orders",
    "revenue",
    "revenue_per_customer",
];

#[test]
fn cohorts_match_sums_by_hand() {
    let table = Fixture::of(&lines()).report(request(&[("margin_percent", "40")]));
    check(
        &table,
        COLUMNS,
        &[
            // Both cohorts are complete in their first month, that of January only in its second.
            "(all) | 0 | yes | 3 | 4 | 97 | 32.33",
            "(all) | 1 | yes | 2 | 4 | 110 | 55",
            "1970-01 | 0 | yes | 2 | 3 | 90 | 45",
            "1970-01 | 1 | yes | 2 | 4 | 110 | 55",
            "1970-01 | 2 | no | 2 | 4 | 90 | 45",
            "1970-02 | 0 | yes | 1 | 1 | 7 | 7",
            "1970-02 | 1 | no | 1 | 1 | 7 | 7",
        ],
    );
    // 60 and 50: the standard error of their mean is 5.
    let ends = grid(
        &table,
        &[
            "revenue_per_customer_low",
            "revenue_per_customer_high",
            "margin_per_customer",
        ],
    );
    assert_eq!(ends[3], "45.2 | 64.8 | 22");
    assert_eq!(ends[5], "null | null | 2.8");
    assert_eq!(
        table.notes,
        [
            "Amounts are in EUR: 117.00 sold, orders: 5; 20.00 paid back, refunds: 1.",
            "The data ends in 1970-03: amounts of that period may still change. Cohorts together have only the periods that are complete.",
        ]
    );
}

#[test]
fn cohorts_begin_with_a_visit_and_are_split_by_its_channel() {
    let table = Fixture::of(&lines()).report(request(&[
        ("start", "first_visit"),
        ("by", "channel"),
        ("periods", "1"),
    ]));
    let columns = ["cohort", "channel", "period", "customers", "revenue"];
    check(
        &table,
        &columns,
        &[
            "(all) | Direct | 0 | 3 | 57",
            "(all) | Direct | 1 | 2 | 50",
            "(all) | Email | 0 | 1 | 40",
            "(all) | Email | 1 | 1 | 60",
            "1970-01 | Direct | 0 | 2 | 50",
            "1970-01 | Direct | 1 | 2 | 50",
            "1970-01 | Email | 0 | 1 | 40",
            "1970-01 | Email | 1 | 1 | 60",
            "1970-02 | Direct | 0 | 1 | 7",
            "1970-02 | Direct | 1 | 1 | 7",
        ],
    );
}

#[test]
fn a_range_chooses_cohorts_and_does_not_cut_their_revenue() {
    let scope = Scope {
        range: Range::millis(0, 3 * DAY_MS),
        ..Scope::default()
    };
    let table = Fixture::of(&lines())
        .run(&[request(&[("cohorts", "1")])], scope)
        .remove(0);
    check(
        &table,
        &["cohort", "period", "customers", "revenue"],
        &[
            "(all) | 0 | 1 | 40",
            "(all) | 1 | 1 | 60",
            "1970-01 | 0 | 1 | 40",
            "1970-01 | 1 | 1 | 60",
            "1970-01 | 2 | 1 | 60",
        ],
    );
}

#[test]
fn means_and_their_intervals_equal_plain_sql() {
    let mut fixture = Fixture::new(1);
    fixture.add_file(0, imported("cdnow", "cdnow.toml", "CDNOW_sample.txt"), 10_000);
    let table = fixture.report(request(&[("periods", "9")]));
    let query = "SELECT date_trunc('month', first) AS cohort, count(*) AS customers, avg(spent) AS mean,
            1.959963984540054 * stddev_samp(spent) / sqrt(count(*)) AS spread
        FROM (SELECT customer, first, sum(CASE WHEN (date_part('year', time) - date_part('year', first)) * 12
                + date_part('month', time) - date_part('month', first) <= 9 THEN CAST(value AS DOUBLE) ELSE 0 END) AS spent
            FROM (SELECT customer, time, value, min(time) OVER (PARTITION BY customer) AS first
                FROM events WHERE kind = 'purchase')
            GROUP BY customer, first)
        GROUP BY 1 ORDER BY 1";
    let site = SiteId::parse("shop").unwrap();
    let expected = block_on(sql::run_over(fixture.snapshot.clone(), &site, query)).unwrap();
    let at = |name: &str| table.columns.iter().position(|column| column.name == name).unwrap();
    let oldest = |row: &&Vec<Cell>| row[at("period")] == Cell::Count(9) && row[0] != Cell::text("(all)");
    let rows: Vec<_> = table.rows.iter().filter(oldest).collect();
    assert_eq!((rows.len(), expected.rows.len()), (3, 3));
    let number = |cell: &Cell| cell.to_json().as_f64().unwrap();
    for (row, expected) in rows.iter().zip(&expected.rows) {
        let [customers, mean, spread] = [1, 2, 3].map(|column| number(&expected[column]));
        assert_eq!(number(&row[at("customers")]), customers);
        for (name, value) in [
            ("revenue_per_customer", mean),
            ("revenue_per_customer_low", mean - spread),
            ("revenue_per_customer_high", mean + spread),
        ] {
            assert!(
                (number(&row[at(name)]) - value).abs() < 0.006,
                "{name}: {row:?} is not {value}"
            );
        }
    }
}

#[test]
fn a_site_without_customers_of_the_range_gets_a_plain_answer() {
    let table = Fixture::of("ann 0 login").report(request(&[]));
    assert!(table.rows.is_empty());
    assert_eq!(table.notes, ["No customer ordered for the first time in these days."]);
    // One customer has a value and no interval.
    let table = Fixture::of("ann 0 purchase {\"value\":3}").report(request(&[]));
    assert_eq!(*cell(&table, "1970-01", "revenue_per_customer"), Cell::Money(3_000_000));
    assert_eq!(*cell(&table, "1970-01", "revenue_per_customer_low"), Cell::Null);
}

#[test]
fn bad_parameters_are_refused_by_name() {
    for (name, value, says) in [
        ("start", "first_purchse", "did you mean \"first_purchase\"?"),
        ("every", "day", "week or month"),
        ("by", "chanel", "did you mean \"channel\"?"),
        ("periods", "0", "a whole number from 1 to 60"),
        ("margin_percent", "140", "a whole number from 1 to 100"),
        ("margin_percents", "40", "did you mean \"margin_percent\"?"),
    ] {
        let error = definition("revenue-cohorts")
            .unwrap()
            .make(&request(&[(name, value)]))
            .unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}
