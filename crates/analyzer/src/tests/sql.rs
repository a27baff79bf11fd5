//! SQL over the view `events`.

use wayside_model::SiteId;

use super::{Fixture, block_on, rows_of};
use crate::error::ErrorKind;
use crate::sql::run_over;

/// Two customers, one of them in a file and in the tail, with a copy.
fn fixture() -> Fixture {
    let mut fixture = Fixture::new(2);
    let ann = rows_of(
        r#"
        v1=ann 1000 page_view {"url":"https://x/","source":"news","medium":"email"}
        v1=ann 2000 add_to_cart {"value":19.9,"currency":"EUR","items":[{"item_id":"mug","price":9.95,"quantity":2}]}
        v1=ann 3000 purchase {"value":19.9,"currency":"EUR","gift":true}
        "#,
    );
    fixture.add_file(0, ann[..2].to_vec(), 10);
    fixture.set_tail(0, ann[1..].to_vec(), 1);
    fixture.add_file(1, rows_of(r#"v2 4000 page_view {"url":"https://x/"}"#), 10);
    fixture
}

#[track_caller]
fn check(query: &str, expected: &[&str]) {
    let table = block_on(run_over(fixture().snapshot, &SiteId::parse("shop").unwrap(), query)).unwrap();
    let columns: Vec<&str> = table.columns.iter().map(|column| &*column.name).collect();
    assert_eq!(super::grid(&table, &columns), expected, "{query}");
}

#[test]
fn the_view_contains_each_event_once() {
    check("SELECT count(*) FROM events", &["4"]);
    check(
        "SELECT kind, count(*) AS n FROM events GROUP BY kind ORDER BY kind",
        &["add_to_cart | 1", "page_view | 2", "purchase | 1"],
    );
}

#[test]
fn the_view_has_the_columns_of_the_table_and_of_the_model() {
    check(
        "SELECT site, month, customer, session, stage, channel, kind, value, time, props FROM events ORDER BY time",
        &[
            "shop | 1970-01 | ann | 0 | awareness | Email | page_view | null | 1000 | null",
            "shop | 1970-01 | ann | 0 | purchase | Email | add_to_cart | 19.9 | 2000 | null",
            "shop | 1970-01 | ann | 0 | purchase | Email | purchase | 19.9 | 3000 | {\"gift\":true}",
            "shop | 1970-01 | anon:v2 | 0 | awareness | Direct | page_view | null | 4000 | null",
        ],
    );
    check(
        "SELECT items[1]['item_id'], items[1]['quantity'] FROM events WHERE kind = 'add_to_cart'",
        &["mug | 2"],
    );
    check(
        "SELECT items, items[1] FROM events WHERE kind <> 'page_view' ORDER BY time",
        &[
            r#"[{"item_id":"mug","price":9.95,"quantity":2.0}] | {"item_id":"mug","price":9.95,"quantity":2.0}"#,
            "null | null",
        ],
    );
    check(
        "SELECT customer FROM (SELECT DISTINCT customer, visitor FROM events) ORDER BY customer",
        &["ann", "anon:v2"],
    );
}

#[test]
fn aggregates_by_customer_need_no_shuffle() {
    let table = block_on(run_over(
        fixture().snapshot,
        &SiteId::parse("shop").unwrap(),
        "EXPLAIN SELECT customer, count(*) FROM events GROUP BY customer",
    ))
    .unwrap();
    let text = format!("{:?}", table.rows);
    assert!(
        text.contains("EventsExec") && !text.contains("RepartitionExec"),
        "{text}"
    );
}

#[test]
fn only_queries_are_allowed() {
    for query in [
        "CREATE EXTERNAL TABLE t STORED AS CSV LOCATION '/etc/passwd'",
        "COPY events TO '/tmp/wayside-test-copy.csv' STORED AS CSV",
        "INSERT INTO events SELECT * FROM events",
        "DROP TABLE events",
        "CREATE TABLE t AS SELECT 1",
        "SET datafusion.execution.batch_size = 1",
    ] {
        let error = block_on(run_over(fixture().snapshot, &SiteId::parse("shop").unwrap(), query)).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::NotReadOnly(_) | ErrorKind::Sql(_)),
            "{query}: {error:?}"
        );
        assert!(error.is_request());
    }
    let error = |query: &str| {
        block_on(run_over(fixture().snapshot, &SiteId::parse("shop").unwrap(), query))
            .unwrap_err()
            .to_string()
    };
    assert!(error("COPY events TO '/tmp/x' STORED AS CSV").starts_with("only SELECT is allowed"));
    assert!(error("SELECT nothing FROM events").contains("nothing"));
    assert!(error("SELECT 1; SELECT 2").starts_with("the query failed"));
    // A path is no table.
    assert!(error("SELECT * FROM '/etc/passwd'").starts_with("the query failed"));
}
