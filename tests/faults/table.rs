//! Tables whose Delta log or files are lost or damaged: nothing is destroyed, it is said, and `repair` goes on with what
//! is left.

use std::fs;
use std::path::{Path, PathBuf};

use wayside_model::Event;
use wayside_store::{DataWriter, Options, Store, repair};

use crate::common::*;

/// How the Delta log of a table is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Damage {
    /// `_delta_log` is gone.
    Gone,
    /// `_delta_log` is there and empty.
    Empty,
    /// The last commit is gone.
    LastCommitGone,
    /// The last commit has no bytes.
    LastCommitEmpty,
    /// The last commit ends in the middle.
    LastCommitCut,
    /// A commit in the middle is gone.
    MiddleCommitGone,
}

impl Damage {
    const ALL: [Self; 6] = [
        Self::Gone,
        Self::Empty,
        Self::LastCommitGone,
        Self::LastCommitEmpty,
        Self::LastCommitCut,
        Self::MiddleCommitGone,
    ];

    fn is_done_to(self, table: &Path) {
        let log = table.join("_delta_log");
        let mut commits: Vec<PathBuf> = fs::read_dir(&log).unwrap().map(|entry| entry.unwrap().path()).collect();
        commits.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
        commits.sort();
        let last = commits.last().unwrap();
        match self {
            Self::Gone => fs::remove_dir_all(&log).unwrap(),
            Self::Empty => {
                fs::remove_dir_all(&log).unwrap();
                fs::create_dir(&log).unwrap();
            }
            Self::LastCommitGone => fs::remove_file(last).unwrap(),
            Self::LastCommitEmpty => fs::write(last, "").unwrap(),
            Self::LastCommitCut => {
                let bytes = fs::read(last).unwrap();
                fs::write(last, &bytes[..bytes.len() / 2]).unwrap();
            }
            Self::MiddleCommitGone => fs::remove_file(&commits[commits.len() / 2]).unwrap(),
        }
    }
}

/// Removed files go at once, and so do segments that are in the table.
fn options() -> Options {
    let mut options = crate::common::options();
    options.log.segment_bytes = 2_000;
    options
}

/// Events of several visitors over two months, one of whom identifies late and another twice, with dead letters.
fn history() -> Vec<Event> {
    let mut events = Vec::new();
    for n in 0..120 {
        let visitor = format!("v{}", n % 6);
        events.push(event(&visitor, u128::from(n % 6), n, i64::from(n) * 900));
    }
    events.push(identify("v1", "carol", 1, 200, 50_000));
    events.push(identify("v2", "dave", 2, 201, 70_000));
    events.push(identify("v2", "erin", 2, 202, 10_000));
    events
}

const CUSTOMERS: &[(&str, &str)] = &[("v1", "carol"), ("v2", "erin")];

/// A folder with the history, compacted piece by piece so that files replace each other, and the last pieces in the log.
async fn folder(dir: &Path) {
    let writer = DataWriter::lock(dir, options()).await.unwrap();
    let history = history();
    let pieces: Vec<_> = history.chunks(20).collect();
    for (at, piece) in pieces.iter().enumerate() {
        let mut part = accepted(piece.to_vec());
        part.dead.push(letter(9, at as u32));
        writer.append(vec![part]).await.unwrap();
        if at + 2 < pieces.len() {
            writer.compact().await.unwrap();
            writer.clean().await.unwrap();
        }
    }
    writer.close().await.unwrap();
}

fn data_files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut dirs = vec![dir.to_path_buf()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let is_data = path.extension().is_some_and(|extension| extension == "parquet");
            match path.is_dir() {
                true => dirs.push(path),
                false if is_data => found.push(path),
                false => {}
            }
        }
    }
    found.sort();
    found
}

/// A server that is started on the folder, whether or not it starts, and that works on it for a while.
async fn serve(dir: &Path) -> Result<(), wayside_store::Error> {
    let writer = DataWriter::lock(dir, options()).await?;
    for seq in 0..3 {
        writer.append(vec![accepted(vec![event("new", 77, seq, 1)])]).await?;
        writer.compact().await?;
        writer.clean().await?;
    }
    writer.close().await
}

