//! Intents, compared with counts by hand and with the key figures.

use super::{Fixture, Random, cell, grid};
use crate::report::{ReportRequest, definition};
use crate::scan::Scope;
use crate::table::{Cell, Table};

fn request(params: &[(&str, &str)]) -> ReportRequest {
    let request = ReportRequest::new("intent");
    params
        .iter()
        .fold(request, |request, (name, value)| request.with(name, value))
}

#[track_caller]
fn check(table: &Table, columns: &[&str], expected: &[&str]) {
    assert_eq!(grid(table, columns), expected, "{}", table.to_text());
}

/// Ann finds no mug and asks for it. Bob finds one and buys it. Cat finds no lamp and leaves; she buys hours later. Dan buys without a
/// word, eve looks at a page.
const SHOP: &str = r#"
    ann 0       page_view       {"url":"https://x/start"}
    ann 1000    search          {"search_term":"Mug","results":0}
    ann 2000    support_contact
    bob 0       search          {"search_term":"mug","results":5}
    bob 1000    view_item
    bob 2000    purchase
    cat 0       page_view       {"url":"https://x/start"}
    cat 1000    search          {"search_term":"lamp","results":0}
    cat 9000000 purchase
    dan 0       page_view       {"url":"https://x/"}
    dan 1000    purchase
    eve 0       page_view       {"url":"https://x/"}
"#;

#[test]
fn intents_match_a_count_by_hand() {
    let table = Fixture::of(SHOP).report(request(&[]));
    check(
        &table,
        &[
            "moment",
            "signal",
            "page",
            "sessions",
            "share_of_sessions",
            "customers",
            "conversion_with",
            "conversion_without",
        ],
        &[
            "know | site_searched | null | 3 | 0.5 | 3 | 0.3333333333333333 | 0.6666666666666666",
            // A support contact is an intent to go somewhere, and fulfils it.
            "go | contact_sought | null | 1 | 0.16666666666666666 | 1 | 0.0 | 0.6",
            "(none) | null | null | 3 | 0.5 | 3 | 0.6666666666666666 | 0.3333333333333333",
        ],
    );
    check(
        &table,
        &[
            "bought_later",
            "contacted",
            "ended",
            "friction",
            "without_results",
            "missing",
        ],
        &[
            "1 | 0.3333333333333333 | 0.3333333333333333 | 0.0 | 0.6666666666666666 | lamp (1), mug (1)",
            "0 | 1.0 | 1.0 | 0.0 | 1.0 | mug (1)",
            "0 | 0.0 | null | 0.0 | 0.0 | null",
        ],
    );
    assert_eq!(
        table.notes[0],
        "6 sessions in all. A session with several intents is in several rows. A difference is not a cause."
    );
    assert!(
        table.notes[1].starts_with("Never found: content_read, question_opened, "),
        "{:?}",
        table.notes
    );
    // Wilson's interval of 1 of 3.
    let ends = grid(&table, &["ended_low", "ended_high"]).remove(0);
    assert!(ends.starts_with("0.0614") && ends.contains("| 0.7923"), "{ends}");
}

#[test]
fn intents_are_told_apart_by_page_and_chosen_by_moment() {
    let table = Fixture::of(SHOP).report(request(&[("by", "page")]));
    check(
        &table,
        &["signal", "page", "sessions", "missing"],
        &[
            "site_searched | /start | 2 | null",
            "site_searched |  | 1 | null",
            "contact_sought | /start | 1 | null",
            "null | null | 3 | null",
        ],
    );
    let table = Fixture::of(SHOP).report(request(&[("moment", "buy")]));
    check(&table, &["moment", "sessions"], &["(none) | 6"]);
    assert_eq!(
        table.notes,
        ["No session has a signal of intent; docs/signals.md lists what each signal needs."]
    );
}

#[test]
fn a_contact_counts_after_the_intent_and_within_its_days() {
    let day_ms = 86_400_000_i64;
    let lines = format!(
        "ann 0 support_contact\nann 1 search {{\"search_term\":\"mug\"}}\nbob 0 search {{\"search_term\":\"mug\"}}\nbob {} support_contact\n",
        2 * day_ms
    );
    for (days, contacted) in [("1", 0.0), ("2", 0.5)] {
        let table = Fixture::of(&lines).report(request(&[("contact_days", days)]));
        assert_eq!(*cell(&table, "know", "contacted"), Cell::Ratio(contacted));
    }
}

#[test]
fn sessions_of_a_moment_are_those_of_the_key_figures() {
    let mut random = Random(17);
    let mut lines = String::new();
    for _ in 0..1_500 {
        let (customer, time) = (random.below(90), random.below(40_000_000));
        let event = [
            r#"search {"search_term":"mug","results":0}"#,
            r#"click {"method":"question","element":"size"}"#,
            r#"page_view {"url":"https://x/stores"}"#,
            r#"page_view {"url":"https://x/account/orders"}"#,
            r#"add_to_cart {"items":[{"item_id":"mug"}]}"#,
            r#"add_to_cart {"items":[{"item_id":"cup"}]}"#,
            r#"view_item {"items":[{"item_id":"cup"}]}"#,
            r#"purchase {"value":1}"#,
        ][random.below(8) as usize];
        lines.push_str(&format!("c{customer} {time} {event}\n"));
    }
    let tables = Fixture::of(&lines).run(
        &[request(&[("by", "moment")]), ReportRequest::new("kpis")],
        Scope::default(),
    );
    let mut moments = 0;
    for moment in ["know", "go", "do", "buy"] {
        let expected = cell(&tables[1], &format!("{moment}_moment_share"), "numerator");
        if *expected != Cell::Count(0) {
            moments += 1;
            assert_eq!(cell(&tables[0], moment, "sessions"), expected, "{moment}");
        }
    }
    assert!(moments >= 3, "{}", tables[0].to_text());
    let all = cell(&tables[1], "sessions", "value");
    assert_eq!(cell(&tables[1], "know_moment_share", "denominator"), all);
}

#[test]
fn a_site_without_sessions_gets_a_plain_answer() {
    let scope = Scope {
        range: crate::range::Range::millis(5, 6),
        ..Scope::default()
    };
    let table = Fixture::of("ann 0 login").run(&[request(&[])], scope).remove(0);
    assert!(table.rows.is_empty());
    assert_eq!(table.notes, ["No session in these days."]);
}

#[test]
fn bad_parameters_are_refused_by_name() {
    for (name, value, says) in [
        ("by", "signl", "did you mean \"signal\"?"),
        ("moment", "bye", "all or know or go or do or buy"),
        ("contact_days", "0", "a whole number from 1 to 365"),
        ("moments", "buy", "did you mean \"moment\"?"),
    ] {
        let error = definition("intent")
            .unwrap()
            .make(&request(&[(name, value)]))
            .unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}
