//! Values that pages left out, in the report on the quality of the data.

use super::{Fixture, grid};
use crate::report::ReportRequest;

#[test]
fn fields_that_were_left_out_are_counted_with_an_example() {
    let table = Fixture::of(
        r#"
        ann 1 purchase {"value":"free","currency":"EUR","tax":"none"}
        ann 2 purchase {"value":"a lot","currency":"EUR"}
        bob 3 purchase {"value":10000000000,"currency":"EUR"}
        bob 4 purchase {"value":"1.234,50","currency":"EUR","items":[{"item_id":"mug","price":"free"}]}
        "#,
    )
    .report(ReportRequest::new("data-quality"));
    let rows: Vec<_> = table
        .rows
        .iter()
        .position(|row| row[0] != crate::table::Cell::text("field left out"))
        .map(|end| grid(&table, &["check", "subject", "count", "of", "advice"])[..end].to_vec())
        .unwrap();
    let advice =
        "the touchpoint counts without this value, which its field repairs keeps. Send a value of the field's type.";
    assert_eq!(
        rows,
        [
            format!("field left out | purchase.items.price | 1 | 4 | field_type: free; {advice}"),
            format!("field left out | purchase.tax | 1 | 4 | field_type: none; {advice}"),
            format!("field left out | purchase.value | 1 | 4 | field_range: 10000000000; {advice}"),
            format!("field left out | purchase.value | 2 | 4 | field_type: a lot; {advice}"),
        ]
    );
}
