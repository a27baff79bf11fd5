//! The columns that rows have. Of the table's many columns, an ordinary row fills a dozen, and of those of its items two.
//!
//! A data file has only the columns of which some row has a value. Every reader of a Delta table reads the others as null, as it does
//! where a column was added to the table after a file was written.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch, StructArray, new_null_array};
use arrow::datatypes::{DataType, Field as ArrowField, FieldRef, Fields, Schema, SchemaRef};
use arrow::error::ArrowError;
use wayside_model::{Field, FieldValue};

use crate::rows::Row;
use crate::table::{self, column};

/// The columns of the table that at least one of `schemas` has, in the table's order.
pub(crate) fn union<'a>(schemas: impl IntoIterator<Item = &'a Schema>) -> SchemaRef {
    let schemas: Vec<&Schema> = schemas.into_iter().collect();
    let columns = table::schema();
    let columns = columns.fields().iter().filter_map(|column| {
        let found = schemas
            .iter()
            .filter_map(|schema| schema.field_with_name(column.name()).ok());
        let found: Vec<&ArrowField> = found.collect();
        (!found.is_empty()).then(|| with_fields(column, |name| found.iter().any(|column| has_field(column, name))))
    });
    Arc::new(Schema::new(columns.collect::<Vec<FieldRef>>()))
}

/// The columns of which some row has a value.
pub(crate) fn of_rows(rows: &[&Row]) -> SchemaRef {
    let (mut columns, mut fields) = ([false; CODES], [false; CODES]);
    for (field, value) in rows.iter().flat_map(|row| row.event.touchpoint.fields().iter()) {
        columns[field as usize] = true;
        if let FieldValue::Items(items) = value {
            for (field, _) in items.iter().flat_map(|item| item.iter()) {
                fields[field as usize] = true;
            }
        }
    }
    let is_there = |has: &[bool; CODES], name: &str| Field::from_name(name).is_some_and(|field| has[field as usize]);
    let all = table::schema();
    let (fixed, others) = all.fields().split_at(column::FIRST_FIELD);
    let others = others.iter().filter(|column| is_there(&columns, column.name()));
    let others = others.map(|column| with_fields(column, |name| is_there(&fields, name)));
    Arc::new(Schema::new(
        fixed.iter().map(Arc::clone).chain(others).collect::<Vec<_>>(),
    ))
}

/// The batch with the columns of `schema`: null where it does not have them.
///
/// # Errors
///
/// Fails if the batch has a column that `schema` does not have, or has it with another type.
pub(crate) fn fit(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    if batch.schema_ref() == schema {
        return Ok(batch.clone());
    }
    let rows = batch.num_rows();
    let mut found = 0;
    let columns = schema.fields().iter().map(|field| {
        let Some(column) = batch.column_by_name(field.name()) else {
            return Ok(new_null_array(field.data_type(), rows));
        };
        found += 1;
        match items_of(field) {
            Some((element, fields)) if column.data_type() != field.data_type() => fit_items(column, element, fields),
            _ => Ok(column.clone()),
        }
    });
    let columns = columns.collect::<Result<_, ArrowError>>()?;
    if found < batch.num_columns() {
        return Err(foreign("a column"));
    }
    RecordBatch::try_new(schema.clone(), columns)
}

/// Rows of the table with all of its columns. Batches of other tables and of other writers stay as they are.
pub(crate) fn widen(batch: RecordBatch) -> RecordBatch {
    let schema = table::schema();
    let fixed = &schema.fields()[..column::FIRST_FIELD];
    match batch.schema_ref().fields().get(..column::FIRST_FIELD) {
        Some(columns) if columns == fixed => fit(&batch, &schema).unwrap_or(batch),
        _ => batch,
    }
}

/// The batch without the columns that are null in each of its rows.
pub(crate) fn narrow(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let has_value = |array: &ArrayRef| array.null_count() < array.len();
    let kept: Vec<usize> = (0..batch.num_columns())
        .filter(|at| *at < column::FIRST_FIELD || has_value(batch.column(*at)))
        .collect();
    let batch = batch.project(&kept)?;
    let fields = batch.schema_ref().fields().iter().zip(batch.columns());
    let fields: Vec<FieldRef> = fields
        .map(|(field, column)| {
            let Some(items) = column
                .as_list_opt::<i32>()
                .and_then(|list| list.values().as_struct_opt())
            else {
                return Arc::clone(field);
            };
            with_fields(field, |name| items.column_by_name(name).is_some_and(has_value))
        })
        .collect();
    let columns = fields
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| match items_of(field) {
            Some((element, fields)) => fit_items(column, element, fields),
            None => Ok(column.clone()),
        });
    let columns = columns.collect::<Result<_, ArrowError>>()?;
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
}

