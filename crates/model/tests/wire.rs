//! Encoded batches decode to the same batch, and invalid ones are refused.

use proptest::prelude::*;
use wayside_model::limits::{BATCH_EVENTS_MAX, BODY_MAX_BYTES, UNFOLDED_MAX_BYTES};
use wayside_model::wire::{self, Decoded};
use wayside_model::{Batch, Consent, ErrorKind, Event, Timestamp, Touchpoint, Value};
use wayside_testkit::{batch, event, generate, shopping_batch, touchpoint};

fn events(batch: &Batch) -> Vec<(Timestamp, Touchpoint)> {
    batch.events.clone()
}

#[track_caller]
fn check_same(batch: &Batch, decoded: &Decoded) {
    assert_eq!(decoded.bad, []);
    assert_eq!(
        (
            &decoded.site,
            decoded.writer,
            &decoded.visitor,
            decoded.consent,
            decoded.automated,
            decoded.first_seq
        ),
        (
            &batch.site,
            batch.writer,
            &batch.visitor,
            batch.consent,
            batch.automated,
            batch.first_seq
        ),
    );
    assert_eq!(
        decoded.last_seq as usize,
        batch.first_seq as usize + batch.events.len() - 1
    );
    let good = decoded.good.iter().map(|event| (event.time, event.touchpoint.clone()));
    assert_eq!(good.collect::<Vec<_>>(), events(batch));
    for (seq, event) in (batch.first_seq..).zip(&decoded.good) {
        assert_eq!(
            (event.id.seq, event.id.writer, &event.visitor),
            (seq, batch.writer, &batch.visitor)
        );
    }
}

