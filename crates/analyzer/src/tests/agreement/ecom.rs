//! The shipped data of a real shop: its numbers agree with each other and with plain counts of its file.

use std::sync::LazyLock;

use super::super::{Fixture, cell};
use super::{check, count, imported, sum, sum_where};
use crate::range::Range;
use crate::report::ReportRequest;
use crate::scan::Scope;
use crate::table::{Cell, Table};

/// The reports that share numbers, over all of `examples/data/ecom`.
struct Shop {
    kpis: Table,
    map: Table,
    funnel: Table,
    checkout: Table,
    paths: Table,
}

static SHOP: LazyLock<Shop> = LazyLock::new(|| {
    let fixture = fixture();
    let names = ["kpis", "journey-map", "funnel", "checkout"].map(ReportRequest::new);
    let paths = ReportRequest::new("paths").with("top", "10000");
    let requests: Vec<ReportRequest> = names.into_iter().chain([paths]).collect();
    let tables = fixture.run(&requests, Scope::default());
    let [kpis, map, funnel, checkout, paths] = <[Table; 5]>::try_from(tables).unwrap();
    Shop {
        kpis,
        map,
        funnel,
        checkout,
        paths,
    }
});

fn fixture() -> Fixture {
    let mut fixture = Fixture::new(1);
    fixture.add_file(0, imported("ecom", "ecom.toml", "ecom.csv.gz"), 10_000);
    fixture
}

#[test]
fn numbers_agree_over_all_time_and_in_a_range() {
    let fixture = fixture();
    // The file runs from January to June 2024.
    for (from, to) in [(None, None), (Some("2024-03-10"), Some("2024-04-20"))] {
        let scope = Scope {
            range: Range::parse(from, to, &"Europe/Berlin".parse().unwrap()).unwrap(),
            ..Scope::default()
        };
        check(&fixture, &scope, 12);
    }
}

#[test]
fn the_list_of_customers_adds_up_to_the_key_figures() {
    let fixture = fixture();
    let page = |offset: &str| {
        ReportRequest::new("customers")
            .with("limit", "500")
            .with("offset", offset)
    };
    let pages = fixture.run(
        &[page("0"), page("500"), ReportRequest::new("errors")],
        Scope::default(),
    );
    let (pages, errors) = (&pages[..2], &pages[2]);
    let total = |column: &str| pages.iter().map(|page| sum(page, column)).sum::<u64>();
    assert_eq!(pages[0].total, Some(figure("customers", "value")));
    assert_eq!(pages.iter().map(|page| page.rows.len()).sum::<usize>(), 600);
    assert_eq!(total("orders"), figure("orders", "value"));
    assert_eq!(total("sessions"), figure("sessions", "value"));
    assert_eq!(total("signals"), figure("signals_per_100_sessions", "numerator"));
    // 276 error pages, 119 refused payments and 44 faults of the checkout, by a plain count of the file.
    assert_eq!(sum(errors, "times"), 276 + 119 + 44);
}

fn figure(name: &str, column: &str) -> u64 {
    count(cell(&SHOP.kpis, name, column))
}

#[test]
fn events_customers_orders_and_signals_are_the_same_everywhere() {
    let Shop { kpis, map, funnel, .. } = &*SHOP;
    assert_eq!(
        figure("events", "value"),
        31_106,
        "as a plain count of the file's lines"
    );
    assert_eq!((kpis.events, kpis.customers), (31_106, 600));
    assert_eq!(figure("customers", "value"), 600);
    assert_eq!(sum(map, "touchpoints"), figure("events", "value"));
    assert_eq!(figure("orders", "value"), 470);
    assert_eq!(sum(map, "purchases"), figure("orders", "value"));
    assert_eq!(sum(map, "signals"), figure("signals_per_100_sessions", "numerator"));
    assert!(sum(map, "signals") > 0);
    for table in [map, funnel] {
        assert_eq!((table.events, table.customers), (kpis.events, kpis.customers));
    }
}

/// A plain count of the file says: 798 sessions came to the checkout and 328 of them have no purchase. 87 of these are of
/// customers who bought in a later session.
#[test]
fn key_figures_and_checkout_count_the_same_lost_sessions() {
    let Shop { checkout, .. } = &*SHOP;
    assert_eq!(figure("checkout_abandonment_rate", "denominator"), 798);
    assert_eq!(figure("checkout_abandonment_rate", "numerator"), 328 - 87);
    assert_eq!(
        sum(checkout, "abandoned"),
        figure("checkout_abandonment_rate", "numerator")
    );
    assert_eq!(sum(checkout, "bought_later"), 87);
    assert!(
        checkout.notes[0].starts_with("Of 798 sessions that came to the checkout, 241 (30.2%)"),
        "{:?}",
        checkout.notes
    );
    for row in &checkout.rows {
        let [_, sessions, completed, later, abandoned, ..] = &row[..] else {
            panic!("{row:?}");
        };
        assert_eq!(count(sessions), count(completed) + count(later) + count(abandoned));
    }
}

#[test]
fn each_step_of_a_funnel_has_at_most_the_customers_of_the_one_before() {
    let Shop { funnel, .. } = &*SHOP;
    let customers: Vec<u64> = funnel.rows.iter().map(|row| count(&row[2])).collect();
    assert!(customers[0] <= figure("customers", "value"));
    assert!(customers.is_sorted_by(|a, b| a >= b), "{customers:?}");
    // A customer of the last step has placed an order.
    assert!(*customers.last().unwrap() <= figure("orders", "value"));
    for pair in funnel.rows.windows(2) {
        let [Cell::Ratio(goes_on), Cell::Ratio(drops_off)] = pair[1][4..6] else {
            panic!("{pair:?}");
        };
        let [before, after] = [count(&pair[0][2]), count(&pair[1][2])];
        assert_eq!(goes_on, after as f64 / before as f64);
        assert_eq!(drops_off, (before - after) as f64 / before as f64);
    }
}

#[test]
fn every_session_with_a_step_has_one_start_and_one_end_on_the_paths() {
    let Shop { paths, .. } = &*SHOP;
    let at = |name: &str, column: usize| {
        let name = name.to_owned();
        sum_where(paths, "transitions", move |row| row[column] == Cell::text(name.clone()))
    };
    let starts = at("(start)", 0);
    assert_eq!(starts, at("(end)", 1));
    // Every session of this shop has a step; its page errors alone make none.
    assert_eq!(starts, figure("sessions", "value"));
    assert!(!paths.rows.iter().any(|row| row[1] == Cell::text("page_error")));
}
