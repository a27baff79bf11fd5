//! The checkout: cart, address, shipping, payment and the order, with the form that phones stumble over.

use wayside_model::{Kind, Value};

use crate::journal::{Fields, money, text};
use crate::shop::{FLASH_CODE, Product};
use crate::visit::Visit;

/// How likely a customer leaves at the shipping form on a phone, and on anything else: the first planted truth.
const LEAVES_SHIPPING: (f64, f64) = (0.34, 0.07);
/// How long the shipping form is waited for on a phone, and on anything else, in ms.
const SHIPPING_WAIT_MS: (f64, f64) = (3_900.0, 650.0);
/// How likely a customer leaves at any other step.
const LEAVES: f64 = 0.07;

/// Carts of at least this many cents are sent free of charge.
const FREE_SHIPPING_CENTS: i64 = 7_500;
const SHIPPING_CENTS: i64 = 490;

/// Goes through the checkout; returns whether the order was placed.
pub(crate) fn run(visit: &mut Visit<'_, '_>) -> bool {
    visit.page("/cart");
    let cart = visit.cart_fields();
    visit.note(Kind::ViewCart, cart);
    let code = try_code(visit);
    visit.wait(9_000.0);

    visit.page("/checkout/address");
    let fields = with_code(visit, code);
    visit.note(Kind::BeginCheckout, fields);
    if !step(
        visit,
        "begin",
        "address",
        &["name", "street", "postcode", "city"],
        500.0,
        LEAVES,
    ) {
        return false;
    }
    sign_in(visit);

    visit.page("/checkout/shipping");
    let tier = if visit.person.chance.is(0.8) {
        "standard"
    } else {
        "express"
    };
    let mut fields = with_code(visit, code);
    fields.push(("shipping_tier", text(tier)));
    visit.note(Kind::AddShippingInfo, fields);
    let (wait, leaves) = match visit.is_on_phone() {
        true => (SHIPPING_WAIT_MS.0, LEAVES_SHIPPING.0),
        false => (SHIPPING_WAIT_MS.1, LEAVES_SHIPPING.1),
    };
    if !step(visit, "shipping", "shipping", &["delivery_day", "phone"], wait, leaves) {
        return false;
    }

    visit.page("/checkout/payment");
    let payment = *visit.person.chance.one_of(&["card", "card", "paypal", "invoice"]);
    let mut fields = with_code(visit, code);
    fields.push(("payment_type", text(payment)));
    visit.note(Kind::AddPaymentInfo, fields);
    if !step(visit, "payment", "payment", &["card_number", "expiry"], 700.0, LEAVES) {
        return false;
    }
    visit.page("/checkout/thank-you");
    place(visit, code);
    true
}

/// The codes of the campaign's customers work, some others do not.
fn try_code(visit: &mut Visit<'_, '_>) -> Option<&'static str> {
    if visit.person.is_of_campaign() && visit.person.orders == 0 {
        visit.note(Kind::CouponTry, vec![("coupon", text(FLASH_CODE.0))]);
        return Some(FLASH_CODE.0);
    }
    if visit.person.chance.is(0.08) {
        for code in ["WELCOME10", "HIKE15", "SUMMER"] {
            visit.wait(7_000.0);
            visit.note(
                Kind::CouponTry,
                vec![("coupon", text(code)), ("error", text("expired"))],
            );
        }
    }
    None
}

