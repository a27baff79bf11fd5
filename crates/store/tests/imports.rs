//! Imports in a data folder: what the register says of them, and what is left when one is undone.

mod common;

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use common::{START, event, identify, letter, options, rows_of, site, writer};
use wayside_model::{Event, Timestamp};
use wayside_store::{
    Accepted, DataWriter, ImportEnd, ImportRecord, ImportState, Merge, NewImport, Options, Snapshot, UndoneImport,
};

/// The upper half of the writers of imported rows.
const SOURCE: u64 = 77;

/// The writer of an imported row.
fn row(hash: u64) -> u128 {
    u128::from(SOURCE) << 64 | u128::from(hash)
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(START + millis)
}

fn new(file: &str) -> NewImport {
    NewImport {
        site: site(),
        file: file.to_owned(),
        mapping: "orders".to_owned(),
        source: SOURCE,
        by_id: true,
        replaces: false,
        now: at(0),
    }
}

/// Imports events, and the refused rows of these hashes.
async fn import(writer: &DataWriter, file: &str, events: &[Event], dead: &[u64]) -> ImportRecord {
    import_new(writer, new(file), events, dead).await
}

/// The same, and all events take the place of earlier ones of their writers.
async fn replace(writer: &DataWriter, file: &str, events: &[Event], dead: &[u64]) -> ImportRecord {
    let new = NewImport {
        replaces: true,
        ..new(file)
    };
    import_new(writer, new, events, dead).await
}

async fn import_new(writer: &DataWriter, new: NewImport, events: &[Event], dead: &[u64]) -> ImportRecord {
    let is_identify = |event: &&Event| event.touchpoint.kind() == wayside_model::Kind::Identify;
    let replaced = events.iter().filter(|event| new.replaces && !is_identify(event));
    let replaces = replaced.map(|event| event.id.writer).collect();
    let mut running = writer.begin_import(new).await.unwrap();
    let piece = Accepted {
        received_at: running.received_at(),
        dead: dead.iter().map(|hash| letter(row(*hash), 0)).collect(),
        replaces,
        ..common::accepted(events.to_vec())
    };
    running.append(piece).await.unwrap();
    while running.store_next().await.unwrap() {}
    let end = ImportEnd {
        is_whole: true,
        rows: (events.len() + dead.len()) as u64,
        dead: dead.len() as u64,
        left_out: 0,
        now: at(1),
    };
    running.finish(end).await.unwrap()
}

async fn undo(writer: &DataWriter, id: u32) -> UndoneImport {
    writer.undo_import(id, false, at(2)).await.unwrap()
}

/// The hashes of the imported rows that a reader sees, and how many others; the folder must be whole.
async fn seen(writer: &DataWriter) -> (Vec<u64>, usize) {
    let report = writer.store().check().await.unwrap();
    assert!(report.is_ok(), "{:#?}", report.problems);
    let rows = rows_of(&writer.store().snapshot(&site()).await.unwrap());
    let count = rows.len();
    let hashes = rows.iter().filter_map(|line| hash_of(line));
    let mut hashes: Vec<u64> = hashes.collect();
    hashes.sort_unstable();
    let others = count - hashes.len();
    (hashes, others)
}

/// The hash of an imported row's writer, which a line has in hexadecimal digits.
fn hash_of(line: &str) -> Option<u64> {
    let prefix = format!("{SOURCE:016x}");
    let at = line.find(&prefix)? + prefix.len();
    u64::from_str_radix(&line[at..at + 16], 16).ok()
}

fn rows(hashes: std::ops::Range<u64>) -> Vec<Event> {
    let rows = hashes.map(|hash| event(&format!("v{}", hash % 7), row(hash), 0, hash as i64 * 1_000));
    rows.collect()
}

