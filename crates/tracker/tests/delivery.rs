//! Delivery: no event is lost or counted twice, whatever the network, the collector and the visitor do.

use std::collections::BTreeMap;

use proptest::prelude::*;
use wayside_model::wire::{self, Decoded};
use wayside_model::{
    EventId, Field, FieldValue, Kind, Signal, SiteId, Timestamp, Touchpoint, Value, VisitorId, WriterId,
};
use wayside_tracker::{Config, Effects, Outcome, Start, Status, Tracker};

/// An action of a test.
#[derive(Clone, Debug)]
enum Step {
    /// This many calls in one turn of the event loop; if there is a purchase among them, they are sent immediately.
    Calls(u8, bool),
    /// This many milliseconds pass; the timer fires when it is due.
    Wait(u32),
    /// The request in flight ends with this answer.
    Answer(Answer),
    /// The page is hidden and shown again.
    Hide,
    /// The visitor opens the next page; beacons arrive or are lost.
    NextPage { beacons_arrive: bool },
    /// The visitor opens the next page and returns: the page is restored from the back/forward cache.
    Cached { beacons_arrive: bool },
    /// The tab crashes, and another page is opened after this many milliseconds.
    Crash(u32),
    /// The Wasm traps, and a new instance takes over in the same page.
    Trap,
    /// The page resets the visitor.
    Reset,
}

#[derive(Clone, Copy, Debug)]
enum Answer {
    Acked,
    /// The batch is on disk, but the answer is lost.
    AckLost,
    /// The batch is on disk twice, because the browser sent it again by itself.
    Doubled,
    NotArrived,
    Busy(u32),
    /// A 2xx status from something that is not a collector.
    Garbled,
}

fn step() -> impl Strategy<Value = Step> {
    let answer = prop_oneof![
        4 => Just(Answer::Acked),
        2 => Just(Answer::AckLost),
        1 => Just(Answer::Doubled),
        2 => Just(Answer::NotArrived),
        1 => (0..400_u32).prop_map(Answer::Busy),
        1 => Just(Answer::Garbled),
    ];
    prop_oneof![
        4 => (1..40_u8, any::<bool>()).prop_map(|(n, purchase)| Step::Calls(n, purchase)),
        4 => (1..20_000_u32).prop_map(Step::Wait),
        4 => answer.prop_map(Step::Answer),
        1 => Just(Step::Hide),
        1 => any::<bool>().prop_map(|beacons_arrive| Step::NextPage { beacons_arrive }),
        1 => (0..60_000_u32).prop_map(Step::Crash),
        1 => any::<bool>().prop_map(|beacons_arrive| Step::Cached { beacons_arrive }),
        1 => Just(Step::Trap),
        1 => Just(Step::Reset),
    ]
}

