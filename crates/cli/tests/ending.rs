//! The end of `wayside serve`: soon, however much there is to do.

mod support;

use std::time::{Duration, Instant};

use support::{Server, events_of, new_data, run_json};
use wayside_model::{Consent, Event, EventId, SiteId, Timestamp, Touchpoint, Value, VisitorId, WriterId};
use wayside_store::{Accepted, DataWriter, Options};

/// Visitors whose events wait in the log. Moving them into the table takes a debug build on two cores about half a minute.
const VISITORS: u32 = 6_000;

/// Events of each of them.
const EVENTS: u32 = 20;

fn visit(number: u32) -> Accepted {
    let event = |seq| Event {
        id: EventId {
            writer: WriterId(number.into()),
            seq,
        },
        time: Timestamp::from_millis(*support::START_MS + i64::from(seq)),
        visitor: VisitorId::parse(&format!("visitor-{number}")).unwrap(),
        touchpoint: Touchpoint::parse("view_item", &Value::map([("value", Value::Int(5))])).unwrap(),
    };
    Accepted {
        site: SiteId::parse("shop").unwrap(),
        received_at: Timestamp::from_millis(*support::START_MS),
        consent: Consent::Granted,
        automated: false,
        events: (0..EVENTS).map(event).collect(),
        dead: Vec::new(),
        replaces: Vec::new(),
    }
}

#[tokio::test]
async fn a_server_with_much_in_its_log_ends_soon_and_loses_nothing() {
    let (_folder, data) = new_data();
    let writer = DataWriter::lock(&data, Options::default()).await.unwrap();
    for first in (0..VISITORS).step_by(200) {
        writer.append((first..first + 200).map(visit).collect()).await.unwrap();
    }
    writer.close().await.unwrap();
    let server = Server::start(&data, &[]);
    let asked = Instant::now();
    server.stop();
    let took = asked.elapsed();
    assert!(
        took < Duration::from_secs(8),
        "{took:?}, 5 s and some for a busy machine"
    );
    let events = u64::from(VISITORS * EVENTS);
    assert_eq!(events_of(&run_json(&["sites"], &data), "shop"), events);
    let server = Server::start(&data, &[]);
    assert_eq!(server.events("shop").await, events, "the next start goes on");
    server.kill();
}
