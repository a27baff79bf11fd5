//! Counts a journey into groups: by period, by channel, or all into one.

use wayside_model::{Field, Kind, Moment, Timestamp, Touch};

use super::Counts;
use crate::report::checkout;
use crate::report::orders::Orders;
use crate::report::revenue;
use crate::scan::{FieldSet, JourneyView, Row, SessionView};

/// The fields that [`count`] reads.
pub(in crate::report) const FIELDS: FieldSet =
    FieldSet::of(&[Field::Score, Field::EngagedMs, Field::Step, Field::Coupon]).and(FieldSet::of(revenue::FIELDS));

/// A session that lasts this long is no bounce: GA4's definition of an engaged session.
const ENGAGED_MS: i64 = 10_000;
/// A session with this many page views is no bounce: GA4's definition of an engaged session.
const ENGAGED_PAGE_VIEWS: u64 = 2;

/// Groups that sessions and touchpoints are counted into.
pub(in crate::report) trait Groups {
    /// The name of a group.
    type Key: Copy + PartialEq;

    /// The group of a time in the journey's session of this number.
    fn key(&self, time: Timestamp, session: u32) -> Self::Key;

    /// The counts of a group.
    fn counts(&mut self, key: Self::Key) -> &mut Counts;
}

/// The actions of a journey's customer in one group. Anything that counts once per customer is counted at the end.
#[derive(Default)]
struct Person<'a> {
    events: u64,
    page_views: u64,
    visitors: Vec<&'a str>,
    is_new: bool,
    has_contact: bool,
    shares: bool,
    has_session: bool,
    returns: bool,
    buys: bool,
    buys_again: bool,
}

/// The groups of a customer.
struct People<'a, K>(Vec<(K, Person<'a>)>);

impl<'a, K: Copy + PartialEq> People<'a, K> {
    /// Rows are in order of time, so that one mostly belongs to the group of the one before it.
    fn of(&mut self, key: K) -> &mut Person<'a> {
        let found = self.0.iter().rposition(|(known, _)| *known == key);
        let at = found.unwrap_or_else(|| {
            self.0.push((key, Person::default()));
            self.0.len() - 1
        });
        &mut self.0[at].1
    }
}

/// Counts a journey into groups.
pub(in crate::report) fn count<G: Groups>(journey: &JourneyView<'_>, groups: &mut G) {
    let mut people = People(Vec::with_capacity(1));
    let first = journey.row(0);
    if journey.range().contains(first.time()) {
        people.of(groups.key(first.time(), first.session())).is_new = true;
    }
    for row in journey.counted() {
        let key = groups.key(row.time(), row.session());
        people.of(key).count(&row);
        count_answer(&row, groups, key);
    }
    let orders = Orders::of(journey);
    for (number, order) in orders.iter().enumerate() {
        if journey.range().contains(order.time()) {
            let key = groups.key(order.time(), order.session());
            let person = people.of(key);
            person.buys = true;
            person.buys_again |= number > 0;
            let counts = groups.counts(key);
            counts.repeat_orders += u64::from(number > 0);
            counts.coupon_orders += u64::from(order.text_of(Field::Coupon).is_some());
        }
    }
    for change in revenue::changes(journey, &orders) {
        let key = groups.key(change.row.time(), change.row.session());
        groups.counts(key).revenue.add(&change);
    }
    for session in journey.counted_sessions() {
        let key = groups.key(session.start(), session.number);
        let person = people.of(key);
        person.has_session = true;
        person.returns |= session.number > 0;
        groups.counts(key).count_session(&session, &orders);
    }
    for (key, person) in people.0 {
        person.add_to(groups.counts(key));
    }
}

/// Counts the score of a survey or a review.
fn count_answer<G: Groups>(row: &Row<'_>, groups: &mut G, key: G::Key) {
    if !matches!(row.kind(), Kind::Nps | Kind::Csat | Kind::Ces | Kind::Review) {
        return;
    }
    let Some(score) = row.int(Field::Score) else { return };
    let counts = groups.counts(key);
    match row.kind() {
        Kind::Nps => counts.nps.add(i64::from(score >= 9) - i64::from(score <= 6)),
        Kind::Csat => {
            counts.csat_answers += 1;
            counts.satisfied += u64::from(score >= 4);
        }
        Kind::Ces => counts.ces.add(score),
        _ => counts.reviews.add(score),
    }
}

impl<'a> Person<'a> {
    fn count(&mut self, row: &Row<'a>) {
        self.events += 1;
        let visitor = row.visitor_id();
        if !self.visitors.contains(&visitor) {
            self.visitors.push(visitor);
        }
        match row.kind() {
            Kind::PageView => self.page_views += 1,
            Kind::SupportContact => self.has_contact = true,
            Kind::Share | Kind::Review => self.shares = true,
            _ => {}
        }
    }

    fn add_to(self, counts: &mut Counts) {
        counts.events += self.events;
        counts.page_views += self.page_views;
        counts.visitors += self.visitors.len() as u64;
        for (count, is_met) in [
            (&mut counts.customers, self.events > 0),
            (&mut counts.new_customers, self.is_new),
            (&mut counts.customers_with_contact, self.has_contact),
            (&mut counts.sharing_customers, self.shares),
            (&mut counts.customers_with_session, self.has_session),
            (&mut counts.returning, self.returns),
            (&mut counts.buyers, self.buys),
            (&mut counts.repeat_buyers, self.buys_again),
        ] {
            *count += u64::from(is_met);
        }
    }
}

impl Counts {
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
        self.measured_sessions += u64::from(engaged_ms.is_some());
        self.engaged_ms += engaged_ms.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0);
        self.durations.add(duration);
        let mut moments = [false; 4];
        for found in session.signals() {
            self.signals += 1;
            if let Some(moment) = found.kind.moment() {
                moments[moment as usize] = true;
            }
        }
        for (count, is_met) in self.moments.iter_mut().zip(moments) {
            *count += u64::from(is_met);
        }
    }
}

/// Every moment has a place in the self.
const _: () = assert!(Moment::Buy as usize == 3);
