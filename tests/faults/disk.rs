//! Disks that are full, read-only, damaged, or written by a later version.

use std::fs;
use std::path::{Path, PathBuf};

use crate::child::{Appender, appended};
use crate::common::*;
use wayside_store::{DataWriter, Store};

#[tokio::test]
async fn a_full_disk_refuses_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    writer(dir.path()).await.close().await.unwrap();
    // No file may grow beyond 16 blocks of 512 bytes; without the signal a write then fails as on a full disk.
    let (acked, message) = Appender::start(dir.path(), 0, "trap '' XFSZ; ulimit -f 16;").ended();
    assert!(acked > 10, "{acked}");
    assert!(
        message.contains("no space to write") && message.contains("00000001.seg"),
        "{message}"
    );

    let mut events: Vec<_> = (0..acked as u32).map(|seq| appended(0, seq)).collect();
    let writer = crate::common::writer(dir.path()).await;
    assert_same(&lines(writer.store()).await, &expected(&events, &[("v0", "c0")]));
    let next = appended(0, acked as u32);
    writer.append(vec![accepted(vec![next.clone()])]).await.unwrap();
    events.push(next);
    writer.compact().await.unwrap();
    assert_same(&lines(writer.store()).await, &expected(&events, &[("v0", "c0")]));
}

#[tokio::test]
async fn appends_stop_before_the_disk_is_full() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    options.log.min_free_bytes = u64::MAX / 2;
    let writer = DataWriter::lock(dir.path(), options).await.unwrap();
    let refused = writer
        .append(vec![accepted(vec![event("a", 1, 0, 0)])])
        .await
        .unwrap_err();
    assert!(refused.is_disk_full());
    assert!(refused.to_string().contains("are kept in reserve"), "{refused}");
    assert_eq!(lines(writer.store()).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_disk_that_fails_to_sync_ends_the_log_for_good() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    options.log.sync = |_| Err(std::io::Error::other("the disk is on fire"));
    let writer = DataWriter::lock(dir.path(), options).await.unwrap();
    let part = || vec![accepted(vec![event("a", 1, 0, 0)])];
    let first = writer.append(part()).await.unwrap_err();
    assert!(first.to_string().contains("make durable the log segment"), "{first}");
    let second = writer.append(part()).await.unwrap_err();
    assert!(second.is_poisoned());
    assert!(second.to_string().contains("the disk is on fire"), "{second}");
}

