//! After an order: delivery, a return, a call, answers to surveys, a review, and orders in a store.

use wayside_model::{Kind, Value};

use crate::journal::{money, text};
use crate::person::Person;
use crate::plan::DAY_MS;
use crate::service;
use crate::shop::Product;
use crate::surveys;

/// How likely a return of the campaign's customers is, compared with others.
const CAMPAIGN_RETURNS: f64 = 1.6;

/// Notes what follows the order of that time; returns the time from which the customer may order again.
pub(crate) fn order(person: &mut Person<'_>, ordered: i64) -> i64 {
    let identity = person.known.last().copied().unwrap_or_default();
    let delivered = ordered + person.chance.around_ms(2.6 * DAY_MS as f64, 0.4);
    let is_late = delivered - ordered > 4 * DAY_MS;
    if is_late && person.chance.is(0.30) || person.chance.is(0.05) {
        service::contact(person, identity, ordered + (delivered - ordered) / 2, "delivery");
    }
    let number = format!("FM-{:07}-{}", person.number, person.orders);
    let is_returned = send_back(person, identity, delivered, &number);
    surveys::after_order(person, identity, delivered, is_returned || is_late);
    if person.chance.is(0.07) {
        in_store(person, delivered + 10 * DAY_MS);
    }
    delivered
}

/// Sends back what does not fit; returns whether anything was.
fn send_back(person: &mut Person<'_>, identity: usize, delivered: i64, order: &str) -> bool {
    let more = if person.is_of_campaign() { CAMPAIGN_RETURNS } else { 1.0 };
    let bought = person.last_order.clone();
    let mut sent: Vec<(&'static Product, i64)> = Vec::new();
    for (product, quantity) in &bought {
        if person.chance.is((product.returned * more).min(0.9)) {
            sent.push((product, *quantity));
        }
    }
    if sent.is_empty() {
        return false;
    }
    let reason = match sent.iter().any(|(product, _)| product.category == "Shoes") {
        true if person.chance.is(0.8) => "too small",
        _ => *person
            .chance
            .one_of(&["not as described", "changed my mind", "damaged", "arrived too late"]),
    };
    let refunded = delivered + person.chance.around_ms(8.0 * DAY_MS as f64, 0.4);
    let price = |of: &[(&Product, i64)]| {
        of.iter()
            .map(|(product, quantity)| product.cents * quantity)
            .sum::<i64>()
    };
    // A discount on the order lowers what is paid back in proportion.
    let cents = price(&sent) * person.last_paid.min(price(&bought)) / price(&bought).max(1);
    let items = sent.iter().map(|(product, quantity)| product.item(*quantity));
    person.journal.note(
        refunded,
        identity,
        Kind::Refund,
        vec![
            ("transaction_id", text(order)),
            ("currency", text("EUR")),
            ("value", money(cents)),
            ("items", Value::List(items.collect())),
            ("reason", text(reason)),
        ],
    );
    if person.chance.is(0.3) {
        service::contact(person, identity, refunded - 2 * DAY_MS, "return");
    }
    true
}

/// An order in a store, known by the loyalty card.
fn in_store(person: &mut Person<'_>, time: i64) {
    let card = format!("card-{:07}-{:016x}", person.number, person.plan.seed());
    let bits = person.chance.bits();
    let identity = person.journal.add_identity(bits, &card);
    let product = person.next_product();
    let number = format!("ST-{:07}-{}", person.number, person.orders);
    person.journal.note(
        time,
        identity,
        Kind::Identify,
        vec![
            ("customer_id", text(person.customer_id())),
            ("method", text("loyalty_card")),
        ],
    );
    person.journal.note(
        time + 1,
        identity,
        Kind::Purchase,
        vec![
            ("transaction_id", text(number)),
            ("currency", text("EUR")),
            ("value", money(product.cents)),
            ("items", Value::List(vec![product.item(1)])),
            ("contact_channel", text("store")),
            ("affiliation", text("Store Freiburg")),
        ],
    );
    let points = product.cents / 100;
    person.journal.note_named(
        time + 2,
        identity,
        "loyalty_points",
        vec![("contact_channel", text("store")), ("points", Value::Int(points))],
    );
}
