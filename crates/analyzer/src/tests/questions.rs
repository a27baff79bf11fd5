//! Reports on small journeys whose answers a reader can count.

use std::cell::RefCell;

use wayside_model::journey::{Config, Parts};
use wayside_model::{EventId, Field, Journey, Kind, Timestamp, Touch};

use super::{Fixture, cell, grid, rows_of};
use crate::range::Range;
use crate::report::ReportRequest;
use crate::scan::{FieldSet, Scope, Traffic};
use crate::table::Cell;

const SHOP: &str = r#"
    v1=ann 0       page_view {"url":"https://x/","source":"news","medium":"email"}
    v1=ann 20000   view_item {"items":[{"item_id":"mug"}]}
    v1=ann 60000   add_to_cart {"value":19.9,"currency":"EUR","items":[{"item_id":"mug","quantity":2}]}
    v1=ann 90000   begin_checkout
    v1=ann 95000   form_error {"form":"address","form_field":"zip"}
    v1=ann 120000  checkout_step_time {"step":"begin","waiting_ms":1000,"acting_ms":29000}
    v1=ann 120000  add_shipping_info
    v2 0           page_view {"url":"https://x/sale"}
    v2 5000        user_engagement {"engaged_ms":4000}
    v1=ann 7200000 page_view {"url":"https://x/cart"}
    v1=ann 7230000 purchase {"transaction_id":"t1","value":19.9,"currency":"EUR"}
    v1=ann 7231000 purchase {"transaction_id":"t1","value":19.9,"currency":"EUR"}
    v1=ann 7300000 nps {"score":10}
"#;

#[test]
fn key_figures_match_a_count_by_hand() {
    let table = Fixture::of(SHOP).report(ReportRequest::new("kpis"));
    assert_eq!(
        grid(&table, &["name", "value", "numerator", "denominator"]),
        [
            "events | 13 | null | null",
            "sessions | 3 | null | null",
            "visitors | 2 | null | null",
            "customers | 2 | null | null",
            "new_customers | 2 | null | null",
            "page_views | 3 | null | null",
            "bounce_rate | 0.3333333333333333 | 1 | 3",
            "conversion_rate | 0.3333333333333333 | 1 | 3",
            "customer_conversion_rate | 0.5 | 1 | 2",
            // The cart was bought two hours later.
            "cart_abandonment_rate | 0.0 | 0 | 1",
            "checkout_abandonment_rate | 0.0 | 0 | 1",
            // The thank-you page was shown twice.
            "orders | 1 | null | null",
            "revenue | 19.9 | 19.9 | null",
            "average_order_value | 19.9 | 19.9 | 1",
            "repeat_purchase_rate | 0.0 | 0 | 1",
            "repeat_order_share | 0.0 | 0 | 1",
            "coupon_order_share | 0.0 | 0 | 1",
            // Of 120, 5 and 100 s, within 0.4%.
            "session_duration_median | 100095 | null | 3",
            "engaged_time_per_session | 4000 | 4000 | 1",
            "pages_per_session | 1.0 | 3 | 3",
            "returning_rate | 0.5 | 1 | 2",
            "search_rate | 0.0 | 0 | 3",
            "support_contact_rate | 0.0 | 0 | 2",
            "sharing_rate | 0.0 | 0 | 2",
            "signals_per_100_sessions | 0.0 | 0 | 3",
            "know_moment_share | 0.0 | 0 | 3",
            "go_moment_share | 0.0 | 0 | 3",
            "do_moment_share | 0.0 | 0 | 3",
            "buy_moment_share | 0.0 | 0 | 3",
            "nps | 100.0 | 1 | 1",
            "csat | null | 0 | 0",
            "ces | null | 0 | 0",
            "review_score | null | 0 | 0",
        ]
    );
    assert_eq!((table.events, table.customers), (13, 2));
    assert_eq!(table.currency.as_deref(), Some("EUR"));
    assert_eq!(
        table.notes,
        ["Amounts are in EUR: 19.90 sold, orders: 1; 0.00 paid back, refunds: 0."]
    );
}

