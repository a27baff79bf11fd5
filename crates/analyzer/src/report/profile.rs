//! `profile`: a summary of one customer.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::journey::Parts;
use wayside_model::{Channel, Field, Kind, Touch};

use super::checkout;
use super::devices::{self, Devices};
use super::orders::Orders;
use super::params::Param;
use super::revenue::{self, Revenue};
use super::{About, Definition, Report};
use crate::scan::{FieldSet, JourneyView};
use crate::table::{Cell, Column, Link, Table, Unit};

pub(super) static DEFINITION: Definition = Definition {
    name: "profile",
    title: "Profile",
    doc: "Who is one customer: since when, how often, what was ordered, and where do they stand?",
    params: &[
        Param::text(
            "visitor",
            "",
            "A browser's identity; shows the customer whose browser it is.",
        ),
        Param::text("customer", "", "A customer's identity."),
    ],
    columns: &[
        Column::text("name", "The fact."),
        Column::text(
            "of",
            "What the fact is about: a currency, a signal, a device, a browser.",
        ),
        Column::mixed("value", "A number or a time, in its unit."),
        Column::text("unit", "What the value counts."),
        Column::text("text", "The fact in words, where it is no number."),
        Column::text("customer", "The customer's key.")
            .linked(Link::Customer)
            .wide(),
        Column::text("doc", "How the fact is defined.").wide(),
    ],
    build: |params| Ok(Arc::new(Profile { of: params.person()? })),
};

#[derive(Debug)]
struct Profile {
    of: About,
}

/// The facts of the one customer; `None` for every other customer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct State(Option<Facts>);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Facts {
    customer: String,
    first_seen: i64,
    last_seen: i64,
    touchpoints: u64,
    sessions: u64,
    orders: u64,
    revenue: Revenue,
    stage: String,
    first_channel: String,
    last_channel: String,
    cart: Option<Cart>,
    /// Sessions by device.
    devices: BTreeMap<String, u64>,
    signals: BTreeMap<String, u64>,
    /// Touchpoints by browser.
    visitors: BTreeMap<String, u64>,
}

/// A cart that was filled and not ordered so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Cart {
    /// Time of its first touchpoint.
    since: i64,
    /// Time of its last touchpoint.
    touched: i64,
    /// Number of additions less number of removals.
    products: i64,
    /// The checkout step that was entered last; empty before the checkout.
    step: String,
}

impl Report for Profile {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(&[Field::Device, Field::Step]).and(FieldSet::of(revenue::FIELDS))
    }

    fn parts(&self) -> Parts {
        Parts::ALL
    }

    fn about(&self) -> Option<About> {
        Some(self.of.clone())
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let is_asked_for = match &self.of {
            About::Customer(key) => key == journey.customer(),
            About::Visitor(visitor) => journey.rows().any(|row| row.visitor_id() == visitor),
        };
        if is_asked_for {
            state.0 = Facts::of(journey);
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        into.0 = into.0.take().or(from.0);
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        match state.0 {
            Some(facts) => facts.write(&mut table),
            None => table.note(self.of.unknown()),
        }
        table
    }
}

impl Facts {
    /// Summarizes a customer's journey; `None` if nothing of it is in the range.
    fn of(journey: &JourneyView<'_>) -> Option<Self> {
        let (first, last) = (journey.counted().next()?, journey.counted().next_back()?);
        let orders = Orders::of(journey);
        let mut revenue = Revenue::default();
        revenue.count(journey);
        let mut visitors: BTreeMap<String, u64> = BTreeMap::new();
        for row in journey.counted() {
            *visitors.entry(row.visitor_id().to_owned()).or_default() += 1;
        }
        let mut signals: BTreeMap<String, u64> = BTreeMap::new();
        for (_, found) in journey.counted_signals() {
            *signals.entry(found.kind.name().to_owned()).or_default() += 1;
        }
        let mut devices: BTreeMap<String, u64> = BTreeMap::new();
        for session in journey.counted_sessions() {
            let device = devices::name(Devices::of(&session));
            *devices.entry(device.to_owned()).or_default() += 1;
        }
        let channel = |channel: Channel| channel.name().to_owned();
        Some(Self {
            customer: journey.customer().to_owned(),
            first_seen: first.time().millis(),
            last_seen: last.time().millis(),
            touchpoints: visitors.values().sum(),
            sessions: journey.counted_sessions().count() as u64,
            orders: revenue.orders(),
            stage: last.stage().name().to_owned(),
            first_channel: channel(journey.session_channel(&first)),
            last_channel: channel(journey.session_channel(&last)),
            cart: Cart::open(journey, &orders),
            revenue,
            devices,
            signals,
            visitors,
        })
    }

