//! Consent that a page states anew at each load, as Google's Consent Mode does.

use wayside_model::wire::{self, Consent};
use wayside_model::{Signal, SiteId, Timestamp, Touchpoint, Value, VisitorId, WriterId};
use wayside_tracker::{Config, Effects, PageView, Start, Tracker};

/// The effects that are about storing and sending.
#[derive(Default)]
struct Done {
    stored: Vec<(&'static str, Vec<u8>)>,
    sent: Vec<Vec<u8>>,
    purges: usize,
}

impl Effects for Done {
    fn end_turn(&mut self) {}
    fn store_text(&mut self, what: &'static str, text: &str) {
        self.stored.push((what, text.into()));
    }
    fn store_bytes(&mut self, what: &'static str, bytes: &[u8]) {
        self.stored.push((what, bytes.into()));
    }
    fn adopted(&mut self) {}
    fn purge(&mut self) {
        self.purges += 1;
    }
    fn send(&mut self, _: u32, body: &[u8]) {
        self.sent.push(body.into());
    }
    fn beacon(&mut self, body: &[u8]) {
        self.sent.push(body.into());
    }
    fn timer(&mut self, _: u32) {}
    fn signal(&mut self, _: &Signal) {}
    fn touchpoint(&mut self, _: Timestamp, _: &Touchpoint) {}
    fn settled(&mut self, _: u32) {}
    fn warn(&mut self, _: &str, _: &str) {}
}

const T0: i64 = 1_764_000_000_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(T0 + ms)
}

fn started(visitor: &str, consent: Consent, now: Timestamp) -> Tracker<Done> {
    begun(visitor, consent, &[], now)
}

fn begun(visitor: &str, consent: Consent, journey: &[u8], now: Timestamp) -> Tracker<Done> {
    let (site, visitor) = (SiteId::parse("shop").unwrap(), VisitorId::parse(visitor).unwrap());
    let config = Config {
        consent,
        ..Config::new(site, WriterId(1), visitor)
    };
    let start = Start {
        journey,
        ..Start::default()
    };
    Tracker::start(config, start, now)
}

fn view(tracker: &mut Tracker<Done>, url: &str, now: Timestamp) {
    let page = PageView {
        url,
        referrer: "",
        title: "",
        entry: "link",
        replaced: false,
    };
    tracker.view(&page, false, now);
    tracker.end_turn(now);
}

fn journey(done: &Done) -> Vec<u8> {
    let last = done.stored.iter().rev().find(|(what, _)| *what == "journey");
    last.map(|(_, bytes)| bytes.clone()).unwrap_or_default()
}

#[test]
fn while_consent_is_unknown_nothing_is_stored_or_sent_and_nothing_is_lost() {
    let mut tracker = started("v1", Consent::Granted, at(0));
    view(&mut tracker, "https://a.test/", at(0));
    tracker.effects();
    tracker.follow_consent(Consent::Unknown, at(10));
    tracker.call("share", &Value::map([]), false, at(20));
    tracker.end_turn(at(1_000));
    tracker.hidden(true, at(2_000));
    let done = tracker.effects();
    assert_eq!(
        done.stored,
        [("outbox", vec![])],
        "what was stored of this page is removed"
    );
    assert!(done.sent.is_empty());
    assert_eq!(done.purges, 0, "what was stored before stays");
    tracker.visible(at(3_000));
    tracker.follow_consent(Consent::Granted, at(4_000));
    let done = tracker.effects();
    let sent = wire::decode(done.sent.first().unwrap()).unwrap();
    assert_eq!(sent.good.len(), 2 + 1, "the view, the call, and the time on the page");
    assert!(
        !done.stored.iter().any(|(what, _)| *what == "consent"),
        "it is no decision"
    );
}

#[test]
fn a_refusal_that_is_no_decision_removes_everything_and_is_not_stored() {
    let mut tracker = started("v1", Consent::Granted, at(0));
    view(&mut tracker, "https://a.test/", at(0));
    tracker.follow_consent(Consent::Denied, at(10));
    let done = tracker.effects();
    assert_eq!(done.purges, 1);
    assert!(!done.stored.iter().any(|(what, _)| *what == "consent"));
    assert_eq!(tracker.status().dropped, 1);
}

#[test]
fn a_visitor_who_has_agreed_before_goes_on_with_the_journey() {
    let mut before = started("v1", Consent::Granted, at(0));
    view(&mut before, "https://a.test/?utm_source=news", at(0));
    before.call("purchase", &Value::map([("order_id", Value::from("1"))]), false, at(10));
    before.end_turn(at(20));
    let saved = journey(&before.effects());

    // Two days later, the page knows nothing of the visitor until the consent comes.
    let days = 2 * 86_400_000;
    let mut page = started("v2", Consent::Unknown, at(days));
    view(&mut page, "https://a.test/", at(days));
    page.rejoin(VisitorId::parse("v1").unwrap(), &saved);
    page.follow_consent(Consent::Granted, at(days + 1_000));

    // The same two pages with consent all the time.
    let mut plain = begun("v1", Consent::Granted, &saved, at(days));
    view(&mut plain, "https://a.test/", at(days));
    assert_eq!(page.stage(), plain.stage());
    assert_eq!(page.stage(), "retention", "there was an order in an earlier session");
}
