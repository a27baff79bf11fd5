//! Rows in files whose visitor has become another customer since they were written.

use std::collections::BTreeSet;
use std::path::Path;

use arrow::array::{BooleanArray, RecordBatch, StringArray};
use wayside_model::SiteId;

use crate::delta::TableFile;
use crate::error::Result;
use crate::identities::Identities;
use crate::parquet_file;
use crate::rows::{text_column, with_customers};
use crate::table::{bucket, column};

/// The files of `files` that hold rows of `customers`. Which rows these are is read when it is needed, by [`rows`]: one
/// visitor may have more than fit into memory.
pub(crate) fn find<'a>(
    root: &Path,
    files: impl IntoIterator<Item = &'a TableFile>,
    customers: &BTreeSet<String>,
) -> Result<Vec<&'a TableFile>> {
    let mut found = Vec::new();
    for file in files {
        let wanted = wanted(file, customers);
        if !wanted.is_empty() && parquet_file::has_customers(&root.join(&file.path), &wanted)? {
            found.push(file);
        }
    }
    Ok(found)
}

/// The rows of `customers` as they stand in a file, piece by piece.
pub(crate) fn rows(
    root: &Path,
    file: &TableFile,
    customers: &BTreeSet<String>,
) -> Result<impl Iterator<Item = Result<RecordBatch>> + use<>> {
    parquet_file::read_customers(&root.join(&file.path), &wanted(file, customers), None)
}

/// The rows under the customers that they belong to now.
pub(crate) fn rekey(
    batch: &RecordBatch,
    site: &SiteId,
    identities: &Identities,
) -> Result<RecordBatch, arrow::error::ArrowError> {
    let visitors = text_column(batch, column::VISITOR).iter().flatten();
    let customers: StringArray = visitors.map(|visitor| Some(identities.key(site, visitor))).collect();
    with_customers(batch, customers)
}

/// For each row whether its customer is one of `customers` and no longer the right one.
pub(crate) fn mask(
    batch: &RecordBatch,
    site: &SiteId,
    customers: &BTreeSet<String>,
    identities: &Identities,
) -> BooleanArray {
    let current = text_column(batch, column::CUSTOMER);
    let visitors = text_column(batch, column::VISITOR);
    (0..batch.num_rows())
        .map(|row| {
            let customer = current.value(row);
            Some(customers.contains(customer) && identities.key(site, visitors.value(row)) != customer)
        })
        .collect()
}

/// Those of `customers` that a file may hold, by what the Delta log says of it.
fn wanted(file: &TableFile, customers: &BTreeSet<String>) -> BTreeSet<String> {
    let wanted = customers.iter().filter(|customer| may_hold(file, customer));
    wanted.cloned().collect()
}

fn may_hold(file: &TableFile, customer: &str) -> bool {
    if file.value("bucket") != bucket(customer).to_string() {
        return false;
    }
    let (least, greatest) = (
        &file.stats["minValues"]["customer"],
        &file.stats["maxValues"]["customer"],
    );
    match (least.as_str(), greatest.as_str()) {
        (Some(least), Some(greatest)) => (least..=greatest).contains(&customer),
        // A file written by another engine may have no statistics.
        _ => true,
    }
}