#[tokio::test]
async fn the_register_says_what_became_of_each_import() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    let first = import(&writer, "a.csv", &rows(0..5), &[100]).await;
    let sums = first.sums.unwrap();
    assert_eq!((sums.rows, sums.good, sums.copies, sums.dead), (6, 5, 0, 1));
    assert_eq!((first.first, first.last), (Some(START), Some(START + 4_000)));
    let second = import(&writer, "b.csv", &rows(3..8), &[]).await;
    let sums = second.sums.unwrap();
    assert_eq!((sums.good, sums.copies), (3, 2), "rows 3 and 4 were there");
    // Broken off by an error, and by the end of the process.
    drop(writer.begin_import(new("c.csv")).await.unwrap());
    std::mem::forget(writer.begin_import(new("d.csv")).await.unwrap());
    let states = async || -> Vec<_> {
        let imports = writer.store().imports().await.unwrap();
        imports.iter().map(|import| (import.id, import.state)).collect()
    };
    use ImportState::{BrokenOff, Done, Running};
    assert_eq!(states().await, [(1, Done), (2, Done), (3, BrokenOff), (4, Running)]);
    let busy = writer.begin_import(new("e.csv")).await.unwrap_err();
    assert!(busy.is_busy(), "{busy}");
}

#[tokio::test]
async fn an_import_that_was_killed_counts_as_broken_off_and_can_be_undone() {
    let dir = tempfile::tempdir().unwrap();
    {
        let writer = writer(dir.path()).await;
        let mut running = writer.begin_import(new("a.csv")).await.unwrap();
        let piece = Accepted {
            received_at: running.received_at(),
            ..common::accepted(rows(0..5))
        };
        running.append(piece).await.unwrap();
        assert!(running.store_next().await.unwrap());
        // The process ends here: nothing of the import is dropped, and its lock is taken away.
        std::mem::forget(running);
        drop(writer);
    }
    let register = dir.path().join("imports/register.json");
    assert!(std::fs::read_to_string(register).unwrap().contains("running"));
    let moved = moved_copy(dir.path());
    let writer = writer(moved.path()).await;
    let imports = writer.store().imports().await.unwrap();
    assert_eq!((imports[0].state, imports[0].sums), (ImportState::BrokenOff, None));
    let undone = undo(&writer, 1).await;
    assert_eq!((undone.events, undone.record.state), (5, ImportState::Undone));
    assert_eq!(seen(&writer).await, (vec![], 0));
}

/// A copy of a folder that a forgotten import still holds.
fn moved_copy(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .arg(from.join("."))
        .arg(to.path())
        .status();
    assert!(copied.unwrap().success());
    to
}

#[tokio::test]
async fn an_undone_import_is_gone_and_can_be_imported_again() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    writer
        .append(vec![common::accepted(vec![event("v1", 5, 0, 0)])])
        .await
        .unwrap();
    import(&writer, "a.csv", &rows(0..60), &[100, 101]).await;
    import(&writer, "b.csv", &rows(60..70), &[102]).await;
    // Pages go on writing.
    writer
        .append(vec![common::accepted(vec![event("v2", 6, 0, 0)])])
        .await
        .unwrap();
    let would = writer.undo_import(1, true, at(2)).await.unwrap();
    assert_eq!((would.events, would.dead, would.kept), (60, 2, 0));
    assert_eq!(seen(&writer).await, ((0..70).collect(), 2), "a dry run changes nothing");
    let undone = undo(&writer, 1).await;
    assert_eq!((undone.events, undone.dead, undone.already), (60, 2, false));
    assert_eq!(seen(&writer).await, ((60..70).collect(), 2));
    assert_eq!(writer.store().dead_letters(&site()).await.unwrap().len(), 1);
    let counts = writer.store().counts().await.unwrap()[&site()];
    assert_eq!((counts.good, counts.dead), (12, 1));
    let again = undo(&writer, 1).await;
    assert!(again.already && again.events == 60);
    let anew = import(&writer, "a.csv", &rows(0..60), &[100]).await.sums.unwrap();
    assert_eq!((anew.good, anew.copies), (60, 0));
    assert_eq!(seen(&writer).await, ((0..70).collect(), 2));
}

#[tokio::test]
async fn a_row_stays_as_long_as_one_of_its_imports_stands() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    import(&writer, "a.csv", &rows(0..5), &[]).await;
    import(&writer, "b.csv", &rows(3..8), &[]).await;
    let first = undo(&writer, 1).await;
    assert_eq!((first.events, first.kept), (3, 2));
    assert_eq!(seen(&writer).await.0, [3, 4, 5, 6, 7]);
    let again = import(&writer, "a.csv", &rows(0..5), &[]).await.sums.unwrap();
    assert_eq!((again.good, again.copies), (3, 2));
    let second = undo(&writer, 2).await;
    assert_eq!((second.events, second.kept), (3, 0));
    assert_eq!(seen(&writer).await.0, [0, 1, 2, 3, 4]);
    let third = undo(&writer, 3).await;
    assert_eq!(
        third.events, 5,
        "the rows that were the first import's go with the last that brought them"
    );
    assert_eq!(seen(&writer).await.0, [0_u64; 0]);
    let counts = writer.store().counts().await.unwrap();
    assert!(counts.get(&site()).is_none_or(|counts| counts.good == 0), "{counts:?}");
}

