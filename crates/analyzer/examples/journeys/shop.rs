//! The shop's visitors and their visits.
//!
//! A visitor comes as often as Zipf's law says, pages are as popular as Zipf's law says, and the time between two events is
//! from seconds to minutes. A visit is a bounce, a look around, or an attempt to buy that may end at each step.

use wayside_model::Kind;

use crate::random::Random;

/// One event.
#[derive(Clone)]
pub(crate) struct Touch {
    /// The visitor's number; later visitors have greater ones.
    pub(crate) visitor: u64,
    /// The number of the visit, and that of the event in it.
    pub(crate) visit: u64,
    pub(crate) seq: u32,
    /// Milliseconds since 1970; no visitor has two events at the same time.
    pub(crate) time: i64,
    pub(crate) kind: Kind,
    /// The page that is shown, of a page view.
    pub(crate) page: Option<usize>,
    /// The origin of the visit, of its first page view.
    pub(crate) origin: Option<&'static Origin>,
    pub(crate) item: Option<u64>,
    pub(crate) order: Option<u64>,
    /// The step that ended, and the time in it.
    pub(crate) step: Option<Step>,
}

/// A checkout step that ended.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) name: &'static str,
    pub(crate) waiting_ms: i64,
    pub(crate) acting_ms: i64,
}

/// Where visits come from.
pub(crate) struct Origin {
    pub(crate) source: &'static str,
    pub(crate) medium: &'static str,
    pub(crate) campaign: &'static str,
    pub(crate) referrer: &'static str,
    /// Visits from here, of a hundred.
    share: u64,
}

impl Touch {
    /// Whether the event is older than the last hour.
    pub(crate) fn is_settled(&self) -> bool {
        self.time < END - HOUR_MS
    }

    /// The visitor's identity. Identities are in the order of the visitors.
    pub(crate) fn visitor_id(&self) -> String {
        format!("{:016x}", self.visitor)
    }

    /// The address of the page that is shown.
    pub(crate) fn url(&self) -> Option<String> {
        self.page.map(|page| format!("https://shop.example/page/{page}"))
    }

    /// The price of the item in cents.
    pub(crate) fn cents(&self) -> Option<i64> {
        self.item.map(|item| 499 + (item % 97) as i64 * 100)
    }

    /// The order number.
    pub(crate) fn order_id(&self) -> Option<String> {
        self.order.map(|order| format!("O{order:08}"))
    }
}

/// The shop: each call of [`Shop::visitor`] gives the events of the next visitor.
pub(crate) struct Shop {
    random: Random,
    rows_left: u64,
    /// The first identity of the next visitor, and the distance to that of the one after.
    next_visitor: u64,
    spacing: u64,
    visits: u64,
    orders: u64,
    popularity: Zipf,
    loyalty: Zipf,
}

impl Shop {
    /// A shop with so many events.
    pub(crate) fn new(rows: u64) -> Self {
        Self {
            random: Random(1),
            rows_left: rows,
            next_visitor: 0,
            // No shop here has more visitors than a third of its events.
            spacing: u64::MAX / (rows / 3 + 1),
            visits: 0,
            orders: 0,
            popularity: Zipf::new(PAGES, 1),
            loyalty: Zipf::new(VISITS_MAX, 2),
        }
    }

    /// Replaces `touches` by the events of the next visitor in order of time; returns false after the last visitor.
    pub(crate) fn visitor(&mut self, touches: &mut Vec<Touch>) -> bool {
        touches.clear();
        if self.rows_left == 0 {
            return false;
        }
        let visitor = self.next_visitor + self.random.below(self.spacing);
        self.next_visitor = self.next_visitor.saturating_add(self.spacing);
        let mut start = BEGIN + self.random.below((END - BEGIN) as u64) as i64;
        let mut has_cart = false;
        for _ in 0..=self.loyalty.draw(&mut self.random) {
            let mut visit = Visit::new(self, touches, visitor, start);
            has_cart = visit.run(has_cart);
            let end = visit.time;
            self.visits += 1;
            start = end + self.spread(PAUSE_MS, 10);
            if start >= END {
                break;
            }
        }
        touches.retain(|touch| touch.time < END);
        touches.truncate(self.rows_left as usize);
        self.rows_left -= touches.len() as u64;
        true
    }

    /// A time that is at least `least_ms` and, at every doubling up to `doublings`, equally likely.
    fn spread(&mut self, least_ms: u64, doublings: u64) -> i64 {
        let least = least_ms << self.random.below(doublings);
        (least + self.random.below(least)) as i64
    }

    fn origin(&mut self) -> &'static Origin {
        let mut at = self.random.below(100);
        for origin in &ORIGINS {
            if at < origin.share {
                return origin;
            }
            at -= origin.share;
        }
        &ORIGINS[0]
    }
}

/// A visit that is being made.
struct Visit<'a> {
    shop: &'a mut Shop,
    touches: &'a mut Vec<Touch>,
    visitor: u64,
    time: i64,
    seq: u32,
}

impl<'a> Visit<'a> {
    fn new(shop: &'a mut Shop, touches: &'a mut Vec<Touch>, visitor: u64, time: i64) -> Self {
        Self {
            shop,
            touches,
            visitor,
            time,
            seq: 0,
        }
    }

