//! The touchpoints that count as steps of the checkout, of a funnel and of a path.

use serde_json::json;

use super::{Fixture, cell, grid};
use crate::report::ReportRequest;
use crate::table::Cell;

#[test]
fn nobody_who_bought_has_abandoned_the_checkout() {
    let fixture = Fixture::of(
        r#"
        v1 0 begin_checkout
        v1 1000 purchase {"transaction_id":"t1"}
        v1 2000 add_payment_info
        v2 0 begin_checkout
        v2 1000 add_payment_info
        v2 9000000 purchase {"transaction_id":"t2"}
        v2 18000000 begin_checkout
        v2 18001000 purchase {"transaction_id":"t2"}
        v3 0 purchase {"transaction_id":"t3"}
        v3 1000 begin_checkout
        v4 0 checkout_step_time {"step":"gift","acting_ms":5,"waiting_ms":5}
        "#,
    );
    let table = fixture.report(ReportRequest::new("checkout"));
    assert_eq!(
        grid(&table, &["step", "sessions", "completed", "bought_later", "abandoned"]),
        [
            // The second order of v2 is the thank-you page of the first, shown again.
            "begin | 4 | 3 | 0 | 1",
            "gift | 1 | 0 | 0 | 1",
            "payment | 2 | 1 | 1 | 0",
        ]
    );
    assert!(
        table.notes[0].starts_with("Of 5 sessions that came to the checkout, 2 (40.0%) ended it without a purchase"),
        "{:?}",
        table.notes
    );
    let kpis = fixture.report(ReportRequest::new("kpis"));
    assert_eq!(*cell(&kpis, "checkout_abandonment_rate", "numerator"), Cell::Count(2));
    assert_eq!(*cell(&kpis, "checkout_abandonment_rate", "denominator"), Cell::Count(5));
    assert_eq!(*cell(&kpis, "orders", "value"), Cell::Count(3));
}

#[test]
fn a_funnel_step_that_never_occurred_is_named() {
    let fixture = Fixture::of(
        r#"
        v1 0 view_item
        v1 1 gift_wrapped
        "#,
    );
    let notes = |steps: &str| fixture.report(ReportRequest::new("funnel").with("steps", steps)).notes;
    assert_eq!(notes("view_item,gift_wrapped"), Vec::<String>::new());
    assert_eq!(
        notes("view_itm,gift_wraped,purchase,zzz"),
        [
            "The step \"view_itm\" never occurred in this site; did you mean \"view_item\"?",
            "The step \"gift_wraped\" never occurred in this site; did you mean \"gift_wrapped\"?",
            "The step \"purchase\" never occurred in this site.",
            "The step \"zzz\" never occurred in this site.",
        ]
    );
    let nothing = Fixture::new(2).report(ReportRequest::new("funnel"));
    assert_eq!(nothing.notes, Vec::<String>::new());
}

#[test]
fn an_order_that_is_shown_again_is_not_a_funnel_step() {
    let fixture = Fixture::of(
        r#"
        v1 0 purchase {"transaction_id":"t1"}
        v1 1 view_item
        v1 2 purchase {"transaction_id":"t1"}
        "#,
    );
    let funnel = fixture.report(ReportRequest::new("funnel").with("steps", "view_item,purchase"));
    assert_eq!(grid(&funnel, &["customers"]), ["1", "0"]);
}

#[test]
fn paths_contain_steps_and_clicks_on_request() {
    let fixture = Fixture::of(
        r#"
        v1 0 page_view {"url":"https://x/a"}
        v1 1 web_vitals {"lcp_ms":900}
        v1 2 click {"element":"menu"}
        v1 3 page_error {"error":"TypeError"}
        v1 4 tab_switch {"duration_ms":1}
        v1 5 add_to_cart
        v1 6 identify {"customer_id":"v1"}
        v1 7 page_view {"url":"https://x/b"}
        v1 8 form_error {"form":"f"}
        "#,
    );
    let paths = |params: &[(&str, &str)]| {
        let request = ReportRequest::new("paths");
        let request = params
            .iter()
            .fold(request, |request, (name, value)| request.with(name, value));
        grid(&fixture.report(request), &["from", "to", "median_gap_ms"])
    };
    let of = |rows: &[&str]| rows.iter().map(|row| (*row).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        paths(&[]),
        of(&[
            "(start) | page_view | null",
            "add_to_cart | page_view | 2",
            "page_view | (end) | null",
            "page_view | add_to_cart | 5",
        ])
    );
    assert_eq!(
        paths(&[("clicks", "yes")]),
        of(&[
            "(start) | page_view | null",
            "add_to_cart | page_view | 2",
            "click | add_to_cart | 3",
            "page_view | (end) | null",
            "page_view | click | 2",
        ])
    );
    assert_eq!(
        paths(&[("nodes", "page"), ("clicks", "yes")]),
        of(&["(start) | /a | null", "/a | /b | 7", "/b | (end) | null"])
    );
}

#[test]
fn a_funnel_contains_the_parameters_of_its_links() {
    let funnel = ReportRequest::new("funnel")
        .with("steps", "add_to_cart,purchase")
        .with("order", "strict");
    let json = Fixture::of("v1 0 add_to_cart").report(funnel).to_json();
    assert_eq!(
        json["link_params"],
        json!({ "steps": "add_to_cart,purchase", "window_days": "7", "order": "strict" })
    );
    let column = |name: &str| {
        let columns = json["columns"].as_array().unwrap();
        columns.iter().find(|column| column["name"] == name).unwrap().clone()
    };
    assert_eq!(column("step")["param"], "reached");
    assert_eq!(column("lost")["link"], "customers");
    assert_eq!(column("lost")["link_params"], json!({ "outcome": "lost" }));
    assert_eq!(column("customers").get("link_params"), None);
    assert_eq!(json["cases_min"], 30);
    let kpis = Fixture::of("v1 0 add_to_cart")
        .report(ReportRequest::new("kpis"))
        .to_json();
    assert_eq!(kpis.get("link_params"), None);
}