#[tokio::test]
async fn an_undo_removes_a_row_whose_customer_a_later_import_corrected() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    let of = |visitor| [&rows(0..3)[..], &[event(visitor, row(9), 0, 9_000)]].concat();
    import(&writer, "a.csv", &of("wrong"), &[]).await;
    let second = import(&writer, "b.csv", &of("right"), &[]).await.sums.unwrap();
    assert_eq!((second.good, second.copies), (1, 3));
    assert_eq!(seen(&writer).await.0, [0, 1, 2, 9, 9], "neither row replaces the other");
    let would = writer.undo_import(1, true, at(2)).await.unwrap();
    assert_eq!((would.events, would.kept), (1, 3));
    undo(&writer, 1).await;
    assert_eq!(seen(&writer).await.0, [0, 1, 2, 9]);
    let found = lines(&writer).await;
    assert!(found.iter().any(|line| line.contains("visitor=right")), "{found:#?}");
    assert!(!found.iter().any(|line| line.contains("visitor=wrong")), "{found:#?}");
}

#[tokio::test]
async fn an_undo_keeps_a_row_that_a_later_import_has_under_another_visitor_of_the_customer() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    let both = ["phone", "desk"].map(|visitor| identify(visitor, "ann", 5, u32::from(visitor == "desk"), 0));
    writer.append(vec![common::accepted(both.to_vec())]).await.unwrap();
    import(&writer, "a.csv", &[event("phone", row(9), 0, 9_000)], &[]).await;
    let second = import(&writer, "b.csv", &[event("desk", row(9), 0, 9_000)], &[]).await;
    assert_eq!(second.sums.unwrap().copies, 1, "the customer is the same");
    assert_eq!(undo(&writer, 1).await.kept, 1);
    assert_eq!(seen(&writer).await.0, [9]);
    assert_eq!(undo(&writer, 2).await.events, 1);
    assert_eq!(seen(&writer).await.0, [0_u64; 0]);
}

#[tokio::test]
async fn visitors_whom_only_the_import_named_are_nobody_again() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    // A page knows one of two visitors, later than the import does.
    let of_pages = vec![
        event("v1", 5, 0, 10_000),
        identify("v1", "ann", 5, 1, 20_000),
        event("v2", 6, 0, 90_000),
    ];
    writer.append(vec![common::accepted(of_pages.clone())]).await.unwrap();
    writer.compact().await.unwrap();
    let before = rows_of(&writer.store().snapshot(&site()).await.unwrap());
    let told = [
        identify("v1", "wrong", row(1), 0, 5_000),
        identify("v2", "wrong", row(2), 0, 5_000),
        event("v2", row(3), 0, 6_000),
    ];
    import(&writer, "a.csv", &told, &[]).await;
    let during = rows_of(&writer.store().snapshot(&site()).await.unwrap());
    assert!(
        during.iter().all(|line| line.starts_with("customer=wrong ")),
        "{during:#?}"
    );
    undo(&writer, 1).await;
    assert_eq!(seen(&writer).await, (vec![], 3));
    assert_eq!(rows_of(&writer.store().snapshot(&site()).await.unwrap()), before);
}

#[tokio::test]
async fn an_undo_that_was_cut_off_is_finished_by_undoing_again() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    import(&writer, "a.csv", &rows(0..5), &[100]).await;
    let register = dir.path().join("imports/register.json");
    let done = std::fs::read_to_string(&register).unwrap();
    // The process ended after the intent was noted, and nothing else was done.
    let undoing = done
        .replace("\"done\"", "\"undoing\"")
        .replace("\"removed\": null", "\"removed\": 5");
    assert_ne!(done, undoing);
    std::fs::write(&register, &undoing).unwrap();
    assert_eq!(writer.store().imports().await.unwrap()[0].state, ImportState::Undoing);
    let undone = undo(&writer, 1).await;
    assert_eq!((undone.events, undone.record.state), (5, ImportState::Undone));
    assert_eq!(seen(&writer).await, (vec![], 0));
    // It ended after the rows were taken away, before that was noted.
    std::fs::write(&register, &undoing).unwrap();
    let undone = undo(&writer, 1).await;
    assert_eq!(
        (undone.events, undone.record.state, undone.already),
        (5, ImportState::Undone, false)
    );
    assert_eq!(seen(&writer).await, (vec![], 0));
}