fn through_json(value: &Value) -> Value {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn a_binary_batch_decodes_to_itself(batch in generate::batch()) {
        check_same(&batch, &wire::decode(&batch.encode()).unwrap());
    }

    #[test]
    fn a_json_batch_decodes_to_itself(batch in generate::batch()) {
        check_same(&batch, &wire::from_value(&through_json(&batch.to_value())).unwrap());
    }

    #[test]
    fn a_json_event_decodes_to_itself(batch in generate::batch()) {
        for event in wire::decode(&batch.encode()).unwrap().good {
            let value = through_json(&wire::event_to_value(&event));
            prop_assert_eq!(wire::event_from_value(&value).unwrap(), event);
        }
    }

    #[test]
    fn random_bytes_never_panic_and_every_event_is_counted(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check_any(&bytes);
    }

    #[test]
    fn damaged_bytes_never_panic_and_every_event_is_counted(
        batch in generate::batch(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = batch.encode();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        check_any(&bytes);
    }
}

/// Checks that the bytes are refused, or that each seq occurs once among the good and bad events.
fn check_any(bytes: &[u8]) {
    if let Ok(decoded) = wire::decode(bytes) {
        let mut seqs: Vec<u32> = decoded.good.iter().map(|event| event.id.seq).collect();
        seqs.extend(decoded.bad.iter().map(|event| event.seq));
        seqs.sort_unstable();
        assert!(seqs.into_iter().eq(decoded.first_seq..=decoded.last_seq));
    }
}

#[test]
fn a_batch_cut_at_any_byte_is_malformed() {
    let bytes = shopping_batch(30).encode();
    assert_eq!(*wire::decode(&[]).unwrap_err().kind(), ErrorKind::UnsupportedVersion);
    for end in 1..bytes.len() {
        let error = wire::decode(&bytes[..end]).unwrap_err();
        assert!(
            matches!(error.kind(), ErrorKind::Malformed(at) if *at <= end),
            "cut at {end}: {error}"
        );
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(
        *wire::decode(&longer).unwrap_err().kind(),
        ErrorKind::Malformed(bytes.len())
    );
}

/// The size budget of the wire format.
#[test]
fn an_ordinary_event_takes_at_most_30_bytes() {
    let events = 100;
    let bytes = shopping_batch(events).encode().len();
    assert!(bytes <= 30 * events, "{bytes} bytes for {events} events");
}

#[test]
fn other_encodings_and_versions_are_unsupported() {
    let mut bytes = shopping_batch(1).encode();
    bytes[1] = 2;
    assert_eq!(*wire::decode(&bytes).unwrap_err().kind(), ErrorKind::UnsupportedVersion);
    bytes[0] = b'{';
    assert_eq!(*wire::decode(&bytes).unwrap_err().kind(), ErrorKind::UnsupportedVersion);
    let future = Value::map([("v", Value::Int(2))]);
    assert_eq!(
        *wire::from_value(&future).unwrap_err().kind(),
        ErrorKind::UnsupportedVersion
    );
}

#[test]
fn batches_without_events_or_with_too_many_are_refused() {
    let one = (Timestamp::from_millis(0), touchpoint("login", "{}"));
    for (count, refused) in [
        (0, true),
        (1, false),
        (BATCH_EVENTS_MAX, false),
        (BATCH_EVENTS_MAX + 1, true),
    ] {
        let batch = batch(vec![one.clone(); count]);
        for result in [wire::decode(&batch.encode()), wire::from_value(&batch.to_value())] {
            assert_eq!(result.is_err(), refused, "{count} events");
        }
    }
    let mut last = batch(vec![one.clone(), one]);
    last.first_seq = u32::MAX - 2;
    assert!(wire::decode(&last.encode()).is_ok());
    last.first_seq = u32::MAX - 1;
    assert_eq!(*wire::decode(&last.encode()).unwrap_err().kind(), ErrorKind::TooMany);
}

/// A small body that refers to one long text many times is refused before it fills memory.
#[test]
fn a_small_body_that_would_expand_to_gigabytes_is_refused() {
    let long = "x".repeat(1_000);
    let props = (0..50)
        .map(|at| format!("\"k{at}\":\"{long}\""))
        .collect::<Vec<_>>()
        .join(",");
    let one = (Timestamp::from_millis(0), touchpoint("login", &format!("{{{props}}}")));
    let bytes = batch(vec![one; 1_000]).encode();
    assert!(bytes.len() < UNFOLDED_MAX_BYTES / 20, "{} bytes", bytes.len());
    assert_eq!(*wire::decode(&bytes).unwrap_err().kind(), ErrorKind::TooMany);
}

#[test]
fn the_decoded_size_of_a_batch_is_limited() {
    let rich = touchpoint("login", r#"{"method":"code","b":true,"n":1,"note":"text"}"#);
    let cart = touchpoint(
        "view_cart",
        r#"{"value":"9.90","items":[{"item_id":"cup","price":9.9},{"item_name":"mug"}]}"#,
    );
    let long = |length: usize| touchpoint("login", &format!(r#"{{"method":"{}"}}"#, "x".repeat(length)));
    let mut events = vec![rich, cart];
    let room = |events: &[Touchpoint]| UNFOLDED_MAX_BYTES - events.iter().map(wire::unfolded).sum::<usize>();
    let props = (0..50).map(|at| format!("\"k{at}\":\"{}\"", "x".repeat(1_000)));
    let large = touchpoint("login", &format!("{{{}}}", props.collect::<Vec<_>>().join(",")));
    while room(&events) > 2 * wire::unfolded(&large) {
        events.push(large.clone());
    }
    while room(&events) > 2 * wire::unfolded(&long(1_000)) {
        events.push(long(1_000));
    }
    events.push(long(500));
    let rest = room(&events) - wire::unfolded(&long(1));
    let decode = |last: usize| {
        let all = events.iter().cloned().chain([long(last + 1)]);
        wire::decode(&batch(all.map(|event| (Timestamp::from_millis(0), event)).collect()).encode())
    };
    assert_eq!(decode(rest).unwrap().good.len(), events.len() + 1);
    assert_eq!(*decode(rest + 1).unwrap_err().kind(), ErrorKind::TooMany);
}

/// Columns of items nested to this depth.
fn nested_items(depth: usize) -> Vec<u8> {
    // Built from the inside out and backwards, so each length is written backwards too: its lowest seven bits come
    // first once the bytes are reversed.
    let mut backwards = vec![0];
    for _ in 0..depth {
        // One event has items: one item.
        backwards.extend([1, 1]);
        let mut length = backwards.len();
        let mut groups = vec![(length & 0x7f) as u8];
        while length >= 0x80 {
            length >>= 7;
            *groups.last_mut().unwrap() |= 0x80;
            groups.push((length & 0x7f) as u8);
        }
        backwards.extend(groups.iter().rev());
        // One column.
        backwards.extend([14, 1]);
    }
    backwards.reverse();
    backwards
}

/// Nested lists would use stack in the collector for each level.
#[test]
fn nested_items_are_refused() {
    let empty = batch(vec![(Timestamp::from_millis(0), touchpoint("add_to_cart", "{}"))]).encode();
    let (columns, head) = empty.split_last().unwrap();
    assert_eq!(*columns, 0, "no columns");
    let body = |depth| [head, &nested_items(depth)].concat();
    assert_eq!(codes(&wire::decode(&body(1)).unwrap()), []);
    for depth in [2, 30_000] {
        let body = body(depth);
        assert!(body.len() < BODY_MAX_BYTES, "{} bytes", body.len());
        assert_eq!(
            codes(&wire::decode(&body).unwrap()),
            [(0, "field_unexpected")],
            "{depth}"
        );
    }
}

/// Many unknown columns over many items, which take only a few bytes each.
#[test]
fn unknown_columns_count_towards_the_size_limit() {
    let empty = batch(vec![(Timestamp::from_millis(0), touchpoint("add_to_cart", "{}"))]).encode();
    let (_, head) = empty.split_last().unwrap();
    // 100,000 items in one event; each item has a value in each of 100 columns.
    let many = [0xa0, 0x8d, 0x06];
    let unknown = (150..250).flat_map(|code| [[code, 3].as_slice(), &many].concat());
    let items = [&[1], many.as_slice(), &[100], &unknown.collect::<Vec<u8>>()].concat();
    let length = [items.len() as u8 | 0x80, (items.len() >> 7) as u8];
    let body = [head, &[1, 14], &length, &items].concat();
    assert_eq!(
        *wire::decode(&body).unwrap_err().kind(),
        ErrorKind::TooMany,
        "{} bytes",
        body.len()
    );
}

/// Replaces the first byte of the first occurrence of `from`.
fn with_byte(bytes: &[u8], from: &[u8], to: u8) -> Vec<u8> {
    let at = bytes
        .windows(from.len())
        .position(|window| window == from)
        .expect("the bytes are there");
    let mut changed = bytes.to_vec();
    changed[at] = to;
    changed
}

#[test]
fn an_unknown_kind_or_field_makes_only_its_event_a_dead_letter() {
    let view = touchpoint("view_item", r#"{"currency":"EUR"}"#);
    let login = touchpoint("login", "{}");
    let time = Timestamp::from_millis(1_000);
    let bytes = batch(vec![(time, login.clone()), (time, view), (time, login)]).encode();

    // The kinds 34, 5, 34.
    let decoded = wire::decode(&with_byte(&bytes, &[34, 5, 34], 250)).unwrap();
    assert_eq!(codes(&decoded), [(0, "unknown_kind")]);
    // One column: currency (12), 3 bytes.
    let decoded = wire::decode(&with_byte(&bytes, &[12, 3], 250)).unwrap();
    assert_eq!(codes(&decoded), [(1, "unknown_field")]);
    assert_eq!(decoded.good.len(), 2);
    // The column becomes `title`, which the kind does not have.
    let decoded = wire::decode(&with_byte(&bytes, &[12, 3], 2)).unwrap();
    assert_eq!(codes(&decoded), [(1, "field_unexpected")]);
}

/// Pages that were loaded before quantities could have a fraction send them as whole numbers under another code.
#[test]
fn whole_quantities_of_older_pages_are_read() {
    let older = batch(vec![(
        Timestamp::MIN,
        touchpoint("view_item", r#"{"items":[{"index":3}]}"#),
    )]);
    let decoded = wire::decode(&with_byte(&older.encode(), &[76, 2, 1, 6], 74)).unwrap();
    assert_eq!(decoded.bad, []);
    let expected = touchpoint("view_item", r#"{"items":[{"quantity":3}]}"#);
    assert_eq!(decoded.good[0].touchpoint, expected);
}

fn codes(decoded: &Decoded) -> Vec<(u32, &'static str)> {
    decoded.bad.iter().map(|event| (event.seq, event.code)).collect()
}

#[test]
fn invalid_json_events_become_dead_letters_with_their_reason() {
    let value: Value = serde_json::from_str(
        r#"{"v":1,"site":"shop","writer":"0123456789abcdef0123456789abcdef","visitor":"v1","first_seq":7,"events":[
            {"time":1,"kind":"login"},
            {"time":-1,"kind":"login"},
            {"time":1,"kind":""},
            {"time":1,"kind":"page_view"},
            {"time":1,"kind":"purchase","value":"much"},
            {"kind":"login"},
            {"time":1,"kind":"nps","score":9.5},
            {"time":1,"kind":"my.own","mood":"good"}]}"#,
    )
    .unwrap();
    let decoded = wire::from_value(&value).unwrap();
    assert_eq!(
        (decoded.first_seq, decoded.last_seq, decoded.consent),
        (7, 14, Consent::Unknown)
    );
    assert_eq!(
        decoded.good.iter().map(|event| event.id.seq).collect::<Vec<_>>(),
        [7, 11, 14]
    );
    assert_eq!(
        decoded.good[1].touchpoint.repairs(),
        [("value".into(), Value::from("field_type: much"))]
    );
    assert_eq!(decoded.good[2].touchpoint.name(), "my.own");
    assert_eq!(
        codes(&decoded),
        [
            (8, "time"),
            (9, "name"),
            (10, "field_missing"),
            (12, "time"),
            (13, "field_type")
        ]
    );
    assert_eq!(decoded.bad[2].detail, "field url is missing");
    assert_eq!(decoded.bad[0].time, None);
    assert_eq!(decoded.bad[1].time, Some(Timestamp::from_millis(1)));
}

#[test]
fn a_json_batch_with_an_invalid_header_is_refused() {
    for (json, code) in [
        ("{}", "unsupported_version"),
        (r#"{"v":1}"#, "site_id"),
        (r#"{"v":1,"site":"Shop"}"#, "site_id"),
        (r#"{"v":1,"site":"shop","writer":"12"}"#, "writer_id"),
        (
            r#"{"v":1,"site":"shop","writer":"0123456789abcdef0123456789abcdef"}"#,
            "visitor_id",
        ),
        (
            r#"{"v":1,"site":"shop","writer":"0123456789abcdef0123456789abcdef","visitor":"v","consent":"yes"}"#,
            "malformed",
        ),
        (
            r#"{"v":1,"site":"shop","writer":"0123456789abcdef0123456789abcdef","visitor":"v","first_seq":-1}"#,
            "malformed",
        ),
        (
            r#"{"v":1,"site":"shop","writer":"0123456789abcdef0123456789abcdef","visitor":"v","events":7}"#,
            "malformed",
        ),
        (
            r#"{"v":1,"site":"shop","writer":"0123456789abcdef0123456789abcdef","visitor":"v","events":[]}"#,
            "too_many",
        ),
    ] {
        let value: Value = serde_json::from_str(json).unwrap();
        assert_eq!(wire::from_value(&value).unwrap_err().code(), code, "{json}");
    }
}

#[test]
fn an_event_is_written_in_the_form_of_the_corpus() {
    let event: Event = event(
        3,
        0,
        "v1",
        "add_to_cart",
        r#"{"currency":"EUR","value":19.9,"mood":"good"}"#,
    );
    let json = serde_json::to_string(&wire::event_to_value(&event)).unwrap();
    assert_eq!(
        json,
        r#"{"writer":"00000000000000000000000000000001","seq":3,"time":1764000000000,"visitor":"v1","kind":"add_to_cart","currency":"EUR","value":19.9,"props":{"mood":"good"}}"#
    );
}
