//! Builders of events for the tests of this crate.

use std::path::Path;

use wayside_model::field::ITEM_FIELDS;
use wayside_model::{Consent, Event, EventId, FieldType, SiteId, Timestamp, Touchpoint, Value, VisitorId, WriterId};

use crate::accepted::Accepted;
use crate::delta::TableFile;
use crate::parquet_file;
use crate::rows::{self, Row};
use crate::table::{bucket, month};
use crate::writing::unique_id;

pub(crate) fn site() -> SiteId {
    SiteId::parse("shop").unwrap()
}

fn parse(name: &str, fields: &Value, visitor: &str, writer: u128, seq: u32, time: i64) -> Event {
    Event {
        id: EventId {
            writer: WriterId(writer),
            seq,
        },
        time: Timestamp::from_millis(time),
        visitor: VisitorId::parse(visitor).unwrap(),
        touchpoint: Touchpoint::parse(name, fields).unwrap(),
    }
}

pub(crate) fn event(visitor: &str, writer: u128, seq: u32, time: i64) -> Event {
    let fields = Value::map([("url", Value::from("https://shop.example/"))]);
    parse("page_view", &fields, visitor, writer, seq, time)
}

pub(crate) fn identify(visitor: &str, customer: &str, writer: u128, seq: u32, time: i64) -> Event {
    let fields = Value::map([("customer_id", Value::from(customer))]);
    parse("identify", &fields, visitor, writer, seq, time)
}

pub(crate) fn rich_event() -> Event {
    let item = |id| {
        Value::map([
            ("item_id", Value::from(id)),
            ("price", Value::Float(9.95)),
            ("quantity", Value::Int(1)),
        ])
    };
    let fields = Value::map([
        ("currency", Value::from("EUR")),
        ("value", Value::Float(19.9)),
        ("items", Value::List(vec![item("mug"), item("cup")])),
        ("colour", Value::from("blue")),
        ("size", Value::Int(7)),
    ]);
    parse("add_to_cart", &fields, "v", 1, 1, 1)
}

pub(crate) fn row(customer: &str, event: Event) -> Row {
    Row {
        customer: customer.to_owned(),
        event,
        received_at: Timestamp::from_millis(1_000),
        consent: Consent::Granted,
        automated: false,
    }
}

pub(crate) fn accepted(events: Vec<Event>) -> Accepted {
    Accepted {
        site: site(),
        received_at: Timestamp::from_millis(1_000),
        consent: Consent::Granted,
        automated: false,
        events,
        dead: Vec::new(),
        replaces: Vec::new(),
    }
}

/// An event of the largest size: 200 items, each with all of its text fields.
pub(crate) fn long_event(seq: u32, time: i64) -> Event {
    let text = "x".repeat(wayside_model::limits::TEXT_MAX_BYTES);
    let names = ITEM_FIELDS.iter().filter(|field| field.field_type() == FieldType::Text);
    let item = Value::map(names.map(|field| (field.name(), Value::from(text.as_str()))));
    let items = vec![item; wayside_model::limits::ITEMS_MAX];
    parse(
        "view_item_list",
        &Value::map([("items", Value::List(items))]),
        "v",
        1,
        seq,
        time,
    )
}

/// A file of the table with these rows, which all belong to one month and bucket.
pub(crate) fn file(root: &Path, mut rows: Vec<Row>) -> TableFile {
    rows::sort(&mut rows);
    let (month, bucket) = (month(rows[0].event.time), bucket(&rows[0].customer));
    let path = format!("site=shop/month={month}/bucket={bucket:02}/{}.parquet", unique_id());
    let batch = rows::to_batch(&rows).unwrap();
    let written = parquet_file::write_rows(&root.join(&path), std::iter::once(Ok(batch)));
    let partition = [
        ("site", site().to_string()),
        ("month", month),
        ("bucket", bucket.to_string()),
    ];
    TableFile::new(path, &partition, written.unwrap().unwrap(), 0)
}