#[tokio::test]
async fn the_copies_of_an_import_are_withdrawn_once_wherever_its_undo_was_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    import(&writer, "a.csv", &rows(0..5), &[]).await;
    let second = import(&writer, "b.csv", &rows(0..5), &[]).await.sums.unwrap();
    assert_eq!((second.good, second.copies), (0, 5));
    let good = async || writer.store().counts().await.unwrap()[&site()].good;
    assert_eq!(good().await, 10);
    let register = dir.path().join("imports/register.json");
    let done = std::fs::read_to_string(&register).unwrap();
    let last = done.rfind("\"done\"").unwrap();
    let undoing = [&done[..last], "\"undoing\"", &done[last + "\"done\"".len()..]].concat();
    // The process ended before the commit, then before the commit was noted, although other imports were undone since.
    for other in ["c.csv", "d.csv"] {
        std::fs::write(&register, &undoing).unwrap();
        let undone = undo(&writer, 2).await;
        assert_eq!(
            (undone.events, undone.record.state, undone.already),
            (0, ImportState::Undone, false)
        );
        assert_eq!(good().await, 5);
        let other = import(&writer, other, &rows(7..9), &[]).await;
        undo(&writer, other.id).await;
        assert_eq!(good().await, 5);
        assert_eq!(seen(&writer).await.0, [0, 1, 2, 3, 4]);
    }
}

#[tokio::test]
async fn a_repair_does_not_bring_back_what_was_undone() {
    let dir = tempfile::tempdir().unwrap();
    let keep = Options::default();
    let writer = DataWriter::lock(dir.path(), keep).await.unwrap();
    import(&writer, "a.csv", &rows(0..5), &[]).await;
    import(&writer, "b.csv", &rows(3..8), &[]).await;
    undo(&writer, 1).await;
    // Rows of the same visitors and month, so that each file of the latest version was merged of earlier ones.
    import(&writer, "c.csv", &rows(10..15), &[]).await;
    writer.compact_with(Merge::All).await.unwrap();
    let snapshot: Snapshot = writer.store().snapshot(&site()).await.unwrap();
    writer.close().await.unwrap();
    // A file of the latest version is lost. The earlier ones are still there, with all that was imported.
    let file = snapshot.buckets.iter().find_map(|bucket| bucket.files.first()).unwrap();
    std::fs::remove_file(snapshot.table_root.join(&file.path)).unwrap();
    let repaired = wayside_store::repair(dir.path(), false).await.unwrap();
    assert!(!repaired.done.is_empty());
    let writer = DataWriter::lock(dir.path(), options()).await.unwrap();
    for _ in 0..2 {
        let mut found = seen(&writer).await.0;
        // Of the last import's rows, those that were only in the lost file are lost.
        found.retain(|hash| *hash < 10);
        assert_eq!(found, [3, 4, 5, 6, 7]);
        writer.compact().await.unwrap();
    }
}

/// An event of another value than [`event`] gives it.
fn valued(visitor: &str, writer: u128, value: u32, after: i64) -> Event {
    let touchpoint = event(visitor, writer, value, after).touchpoint;
    Event {
        touchpoint,
        ..event(visitor, writer, 0, after)
    }
}

/// The rows that readers see, without `received_at`.
async fn lines(writer: &DataWriter) -> Vec<String> {
    let rows = rows_of(&writer.store().snapshot(&site()).await.unwrap());
    let lines = rows.into_iter().map(|line| {
        let cells = line.split(' ').filter(|cell| !cell.starts_with("received_at="));
        cells.collect::<Vec<_>>().join(" ")
    });
    lines.collect()
}

