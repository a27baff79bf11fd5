//! Segments: whom a rule chooses, and what a report of them has in common with one of everybody.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use wayside_model::SiteId;

use super::splits::{requests, rows, whole};
use super::{Fixture, block_on, grid};
use crate::fold::fold;
use crate::range::Range;
use crate::report::{AnyReport, ReportRequest, definition};
use crate::run::Query;
use crate::scan::{Scope, Traffic};
use crate::segment::Segment;

const MINUTE: i64 = 60_000;

fn shop() -> Fixture {
    Fixture::of(
        r#"
        v1=ann 60000 page_view {"url":"https://x/","source":"news","medium":"email"}
        v1=ann 120000 purchase {"value":60,"currency":"EUR","transaction_id":"t1"}
        v2=ann 7200000 purchase {"value":20,"currency":"EUR","transaction_id":"t2"}
        v3=bob 60000 page_view {"url":"https://x/"}
        v3=bob 120000 add_to_cart {"value":60,"currency":"EUR"}
        v3=bob 180000 signal {"name":"rage_click"}
        v4=cat 60000 page_view {"url":"https://x/"}
        robot 60000 purchase {"value":99,"currency":"EUR"}
        "#,
    )
}

fn segment(text: &str) -> Segment {
    Segment::choose(&SiteId::parse("shop").unwrap(), text, &BTreeMap::new()).unwrap()
}

/// The customers of a segment of people.
fn chosen(fixture: &Fixture, rule: &str, range: Range) -> Vec<String> {
    let scope = Scope {
        range,
        segment: Some(segment(rule)),
        ..Scope::default()
    };
    let tables = fixture.run(&[ReportRequest::new("customers")], scope);
    let mut names = grid(&tables[0], &["customer"]);
    names.sort();
    assert_eq!(tables[0].customers, names.len() as u64);
    names
}

#[test]
fn a_rule_chooses_customers_by_any_one_touchpoint_or_by_all_together() {
    let shop = shop();
    for (rule, expected) in [
        ("kind = 'purchase'", vec!["ann"]),
        ("kind = 'purchase' AND value > 50", vec!["ann"]),
        ("kind = 'add_to_cart' AND value > 50", vec!["bob"]),
        ("kind = 'signal' AND name = 'rage_click'", vec!["bob"]),
        ("NOT bool_or(kind = 'purchase')", vec!["bob", "cat"]),
        ("count(*) FILTER (WHERE kind = 'purchase') >= 2", vec!["ann"]),
        ("sum(value) FILTER (WHERE kind = 'purchase') > 80", vec![]),
        ("first_value(channel ORDER BY time) = 'Email'", vec!["ann"]),
        ("session = 1", vec!["ann"]),
        ("count(DISTINCT visitor) > 1", vec!["ann"]),
        ("kind = 'page_view' -- a comment", vec!["ann", "bob", "cat"]),
    ] {
        assert_eq!(chosen(&shop, rule, Range::ALL), expected, "{rule}");
    }
    // Two of the orders are after the range.
    let first_hour = Range::millis(0, 60 * MINUTE);
    assert_eq!(
        chosen(&shop, "count(*) FILTER (WHERE kind = 'purchase') >= 2", first_hour),
        Vec::<String>::new()
    );
    assert_eq!(chosen(&shop, "kind = 'purchase'", first_hour), ["ann"]);
}

#[test]
fn a_report_says_of_whom_it_is() {
    let notes = |rule: &str| {
        let scope = Scope {
            segment: Some(segment(rule)),
            ..Scope::default()
        };
        let table = shop().run(&[ReportRequest::new("funnel")], scope).remove(0);
        (table.customers, table.notes.join(" "))
    };
    let (customers, said) = notes("kind = 'purchase'");
    assert_eq!(customers, 1);
    assert!(
        said.contains("Only the customers of a segment: 1 customer with kind = 'purchase'."),
        "{said}"
    );
    let (customers, said) = notes("kind = 'newsletter'");
    assert_eq!(customers, 0);
    assert!(said.contains("Nobody is in the segment"), "{said}");
}

#[test]
fn a_rule_that_is_no_condition_is_refused_with_the_reason() {
    let fixture = shop();
    for (rule, reason) in [
        ("kind =", "Expected: an expression"),
        ("knd = 'purchase'", "Did you mean 'kind'?"),
        ("kind = 'purchase') OR (1 = 1", "end of expression"),
        ("sum(value)", "non-boolean"),
        ("kind = 'purchase'; DROP TABLE events", "end of expression"),
    ] {
        let scope = Scope {
            segment: Some(segment(rule)),
            ..Scope::default()
        };
        let reports: Arc<[Arc<dyn AnyReport>]> =
            [definition("kpis").unwrap().make(&ReportRequest::new("kpis")).unwrap()].into();
        let query = Query {
            scope,
            ..Query::default()
        };
        let error = block_on(fold(&fixture.snapshot, &reports, &query, &Arc::default())).unwrap_err();
        assert!(error.is_request(), "{rule}");
        let said = error.to_string();
        assert!(
            said.starts_with("segment cannot be") && said.contains(reason),
            "{rule}: {said}"
        );
        assert!(!said.contains('\n'), "{said}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_segment_and_everybody_else_are_together_what_all_are(rows in rows()) {
        let fixture = whole(&rows);
        let requests: Vec<_> = requests().into_iter().filter(|request| !request.is_about_one().unwrap()).collect();
        let reports: Arc<[Arc<dyn AnyReport>]> =
            requests.iter().map(|request| definition(&request.name).unwrap().make(request).unwrap()).collect();
        let folded = |rule: Option<&str>| {
            let scope = Scope { traffic: Traffic::All, segment: rule.map(segment), ..Scope::default() };
            let query = Query { scope, ..Query::default() };
            block_on(fold(&fixture.snapshot, &reports, &query, &Arc::default())).unwrap()
        };
        let all = folded(None);
        let some = folded(Some("kind = 'purchase'"));
        let others = folded(Some("NOT bool_or(kind = 'purchase')"));
        for (at, report) in reports.iter().enumerate() {
            let of = |states: &crate::fold::States| states[at].values().cloned().collect::<Vec<_>>();
            let (all, some, others) = (of(&all), of(&some), of(&others));
            let customers = |states: &[Arc<crate::kept::BucketState>]| states.iter().map(|state| state.customers).sum::<u64>();
            prop_assert_eq!(customers(&some) + customers(&others), customers(&all));
            let bytes = |states: &[Arc<crate::kept::BucketState>]| states.iter().map(|state| state.state.clone()).collect::<Vec<_>>();
            let (whole, parts) = (bytes(&all), [bytes(&some), bytes(&others)].concat());
            let conclude = |states: &[Vec<u8>]| report.conclude(&states.iter().map(Vec::as_slice).collect::<Vec<_>>()).unwrap();
            prop_assert_eq!(conclude(&parts), conclude(&whole), "{}", report.name());
        }
    }
}