#[tokio::test]
async fn a_damaged_delta_log_destroys_nothing_and_is_repaired() {
    for damage in Damage::ALL {
        let dir = tempfile::tempdir().unwrap();
        folder(dir.path()).await;
        let all = expected(&history(), CUSTOMERS);
        assert_same(&lines(&Store::open(dir.path()).unwrap()).await, &all);
        assert_eq!(check(dir.path()).await, Vec::<String>::new());
        damage.is_done_to(&dir.path().join("table"));
        let before = data_files(dir.path());

        let problems = check(dir.path()).await;
        assert!(!problems.is_empty(), "{damage:?}");
        let refused = serve(dir.path()).await;
        if let Err(refused) = &refused {
            assert!(refused.to_string().contains("wayside repair"), "{damage:?}: {refused}");
        }
        let missing: Vec<_> = before.iter().filter(|file| !file.exists()).collect();
        assert_eq!(missing, Vec::<&PathBuf>::new(), "{damage:?}");

        let dry = repair(dir.path(), true).await.unwrap();
        assert!(
            !dry.found.is_empty() && !dry.done.is_empty() && dry.aside.is_none(),
            "{damage:?}: {dry:?}"
        );
        assert_eq!(
            data_files(dir.path())
                .iter()
                .filter(|file| before.contains(file))
                .count(),
            before.len()
        );
        let repaired = repair(dir.path(), false).await.unwrap();
        assert_eq!(repaired.found, dry.found);
        let aside = repaired.aside.unwrap();
        assert!(aside.join("table").is_dir(), "{damage:?}");
        assert_eq!(check(dir.path()).await, Vec::<String>::new(), "{damage:?}");
        assert_eq!(repair(dir.path(), false).await.unwrap().found, Vec::<String>::new());

        serve(dir.path()).await.unwrap();
        let new = (0..3).map(|seq| event("new", 77, seq, 1));
        let with_new: Vec<_> = history().into_iter().chain(new).collect();
        let store = Store::open(dir.path()).unwrap();
        assert_same(&lines(&store).await, &expected(&with_new, CUSTOMERS));
        assert_eq!(
            store.dead_letters(&site()).await.unwrap().len(),
            history().len().div_ceil(20),
            "{damage:?}"
        );
        assert_eq!(check(dir.path()).await, Vec::<String>::new(), "{damage:?}");
    }
}

#[tokio::test]
async fn damaged_dead_letters_are_repaired_without_touching_the_events() {
    for damage in Damage::ALL {
        let dir = tempfile::tempdir().unwrap();
        folder(dir.path()).await;
        damage.is_done_to(&dir.path().join("dead"));
        let events = data_files(&dir.path().join("table"));
        assert!(!check(dir.path()).await.is_empty(), "{damage:?}");
        let repaired = repair(dir.path(), false).await.unwrap();
        assert!(
            repaired.found.iter().all(|found| found.contains("/dead")),
            "{repaired:?}"
        );
        assert_eq!(data_files(&dir.path().join("table")), events);
        assert_eq!(check(dir.path()).await, Vec::<String>::new(), "{damage:?}");
        serve(dir.path()).await.unwrap();
        let letters = Store::open(dir.path()).unwrap().dead_letters(&site()).await.unwrap();
        assert_eq!(letters.len(), history().len().div_ceil(20), "{damage:?}");
    }
}

#[tokio::test]
async fn a_lost_commit_whose_log_still_exists_keeps_its_files_until_a_repair() {
    let dir = tempfile::tempdir().unwrap();
    // All in one segment.
    let writer = writer(dir.path()).await;
    for piece in history().chunks(30) {
        writer.append(vec![accepted(piece.to_vec())]).await.unwrap();
        writer.compact().await.unwrap();
    }
    writer.close().await.unwrap();
    Damage::LastCommitGone.is_done_to(&dir.path().join("table"));
    let before = data_files(dir.path());
    // The log has all of it, so the server goes on; but it may not take the lost commit's files for garbage.
    serve(dir.path()).await.unwrap();
    assert!(before.iter().all(|file| file.exists()));
    let problems = check(dir.path()).await;
    assert!(problems[0].contains("does not account for"), "{problems:?}");
    repair(dir.path(), false).await.unwrap();
    assert_eq!(check(dir.path()).await, Vec::<String>::new());
    serve(dir.path()).await.unwrap();
    let new = (0..3).map(|seq| event("new", 77, seq, 1));
    let with_new: Vec<_> = history().into_iter().chain(new).collect();
    assert_same(
        &lines(&Store::open(dir.path()).unwrap()).await,
        &expected(&with_new, CUSTOMERS),
    );
}

