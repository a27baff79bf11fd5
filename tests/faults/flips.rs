//! Flipped bits in data files: a check names each, and no reader answers from one.

use std::fs;
use std::path::{Path, PathBuf};

use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::common::*;
use wayside_store::{CheckedFile, DataWriter, Merge, Store};

/// Flips in each region of the file, spread evenly with another bit each time.
const FLIPS_EACH: usize = 24;

/// The regions of a data file, each with a name: pages with their heads, bloom filters, and the footer with what frames it.
fn regions(path: &Path) -> Vec<(&'static str, std::ops::Range<usize>)> {
    let length = path.metadata().unwrap().len() as usize;
    let trailer = fs::read(path).unwrap()[length - 8..].to_vec();
    let footer = u32::from_le_bytes(trailer[..4].try_into().unwrap()) as usize;
    let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
    let (mut pages, mut filters) = (4..4, None);
    for column in reader.metadata().row_groups().iter().flat_map(|group| group.columns()) {
        let (start, count) = column.byte_range();
        pages.end = pages.end.max((start + count) as usize);
        if let (Some(at), Some(count)) = (column.bloom_filter_offset(), column.bloom_filter_length()) {
            let (at, end) = (at as usize, at as usize + count as usize);
            let before = filters.get_or_insert(at..end);
            *before = before.start.min(at)..before.end.max(end);
        }
    }
    let data_end = length - 8 - footer;
    // A dead-letter file has no bloom filters.
    let filters = filters.unwrap_or(data_end..data_end);
    assert_eq!(
        (pages.end, filters.end),
        (filters.start, data_end),
        "a region is missing"
    );
    let regions = [
        ("magic", 0..4),
        ("page heads and pages", pages),
        ("bloom filters", filters),
        ("footer", data_end..length - 8),
        ("trailer", length - 8..length),
    ];
    regions.into_iter().filter(|(_, range)| !range.is_empty()).collect()
}

/// Bits to flip in `range`: its first and last, and others between.
fn bits(range: &std::ops::Range<usize>) -> Vec<usize> {
    let count = range.len() * 8;
    let step = (count / FLIPS_EACH).max(1);
    // Steps of an odd number of bits meet every bit of a byte.
    let mut bits: Vec<_> = (0..count).step_by(step | 1).chain([count - 1]).collect();
    bits.dedup();
    bits.into_iter().map(|bit| range.start * 8 + bit).collect()
}

/// A folder with one data file, a second one in its bucket, and a dead-letter file. The paths of the first and the last.
async fn folder(dir: &Path) -> (DataWriter, PathBuf, PathBuf) {
    let writer = writer(dir).await;
    let events: Vec<_> = (0..400).map(|n| event("a", 1, n, i64::from(n) % 40_000)).collect();
    let mut part = accepted(events);
    part.dead = (0..40).map(|seq| letter(7, seq)).collect();
    writer.append(vec![part]).await.unwrap();
    writer.compact().await.unwrap();
    let file = |snapshot: &wayside_store::Snapshot| {
        let file = snapshot
            .buckets
            .iter()
            .flat_map(|bucket| &bucket.files)
            .max_by_key(|file| file.rows);
        snapshot.table_root.join(&file.unwrap().path)
    };
    let path = file(&writer.store().snapshot(&site()).await.unwrap());
    writer.append(vec![accepted(vec![event("a", 2, 0, 3)])]).await.unwrap();
    writer.compact().await.unwrap();
    let dead = fs::read_dir(dir.join("dead/site=shop"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    (writer, path, dead)
}

#[tokio::test]
async fn every_flipped_bit_of_a_data_file_is_named_and_none_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, path, dead) = folder(dir.path()).await;
    let report = writer.store().check().await.unwrap();
    assert!(report.is_ok() && report.notes.is_empty(), "{report:#?}");
    for path in [path, dead] {
        let whole = fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        let rows = rows(&path).unwrap();
        for (region, range) in regions(&path) {
            for bit in bits(&range) {
                let mut bytes = whole.clone();
                bytes[bit / 8] ^= 1 << (bit % 8);
                fs::write(&path, &bytes).unwrap();
                let report = writer.store().check().await.unwrap();
                let named = report.problems.iter().any(|problem| problem.contains(name));
                assert!(named, "bit {bit} in the {region}: {report:#?}");
                match self::rows(&path) {
                    Ok(found) => assert_eq!(found, rows, "bit {bit} in the {region}"),
                    Err(message) => assert!(message.contains(name), "bit {bit} in the {region}: {message}"),
                }
            }
        }
        fs::write(&path, &whole).unwrap();
    }
    let report = writer.store().check().await.unwrap();
    assert!(report.is_ok(), "{report:#?}");
}

