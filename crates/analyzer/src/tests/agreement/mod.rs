//! Tests that numbers in more than one report are equal. The same check runs over a real shop, the demo's shop and a simulated
//! one.

mod demo;
mod ecom;
mod simulated;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use wayside_model::customer;
use wayside_model::{Consent, SiteId, Timestamp};
use wayside_store::rows::Row;

use super::{Fixture, block_on, cell};
use crate::import::{Import, Imported, Mapping};
use crate::report::{self, ReportRequest};
use crate::scan::Scope;
use crate::sql;
use crate::table::{Cell, Link, Table};

/// The rows of a data set under `examples/data`.
pub(super) fn imported(folder: &str, mapping: &str, file: &str) -> Vec<Row> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../examples/data")
        .join(folder);
    let mapping = Mapping::load(&folder.join(mapping)).unwrap();
    let site = SiteId::parse("shop").unwrap();
    let now = Timestamp::from_millis(1_800_000_000_000);
    let import = Import::open(&folder.join(file), &mapping, &site, now).unwrap();
    import
        .map(|imported| match imported.unwrap() {
            Imported::Good(event) => Row {
                customer: customer::key(event.visitor.as_str(), None),
                event,
                received_at: now,
                consent: Consent::Granted,
                automated: false,
            },
            Imported::Bad(row) => panic!("{row:?}"),
        })
        .collect()
}