#[tokio::test]
async fn a_lost_merged_file_is_rebuilt_from_its_source_files() {
    let dir = tempfile::tempdir().unwrap();
    // Files that the table has let go stay for an hour; segments go once they are in the table.
    let mut options = options();
    options.keep_removed = Options::default().keep_removed;
    let writer = DataWriter::lock(dir.path(), options).await.unwrap();
    for piece in history().chunks(20) {
        writer.append(vec![accepted(piece.to_vec())]).await.unwrap();
        writer.compact().await.unwrap();
    }
    let before = data_files(dir.path());
    writer.compact_with(wayside_store::Merge::All).await.unwrap();
    writer.close().await.unwrap();
    let merged: Vec<_> = data_files(dir.path())
        .into_iter()
        .filter(|file| !before.contains(file))
        .collect();
    assert!(!merged.is_empty());
    for file in merged {
        fs::remove_file(file).unwrap();
    }
    repair(dir.path(), false).await.unwrap();
    assert_eq!(check(dir.path()).await, Vec::<String>::new());
    // The next start removes what is no longer needed.
    serve(dir.path()).await.unwrap();
    let new = (0..3).map(|seq| event("new", 77, seq, 1));
    let with_new: Vec<_> = history().into_iter().chain(new).collect();
    let store = Store::open(dir.path()).unwrap();
    assert_same(&lines(&store).await, &expected(&with_new, CUSTOMERS));
}

#[tokio::test]
async fn a_missing_table_is_not_created_again_over_a_later_log() {
    let dir = tempfile::tempdir().unwrap();
    folder(dir.path()).await;
    let segments = fs::read_dir(dir.path().join("log")).unwrap().count();
    assert!(!dir.path().join("log/00000001.seg").exists() && segments > 0);
    fs::remove_dir_all(dir.path().join("table")).unwrap();
    let refused = serve(dir.path()).await.unwrap_err();
    assert!(refused.to_string().contains("wayside repair"), "{refused}");
    let repaired = repair(dir.path(), false).await.unwrap();
    assert_eq!(repaired.found.len(), 1, "{repaired:?}");
    serve(dir.path()).await.unwrap();
    assert_eq!(check(dir.path()).await, Vec::<String>::new());
    // The events in the table are lost, those in the log are not.
    let in_log = history().len() - history().chunks(20).rev().skip(2).map(<[_]>::len).sum::<usize>();
    let events = Store::open(dir.path()).unwrap().snapshot(&site()).await.unwrap().events;
    assert!(events >= in_log as u64 + 3, "{events}");
}

#[tokio::test]
async fn a_check_beside_compactions_finds_nothing_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let writer = DataWriter::lock(dir.path(), Options::default()).await.unwrap();
    writer.append(vec![accepted(history())]).await.unwrap();
    writer.compact().await.unwrap();
    let store = writer.store().clone();
    let compacting = tokio::spawn(async move {
        for seq in 0..25 {
            let mut part = accepted(vec![event("new", 77, seq, 1), event("v3", 78, seq, 99_000)]);
            part.dead.push(letter(9, seq));
            writer.append(vec![part]).await.unwrap();
            writer.compact().await.unwrap();
        }
    });
    let mut checks = 0;
    while !compacting.is_finished() || checks == 0 {
        // As another process does it.
        let report = Store::open(store.dir()).unwrap().check().await.unwrap();
        assert!(report.is_ok(), "{report:#?}");
        checks += 1;
    }
    compacting.await.unwrap();
}

