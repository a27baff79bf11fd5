//! Helpers that write events and read them back as text.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Int64Type, TimestampMillisecondType};
use arrow::util::display::array_value_to_string;
use wayside_model::{Consent, Event, EventId, SiteId, Timestamp, Touchpoint, Value, VisitorId, WriterId};
use wayside_store::table::{self, column};
use wayside_store::{Accepted, DataWriter, DeadLetter, Options, Snapshot, Store, rows};

pub(crate) fn site() -> SiteId {
    SiteId::parse("shop").unwrap()
}

/// The start time of the events: half of them are in November and half in December 2026.
pub(crate) const START: i64 = 1_796_083_200_000 - 50_000;

pub(crate) fn event(visitor: &str, writer: u128, seq: u32, after: i64) -> Event {
    say(
        "view_item",
        &Value::map([("value", Value::Int(i64::from(seq)))]),
        visitor,
        writer,
        seq,
        after,
    )
}

pub(crate) fn identify(visitor: &str, customer: &str, writer: u128, seq: u32, after: i64) -> Event {
    let fields = Value::map([("customer_id", Value::from(customer))]);
    say("identify", &fields, visitor, writer, seq, after)
}

fn say(name: &str, fields: &Value, visitor: &str, writer: u128, seq: u32, after: i64) -> Event {
    Event {
        id: EventId {
            writer: WriterId(writer),
            seq,
        },
        time: Timestamp::from_millis(START + after),
        visitor: VisitorId::parse(visitor).unwrap(),
        touchpoint: Touchpoint::parse(name, fields).unwrap(),
    }
}

pub(crate) fn accepted(events: Vec<Event>) -> Accepted {
    Accepted {
        site: site(),
        received_at: Timestamp::from_millis(START),
        consent: Consent::Granted,
        automated: false,
        events,
        dead: Vec::new(),
        replaces: Vec::new(),
    }
}

pub(crate) fn letter(writer: u128, seq: u32) -> DeadLetter {
    DeadLetter {
        writer: WriterId(writer),
        seq,
        time: None,
        code: "field_missing".to_owned(),
        detail: "field name is missing".to_owned(),
        raw: Some(r#"{"kind":"custom"}"#.to_owned()),
    }
}

pub(crate) fn options() -> Options {
    Options {
        keep_removed: std::time::Duration::ZERO,
        ..Options::default()
    }
}

pub(crate) async fn writer(dir: &Path) -> DataWriter {
    DataWriter::lock(dir, options()).await.unwrap()
}

/// Reads a snapshot as its documentation describes, checks its guarantees, and returns each row as text, the customer
/// first.
pub(crate) fn rows_of(snapshot: &Snapshot) -> Vec<String> {
    let mut customers = BTreeMap::new();
    let mut lines = Vec::new();
    for bucket in &snapshot.buckets {
        let mut runs = bucket.tail.clone();
        for batch in &bucket.tail {
            check_run(batch);
        }
        for file in &bucket.files {
            let batches = read(&snapshot.table_root.join(&file.path));
            let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
            assert_eq!(rows as u64, file.rows, "{file:?}");
            for batch in batches {
                check_run(&batch);
                let names = batch.column(column::CUSTOMER).as_string::<i32>();
                let stays = names
                    .iter()
                    .map(|name| Some(!bucket.moved.contains(name.unwrap())))
                    .collect();
                runs.push(arrow::compute::filter_record_batch(&batch, &stays).unwrap());
            }
        }
        let (all, copies) = rows::merge(&runs).unwrap();
        assert_eq!(copies, 0, "an id is in bucket {} twice", bucket.number);
        let names = all.column(column::CUSTOMER).as_string::<i32>();
        for row in 0..all.num_rows() {
            let name = names.value(row).to_owned();
            assert_eq!(table::bucket(&name), bucket.number);
            assert_eq!(*customers.entry(name).or_insert(bucket.number), bucket.number);
            lines.push(line(&all, row));
        }
    }
    assert_eq!(lines.len() as u64, snapshot.events);
    lines.sort();
    lines
}

fn line(batch: &RecordBatch, row: usize) -> String {
    let schema = batch.schema();
    let cells = batch.columns().iter().zip(schema.fields());
    cells
        .filter(|(cells, _)| cells.is_valid(row))
        .map(|(cells, field)| format!("{}={}", field.name(), array_value_to_string(cells, row).unwrap()))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Checks that a run is sorted and contains each id once.
fn check_run(batch: &RecordBatch) {
    let customers = batch.column(column::CUSTOMER).as_string::<i32>();
    let times = batch.column(column::TIME).as_primitive::<TimestampMillisecondType>();
    let writers = batch.column(column::WRITER).as_binary::<i32>();
    let seqs = batch.column(column::SEQ).as_primitive::<Int64Type>();
    let key = |row| {
        (
            customers.value(row),
            times.value(row),
            writers.value(row),
            seqs.value(row),
        )
    };
    for row in 1..batch.num_rows() {
        assert!(key(row - 1) < key(row), "{:?} before {:?}", key(row - 1), key(row));
    }
}

pub(crate) fn read(path: &Path) -> Vec<RecordBatch> {
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let file = std::fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
    reader.map(Result::unwrap).collect()
}

pub(crate) async fn lines(store: &Store) -> Vec<String> {
    rows_of(&store.snapshot(&site()).await.unwrap())
}

/// The expected content of the table: each event once, under the customer of its visitor.
pub(crate) fn expected(events: &[Event], customers: &[(&str, &str)]) -> Vec<String> {
    let mut rows: Vec<_> = events
        .iter()
        .map(|event| {
            let visitor = event.visitor.as_str();
            let customer = customers
                .iter()
                .find(|(v, _)| *v == visitor)
                .map(|(_, customer)| *customer);
            rows::Row {
                customer: wayside_model::customer::key(visitor, customer),
                event: event.clone(),
                received_at: Timestamp::from_millis(START),
                consent: Consent::Granted,
                automated: false,
            }
        })
        .collect();
    rows::sort(&mut rows);
    let batch = rows::to_batch(&rows).unwrap();
    let mut lines: Vec<_> = (0..batch.num_rows()).map(|row| line(&batch, row)).collect();
    lines.sort();
    lines
}

/// Compares two lists and fails with the missing and surplus rows only.
#[track_caller]
pub(crate) fn assert_same(found: &[String], expected: &[String]) {
    let missing: Vec<_> = expected.iter().filter(|line| !found.contains(line)).collect();
    let surplus: Vec<_> = found.iter().filter(|line| !expected.contains(line)).collect();
    assert!(
        missing.is_empty() && surplus.is_empty(),
        "missing: {missing:#?}\nsurplus: {surplus:#?}"
    );
    assert_eq!(found.len(), expected.len(), "some are there twice");
}