/// A step with its form; returns whether it was completed.
fn step(
    visit: &mut Visit<'_, '_>,
    name: &'static str,
    form: &'static str,
    fields: &[&'static str],
    wait: f64,
    leaves: f64,
) -> bool {
    let begun = visit.time;
    let mut waiting = visit.person.chance.around_ms(wait, 0.5);
    visit.time += waiting;
    let mut reloads = 0;
    // Who has waited long reloads the page.
    while waiting > 3_500 && reloads < 3 && visit.person.chance.is(0.45) {
        reloads += 1;
        visit.show(&format!("/checkout/{form}"), "reload");
        let more = visit.person.chance.around_ms(wait, 0.3);
        visit.time += more;
        waiting += more;
    }
    visit.note(Kind::FormStart, vec![("form", text(form))]);
    let is_stumbling = leaves > LEAVES;
    let acting = visit.time;
    let leaves_at = visit
        .person
        .chance
        .is(leaves)
        .then(|| visit.person.chance.within(0, fields.len() as i64 - 1) as usize);
    for (at, field) in fields.iter().enumerate() {
        fill_in(visit, form, field, is_stumbling);
        if leaves_at == Some(at) {
            if is_stumbling && visit.person.chance.is(0.35) {
                visit.rage("Continue");
            }
            let spent = visit.time - acting;
            visit.note(
                Kind::FormAbandon,
                vec![
                    ("form", text(form)),
                    ("form_field", text(*field)),
                    ("acting_ms", Value::Int(spent)),
                ],
            );
            return false;
        }
    }
    visit.note(Kind::FormSubmit, vec![("form", text(form))]);
    let acting = (visit.time - begun - waiting).max(0);
    visit.note(
        Kind::CheckoutStepTime,
        vec![
            ("step", text(name)),
            ("waiting_ms", Value::Int(waiting)),
            ("acting_ms", Value::Int(acting)),
            ("reloads", Value::Int(reloads)),
        ],
    );
    true
}

fn fill_in(visit: &mut Visit<'_, '_>, form: &'static str, field: &'static str, is_stumbling: bool) {
    let (fails, median) = if is_stumbling { (0.45, 9_000.0) } else { (0.08, 3_500.0) };
    let begun = visit.time;
    let first_input = visit.person.chance.around_ms(900.0, 0.5);
    visit.time += first_input;
    visit.wait(median);
    let corrections = i64::from(visit.person.chance.is(fails)) + i64::from(visit.person.chance.is(fails / 2.0));
    if corrections > 0 {
        let error = *visit.person.chance.one_of(&["patternMismatch", "valueMissing"]);
        visit.note(
            Kind::FormError,
            vec![
                ("form", text(form)),
                ("form_field", text(field)),
                ("error", text(error)),
            ],
        );
        visit.wait(median);
    }
    let spent = visit.time - begun;
    visit.note(
        Kind::FormFieldTime,
        vec![
            ("form", text(form)),
            ("form_field", text(field)),
            ("acting_ms", Value::Int(spent)),
            ("first_input_ms", Value::Int(first_input)),
            ("corrections", Value::Int(corrections)),
            ("refills", Value::Int(corrections / 2)),
        ],
    );
}

/// The customer gives an address of email, or logs in.
fn sign_in(visit: &mut Visit<'_, '_>) {
    let kind = if visit.person.known.is_empty() {
        Kind::SignUp
    } else {
        Kind::Login
    };
    let (time, identity) = (visit.time, visit.identity);
    visit.person.identify(time, identity, Some(kind));
    visit.time += 2;
}

fn place(visit: &mut Visit<'_, '_>, code: Option<&'static str>) {
    let cents = visit.cart_cents();
    let discount = code.map_or(0, |_| cents * FLASH_CODE.1 / 1_000);
    let shipping = if cents >= FREE_SHIPPING_CENTS {
        0
    } else {
        SHIPPING_CENTS
    };
    visit.person.orders += 1;
    let number = format!("FM-{:07}-{}", visit.person.number, visit.person.orders);
    let value = cents - discount + shipping;
    let mut fields = with_code(visit, code);
    fields.retain(|(name, _)| *name != "value");
    fields.extend([
        ("transaction_id", text(number)),
        ("value", money(value)),
        ("shipping", money(shipping)),
        // Of a price with 19% value added tax, 19/119 are tax.
        ("tax", money(value * 19 / 119)),
    ]);
    visit.note(Kind::Purchase, fields);
    let bought: Vec<(&'static Product, i64)> = visit.cart.clone();
    visit.person.last_order = bought;
    visit.person.last_paid = value;
}

fn with_code(visit: &Visit<'_, '_>, code: Option<&'static str>) -> Fields {
    let mut fields = visit.cart_fields();
    fields.extend(code.map(|code| ("coupon", text(code))));
    fields
}
