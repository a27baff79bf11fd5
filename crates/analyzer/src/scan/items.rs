//! Products of touchpoints: typed access to the column of items, without building a list for each row.

use std::ops::Range;

use arrow::array::{Array, AsArray, ListArray};
use datafusion::error::Result;
use wayside_model::{Field, Fields};

use super::columns::Column;

/// A column of lists of items, with a typed column for each field that any of them has.
#[derive(Debug)]
pub(super) struct ItemColumn {
    lists: ListArray,
    fields: Vec<(Field, Column)>,
}

impl ItemColumn {
    pub(super) fn new(lists: &ListArray) -> Result<Self> {
        let mut fields = Vec::new();
        if let Some(items) = lists.values().as_struct_opt() {
            for (name, array) in items.column_names().into_iter().zip(items.columns()) {
                if let Some(field) = Field::from_name(name).filter(|_| array.null_count() < array.len()) {
                    fields.push((field, Column::new(field, array)?));
                }
            }
        }
        Ok(Self {
            lists: lists.clone(),
            fields,
        })
    }

    /// The items of a row, none if it has no list.
    pub(super) fn items(&self, row: usize) -> impl Iterator<Item = Item<'_>> {
        let places = self.places(row).unwrap_or_default();
        places.map(|at| Item { column: self, at })
    }

    /// The items of a row with all of their fields, for display; `None` if it has no list.
    pub(super) fn value(&self, row: usize) -> Option<Vec<Fields>> {
        let item = |at: usize| {
            let mut out = Fields::new();
            for (field, column) in &self.fields {
                if let Some(value) = column.value(at) {
                    // Values in the table have passed the same check.
                    let _ = out.set(*field, value);
                }
            }
            out
        };
        Some(self.places(row)?.map(item).collect())
    }

    fn places(&self, row: usize) -> Option<Range<usize>> {
        let offsets = self.lists.value_offsets();
        let place = || offsets[row] as usize..offsets[row + 1] as usize;
        self.lists.is_valid(row).then(place)
    }

    fn column(&self, field: Field) -> Option<&Column> {
        let found = self.fields.iter().find(|(known, _)| *known == field);
        found.map(|(_, column)| column)
    }
}

/// A product of a touchpoint.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    column: &'a ItemColumn,
    at: usize,
}

impl<'a> Item<'a> {
    /// The text of a field.
    pub fn text(&self, field: Field) -> Option<&'a str> {
        self.column.column(field)?.text(self.at)
    }

    /// A whole number, or an amount in millionths.
    pub fn int(&self, field: Field) -> Option<i64> {
        self.column.column(field)?.int(self.at)
    }
}
