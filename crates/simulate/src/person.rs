//! A person: what they are like, and when they visit, buy and stay away.

use wayside_model::{Event, Kind};

use crate::after;
use crate::calendar::{Calendar, awake};
use crate::chance::Chance;
use crate::journal::{Journal, text};
use crate::plan::{DAY_MS, Plan};
use crate::shop::{COUNTRIES, Country, DEVICES, DIRECT, Device, FLASH, NEWSLETTER, ORIGINS, Origin, PRODUCTS, Product};
use crate::visit::{Aim, Visit};

/// The share of people who come by the campaign.
pub(crate) const CAMPAIGN_SHARE: f64 = 0.09;
/// Of people who come outside the campaign, how likely a visit that is no bounce wants to buy.
const WISH: f64 = 0.2;
/// How likely someone who has not bought comes again.
const RETURNS: f64 = 0.52;
/// Visits before someone who does not buy gives up.
const VISITS_MAX: u32 = 10;
/// Orders per day of a customer who buys again: gamma distributed with this shape and scale, 12 a year on average.
const RATE: (f64, f64) = (1.1, 0.03);
/// The chance to be lost after an order: beta distributed.
const LOSS: (f64, f64) = (0.9, 2.6);
/// The same of those whom the campaign has brought.
const CAMPAIGN_LOSS: (f64, f64) = (6.0, 1.2);
/// The price that people of any taste look at alike.
const USUAL_CENTS: f64 = 6_000.0;
/// Visits without an aim between two orders, for each order.
const LOOKS: f64 = 1.4;

/// A browser of a person: a visitor of its own, until it is identified as the customer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Browser {
    pub(crate) identity: usize,
    pub(crate) device: &'static Device,
}

/// A person who comes to the shop.
#[derive(Debug)]
pub(crate) struct Person<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) calendar: &'a Calendar,
    pub(crate) number: u32,
    pub(crate) chance: Chance,
    pub(crate) journal: Journal,
    pub(crate) country: &'static Country,
    /// How much dearer products than usual the person looks at: above 0 dearer, below 0 cheaper ones.
    taste: f64,
    /// The browsers from which the person visits.
    browsers: Vec<Browser>,
    pub(crate) origin: &'static Origin,
    /// The visitors that are identified as this customer.
    pub(crate) known: Vec<usize>,
    pub(crate) orders: u32,
    /// The products of the last order with their numbers, and what was paid for them in cents.
    pub(crate) last_order: Vec<(&'static Product, i64)>,
    pub(crate) last_paid: i64,
    /// Whether support or a return has disappointed the customer.
    pub(crate) is_annoyed: bool,
    first: i64,
}

impl<'a> Person<'a> {
    pub(crate) fn new(plan: &'a Plan, calendar: &'a Calendar, number: u32, source: u64) -> Self {
        let mut chance = Chance::new(plan.seed(), u64::from(number));
        let is_of_campaign = chance.is(CAMPAIGN_SHARE);
        let (first, origin) = match is_of_campaign {
            true => (calendar.campaign_arrival(&mut chance), &FLASH),
            false => (
                calendar.arrival(&mut chance),
                chance.pick(&ORIGINS, |origin| origin.share),
            ),
        };
        let country = chance.pick(&COUNTRIES, Country::share);
        let device = chance.pick(&DEVICES, Device::share);
        let mut person = Self {
            plan,
            calendar,
            number,
            chance,
            journal: Journal::new(source),
            country,
            taste: 0.0,
            browsers: Vec::new(),
            origin,
            known: Vec::new(),
            orders: 0,
            last_order: Vec::new(),
            last_paid: 0,
            is_annoyed: false,
            first,
        };
        person.add_browser(device);
        person.taste = person.chance.unit() * 2.6 - 1.3;
        person
    }

    /// The events of the person's whole life with the shop.
    pub(crate) fn live(mut self) -> Vec<Event> {
        if let Some(bought) = self.until_first_order() {
            self.after_first_order(bought);
        }
        self.journal.into_events(self.plan.end())
    }

    /// Whether the campaign has brought the person.
    pub(crate) fn is_of_campaign(&self) -> bool {
        self.origin.campaign == FLASH.campaign
    }

    /// The customer's id in the shop's own system.
    pub(crate) fn customer_id(&self) -> String {
        format!("C{:07}", self.number)
    }