#[test]
fn money_is_counted_by_currency_and_unknown_without_amounts() {
    let fixture = Fixture::of(
        r#"
        v1 0 purchase {"value":10,"currency":"EUR"}
        v1 1 purchase {"currency":"eur"}
        v2 2 purchase {"value":99,"currency":"USD"}
        v1 3 refund {"value":4,"currency":"EUR"}
        "#,
    );
    let table = fixture.report(ReportRequest::new("kpis"));
    assert_eq!(*cell(&table, "revenue", "value"), Cell::Money(6_000_000));
    assert_eq!(*cell(&table, "average_order_value", "value"), Cell::Money(10_000_000));
    assert_eq!(
        table.notes,
        [
            "Amounts are in EUR: 10.00 sold, orders: 2 (1 of them without a value); 4.00 paid back, refunds: 1.",
            "Not added to the amounts: USD: 99.00 sold, orders: 1; 0.00 paid back, refunds: 0.",
        ]
    );
    assert_eq!(
        table.currency.as_deref(),
        Some("EUR"),
        "of dollars nothing is in the rows"
    );
    assert_eq!(table.to_json()["currency"], "EUR");
    let unknown = Fixture::of("v1 0 purchase").report(ReportRequest::new("kpis"));
    assert_eq!(*cell(&unknown, "revenue", "value"), Cell::Null);
    assert_eq!(*cell(&unknown, "average_order_value", "value"), Cell::Null);
}

#[test]
fn refunds_have_the_currency_of_their_order_and_do_not_exceed_its_value() {
    let order = r#"v1 0 purchase {"transaction_id":"1","value":100,"currency":"EUR"}"#;
    let other = r#"v1 1 purchase {"transaction_id":"2","value":7,"currency":"EUR"}"#;
    for (refunds, noted) in [
        (
            r#"v1 2 refund {"transaction_id":"1","value":40}"#,
            "40.00 paid back, refunds: 1.",
        ),
        (
            r#"v1 2 refund {"transaction_id":"1","value":40}
            v1 3 refund {"transaction_id":"1"}"#,
            "100.00 paid back, refunds: 2 (1 of them without an amount, taken as the value of their order).",
        ),
        (
            r#"v1 2 refund {"transaction_id":"1"}
            v1 3 refund {"transaction_id":"1"}
            v1 4 refund {"transaction_id":"2"}"#,
            "107.00 paid back, refunds: 3 (3 of them without an amount, taken as the value of their order).",
        ),
        (
            r#"v1 2 refund {"transaction_id":"1","value":130}
            v1 3 refund {"transaction_id":"1"}"#,
            "130.00 paid back, refunds: 2 (1 of them without an amount, taken as the value of their order).",
        ),
    ] {
        let table = Fixture::of(&format!("{order}\n{other}\n{refunds}")).report(ReportRequest::new("kpis"));
        let expected = format!("Amounts are in EUR: 107.00 sold, orders: 2; {noted}");
        assert_eq!(table.notes, [expected], "{refunds}");
    }
}

#[test]
fn refunds_before_the_range_reduce_the_value_left_to_refund() {
    let fixture = Fixture::of(
        r#"
        v1 0 purchase {"transaction_id":"1","value":100,"currency":"EUR"}
        v1 1 refund {"transaction_id":"1","value":40}
        v1 2 refund {"transaction_id":"1"}
        v1 2 page_view {"url":"https://x/"}
        "#,
    );
    let scope = Scope {
        range: Range::millis(2, 3),
        ..Scope::default()
    };
    let notes = fixture.run(&[ReportRequest::new("kpis")], scope).remove(0).notes;
    assert!(notes[0].contains("60.00 paid back, refunds: 1"), "{notes:?}");
}

