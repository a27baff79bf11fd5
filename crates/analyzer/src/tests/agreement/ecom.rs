//! Numbers that appear in more than one report, over the shipped data of a real shop: they are the same number.

use std::path::Path;
use std::sync::LazyLock;

use wayside_model::{Consent, SiteId, Timestamp};
use wayside_store::rows::Row;
use wayside_store::table::customer_key;

use super::{Fixture, cell};
use crate::import::{Import, Imported, Mapping};
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
    let mut fixture = Fixture::new(1);
    fixture.add_file(0, rows(), 10_000);
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

fn rows() -> Vec<Row> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data/ecom");
    let mapping = Mapping::load(&folder.join("ecom.toml")).unwrap();
    let site = SiteId::parse("ecom").unwrap();
    let now = Timestamp::from_millis(1_800_000_000_000);
    let import = Import::open(&folder.join("ecom.csv.gz"), &mapping, &site, now).unwrap();
    import
        .map(|imported| match imported.unwrap() {
            Imported::Good(event) => Row {
                customer: customer_key(event.visitor.as_str(), None),
                event,
                received_at: now,
                consent: Consent::Granted,
                automated: false,
            },
            Imported::Bad(row) => panic!("{row:?}"),
        })
        .collect()
}

/// The customers behind a cell of the journey map and a row of the signals are as many as it says.
#[test]
fn the_list_of_customers_is_as_long_as_the_numbers_that_lead_to_it() {
    let mut fixture = Fixture::new(1);
    fixture.add_file(0, rows(), 10_000);
    let map = SHOP.map.rows.iter().step_by(5).map(|row| {
        let [Cell::Text(stage), Cell::Text(channel), customers, ..] = &row[..] else {
            panic!("{row:?}");
        };
        let request = ReportRequest::new("customers")
            .with("stage", stage)
            .with("channel", channel);
        (request, count(customers))
    });
    let by = ["signal", "place"].map(|by| ReportRequest::new("signals").with("by", by));
    let by = fixture.run(&by, Scope::default());
    for signals in &by {
        assert_eq!(
            sum(signals, "times"),
            figure("signals_per_100_sessions", "numerator"),
            "each signal is in one row"
        );
    }
    let is_nowhere = |row: &Vec<Cell>| row.contains(&Cell::text(""));
    assert!(
        by[1].rows.iter().any(is_nowhere),
        "a place without an element is among the rows"
    );
    let of_signals = by.iter().flat_map(|signals| {
        let names = signals.columns.iter().map(|column| column.name.as_ref());
        let cells = move |row| names.clone().zip(row);
        signals.rows.iter().map(move |row| {
            let known = ["signal", "stage", "page", "element", "step", "form", "field"];
            let mut request = ReportRequest::new("customers");
            for (name, cell) in cells(row).filter(|(name, _)| known.contains(name)) {
                request = match cell {
                    Cell::Text(none) if none.is_empty() => request.with(name, "(none)"),
                    Cell::Text(text) => request.with(name, text),
                    _ => request,
                };
            }
            let customers = cells(row).find(|(name, _)| *name == "customers").unwrap().1;
            (request, count(customers))
        })
    });
    let (requests, expected): (Vec<_>, Vec<_>) = map.chain(of_signals).unzip();
    assert!(requests.len() > 3, "{requests:?}");
    let lists = fixture.run(&requests, Scope::default());
    let totals: Vec<u64> = lists.iter().map(|list| list.total.unwrap()).collect();
    assert_eq!(totals, expected, "{requests:?}");
}

#[test]
fn the_list_of_customers_adds_up_to_the_key_figures() {
    let mut fixture = Fixture::new(1);
    fixture.add_file(0, rows(), 10_000);
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

fn sum(table: &Table, column: &str) -> u64 {
    sum_where(table, column, |_| true)
}

fn sum_where(table: &Table, column: &str, takes: impl Fn(&[Cell]) -> bool) -> u64 {
    let at = table.columns.iter().position(|known| known.name == column).unwrap();
    let rows = table.rows.iter().filter(|row| takes(row));
    rows.map(|row| count(&row[at])).sum()
}

fn count(cell: &Cell) -> u64 {
    match cell {
        Cell::Count(n) => *n,
        other => panic!("{other:?} is not a count"),
    }
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
fn overview_and_checkout_lose_the_same_sessions() {
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
fn a_funnel_is_one_way_through() {
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
fn every_session_with_a_step_starts_and_ends_once_on_the_paths() {
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
