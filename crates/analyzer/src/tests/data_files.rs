//! Reports over data files as earlier versions and other engines write them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Schema};
use parquet::file::properties::WriterProperties;
use wayside_store::rows;

use super::{Fixture, rows_of};
use crate::report::ReportRequest;

/// Two customers, with rows of the same time, so that ids are read too.
const LINES: &str = r#"
v1=ann 1000 page_view {"url":"https://x/","source":"news","medium":"email"}
v1=ann 1000 view_item {"items":[{"item_id":"mug","price":9.5}]}
v1=ann 2000 purchase {"transaction_id":"t1","value":9.5,"currency":"EUR"}
v2 1000 page_view {"url":"https://x/faq","referrer":"https://www.google.com/"}
v2 5000 page_view {"url":"https://x/contact"}
v2 9000 nps {"score":9}
"#;

/// Checks that a changed file gives the same reports as one that this version writes.
#[track_caller]
fn check(change: impl Fn(RecordBatch) -> RecordBatch, properties: WriterProperties) {
    let mut sorted = rows_of(LINES);
    rows::sort(&mut sorted);
    let mut fixture = Fixture::new(1);
    fixture.add_batch(0, &change(rows::to_batch(&sorted).unwrap()), properties);
    let expected = Fixture::of(LINES);
    for request in [
        ReportRequest::new("kpis"),
        ReportRequest::new("journey-map"),
        ReportRequest::new("timeline").with("customer", "ann"),
    ] {
        assert_eq!(fixture.report(request.clone()), expected.report(request));
    }
}

#[test]
fn columns_that_a_file_lacks_have_no_values() {
    let without = |batch: RecordBatch| {
        let schema = batch.schema();
        let kept: Vec<usize> = (0..batch.num_columns())
            .filter(|at| !["device", "source_order", "comment"].contains(&schema.field(*at).name().as_str()))
            .collect();
        assert_eq!(kept.len(), batch.num_columns() - 3);
        batch.project(&kept).unwrap()
    };
    check(without, WriterProperties::default());
}

#[test]
fn columns_may_be_in_another_order() {
    let reversed = |batch: RecordBatch| {
        let all: Vec<usize> = (0..batch.num_columns()).rev().collect();
        batch.project(&all).unwrap()
    };
    check(reversed, WriterProperties::default());
}

#[test]
fn texts_without_a_dictionary_are_read() {
    let properties = WriterProperties::builder().set_dictionary_enabled(false).build();
    check(|batch| batch, properties);
}

#[test]
fn texts_of_another_type_are_read() {
    let large = |batch: RecordBatch| {
        let columns = batch.columns().iter().map(|column| match column.data_type() {
            DataType::Utf8 => cast(column, &DataType::LargeUtf8).unwrap(),
            _ => column.clone(),
        });
        let columns: Vec<_> = columns.collect();
        let fields = batch
            .schema()
            .fields()
            .iter()
            .zip(&columns)
            .map(|(field, column)| Arc::new(field.as_ref().clone().with_data_type(column.data_type().clone())))
            .collect::<Vec<_>>();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap()
    };
    check(large, WriterProperties::default());
}