/// An effect of the tracker.
#[derive(Debug)]
enum Effect {
    EndTurn,
    Store(&'static str, Vec<u8>),
    Adopted,
    Send {
        id: u32,
        body: Vec<u8>,
    },
    Beacon(Vec<u8>),
    Timer(u32),
    Warn {
        code: String,
        about: String,
    },
    /// An effect that these tests do not cause.
    Other(&'static str),
}

#[derive(Default)]
struct Done(Vec<Effect>);

impl Effects for Done {
    fn end_turn(&mut self) {
        self.0.push(Effect::EndTurn);
    }

    fn store_text(&mut self, what: &'static str, text: &str) {
        self.0.push(Effect::Store(what, text.into()));
    }

    fn store_bytes(&mut self, what: &'static str, bytes: &[u8]) {
        self.0.push(Effect::Store(what, bytes.into()));
    }

    fn adopted(&mut self) {
        self.0.push(Effect::Adopted);
    }

    fn purge(&mut self) {
        self.0.push(Effect::Other("purge"));
    }

    fn send(&mut self, id: u32, body: &[u8]) {
        self.0.push(Effect::Send { id, body: body.into() });
    }

    fn beacon(&mut self, body: &[u8]) {
        self.0.push(Effect::Beacon(body.into()));
    }

    fn timer(&mut self, ms: u32) {
        self.0.push(Effect::Timer(ms));
    }

    fn signal(&mut self, _: &Signal) {
        self.0.push(Effect::Other("signal"));
    }

    fn touchpoint(&mut self, _: Timestamp, _: &Touchpoint) {
        self.0.push(Effect::Other("touchpoint"));
    }

    fn settled(&mut self, _: u32) {
        self.0.push(Effect::Other("settled"));
    }

    fn warn(&mut self, code: &str, about: &str) {
        let code = code.into();
        let about = about.into();
        self.0.push(Effect::Warn { code, about });
    }
}

/// A browser with one tab, and its collector.
struct World {
    now: i64,
    storage: BTreeMap<String, Vec<u8>>,
    tracker: Tracker<Done>,
    writer: u128,
    /// The key of the outbox that was passed to `adopt`.
    offered: String,
    writers: u128,
    visitors: u32,
    flight: Option<(u32, Vec<u8>)>,
    timer: Option<i64>,
    /// The events on the collector's disk.
    disk: BTreeMap<EventId, Touchpoint>,
    calls: i64,
    ended: Vec<Status>,
}

fn site() -> SiteId {
    SiteId::parse("shop").unwrap()
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            now: 1_764_000_000_000,
            storage: BTreeMap::new(),
            tracker: Tracker::start(config(1, 1), Start::default(), Timestamp::from_millis(0)),
            writer: 0,
            offered: String::new(),
            writers: 0,
            visitors: 1,
            flight: None,
            timer: None,
            disk: BTreeMap::new(),
            calls: 0,
            ended: Vec::new(),
        };
        world.open(false);
        world
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    fn open(&mut self, has_trapped: bool) {
        self.writers += 1;
        self.writer = self.writers;
        let journey = self.storage.get("journey").cloned().unwrap_or_default();
        let start = Start {
            journey: &journey,
            ..Start::default()
        };
        self.tracker = Tracker::start(config(self.writer, self.visitors), start, self.at());
        self.flight = None;
        self.timer = None;
        self.done(true);
        let outboxes = self.storage.clone().into_iter();
        for (key, saved) in outboxes.filter(|(key, _)| key.starts_with("outbox ")) {
            self.offered = key;
            self.tracker.adopt(&saved, has_trapped, self.at());
            self.done(true);
        }
    }

    /// Carries out the effects of the tracker.
    fn done(&mut self, beacons_arrive: bool) {
        let effects = self.tracker.effects().0;
        self.carry_out(effects, beacons_arrive);
    }

    fn carry_out(&mut self, effects: Vec<Effect>, beacons_arrive: bool) {
        let mut end_turn = false;
        for effect in effects {
            match effect {
                Effect::EndTurn => end_turn = true,
                Effect::Store(what, bytes) => {
                    assert!(bytes.len() < 225 * 1024, "{what} holds {} bytes", bytes.len());
                    let key = if what == "outbox" {
                        outbox(self.writer)
                    } else {
                        what.into()
                    };
                    if bytes.is_empty() {
                        self.storage.remove(&key);
                    } else {
                        self.storage.insert(key, bytes);
                    }
                }
                Effect::Adopted => {
                    self.storage.remove(&self.offered);
                }
                Effect::Send { id, body } => {
                    assert!(self.flight.is_none(), "two in flight");
                    assert!(body.len() <= 48 * 1024, "a batch of {} bytes", body.len());
                    self.flight = Some((id, body));
                }
                Effect::Beacon(body) => {
                    assert!(body.len() <= 16 * 1024, "a beacon of {} bytes", body.len());
                    if beacons_arrive {
                        self.receive(&body);
                    }
                }
                Effect::Timer(ms) => self.timer = Some(self.now + i64::from(ms)),
                Effect::Warn { code, about } => {
                    assert!(["not_delivered", "stopped"].contains(&code.as_str()), "{code}: {about}");
                }
                Effect::Other(what) => panic!("unexpected {what}"),
            }
        }
        if end_turn {
            self.tracker.end_turn(self.at());
            self.done(true);
        }
    }

    /// Stores a batch; a copy must equal the first.
    fn receive(&mut self, body: &[u8]) -> Decoded {
        let decoded = wire::decode(body).unwrap();
        assert!(decoded.bad.is_empty(), "{:?}", decoded.bad);
        for event in &decoded.good {
            let before = self.disk.insert(event.id, event.touchpoint.clone());
            assert!(before.is_none_or(|before| before == event.touchpoint), "a copy differs");
        }
        decoded
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Calls(count, purchase) => {
                for n in 0..*count {
                    let fields = Value::map([("n", Value::Int(self.calls)), ("text", Value::from(TEXT))]);
                    let name = if *purchase && n == 0 {
                        "purchase"
                    } else {
                        "looked_around"
                    };
                    self.tracker.call(name, &fields, false, self.at());
                    self.calls += 1;
                }
                self.done(true);
            }
            Step::Wait(ms) => {
                self.now += i64::from(*ms);
                if self.timer.take_if(|due| *due <= self.now).is_some() {
                    self.tracker.timer(self.at());
                    self.done(true);
                }
            }
            Step::Answer(answer) => self.answer(*answer),
            Step::Hide => {
                self.tracker.hidden(false, self.at());
                self.done(true);
                self.tracker.visible(self.at());
                self.done(true);
            }
            Step::NextPage { beacons_arrive } => {
                self.tracker.hidden(true, self.at());
                self.done(*beacons_arrive);
                self.ended.push(self.tracker.status());
                self.open(false);
            }
            Step::Cached { beacons_arrive } => {
                // The request in flight is never answered.
                self.flight = None;
                self.tracker.hidden(true, self.at());
                self.done(*beacons_arrive);
                assert!(self.flight.is_none(), "who is left asks, and never hears the answer");
                self.tracker.visible(self.at());
                self.done(true);
            }
            Step::Crash(ms) => {
                self.now += i64::from(*ms);
                self.ended.push(self.tracker.status());
                self.open(false);
            }
            Step::Trap => {
                self.ended.push(self.tracker.status());
                self.open(true);
            }
            Step::Reset => {
                self.visitors += 1;
                self.tracker.reset(visitor(self.visitors), self.at());
                self.done(true);
            }
        }
    }

