//! Flipped bits, interrupted writes and missing files in the log.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::*;
use crate::disk::three_records;
use wayside_store::{CheckReport, Store};

/// Leaves one segment with these bytes in the log, and nothing else.
fn reset(segment: &Path, bytes: &[u8]) {
    let log = segment.parent().unwrap();
    fs::remove_dir_all(log).unwrap();
    fs::create_dir(log).unwrap();
    fs::write(segment, bytes).unwrap();
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

async fn check(dir: &Path) -> CheckReport {
    Store::open(dir).unwrap().check().await.unwrap()
}

fn aside(segment: &Path, suffix: &str) -> PathBuf {
    segment.with_extension(format!("seg.{suffix}"))
}

#[track_caller]
fn has(lines: &[String], words: &[&str]) {
    let has = |line: &String| words.iter().all(|word| line.contains(word));
    assert!(lines.iter().any(has), "{words:?} is not in {lines:#?}");
}

#[tokio::test]
async fn a_flipped_bit_in_the_last_record_cuts_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (events, segment, ends) = three_records(dir.path()).await;
    let whole = fs::read(&segment).unwrap();
    let next = event("a", 9, 9, 9);
    let kept = &events[..2];
    // Each byte of the record's mark, length and checksum, and some of its payload; `log::rest` flips every bit.
    let (start, end) = (ends[1], ends[2]);
    let places = (start..start + 12)
        .chain((start + 12..end).step_by(17))
        .chain([end - 1]);
    for place in places {
        let damaged = flipped(&whole, place * 8 + place % 8);
        reset(&segment, &damaged);
        let before = check(dir.path()).await;
        has(&before.problems, &["00000001.seg", "are a damaged record"]);
        assert_same(&lines(&Store::open(dir.path()).unwrap()).await, &expected(kept, &[]));

        let writer = writer(dir.path()).await;
        assert_eq!(fs::read(&segment).unwrap(), damaged, "byte {place}");
        assert_eq!(fs::read(aside(&segment, "damaged")).unwrap(), damaged, "byte {place}");
        writer.append(vec![accepted(vec![next.clone()])]).await.unwrap();
        let all = [kept, std::slice::from_ref(&next)].concat();
        assert_same(&lines(writer.store()).await, &expected(&all, &[]));
        let after = check(dir.path()).await;
        has(&after.problems, &["00000001.seg: ", "bytes are not a record"]);
        has(
            &after.problems,
            &["00000001.seg.damaged", "acknowledged events may be lost"],
        );
        writer.close().await.unwrap();
        // Another start makes no second copy.
        crate::common::writer(dir.path()).await.close().await.unwrap();
        assert!(!aside(&segment, "damaged-2").exists());
    }
    // The copy is named until a person removes it, also when its segment is in the table and gone.
    let writer = writer(dir.path()).await;
    writer.compact().await.unwrap();
    writer.close().await.unwrap();
    assert!(!segment.exists());
    let report = check(dir.path()).await;
    has(&report.problems, &["00000001.seg.damaged"]);
    fs::remove_file(aside(&segment, "damaged")).unwrap();
    let report = check(dir.path()).await;
    assert!(report.is_ok(), "{report:#?}");
}

#[tokio::test]
async fn a_record_that_changes_while_the_server_runs_is_put_aside() {
    let dir = tempfile::tempdir().unwrap();
    let (events, segment, ends) = three_records(dir.path()).await;
    let writer = writer(dir.path()).await;
    let damaged = flipped(&fs::read(&segment).unwrap(), (ends[1] + 30) * 8);
    fs::write(&segment, &damaged).unwrap();
    writer.compact().await.unwrap();
    assert_eq!(fs::read(aside(&segment, "damaged")).unwrap(), damaged);
    assert_same(&lines(writer.store()).await, &expected(&events[..2], &[]));
    has(
        &check(dir.path()).await.problems,
        &["00000001.seg.damaged", "may be lost"],
    );
}

