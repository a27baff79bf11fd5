//! Removal of fresh rows that the table already contains.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use arrow::array::AsArray;
use arrow::datatypes::{Int64Type, TimestampMillisecondType};

use crate::delta::TableFile;
use crate::error::{Error, Result};
use crate::parquet_file;
use crate::rows::{Row, text_column};
use crate::table::{SORTED_BY, column};

/// Drops rows that are already in one of `files`, the runs of the rows' month and bucket. So an id is in the table only
/// once for every engine, and the number of rows is the number of events. Rows in files of customers in `outdated` are
/// ignored.
pub(crate) fn drop_known<'a>(
    root: &Path,
    files: &[&TableFile],
    rows: Vec<&'a Row>,
    outdated: &BTreeSet<String>,
) -> Result<Vec<&'a Row>> {
    let customers = rows.iter().map(|row| row.customer.clone());
    let customers: BTreeSet<String> = customers.filter(|customer| !outdated.contains(customer)).collect();
    if customers.is_empty() || files.is_empty() {
        return Ok(rows);
    }
    // The number of fresh rows is limited by the commit; a visitor may have any number of rows in files.
    let candidates = rows
        .iter()
        .enumerate()
        .filter(|(_, row)| !outdated.contains(&row.customer));
    let fresh: HashMap<Key<'a>, usize> = candidates.map(|(at, &row)| (key_of(row), at)).collect();
    let mut known = vec![false; rows.len()];
    for file in files {
        let path = root.join(&file.path);
        for batch in parquet_file::read_customers(&path, &customers, Some(&SORTED_BY))? {
            let batch = batch?;
            let names = text_column(&batch, column::CUSTOMER);
            let times = batch.column(column::TIME).as_primitive::<TimestampMillisecondType>();
            let writers = batch.column(column::WRITER).as_binary::<i32>();
            let seqs = batch.column(column::SEQ).as_primitive::<Int64Type>();
            for row in 0..batch.num_rows() {
                let writer = writers.value(row).try_into().map(u128::from_be_bytes);
                let writer = writer.map_err(|err| Error::data_file(&path, err))?;
                let key = (names.value(row), times.value(row), writer, seqs.value(row));
                if let Some(at) = fresh.get(&key) {
                    known[*at] = true;
                }
            }
        }
    }
    let rows = rows.into_iter().zip(known);
    Ok(rows.filter(|(_, known)| !known).map(|(row, _)| row).collect())
}

/// The columns that identify a row: customer, time, writer and seq.
type Key<'a> = (&'a str, i64, u128, i64);

fn key_of(row: &Row) -> Key<'_> {
    let id = row.event.id;
    (&row.customer, row.event.time.millis(), id.writer.0, i64::from(id.seq))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{event, file, row};

    #[test]
    fn rows_that_a_file_contains_are_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let of = |customer: &str, seqs: std::ops::Range<u32>| -> Vec<Row> {
            seqs.map(|seq| row(customer, event("v", 1, seq, i64::from(seq))))
                .collect()
        };
        // More rows than are read at once.
        let files = [
            file(dir.path(), of("a", 0..9_000)),
            file(dir.path(), of("a", 9_000..9_001)),
        ];
        let files: Vec<_> = files.iter().collect();
        let fresh = [of("a", 8_998..9_003), of("b", 8_998..8_999)].concat();
        let left = |outdated: &[&str]| {
            let outdated = outdated.iter().map(|name| (*name).to_owned()).collect();
            let rows = drop_known(dir.path(), &files, fresh.iter().collect(), &outdated).unwrap();
            rows.iter()
                .map(|row| (row.customer.as_str(), row.event.id.seq))
                .collect::<Vec<_>>()
        };
        assert_eq!(left(&[]), [("a", 9_001), ("a", 9_002), ("b", 8_998)]);
        assert_eq!(left(&["a"]).len(), fresh.len());
    }

    #[test]
    fn the_keys_of_a_file_are_read_in_pieces() {
        let dir = tempfile::tempdir().unwrap();
        let rows = (0..20_000).map(|seq| row("a", event("v", 1, seq, i64::from(seq))));
        let file = file(dir.path(), rows.collect());
        let customers = ["a".to_owned()].into();
        let batches = parquet_file::read_customers(&dir.path().join(&file.path), &customers, Some(&SORTED_BY)).unwrap();
        let counts: Vec<_> = batches.map(|batch| batch.unwrap().num_rows()).collect();
        assert_eq!(
            (counts.iter().sum::<usize>(), counts.iter().max()),
            (20_000, Some(&8_192))
        );
    }
}
