//! Generators of all values of the model's types, for property tests.

use proptest::prelude::*;
use proptest::sample::select;
use wayside_model::field::{FieldType, FieldValue, ITEM_FIELDS, prop};
use wayside_model::kind::COMMON;
use wayside_model::limits::INT_MAX;
use wayside_model::{
    Batch, Consent, Event, EventId, Field, Fields, Kind, Money, SiteId, Timestamp, Touchpoint, Value, VisitorId,
    WriterId,
};

/// Text of any script, and sometimes one of a few words so that texts repeat.
pub fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(vec!["", "EUR", "mug-blue", "Große Tasse", "青い", "a b", "0"]).prop_map(String::from),
        1 => "\\PC{0,24}",
        1 => any::<String>().prop_map(|text| text.chars().take(20).collect()),
    ]
}

/// The name of a custom touchpoint, which is not the name of a kind.
pub fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9_.:-]{1,12}".prop_filter("no kind", |name| Kind::from_name(name).is_none())
}

/// An amount below a billion units, for which the JSON form is exact.
pub fn money() -> impl Strategy<Value = Money> {
    prop_oneof![
        (-10_000_i64..10_000_000).prop_map(|cents| cents * 10_000),
        -1_000_000_000_000_000_i64..=1_000_000_000_000_000,
    ]
    .prop_map(|micros| Money::from_micros(micros).expect("the amount is in range"))
}

fn prop_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::Bool),
        (-INT_MAX..=INT_MAX).prop_map(Value::Int),
        // JSON readers differ in the last bit of decimals with more than 15 digits; these have fewer.
        any::<i32>().prop_map(|eighths| Value::Float(f64::from(eighths) / 8.0)),
        text().prop_map(Value::Text),
    ]
}

/// A value of the field's type.
pub fn value(field: Field) -> BoxedStrategy<FieldValue> {
    match field.field_type() {
        FieldType::Text if field == Field::Name => name().prop_map(FieldValue::Text).boxed(),
        FieldType::Text => text().prop_map(FieldValue::Text).boxed(),
        FieldType::Url => "(https://shop\\.example)?/[a-z0-9/]{0,12}"
            .prop_map(FieldValue::Text)
            .boxed(),
        FieldType::Int => prop_oneof![0_i64..100_000, -INT_MAX..=INT_MAX]
            .prop_map(FieldValue::Int)
            .boxed(),
        FieldType::Money => money().prop_map(FieldValue::Money).boxed(),
        FieldType::Bool => any::<bool>().prop_map(FieldValue::Bool).boxed(),
        FieldType::Items => prop::collection::vec(some_fields(ITEM_FIELDS.to_vec()), 0..4)
            .prop_map(FieldValue::Items)
            .boxed(),
        // The keys are not names of fields, because JSON would read them as fields.
        FieldType::Props => prop::collection::vec(("p_[a-z]{1,6}", prop_value()), 1..4)
            .prop_map(|props| FieldValue::Props(props.iter().filter_map(|(name, value)| prop(name, value)).collect()))
            .boxed(),
    }
}

/// Some of these fields with values.
pub fn some_fields(fields: Vec<Field>) -> impl Strategy<Value = Fields> {
    let most = fields.len().min(6);
    prop::sample::subsequence(fields, 0..=most).prop_flat_map(with_values)
}

fn with_values(fields: Vec<Field>) -> impl Strategy<Value = Fields> {
    let values: Vec<_> = fields.iter().map(|field| value(*field)).collect();
    values.prop_map(move |values| {
        let mut set = Fields::new();
        for (field, value) in fields.iter().zip(values) {
            set.set(*field, value).expect("the value is of the field's type");
        }
        set
    })
}

/// A touchpoint of any kind with any of its fields.
pub fn touchpoint() -> impl Strategy<Value = Touchpoint> {
    select(Kind::ALL.to_vec()).prop_flat_map(touchpoint_of)
}