    fn answer(&mut self, answer: Answer) {
        let Some((id, body)) = self.flight.take() else {
            return;
        };
        let (mut status, mut reply, mut retry_after_s) = (200, Value::Null, 0);
        match answer {
            Answer::Acked | Answer::AckLost | Answer::Doubled => {
                let decoded = self.receive(&body);
                if matches!(answer, Answer::Doubled) {
                    self.receive(&body);
                }
                reply = acks(&decoded);
            }
            Answer::NotArrived | Answer::Busy(_) | Answer::Garbled => {}
        }
        match answer {
            Answer::AckLost | Answer::NotArrived => status = 0,
            Answer::Busy(seconds) => (status, retry_after_s) = (503, seconds),
            _ => {}
        }
        let random = (self.now as u32).wrapping_mul(2_654_435_761);
        self.sent(Outcome {
            id,
            status,
            body: &reply,
            retry_after_s,
            random,
        });
    }

    fn sent(&mut self, outcome: Outcome<'_>) {
        self.tracker.sent(&outcome, self.at());
        self.done(true);
    }

    /// Lets everything work again and keeps a page open long enough to deliver all events.
    fn drain(&mut self) {
        self.run(&Step::Crash(60_000));
        for _ in 0..500 {
            self.run(&Step::Answer(Answer::Acked));
            self.run(&Step::Wait(300_000));
        }
        self.ended.push(self.tracker.status());
    }
}

