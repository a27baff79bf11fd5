//! Keys of kept states: hashes of everything that a state rests on.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use arrow::array::RecordBatch;
use arrow::error::ArrowError;
use arrow::row::{RowConverter, SortField};
use sha2::{Digest, Sha256};
use wayside_model::SiteId;
use wayside_store::{Bucket, Snapshot};

use crate::scan::Scope;
use crate::zone::Zone;

/// Where a state is kept, and what it has to rest on to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    /// A hash of the question and the bucket. It does not change with the data, so that a new state takes the place of
    /// the one before.
    pub(super) place: [u8; 16],
    /// A hash of the place, the code and everything in the bucket.
    pub(super) version: [u8; 32],
}

/// The keys of one scope of one snapshot.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    /// A hash of the code that makes the states.
    code: &'static str,
    scope: String,
    /// By number of the bucket: a hash of everything in it.
    buckets: BTreeMap<u16, [u8; 32]>,
}

impl Keys {
    /// Hashes the buckets of a snapshot. `zone` is part of the keys because a report may count by days.
    ///
    /// # Errors
    ///
    /// Fails if Arrow cannot convert the rows of a tail.
    pub(crate) fn new(site: &SiteId, snapshot: &Snapshot, scope: &Scope, zone: &Zone) -> Result<Self, ArrowError> {
        let Scope {
            range,
            traffic,
            config,
            customer,
            segment,
        } = scope;
        let buckets = snapshot.buckets.iter();
        Ok(Self {
            code: CODE,
            scope: format!(
                "{site:?} {range:?} {traffic:?} {config:?} {customer:?} {segment:?} {:?}",
                zone.name()
            ),
            buckets: buckets
                .map(|bucket| Ok((bucket.number, version(bucket)?)))
                .collect::<Result<_, ArrowError>>()?,
        })
    }

    /// The key of the state of `question` over a bucket; `None` if the snapshot has no such bucket.
    pub(crate) fn of(&self, question: &str, bucket: u16) -> Option<Key> {
        let content = self.buckets.get(&bucket)?;
        let place: [u8; 32] = Sha256::new()
            .chain_part(self.scope.as_bytes())
            .chain_part(question.as_bytes())
            .chain_part(&bucket.to_le_bytes())
            .finalize()
            .into();
        let version = Sha256::new()
            .chain_part(&place)
            .chain_part(self.code.as_bytes())
            .chain_part(content)
            .finalize()
            .into();
        Some(Key {
            place: std::array::from_fn(|at| place[at]),
            version,
        })
    }
}

impl Key {
    /// The name of the file that the state is kept in.
    pub(super) fn file(&self) -> String {
        self.place.iter().fold(String::new(), |mut name, byte| {
            // Writing to a text always succeeds.
            let _ = write!(name, "{byte:02x}");
            name
        })
    }
}

/// A hash of the sources of the model, the store and the reports, computed by `build.rs`.
const CODE: &str = env!("WAYSIDE_STATES_OF");

/// A hash of everything in a bucket: the files, whose names and sizes identify their content; the customers whose rows in
/// them are outdated; and every value of the tail.
fn version(bucket: &Bucket) -> Result<[u8; 32], ArrowError> {
    let mut hasher = Sha256::new();
    for file in &bucket.files {
        hasher = hasher
            .chain_part(file.path.as_os_str().as_encoded_bytes())
            .chain_part(&file.size.to_le_bytes());
    }
    hasher = hasher.chain_part(b"moved");
    for customer in &bucket.moved {
        hasher = hasher.chain_part(customer.as_bytes());
    }
    hasher = hasher.chain_part(b"tail");
    let rows = bucket.tail.iter().filter(|rows| rows.num_rows() > 0);
    for rows in rows {
        hasher = hash_rows(hasher, rows)?;
    }
    Ok(hasher.finalize().into())
}

/// Adds every value of every row. Arrow's row format is the same however the rows are divided into batches.
fn hash_rows(mut hasher: Sha256, batch: &RecordBatch) -> Result<Sha256, ArrowError> {
    let fields = batch.schema_ref().fields().iter();
    let converter = RowConverter::new(fields.map(|field| SortField::new(field.data_type().clone())).collect())?;
    for row in &converter.convert_columns(batch.columns())? {
        hasher = hasher.chain_part(row.as_ref());
    }
    Ok(hasher)
}

trait ChainPart {
    /// Adds bytes after their length, so that no two lists of parts give the same bytes.
    fn chain_part(self, part: &[u8]) -> Self;
}

impl ChainPart for Sha256 {
    fn chain_part(self, part: &[u8]) -> Self {
        self.chain_update((part.len() as u64).to_le_bytes()).chain_update(part)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, StringArray};
    use arrow::datatypes::{DataType, Field, Schema};
    use wayside_store::DataFile;

    use super::*;

    fn rows(values: &[&str]) -> RecordBatch {
        let schema = Schema::new(vec![Field::new("customer", DataType::Utf8, false)]);
        let values: ArrayRef = Arc::new(StringArray::from(values.to_vec()));
        RecordBatch::try_new(Arc::new(schema), vec![values]).unwrap()
    }

    fn file(path: &str, size: u64) -> DataFile {
        DataFile {
            path: path.into(),
            size,
            rows: 1,
            month: "2026-11".into(),
        }
    }

    #[test]
    fn everything_in_a_bucket_is_part_of_its_version() {
        let of = |files: &[DataFile], moved: &[&str], tail: &[RecordBatch]| {
            let bucket = Bucket {
                number: 3,
                files: files.to_vec(),
                tail: tail.to_vec(),
                moved: moved.iter().map(|customer| (*customer).to_owned()).collect(),
            };
            version(&bucket).unwrap()
        };
        let versions = [
            of(&[], &[], &[]),
            of(&[file("a", 1)], &[], &[]),
            of(&[file("b", 1)], &[], &[]),
            of(&[file("a", 2)], &[], &[]),
            of(&[file("a", 1), file("b", 1)], &[], &[]),
            of(&[file("b", 1), file("a", 1)], &[], &[]),
            of(&[], &["ann"], &[]),
            of(&[], &["an", "n"], &[]),
            of(&[], &[], &[rows(&["ann"])]),
            of(&[], &[], &[rows(&["an", "n"])]),
            of(&[], &[], &[rows(&["n", "an"])]),
        ];
        for (at, version) in versions.iter().enumerate() {
            assert_eq!(versions.iter().position(|other| other == version), Some(at));
        }
        let divided = of(&[], &[], &[rows(&["an"]), rows(&[]), rows(&["n"])]);
        assert_eq!(divided, versions[9], "the division into batches makes no difference");
    }

    #[test]
    fn a_change_of_the_code_changes_the_version_but_not_the_place() {
        let keys = Keys {
            code: CODE,
            scope: "scope".into(),
            buckets: [(3, [0; 32])].into(),
        };
        let key = keys.of("kpis", 3).unwrap();
        let changed = Keys {
            code: "other",
            ..keys.clone()
        };
        let changed = changed.of("kpis", 3).unwrap();
        assert_eq!(changed.place, key.place);
        assert_ne!(changed.version, key.version);
        assert_eq!(keys.of("kpis", 4), None);
        assert_ne!(keys.of("paths", 3).unwrap().place, key.place);
    }
}
