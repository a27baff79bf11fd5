//! `kpis`: the key figures of a site, each with its formula and its uncertainty.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::journey::Parts;
use wayside_model::{Field, Kind, Touch};

use super::checkout;
use super::orders::Orders;
use super::revenue::{self, Revenue};
use super::{Definition, Report};
use crate::scan::{FieldSet, JourneyView, SessionView};
use crate::stats::{Histogram, Moments, wilson};
use crate::table::{Cell, Column, Table, Unit};

pub(super) static DEFINITION: Definition = Definition {
    name: "kpis",
    title: "Key figures",
    doc: "How is the site doing: visits, sales, effort and satisfaction?",
    params: &[],
    columns: &[
        Column::text("name", "The figure."),
        Column::mixed("value", "Its value, in its unit."),
        Column::text("unit", "What the value counts."),
        Column::mixed("low", "Lower end of the 95% interval, where the figure is an estimate."),
        Column::mixed("high", "Upper end of the 95% interval."),
        Column::mixed("numerator", "What was counted."),
        Column::mixed("denominator", "What it is divided by."),
        Column::text("doc", "How the figure is defined.").wide(),
    ],
    build: |_| Ok(Arc::new(Kpis)),
};

/// A session that lasts this long is no bounce: GA4's definition of an engaged session.
const ENGAGED_MS: i64 = 10_000;
/// A session with this many page views is no bounce: GA4's definition of an engaged session.
const ENGAGED_PAGE_VIEWS: u64 = 2;

#[derive(Debug)]
struct Kpis;

/// Counts; "session" and "customer" mean counted ones throughout.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    events: u64,
    page_views: u64,
    visitors: u64,
    customers: u64,
    customers_with_session: u64,
    returning: u64,
    customers_with_contact: u64,
    sessions: u64,
    session_page_views: u64,
    bounces: u64,
    converted: u64,
    searched: u64,
    with_cart: u64,
    carts_left: u64,
    with_checkout: u64,
    checkouts_left: u64,
    signals: u64,
    durations: Histogram,
    revenue: Revenue,
    nps: Moments,
    promoters: u64,
    detractors: u64,
    csat: Moments,
    satisfied: u64,
    ces: Moments,
}

impl Report for Kpis {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(&[Field::Score, Field::EngagedMs, Field::Step]).and(FieldSet::of(revenue::FIELDS))
    }

    fn parts(&self) -> Parts {
        Parts {
            signals: true,
            ..Parts::SESSIONS
        }
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        state.count_events(journey);
        state.revenue.count(journey);
        let orders = Orders::of(journey);
        let mut last_session = None;
        for session in journey.counted_sessions() {
            last_session = Some(session.number);
            state.count_session(&session, &orders);
        }
        state.customers_with_session += u64::from(last_session.is_some());
        state.returning += u64::from(last_session > Some(0));
    }

    fn merge(&self, into: &mut State, from: State) {
        into.merge(from);
    }

    fn finish(&self, state: State) -> Table {
        state.table()
    }
}

impl State {
    fn count_events(&mut self, journey: &JourneyView<'_>) {
        let mut visitors: Vec<&str> = Vec::new();
        let (mut events, mut has_contact) = (0, false);
        for row in journey.counted() {
            events += 1;
            let visitor = row.visitor_id();
            if !visitors.contains(&visitor) {
                visitors.push(visitor);
            }
            let score = || row.int(Field::Score);
            match row.kind() {
                Kind::PageView => self.page_views += 1,
                Kind::SupportContact => has_contact = true,
                Kind::Nps => score().into_iter().for_each(|score| self.count_nps(score)),
                Kind::Csat => score().into_iter().for_each(|score| {
                    self.csat.add(score);
                    self.satisfied += u64::from(score >= 4);
                }),
                Kind::Ces => score().into_iter().for_each(|score| self.ces.add(score)),
                _ => {}
            }
        }
        self.events += events;
        self.customers += u64::from(events > 0);
        self.visitors += visitors.len() as u64;
        self.customers_with_contact += u64::from(has_contact);
    }

    fn count_nps(&mut self, score: i64) {
        let promotes = score >= 9;
        let detracts = score <= 6;
        self.promoters += u64::from(promotes);
        self.detractors += u64::from(detracts);
        self.nps.add(i64::from(promotes) - i64::from(detracts));
    }