    /// Makes the visit of someone whose cart is full already or not, and returns whether it is full afterwards.
    fn run(&mut self, has_cart: bool) -> bool {
        let origin = self.shop.origin();
        self.page();
        if let Some(first) = self.touches.last_mut() {
            first.origin = Some(origin);
        }
        // Of a hundred visits, 35 are bounces, and 20 of the others fill a cart.
        let intent = self.shop.random.below(100);
        if has_cart && intent < 30 {
            return self.check_out();
        }
        if intent < 35 {
            return has_cart;
        }
        for _ in 0..1 + self.shop.random.below(15) {
            self.look();
        }
        if intent < 80 {
            return has_cart;
        }
        let item = self.look();
        self.add(Kind::AddToCart).item = Some(item);
        if self.shop.random.below(10) < 6 {
            return self.check_out();
        }
        true
    }

    /// A page is shown, in one of three cases with a product.
    fn look(&mut self) -> u64 {
        self.page();
        let item = self.shop.random.below(ITEMS);
        if self.shop.random.below(3) == 0 {
            self.add(Kind::ViewItem).item = Some(item);
        }
        item
    }

    fn page(&mut self) {
        let page = self.shop.popularity.draw(&mut self.shop.random);
        self.add(Kind::PageView).page = Some(page);
    }

    /// Goes through the checkout, or a part of it; returns whether the cart is still full.
    fn check_out(&mut self) -> bool {
        self.page();
        self.add(Kind::BeginCheckout);
        for (step, next) in STEPS {
            let is_left = self.shop.random.below(5) == 0;
            // A page that is left while a step is open still measures the step, in half of the cases here.
            if is_left && self.shop.random.below(2) == 0 {
                return true;
            }
            let (waiting_ms, acting_ms) = (self.shop.spread(300, 5), self.shop.spread(2_000, 6));
            self.time += waiting_ms + acting_ms;
            self.add_at_once(Kind::CheckoutStepTime).step = Some(Step {
                name: step,
                waiting_ms,
                acting_ms,
            });
            if is_left {
                return true;
            }
            self.add_at_once(next);
        }
        self.shop.orders += 1;
        let (order, item) = (self.shop.orders, self.shop.random.below(ITEMS));
        if let Some(purchase) = self.touches.last_mut() {
            purchase.order = Some(order);
            purchase.item = Some(item);
        }
        false
    }

    /// The next event, after a while.
    fn add(&mut self, kind: Kind) -> &mut Touch {
        if self.seq > 0 {
            self.time += self.shop.spread(GAP_MS, 8);
        }
        self.push(kind)
    }

    /// The next event, a moment later.
    fn add_at_once(&mut self, kind: Kind) -> &mut Touch {
        self.time += 1;
        self.push(kind)
    }

    fn push(&mut self, kind: Kind) -> &mut Touch {
        self.touches.push(Touch {
            visitor: self.visitor,
            visit: self.shop.visits,
            seq: self.seq,
            time: self.time,
            kind,
            page: None,
            origin: None,
            item: None,
            order: None,
            step: None,
        });
        self.seq += 1;
        let last = self.touches.len() - 1;
        &mut self.touches[last]
    }
}

/// Numbers from 0, each as likely as a power of its rank says.
struct Zipf {
    /// The sum of the weights up to each number.
    sums: Vec<u64>,
}

impl Zipf {
    fn new(numbers: u64, exponent: u32) -> Self {
        let mut sum = 0;
        let sums = (1..=numbers)
            .map(|rank| {
                sum += WEIGHT / rank.pow(exponent);
                sum
            })
            .collect();
        Self { sums }
    }

    fn draw(&self, random: &mut Random) -> usize {
        let at = random.below(self.sums.last().copied().unwrap_or(0));
        self.sums.partition_point(|sum| *sum <= at)
    }
}

/// A quarter: 2026-01-01 to 2026-04-01.
const BEGIN: i64 = 1_767_225_600_000;
const END: i64 = BEGIN + 90 * 86_400_000;
const HOUR_MS: i64 = 3_600_000;

/// From an event to the next, 2 s to 8.5 minutes: less than the 30 minutes that end a session.
const GAP_MS: u64 = 2_000;
/// From a visit to the next, 40 minutes to 28 days.
const PAUSE_MS: u64 = 40 * 60_000;
/// Visits of the most loyal visitor; a quarter has no room for more.
const VISITS_MAX: u64 = 300;

const PAGES: u64 = 2_000;
const ITEMS: u64 = 4_000;
/// The weight of the first rank: large enough that the last rank's is known to a thousandth.
const WEIGHT: u64 = 1_000_000_000;

/// The steps of the checkout, each with the event that begins the next.
const STEPS: [(&str, Kind); 3] = [
    ("begin", Kind::AddShippingInfo),
    ("shipping", Kind::AddPaymentInfo),
    ("payment", Kind::Purchase),
];

const fn origin(
    share: u64,
    source: &'static str,
    medium: &'static str,
    campaign: &'static str,
    referrer: &'static str,
) -> Origin {
    Origin {
        source,
        medium,
        campaign,
        referrer,
        share,
    }
}

/// Direct visits first.
const ORIGINS: [Origin; 8] = [
    origin(30, "", "", "", ""),
    origin(25, "", "", "", "https://www.google.com/"),
    origin(15, "google", "cpc", "brand", "https://www.google.com/"),
    origin(10, "newsletter", "email", "spring", ""),
    origin(7, "", "", "", "https://blog.example/"),
    origin(6, "", "", "", "https://www.instagram.com/"),
    origin(4, "facebook", "paid_social", "spring", "https://www.facebook.com/"),
    origin(3, "partner", "affiliate", "", "https://partner.example/"),
];