#[tokio::test]
async fn an_interrupted_write_is_copied_aside_before_it_is_cut() {
    let dir = tempfile::tempdir().unwrap();
    let (events, segment, ends) = three_records(dir.path()).await;
    let whole = fs::read(&segment).unwrap();
    for cut in [ends[1] + 1, ends[1] + 11, ends[1] + 40, ends[2] - 1] {
        reset(&segment, &whole[..cut]);
        let report = check(dir.path()).await;
        assert!(report.is_ok(), "{report:#?}");
        has(&report.notes, &["00000001.seg: ", "are an incomplete record"]);
        writer(dir.path()).await.close().await.unwrap();
        assert_eq!(fs::read(aside(&segment, "torn")).unwrap(), whole[ends[1]..cut]);
        assert_eq!(fs::read(&segment).unwrap(), whole[..ends[1]]);
        // A second one does not replace the first.
        fs::write(&segment, &whole[..ends[1] + 20]).unwrap();
        writer(dir.path()).await.close().await.unwrap();
        assert_eq!(fs::read(aside(&segment, "torn")).unwrap(), whole[ends[1]..cut]);
        assert_eq!(
            fs::read(aside(&segment, "torn-2")).unwrap(),
            whole[ends[1]..ends[1] + 20]
        );
        let report = check(dir.path()).await;
        assert!(report.is_ok(), "{report:#?}");
        has(&report.notes, &["00000001.seg.torn: ", "never acknowledged"]);
        has(&report.notes, &["00000001.seg.torn-2: ", "never acknowledged"]);
        assert_same(
            &lines(&Store::open(dir.path()).unwrap()).await,
            &expected(&events[..2], &[]),
        );
    }
    // Zeros are nothing to keep.
    let mut zeros = whole[..ends[1]].to_vec();
    zeros.resize(8_192, 0);
    reset(&segment, &zeros);
    writer(dir.path()).await.close().await.unwrap();
    assert_eq!(fs::read(&segment).unwrap(), whole[..ends[1]]);
    assert_eq!(fs::read_dir(segment.parent().unwrap()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_flipped_bit_in_a_segments_head_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (events, segment, _) = three_records(dir.path()).await;
    let whole = fs::read(&segment).unwrap();
    // Every byte, and every bit of the format version.
    let bits = (0..16).map(|byte| byte * 8 + byte % 8).chain(48..64);
    for bit in bits {
        let damaged = flipped(&whole, bit);
        reset(&segment, &damaged);
        has(
            &check(dir.path()).await.problems,
            &["00000001.seg", "its first 16 bytes are damaged"],
        );
        assert_same(&lines(&Store::open(dir.path()).unwrap()).await, &expected(&events, &[]));
        let writer = writer(dir.path()).await;
        assert_eq!(fs::read(aside(&segment, "damaged")).unwrap(), damaged, "bit {bit}");
        assert_same(&lines(writer.store()).await, &expected(&events, &[]));
        has(
            &check(dir.path()).await.problems,
            &["00000001.seg", "its first 16 bytes are damaged"],
        );
        writer.close().await.unwrap();
    }
    let writer = writer(dir.path()).await;
    writer.append(vec![accepted(vec![event("a", 9, 9, 9)])]).await.unwrap();
    writer.compact().await.unwrap();
    let all = [events.as_slice(), &[event("a", 9, 9, 9)]].concat();
    assert_same(&lines(writer.store()).await, &expected(&all, &[]));
    // Nothing is lost, so what is left is worth a note.
    let report = check(dir.path()).await;
    assert!(report.is_ok(), "{report:#?}");
    has(&report.notes, &["00000001.seg.damaged", "all its records were read"]);
}

#[tokio::test]
async fn a_check_compares_the_log_with_what_the_table_has_taken_in() {
    let dir = tempfile::tempdir().unwrap();
    let (_, segment, ends) = three_records(dir.path()).await;
    let writer = writer(dir.path()).await;
    writer.compact().await.unwrap();
    writer.close().await.unwrap();
    let report = check(dir.path()).await;
    assert!(report.is_ok(), "{report:#?}");
    let whole = fs::read(&segment).unwrap();
    assert_eq!(whole.len(), ends[2]);

    let second = segment.with_file_name("00000002.seg");
    let mut later = whole[..16].to_vec();
    later[8] = 2;
    // At a record's end, in a record, in the head, no byte, and no file.
    for length in [ends[1], ends[1] + 5, 16, 7, 0] {
        for others_follow in [false, true] {
            reset(&segment, &whole[..length]);
            if others_follow {
                fs::write(&second, &later).unwrap();
            }
            let report = check(dir.path()).await;
            has(&report.problems, &["00000001.seg: ", "has taken in the log up to byte"]);
        }
    }
    for others_follow in [false, true] {
        reset(&segment, &whole);
        fs::remove_file(&segment).unwrap();
        if others_follow {
            fs::write(&second, &later).unwrap();
        }
        let report = check(dir.path()).await;
        has(
            &report.problems,
            &["00000001.seg: ", "the segment is missing, but the table has taken in"],
        );
    }
}