/// A touchpoint of this kind with any of its fields.
pub fn touchpoint_of(kind: Kind) -> impl Strategy<Value = Touchpoint> {
    let optional: Vec<Field> = kind.optional().iter().chain(COMMON).copied().collect();
    (with_values(kind.required().to_vec()), some_fields(optional)).prop_map(move |(mut fields, more)| {
        for (field, value) in more.iter() {
            fields
                .set(field, value.clone())
                .expect("the value is of the field's type");
        }
        Touchpoint::new(kind, fields).expect("the kind has the fields")
    })
}

/// Any time that the wire format can represent, mostly within a few hours.
pub fn time() -> impl Strategy<Value = Timestamp> {
    prop_oneof![
        9 => 1_764_000_000_000_i64..1_764_010_000_000,
        1 => Timestamp::MIN.millis()..=Timestamp::MAX.millis(),
    ]
    .prop_map(Timestamp::from_millis)
}

/// A batch of one to a dozen events, in any order of time.
pub fn batch() -> impl Strategy<Value = Batch> {
    (
        "[a-z0-9_-]{1,12}",
        any::<u128>(),
        visitor(),
        select(Consent::ALL.to_vec()),
        any::<bool>(),
        prop_oneof![0_u32..100, any::<u32>().prop_map(|seq| seq.min(u32::MAX - 1_000))],
        prop::collection::vec((time(), touchpoint()), 1..12),
    )
        .prop_map(|(site, writer, visitor, consent, automated, first_seq, events)| Batch {
            site: SiteId::parse(&site).expect("the site is right"),
            writer: WriterId(writer),
            visitor,
            consent,
            automated,
            first_seq,
            events,
        })
}

fn visitor() -> impl Strategy<Value = VisitorId> {
    "[a-zA-Z0-9]{1,16}".prop_map(|raw| VisitorId::parse(&raw).expect("the visitor is right"))
}

/// The events of one customer in canonical order: up to three visitors, times that are often at the edges of sessions,
/// and mostly touchpoints that matter to sessions, stages and detectors.
pub fn journey() -> impl Strategy<Value = Vec<Event>> {
    let gap = prop_oneof![
        6 => 0_i64..20_000,
        1 => Just(0_i64),
        1 => 1_799_990_i64..1_800_010,
        1 => 0_i64..100_000_000,
    ];
    let step = (gap, select(vec!["v1", "v2", "v3"]), journey_touchpoint());
    prop::collection::vec(step, 0..60).prop_map(|steps| {
        let mut now = 1_764_000_000_000;
        let mut events = Vec::new();
        for (seq, (gap, visitor, touchpoint)) in (0..).zip(steps) {
            now += gap;
            events.push(Event {
                id: EventId {
                    writer: WriterId(7),
                    seq,
                },
                time: Timestamp::from_millis(now),
                visitor: VisitorId::parse(visitor).expect("the visitor is right"),
                touchpoint,
            });
        }
        events
    })
}

fn journey_touchpoint() -> impl Strategy<Value = Touchpoint> {
    let page = (
        select(vec!["/a", "/b", "/pay"]),
        select(vec!["link", "reload", "back_forward", "bfcache", "spa"]),
        select(vec![
            "",
            "",
            "",
            r#","source":"news","medium":"email""#,
            r#","click_id":"gclid""#,
        ]),
    )
        .prop_map(|(url, entry, more)| {
            crate::build::touchpoint("page_view", &format!(r#"{{"url":"{url}","entry":"{entry}"{more}}}"#))
        });
    let bare = select(vec![
        "view_item",
        "add_to_cart",
        "begin_checkout",
        "add_payment_info",
        "purchase",
        "refund",
        "share",
        "login",
    ])
    .prop_map(|name| crate::build::touchpoint(name, "{}"));
    let wait = (0_i64..9_000).prop_map(|ms| {
        crate::build::touchpoint(
            "checkout_step_time",
            &format!(r#"{{"step":"payment","waiting_ms":{ms},"acting_ms":1}}"#),
        )
    });
    prop_oneof![4 => page, 3 => bare, 1 => wait, 2 => touchpoint()]
}
