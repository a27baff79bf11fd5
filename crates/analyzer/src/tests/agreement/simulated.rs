//! A simulated shop with everything that makes counting hard: refunds, several currencies, automated browsers, customers of
//! two browsers, odd touchpoints, orders shown again, days of another time zone.

use std::fmt::Write as _;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use wayside_model::customer;
use wayside_model::{Consent, Timestamp, VisitorId, WriterId};
use wayside_store::rows::Row;
use wayside_testkit::generate;

use super::super::{Fixture, Random, cell, rows_of};
use super::{Views, check, count, sum_where};
use crate::range::Range;
use crate::report::{self, ReportRequest};
use crate::scan::{Scope, Traffic};
use crate::table::{Cell, Link};

/// When the simulation begins: 2025-11-24T16:00:00Z, as the testkit's journeys do.
const START: i64 = 1_764_000_000_000;

/// One of some texts.
fn pick(random: &mut Random, from: &[&'static str]) -> &'static str {
    from[random.below(from.len() as u64) as usize]
}

/// The visits of a browser as lines of [`rows_of`].
fn browser(random: &mut Random, who: &str, orders: &mut u64, currencies: &[&'static str]) -> String {
    let mut lines = String::new();
    let mut time = START + random.below(20 * 86_400_000) as i64;
    let mut numbers: Vec<u64> = Vec::new();
    for _ in 0..=random.below(60) {
        // Mostly seconds, now and then a new visit.
        let scale = if random.below(8) == 0 { 90_000_000 } else { 60_000 };
        time += random.below(scale) as i64;
        let currency = match pick(random, currencies) {
            "" => String::new(),
            code => format!(r#","currency":"{code}""#),
        };
        let page = pick(random, &["/", "/mug", "/cart", "/pay"]);
        let line = match random.below(17) {
            0 => format!(r#"page_view {{"url":"https://shop.example{page}","source":"news","medium":"email"}}"#),
            1..=2 => format!(r#"page_view {{"url":"https://shop.example{page}"}}"#),
            3 => format!(
                r#"page_view {{"url":"https://shop.example{page}","device":"{}"}}"#,
                pick(random, &["desktop", "mobile", "tablet", "smart tv"])
            ),
            4 => "view_item".to_owned(),
            5 => r#"add_to_cart {"value":10}"#.to_owned(),
            6 => pick(random, &["begin_checkout", "add_shipping_info", "add_payment_info"]).to_owned(),
            7 => {
                let again = random.below(4) == 0 && !numbers.is_empty();
                let number = if again { numbers[0] } else { *orders };
                *orders += 1;
                numbers.push(number);
                let value = match random.below(5) {
                    0 => String::new(),
                    _ => format!(r#","value":{}.5"#, 1 + random.below(90)),
                };
                format!(r#"purchase {{"transaction_id":"T{number}"{value}{currency}}}"#)
            }
            8 => match numbers.last() {
                Some(number) => format!(r#"refund {{"transaction_id":"T{number}"}}"#),
                None => format!(r#"refund {{"value":3{currency}}}"#),
            },
            9 => format!(
                r#"search {{"search_term":"{}","results":{}}}"#,
                pick(random, &["Mug", " mug", "bowl"]),
                random.below(3)
            ),
            10 => format!(
                r#"page_error {{"error":"http_500","url":"https://api.example{page}?{}"}}"#,
                random.below(9)
            ),
            11 => format!(
                r#"form_error {{"form":"address","form_field":"{}"}}"#,
                pick(random, &["zip", "city"])
            ),
            12 => format!(
                r#"form_field_time {{"form":"address","form_field":"{}","acting_ms":{}}}"#,
                pick(random, &["zip", "city"]),
                random.below(20_000)
            ),
            13 => pick(
                random,
                &[
                    r#"form_submit {"form":"address"}"#,
                    r#"form_abandon {"form":"address","form_field":"zip"}"#,
                ],
            )
            .to_owned(),
            14 => format!(
                r#"signal {{"name":"{}","element":"{}","url":"https://shop.example{page}"}}"#,
                pick(random, &["rage_click", "dead_click", "exit_intent"]),
                pick(random, &["", "Pay now"])
            ),
            15 => pick(
                random,
                &[
                    "size_guide {}",
                    "add_to_crat {}",
                    r#"support_contact {"contact_channel":"chat"}"#,
                ],
            )
            .to_owned(),
            _ => format!(
                r#"checkout_step_time {{"step":"shipping","waiting_ms":{},"acting_ms":4000}}"#,
                random.below(9_000)
            ),
        };
        writeln!(lines, "{who} {time} {line}").unwrap();
    }
    lines
}

/// 70 browsers, of which some are driven by programs and some are of one customer.
fn simulated(seed: u64, currencies: &[&'static str]) -> Vec<Row> {
    let mut random = Random(seed);
    let mut orders = 0;
    let mut lines = String::new();
    for at in 0..70 {
        let who = match at % 10 {
            0 => format!("robot{at}"),
            1..=3 => format!("v{at}=ann{}", at / 20),
            _ => format!("v{at}"),
        };
        lines.push_str(&browser(&mut random, &who, &mut orders, currencies));
    }
    rows_of(&lines)
}

/// Journeys of the testkit's generator: any kind with any fields, sessions that meet their edges.
fn odd() -> Vec<Row> {
    let mut runner = TestRunner::deterministic();
    let mut rows = Vec::new();
    for at in 0..25_u128 {
        for mut event in generate::journey().new_tree(&mut runner).unwrap().current() {
            event.visitor = VisitorId::parse(&format!("odd{at}{}", event.visitor.as_str())).unwrap();
            event.id.writer = WriterId(at << 8);
            rows.push(Row {
                customer: customer::key("", Some(&format!("odd{at}"))),
                received_at: Timestamp::from_millis(event.time.millis() + 5),
                event,
                consent: Consent::Granted,
                automated: false,
            });
        }
    }
    rows
}

/// Rows in two files and a tail of three buckets, by customer.
fn fixture(rows: &[Row]) -> Fixture {
    let mut fixture = Fixture::new(3);
    for bucket in 0..3 {
        let here = rows
            .iter()
            .filter(|row| row.customer.bytes().map(usize::from).sum::<usize>() % 3 == bucket);
        let (tail, files): (Vec<Row>, Vec<Row>) = here.cloned().partition(|row| row.event.id.seq % 5 == 0);
        let (older, newer) = files.into_iter().partition(|row| row.event.id.seq % 2 == 0);
        fixture.add_file(bucket, older, 100);
        fixture.add_file(bucket, newer, 100);
        fixture.set_tail(bucket, tail, 50);
    }
    fixture
}

#[track_caller]
fn check_everywhere(rows: &[Row]) {
    let fixture = fixture(rows);
    // Days of a zone that is behind UTC, so that they begin in the middle of a day of UTC.
    let zone = "America/Los_Angeles".parse().unwrap();
    let days = Range::parse(Some("2025-11-28"), Some("2025-12-07"), &zone).unwrap();
    for (range, traffic) in [
        (Range::ALL, Traffic::People),
        (days, Traffic::People),
        (days, Traffic::All),
        (days, Traffic::Automated),
    ] {
        let scope = Scope {
            range,
            traffic,
            ..Scope::default()
        };
        let followed = check(&fixture, &scope, 1_000);
        if range == Range::ALL {
            let linked = report::registry().iter().flat_map(|report| {
                let links = report
                    .columns
                    .iter()
                    .filter(|column| column.link == Some(Link::Customers));
                links.map(|column| format!("{}.{}", report.name, column.name))
            });
            assert_eq!(
                followed,
                linked.collect(),
                "every link of every report has a number behind it"
            );
        }
    }
}

#[test]
fn numbers_agree_where_all_orders_have_one_currency() {
    check_everywhere(&simulated(1, &["EUR"]));
}

#[test]
fn numbers_agree_where_orders_have_several_currencies_or_none() {
    check_everywhere(&simulated(2, &["EUR", "EUR", "EUR", "USD", "JPY", "", "Euro"]));
}

#[test]
fn numbers_agree_over_any_touchpoints() {
    let rows = [odd(), simulated(3, &["EUR", ""])].concat();
    check_everywhere(&rows);
}

#[test]
fn people_and_automated_browsers_add_up_to_all() {
    let rows = simulated(4, &["EUR"]);
    let fixture = fixture(&rows);
    let [people, automated, all] = [Traffic::People, Traffic::Automated, Traffic::All].map(|traffic| {
        let scope = Scope {
            traffic,
            ..Scope::default()
        };
        Views::new(&fixture, &scope)
    });
    for name in ["events", "sessions", "visitors", "customers", "page_views", "orders"] {
        let [people, automated, all] = [&people, &automated, &all].map(|views| views.figure(name, "value"));
        assert!(automated > 0, "{name}");
        assert_eq!(people + automated, all, "{name}");
    }
    let dead_ends = ReportRequest::new("customers").with("search", "robot");
    assert_eq!(fixture.run(&[dead_ends], Scope::default()).remove(0).total, Some(0));
    let shown_again = sum_where(people.at("data-quality"), "count", |row| {
        row[0] == Cell::text("order shown again")
    });
    assert!(shown_again > 0, "the simulation has a thank-you page shown again");
    let refunds = cell(people.at("kpis"), "revenue", "value");
    assert!(
        *refunds != *cell(people.at("kpis"), "revenue", "numerator"),
        "and refunds"
    );
    assert!(count(cell(people.at("kpis"), "search_rate", "numerator")) > 0);
}