    fn count_session(&mut self, session: &SessionView<'_>, orders: &Orders<'_>) {
        let (mut page_views, mut touchpoints, mut engaged_ms) = (0, 0, None);
        let (mut cart, mut begun) = (None, None);
        let bought = orders.are_in(session);
        let mut searched = false;
        for row in session.rows() {
            touchpoints += 1;
            match row.kind() {
                Kind::PageView => page_views += 1,
                Kind::UserEngagement => *engaged_ms.get_or_insert(0) += row.int(Field::EngagedMs).unwrap_or(0),
                Kind::AddToCart => cart = cart.or(Some(row.index)),
                Kind::Search => searched = true,
                _ => {}
            }
            if checkout::step_of(&row).is_some() {
                begun = begun.or(Some(row.index));
            }
        }
        let duration = session.duration_ms();
        // Where a source knows no page views, each touchpoint stands for one.
        let views = if page_views == 0 { touchpoints } else { page_views };
        let is_engaged = engaged_ms.unwrap_or(duration) >= ENGAGED_MS || views >= ENGAGED_PAGE_VIEWS || bought;
        let is_left = |row: usize| orders.are_missing_from(session, row);
        self.sessions += 1;
        self.session_page_views += page_views;
        self.bounces += u64::from(!is_engaged);
        self.converted += u64::from(bought);
        self.searched += u64::from(searched);
        self.with_cart += u64::from(cart.is_some());
        self.carts_left += u64::from(cart.is_some_and(is_left));
        self.with_checkout += u64::from(begun.is_some());
        self.checkouts_left += u64::from(begun.is_some_and(is_left));
        self.signals += session.signals().count() as u64;
        self.durations.add(duration);
    }

    fn merge(&mut self, from: Self) {
        self.events += from.events;
        self.page_views += from.page_views;
        self.visitors += from.visitors;
        self.customers += from.customers;
        self.customers_with_session += from.customers_with_session;
        self.returning += from.returning;
        self.customers_with_contact += from.customers_with_contact;
        self.sessions += from.sessions;
        self.session_page_views += from.session_page_views;
        self.bounces += from.bounces;
        self.converted += from.converted;
        self.searched += from.searched;
        self.with_cart += from.with_cart;
        self.carts_left += from.carts_left;
        self.with_checkout += from.with_checkout;
        self.checkouts_left += from.checkouts_left;
        self.signals += from.signals;
        self.durations.merge(from.durations);
        self.revenue.merge(from.revenue);
        self.nps.merge(from.nps);
        self.promoters += from.promoters;
        self.detractors += from.detractors;
        self.csat.merge(from.csat);
        self.satisfied += from.satisfied;
        self.ces.merge(from.ces);
    }

