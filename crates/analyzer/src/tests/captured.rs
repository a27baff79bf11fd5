//! Reports on what pages capture by themselves, on small journeys whose answers a reader can count.

use super::{Fixture, cell, grid};
use crate::report::ReportRequest;
use crate::table::{Cell, Table};

fn check(table: &Table, columns: &[&str], expected: &[&str]) {
    assert_eq!(grid(table, columns), expected);
}

/// Twenty sessions with a cart; in ten of them the pay button does not answer. Of these one buys, of the others nine do.
fn carts() -> String {
    let mut lines = String::new();
    for n in 0..20 {
        let (is_dead, buys) = (n < 10, n == 0 || n > 10);
        lines.push_str(&format!("v{n:02} 0 page_view {{\"url\":\"https://x/cart?id={n}\"}}\n"));
        lines.push_str(&format!(
            "v{n:02} 1000 add_to_cart {{\"value\":20,\"currency\":\"EUR\"}}\n"
        ));
        if is_dead {
            let signal = r#"signal {"name":"dead_click","element":"pay"}"#;
            lines.push_str(&format!("v{n:02} 2000 {signal}\nv{n:02} 3000 {signal}\n"));
        }
        if buys {
            lines.push_str(&format!(
                "v{n:02} 4000 purchase {{\"transaction_id\":\"t{n}\",\"value\":20,\"currency\":\"EUR\"}}\n"
            ));
        }
    }
    lines.push_str("w1 0 page_view {\"url\":\"https://x/\"}\n");
    lines
}