    fn write(self, table: &mut Table) {
        let mut out = Rows {
            table,
            customer: &self.customer,
        };
        out.words("customer", &self.customer, "The customer's key.");
        out.words("stage", &self.stage, "Stage of the last touchpoint.");
        out.words("first_channel", &self.first_channel, "Channel of the first visit.");
        out.words("last_channel", &self.last_channel, "Channel of the last visit.");
        out.number(
            "first_seen",
            "",
            Cell::Time(self.first_seen),
            "When the first touchpoint was.",
        );
        out.number(
            "last_seen",
            "",
            Cell::Time(self.last_seen),
            "When the last touchpoint was.",
        );
        for (name, n, doc) in [
            ("touchpoints", self.touchpoints, "Touchpoints."),
            ("sessions", self.sessions, "Sessions that began in the range."),
            ("orders", self.orders, ORDERS_DOC),
        ] {
            out.number(name, "", Cell::Count(n), doc);
        }
        for (currency, amounts) in self.revenue.ordered() {
            let code = Some(currency).filter(|currency| !currency.is_empty());
            for (name, amount, doc) in [
                ("revenue", amounts.revenue(), REVENUE_DOC),
                (
                    "refunded",
                    Some(amounts.paid_back),
                    "What was paid back, in this currency.",
                ),
                ("average_order_value", amounts.average(code), AVERAGE_DOC),
            ] {
                out.number(name, currency, amount.map_or(Cell::Null, Cell::Money), doc);
            }
        }
        match &self.cart {
            None => out.words("open_cart", "none", CART_DOC),
            Some(cart) => cart.write(&mut out),
        }
        for (name, counts, doc) in [
            ("device", &self.devices, "Sessions on this kind of device."),
            ("signal", &self.signals, "How often this signal was found."),
            ("visitor", &self.visitors, "Touchpoints of this browser."),
        ] {
            for (of, n) in counts {
                out.number(name, of, Cell::Count(*n), doc);
            }
        }
        table.currency = match self.revenue.ordered().as_slice() {
            [_] => self.revenue.currency(),
            _ => None,
        };
    }
}

/// Adds the rows of the table, one for each fact.
struct Rows<'a> {
    table: &'a mut Table,
    customer: &'a str,
}

impl Rows<'_> {
    /// Adds a fact that is text.
    fn words(&mut self, name: &str, text: &str, doc: &str) {
        self.push(name, "", Cell::Null, text, doc);
    }

    /// Adds a fact that is a number or a time.
    fn number(&mut self, name: &str, of: &str, value: Cell, doc: &str) {
        self.push(name, of, value, "", doc);
    }

    fn push(&mut self, name: &str, of: &str, value: Cell, text: &str, doc: &str) {
        let unit = match value {
            // Text, or an unknown amount.
            Cell::Null => "",
            Cell::Time(_) => Unit::Time.name(),
            Cell::Money(_) => Unit::Money.name(),
            _ => Unit::Count.name(),
        };
        let texts = [name, of].map(Cell::text);
        let mut row = texts.to_vec();
        row.extend([value, Cell::text(unit), Cell::text(text)]);
        row.extend([self.customer, doc].map(Cell::text));
        self.table.push(row);
    }
}

const ORDERS_DOC: &str = "Orders, of all currencies; each order number is counted once.";
const REVENUE_DOC: &str = "Value of the orders less refunds, in this currency.";
const AVERAGE_DOC: &str =
    "Value of the orders before refunds, divided by the number of orders with a value, in this currency.";
const CART_DOC: &str = "How far the cart came that was filled since the last order: in the cart, or the checkout step entered last; and \
     how often something was put into it, less how often something was taken out.";

impl Cart {
    fn write(&self, out: &mut Rows<'_>) {
        let state = match self.step.as_str() {
            "" => "in the cart",
            step => step,
        };
        out.push("open_cart", "", Cell::Int(self.products), state, CART_DOC);
        let doc = "When the cart or its checkout was begun.";
        out.number("open_cart_since", "", Cell::Time(self.since), doc);
        let doc = "When something was done with it last.";
        out.number("open_cart_touched", "", Cell::Time(self.touched), doc);
    }

    /// The cart that is open at the end of the range.
    fn open(journey: &JourneyView<'_>, orders: &Orders<'_>) -> Option<Self> {
        let end = journey.range().to();
        let mut cart: Option<Self> = None;
        for row in journey.rows() {
            let now = row.time().millis();
            if end.is_some_and(|end| now >= end) {
                break;
            }
            if orders.contains(&row) {
                cart = None;
                continue;
            }
            let step = checkout::step_of(&row).filter(|_| row.kind() != Kind::CheckoutStepTime);
            let change = match row.kind() {
                Kind::AddToCart => 1,
                Kind::RemoveFromCart => -1,
                Kind::ViewCart => 0,
                _ if step.is_some() => 0,
                _ => continue,
            };
            // A cart begins with a product, or with a checkout whose cart was not captured.
            if cart.is_none() && change < 1 && step.is_none() {
                continue;
            }
            let open = cart.get_or_insert_with(|| Self {
                since: now,
                touched: now,
                products: 0,
                step: String::new(),
            });
            open.touched = now;
            open.products += change;
            if let Some(step) = step {
                step.clone_into(&mut open.step);
            }
            // A cart from which everything was removed is not open.
            if change < 0 && open.products <= 0 {
                cart = None;
            }
        }
        cart
    }
}
