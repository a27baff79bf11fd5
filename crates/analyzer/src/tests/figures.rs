//! Figures against plain SQL over the same raw events: another engine's sort, windows and joins, none of our code.

use std::sync::Arc;

use arrow::array::{AsArray, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Int64Type, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::prelude::SessionContext;
use wayside_store::rows::Row;

use super::{Fixture, Random, block_on, cell, row};
use crate::report::ReportRequest;
use crate::table::{Cell, Table};

const KINDS: [&str; 6] = [
    "page_view",
    "view_item",
    "add_to_cart",
    "begin_checkout",
    "purchase",
    "search",
];

/// 3,000 events of 60 visitors over twelve days, no two of a visitor at one time.
fn events() -> Vec<Row> {
    let mut generator = Random(20_261_121);
    let mut random = |below: u64| generator.below(below);
    let mut clocks = [0i64; 60];
    (0..3_000)
        .map(|seq| {
            let who = random(60) as usize;
            // Mostly minutes, sometimes hours.
            let scale = if random(6) == 0 { 7_200_000 } else { 600_000 };
            clocks[who] += 1 + random(scale) as i64;
            let kind = KINDS[(random(6) * random(6) / 6) as usize];
            let fields = match kind {
                "page_view" => r#"{"url":"https://x/a"}"#,
                "search" => r#"{"search_term":"mug"}"#,
                "purchase" => r#"{"value":10,"currency":"EUR"}"#,
                _ => "{}",
            };
            row(&format!("v{who}"), None, seq, clocks[who], kind, fields)
        })
        .collect()
}

/// The events in three files of three buckets and a tail.
fn fixture(rows: &[Row]) -> Fixture {
    let mut fixture = Fixture::new(3);
    for bucket in 0..3 {
        let here = rows.iter().filter(|row| row.customer.len() % 3 == bucket).cloned();
        let (tail, file) = here.partition(|row| row.event.id.seq % 5 == 0);
        fixture.add_file(bucket, file, 100);
        fixture.set_tail(bucket, tail, 50);
    }
    fixture
}

/// Plain SQL over `e(visitor, time, kind)`.
struct Plain(SessionContext);

impl Plain {
    fn new(rows: &[Row]) -> Self {
        let schema = Arc::new(Schema::new(vec![
            Field::new("visitor", DataType::Utf8, false),
            Field::new("time", DataType::Int64, false),
            Field::new("kind", DataType::Utf8, false),
        ]));
        let batch = RecordBatch::try_new(
            schema,
            vec![
                Arc::new(StringArray::from_iter_values(
                    rows.iter().map(|row| row.event.visitor.as_str()),
                )),
                Arc::new(Int64Array::from_iter_values(
                    rows.iter().map(|row| row.event.time.millis()),
                )),
                Arc::new(StringArray::from_iter_values(
                    rows.iter().map(|row| row.event.touchpoint.kind().name()),
                )),
            ],
        )
        .unwrap();
        let context = SessionContext::new();
        context.register_batch("e", batch).unwrap();
        Self(context)
    }

    /// The whole numbers of a query's first row.
    fn numbers(&self, query: &str) -> Vec<u64> {
        let batches = block_on(async { self.0.sql(query).await.unwrap().collect().await.unwrap() });
        let batch = batches.iter().find(|batch| batch.num_rows() > 0).unwrap();
        batch
            .columns()
            .iter()
            .map(|column| column.as_primitive::<Int64Type>().value(0) as u64)
            .collect()
    }
}

/// Sessions by window functions: a number that grows with every gap of more than 30 minutes.
const SESSIONS: &str = "
    WITH gaps AS (
        SELECT *, CASE WHEN time - lag(time) OVER (PARTITION BY visitor ORDER BY time) <= 1800000 THEN 0 ELSE 1 END AS starts
        FROM e
    ), s AS (
        SELECT *, sum(starts) OVER (PARTITION BY visitor ORDER BY time) AS session FROM gaps
    )";

fn count(cell: &Cell) -> u64 {
    match cell {
        Cell::Count(n) => *n,
        other => panic!("{other:?} is no count"),
    }
}

#[test]
fn key_figures_agree_with_plain_sql() {
    let rows = events();
    let (table, plain) = (fixture(&rows).report(ReportRequest::new("kpis")), Plain::new(&rows));
    let value = |name: &str| count(cell(&table, name, "value"));
    assert_eq!(
        [value("events"), value("visitors"), value("customers"), value("page_views")].to_vec(),
        plain.numbers(
            "SELECT count(*), count(DISTINCT visitor), count(DISTINCT visitor) AS customers, sum(CASE WHEN kind = 'page_view' THEN 1 ELSE 0 END) FROM e"
        ),
    );
    let sessions = plain.numbers(&format!(
        "{SESSIONS} SELECT count(*) FROM (SELECT DISTINCT visitor, session FROM s)"
    ))[0];
    assert_eq!(value("sessions"), sessions);
    assert!((300..2_000).contains(&sessions), "{sessions} sessions tell nothing");
    for (figure, kind) in [("conversion_rate", "purchase"), ("search_rate", "search")] {
        let with =
            format!("{SESSIONS} SELECT count(*) FROM (SELECT DISTINCT visitor, session FROM s WHERE kind = '{kind}')");
        assert_eq!(count(cell(&table, figure, "numerator")), plain.numbers(&with)[0]);
        assert_eq!(count(cell(&table, figure, "denominator")), sessions);
    }
    let left = format!(
        "{SESSIONS} SELECT count(*) FROM (SELECT visitor, session, min(time) AS begun FROM s WHERE kind = 'add_to_cart' \
         GROUP BY visitor, session) c WHERE NOT EXISTS \
         (SELECT 1 FROM s WHERE s.visitor = c.visitor AND s.kind = 'purchase' AND (s.time > c.begun OR s.session = c.session))"
    );
    assert_eq!(
        count(cell(&table, "cart_abandonment_rate", "numerator")),
        plain.numbers(&left)[0]
    );
    let purchases = plain.numbers("SELECT count(*) FROM e WHERE kind = 'purchase'")[0];
    assert_eq!(
        *cell(&table, "revenue", "value"),
        Cell::Money(purchases as i64 * 10_000_000)
    );
}

#[test]
fn funnels_agree_with_plain_sql() {
    let rows = events();
    let (fixture, plain) = (fixture(&rows), Plain::new(&rows));
    for days in [1, 3] {
        let request = ReportRequest::new("funnel")
            .with("steps", "view_item,add_to_cart,begin_checkout,purchase")
            .with("window_days", &days.to_string());
        let window = days * 86_400_000;
        let plain = plain.numbers(&format!(
            "SELECT count(DISTINCT a.visitor), count(DISTINCT b.visitor), count(DISTINCT c.visitor), count(DISTINCT d.visitor)
             FROM (SELECT * FROM e WHERE kind = 'view_item') a
             LEFT JOIN (SELECT * FROM e WHERE kind = 'add_to_cart') b
                ON b.visitor = a.visitor AND b.time > a.time AND b.time - a.time <= {window}
             LEFT JOIN (SELECT * FROM e WHERE kind = 'begin_checkout') c
                ON c.visitor = a.visitor AND c.time > b.time AND c.time - a.time <= {window}
             LEFT JOIN (SELECT * FROM e WHERE kind = 'purchase') d
                ON d.visitor = a.visitor AND d.time > c.time AND d.time - a.time <= {window}"
        ));
        let table = fixture.report(request);
        assert_eq!(column(&table, 2), plain, "{days} days");
        assert!(plain[3] > 0 && plain[3] < plain[0], "{plain:?} tells nothing");
    }
}

#[test]
fn transitions_agree_with_plain_sql() {
    let rows = events();
    let (table, plain) = (fixture(&rows).report(ReportRequest::new("paths")), Plain::new(&rows));
    let follows =
        "SELECT visitor, session, kind AS a, lead(kind) OVER (PARTITION BY visitor, session ORDER BY time) AS b FROM s";
    let mut transitions = 0;
    for row in &table.rows {
        let [
            Cell::Text(from),
            Cell::Text(to),
            Cell::Count(times),
            Cell::Count(sessions),
            ..,
        ] = &row[..]
        else {
            panic!("{row:?}");
        };
        transitions += times;
        let (from_sql, to_sql) = match (from.as_str(), to.as_str()) {
            ("(start)", _) => continue,
            (from, "(end)") => (from.to_owned(), "b IS NULL".to_owned()),
            (from, to) => (from.to_owned(), format!("b = '{to}'")),
        };
        let expected = plain.numbers(&format!(
            "{SESSIONS}, f AS ({follows}) SELECT count(*), count(DISTINCT visitor || ' ' || session) FROM f \
             WHERE a = '{from_sql}' AND {to_sql}"
        ));
        assert_eq!(vec![*times, *sessions], expected, "{from} to {to}");
    }
    // Each session has one transition more than events.
    let sessions = plain.numbers(&format!(
        "{SESSIONS} SELECT count(*) FROM (SELECT DISTINCT visitor, session FROM s)"
    ))[0];
    assert_eq!(transitions, 3_000 + sessions);
}

fn column(table: &Table, at: usize) -> Vec<u64> {
    table.rows.iter().map(|row| count(&row[at])).collect()
}