#[tokio::test]
async fn a_folder_without_write_permission_is_reported_as_read_only() {
    // The kernel's own file system takes no folders, from anyone.
    let refused = DataWriter::lock("/sys/wayside", options()).await.unwrap_err();
    assert!(refused.is_read_only(), "{refused:?}");
    assert!(refused.to_string().contains("/sys/wayside"), "{refused}");
    assert!(
        refused.to_string().contains("give this user write permission"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_torn_end_is_cut_and_what_was_whole_stays() {
    let dir = tempfile::tempdir().unwrap();
    let (events, segment, ends) = three_records(dir.path()).await;
    let whole = fs::read(&segment).unwrap();
    let (second, third) = (ends[1], ends[2]);
    // A few places here; `log::recover` cuts at every byte.
    for cut in [second, second + 1, second + 11, third - 1] {
        fs::write(&segment, &whole[..cut]).unwrap();
        assert_eq!(
            lines(&Store::open(dir.path()).unwrap()).await,
            expected(&events[..2], &[])
        );
        let writer = crate::common::writer(dir.path()).await;
        assert_same(&lines(writer.store()).await, &expected(&events[..2], &[]));
        assert_eq!(fs::metadata(&segment).unwrap().len(), second as u64);
        writer.close().await.unwrap();
    }
}

#[tokio::test]
async fn damage_in_the_middle_is_put_aside_and_the_rest_stays() {
    let dir = tempfile::tempdir().unwrap();
    let (events, segment, ends) = three_records(dir.path()).await;
    let mut bytes = fs::read(&segment).unwrap();
    bytes[ends[0] + 20] ^= 1;
    fs::write(&segment, &bytes).unwrap();
    let kept = [events[0].clone(), events[2].clone()];
    assert_same(&lines(&Store::open(dir.path()).unwrap()).await, &expected(&kept, &[]));

    let writer = crate::common::writer(dir.path()).await;
    assert_same(&lines(writer.store()).await, &expected(&kept, &[]));
    let aside = segment.with_extension("seg.damaged");
    assert_eq!(fs::read(&aside).unwrap(), bytes);
    let report = writer.store().check().await.unwrap();
    assert_eq!(report.problems.len(), 2, "{report:#?}");
    assert!(report.problems[0].contains("00000001.seg: ") && report.problems[0].contains("bytes are not a record"));
    assert!(report.problems[1].contains("00000001.seg.damaged: "), "{report:#?}");
    writer.append(vec![accepted(vec![event("a", 9, 9, 9)])]).await.unwrap();
    writer.compact().await.unwrap();
    let all = [kept.as_slice(), &[event("a", 9, 9, 9)]].concat();
    assert_same(&lines(writer.store()).await, &expected(&all, &[]));
    // The copy stays for a person to look at.
    assert!(aside.exists());
}

#[tokio::test]
async fn a_missing_log_is_not_treated_as_compacted() {
    let dir = tempfile::tempdir().unwrap();
    let (events, segment, _) = three_records(dir.path()).await;
    let writer = crate::common::writer(dir.path()).await;
    writer.compact().await.unwrap();
    writer.close().await.unwrap();
    fs::remove_file(&segment).unwrap();
    let writer = crate::common::writer(dir.path()).await;
    writer.append(vec![accepted(vec![event("a", 9, 9, 9)])]).await.unwrap();
    let all = [events.as_slice(), &[event("a", 9, 9, 9)]].concat();
    assert_same(&lines(writer.store()).await, &expected(&all, &[]));
    writer.compact().await.unwrap();
    assert_same(&lines(writer.store()).await, &expected(&all, &[]));
}

#[tokio::test]
async fn a_later_version_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let (_, segment, _) = three_records(dir.path()).await;
    let bytes = fs::read(&segment).unwrap();
    let mut newer = bytes.clone();
    newer[6] = 9;
    // Without this it is a damaged head: one bit of the version has flipped.
    let sum = crc32c::crc32c(&newer[..12]);
    newer[12..16].copy_from_slice(&sum.to_le_bytes());
    fs::write(&segment, &newer).unwrap();
    let refused = DataWriter::lock(dir.path(), options()).await.unwrap_err();
    assert!(refused.is_newer_format());
    assert!(
        refused
            .to_string()
            .contains("has format version 9, this wayside knows up to 1"),
        "{refused}"
    );
    fs::write(&segment, &bytes).unwrap();

    let commit = dir.path().join("table/_delta_log/00000000000000000000.json");
    let text = fs::read_to_string(&commit).unwrap();
    assert!(text.contains(r#""wayside.format":"2""#), "{text}");
    fs::write(
        &commit,
        text.replace(r#""wayside.format":"2""#, r#""wayside.format":"7""#),
    )
    .unwrap();
    let refused = Store::open(dir.path()).unwrap().snapshot(&site()).await.unwrap_err();
    assert!(refused.is_newer_format(), "{refused:?}");

    fs::write(
        &commit,
        text.replace(r#""wayside.format":"2""#, r#""wayside.format":"1""#),
    )
    .unwrap();
    let refused = Store::open(dir.path()).unwrap().snapshot(&site()).await.unwrap_err();
    let says = "has format version 1 and lacks columns of version 2";
    assert!(refused.to_string().contains(says), "{refused}");
}

#[tokio::test]
async fn a_check_names_what_is_wrong_with_a_table() {
    let dir = tempfile::tempdir().unwrap();
    let (_, _, _) = three_records(dir.path()).await;
    let writer = crate::common::writer(dir.path()).await;
    writer.compact().await.unwrap();
    let report = writer.store().check().await.unwrap();
    assert!(report.is_ok(), "{report:#?}");
    let checked = report.sites[&site()];
    assert_eq!((checked.good, checked.rows, checked.copies, checked.dead), (3, 3, 0, 0));

    let snapshot = writer.store().snapshot(&site()).await.unwrap();
    let file = snapshot.buckets.iter().flat_map(|bucket| &bucket.files).next().unwrap();
    let path = snapshot.table_root.join(&file.path);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let report = writer.store().check().await.unwrap();
    assert!(
        report.problems.iter().any(|problem| problem.contains("the table says")),
        "{report:#?}"
    );
    assert!(
        report
            .problems
            .iter()
            .any(|problem| problem.contains(&file.path.display().to_string()) && problem.contains("checksum")),
        "{report:#?}"
    );
    fs::remove_file(&path).unwrap();
    let report = writer.store().check().await.unwrap();
    assert!(report.problems[0].contains("the table refers to it"), "{report:#?}");
    writer.append(vec![accepted(vec![event("a", 1, 3, 3)])]).await.unwrap();
    let refused = writer.compact().await.unwrap_err();
    assert!(
        refused.to_string().contains(&file.path.display().to_string()),
        "{refused}"
    );
    // The events that could not be compacted are still in the log.
    assert_eq!(writer.store().counts().await.unwrap()[&site()].good, 4);
}

/// Three events, each a record of its own: the events, their segment, and where each record ends in it.
pub(crate) async fn three_records(dir: &Path) -> (Vec<wayside_model::Event>, PathBuf, Vec<usize>) {
    let writer = writer(dir).await;
    let events: Vec<_> = (0..3).map(|n| event("a", 1, n, i64::from(n))).collect();
    let mut ends = Vec::new();
    for event in &events {
        let position = writer.append(vec![accepted(vec![event.clone()])]).await.unwrap();
        ends.push(position.offset as usize);
    }
    writer.close().await.unwrap();
    (events, dir.join("log/00000001.seg"), ends)
}
