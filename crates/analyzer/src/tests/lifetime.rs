//! The models of repeat buying against the results that their authors published for the CDNOW data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use wayside_store::rows::Row;

use super::agreement::imported;
use super::{Fixture, cell, grid, row};
use crate::buying::{BgNbd, GammaGamma, History, Outlook, ParetoNbd, RepeatBuying};
use crate::range::Range;
use crate::report::ReportRequest;
use crate::scan::Scope;
use crate::table::{Cell, Table};
use crate::zone::Zone;

const DAY_MS: i64 = 86_400_000;

static CDNOW: LazyLock<Vec<Row>> = LazyLock::new(|| imported("cdnow", "cdnow.toml", "CDNOW_sample.txt"));

/// The sample in so many buckets, all customers of which are in the one that their key decides.
fn fixture(buckets: u16) -> Fixture {
    let mut fixture = Fixture::new(buckets);
    let mut parts: BTreeMap<usize, Vec<Row>> = BTreeMap::new();
    for row in CDNOW.iter() {
        let sum: usize = row.customer.bytes().map(usize::from).sum();
        parts.entry(sum % usize::from(buckets)).or_default().push(row.clone());
    }
    for (bucket, rows) in parts {
        fixture.add_file(bucket, rows, 1000);
    }
    fixture
}

/// The first 39 weeks, which the authors call the calibration period.
fn calibration() -> Scope {
    scope(None, Some("1997-09-30"))
}

fn scope(from: Option<&str>, to: Option<&str>) -> Scope {
    Scope {
        range: Range::parse(from, to, &Zone::UTC).unwrap(),
        ..Scope::default()
    }
}

fn report(name: &str, scope: Scope) -> Table {
    fixture(1).run(&[ReportRequest::new(name)], scope).remove(0)
}

fn number(table: &Table, name: &str) -> f64 {
    match cell(table, name, "value") {
        Cell::Money(micros) => *micros as f64 / 1e6,
        other => other.to_json().as_f64().unwrap_or_else(|| panic!("{name}: {other:?}")),
    }
}

/// Compares a figure with a published one, to within 0.5% of it.
#[track_caller]
fn check(table: &Table, name: &str, published: f64) {
    let found = number(table, name);
    assert!(
        (found / published - 1.0).abs() < 0.005,
        "{name}: {found}, published {published}"
    );
}

#[test]
fn parameters_and_likelihoods_of_bg_nbd_and_gamma_gamma_are_those_that_their_authors_published() {
    let table = report("lifetime-value", calibration());
    assert_eq!(number(&table, "new_buyers"), 2357.0);
    for (name, published) in [("r", 0.243), ("alpha", 4.414), ("a", 0.793), ("b", 2.426)] {
        check(&table, name, published);
    }
    assert!((number(&table, "log_likelihood") + 9582.4).abs() < 0.1);
    for (name, published) in [("p", 6.25), ("q", 3.74), ("gamma", 15.44)] {
        check(&table, name, published);
    }
    assert!((number(&table, "amount_log_likelihood") + 4055.92).abs() < 0.1);
}

#[test]
fn parameters_and_likelihood_of_pareto_nbd_are_those_that_its_authors_published() {
    let request = ReportRequest::new("lifetime-value").with("model", "pareto-nbd");
    let table = fixture(1).run(&[request], calibration()).remove(0);
    for (name, published) in [("r", 0.553), ("alpha", 10.578), ("s", 0.606), ("beta", 11.669)] {
        check(&table, name, published);
    }
    assert!((number(&table, "log_likelihood") + 9595.0).abs() < 0.1);
}

#[test]
fn the_outlook_of_the_customer_in_the_papers_example_is_theirs() {
    let table = report("lifetime-value", calibration());
    let model = BgNbd::with(["r", "alpha", "a", "b"].map(|name| number(&table, name)));
    let customer = History {
        repeats: 2,
        recency: 30.43,
        age: 38.86,
    };
    assert!((model.expected(&customer, 39.0) - 1.2259).abs() < 0.0005);
    assert!((model.alive(&customer) - 0.7266).abs() < 0.0005);
}