/// The column with those fields of its items that `has` names; other columns as they are. An item keeps its first field, because
/// Parquet has no structs without any.
fn with_fields(column: &FieldRef, has: impl Fn(&str) -> bool) -> FieldRef {
    let Some((element, fields)) = items_of(column) else {
        return Arc::clone(column);
    };
    let kept = fields.iter().enumerate();
    let kept = kept.filter(|(at, field)| *at == 0 || has(field.name()));
    let kept: Fields = kept.map(|(_, field)| Arc::clone(field)).collect();
    let element = element.as_ref().clone().with_data_type(DataType::Struct(kept));
    let items = DataType::List(Arc::new(element));
    Arc::new(column.as_ref().clone().with_data_type(items))
}

fn has_field(column: &ArrowField, name: &str) -> bool {
    items_of(column).is_none_or(|(_, fields)| fields.find(name).is_some())
}

/// The element of a column of items, and its fields.
fn items_of(column: &ArrowField) -> Option<(&FieldRef, &Fields)> {
    let DataType::List(element) = column.data_type() else {
        return None;
    };
    match element.data_type() {
        DataType::Struct(fields) => Some((element, fields)),
        _ => None,
    }
}

/// Lists of items with these fields: null where they do not have them. Fields that are not among these are left out.
fn fit_items(column: &ArrayRef, element: &FieldRef, fields: &Fields) -> Result<ArrayRef, ArrowError> {
    let list = column
        .as_list_opt::<i32>()
        .ok_or_else(|| foreign("a column of items"))?;
    let items = list.values().as_struct_opt();
    let items = items.ok_or_else(|| foreign("a column of items"))?;
    let columns = fields.iter().map(|field| {
        let column = items.column_by_name(field.name()).cloned();
        column.unwrap_or_else(|| new_null_array(field.data_type(), items.len()))
    });
    let nulls = items.nulls().cloned();
    let items = StructArray::try_new_with_length(fields.clone(), columns.collect(), nulls, items.len())?;
    let (offsets, nulls) = (list.offsets().clone(), list.nulls().cloned());
    let list = ListArray::try_new(Arc::clone(element), offsets, Arc::new(items), nulls)?;
    Ok(Arc::new(list))
}

/// Codes of fields are bytes.
const CODES: usize = 256;

fn foreign(thing: &str) -> ArrowError {
    ArrowError::SchemaError(format!("{thing} is not the table's"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::to_batch;
    use crate::testing::{event, rich_event, row};

    #[test]
    fn columns_without_a_value_are_left_out_and_come_back_as_null() {
        let plain = to_batch(&[row("c", event("v", 1, 0, 0))]).unwrap();
        let rich = to_batch(&[row("c", rich_event())]).unwrap();
        let (narrow_plain, narrow_rich) = (narrow(&plain).unwrap(), narrow(&rich).unwrap());
        let names = |batch: &RecordBatch| -> Vec<String> {
            let fields = batch.schema_ref().fields();
            fields.iter().map(|field| field.name().clone()).collect()
        };
        assert_eq!(names(&narrow_plain)[column::FIRST_FIELD..], ["url"]);
        assert!(narrow_rich.num_columns() < rich.num_columns() / 2);
        let items = narrow_rich.column_by_name("items").unwrap();
        let items = items.as_list::<i32>().values().as_struct().column_names();
        assert!(items.contains(&"item_id") && !items.contains(&"coupon"), "{items:?}");
        assert_eq!(widen(narrow_plain.clone()), plain);
        assert_eq!(widen(narrow_rich.clone()), rich);
        let both = union([narrow_plain.schema_ref().as_ref(), narrow_rich.schema_ref().as_ref()]);
        for (narrow, whole) in [(narrow_plain, plain), (narrow_rich, rich)] {
            let fitted = fit(&narrow, &both).unwrap();
            assert_eq!(fitted.schema(), both);
            assert_eq!(widen(fitted), whole);
        }
    }

    #[test]
    fn rows_of_another_table_stay_as_they_are() {
        let batch = to_batch(&[row("c", event("v", 1, 0, 0))]).unwrap();
        let foreign = batch.project(&[column::TIME, column::CUSTOMER]).unwrap();
        assert_eq!(widen(foreign.clone()), foreign);
        let narrow = narrow(&batch).unwrap();
        let schema = union([foreign.schema_ref().as_ref()]);
        assert!(fit(&narrow, &schema).is_err(), "a value would be lost");
    }
}