#[test]
fn amounts_without_a_valid_currency_are_plain_numbers() {
    for (currency, said) in [
        ("", "Amounts are in no stated currency: 10.00 sold"),
        (r#","currency":"Euro""#, "Amounts are in EURO: 10.00 sold"),
        (r#","currency":"€""#, "Amounts are in €: 10.00 sold"),
    ] {
        let lines = format!(r#"v1 0 purchase {{"value":10{currency}}}"#);
        let table = Fixture::of(&lines).report(ReportRequest::new("kpis"));
        assert_eq!(*cell(&table, "revenue", "value"), Cell::Money(10_000_000));
        assert_eq!(table.currency, None);
        assert!(table.to_json().get("currency").is_none());
        assert!(table.notes[0].starts_with(said), "{:?}", table.notes);
    }
    let nothing = Fixture::of("v1 0 page_view {\"url\":\"https://x/\"}").report(ReportRequest::new("kpis"));
    assert_eq!(nothing.currency, None);
}

#[test]
fn the_checkout_matches_a_count_by_hand() {
    let table = Fixture::of(SHOP).report(ReportRequest::new("checkout"));
    let columns = [
        "step",
        "sessions",
        "completed",
        "bought_later",
        "abandoned",
        "acting_p50_ms",
        "waiting_p95_ms",
        "field_errors",
    ];
    assert_eq!(
        grid(&table, &columns),
        [
            "begin | 1 | 1 | 0 | 0 | 28991 | 1001 | 1",
            // Ann stopped here, and bought in the evening.
            "shipping | 1 | 0 | 1 | 0 | null | null | 0",
        ]
    );
}

#[test]
fn the_journey_map_matches_a_count_by_hand() {
    let table = Fixture::of(SHOP).report(ReportRequest::new("journey-map"));
    let columns = [
        "stage",
        "channel",
        "customers",
        "sessions",
        "touchpoints",
        "purchases",
        "conversion",
        "drop_off",
    ];
    let rows = grid(&table, &columns);
    // v2, who left, and the second session of ann, who bought.
    assert_eq!(rows[0], "awareness | Direct | 2 | 2 | 3 | 0 | 0.5 | 0.5");
    assert_eq!(rows[1], "awareness | Email | 1 | 1 | 1 | 0 | 1.0 | 0.0");
    let purchases: u64 = table
        .rows
        .iter()
        .map(|row| match row[5] {
            Cell::Count(n) => n,
            _ => 0,
        })
        .sum();
    let touchpoints: u64 = table
        .rows
        .iter()
        .map(|row| match row[4] {
            Cell::Count(n) => n,
            _ => 0,
        })
        .sum();
    assert_eq!((purchases, touchpoints), (1, 13));
}

#[test]
fn paths_match_a_count_by_hand() {
    let table = Fixture::of(SHOP).report(ReportRequest::new("paths").with("nodes", "page").with("top", "2"));
    assert_eq!(
        grid(
            &table,
            &["from", "to", "transitions", "sessions", "share", "median_gap_ms"]
        ),
        [
            "(start) | / | 1 | 1 | 0.3333333333333333 | null",
            "(start) | /cart | 1 | 1 | 0.3333333333333333 | null",
        ]
    );
    assert!(
        table.notes[0].starts_with("4 rarer transitions are left out"),
        "{:?}",
        table.notes
    );
}

#[test]
fn a_timeline_lists_touchpoints_with_their_details() {
    let fixture = Fixture::of(SHOP);
    let table = fixture.report(ReportRequest::new("timeline").with("visitor", "v1"));
    assert_eq!(
        grid(&table, &["session", "kind", "detail"])[..4],
        [
            "1 | page_view | /",
            "1 | view_item | mug",
            "1 | add_to_cart | 2 × mug · 19.90 EUR",
            "1 | begin_checkout | ",
        ]
    );
    assert_eq!(table.rows.len(), 11);
    let Cell::Json(fields) = &table.rows[2][8] else {
        panic!()
    };
    assert_eq!(
        *fields,
        serde_json::json!({"currency": "EUR", "value": 19.9, "items": [{"item_id": "mug", "quantity": 2}]})
    );
    let customer = fixture.report(ReportRequest::new("timeline").with("customer", "ann"));
    assert_eq!(customer.rows, table.rows);
    let nobody = fixture.report(ReportRequest::new("timeline").with("customer", "zoe"));
    assert_eq!(
        nobody.notes,
        ["Nothing is known of customer zoe in this site and range."]
    );
}

#[test]
fn the_timeline_shows_signals_after_the_events_that_triggered_them() {
    let fixture = Fixture::of(
        r#"
        v1 0     begin_checkout
        v1 60000 checkout_step_time {"step":"begin","waiting_ms":30000,"acting_ms":1000}
        v1 61000 signal {"name":"rage_click","element":"Pay","count":5}
        "#,
    );
    let table = fixture.report(ReportRequest::new("timeline").with("visitor", "v1"));
    assert_eq!(
        grid(&table, &["time", "kind", "detail"]),
        [
            "0 | begin_checkout | ",
            "60000 | checkout_step_time | begin · waited 30.0 s · acted 1.0 s",
            "60000 | signal | checkout_slow · begin · within 30.0 s",
            "61000 | signal | rage_click · Pay · count 5",
        ]
    );
    let kpis = fixture.report(ReportRequest::new("kpis"));
    assert_eq!(*cell(&kpis, "signals_per_100_sessions", "numerator"), Cell::Count(2));
    let checkout = fixture.report(ReportRequest::new("checkout"));
    assert_eq!(grid(&checkout, &["step", "slow_signals"]), ["begin | 1"]);
}

#[test]
fn automated_browsers_are_left_out_and_counted_in_a_note() {
    let fixture = Fixture::of(
        r#"
        robot 0 page_view {"url":"https://x/"}
        robot 1 page_view {"url":"https://x/"}
        v1 2 page_view {"url":"https://x/"}
        "#,
    );
    let events = |traffic: Traffic| {
        let scope = Scope {
            traffic,
            ..Scope::default()
        };
        let table = fixture.run(&[ReportRequest::new("kpis")], scope).remove(0);
        (table.events, table.customers, table.notes)
    };
    let note = |text: &str| vec![text.to_owned()];
    assert_eq!(
        events(Traffic::People),
        (
            1,
            1,
            note("2 events of automated browsers are left out; traffic=all counts them too.")
        )
    );
    assert_eq!(
        events(Traffic::Automated),
        (2, 1, note("1 event of people is left out; traffic=all counts it too."))
    );
    assert_eq!(events(Traffic::All), (3, 2, Vec::new()));
}

#[test]
fn a_range_counts_events_and_sessions_and_keeps_the_journey() {
    let fixture = Fixture::of(SHOP);
    let scope = Scope {
        range: Range::millis(7_000_000, 8_000_000),
        ..Scope::default()
    };
    let table = fixture.run(&[ReportRequest::new("kpis")], scope).remove(0);
    assert_eq!((table.events, table.customers), (4, 1));
    assert_eq!(*cell(&table, "sessions", "value"), Cell::Count(1));
    // The session before the range makes this one a return.
    assert_eq!(*cell(&table, "returning_rate", "value"), Cell::Ratio(1.0));
}

#[test]
fn an_empty_site_and_a_single_event() {
    let names = ["kpis", "journey-map", "funnel", "checkout", "paths"];
    let requests: Vec<ReportRequest> = names.into_iter().map(ReportRequest::new).collect();
    for fixture in [Fixture::new(0), Fixture::new(16)] {
        for table in fixture.run(&requests, Scope::default()) {
            assert_eq!((table.events, table.customers), (0, 0), "{}", table.report);
            assert!(!table.to_text().contains("NaN"));
        }
    }
    let tables = Fixture::of(r#"v1 5 purchase {"value":1,"currency":"EUR"}"#).run(&requests, Scope::default());
    assert_eq!(
        grid(&tables[4], &["from", "to", "transitions"]),
        ["(start) | purchase | 1", "purchase | (end) | 1"]
    );
    assert_eq!(*cell(&tables[0], "conversion_rate", "value"), Cell::Ratio(1.0));
    assert_eq!(*cell(&tables[0], "session_duration_median", "value"), Cell::Ms(0));
}

#[test]
fn events_of_one_time_are_ordered_by_writer_and_number() {
    // Two browsers of one customer at one time: the writer of v1 sorts before that of v2.
    let fixture = Fixture::of(
        r#"
        v2=ann 5 add_to_cart
        v1=ann 5 view_item
        v1=ann 5 search {"search_term":"mug"}
        "#,
    );
    let funnel = fixture.report(ReportRequest::new("funnel").with("steps", "view_item,search,add_to_cart"));
    assert_eq!(grid(&funnel, &["customers"]), ["1", "1", "1"]);
    let backwards = fixture.report(ReportRequest::new("funnel").with("steps", "add_to_cart,view_item"));
    assert_eq!(grid(&backwards, &["customers"]), ["1", "0"]);
}

#[test]
fn sessions_of_two_browsers_may_overlap() {
    let fixture = Fixture::of(
        r#"
        v1=ann 0 page_view {"url":"https://x/a"}
        v2=ann 1000 page_view {"url":"https://x/b"}
        v1=ann 2000 page_view {"url":"https://x/c"}
        v2=ann 3000 page_view {"url":"https://x/d"}
        "#,
    );
    let table = fixture.report(ReportRequest::new("paths").with("nodes", "page"));
    assert_eq!(
        grid(&table, &["from", "to"]),
        [
            "(start) | /a",
            "(start) | /b",
            "/a | /c",
            "/b | /d",
            "/c | (end)",
            "/d | (end)"
        ]
    );
}

/// Writes down which fields the model asks for.
struct Asked<'a> {
    touch: &'a wayside_model::Event,
    fields: &'a RefCell<Vec<Field>>,
}

impl Touch for Asked<'_> {
    fn id(&self) -> EventId {
        self.touch.id()
    }

    fn time(&self) -> Timestamp {
        self.touch.time()
    }

    fn visitor(&self) -> &str {
        self.touch.visitor()
    }

    fn kind(&self) -> Kind {
        self.touch.kind()
    }

    fn text(&self, field: Field) -> Option<&str> {
        self.fields.borrow_mut().push(field);
        self.touch.text(field)
    }

    fn int(&self, field: Field) -> Option<i64> {
        self.fields.borrow_mut().push(field);
        self.touch.int(field)
    }
}

/// A field that the model reads and the scan does not would be absent in the analyzer and present in the browser.
#[test]
fn the_scan_reads_the_fields_that_the_model_needs() {
    let fields = RefCell::new(Vec::new());
    let mut lines = SHOP.to_owned();
    for (at, kind) in Kind::ALL.iter().enumerate() {
        let required = kind.required().iter().map(|field| match field.field_type() {
            wayside_model::FieldType::Int => format!("\"{}\":9", field.name()),
            _ => format!("\"{}\":\"x\"", field.name()),
        });
        let required = required.collect::<Vec<_>>().join(",");
        for more in [
            "",
            r#""contact_channel":"chat""#,
            r#""source_channel":"email""#,
            r#""referrer":"https://y/""#,
        ] {
            let all = [required.as_str(), more]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>();
            lines.push_str(&format!(
                "v9 {} {} {{{}}}\n",
                8_000_000 + at,
                kind.name(),
                all.join(",")
            ));
        }
    }
    let mut journey = Journey::default();
    let mut rows = rows_of(&lines);
    wayside_store::rows::sort(&mut rows);
    for row in &rows {
        let touch = Asked {
            touch: &row.event,
            fields: &fields,
        };
        journey.on_event(&Config::default(), &touch, &mut Vec::new());
    }
    let mut asked = fields.into_inner();
    asked.sort();
    asked.dedup();
    assert!(
        asked.contains(&Field::Entry) && asked.contains(&Field::WaitingMs),
        "{asked:?}"
    );
    let unread: Vec<_> = asked
        .into_iter()
        .filter(|field| !FieldSet::model(Parts::ALL, &Config::default()).contains(*field))
        .collect();
    assert!(unread.is_empty(), "the scan must read {unread:?} too");
}