    /// The next product that the person looks at: by its popularity and its price.
    pub(crate) fn next_product(&mut self) -> &'static Product {
        let taste = self.taste;
        let dearness = |product: &Product| libm::pow(product.cents as f64 / USUAL_CENTS, taste);
        self.chance
            .pick(&PRODUCTS, |product| product.interest * dearness(product))
    }

    /// Identifies a visitor as this customer, once.
    pub(crate) fn identify(&mut self, time: i64, identity: usize, kind: Option<Kind>) {
        if self.known.contains(&identity) {
            return;
        }
        self.known.push(identity);
        if let Some(kind) = kind {
            self.journal.note(time, identity, kind, vec![("method", text("email"))]);
        }
        let fields = vec![("customer_id", text(self.customer_id()))];
        self.journal.note(time + 1, identity, Kind::Identify, fields);
    }

    fn add_browser(&mut self, device: &'static Device) -> Browser {
        let (bits, low) = (self.chance.bits(), self.chance.bits());
        let identity = self.journal.add_identity(bits, &format!("{bits:016x}{low:016x}"));
        let browser = Browser { identity, device };
        self.browsers.push(browser);
        browser
    }

    /// The browser of the next visit: now and then another one.
    fn next_browser(&mut self) -> Browser {
        if self.browsers.len() == 1 && self.chance.is(0.12) {
            let device = self.chance.pick(&DEVICES, Device::share);
            return self.add_browser(device);
        }
        *self.chance.one_of(&self.browsers)
    }

    /// Visits until the first order; its time, or `None` if there is none.
    fn until_first_order(&mut self) -> Option<i64> {
        let mut time = self.first;
        let mut origin = self.origin;
        let mut browser = self.browsers[0];
        for _ in 0..VISITS_MAX {
            let aim = match () {
                () if self.chance.is(0.30) => Aim::Bounce,
                () if self.chance.is(WISH * self.origin.wish) => Aim::Buy,
                () => Aim::Look,
            };
            let visit = Visit::new(self, browser, origin, time).run(aim);
            if visit.bought {
                return Some(visit.end);
            }
            // Someone who has come as far as the checkout rather tries again.
            let returns = if visit.reached_checkout { 0.62 } else { RETURNS };
            if !self.chance.is(returns) || visit.end >= self.plan.end() {
                return None;
            }
            time = visit.end + self.chance.around_ms(2.5 * DAY_MS as f64, 1.1);
            time = awake(time, &mut self.chance).max(visit.end + 3_600_000);
            browser = self.next_browser();
            origin = self.next_origin();
        }
        None
    }

    /// Orders as in BG/NBD (Fader, Hardie and Lee, 2005): at a rate of the customer's own, until the customer is lost with a
    /// chance of their own after each order. On busy days more of them happen.
    fn after_first_order(&mut self, bought: i64) {
        let busiest = self.calendar.busiest();
        let rate = self.chance.gamma(RATE.0, RATE.1).max(1e-4) * busiest;
        let (a, b) = if self.is_of_campaign() { CAMPAIGN_LOSS } else { LOSS };
        let loss = self.chance.beta(a, b);
        let mut time = after::order(self, bought);
        while !self.is_lost(loss) {
            loop {
                let days = self.chance.exponential(1.0 / rate);
                time = time.saturating_add((days * DAY_MS as f64) as i64);
                if time >= self.plan.end() {
                    return;
                }
                if self.chance.is(self.calendar.share_of_busiest(time)) {
                    break;
                }
                if self.chance.is(LOOKS / busiest) {
                    let at = awake(time, &mut self.chance);
                    time = self.visit(at, Aim::Look).0.max(time);
                }
            }
            let at = awake(time, &mut self.chance).max(time);
            let (end, is_bought) = self.visit(at, Aim::Buy);
            time = end.max(time);
            if is_bought {
                time = after::order(self, end).max(time);
            }
        }
    }

    fn is_lost(&mut self, loss: f64) -> bool {
        let more = if self.is_annoyed { 1.3 } else { 1.0 };
        self.chance.is(loss * more)
    }

    /// A later visit; its end, and whether it brought an order.
    fn visit(&mut self, time: i64, aim: Aim) -> (i64, bool) {
        let browser = self.next_browser();
        let origin = self.next_origin();
        let done = Visit::new(self, browser, origin, time).run(aim);
        (done.end, done.bought)
    }

    /// The origin of a visit that is not the first.
    fn next_origin(&mut self) -> &'static Origin {
        let is_reader = self.orders > 0 && self.chance.is(0.35);
        match () {
            () if is_reader => &NEWSLETTER,
            () if self.chance.is(0.55) => &DIRECT,
            () => self.chance.pick(&ORIGINS, |origin| origin.share),
        }
    }
}