fn acks(decoded: &Decoded) -> Value {
    let range = [decoded.first_seq, decoded.last_seq].map(|seq| Value::Int(i64::from(seq)));
    let writer = Value::Text(decoded.writer.to_hex());
    let ack = Value::map([
        ("writer", writer),
        ("ranges", Value::List([Value::List(range.into())].into())),
    ]);
    Value::map([("acks", Value::List([ack].into()))])
}

/// The storage key of a writer's outbox.
fn outbox(writer: u128) -> String {
    format!("outbox {}", WriterId(writer))
}

fn visitor(n: u32) -> VisitorId {
    VisitorId::parse(&format!("v{n}")).unwrap()
}

fn config(writer: u128, n: u32) -> Config {
    Config {
        off: "tab_switch".into(),
        ..Config::new(site(), WriterId(writer), visitor(n))
    }
}

/// A text so long that forty events exceed a beacon and five hundred exceed a batch.
const TEXT: &str =
    "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn each_event_is_stored_once_or_counted_as_dropped(steps in prop::collection::vec(step(), 1..60)) {
        let mut world = World::new();
        for step in &steps {
            world.run(step);
            let status = world.tracker.status();
            prop_assert_eq!(status.captured, status.acked + status.dropped + status.refused + status.pending);
        }
        world.drain();
        prop_assert_eq!(world.tracker.status().pending, 0);
        prop_assert!(world.storage.keys().all(|key| !key.contains("outbox")), "{:?}", world.storage.keys());
        let sum = |part: fn(&Status) -> u32| world.ended.iter().map(part).map(i64::from).sum::<i64>();
        prop_assert_eq!(sum(|s| s.captured), world.calls);
        let numbers = world.disk.values().filter_map(|touchpoint| match touchpoint.fields().get(Field::Props) {
            Some(FieldValue::Props(props)) => props.iter().find(|(name, _)| name == "n").and_then(|(_, n)| n.as_int()),
            _ => None,
        });
        let mut numbers: Vec<i64> = numbers.collect();
        numbers.sort_unstable();
        numbers.dedup();
        prop_assert_eq!(numbers.len(), world.disk.len(), "an event has two ids");
        let dropped = sum(|s| s.dropped);
        prop_assert!(world.calls - numbers.len() as i64 <= dropped, "{} of {} arrived, {dropped} dropped", numbers.len(), world.calls);
    }
}

#[test]
fn refused_batches_are_removed_and_counted() {
    for status in [400, 413, 422] {
        let mut world = World::new();
        world.run(&Step::Calls(3, true));
        let (id, _) = world.flight.take().unwrap();
        let body = &Value::Null;
        world.sent(Outcome {
            id,
            status,
            body,
            retry_after_s: 0,
            random: 0,
        });
        let expected = Status {
            captured: 3,
            refused: 3,
            ..Status::default()
        };
        assert_eq!(world.tracker.status(), expected, "{status}");
        assert!(!world.storage.contains_key(&outbox(1)));
    }
}

#[test]
fn after_a_permanent_refusal_the_page_sends_nothing() {
    for status in [401, 403, 410] {
        let mut world = World::new();
        world.run(&Step::Calls(3, true));
        let (id, _) = world.flight.take().unwrap();
        let body = &Value::Null;
        world.sent(Outcome {
            id,
            status,
            body,
            retry_after_s: 0,
            random: 0,
        });
        world.run(&Step::Calls(3, true));
        world.run(&Step::Wait(1_000_000));
        assert!(world.flight.is_none() && world.timer.is_none(), "{status}");
        assert_eq!(world.tracker.status().captured, 3);
        // The captured events wait for a later page with a corrected configuration.
        assert!(world.storage.contains_key(&outbox(1)));
    }
}