#[test]
fn a_customer_who_bought_once_is_alive_in_bg_nbd_and_doubtful_in_pareto_nbd() {
    let once = History {
        repeats: 0,
        recency: 0.0,
        age: 39.0,
    };
    assert_eq!(BgNbd::with([0.243, 4.414, 0.793, 2.426]).alive(&once), 1.0);
    let pareto = ParetoNbd::with([0.553, 10.578, 0.606, 11.669]);
    let alive = pareto.alive(&once);
    assert!((0.25..0.35).contains(&alive), "{alive}");
    // No time, no purchases; and every week brings some.
    assert_eq!(pareto.expected(&once, 0.0), 0.0);
    assert!(pareto.expected(&once, 40.0) > pareto.expected(&once, 39.0));
    // With α below β the other form of the same function is used; where they are equal, both hold.
    let near = |alpha: f64| ParetoNbd::with([0.553, alpha, 0.606, 11.669]).alive(&once);
    assert!((near(11.669 - 1e-9) - near(11.669 + 1e-9)).abs() < 1e-9);
    // With equal scales the time to the first event, a purchase or the end, is known in closed form, and so is which of them it is.
    let none = (11.669_f64 / (11.669 + once.age)).powf(0.553 + 0.606);
    let ended = (1.0 - none) * 0.606 / (0.553 + 0.606);
    assert!((near(11.669) - none / (none + ended)).abs() < 1e-9);
}

#[test]
fn the_forecast_of_the_last_third_is_held_against_what_was_bought() {
    // All 78 weeks: the models are fitted to 52 and asked for 26.
    let table = report("lifetime-value", scope(None, None));
    let (expected, actual) = (number(&table, "check_expected"), number(&table, "check_actual"));
    // By a plain count of days with a purchase after 1997-12-31 of the sample's customers, all of whom were known by March 1997.
    let late: BTreeSet<(&str, i64)> = CDNOW
        .iter()
        .map(|row| (row.customer.as_str(), row.event.time.millis() / DAY_MS))
        .filter(|(_, day)| *day > 10_226)
        .collect();
    assert_eq!(actual, late.len() as f64);
    let error = number(&table, "check_error");
    assert!((error - (expected / actual - 1.0)).abs() < 1e-12);
    assert!(error.abs() < 0.2, "expected {expected}, actual {actual}");
    assert!(
        !table.notes.iter().any(|note| note.contains("does not fit")),
        "{:?}",
        table.notes
    );
}

#[test]
fn expected_figures_have_an_interval_around_them() {
    let table = report("lifetime-value", calibration());
    for name in [
        "active_share",
        "expected_purchases",
        "expected_amount",
        "expected_value",
        "r",
        "q",
    ] {
        let end = |column| match cell(&table, name, column) {
            Cell::Money(micros) => *micros as f64 / 1e6,
            other => other.to_json().as_f64().unwrap(),
        };
        let value = number(&table, name);
        assert!(end("low") < value && value < end("high"), "{name}");
        assert!(end("low") > value / 2.0 && end("high") < value * 2.0, "{name}");
    }
}

#[test]
fn the_list_of_customers_adds_up_to_the_figures() {
    let requests = [
        ReportRequest::new("lifetime-value"),
        ReportRequest::new("customer-values").with("limit", "5000"),
    ];
    let [figures, list] = <[Table; 2]>::try_from(fixture(1).run(&requests, calibration())).unwrap();
    let sum = |column: &str| -> f64 {
        let at = list.columns.iter().position(|known| known.name == column).unwrap();
        list.rows
            .iter()
            .map(|row| row[at].to_json().as_f64().unwrap_or(0.0))
            .sum()
    };
    let close = |a: f64, b: f64| (a / b - 1.0).abs() < 1e-6;
    assert_eq!(list.total, Some(2357));
    assert!(close(sum("expected_purchases"), number(&figures, "expected_purchases")));
    assert!(close(sum("expected_value"), number(&figures, "expected_value")));
    assert!(close(sum("alive") / 2357.0, number(&figures, "active_share")));
    assert!(close(
        sum("purchases") / 2357.0,
        number(&figures, "purchases_per_buyer")
    ));
    assert!(close(
        sum("observed_value") / 2357.0,
        number(&figures, "observed_value")
    ));
}

#[test]
fn the_buckets_in_which_customers_are_do_not_change_the_answer() {
    let requests = [
        ReportRequest::new("lifetime-value"),
        ReportRequest::new("customer-values").with("limit", "5000"),
        ReportRequest::new("rfm"),
    ];
    let answers = |buckets| -> Vec<String> {
        let tables = fixture(buckets).run(&requests, calibration());
        tables.iter().map(|table| table.to_json().to_string()).collect()
    };
    assert_eq!(answers(1), answers(4));
}

#[test]
fn a_customer_who_bought_before_the_range_is_no_new_buyer() {
    let all = report("lifetime-value", scope(None, Some("1997-09-30")));
    let march = report("lifetime-value", scope(Some("1997-03-01"), Some("1997-09-30")));
    let first: BTreeMap<&str, i64> = CDNOW.iter().rev().fold(BTreeMap::new(), |mut first, row| {
        let day = row.event.time.millis() / DAY_MS;
        first
            .entry(row.customer.as_str())
            .and_modify(|known| *known = day.min(*known))
            .or_insert(day);
        first
    });
    // 1997-03-01.
    let late = first.values().filter(|day| **day >= 9_921).count();
    assert_eq!(number(&march, "new_buyers"), late as f64);
    assert!(number(&all, "new_buyers") > number(&march, "new_buyers"));
}