/// Reports of one scope by name.
struct Views(BTreeMap<&'static str, Table>);

/// Compares all numbers that several reports show, and up to `links_max` lists of customers of each linked column with the
/// numbers that lead to them. Returns the linked columns that had such a number.
#[track_caller]
fn check(fixture: &Fixture, scope: &Scope, links_max: usize) -> BTreeSet<String> {
    let views = Views::new(fixture, scope);
    views.check_totals();
    views.check_sessions();
    views.check_checkout();
    if scope.range == crate::range::Range::ALL {
        views.check_all_time();
        check_sql(fixture, &views);
    }
    check_profiles(fixture, scope, &views);
    check_links(fixture, scope, &views, links_max)
}

impl Views {
    fn new(fixture: &Fixture, scope: &Scope) -> Self {
        let names: Vec<&'static str> = report::registry()
            .iter()
            .filter(|report| !report.params.iter().any(|param| param.name == "visitor"))
            .map(|report| report.name)
            .collect();
        let requests: Vec<ReportRequest> = names.iter().map(|name| whole(name)).collect();
        let tables = fixture.run(&requests, scope.clone());
        let mut views = Self(names.into_iter().zip(tables).collect());
        let second = whole("customers").with("offset", PAGE);
        let second = fixture.run(&[second], scope.clone()).remove(0);
        let customers = views.0.get_mut("customers").unwrap();
        customers.rows.extend(second.rows);
        views
    }

    fn at(&self, report: &str) -> &Table {
        &self.0[report]
    }

    fn figure(&self, name: &str, column: &str) -> u64 {
        count(cell(self.at("kpis"), name, column))
    }

    fn sum(&self, report: &str, column: &str) -> u64 {
        sum(self.at(report), column)
    }

    /// Events, customers and orders are counted by their time, so that they agree in any range.
    fn check_totals(&self) {
        let kpis = self.at("kpis");
        for (name, table) in &self.0 {
            assert_eq!(
                (table.events, table.customers),
                (kpis.events, kpis.customers),
                "the heading of {name}"
            );
        }
        assert_eq!(self.figure("events", "value"), kpis.events);
        assert_eq!(self.figure("customers", "value"), kpis.customers);
        assert_eq!(self.sum("journey-map", "touchpoints"), kpis.events);
        assert_eq!(self.sum("channels", "touchpoints"), kpis.events);
        let customers = self.at("customers");
        assert_eq!(customers.total, Some(kpis.customers));
        assert_eq!(customers.rows.len() as u64, kpis.customers, "all are listed");
        let orders = self.figure("orders", "value");
        assert_eq!(self.sum("journey-map", "purchases"), orders);
        assert_eq!(self.sum("customers", "orders"), orders);
        assert_eq!(self.sum("channels", "orders"), orders);
        assert_eq!(self.sum("customers", "signals"), self.sum("journey-map", "signals"));
        assert_eq!(
            self.sum("customers", "friction_signals"),
            self.sum("journey-map", "friction_signals")
        );
        let shown_again = sum_where(self.at("data-quality"), "count", |row| {
            row[0] == Cell::text("order shown again")
        });
        let purchases = self
            .at("data-quality")
            .rows
            .iter()
            .find(|row| row[1] == Cell::text("purchase"));
        if let Some(row) = purchases {
            assert_eq!(count(&row[3]), orders + shown_again, "purchases");
        }
        self.check_revenue();
    }

    /// The customers' spending adds up to the revenue, if all orders are in the main currency.
    fn check_revenue(&self) {
        let (kpis, customers) = (self.at("kpis"), self.at("customers"));
        let Cell::Money(sold) = *cell(kpis, "revenue", "numerator") else {
            panic!("no amount was sold");
        };
        assert_eq!(*cell(kpis, "average_order_value", "numerator"), Cell::Money(sold));
        let main = kpis.currency.clone().unwrap_or_default();
        let [value, currency] = ["value", "currency"].map(|name| place(customers, name));
        let of_customers: i64 = customers
            .rows
            .iter()
            .filter(|row| row[currency] == Cell::text(main.clone()))
            .map(|row| match row[value] {
                Cell::Money(micros) => micros,
                _ => 0,
            })
            .sum();
        let is_only_currency = !kpis.notes.iter().any(|note| note.starts_with("Not added"));
        if is_only_currency {
            assert_eq!(of_customers, sold);
        } else {
            assert!(of_customers <= sold, "a customer's other currencies are left out");
        }
    }

    /// Sessions count where they began, so that they agree in any range.
    fn check_sessions(&self) {
        let sessions = self.figure("sessions", "value");
        assert_eq!(self.sum("customers", "sessions"), sessions);
        for rate in [
            "bounce_rate",
            "conversion_rate",
            "search_rate",
            "signals_per_100_sessions",
        ] {
            assert_eq!(self.figure(rate, "denominator"), sessions, "{rate}");
        }
        // Every session ends in one field of the map: there with an order or without.
        let map = self.at("journey-map");
        let [here, drop_off] = ["sessions", "drop_off"].map(|name| place(map, name));
        let dropped: f64 = map
            .rows
            .iter()
            .map(|row| match row[drop_off] {
                Cell::Ratio(share) => share * count(&row[here]) as f64,
                _ => 0.0,
            })
            .sum();
        let converted = self.figure("conversion_rate", "numerator");
        assert_eq!(
            dropped.round() as u64,
            sessions - converted,
            "sessions without an order"
        );
        assert_eq!(self.sum("audience", "sessions"), sessions);
        assert_eq!(self.sum("audience", "converted"), converted);
        for column in ["first_touch", "last_touch"] {
            assert_eq!(self.sum("attribution", column), converted, "{column}");
        }
        assert_eq!(self.sum("conversion-paths", "converted"), converted);
        let signals = self.figure("signals_per_100_sessions", "numerator");
        assert_eq!(self.sum("signals", "times"), signals);
        let by_signal = &self.0["signals"];
        let is_friction = |row: &[Cell]| row[1] == Cell::text("friction");
        assert!(sum_where(by_signal, "times", is_friction) <= signals);
        let starts = sum_where(self.at("paths"), "transitions", |row| row[0] == Cell::text("(start)"));
        let ends = sum_where(self.at("paths"), "transitions", |row| row[1] == Cell::text("(end)"));
        assert_eq!(starts, ends);
        assert!(
            starts <= sessions,
            "sessions that have only measurements are on no path"
        );
    }

    /// Key figures, checkout and funnel agree on the sessions and customers that are lost at each step.
    fn check_checkout(&self) {
        let checkout = self.at("checkout");
        let abandoned = self.sum("checkout", "abandoned");
        assert_eq!(self.figure("checkout_abandonment_rate", "numerator"), abandoned);
        for row in &checkout.rows {
            let of = |name: &str| count(&row[place(checkout, name)]);
            assert_eq!(
                of("sessions"),
                of("completed") + of("bought_later") + of("abandoned"),
                "{:?}",
                row[0]
            );
        }
        for (column, part) in [("abandoned", "numerator"), ("carts", "denominator")] {
            assert_eq!(
                self.sum("carts", column),
                self.figure("cart_abandonment_rate", part),
                "{column}"
            );
        }
        let funnel = self.at("funnel");
        let customers: Vec<u64> = funnel
            .rows
            .iter()
            .map(|row| count(&row[place(funnel, "customers")]))
            .collect();
        assert!(customers.is_sorted_by(|a, b| a >= b), "{customers:?}");
        assert!(customers[0] <= self.figure("customers", "value"));
        for (pair, row) in customers.windows(2).zip(&funnel.rows[1..]) {
            let lost = (pair[0] - pair[1]) as f64;
            let expected = match pair[0] {
                0 => Cell::Null,
                before => Cell::Ratio(lost / before as f64),
            };
            assert_eq!(row[place(funnel, "drop_off")], expected);
        }
    }

    /// Over all time, counts by touchpoint equal counts by session.
    fn check_all_time(&self) {
        let signals = self.figure("signals_per_100_sessions", "numerator");
        assert_eq!(self.sum("journey-map", "signals"), signals);
        let newcomers = sum_where(self.at("retention"), "customers", |row| row[1] == Cell::Count(0));
        assert_eq!(newcomers, self.figure("returning_rate", "denominator"));
        let is_friction = |row: &[Cell]| row[1] == Cell::text("friction");
        assert_eq!(
            sum_where(self.at("signals"), "times", is_friction),
            self.sum("journey-map", "friction_signals")
        );
    }
}

/// Numbers of reports, compared with plain counts by SQL that do not use the reports' code.
fn check_sql(fixture: &Fixture, views: &Views) {
    let ask = |what: &str, condition: &str| {
        let query = format!("SELECT {what} FROM events WHERE NOT automated AND {condition}");
        let site = SiteId::parse("shop").unwrap();
        let table = block_on(sql::run_over(fixture.snapshot.clone(), &site, &query)).unwrap();
        match table.rows[0][0] {
            Cell::Int(n) => n as u64,
            Cell::Null => 0,
            ref other => panic!("{other:?} is not a count"),
        }
    };
    let count_of = |condition: &str| ask("count(*)", condition);
    assert_eq!(views.figure("events", "value"), count_of("TRUE"));
    assert_eq!(views.figure("page_views", "value"), count_of("kind = 'page_view'"));
    // Of an error that repeats, one touchpoint stands for several.
    let times = ask("sum(greatest(coalesce(\"count\", 1), 1))", "kind = 'page_error'");
    assert_eq!(views.sum("errors", "times"), times);
    let forms = views.at("forms");
    let is_whole = |row: &[Cell]| row[1] == Cell::text("(whole form)");
    assert_eq!(
        sum_where(forms, "errors", is_whole),
        count_of("kind = 'form_error'"),
        "errors of whole forms"
    );
    assert_eq!(
        sum_where(forms, "entries", |row| !is_whole(row)),
        count_of("kind = 'form_field_time' AND form_field <> ''")
    );
    assert!(views.sum("checkout", "field_errors") <= count_of("kind = 'form_error'"));
    assert_eq!(
        views.sum("searches", "searches"),
        count_of("kind = 'search' AND search_term IS NOT NULL")
    );
}

/// Most customers on a page of their list; two pages hold all customers of the shops here.
const PAGE: &str = "500";

/// The request for a report without limits on its rows.
fn whole(name: &str) -> ReportRequest {
    let definition = report::definition(name).unwrap();
    let has = |param: &str| definition.params.iter().any(|known| known.name == param);
    let mut request = ReportRequest::new(name);
    if has("top") {
        request = request.with("top", "10000");
    }
    if has("days") {
        request = request.with("days", "366");
    }
    if has("limit") {
        request = request.with("limit", PAGE);
    }
    request
}

/// The profiles of customers have the figures of their list.
fn check_profiles(fixture: &Fixture, scope: &Scope, views: &Views) {
    let customers = views.at("customers");
    let some: Vec<&Vec<Cell>> = customers
        .rows
        .iter()
        .step_by(customers.rows.len().div_ceil(20))
        .collect();
    let at = |row: &[Cell], column: &str| row[place(customers, column)].clone();
    let requests: Vec<ReportRequest> = some
        .iter()
        .map(|row| match &row[0] {
            Cell::Text(key) => ReportRequest::new("profile").with("customer", key),
            other => panic!("{other:?} is not a key"),
        })
        .collect();
    for (row, profile) in some.iter().zip(fixture.run(&requests, scope.clone())) {
        for name in ["first_seen", "last_seen", "sessions", "orders"] {
            assert_eq!(*cell(&profile, name, "value"), at(row, name), "{name} of {row:?}");
        }
        for (fact, column) in [("stage", "stage"), ("last_channel", "channel")] {
            assert_eq!(*cell(&profile, fact, "text"), at(row, column), "{fact} of {row:?}");
        }
        let of = |name: &str| sum_where(&profile, "value", |fact| fact[0] == Cell::text(name));
        assert_eq!(Cell::Count(of("signal")), at(row, "signals"), "{row:?}");
        assert_eq!(Cell::Count(of("device")), at(row, "sessions"), "{row:?}");
        assert_eq!(Cell::Count(of("visitor")), *cell(&profile, "touchpoints", "value"));
    }
}

/// For each linked column, the list of customers is as long as the number that links to it.
fn check_links(fixture: &Fixture, scope: &Scope, views: &Views, links_max: usize) -> BTreeSet<String> {
    let mut links: Vec<(String, ReportRequest, u64)> = Vec::new();
    let mut followed = BTreeSet::new();
    for (name, table) in &views.0 {
        for (at, column) in table.columns.iter().enumerate() {
            if column.link != Some(Link::Customers) {
                continue;
            }
            let step = table.rows.len().div_ceil(links_max).max(1);
            for row in table.rows.iter().step_by(step) {
                if let Cell::Count(number) = row[at] {
                    if number > 0 {
                        followed.insert(format!("{name}.{}", column.name));
                    }
                    let about = format!("{} of {name}: {row:?}", column.name);
                    links.push((about, follow(table, at, row), number));
                }
            }
        }
    }
    assert!(!links.is_empty());
    let requests: Vec<ReportRequest> = links.iter().map(|(_, request, _)| request.clone()).collect();
    let lists = fixture.run(&requests, scope.clone());
    for ((about, request, number), list) in links.iter().zip(&lists) {
        assert_eq!(list.total, Some(*number), "{about}\n{request:?}");
    }
    followed
}

/// The request of a `customers` link, by the rules in `ARCHITECTURE.md`.
fn follow(table: &Table, at: usize, row: &[Cell]) -> ReportRequest {
    let customers = report::definition("customers").unwrap();
    let mut given: BTreeMap<&str, String> = BTreeMap::new();
    given.extend(table.link_params.iter().map(|(name, value)| (*name, value.clone())));
    for (column, cell) in table.columns.iter().zip(row) {
        let name = column.param.unwrap_or(&column.name);
        match cell {
            Cell::Text(text) if text.is_empty() => given.insert(name, "(none)".to_owned()),
            Cell::Text(text) => given.insert(name, text.clone()),
            Cell::Count(n) => given.insert(name, n.to_string()),
            _ => None,
        };
    }
    let link = &table.columns[at];
    given.extend(
        link.link_params
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    let is_param = |name: &str| customers.params.iter().any(|param| param.name == name);
    let known = given.into_iter().filter(|(name, _)| is_param(name));
    known.fold(ReportRequest::new("customers"), |request, (name, value)| {
        request.with(name, &value)
    })
}

fn place(table: &Table, column: &str) -> usize {
    let found = table.columns.iter().position(|known| known.name == column);
    found.unwrap_or_else(|| panic!("{} has no column {column}", table.report))
}

fn sum(table: &Table, column: &str) -> u64 {
    sum_where(table, column, |_| true)
}

fn sum_where(table: &Table, column: &str, takes: impl Fn(&[Cell]) -> bool) -> u64 {
    let at = place(table, column);
    let rows = table.rows.iter().filter(|row| takes(row));
    rows.map(|row| count(&row[at])).sum()
}

fn count(cell: &Cell) -> u64 {
    match cell {
        Cell::Count(n) => *n,
        other => panic!("{other:?} is not a count"),
    }
}