#[tokio::test]
async fn corrected_rows_take_the_place_of_earlier_ones() {
    // A row whose value, one whose time and one whose visitor is corrected; one that is as it was, and one in the first file only.
    let before = [
        event("v1", row(1), 0, 1_000),
        event("v1", row(2), 0, 2_000),
        event("v1", row(3), 0, 3_000),
        event("v1", row(4), 0, 4_000),
        event("v1", row(5), 0, 5_000),
    ];
    let after = [
        valued("v1", row(1), 9, 1_000),
        event("v1", row(2), 0, 2_000 + 40 * 86_400_000),
        event("v9", row(3), 0, 3_000),
        event("v1", row(4), 0, 4_000),
        event("v2", row(6), 0, 6_000),
    ];
    let expected = {
        let dir = tempfile::tempdir().unwrap();
        let writer = writer(dir.path()).await;
        import(&writer, "whole.csv", &[&after[..], &before[4..]].concat(), &[]).await;
        lines(&writer).await
    };
    for is_beside_pages in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let writer = writer(dir.path()).await;
        import(&writer, "a.csv", &before, &[6, 7]).await;
        if is_beside_pages {
            // Pages' events are taken in with the import's.
            writer
                .append(vec![common::accepted(vec![event("v7", 5, 0, 0)])])
                .await
                .unwrap();
        }
        let mut running = writer
            .begin_import(NewImport {
                replaces: true,
                ..new("b.csv")
            })
            .await
            .unwrap();
        let piece = Accepted {
            received_at: running.received_at(),
            replaces: [1, 2, 3, 4, 6].map(|hash| wayside_model::WriterId(row(hash))).to_vec(),
            ..common::accepted(after.to_vec())
        };
        running.append(piece).await.unwrap();
        while running.store_next().await.unwrap() {}
        let end = ImportEnd {
            is_whole: true,
            rows: 5,
            ..ImportEnd::default()
        };
        let record = running.finish(end).await.unwrap();
        let sums = record.sums.unwrap();
        assert_eq!((sums.good, sums.copies, sums.replaced), (5, 0, 4));
        seen(&writer).await;
        let found = lines(&writer).await;
        let own: Vec<_> = found
            .iter()
            .filter(|line| !line.contains("visitor=v7"))
            .cloned()
            .collect();
        common::assert_same(&own, &expected);
        let letters = writer.store().dead_letters(&site()).await.unwrap();
        assert_eq!(letters.len(), 1, "row 6 was refused before, and is good now");
        // Undoing it takes its rows away; what it replaced is gone.
        undo(&writer, 2).await;
        assert_eq!(seen(&writer).await.0, [5]);
    }
}

#[tokio::test]
async fn a_corrected_customer_is_no_longer_the_one_before() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    let rows = |customer: &str, told: u64| {
        [
            identify("v1", customer, row(told), 0, 1_000),
            event("v1", row(1), 0, 1_000),
        ]
    };
    import(&writer, "a.csv", &rows("wrong", 100), &[]).await;
    let record = replace(&writer, "b.csv", &rows("right", 200), &[]).await;
    assert_eq!(record.sums.unwrap().replaced, 2);
    let found = lines(&writer).await;
    assert!(
        found.len() == 2 && found.iter().all(|line| line.starts_with("customer=right ")),
        "{found:#?}"
    );
    seen(&writer).await;
    assert_eq!(writer.store().disputed_visitors(&site()).await.unwrap(), [""; 0]);
}

#[tokio::test]
async fn a_repair_does_not_bring_back_what_was_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
    import(&writer, "a.csv", &rows(0..5), &[]).await;
    let moved: Vec<_> = (0..5)
        .map(|hash| event("v1", row(hash), 0, 90_000 + hash as i64))
        .collect();
    replace(&writer, "b.csv", &moved, &[]).await;
    // A row of the same visitor and month, so that the file of the latest version was merged of earlier ones.
    import(&writer, "c.csv", &[event("v1", row(9), 0, 90_009)], &[]).await;
    let expected = lines(&writer).await;
    writer.compact_with(Merge::All).await.unwrap();
    let snapshot = writer.store().snapshot(&site()).await.unwrap();
    writer.close().await.unwrap();
    let file = snapshot.buckets.iter().find_map(|bucket| bucket.files.first()).unwrap();
    std::fs::remove_file(snapshot.table_root.join(&file.path)).unwrap();
    wayside_store::repair(dir.path(), false).await.unwrap();
    let writer = DataWriter::lock(dir.path(), options()).await.unwrap();
    writer.compact().await.unwrap();
    common::assert_same(&lines(&writer).await, &expected);
    seen(&writer).await;
}