    fn table(self) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let mut count = |name: &str, n: u64, doc: &str| {
            table.push(row(
                name,
                Cell::Count(n),
                Unit::Count,
                None,
                (Cell::Null, Cell::Null),
                doc,
            ));
        };
        count("events", self.events, "Touchpoints in the range.");
        count(
            "sessions",
            self.sessions,
            "Visits that began in the range; 30 minutes of inactivity or a new campaign ends one.",
        );
        count("visitors", self.visitors, "Browsers with a touchpoint in the range.");
        count(
            "customers",
            self.customers,
            "People with a touchpoint in the range: visitors joined by identify.",
        );
        count("page_views", self.page_views, "Pages shown in the range.");
        table.push(share("bounce_rate", self.bounces, self.sessions, BOUNCE_DOC));
        table.push(share(
            "conversion_rate",
            self.converted,
            self.sessions,
            "Sessions with a purchase, of all sessions.",
        ));
        table.push(share(
            "cart_abandonment_rate",
            self.carts_left,
            self.with_cart,
            CART_DOC,
        ));
        table.push(share(
            "checkout_abandonment_rate",
            self.checkouts_left,
            self.with_checkout,
            CHECKOUT_DOC,
        ));
        self.revenue_rows(&mut table);
        let median = Cell::of(self.durations.median(), Cell::Ms);
        table.push(row(
            "session_duration_median",
            median,
            Unit::Ms,
            None,
            (Cell::Null, Cell::Count(self.sessions)),
            DURATION_DOC,
        ));
        let counts = (Cell::Count(self.session_page_views), Cell::Count(self.sessions));
        let pages = mean(self.session_page_views, self.sessions, 1.0);
        table.push(row(
            "pages_per_session",
            pages,
            Unit::Count,
            None,
            counts,
            "Page views of the sessions, by sessions.",
        ));
        table.push(share(
            "returning_rate",
            self.returning,
            self.customers_with_session,
            RETURNING_DOC,
        ));
        table.push(share(
            "search_rate",
            self.searched,
            self.sessions,
            "Sessions with a search of the site, of all sessions.",
        ));
        table.push(share(
            "support_contact_rate",
            self.customers_with_contact,
            self.customers,
            SUPPORT_DOC,
        ));
        let counts = (Cell::Count(self.signals), Cell::Count(self.sessions));
        let signals = mean(self.signals, self.sessions, 100.0);
        table.push(row(
            "signals_per_100_sessions",
            signals,
            Unit::Count,
            None,
            counts,
            "Micro-moments found in the sessions, by 100 sessions.",
        ));
        self.survey_rows(&mut table);
        table
    }

    fn revenue_rows(&self, table: &mut Table) {
        let none = || (Cell::Null, Cell::Null);
        let orders = Cell::Count(self.revenue.orders());
        table.push(row("orders", orders, Unit::Count, None, none(), ORDERS_DOC));
        let main = self.revenue.main();
        let currency = self.revenue.currency();
        let revenue = Cell::of(main.revenue(), Cell::Money);
        let average = Cell::of(main.average(currency.as_deref()), Cell::Money);
        let sold = || Cell::Money(main.sold);
        let unit = Unit::Money;
        table.push(row("revenue", revenue, unit, None, (sold(), Cell::Null), REVENUE_DOC));
        let parts = (sold(), Cell::Count(main.valued));
        table.push(row("average_order_value", average, unit, None, parts, AVERAGE_DOC));
        table.currency = currency;
        table.notes.extend(self.revenue.notes());
    }

    fn survey_rows(&self, table: &mut Table) {
        let hundred = |x: f64| Cell::Score(100.0 * x);
        let points = |(low, high): (f64, f64)| (hundred(low.max(-1.0)), hundred(high.min(1.0)));
        let parts = |moments: &Moments| (Cell::Int(moments.sum), Cell::Count(moments.count));
        table.push(row(
            "nps",
            Cell::of(self.nps.mean(), hundred),
            Unit::Score,
            self.nps.interval().map(points),
            parts(&self.nps),
            NPS_DOC,
        ));
        table.push(share(
            "csat",
            self.satisfied,
            self.csat.count,
            "Answers of 4 or 5 to the satisfaction question, of all answers.",
        ));
        let ends = |(low, high): (f64, f64)| (Cell::Score(low.max(1.0)), Cell::Score(high.min(7.0)));
        table.push(row(
            "ces",
            Cell::of(self.ces.mean(), Cell::Score),
            Unit::Score,
            self.ces.interval().map(ends),
            parts(&self.ces),
            "Mean answer to the effort question, 1 (hard) to 7 (easy).",
        ));
    }
}

const BOUNCE_DOC: &str =
    "Sessions shorter than 10 s with fewer than two page views and no purchase (GA4: not engaged), of all sessions.";
const CART_DOC: &str = "Sessions with an add_to_cart and without a purchase whose customer did not buy later either, of the sessions with an add_to_cart.";
const CHECKOUT_DOC: &str = "Sessions with a checkout step and without a purchase whose customer did not buy later either, of the sessions with a checkout step. The checkout report shows at which step.";
const ORDERS_DOC: &str = "Orders in the range, of all currencies; each order number is counted once per customer.";
const REVENUE_DOC: &str =
    "Value of the orders in the range less refunds; each order number is counted once per customer.";
const AVERAGE_DOC: &str = "Revenue before refunds, divided by the number of orders with a value.";
const DURATION_DOC: &str = "Median time from a session's first to its last touchpoint, within 0.4%.";
const RETURNING_DOC: &str = "Customers with more than one session, counting those before the range, of the customers with a session in the range.";
const SUPPORT_DOC: &str = "Customers who contacted support in the range, of all customers.";
const NPS_DOC: &str = "Share of promoters (9, 10) less share of detractors (0 to 6), in points from -100 to 100.";

fn row(name: &str, value: Cell, unit: Unit, ends: Option<(Cell, Cell)>, parts: (Cell, Cell), doc: &str) -> Vec<Cell> {
    let (low, high) = ends.unwrap_or((Cell::Null, Cell::Null));
    let unit = Cell::text(unit.name());
    vec![
        Cell::text(name),
        value,
        unit,
        low,
        high,
        parts.0,
        parts.1,
        Cell::text(doc),
    ]
}

fn share(name: &str, part: u64, whole: u64, doc: &str) -> Vec<Cell> {
    let ends = wilson(part, whole).map(|(low, high)| (Cell::Ratio(low), Cell::Ratio(high)));
    let parts = (Cell::Count(part), Cell::Count(whole));
    row(name, Cell::share(part, whole), Unit::Ratio, ends, parts, doc)
}

fn mean(sum: u64, count: u64, per: f64) -> Cell {
    match count {
        0 => Cell::Null,
        _ => Cell::Number(per * sum as f64 / count as f64),
    }
}