#[test]
fn signals_match_a_count_by_hand() {
    let fixture = Fixture::of(&carts());
    let table = fixture.report(ReportRequest::new("signals"));
    check(
        &table,
        &[
            "signal",
            "family",
            "stage",
            "page",
            "element",
            "times",
            "sessions",
            "customers",
        ],
        &["dead_click | friction | purchase | /cart | pay | 20 | 10 | 10"],
    );
    // 10 of 21 sessions and customers. Of the ten, one bought; of the ten others that came to this stage, nine.
    check(
        &table,
        &[
            "share_of_sessions",
            "share_of_customers",
            "conversion_with",
            "conversion_without",
        ],
        &["0.47619047619047616 | 0.47619047619047616 | 0.1 | 0.9"],
    );
    // Wilson's interval of 10 of 21.
    let ends = ["share_of_sessions_low", "share_of_sessions_high"].map(|column| cell(&table, "dead_click", column));
    let [Cell::Ratio(low), Cell::Ratio(high)] = ends else {
        panic!("{table:?}");
    };
    assert_eq!([low, high].map(|end| format!("{end:.4}")), ["0.2834", "0.6763"]);
    // Newcombe's method 10 for 1/10 less 9/10, with Wilson's (0.0179, 0.4042) and (0.5958, 0.9821): -0.8 ∓ ….
    let [Cell::Ratio(low), Cell::Ratio(high)] =
        ["difference_low", "difference_high"].map(|column| cell(&table, "dead_click", column).clone())
    else {
        panic!("{table:?}");
    };
    assert!(
        (low + 0.9162).abs() < 1e-3 && (high + 0.3697).abs() < 1e-3,
        "{low} {high}"
    );
    // 10 sessions × 0.8 × 20 EUR.
    assert_eq!(*cell(&table, "dead_click", "at_stake"), Cell::Money(160_000_000));
    assert_eq!(table.currency.as_deref(), Some("EUR"));
    check(&table, &["examples"], &[r#"["anon:v01","anon:v02","anon:v03"]"#]);

    let by_signal = fixture.report(ReportRequest::new("signals").with("by", "signal"));
    check(
        &by_signal,
        &["signal", "page", "element", "sessions"],
        &["dead_click | null | null | 10"],
    );
    let other = fixture.report(ReportRequest::new("signals").with("signal", "rage_click"));
    assert!(other.rows.is_empty());
}

#[test]
fn money_is_at_stake_only_for_differences_beyond_chance() {
    let fixture = Fixture::of(
        r#"
        v1 0 add_to_cart
        v1 1 signal {"name":"rage_click","element":"menu"}
        v2 0 add_to_cart
        v2 1 purchase {"value":20,"currency":"EUR"}
        "#,
    );
    let table = fixture.report(ReportRequest::new("signals"));
    check(
        &table,
        &["conversion_with", "conversion_without", "at_stake"],
        &["0.0 | 1.0 | null"],
    );
}

#[test]
fn forms_match_a_count_by_hand() {
    let table = Fixture::of(
        r#"
        v1 0 form_start {"form":"address"}
        v1 1 form_field_time {"form":"address","form_field":"name","acting_ms":100,"first_input_ms":50}
        v1 2 form_field_time {"form":"address","form_field":"zip","acting_ms":200,"corrections":2}
        v1 3 form_error {"form":"address","form_field":"zip","error":"pattern"}
        v1 4 form_abandon {"form":"address","form_field":"zip"}
        v1 5 form_field_time {"form":"address","form_field":"zip","acting_ms":100,"refills":1}
        v1 6 form_submit {"form":"address"}
        v2 0 form_field_time {"form":"address","form_field":"zip","acting_ms":250}
        v2 1 form_abandon {"form":"address","form_field":"zip"}
        v3 0 form_start {"form":"newsletter"}
        "#,
    )
    .report(ReportRequest::new("forms"));
    check(
        &table,
        &[
            "form",
            "field",
            "sessions",
            "sent",
            "left_here",
            "left_share",
            "entries",
            "acting_p50_ms",
            "first_input_p50_ms",
            "corrections",
            "refills",
            "errors",
        ],
        &[
            // The first visitor came back to the form and sent it.
            "address | (whole form) | 2 | 1 | 1 | 0.5 | null | null | null | null | null | 1",
            "address | name | 1 | null | 0 | 0.0 | 1 | 100 | 50 | 0 | 0 | 0",
            "address | zip | 2 | null | 1 | 0.5 | 3 | 200 | null | 2 | 1 | 1",
            "newsletter | (whole form) | 1 | 0 | 0 | 0.0 | null | null | null | null | null | 0",
        ],
    );
    // Wilson's intervals of 1 of 2 and of 0 of 1.
    for (row, ends) in [(0, ["0.0945", "0.9055"]), (1, ["0.0000", "0.7935"])] {
        let [Cell::Ratio(low), Cell::Ratio(high)] = table.rows[row][6..8] else {
            panic!("{table:?}");
        };
        assert_eq!([low, high].map(|end| format!("{end:.4}")), ends);
    }
}

#[test]
fn searches_match_a_count_by_hand() {
    let table = Fixture::of(
        r#"
        v1 0 search {"search_term":"Mug ","results":3}
        v1 1 search {"search_term":"mug","results":0}
        v1 2 purchase {"transaction_id":"t1"}
        v1 3 search {"search_term":"lamp"}
        v1 9000000 search {"search_term":"mug","results":1}
        v1 9000001 purchase {"transaction_id":"t1"}
        v2 0 purchase {"transaction_id":"t2"}
        v2 1 search {"search_term":"mug","results":2}
        "#,
    )
    .report(ReportRequest::new("searches"));
    check(
        &table,
        &[
            "term",
            "searches",
            "sessions",
            "customers",
            "with_results",
            "without_results",
            "without_share",
            "then_bought",
            "conversion",
        ],
        &[
            // The first session bought; the second saw its thank-you page again, the third had bought before.
            "mug | 4 | 3 | 2 | 3 | 1 | 0.25 | 1 | 0.3333333333333333",
            "lamp | 1 | 1 | 1 | 0 | 0 | null | 0 | 0.0",
        ],
    );
}

#[test]
fn errors_match_a_count_by_hand() {
    let table = Fixture::of(
        r#"
        v1 0 page_view {"url":"https://x/cart"}
        v1 1 page_error {"error":"TypeError","url":"https://cdn.x/app.js?v=1"}
        v1 2 page_error {"error":"TypeError","url":"https://cdn.x/app.js?v=2"}
        v1 3 page_view {"url":"https://x/help"}
        v1 4 page_error {"error":"rejection"}
        v2 0 page_view {"url":"https://x/cart"}
        v2 1 purchase
        v3 0 page_view {"url":"https://x/help"}
        "#,
    )
    .report(ReportRequest::new("errors"));
    check(
        &table,
        &[
            "error",
            "address",
            "page",
            "times",
            "sessions",
            "share_of_sessions",
            "customers",
            "conversion_with",
            "conversion_without",
            "difference",
            "examples",
        ],
        &[
            r#"TypeError | cdn.x/app.js | /cart | 2 | 1 | 0.3333333333333333 | 1 | 0.0 | 1.0 | -1.0 | ["anon:v1"]"#,
            r#"rejection |  | /help | 1 | 1 | 0.3333333333333333 | 1 | 0.0 | 0.0 | 0.0 | ["anon:v1"]"#,
        ],
    );
}

#[test]
fn vitals_match_a_count_by_hand() {
    let mut lines = String::new();
    // 1,000 to 2,900 ms in steps of 100: the 15th of 20 is 2,400, and 16 of them are good.
    for n in 0..20 {
        lines.push_str(&format!(
            "v{n} {n} web_vitals {{\"url\":\"https://x/a?n={n}\",\"lcp_ms\":{},\"cls_permille\":{}}}\n",
            1_000 + 100 * n,
            if n < 4 { 300 } else { 100 }
        ));
    }
    lines.push_str("w 0 web_vitals {\"url\":\"https://x/b\",\"inp_ms\":501}\n");
    let fixture = Fixture::of(&lines);
    let columns = [
        "page",
        "metric",
        "loads",
        "p75",
        "unit",
        "rating",
        "good",
        "needs_improvement",
        "poor",
    ];
    let by_page = fixture.report(ReportRequest::new("vitals"));
    check(
        &by_page,
        &columns,
        &[
            // Within 0.4%: the middle of its bucket.
            "/a | LCP | 20 | 2407 | ms | good | 0.8 | 0.2 | 0.0",
            "/a | CLS | 20 | 0.1 | score | good | 0.8 | 0.0 | 0.2",
            "/b | INP | 1 | 500 | ms | poor | 0.0 | 0.0 | 1.0",
        ],
    );
    // 15 ± 1.96 × √3.75: the 12th and the 19th of 20.
    let interval = grid(&by_page, &["p75_low", "p75_high"]);
    assert_eq!(interval[0], "2103 | 2807");
    assert_eq!(interval[2], "null | null", "of one load nothing is sure");
    let whole = fixture.report(ReportRequest::new("vitals").with("by", "site"));
    check(
        &whole,
        &["page", "metric", "loads"],
        &[" | LCP | 20", " | INP | 1", " | CLS | 20"],
    );
}

#[test]
fn vitals_have_a_row_for_each_device() {
    let fixture = Fixture::of(
        r#"
        phone 0 page_view {"url":"https://x/a","device":"mobile"}
        phone 1 web_vitals {"url":"https://x/a","lcp_ms":3000}
        phone 2 page_view {"url":"https://x/b","entry":"spa"}
        phone 3 web_vitals {"url":"https://x/a","lcp_ms":5000}
        laptop 0 page_view {"url":"https://x/a","device":"Computer"}
        laptop 1 web_vitals {"url":"https://x/a","lcp_ms":1000}
        tv 0 web_vitals {"url":"https://x/a","lcp_ms":200,"device":"smart tv"}
        old 0 web_vitals {"url":"https://x/a","lcp_ms":100}
        laptop 9000000 web_vitals {"url":"https://x/a","lcp_ms":90}
        "#,
    );
    let columns = ["page", "device", "metric", "loads", "rating"];
    let vitals = |device: &str| fixture.report(ReportRequest::new("vitals").with("device", device));
    check(
        &vitals("each"),
        &columns,
        &[
            "/a | desktop | LCP | 1 | good",
            "/a | mobile | LCP | 2 | poor",
            "/a | other | LCP | 1 | good",
            // The laptop's second visit named no device.
            "/a | unknown | LCP | 2 | good",
        ],
    );
    check(&vitals("mobile"), &columns, &["/a | mobile | LCP | 2 | poor"]);
    check(&vitals("tablet"), &columns, &[]);
    check(&vitals("all"), &columns, &["/a | all | LCP | 6 | needs improvement"]);
}

#[test]
fn customers_match_a_count_by_hand() {
    let fixture = Fixture::of(
        r#"
        v1=ann 0 page_view {"url":"https://x/a","source":"news","medium":"email"}
        v1=ann 1 purchase {"transaction_id":"t1","value":30,"currency":"EUR"}
        v1=ann 9000000 purchase {"transaction_id":"t2","value":5,"currency":"EUR"}
        v1=ann 9000001 purchase {"transaction_id":"t2","value":5,"currency":"EUR"}
        v1=ann 9000002 purchase {"transaction_id":"t3","value":99,"currency":"USD"}
        v2 5 page_view {"url":"https://x/a"}
        v2 6 signal {"name":"rage_click","element":"menu"}
        v3 7 page_view {"url":"https://x/b"}
        "#,
    );
    let columns = [
        "customer",
        "last_seen",
        "sessions",
        "orders",
        "value",
        "currency",
        "stage",
        "channel",
        "signals",
    ];
    let ask = |params: &[(&str, &str)]| {
        let request = ReportRequest::new("customers");
        fixture.report(
            params
                .iter()
                .fold(request, |request, (name, value)| request.with(name, value)),
        )
    };
    let all = ask(&[]);
    check(
        &all,
        &columns,
        &[
            "ann | 9000002 | 2 | 3 | 35 | EUR | purchase | Direct | 0",
            "anon:v3 | 7 | 1 | 0 | null |  | awareness | Direct | 0",
            "anon:v2 | 6 | 1 | 0 | null |  | awareness | Direct | 1",
        ],
    );
    assert_eq!((all.total, all.currency.as_deref()), (Some(3), Some("EUR")));
    assert_eq!(all.notes, ["Customers 1 to 3 of 3."]);
    assert_eq!(all.to_json()["total"], 3);
    let keys = |params: &[(&str, &str)]| {
        let table = ask(params);
        (grid(&table, &["customer"]).join(" "), table.total.unwrap())
    };
    assert_eq!(keys(&[("limit", "1"), ("offset", "1")]), ("anon:v3".into(), 3));
    assert_eq!(keys(&[("sort", "value")]), ("ann anon:v2 anon:v3".into(), 3));
    assert_eq!(keys(&[("search", "AN")]), ("ann anon:v3 anon:v2".into(), 3));
    assert_eq!(
        keys(&[("search", "v1")]),
        ("ann".into(), 1),
        "a browser of hers has that name"
    );
    assert_eq!(keys(&[("stage", "purchase")]), ("ann".into(), 1));
    assert_eq!(keys(&[("channel", "email")]), ("ann".into(), 1));
    assert_eq!(keys(&[("signal", "rage_click")]), ("anon:v2".into(), 1));
    assert_eq!(keys(&[("signal", "rage_click"), ("page", "/b")]), (String::new(), 0));
    assert_eq!(keys(&[("page", "/a")]), ("anon:v2".into(), 1));
    assert_eq!(
        ask(&[("offset", "9")]).notes,
        ["None of 3 customers is on this page of the list."]
    );
}