#[tokio::test]
async fn rows_imported_without_an_id_cannot_be_replaced_by_id() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    let refused = async |new: NewImport| writer.begin_import(new).await.unwrap_err().to_string();
    let replacing = |by_id| NewImport {
        by_id,
        replaces: true,
        ..new("b.csv")
    };
    let error = refused(replacing(false)).await;
    assert!(error.contains("names no `id`"), "{error}");
    let without = NewImport {
        by_id: false,
        ..new("a.csv")
    };
    import_new(&writer, without, &rows(0..2), &[]).await;
    let error = refused(replacing(true)).await;
    assert!(
        error.contains("import 1 (a.csv)") && error.contains("wayside imports undo 1"),
        "{error}"
    );
    undo(&writer, 1).await;
    writer.begin_import(replacing(true)).await.unwrap();
}

/// Free bytes of the simulated disk.
static FREE_BYTES: AtomicU64 = AtomicU64::new(u64::MAX);

#[tokio::test]
async fn an_import_stops_before_pages_are_refused_on_a_full_disk() {
    for is_read in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let mut options = options();
        options.log.free_bytes = |_| Ok(FREE_BYTES.load(Relaxed));
        let reserve = options.log.min_free_bytes;
        FREE_BYTES.store(u64::MAX, Relaxed);
        let writer = DataWriter::lock(dir.path(), options).await.unwrap();
        let mut running = writer.begin_import(new("a.csv")).await.unwrap();
        let received_at = running.received_at();
        let piece = |hashes| Accepted {
            received_at,
            dead: vec![letter(row(100), 0)],
            ..common::accepted(rows(hashes))
        };
        running.append(piece(0..5)).await.unwrap();
        FREE_BYTES.store(reserve + reserve / 2, Relaxed);
        let stopped = match is_read {
            true => running.store_next().await.unwrap_err(),
            false => running.append(piece(5..9)).await.unwrap_err(),
        };
        assert!(stopped.is_disk_full(), "{stopped:?}");
        assert!(stopped.to_string().contains("import the file again"), "{stopped}");
        assert_eq!(running.waiting(), 0, "its rows take no space any more");
        assert!(!running.store_next().await.unwrap());
        let of_page = common::accepted(vec![event("v1", 5, 0, 0)]);
        writer.append(vec![of_page]).await.unwrap();
        let end = ImportEnd {
            is_whole: true,
            ..ImportEnd::default()
        };
        let record = running.finish(end).await.unwrap();
        assert_eq!((record.state, record.sums.unwrap().good), (ImportState::BrokenOff, 0));
        assert_eq!(writer.store().dead_letters(&site()).await.unwrap().len(), 1);
        FREE_BYTES.store(u64::MAX, Relaxed);
        let again = import(&writer, "a.csv", &rows(0..9), &[]).await.sums.unwrap();
        assert_eq!((again.good, again.copies), (9, 0));
        assert_eq!(seen(&writer).await, ((0..9).collect(), 1));
    }
}

#[tokio::test]
async fn an_undo_after_a_failed_replacement_keeps_the_rows_that_were_not_replaced() {
    const YEAR_MS: i64 = 366 * 86_400_000;
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    import(&writer, "a.csv", &rows(0..5), &[]).await;
    let expected = lines(&writer).await;
    // The corrected rows are of another month, whose folder cannot be made, so that their commit fails.
    let corrected: Vec<_> = (0..5)
        .map(|hash| event("v1", row(hash), 0, YEAR_MS + hash as i64))
        .collect();
    let month = wayside_store::table::month(corrected[0].time);
    let blocked = dir.path().join(format!("table/site=shop/month={month}"));
    std::fs::write(&blocked, "").unwrap();
    let replacing = NewImport {
        replaces: true,
        ..new("b.csv")
    };
    let mut running = writer.begin_import(replacing).await.unwrap();
    let piece = Accepted {
        received_at: running.received_at(),
        replaces: corrected.iter().map(|event| event.id.writer).collect(),
        ..common::accepted(corrected)
    };
    running.append(piece).await.unwrap();
    running.store_next().await.unwrap_err();
    drop(running);
    std::fs::remove_file(&blocked).unwrap();
    assert_eq!(undo(&writer, 2).await.events, 0);
    common::assert_same(&lines(&writer).await, &expected);
}
