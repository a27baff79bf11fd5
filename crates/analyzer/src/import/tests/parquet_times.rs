//! Times of Parquet, with a zone of their own and without.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, StringArray, TimestampMicrosecondArray};
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;

use super::*;

/// The time of a row with `at`, by a mapping whose zone is Berlin.
fn time(at: ArrayRef, more: &str) -> (String, Event) {
    let text = |value: &str| Arc::new(StringArray::from(vec![value])) as ArrayRef;
    let columns = [("user", text("u")), ("what", text("login")), ("at", at)];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut file = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let mapping = CSV
        .replace("\"csv\"", "\"parquet\"")
        .replace("\"rfc3339\"", "\"ms\"\nzone = \"Europe/Berlin\"");
    let mut rows = import(&format!("{mapping}{more}"), &file);
    match rows.pop() {
        Some(Imported::Good(event)) => {
            let time = jiff::Timestamp::from_millisecond(event.time.millis()).unwrap();
            (time.to_string(), event)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn times_without_a_zone_are_those_of_the_mappings_zone() {
    // 2024-07-01T12:00:00.25 on some clock.
    let noon = || TimestampMicrosecondArray::from(vec![1_719_835_200_250_000]);
    let zoned = |zone: &str| Arc::new(noon().with_timezone(zone)) as ArrayRef;
    assert_eq!(time(Arc::new(noon()), "").0, "2024-07-01T10:00:00.25Z");
    assert_eq!(time(zoned("UTC"), "").0, "2024-07-01T12:00:00.25Z");
    assert_eq!(time(zoned("+02:00"), "").0, "2024-07-01T12:00:00.25Z");
    let day = Arc::new(Date32Array::from(vec![19_905])) as ArrayRef;
    assert_eq!(time(day, "").0, "2024-06-30T22:00:00Z");
}

#[test]
fn a_time_that_is_a_property_too_is_read_the_same() {
    let noon = TimestampMicrosecondArray::from(vec![1_719_835_200_250_000]);
    let (time, event) = time(Arc::new(noon), "[props]\nwritten = \"at\"\n");
    assert_eq!(time, "2024-07-01T10:00:00.25Z");
    let props = event.touchpoint.fields().get(Field::Props).unwrap().to_value();
    assert_eq!(
        props.get("written").and_then(Value::as_text),
        Some("2024-07-01T12:00:00.25")
    );
}

#[test]
fn a_refused_time_is_shown_as_people_read_it() {
    let text = |value: &str| Arc::new(StringArray::from(vec![value])) as ArrayRef;
    for (micros, detail, raw) in [
        (
            1_893_456_000_000_000,
            "\"2030-01-01T00:00:00Z\" is in the future",
            r#""at":"2030-01-01T00:00:00Z""#,
        ),
        (
            -86_400_000_000,
            "\"1969-12-31T00:00:00Z\" is outside 1970 to 2200",
            r#""at":"1969-12-31T00:00:00Z""#,
        ),
    ] {
        let at = TimestampMicrosecondArray::from(vec![micros]).with_timezone("UTC");
        let columns = [
            ("user", text("u")),
            ("what", text("login")),
            ("at", Arc::new(at) as ArrayRef),
        ];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let mut file = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let rows = import(&CSV.replace("\"csv\"", "\"parquet\""), &file);
        let [Imported::Bad(bad)] = rows.as_slice() else {
            panic!("{rows:?}");
        };
        assert_eq!((bad.code, bad.detail.as_str()), ("time", detail));
        assert!(bad.raw.as_ref().unwrap().contains(raw), "{bad:?}");
    }
}
