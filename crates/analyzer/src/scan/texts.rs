//! Columns of texts, as the files have them: numbers of texts in a dictionary.

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, StringArray};
use arrow::datatypes::{DataType, Int32Type};

/// A column of texts with its dictionary.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    keys: Int32Array,
    dictionary: StringArray,
}

impl Texts {
    /// The type of such a column.
    pub(super) fn data_type() -> DataType {
        DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
    }

    /// The column; `None` if it has another type.
    pub(super) fn new(array: &ArrayRef) -> Option<Self> {
        let array = array.as_dictionary_opt::<Int32Type>()?;
        Some(Self {
            keys: array.keys().clone(),
            dictionary: array.values().as_string_opt::<i32>()?.clone(),
        })
    }

    /// The dictionary.
    pub(super) fn dictionary(&self) -> &StringArray {
        &self.dictionary
    }

    /// The number of a row's text in the dictionary; `None` if the row has none.
    pub(super) fn key(&self, row: usize) -> Option<usize> {
        self.keys.is_valid(row).then(|| self.keys.value(row) as usize)
    }

    /// The text of a row; `None` if the row has none.
    pub(super) fn get(&self, row: usize) -> Option<&str> {
        self.key(row).map(|key| self.dictionary.value(key))
    }

    /// The text of a row of a column that has one in every row.
    pub(super) fn value(&self, row: usize) -> &str {
        self.dictionary.value(self.keys.value(row) as usize)
    }

    /// Whether two rows have the same text. Both have to have one.
    pub(super) fn are_same(&self, a: usize, b: usize) -> bool {
        let (a, b) = (self.keys.value(a) as usize, self.keys.value(b) as usize);
        a == b || self.dictionary.value(a) == self.dictionary.value(b)
    }

    /// Whether both columns have the same dictionary in memory.
    pub(super) fn shares_dictionary(&self, other: &Self) -> bool {
        self.dictionary.len() == other.dictionary.len()
            && self.dictionary.values().ptr_eq(other.dictionary.values())
            && self.dictionary.offsets().ptr_eq(other.dictionary.offsets())
    }
}
