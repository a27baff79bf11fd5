//! Tests of the writer: what is left after a crash at any point, and what is removed.

use wayside_model::WriterId;

use super::*;
use crate::accepted::DeadLetter;
use crate::compact::{self, Merge};
use crate::fresh::Fresh;
use crate::log::Until;
use crate::testing::{accepted, event, long_event, site};
use crate::writing::Writing;

/// An event and a dead letter.
fn part(seq: u32) -> Accepted {
    let mut part = accepted(vec![event("v", 1, seq, i64::from(seq))]);
    part.dead.push(DeadLetter {
        writer: WriterId(2),
        seq,
        time: None,
        code: "name".to_owned(),
        detail: String::new(),
        raw: None,
    });
    part
}

/// The first of the two commits of a compaction.
async fn commit_dead_only(writer: &DataWriter) {
    let store = writer.store();
    let mut accepted = Vec::new();
    let log = store.folder().log();
    let tail = log::read(&log, Position::start_of(1), Until::END, |part| accepted.push(part)).unwrap();
    let fresh = Fresh::new(accepted, &Arc::default());
    let mut dead = store.dead_table().await.unwrap();
    let writing = Arc::new(Writing::begin(&store.folder().compacting()).unwrap());
    let end = Some(tail.end);
    writer
        .commit_dead(&mut dead, fresh.dead(), end, &writing)
        .await
        .unwrap();
}

/// The process ends between the two commits of a compaction, then more arrives.
#[tokio::test]
async fn dead_letters_come_once_though_the_second_commit_was_lost() {
    let dir = tempfile::tempdir().unwrap();
    let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
    writer.append(vec![part(0), part(1)]).await.unwrap();
    commit_dead_only(&writer).await;
    let store = writer.store();
    writer.append(vec![part(2)]).await.unwrap();
    for _ in 0..2 {
        let counts = store.counts().await.unwrap()[&site()];
        assert_eq!((counts.good, counts.dead), (3, 3));
        assert_eq!(store.dead_letters(&site()).await.unwrap().len(), 3);
        assert_eq!(store.snapshot(&site()).await.unwrap().events, 3);
        writer.compact().await.unwrap();
    }
    let report = store.check().await.unwrap();
    assert!(report.is_ok(), "{:#?}", report.problems);
}

/// The same, and the disk has lost some of what the second commit would have taken in.
#[tokio::test]
async fn events_after_a_lost_commit_and_damage_are_taken_in() {
    for lost in [1, 2] {
        let dir = tempfile::tempdir().unwrap();
        let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
        let mut ends = vec![writer.position().offset];
        for seq in 0..2 {
            ends.push(writer.append(vec![part(seq)]).await.unwrap().offset);
        }
        commit_dead_only(&writer).await;
        writer.close().await.unwrap();
        let segment = segment::path(&dir.path().join("log"), 1);
        let cut = ends[ends.len() - lost] - 3;
        File::options()
            .write(true)
            .open(segment)
            .unwrap()
            .set_len(cut.into())
            .unwrap();

        new_parts_are_taken_in(dir.path(), 2 - lost as u64).await;
    }
}

/// The same, and nothing is left of the log, of which the two tables had different segments.
#[tokio::test]
async fn events_after_a_lost_commit_and_a_lost_log_are_taken_in() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = Options::default();
    options.log.segment_bytes = 100;
    let writer = DataWriter::lock(dir.path(), options).await.unwrap();
    for seq in 0..2 {
        writer.append(vec![part(seq)]).await.unwrap();
    }
    assert_eq!(writer.position().segment, 2);
    commit_dead_only(&writer).await;
    writer.close().await.unwrap();
    std::fs::remove_dir_all(dir.path().join("log")).unwrap();
    new_parts_are_taken_in(dir.path(), 0).await;
}

