//! Touchpoints of a table against a tracking plan.

use std::sync::Arc;

use wayside_model::SiteId;
use wayside_plan::{Findings, Plan};

use super::*;
use crate::range::Range;
use crate::tracking_plan::{Looked, check_over};

const PLAN: &str = "
touchpoints:
  page_view:
  purchase:
    required: [transaction_id]
    properties:
      value: { type: number }
      currency: { values: [EUR] }
      items: { type: list, required: [item_id] }
  size_guide_opened:
    properties:
      size: { values: [s, m] }
";

const LINES: &str = r#"
    v1 10 page_view {"url":"https://shop.example/"}
    v1=ann 20 purchase {"value":19.9,"currency":"EUR","transaction_id":"1","items":[{"item_id":"mug"}]}
    v2 30 purchase {"value":5,"currency":"USD","transaction_id":"2","items":[{"price":1}]}
    v2 40 size_guide_opened {"size":"m"}
    v3 50 size_guide_opened {"size":"xl"}
    v3 60 chat_opened {}
    robot1 70 size_guide_opened {"size":7}
"#;

fn check(fixture: &Fixture, range: Range, traffic: Traffic) -> Findings {
    let plan = Arc::new(Plan::read(PLAN).unwrap());
    let site = SiteId::parse("shop").unwrap();
    let looked = Looked {
        range,
        traffic,
        limit: 10,
    };
    block_on(check_over(fixture.snapshot.clone(), &site, plan, looked)).unwrap()
}

fn said(findings: &Findings) -> Vec<String> {
    let against = findings.against.iter();
    against
        .map(|one| {
            let violations: Vec<_> = one.violations.iter().map(ToString::to_string).collect();
            format!(
                "{} {} {}: {}",
                one.seen.time,
                one.seen.visitor,
                one.kind,
                violations.join("; ")
            )
        })
        .collect()
}

#[test]
fn a_plan_checks_the_json_form_of_every_touchpoint() {
    let findings = check(&Fixture::of(LINES), Range::ALL, Traffic::All);
    assert_eq!((findings.checked, findings.broken, findings.strays), (7, 3, 1));
    assert_eq!(
        said(&findings),
        [
            "30 v2 purchase: currency: must be one of \"EUR\", but is \"USD\"; \
             items[0].item_id: required, but missing",
            "50 v3 size_guide_opened: size: must be one of \"s\", \"m\", but is \"xl\"",
            "70 robot1 size_guide_opened: size: must be one of \"s\", \"m\", but is 7",
        ]
    );
    let unplanned: Vec<_> = findings
        .unplanned
        .iter()
        .map(|one| (one.kind.as_str(), one.first.time))
        .collect();
    assert_eq!(unplanned, [("chat_opened", 60)]);
}

#[test]
fn range_and_traffic_select_touchpoints() {
    let fixture = Fixture::of(LINES);
    let count = |range, traffic| check(&fixture, range, traffic).checked;
    assert_eq!(count(Range::ALL, Traffic::People), 6);
    assert_eq!(count(Range::ALL, Traffic::Automated), 1);
    assert_eq!(count(Range::millis(20, 50), Traffic::All), 3);
}

#[test]
fn files_tail_and_copies_give_the_result_of_one_file() {
    let whole = check(&Fixture::of(LINES), Range::ALL, Traffic::All);
    let mut fixture = Fixture::new(2);
    let rows = rows_of(LINES);
    let (left, right): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| row.customer.as_str() < "anon:v2");
    fixture.add_file(0, left.clone(), 2);
    fixture.set_tail(0, left, 1);
    fixture.add_file(1, right.clone(), 1);
    fixture.add_file(1, right, 1000);
    assert_eq!(check(&fixture, Range::ALL, Traffic::All), whole);
}
