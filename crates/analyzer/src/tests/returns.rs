//! Returns, compared with counts by hand and with plain SQL.

use wayside_model::SiteId;

use super::{Fixture, Random, block_on, grid};
use crate::range::Range;
use crate::report::{ReportRequest, definition};
use crate::scan::Scope;
use crate::sql;
use crate::table::Table;

/// Ann sends a mug back and orders again; bob sends his whole order back and is annoyed; cat gets a discount afterwards.
const SHOP: &str = r#"
    ann 0    purchase {"transaction_id":"a","currency":"EUR","value":14,"items":[{"item_id":"mug","price":10},{"item_id":"cup","price":4}]}
    ann 100  refund   {"transaction_id":"a","value":10,"items":[{"item_id":"mug","price":10}],"props":{"reason":"broken"}}
    ann 150  csat     {"score":4}
    ann 200  purchase {"transaction_id":"a2","currency":"EUR","value":4,"items":[{"item_id":"cup","price":4}]}
    bob 0    purchase {"transaction_id":"b","currency":"EUR","value":19,"items":[{"item_id":"mug","price":10},{"item_id":"cup","price":4}]}
    bob 250  refund   {"transaction_id":"b","props":{"reason":"broken"}}
    bob 300  csat     {"score":1}
    bob 310  ces      {"score":3}
    cat 0    purchase {"transaction_id":"c","currency":"EUR","value":10,"items":[{"item_id":"mug","price":10}]}
    cat 50   refund   {"transaction_id":"c","value":1}
"#;

#[track_caller]
fn check(table: &Table, columns: &[&str], expected: &[&str]) {
    assert_eq!(grid(table, columns), expected, "{}", table.to_text());
}

fn request(params: &[(&str, &str)]) -> ReportRequest {
    let request = ReportRequest::new("returns");
    params
        .iter()
        .fold(request, |request, (name, value)| request.with(name, value))
}

const COLUMNS: &[&str] = &[
    "group",
    "refunds",
    "customers",
    "paid_back",
    "satisfaction",
    "effort",
    "ordered_later",
];

#[test]
fn reasons_match_a_count_by_hand() {
    let table = Fixture::of(SHOP).report(request(&[]));
    check(
        &table,
        COLUMNS,
        &[
            "broken | 2 | 2 | 29 | 0.5 | 3.0 | 0.5",
            "(none) | 1 | 1 | 1 | null | null | 0.0",
        ],
    );
    check(
        &table,
        &["group", "share", "median_time_ms"],
        &["broken | 0.6666666666666666 | 100", "(none) | 0.3333333333333333 | 50"],
    );
    assert_eq!(table.currency.as_deref(), Some("EUR"));
    let ends = grid(&table, &["share_low", "share_high"]).remove(0);
    assert!(ends.starts_with("0.2076") && ends.contains("| 0.9385"), "{ends}");
}

#[test]
fn products_of_a_refund_are_its_own_or_those_of_a_whole_order() {
    let table = Fixture::of(SHOP).report(request(&[("by", "product")]));
    check(
        &table,
        COLUMNS,
        &[
            "mug | 2 | 2 | 20 | 0.5 | 3.0 | 0.5",
            "(unknown product) | 1 | 1 | 1 | null | null | 0.0",
            "cup | 1 | 1 | 4 | 0.0 | 3.0 | 0.0",
        ],
    );
}

#[test]
fn a_range_counts_refunds_by_their_time() {
    let scope = Scope {
        range: Range::millis(60, 200),
        ..Scope::default()
    };
    let table = Fixture::of(SHOP).run(&[request(&[])], scope).remove(0);
    check(&table, COLUMNS, &["broken | 1 | 1 | 10 | 1.0 | null | 1.0"]);
}

#[test]
fn sums_equal_plain_sql() {
    let mut random = Random(13);
    let mut lines = String::new();
    for time in 0..400 {
        let (customer, value) = (random.below(50), 1 + random.below(90));
        let topic = ["broken", "size", "late"][random.below(3) as usize];
        lines.push_str(&format!(
            "c{customer} {time} refund {{\"value\":{value},\"coupon\":\"{topic}\"}}\n"
        ));
    }
    let fixture = Fixture::of(&lines);
    let query = "SELECT coupon AS \"group\", count(*) AS refunds, count(DISTINCT customer) AS customers, sum(value) AS paid_back
        FROM events GROUP BY coupon ORDER BY refunds DESC";
    let site = SiteId::parse("shop").unwrap();
    let expected = block_on(sql::run_over(fixture.snapshot.clone(), &site, query)).unwrap();
    let table = fixture.report(request(&[("reason", "coupon")]));
    let columns = ["group", "refunds", "customers", "paid_back"];
    assert_eq!(grid(&table, &columns), grid(&expected, &columns));
    assert_eq!(table.rows.len(), 3);
}

#[test]
fn too_little_data_has_a_plain_answer() {
    let table = Fixture::of("ann 0 login").report(request(&[]));
    assert!(table.rows.is_empty());
    assert_eq!(
        table.notes,
        ["No refund in these days: send refund touchpoints, or import the shop's refunds."]
    );
    let table = Fixture::of("ann 0 refund {\"value\":2}").report(request(&[]));
    assert!(
        table
            .notes
            .iter()
            .any(|note| note.starts_with("No refund has a reason")),
        "{:?}",
        table.notes
    );
}

#[test]
fn bad_parameters_are_refused_by_name() {
    for (name, value, says) in [
        ("by", "prodct", "did you mean \"product\"?"),
        ("reason", "value", "a text: the field value is an amount"),
        ("answer_days", "400", "a whole number from 1 to 365"),
        ("reasons", "x", "did you mean \"reason\"?"),
    ] {
        let error = definition("returns")
            .unwrap()
            .make(&request(&[(name, value)]))
            .unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}