#[test]
fn too_few_customers_and_a_site_without_orders_get_a_plain_answer() {
    let two = "v1 1000 purchase {\"value\":5}\nv2 2000 purchase {\"value\":5}";
    let table = Fixture::of(two).report(ReportRequest::new("lifetime-value"));
    assert_eq!(
        grid(&table, &["name", "value"]),
        [
            "new_buyers | 2",
            "repeat_share | 0.0",
            "purchases_per_buyer | 1.0",
            "observed_value | 5",
            "time_to_second_purchase | null"
        ]
    );
    assert_eq!(
        table.notes[0],
        "A forecast needs 40 customers with an order; there are 2."
    );
    let list = Fixture::of(two).report(ReportRequest::new("customer-values"));
    assert_eq!((list.rows.len(), &list.notes[0]), (0, &table.notes[0]));
    let none = Fixture::of(r#"v1 1000 page_view {"url":"https://shop.example/"}"#)
        .report(ReportRequest::new("lifetime-value"));
    assert!(
        none.rows.is_empty() && none.notes[0].contains("import of orders"),
        "{:?}",
        none.notes
    );
}

#[test]
fn customers_who_never_return_have_no_forecast() {
    let rows = (0..60).map(|n| {
        row(
            &format!("v{n}"),
            None,
            0,
            n * DAY_MS,
            "purchase",
            r#"{"value":5,"currency":"EUR"}"#,
        )
    });
    let mut fixture = Fixture::new(1);
    fixture.add_file(0, rows.collect(), 1000);
    let table = fixture.report(ReportRequest::new("lifetime-value"));
    assert!(table.notes[0].contains("nearly nobody buys again"), "{:?}", table.notes);
}

#[test]
fn days_are_those_of_the_time_zone() {
    // 23:10 and 00:10 of the next day in UTC. London kept summer time through the winter of 1970: 00:10 and 01:10 of one day.
    let lines = "v1 83400000 purchase {\"value\":5}\nv1 87000000 purchase {\"value\":5}";
    let purchases = |zone: &str| {
        let request = ReportRequest::new("lifetime-value");
        let definition = crate::report::definition("lifetime-value").unwrap();
        let report = definition.make_in(&request, &zone.parse().unwrap()).unwrap();
        let fixture = Fixture::of(lines);
        let tables = super::block_on(crate::run::run_over(
            &fixture.snapshot,
            &std::sync::Arc::from([report]),
            &crate::run::Query::default(),
        ));
        number(&tables.unwrap()[0], "purchases_per_buyer")
    };
    assert_eq!([purchases("UTC"), purchases("Europe/London")], [2.0, 1.0]);
}

#[test]
fn amounts_of_a_customer_without_repeats_are_those_of_all() {
    let model = GammaGamma::with([6.25, 3.74, 15.44]);
    let mean = model.expected(None).unwrap();
    assert!((mean - 6.25 * 15.44 / 2.74).abs() < 1e-9);
    assert_eq!(GammaGamma::with([6.25, 0.9, 15.44]).expected(None), None);
}

#[test]
fn segments_of_rfm_have_every_buyer_once_and_their_moves_add_up() {
    let requests = [ReportRequest::new("rfm"), ReportRequest::new("lifetime-value")];
    let [table, figures] = <[Table; 2]>::try_from(fixture(1).run(&requests, calibration())).unwrap();
    let number_of = |row: &str, column: &str| cell(&table, row, column).to_json().as_f64().unwrap();
    let rows: Vec<String> = grid(&table, &["segment"]);
    let sum = |column: &str| rows.iter().map(|row| number_of(row, column)).sum::<f64>();
    assert_eq!(sum("customers"), 2357.0);
    // All had bought by March, and the comparison is with July.
    assert_eq!((sum("before"), sum("new")), (2357.0, 0.0));
    assert_eq!(sum("joined"), sum("left"));
    for row in &rows {
        let after =
            number_of(row, "before") + number_of(row, "joined") + number_of(row, "new") - number_of(row, "left");
        assert_eq!(after, number_of(row, "customers"), "{row}");
    }
    assert!((sum("purchases") / 2357.0 / number(&figures, "purchases_per_buyer") - 1.0).abs() < 1e-9);
    assert!((sum("value") / 2357.0 / number(&figures, "observed_value") - 1.0).abs() < 1e-6);
    assert!(number_of("lost", "days_since_last") > number_of("champions", "days_since_last"));
}
