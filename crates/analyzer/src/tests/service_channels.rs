//! Service channels, compared with counts by hand and with plain SQL.

use wayside_model::SiteId;

use super::{Fixture, Random, block_on, grid};
use crate::range::Range;
use crate::report::{ReportRequest, definition};
use crate::scan::Scope;
use crate::sql;
use crate::table::Table;

/// Ann calls before she buys in the shop, and chats about it afterwards. Bob buys on the site and never asks.
const SHOP: &str = r#"
    ann 0    support_contact {"contact_channel":"Call center","resolved":true}
    ann 1000 csat            {"score":5}
    ann 2000 purchase        {"contact_channel":"store","currency":"EUR","value":40,"transaction_id":"a"}
    ann 3000 support_contact {"contact_channel":"chat","resolved":false}
    ann 3500 support_contact {"contact_channel":"chat"}
    ann 4000 ces             {"score":2}
    ann 5000 csat            {"score":1,"contact_channel":"call_center"}
    ann 6000 refund          {"contact_channel":"call_center","transaction_id":"a","value":10}
    bob 0    page_view       {"url":"https://x/"}
    bob 1000 purchase        {"currency":"EUR","value":7}
    bob 2000 csat            {"score":4}
    cat 0    page_view       {"url":"https://x/"}
"#;

fn request(params: &[(&str, &str)]) -> ReportRequest {
    let request = ReportRequest::new("channels");
    params
        .iter()
        .fold(request, |request, (name, value)| request.with(name, value))
}

#[track_caller]
fn check(table: &Table, columns: &[&str], expected: &[&str]) {
    assert_eq!(grid(table, columns), expected, "{}", table.to_text());
}

#[test]
fn channels_match_a_count_by_hand() {
    let table = Fixture::of(SHOP).report(request(&[]));
    check(
        &table,
        &[
            "kind",
            "channel",
            "place",
            "touchpoints",
            "customers",
            "contacts",
            "contacts_before",
            "contacts_after",
            "resolved",
        ],
        &[
            "Automated | web | online | 6 | 3 | 0 | 0 | 0 | null",
            "Human | call_center | offline | 3 | 1 | 1 | 1 | 0 | 1.0",
            "Two-way | chat | online | 2 | 1 | 2 | 0 | 2 | 0.0",
            "Human | store | offline | 1 | 1 | 0 | 0 | 0 | null",
        ],
    );
    check(
        &table,
        &[
            "channel",
            "satisfaction",
            "satisfaction_answers",
            "effort",
            "conversion",
            "orders",
            "revenue",
        ],
        &[
            // Ann answered on the site before she bought in the shop, and cat bought nothing.
            "web | 1.0 | 1 | null | 0.6666666666666666 | 1 | 7",
            "call_center | 0.5 | 2 | null | 1.0 | 0 | -10",
            "chat | null | 0 | 2.0 | 0.0 | 0 | 0",
            "store | null | 0 | null | 1.0 | 1 | 40",
        ],
    );
    // Wilson's interval of 2 of 3 customers.
    let ends = grid(&table, &["conversion_low", "conversion_high"]).remove(0);
    assert!(ends.starts_with("0.2076") && ends.contains("| 0.9385"), "{ends}");
}

#[test]
fn kinds_are_sums_of_their_channels() {
    let table = Fixture::of(SHOP).report(request(&[("by", "kind")]));
    check(
        &table,
        &["kind", "touchpoints", "customers", "contacts", "orders", "revenue"],
        &[
            "Automated | 6 | 3 | 0 | 1 | 7",
            "Human | 4 | 1 | 1 | 1 | 30",
            "Two-way | 2 | 1 | 2 | 0 | 0",
        ],
    );
}

#[test]
fn an_answer_long_after_a_contact_is_about_the_site() {
    let day_ms = 86_400_000_i64;
    let lines = format!(
        "ann 0 support_contact {{\"contact_channel\":\"chat\"}}\nann {} csat {{\"score\":2}}\n",
        3 * day_ms
    );
    for (days, channel) in [("3", "chat"), ("2", "web")] {
        let table = Fixture::of(&lines).report(request(&[("answer_days", days)]));
        let answered = grid(&table, &["channel", "satisfaction_answers"]);
        assert!(answered.contains(&format!("{channel} | 1")), "{answered:?}");
    }
}

#[test]
fn counts_equal_plain_sql_in_any_range() {
    let mut random = Random(9);
    let mut lines = String::new();
    for _ in 0..800 {
        let (customer, time) = (random.below(60), random.below(1_000_000));
        let channel = ["store", "chat", "marketplace", "app", "pigeon"][random.below(5) as usize];
        let kind = ["support_contact", "purchase", "login"][random.below(3) as usize];
        lines.push_str(&format!(
            "c{customer} {time} {kind} {{\"contact_channel\":\"{channel}\",\"value\":1}}\n"
        ));
    }
    let fixture = Fixture::of(&lines);
    for (from, to) in [(i64::MIN, i64::MAX), (200_000, 600_000)] {
        let scope = Scope {
            range: Range::millis(from, to),
            ..Scope::default()
        };
        let is_in = format!(
            "time >= to_timestamp_millis({}) AND time < to_timestamp_millis({})",
            from.max(0),
            to.min(2_000_000)
        );
        let query = format!(
            "SELECT contact_channel AS channel, count(*) AS touchpoints, count(DISTINCT customer) AS customers,
                count(*) FILTER (WHERE kind = 'support_contact') AS contacts, count(*) FILTER (WHERE kind = 'purchase') AS orders
            FROM events WHERE {is_in} GROUP BY 1 ORDER BY 1"
        );
        let site = SiteId::parse("shop").unwrap();
        let expected = block_on(sql::run_over(fixture.snapshot.clone(), &site, &query)).unwrap();
        let mut table = fixture.run(&[request(&[])], scope).remove(0);
        table.rows.sort_by_key(|row| format!("{:?}", row[1]));
        let columns = ["channel", "touchpoints", "customers", "contacts", "orders"];
        assert_eq!(grid(&table, &columns), grid(&expected, &columns));
        assert_eq!(table.rows.len(), 5);
    }
}

#[test]
fn a_site_without_contacts_is_told_which_capture_brings_them() {
    let table = Fixture::of("ann 0 login").report(request(&[]));
    check(&table, &["channel", "contacts"], &["web | 0"]);
    assert!(
        table.notes[0].starts_with("No support contact in these days: call wayside('support_contact'"),
        "{:?}",
        table.notes
    );
}

#[test]
fn bad_parameters_are_refused_by_name() {
    for (name, value, says) in [
        ("by", "kinds", "did you mean \"kind\"?"),
        ("answer_days", "0", "a whole number from 1 to 365"),
        ("answer_day", "3", "did you mean \"answer_days\"?"),
    ] {
        let error = definition("channels")
            .unwrap()
            .make(&request(&[(name, value)]))
            .unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
}
