//! Attribution and carts, compared with counts by hand.

use super::{Fixture, grid};
use crate::range::Range;
use crate::report::ReportRequest;
use crate::scan::Scope;
use crate::table::Table;
use crate::zone::Zone;

/// Ann comes by e-mail, then directly with an order, then by e-mail without one. Bob comes directly and orders twice in a visit,
/// and Cat comes by e-mail and orders nothing. The visits are a day apart.
const PATHS: &str = r#"
    v1=ann 0 page_view {"url":"https://x/","medium":"email"}
    v1=ann 86400000 page_view {"url":"https://x/"}
    v1=ann 86400001 purchase {"transaction_id":"t1"}
    v1=ann 172800000 page_view {"url":"https://x/","medium":"email"}
    v1=ann 172800001 purchase {"transaction_id":"t1"}
    v2=bob 0 page_view {"url":"https://x/"}
    v2=bob 1 purchase {"transaction_id":"t2"}
    v2=bob 2 purchase {"transaction_id":"t3"}
    v3=cat 0 page_view {"url":"https://x/","medium":"email"}
"#;

#[track_caller]
fn check(table: &Table, columns: &[&str], expected: &[&str]) {
    assert_eq!(grid(table, columns), expected, "{}", table.to_text());
}

#[test]
fn attribution_matches_a_count_by_hand() {
    let table = Fixture::of(PATHS).report(ReportRequest::new("attribution"));
    // Paths: Email > Direct and Direct with an order; Email and Email without, since an order shown again is none. From the start,
    // 3/4 are Email, of which 1/3 go on to Direct, and all of Direct order. Without Email only the 1/4 that start with Direct
    // remain of 1/2, without Direct none.
    check(
        &table,
        &[
            "channel",
            "paths",
            "converted",
            "removal_effect",
            "markov",
            "first_touch",
            "last_touch",
        ],
        &[
            "Direct | 2 | 2 | 1.0 | 1.333333333 | 1 | 2",
            "Email | 3 | 1 | 0.5 | 0.666666667 | 1 | 0",
        ],
    );
    assert_eq!(table.notes, ["2 of 4 paths end with a visit that has an order."]);
}

#[test]
fn a_path_counts_where_its_last_visit_began() {
    let second_day = Scope {
        range: Range::millis(86_400_000, 172_800_000),
        ..Scope::default()
    };
    let table = Fixture::of(PATHS)
        .run(&[ReportRequest::new("attribution")], second_day)
        .remove(0);
    check(
        &table,
        &["channel", "paths", "first_touch", "last_touch"],
        &["Direct | 1 | 0 | 1", "Email | 1 | 1 | 0"],
    );
}

#[test]
fn without_orders_attribution_has_no_effects_and_says_so() {
    let table = Fixture::of(r#"v1 0 page_view {"url":"https://x/"}"#).report(ReportRequest::new("attribution"));
    check(
        &table,
        &["channel", "paths", "removal_effect", "markov", "first_touch"],
        &["Direct | 1 | null | null | 0"],
    );
    assert_eq!(table.notes.len(), 2, "{:?}", table.notes);
    assert!(table.notes[1].starts_with("No order"), "{:?}", table.notes);
}

/// Ann leaves a cart on Thursday and buys on Friday, Bob leaves two carts, Cat fills and buys one.
const CARTS: &str = r#"
    v1=ann 0 page_view {"url":"https://x/","medium":"email"}
    v1=ann 1 add_to_cart
    v1=ann 86400000 page_view {"url":"https://x/"}
    v1=ann 86400001 purchase {"transaction_id":"t1"}
    v2=bob 84600000 add_to_cart
    v2=bob 84600001 add_to_cart
    v2=bob 172800000 add_to_cart
    v3=cat 84600000 add_to_cart
    v3=cat 84600001 purchase {"transaction_id":"t2"}
"#;

const CART_COLUMNS: &[&str] = &[
    "day",
    "channel",
    "carts",
    "bought",
    "bought_later",
    "abandoned",
    "abandonment",
];

#[test]
fn carts_match_a_count_by_hand() {
    let table = Fixture::of(CARTS).report(ReportRequest::new("carts"));
    check(
        &table,
        CART_COLUMNS,
        &[
            "1970-01-03 | Direct | 1 | 0 | 0 | 1 | 1.0",
            "1970-01-01 | Direct | 2 | 1 | 0 | 1 | 0.5",
            "1970-01-01 | Email | 1 | 0 | 1 | 0 | 0.0",
        ],
    );
    assert_eq!(
        table.notes,
        [
            "Of 4 sessions with a cart, 2 (50.0%) ended without an order, then or later: the same as cart_abandonment_rate among \
             the key figures."
        ]
    );
}

#[test]
fn days_of_carts_are_those_of_the_time_zone() {
    let berlin: Zone = "Europe/Berlin".parse().unwrap();
    let table = Fixture::of(CARTS).report_in(ReportRequest::new("carts").with("days", "2"), &berlin);
    // Half past eleven in the evening in London is after midnight in Berlin.
    check(
        &table,
        CART_COLUMNS,
        &[
            "1970-01-03 | Direct | 1 | 0 | 0 | 1 | 1.0",
            "1970-01-02 | Direct | 2 | 1 | 0 | 1 | 0.5",
        ],
    );
    assert_eq!(
        table.notes[1],
        "1 earlier day left out; a larger number of days shows more."
    );
}