#[tokio::test]
async fn a_repair_that_was_cut_off_is_brought_to_its_end() {
    let dir = tempfile::tempdir().unwrap();
    folder(dir.path()).await;
    let (table, new) = (dir.path().join("table"), dir.path().join("table.repaired"));
    // The new table was whole and the old one gone.
    fs::rename(&table, &new).unwrap();
    serve(dir.path()).await.unwrap();
    assert!(!new.exists());
    // It was being built.
    fs::create_dir_all(new.join("site=shop")).unwrap();
    serve(dir.path()).await.unwrap();
    assert!(!new.exists());
    let new = (0..3).map(|seq| event("new", 77, seq, 1));
    let with_new: Vec<_> = history().into_iter().chain(new).collect();
    assert_same(
        &lines(&Store::open(dir.path()).unwrap()).await,
        &expected(&with_new, CUSTOMERS),
    );
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named_and_set_aside_on_request() {
    for is_missing in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let writer = DataWriter::lock(dir.path(), options()).await.unwrap();
        let other = wayside_model::SiteId::parse("other").unwrap();
        let mut part = accepted(history());
        writer.append(vec![part.clone()]).await.unwrap();
        part.site = other.clone();
        writer.append(vec![part]).await.unwrap();
        writer.compact().await.unwrap();
        let snapshot = writer.store().snapshot(&site()).await.unwrap();
        let file = snapshot
            .buckets
            .iter()
            .flat_map(|bucket| &bucket.files)
            .next()
            .unwrap()
            .clone();
        let path = snapshot.table_root.join(&file.path);
        match is_missing {
            true => fs::remove_file(&path).unwrap(),
            false => fs::write(&path, b"PAR1 no longer").unwrap(),
        }

        // An operation that needs the file names it in its error; another site does not need it.
        let name = file.path.display().to_string();
        // One for each visitor and month, so that each bucket is compacted.
        let more = (0..12).map(|n| event(&format!("v{}", n % 6), 88, n, i64::from(n / 6) * 99_000));
        let more: Vec<_> = more.collect();
        writer.append(vec![accepted(more.clone())]).await.unwrap();
        let refused = writer.compact_with(wayside_store::Merge::All).await.unwrap_err();
        assert!(refused.to_string().contains(&name), "{refused}");
        assert_eq!(
            writer.store().snapshot(&other).await.unwrap().events,
            history().len() as u64
        );
        let locked = repair(dir.path(), false).await.unwrap_err();
        assert!(locked.is_locked(), "{locked}");
        writer.close().await.unwrap();

        let problems = check(dir.path()).await;
        assert!(problems.iter().any(|problem| problem.contains(&name)), "{problems:?}");
        let repaired = repair(dir.path(), false).await.unwrap();
        assert!(repaired.found.iter().all(|found| found.contains(&name)), "{repaired:?}");
        let aside = repaired.aside.map(|aside| aside.join("table").join(&file.path));
        assert_eq!(aside.is_some_and(|aside| aside.exists()), !is_missing);
        assert_eq!(check(dir.path()).await, Vec::<String>::new());

        // Everything goes on, and the sums say how many rows are gone.
        let writer = crate::common::writer(dir.path()).await;
        writer.compact_with(wayside_store::Merge::All).await.unwrap();
        let report = writer.store().check().await.unwrap();
        assert!(report.is_ok(), "{report:#?}");
        let sums = report.sites[&site()];
        assert_eq!((sums.aside, sums.copies), (file.rows, 0));
        assert_eq!(sums.good, (history().len() + more.len()) as u64);
        assert_eq!(
            writer.store().snapshot(&site()).await.unwrap().events,
            sums.good - sums.aside
        );
    }
}

#[tokio::test]
async fn a_lost_identities_file_is_rebuilt_from_the_events() {
    for is_missing in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        folder(dir.path()).await;
        let writer = crate::common::writer(dir.path()).await;
        writer.compact().await.unwrap();
        writer.close().await.unwrap();
        let identities = dir.path().join("identities");
        for entry in fs::read_dir(&identities).unwrap() {
            let path = entry.unwrap().path();
            match is_missing {
                true => fs::remove_file(path).unwrap(),
                false => fs::write(path, "{\"version\":1,").unwrap(),
            }
        }
        let all = expected(&history(), CUSTOMERS);
        // A reader goes on without it, and a check says that it is lost.
        let store = Store::open(dir.path()).unwrap();
        assert_same(&lines(&store).await, &all);
        assert_eq!(store.disputed_visitors(&site()).await.unwrap(), ["v2"]);
        let problems = check(dir.path()).await;
        assert!(
            problems[0].contains("identities") && problems.len() == 1,
            "{problems:?}"
        );
        // The next writer makes it anew.
        crate::common::writer(dir.path()).await.close().await.unwrap();
        assert_eq!(check(dir.path()).await, Vec::<String>::new());
        let damaged = data_of(&identities, "damaged");
        assert_eq!(damaged.is_empty(), is_missing, "{damaged:?}");
        assert_same(&lines(&Store::open(dir.path()).unwrap()).await, &all);
    }
}

fn data_of(dir: &Path, extension: &str) -> Vec<PathBuf> {
    let paths = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == extension))
        .collect()
}

async fn check(dir: &Path) -> Vec<String> {
    Store::open(dir).unwrap().check().await.unwrap().problems
}
