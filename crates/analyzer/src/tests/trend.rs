//! The report `trend`: its periods, their sums, and the questions that it refuses.

use super::{Fixture, cell, grid};
use crate::range::Range;
use crate::report::{ReportRequest, definition};
use crate::scan::Scope;
use crate::table::Table;
use crate::zone::Zone;

/// Three days of Berlin from 2026-03-28 on, of which the second has 23 hours, and an order on the last of them.
const SHOP: &str = r#"
    v1 1774652400000 page_view {"url":"https://x/","source":"news","medium":"email"}
    v1 1774652460000 add_to_cart {"value":5,"currency":"EUR"}
    v2 1774738800000 page_view {"url":"https://x/","device":"mobile"}
    v1 1774821600000 page_view {"url":"https://x/"}
    v1 1774821660000 purchase {"transaction_id":"t1","value":5,"currency":"EUR"}
    v1 1774821720000 refund {"transaction_id":"t1","value":2}
    v3 1774826000000 purchase {"transaction_id":"t2","value":9,"currency":"USD"}
    v3 1774826001000 purchase {"transaction_id":"t3","value":9,"currency":"EUR"}
"#;

fn trend(params: &[(&str, &str)]) -> Table {
    let berlin: Zone = "Europe/Berlin".parse().unwrap();
    let request = params
        .iter()
        .fold(ReportRequest::new("trend"), |request, (name, value)| {
            request.with(name, value)
        });
    Fixture::of(SHOP).report_in(request, &berlin)
}

#[test]
fn each_day_of_the_time_zone_has_the_figures_of_what_happened_in_it() {
    let table = trend(&[]);
    assert_eq!(
        grid(
            &table,
            &["period", "name", "value", "numerator", "denominator", "complete"]
        ),
        [
            "2026-03-28 | sessions | 1 | null | null | yes",
            "2026-03-28 | conversion_rate | 0.0 | 0 | 1 | yes",
            "2026-03-28 | revenue | 0 | 0 | null | yes",
            "2026-03-29 | sessions | 1 | null | null | yes",
            "2026-03-29 | conversion_rate | 0.0 | 0 | 1 | yes",
            "2026-03-29 | revenue | 0 | 0 | null | yes",
            "2026-03-30 | sessions | 2 | null | null | no",
            "2026-03-30 | conversion_rate | 1.0 | 2 | 2 | no",
            // Euros of the whole range: the dollars are in a note.
            "2026-03-30 | revenue | 12 | 14 | null | no",
        ]
    );
    assert_eq!(table.currency.as_deref(), Some("EUR"));
    assert!(
        table
            .notes
            .iter()
            .any(|note| note.starts_with("Not added to the amounts: USD"))
    );
}

#[test]
fn empty_hours_are_listed_and_the_day_of_the_clock_change_has_23() {
    let table = trend(&[("every", "hour"), ("measures", "events")]);
    let rows = grid(&table, &["period", "value"]);
    // From midnight of the 28th to one o'clock of the 30th, both included: 24 and 23 hours, and two.
    assert_eq!(rows.len(), 24 + 23 + 2);
    assert_eq!(rows[0], "2026-03-28T00:00+01:00 | 2");
    assert_eq!(rows[1], "2026-03-28T01:00+01:00 | 0");
    assert_eq!(rows[26], "2026-03-29T03:00+02:00 | 0");
    assert_eq!(rows[48], "2026-03-30T01:00+02:00 | 2");
}

#[test]
fn counts_of_periods_and_of_groups_add_up_to_the_key_figures() {
    let kpis = Fixture::of(SHOP).report(ReportRequest::new("kpis"));
    for (every, by) in [
        ("day", "channel"),
        ("week", "device"),
        ("hour", "visit"),
        ("month", "nothing"),
    ] {
        let table = trend(&[("every", every), ("by", by), ("measures", "all")]);
        for name in ["events", "sessions", "page_views", "orders", "new_customers", "revenue"] {
            let values = |table: &Table| -> f64 {
                grid(table, &["name", "value"])
                    .iter()
                    .filter_map(|row| row.strip_prefix(&format!("{name} | "))?.parse::<f64>().ok())
                    .sum()
            };
            assert_eq!(values(&table), values(&kpis), "{name} by {every} and {by}");
        }
    }
    assert_eq!(cell(&kpis, "orders", "value").to_json(), 3);
}

#[test]
fn visits_are_split_by_what_they_are() {
    let table = trend(&[
        ("every", "month"),
        ("by", "visit"),
        ("measures", "sessions,returning-rate"),
    ]);
    assert_eq!(
        grid(&table, &["period", "group", "name", "value"]),
        [
            "2026-03 | first | sessions | 3",
            "2026-03 | first | returning_rate | 0.0",
            "2026-03 | later | sessions | 1",
            "2026-03 | later | returning_rate | 1.0",
        ]
    );
}

#[test]
fn a_period_that_the_range_cuts_is_not_complete() {
    let scope = Scope {
        range: Range::millis(1_774_652_400_000 + 1, 1_774_821_600_000),
        ..Scope::default()
    };
    let request = ReportRequest::new("trend").with("measures", "events");
    let table = Fixture::of(SHOP)
        .run_in(&[request], scope, &"Europe/Berlin".parse().unwrap())
        .remove(0);
    assert_eq!(
        grid(&table, &["period", "value", "complete"]),
        ["2026-03-28 | 1 | no", "2026-03-29 | 1 | yes"]
    );
}

#[test]
fn the_latest_periods_are_kept_and_a_note_says_so() {
    let hour = 3_600_000_i64;
    let lines: Vec<String> = (0..900)
        .map(|n| format!("v{} {} search {{\"search_term\":\"a\"}}", n % 7, n * hour))
        .collect();
    let request = ReportRequest::new("trend")
        .with("every", "hour")
        .with("measures", "events");
    let table = Fixture::of(&lines.join("\n")).report(request.clone());
    assert_eq!(table.rows.len(), 750);
    assert_eq!(grid(&table, &["period"])[749], Zone::UTC.minute(899 * hour));
    assert!(
        table.notes[0].starts_with("Only the latest 750 periods"),
        "{:?}",
        table.notes
    );
    // A touchpoint of long ago brings no more.
    let old = "v1 0 search {\"search_term\":\"a\"}\nv1 1774652400000 search {\"search_term\":\"a\"}";
    assert_eq!(Fixture::of(old).report(request).rows.len(), 750);
}

#[test]
fn an_unknown_figure_is_refused_with_the_nearest_one() {
    let refused = |measures: &str| {
        let request = ReportRequest::new("trend").with("measures", measures);
        definition("trend").unwrap().make(&request).unwrap_err().to_string()
    };
    let message = refused("sesions");
    assert!(
        message.starts_with("measures cannot be \"sesions\": it must be all, or any of events, "),
        "{message}"
    );
    assert!(message.ends_with("(did you mean sessions?)"), "{message}");
    assert!(
        refused(",").contains("the name of a figure, or all"),
        "{}",
        refused(",")
    );
    let request = ReportRequest::new("trend").with("every", "year");
    assert!(definition("trend").unwrap().make(&request).is_err());
}