/// Appends more to a folder in which so many events are left of two, and all dead letters.
async fn new_parts_are_taken_in(dir: &Path, kept: u64) {
    for seq in 2..5 {
        let writer = DataWriter::lock(dir, Options::default()).await.unwrap();
        let store = writer.store();
        writer.append(vec![part(seq)]).await.unwrap();
        let new = u64::from(seq) - 1;
        for _ in 0..2 {
            let counts = store.counts().await.unwrap()[&site()];
            assert_eq!((counts.good, counts.dead), (kept + new, 2 + new));
            assert_eq!(store.dead_letters(&site()).await.unwrap().len() as u64, 2 + new);
            assert_eq!(store.snapshot(&site()).await.unwrap().events, kept + new);
            writer.compact().await.unwrap();
            // Nothing is left in the log.
            assert_eq!(store.table().await.unwrap().2, writer.position());
        }
        writer.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_long_log_is_taken_in_before_everything_is_merged() {
    let dir = tempfile::tempdir().unwrap();
    let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
    let events = |seqs: std::ops::Range<u32>| seqs.map(|seq| event("v", 1, seq, i64::from(seq))).collect();
    writer.append(vec![accepted(events(0..500))]).await.unwrap();
    writer.compact().await.unwrap();
    for seq in 500..506 {
        writer.append(vec![accepted(events(seq..seq + 1))]).await.unwrap();
    }
    // A commit for each record.
    let done = writer.compact_in(Merge::All, 1).await.unwrap();
    assert_eq!((done.events, done.copies), (6, 0));
    let table = writer.store().table().await.unwrap().0;
    let files = table.files().unwrap();
    assert_eq!((files.len(), files[0].rows), (1, 506));
    // The files removed from the table still exist: the first file was rewritten once, not six times.
    let written = explain::data_files(table.root()).unwrap();
    let rows = written.flat_map(|path| crate::parquet_file::read(&path).unwrap());
    let rows: usize = rows.map(|batch| batch.num_rows()).sum();
    assert!((1_006..1_100).contains(&rows), "{rows}");
    // Nothing is left to do.
    assert_eq!(writer.compact_with(Merge::All).await.unwrap().version, done.version);
}

#[tokio::test]
async fn a_compaction_is_requested_once_enough_bytes_wait() {
    let dir = tempfile::tempdir().unwrap();
    let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
    let long = accepted(vec![long_event(0, 0), long_event(1, 1)]);
    let count = COMPACT_BYTES.div_ceil(long.unfolded());
    let is_full = || tokio::time::timeout(Duration::ZERO, writer.full());
    for _ in 0..2 {
        for _ in 1..count {
            writer.append(vec![long.clone()]).await.unwrap();
        }
        is_full().await.unwrap_err();
        writer.append(vec![long.clone()]).await.unwrap();
        is_full().await.unwrap();
        // One request is enough, and compacted bytes no longer count.
        writer.append(vec![long.clone()]).await.unwrap();
        is_full().await.unwrap_err();
        writer.compact().await.unwrap();
    }
}

#[tokio::test]
async fn a_file_is_kept_for_an_hour_after_its_removal_from_the_table() {
    let dir = tempfile::tempdir().unwrap();
    let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
    let append = async |seq| {
        let event = event("v", 1, seq, 0);
        writer.append(vec![accepted(vec![event])]).await.unwrap();
        writer.compact_with(Merge::All).await.unwrap();
    };
    append(0).await;
    let first = writer.store().table().await.unwrap().0.files().unwrap().remove(0);
    let path = writer.store().folder().table().join(&first.path);
    let age = |time: Duration| {
        let then = std::time::SystemTime::now() - time;
        File::open(&path).unwrap().set_modified(then).unwrap();
    };
    let keep = Options::default().keep_removed;
    age(3 * keep);
    // As long as the table has it, its age does not matter.
    writer.clean().await.unwrap();
    assert!(path.exists());
    append(1).await;
    writer.clean().await.unwrap();
    assert!(path.exists());
    age(keep - Duration::from_secs(60));
    writer.clean().await.unwrap();
    assert!(path.exists());
    age(keep);
    writer.clean().await.unwrap();
    assert!(!path.exists());
}

#[tokio::test]
async fn files_of_a_crashed_compaction_are_removed_without_a_problem() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        keep_removed: Duration::ZERO,
        ..Options::default()
    };
    let writer = DataWriter::lock(dir.path(), options).await.unwrap();
    let part = accepted(vec![event("v", 1, 0, 0)]);
    writer.append(vec![part.clone()]).await.unwrap();
    let folder = writer.store().folder();
    // As far as a compaction comes before its commit.
    let writing = Writing::begin(&folder.compacting()).unwrap();
    let fresh = Fresh::new(vec![part], &Arc::default());
    let plan = compact::plan(&folder.table(), &[], &fresh, Merge::Tiered, &writing).unwrap();
    let left = folder.table().join(&plan.add[0].path);
    let report = writer.store().check().await.unwrap();
    assert!(report.is_ok() && report.notes.len() == 1, "{report:#?}");
    assert!(left.exists());
    writer.clean().await.unwrap();
    assert!(!left.exists());
    assert_eq!(std::fs::read_dir(folder.compacting()).unwrap().count(), 0);

    // Without its note, the file may be all that is left of a lost commit.
    let plan = compact::plan(&folder.table(), &[], &fresh, Merge::Tiered, &writing).unwrap();
    let left = folder.table().join(&plan.add[0].path);
    writer.clean().await.unwrap();
    assert!(left.exists());
    assert_eq!(writer.store().check().await.unwrap().problems.len(), 1);
}