/// The rows of a data file as text, or an error with all its causes.
fn rows(path: &Path) -> Result<String, String> {
    use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReaderBuilder};
    let file = CheckedFile::open(path).map_err(|err| err.to_string())?;
    let metadata = ArrowReaderMetadata::try_new(file.metadata().clone(), Default::default());
    let metadata = metadata.map_err(|err| err.to_string())?;
    let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, metadata).build();
    let reader = reader.map_err(|err| err.to_string())?;
    let batches: Vec<_> = reader.collect::<Result<_, _>>().map_err(|err| err.to_string())?;
    Ok(format!("{batches:?}"))
}

#[tokio::test]
async fn a_compaction_does_not_merge_a_damaged_file() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, path, _) = folder(dir.path()).await;
    let before = lines(writer.store()).await;
    let whole = fs::read(&path).unwrap();
    for (region, range) in regions(&path) {
        if region == "bloom filters" || region == "magic" {
            // A merge needs neither.
            continue;
        }
        for bit in bits(&range).into_iter().step_by(4) {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, &bytes).unwrap();
            let refused = writer.compact_with(Merge::All).await.unwrap_err();
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(
                refused.to_string().contains(name),
                "bit {bit} in the {region}: {refused}"
            );
        }
    }
    fs::write(&path, &whole).unwrap();
    assert!(writer.compact_with(Merge::All).await.unwrap().files_removed >= 2);
    assert_same(&lines(writer.store()).await, &before);
}

/// The lookups of a compaction: which files have rows of a visitor who identifies. A wrong "none" would leave them behind.
#[tokio::test]
async fn a_flipped_bloom_filter_hides_no_rows() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, path, _) = folder(dir.path()).await;
    let (_, filters) = regions(&path)
        .into_iter()
        .find(|(name, _)| *name == "bloom filters")
        .unwrap();
    let whole = fs::read(&path).unwrap();
    writer
        .append(vec![accepted(vec![identify("a", "ann", 3, 0, 9)])])
        .await
        .unwrap();
    // All of it, so that the bits asked for are among them.
    let mut bytes = whole.clone();
    let end = filters.end;
    bytes[end - 32..end].fill(0);
    assert_ne!(bytes, whole);
    fs::write(&path, &bytes).unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    let refused = writer.compact().await.unwrap_err();
    assert!(refused.to_string().contains(name), "{refused}");
    let refused = Store::open(dir.path()).unwrap().snapshot(&site()).await.unwrap_err();
    assert!(refused.to_string().contains(name), "{refused}");
}

#[tokio::test]
async fn a_file_without_checksums_is_read_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let (writer, path, _) = folder(dir.path()).await;
    let before = lines(writer.store()).await;
    writer.close().await.unwrap();
    // As an earlier version named it.
    let name = path.file_name().unwrap().to_str().unwrap();
    let (earlier, _) = name.rsplit_once("-crc32c-").unwrap();
    let earlier = format!("{earlier}.parquet");
    fs::rename(&path, path.with_file_name(&earlier)).unwrap();
    for commit in fs::read_dir(dir.path().join("table/_delta_log")).unwrap() {
        let commit = commit.unwrap().path();
        let text = fs::read_to_string(&commit).unwrap();
        fs::write(&commit, text.replace(name, &earlier)).unwrap();
    }
    let writer = crate::common::writer(dir.path()).await;
    assert_same(&lines(writer.store()).await, &before);
    let report = writer.store().check().await.unwrap();
    assert!(report.is_ok(), "{report:#?}");
    assert!(
        report
            .notes
            .iter()
            .any(|note| note.contains("1 data files have no checksums")),
        "{report:#?}"
    );
    writer.compact_with(Merge::All).await.unwrap();
    assert_same(&lines(writer.store()).await, &before);
    let report = writer.store().check().await.unwrap();
    assert!(
        report.is_ok() && !report.notes.iter().any(|note| note.contains("checksums")),
        "{report:#?}"
    );
}