#[test]
fn ten_thousand_calls_in_a_turn_are_all_delivered() {
    let mut world = World::new();
    for n in 0..10_000 {
        let fields = Value::map([("n", Value::Int(n))]);
        world.tracker.call("looked_around", &fields, false, world.at());
    }
    world.done(true);
    // Ten seconds, with an answer every 50 ms.
    for _ in 0..200 {
        world.run(&Step::Answer(Answer::Acked));
        world.run(&Step::Wait(50));
    }
    let status = world.tracker.status();
    assert_eq!((status.captured, status.acked, status.dropped), (10_000, 10_000, 0));
    assert_eq!(world.disk.len(), 10_000);
}

/// An outage that goes on: measurements are dropped before steps, and orders last.
#[test]
fn an_outbox_that_is_full_drops_what_is_worth_least() {
    let mut world = World::new();
    world.run(&Step::Calls(1, true));
    world.run(&Step::Answer(Answer::NotArrived));
    let call = |world: &mut World, name: &str, count: usize| {
        let field = if name == "web_vitals" { "url" } else { "currency" };
        for _ in 0..count {
            let fields = Value::map([(field, Value::from(name))]);
            world.tracker.call(name, &fields, false, world.at());
        }
        world.done(true);
    };
    call(&mut world, "web_vitals", 1_500);
    call(&mut world, "view_item", 500);
    assert_eq!(world.tracker.status().dropped, 1);
    call(&mut world, "view_item", 1_900);
    let kept = |world: &World, name: &str| {
        let pieces = world.storage.get(&outbox(1)).expect("the outbox is stored");
        pieces
            .windows(name.len())
            .filter(|window| *window == name.as_bytes())
            .count()
    };
    // No measurement is left: 2,400 steps and one order are 401 more than the outbox keeps.
    let status = world.tracker.status();
    assert_eq!((status.pending, status.dropped), (2_000, 1_901));
    assert_eq!(kept(&world, "web_vitals"), 0);
    world.drain();
    let count = |kind| {
        world
            .disk
            .values()
            .filter(|touchpoint| touchpoint.kind() == kind)
            .count()
    };
    assert_eq!(count(Kind::Purchase), 1);
    assert_eq!(count(Kind::ViewItem), 1_999);
    assert_eq!(count(Kind::PageError), 0);
}

#[test]
fn calls_that_lose_a_value_or_cannot_be_read_are_counted() {
    let mut world = World::new();
    let order = |value| Value::map([("value", Value::from(value))]);
    world.tracker.call("purchase", &order("19,90"), false, world.at());
    world.tracker.call("purchase", &order("free"), false, world.at());
    world.tracker.call("search", &Value::map([]), false, world.at());
    let warned: Vec<_> = world
        .tracker
        .effects()
        .0
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Warn { code, about } => Some((code, about)),
            _ => None,
        })
        .collect();
    assert_eq!(
        warned,
        [
            ("field_type: free".into(), "purchase.value".into()),
            ("field_missing".into(), "search.search_term".into())
        ]
    );
    let status = world.tracker.status();
    assert_eq!(
        (status.captured, status.pending, status.refused, status.repaired),
        (3, 2, 1, 1)
    );
}

#[test]
fn an_undelivered_outbox_keeps_the_newest_events() {
    let mut world = World::new();
    world.run(&Step::Calls(1, false));
    world.run(&Step::Wait(10_000));
    world.run(&Step::Answer(Answer::NotArrived));
    for n in 0..2_730 {
        let fields = Value::map([("n", Value::Int(n))]);
        world.tracker.call("looked_around", &fields, false, world.at());
    }
    world.done(true);
    let status = world.tracker.status();
    assert_eq!((status.captured, status.pending, status.dropped), (2_731, 2_000, 731));
    assert_eq!(world.storage.keys().filter(|key| key.contains("outbox")).count(), 1);
}

