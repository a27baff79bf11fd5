//! Builders of touchpoints, events and batches for tests.

use wayside_model::{
    Batch, Consent, Event, EventId, Fields, SiteId, Timestamp, Touchpoint, Value, VisitorId, WriterId, wire,
};

/// The start time of the tests' visits: 2025-11-24T16:00:00Z, in milliseconds since 1970.
pub const START: i64 = 1_764_000_000_000;

/// A touchpoint from its name and JSON fields: `touchpoint("add_to_cart", r#"{"value":19.9}"#)`.
#[track_caller]
pub fn touchpoint(name: &str, json: &str) -> Touchpoint {
    let fields: Value = serde_json::from_str(json).expect("the fields are JSON");
    let touchpoint = Touchpoint::parse(name, &fields).expect("the touchpoint is valid");
    assert_eq!(touchpoint.repairs(), [], "a field cannot be read");
    touchpoint
}

/// The fields of a touchpoint as [`touchpoint`] builds it.
#[track_caller]
pub fn fields(name: &str, json: &str) -> Fields {
    touchpoint(name, json).fields().clone()
}

/// The writer with this number.
pub const fn writer(number: u128) -> WriterId {
    WriterId(number)
}

/// An event of writer 1 from its seq, the milliseconds after [`START`], the visitor, the name and the JSON fields.
#[track_caller]
pub fn event(seq: u32, after_ms: i64, visitor: &str, name: &str, json: &str) -> Event {
    Event {
        id: EventId { writer: writer(1), seq },
        time: Timestamp::from_millis(START + after_ms),
        visitor: VisitorId::parse(visitor).expect("the visitor is right"),
        touchpoint: touchpoint(name, json),
    }
}

/// A batch of the site `shop` by writer 1 and visitor `v1`, with consent.
pub fn batch(events: Vec<(Timestamp, Touchpoint)>) -> Batch {
    Batch {
        site: SiteId::parse("shop").expect("the site is right"),
        writer: writer(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef),
        visitor: VisitorId::parse("3f2a9c1e7b5d4f60").expect("the visitor is right"),
        consent: Consent::Granted,
        automated: false,
        first_seq: 0,
        events,
    }
}

/// A JSON batch in the binary form in which the SDK sends it.
#[track_caller]
pub fn binary(json: &str) -> Vec<u8> {
    let value = serde_json::from_str(json).expect("the batch is JSON");
    let read = wire::from_value(&value).expect("the batch is right");
    assert!(read.bad.is_empty(), "the events are right");
    Batch {
        site: read.site,
        writer: read.writer,
        visitor: read.visitor,
        consent: read.consent,
        automated: read.automated,
        first_seq: read.first_seq,
        events: read
            .good
            .into_iter()
            .map(|event| (event.time, event.touchpoint))
            .collect(),
    }
    .encode()
}

/// A typical shop batch: a visit of `events` touchpoints through lists, products, cart and checkout. Sizes and speeds
/// are measured with it.
pub fn shopping_batch(events: usize) -> Batch {
    let products = [
        ("mug-blue", "Blue mug", 1_290),
        ("mug-red", "Red mug", 1_290),
        ("bowl-large", "Large bowl", 2_450),
        ("plate-set-6", "Six plates", 5_900),
        ("teapot", "Teapot with a lid", 3_475),
    ];
    let one = |at: usize| {
        let (id, name, cents) = products[at % products.len()];
        let price = f64::from(cents) / 100.0;
        let item = format!(
            r#"{{"item_id":"{id}","item_name":"{name}","item_category":"Kitchen","price":{price},"quantity":1}}"#
        );
        let value = format!(r#""currency":"EUR","value":{price},"items":[{item}]"#);
        let page = format!("https://shop.example/p/{id}");
        match at % 10 {
            0 => touchpoint(
                "page_view",
                r#"{"url":"https://shop.example/kitchen","title":"Kitchen","entry":"link"}"#,
            ),
            1 => touchpoint(
                "view_item_list",
                r#"{"item_list_id":"kitchen","item_list_name":"Kitchen"}"#,
            ),
            2 | 6 => touchpoint(
                "page_view",
                &format!(r#"{{"url":"{page}","title":"{name} – Shop","entry":"link"}}"#),
            ),
            3 | 7 => touchpoint("view_item", &format!("{{{value}}}")),
            4 => touchpoint("add_to_cart", &format!("{{{value}}}")),
            5 => touchpoint(
                "user_engagement",
                &format!(
                    r#"{{"url":"{page}","engaged_ms":{},"scroll_permille":{}}}"#,
                    4_000 + 137 * at,
                    10 * at % 1_000
                ),
            ),
            8 => touchpoint(
                "checkout_step_time",
                &format!(
                    r#"{{"step":"shipping","waiting_ms":{},"acting_ms":{}}}"#,
                    300 + at,
                    20_000 + 31 * at
                ),
            ),
            _ => touchpoint(
                "form_field_time",
                &format!(
                    r#"{{"form":"address","form_field":"street","acting_ms":{}}}"#,
                    1_200 + at
                ),
            ),
        }
    };
    let times = (0..).map(|at: i64| Timestamp::from_millis(START + 3_700 * at + at * at % 977));
    batch(times.zip((0..events).map(one)).collect())
}