#[tokio::test]
async fn a_failed_compaction_keeps_the_notes_of_those_that_left_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
    let folder = writer.store().folder();
    // One that ended after its dead letters were written and before they were committed.
    let writing = Writing::begin(&folder.compacting()).unwrap();
    dead::write(&folder.dead(), &site(), &[], &writing).unwrap();
    // One that fails.
    writer.append(vec![accepted(vec![event("v", 1, 0, 0)])]).await.unwrap();
    let in_the_way = folder.table().join("site=shop");
    std::fs::write(&in_the_way, "").unwrap();
    writer.compact().await.unwrap_err();
    let notes = || std::fs::read_dir(folder.compacting()).unwrap().count();
    assert_eq!(notes(), 1);
    std::fs::remove_file(in_the_way).unwrap();
    writer.compact().await.unwrap();
    assert_eq!(writer.store().check().await.unwrap().problems, Vec::<String>::new());
}

#[tokio::test]
async fn the_status_has_the_backlog_and_the_failed_compactions() {
    let dir = tempfile::tempdir().unwrap();
    let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
    let status = async || writer.status().await.unwrap();
    assert_eq!(status().await.backlog_bytes, 0);
    assert!(status().await.free_bytes > status().await.reserved_bytes);
    let end = writer.append(vec![accepted(vec![event("v", 1, 0, 0)])]).await.unwrap();
    let record = u64::from(end.offset - Position::start_of(1).offset);
    assert_eq!(status().await.backlog_bytes, record);
    // A file stands where the site's folder has to be.
    let in_the_way = writer.store().folder().table().join("site=shop");
    std::fs::write(&in_the_way, "").unwrap();
    for failures in 1..3 {
        writer.compact().await.unwrap_err();
        let status = status().await;
        assert_eq!((status.failed_compactions, status.backlog_bytes), (failures, record));
        assert!(status.compaction_failure.unwrap().contains("site=shop"));
    }
    std::fs::remove_file(in_the_way).unwrap();
    writer.compact().await.unwrap();
    let status = status().await;
    assert_eq!(
        (
            status.failed_compactions,
            status.compaction_failure,
            status.backlog_bytes
        ),
        (2, None, 0)
    );
}

#[tokio::test]
async fn a_piece_that_replaces_rows_is_refused_before_it_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
    let mut replacing = part(0);
    replacing.replaces.push(WriterId(1));
    let refused = writer.append(vec![part(1), replacing]).await.unwrap_err();
    assert!(
        refused.is_invalid() && refused.to_string().contains("`begin_import`"),
        "{refused}"
    );
    assert_eq!(writer.position(), Position::start_of(1));
}

#[tokio::test]
async fn a_piece_too_large_for_a_record_is_refused_before_it_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
    let mut part = accepted(vec![]);
    part.dead.push(DeadLetter {
        writer: WriterId(2),
        seq: 0,
        time: None,
        code: "name".to_owned(),
        detail: "x".repeat(RECORD_MAX_BYTES),
        raw: None,
    });
    let refused = writer.append(vec![part]).await.unwrap_err();
    assert!(refused.to_string().contains("append it in parts"), "{refused}");
    assert_eq!(writer.position(), Position::start_of(1));
}
