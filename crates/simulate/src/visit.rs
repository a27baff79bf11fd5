//! A visit: pages, products, searches and a cart, and the things that go wrong on them.

use wayside_model::{Kind, Value};

use crate::checkout;
use crate::journal::{Fields, money, text};
use crate::person::{Browser, Person};
use crate::shop::{Device, HOST, Origin, Product};

/// The purpose of a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// One page is seen.
    Bounce,
    /// Products are looked at, and perhaps put into the cart.
    Look,
    /// Something is to be bought.
    Buy,
}

/// How a visit has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Done {
    pub(crate) end: i64,
    pub(crate) reached_checkout: bool,
    pub(crate) bought: bool,
}

/// A visit that is being made.
pub(crate) struct Visit<'p, 'a> {
    pub(crate) person: &'p mut Person<'a>,
    pub(crate) identity: usize,
    device: &'static Device,
    pub(crate) time: i64,
    pub(crate) cart: Vec<(&'static Product, i64)>,
    origin: &'static Origin,
    pages: u32,
    pub(crate) address: String,
}

impl<'p, 'a> Visit<'p, 'a> {
    pub(crate) fn new(person: &'p mut Person<'a>, browser: Browser, origin: &'static Origin, time: i64) -> Self {
        Self {
            person,
            identity: browser.identity,
            device: browser.device,
            time,
            cart: Vec::new(),
            origin,
            pages: 0,
            address: String::new(),
        }
    }

    /// Makes the visit.
    pub(crate) fn run(mut self, aim: Aim) -> Done {
        let landing = *self
            .person
            .chance
            .one_of(&["/", "/", "/shoes", "/clothes", "/gear", "/guides/lacing"]);
        self.page(landing);
        if aim == Aim::Bounce {
            self.engage(4_000.0, 180);
            return self.done(false, false);
        }
        self.engage(14_000.0, 520);
        if landing == "/" && self.person.chance.is(0.4) {
            self.promotion();
        }
        self.wander();
        let looks = self.person.chance.within(1, if aim == Aim::Buy { 4 } else { 6 });
        for _ in 0..looks {
            let product = self.look();
            if aim == Aim::Buy || self.person.chance.is(0.07) {
                self.fill(product);
            }
        }
        if aim == Aim::Buy {
            self.forget_some();
            if self.person.chance.is(0.86) {
                let bought = checkout::run(&mut self);
                return self.done(true, bought);
            }
        }
        self.done(false, false)
    }

    fn done(self, reached_checkout: bool, bought: bool) -> Done {
        Done {
            end: self.time,
            reached_checkout,
            bought,
        }
    }

    /// Notes a touchpoint now.
    pub(crate) fn note(&mut self, kind: Kind, fields: Fields) {
        self.person.journal.note(self.time, self.identity, kind, fields);
        self.time += 1;
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, median_ms: f64) {
        self.time += self.person.chance.around_ms(median_ms, 0.6);
    }

    pub(crate) fn is_on_phone(&self) -> bool {
        self.device.is_phone()
    }

    /// Shows a page.
    pub(crate) fn page(&mut self, path: &str) {
        self.show(path, "link");
    }

    /// Shows a page that was entered in this way.
    pub(crate) fn show(&mut self, path: &str, entry: &'static str) {
        self.address = format!("{HOST}{path}");
        let mut fields = vec![
            ("url", text(self.address.clone())),
            ("title", text(format!("{} · Fell & Moor", title(path)))),
            ("entry", text(entry)),
        ];
        if self.pages == 0 {
            let (device, country) = (self.device, self.person.country);
            fields.extend([
                ("device", text(device.kind)),
                ("browser", text(device.browser)),
                ("browser_version", text(device.version)),
                ("screen", text(device.screen)),
                ("language", text(country.language)),
                ("time_zone", text(country.zone)),
                ("country", text(country.code)),
            ]);
            let origin = self.origin;
            let parts = [
                ("source", origin.source),
                ("medium", origin.medium),
                ("campaign", origin.campaign),
                ("referrer", origin.referrer),
                ("click_id", origin.click_id),
            ];
            let given = parts.into_iter().filter(|(_, part)| !part.is_empty());
            fields.extend(given.map(|(name, part)| (name, text(part))));
        }
        self.note(Kind::PageView, fields);
        self.pages += 1;
        if self.pages == 1 || self.person.chance.is(0.25) {
            self.vitals();
        }
        if self.person.chance.is(0.006) {
            let error = *self
                .person
                .chance
                .one_of(&["TypeError", "Failed to fetch", "404 /api/stock"]);
            let fields = vec![("error", text(error)), ("url", text(self.address.clone()))];
            self.note(Kind::PageError, fields);
        }
    }

    /// Reads the page for a while.
    pub(crate) fn engage(&mut self, median_ms: f64, scroll: i64) {
        let begun = self.time;
        self.wait(median_ms);
        let scroll = (scroll + self.person.chance.within(-150, 150)).clamp(60, 1_000);
        let fields = vec![
            ("engaged_ms", Value::Int(self.time - begun)),
            ("url", text(self.address.clone())),
            ("scroll_permille", Value::Int(scroll)),
        ];
        self.note(Kind::UserEngagement, fields);
    }

    /// Many clicks on something that does not answer: the raw clicks, and the signal that a page makes of them.
    pub(crate) fn rage(&mut self, element: &'static str) {
        let begun = self.time;
        let clicks = self.person.chance.within(3, 6);
        for _ in 0..clicks {
            let fields = vec![("url", text(self.address.clone())), ("element", text(element))];
            self.note(Kind::Click, fields);
            self.wait(220.0);
        }
        let fields = vec![
            ("name", text("rage_click")),
            ("element", text(element)),
            ("count", Value::Int(clicks)),
            ("span_ms", Value::Int(self.time - begun)),
            ("url", text(self.address.clone())),
        ];
        self.note(Kind::Signal, fields);
    }

    /// The fields of the cart, or of an order of it: currency, value and items.
    pub(crate) fn cart_fields(&self) -> Fields {
        let value = self.cart_cents();
        let items = self.cart.iter().map(|(product, quantity)| product.item(*quantity));
        vec![
            ("currency", text("EUR")),
            ("value", money(value)),
            ("items", Value::List(items.collect())),
        ]
    }

    /// The price of the cart.
    pub(crate) fn cart_cents(&self) -> i64 {
        self.cart
            .iter()
            .map(|(product, quantity)| product.cents * quantity)
            .sum()
    }

    fn vitals(&mut self) {
        let slow = if self.is_on_phone() { 1.5 } else { 1.0 };
        let chance = &mut self.person.chance;
        let fields = vec![
            ("url", text(self.address.clone())),
            ("ttfb_ms", Value::Int(chance.around_ms(260.0 * slow, 0.4))),
            ("fcp_ms", Value::Int(chance.around_ms(900.0 * slow, 0.4))),
            ("lcp_ms", Value::Int(chance.around_ms(1_700.0 * slow, 0.45))),
            ("inp_ms", Value::Int(chance.around_ms(110.0 * slow, 0.6))),
            ("cls_permille", Value::Int(chance.around_ms(40.0, 0.9).min(900))),
        ];
        self.note(Kind::WebVitals, fields);
    }
}

fn title(path: &str) -> String {
    match path.trim_start_matches('/').rsplit('/').next() {
        None | Some("") => "Clothes and gear for the hills".to_owned(),
        Some(word) => {
            let mut words = word.replace('-', " ");
            if let Some(first) = words.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            words
        }
    }
}