#[test]
fn events_older_than_six_days_are_dropped() {
    let mut world = World::new();
    world.run(&Step::Calls(5, false));
    world.run(&Step::Crash(0));
    assert_eq!(world.tracker.status(), Status::default());
    let mut later = World {
        storage: world.storage.clone(),
        ..World::new()
    };
    later.now = world.now + 7 * 24 * 3_600_000;
    later.run(&Step::Crash(0));
    later.run(&Step::Wait(600));
    assert!(later.flight.is_none());
    assert!(
        later.storage.keys().all(|key| !key.contains("outbox")),
        "{:?}",
        later.storage.keys()
    );
}

#[test]
fn the_next_page_takes_over_the_outbox_of_a_left_page_or_trapped_instance() {
    let wait = |step| {
        let mut world = World::new();
        world.run(&Step::Calls(3, false));
        world.run(&step);
        world.storage.contains_key(&outbox(1))
    };
    assert!(!wait(Step::NextPage { beacons_arrive: false }));
    assert!(!wait(Step::Trap));
    // A page that ended without a message may still be open in another tab; after a while it is taken for gone.
    assert!(wait(Step::Crash(19_999)));
    assert!(!wait(Step::Crash(20_000)));
}

#[test]
fn a_hidden_or_restored_page_keeps_its_outbox() {
    for leaves in [false, true] {
        let mut world = World::new();
        world.run(&Step::Calls(3, false));
        world.tracker.hidden(leaves, world.at());
        world.done(false);
        if leaves {
            world.tracker.visible(world.at());
            world.run(&Step::Calls(1, false));
        }
        world.run(&Step::Crash(0));
        assert!(world.storage.contains_key(&outbox(1)), "{leaves}");
    }
}

#[test]
fn a_page_restored_from_the_cache_sends_unanswered_batches_again() {
    for is_under_way in [false, true] {
        let mut world = World::new();
        world.run(&Step::Wait(300_000));
        world.run(&Step::Calls(3, false));
        if is_under_way {
            world.run(&Step::Wait(300_000));
        }
        assert_eq!(world.flight.is_some(), is_under_way);
        world.run(&Step::Cached { beacons_arrive: false });
        world.run(&Step::Wait(300_000));
        world.run(&Step::Answer(Answer::Acked));
        assert_eq!((world.disk.len(), world.tracker.status().acked), (3, 3));
    }
}

#[test]
fn the_intact_batches_of_a_damaged_outbox_are_sent() {
    let mut world = World::new();
    world.run(&Step::Calls(3, false));
    world.run(&Step::Reset);
    world.run(&Step::Calls(2, false));
    let saved = world.storage.get_mut(&outbox(1)).unwrap();
    saved.pop();
    world.run(&Step::Crash(60_000));
    world.run(&Step::Wait(300_000));
    world.run(&Step::Answer(Answer::Acked));
    assert_eq!(world.disk.len(), 3);
    assert!(!world.storage.contains_key(&outbox(1)));
}

/// An error in a loop may evict no order: the first ones are recorded, later ones counted.
#[test]
fn an_error_in_a_loop_evicts_no_order() {
    let mut world = World::new();
    world.run(&Step::Calls(1, true));
    world.run(&Step::Answer(Answer::NotArrived));
    let error = Value::map([
        ("error", Value::from("TypeError")),
        ("url", Value::from("https://a.example/app.js")),
    ]);
    for _ in 0..5_000 {
        world.tracker.call("page_error", &error, false, world.at());
        world.run(&Step::Wait(4));
    }
    let status = world.tracker.status();
    assert_eq!((status.dropped, status.refused), (0, 0));
    assert!(status.captured < 10, "{status:?}");
    world.tracker.hidden(true, world.at());
    world.done(true);
    world.drain();
    let mut errors = 0;
    for touchpoint in world.disk.values().filter(|one| one.kind() == Kind::PageError) {
        errors += touchpoint.fields().int(Field::Count).unwrap_or(1);
    }
    assert_eq!(errors, 5_000);
}
