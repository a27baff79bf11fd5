//! Tests of a data folder through its public API: append, compact, read, restart.

mod common;

use common::*;
use wayside_model::{Event, SiteId};
use wayside_store::{Counts, DataWriter, Merge, Store};

/// Two visitors across the end of a month; `b` identifies at the end.
fn history() -> Vec<Event> {
    let mut events: Vec<_> = (0..20).map(|n| event("a", 1, n, i64::from(n) * 5_000)).collect();
    events.extend((0..20).map(|n| event("b", 2, n, i64::from(n) * 5_000 + 1)));
    events.push(identify("b", "carol", 2, 20, 99_000));
    events
}

const CAROL: &[(&str, &str)] = &[("b", "carol")];

#[tokio::test]
async fn appended_events_are_read_before_and_after_compaction() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    assert_eq!(lines(writer.store()).await, Vec::<String>::new());

    let history = history();
    writer.append(vec![accepted(history.clone())]).await.unwrap();
    let expected = expected(&history, CAROL);
    assert_same(&lines(writer.store()).await, &expected);
    // Read as by another process.
    assert_same(&lines(&Store::open(dir.path()).unwrap()).await, &expected);

    let done = writer.compact().await.unwrap();
    assert_eq!((done.events, done.copies), (41, 0));
    let snapshot = writer.store().snapshot(&site()).await.unwrap();
    assert_eq!(snapshot.version, done.version);
    assert!(snapshot.buckets.iter().all(|bucket| bucket.tail.is_empty()));
    assert_eq!(rows_of(&snapshot), expected);
    assert_same(&lines(&Store::open(dir.path()).unwrap()).await, &expected);
    // Without new events there is no new version.
    assert_eq!(writer.compact().await.unwrap().version, done.version);

    writer.close().await.unwrap();
    let writer = common::writer(dir.path()).await;
    assert_same(&lines(writer.store()).await, &expected);
}

#[tokio::test]
async fn events_of_automated_browsers_are_counted_once_wherever_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    let reader = Store::open(dir.path()).unwrap();
    let check = async |step: &str, events: u64, automated: u64| {
        for store in [writer.store(), &reader] {
            let about = &store.sites().await.unwrap()[0];
            assert_eq!((about.events, about.automated), (events, automated), "{step}");
        }
    };
    let robots = |events: Vec<Event>| {
        let mut part = accepted(events);
        part.automated = true;
        part
    };
    let visit = || (0..5).map(|n| event("robot", 1, n, i64::from(n))).collect::<Vec<_>>();
    writer.append(vec![robots(visit())]).await.unwrap();
    writer.append(vec![accepted(vec![event("a", 2, 0, 0)])]).await.unwrap();
    check("in the log", 6, 5).await;
    writer.compact().await.unwrap();
    check("in the table", 6, 5).await;
    writer.append(vec![robots(visit())]).await.unwrap();
    check("with copies in the log", 6, 5).await;
    // From here on the visitor's rows in files are another customer's, and are read with the log.
    let part = robots(vec![identify("robot", "carol", 1, 5, 9), event("robot", 1, 4, 4)]);
    writer.append(vec![part]).await.unwrap();
    check("with a customer who has moved", 7, 6).await;
    writer.compact().await.unwrap();
    check("in the table again", 7, 6).await;
}

#[tokio::test]
async fn the_version_of_a_site_changes_with_its_events_and_dead_letters_only() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    // As another process reads it; what it knows of the log must not go stale.
    let reader = Store::open(dir.path()).unwrap();
    let mut seen = Vec::new();
    let mut is_new = async |step: &str, expected: bool| {
        let version = writer.store().version(&site()).await.unwrap();
        assert_eq!(!seen.contains(&version), expected, "{step}");
        assert_eq!(version, writer.store().version(&site()).await.unwrap(), "{step}");
        let read = reader.version(&site()).await.unwrap();
        assert_eq!(read, reader.version(&site()).await.unwrap(), "{step}");
        seen.push(version);
        seen.push(read);
    };
    is_new("empty", true).await;
    for round in 0..2 {
        writer
            .append(vec![accepted(vec![event("a", 1, round, 0)])])
            .await
            .unwrap();
        is_new("an event", true).await;
        let mut other = accepted(vec![event("a", 1, round, 0)]);
        other.site = SiteId::parse("other").unwrap();
        writer.append(vec![other]).await.unwrap();
        is_new("an event of another site", false).await;
        let mut dead = accepted(Vec::new());
        dead.dead.push(letter(9, round));
        writer.append(vec![dead]).await.unwrap();
        is_new("a dead letter", true).await;
        writer.compact().await.unwrap();
        is_new("a compaction", true).await;
        writer.compact().await.unwrap();
        is_new("a compaction of nothing", false).await;
    }
}

#[tokio::test]
async fn copies_count_once_wherever_they_meet() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    let history = history();
    let expected = expected(&history, CAROL);
    for _ in 0..3 {
        writer
            .append(vec![accepted(history.clone()), accepted(history[5..30].to_vec())])
            .await
            .unwrap();
        assert_same(&lines(writer.store()).await, &expected);
        writer.compact().await.unwrap();
        assert_same(&lines(writer.store()).await, &expected);
    }
    let counts = writer.store().counts().await.unwrap()[&site()];
    assert_eq!((counts.good, counts.dead), (3 * (41 + 25), 0));
    let sites = writer.store().sites().await.unwrap();
    assert_eq!((sites.len(), sites[0].events, sites[0].dead), (1, 41, 0));
    assert_eq!(sites[0].first, Some(history[0].time));
    assert_eq!(sites[0].last, Some(history[40].time));
}

#[tokio::test]
async fn a_visitor_who_identifies_takes_the_past_along() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    let history = history();
    let (past, last) = history.split_at(40);
    writer.append(vec![accepted(past.to_vec())]).await.unwrap();
    writer.compact().await.unwrap();
    assert_same(&lines(writer.store()).await, &expected(past, &[]));

    // First in the tail, then in files.
    writer.append(vec![accepted(last.to_vec())]).await.unwrap();
    assert_same(&lines(writer.store()).await, &expected(&history, CAROL));
    writer.compact().await.unwrap();
    let snapshot = writer.store().snapshot(&site()).await.unwrap();
    assert!(
        snapshot
            .buckets
            .iter()
            .all(|bucket| bucket.moved.is_empty() && bucket.tail.is_empty())
    );
    assert_same(&rows_of(&snapshot), &expected(&history, CAROL));

    // A late copy of an event that was anonymous, and a later `identify` with another customer: neither changes
    // anything.
    let more = vec![past[25].clone(), identify("b", "dave", 9, 0, 200_000)];
    writer.append(vec![accepted(more.clone())]).await.unwrap();
    let all = [history.as_slice(), &more[1..]].concat();
    assert_same(&lines(writer.store()).await, &expected(&all, CAROL));
    assert_eq!(writer.store().disputed_visitors(&site()).await.unwrap(), ["b"]);

    // An earlier `identify` that arrives late changes the customer, before and after compaction.
    let early = identify("b", "erin", 10, 0, 0);
    writer.compact().await.unwrap();
    writer.append(vec![accepted(vec![early.clone()])]).await.unwrap();
    let all = [all, vec![early]].concat();
    assert_same(&lines(writer.store()).await, &expected(&all, &[("b", "erin")]));
    writer.compact().await.unwrap();
    assert_same(&lines(writer.store()).await, &expected(&all, &[("b", "erin")]));
    assert_eq!(
        lines(&Store::open(dir.path()).unwrap()).await,
        expected(&all, &[("b", "erin")])
    );
}

#[tokio::test]
async fn runs_stay_few_and_can_be_merged_into_one() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    let mut all = Vec::new();
    // A large run, then many small ones.
    for round in 0..30u32 {
        let count = if round == 0 { 400 } else { 3 };
        let events: Vec<_> = (0..count)
            .map(|n| event("a", u128::from(round), n, i64::from(n)))
            .collect();
        writer.append(vec![accepted(events.clone())]).await.unwrap();
        writer.compact().await.unwrap();
        all.extend(events);
    }
    let files = |snapshot: &wayside_store::Snapshot| snapshot.buckets.iter().map(|b| b.files.len()).max().unwrap();
    let snapshot = writer.store().snapshot(&site()).await.unwrap();
    assert!((2..=8).contains(&files(&snapshot)), "{}", files(&snapshot));
    assert_same(&rows_of(&snapshot), &expected(&all, &[]));

    writer.compact_with(Merge::All).await.unwrap();
    let snapshot = writer.store().snapshot(&site()).await.unwrap();
    assert_eq!(files(&snapshot), 1);
    assert_same(&rows_of(&snapshot), &expected(&all, &[]));
    // A new reader starts at the checkpoint of the Delta log.
    assert!(dir.path().join("table/_delta_log/_last_checkpoint").exists());
    let store = Store::open(dir.path()).unwrap();
    assert_same(&lines(&store).await, &expected(&all, &[]));
    assert_eq!(store.counts().await.unwrap()[&site()].good, all.len() as u64);
    // Merged files are removed once they are old enough; with these options immediately.
    writer.clean().await.unwrap();
    let left = walk(&dir.path().join("table/site=shop"));
    assert_eq!(left.len(), 1, "{left:?}");
}

#[tokio::test]
async fn dead_letters_are_kept_with_their_reasons() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    let mut part = accepted(vec![event("a", 1, 0, 0)]);
    part.dead = vec![letter(1, 1), letter(1, 2)];
    let counts = Counts {
        accepted: 6,
        good: 2,
        dead: 4,
    };
    writer.append(vec![part.clone(), part.clone()]).await.unwrap();
    for _ in 0..2 {
        let letters = writer.store().dead_letters(&site()).await.unwrap();
        assert_eq!(
            letters.iter().map(|row| row.letter.clone()).collect::<Vec<_>>(),
            part.dead
        );
        assert_eq!(writer.store().counts().await.unwrap()[&site()], counts);
        assert_eq!(writer.store().sites().await.unwrap()[0].dead, 2);
        writer.compact().await.unwrap();
    }
}

#[tokio::test]
async fn one_process_writes_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    let refused = DataWriter::lock(dir.path(), options()).await.unwrap_err();
    assert!(refused.is_locked());
    assert!(
        refused.to_string().contains("held by another wayside process"),
        "{refused}"
    );
    // The lock is not in a file that can be deleted.
    for name in std::fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        if name.is_file() {
            std::fs::remove_file(name).unwrap();
        }
    }
    assert!(DataWriter::lock(dir.path(), options()).await.unwrap_err().is_locked());
    writer.clone().close().await.unwrap();
    assert!(writer.append(vec![accepted(vec![])]).await.unwrap_err().is_poisoned());
    drop(writer);
    common::writer(dir.path()).await;
}

#[tokio::test]
async fn a_missing_folder_is_reported_as_missing() {
    let dir = tempfile::tempdir().unwrap();
    let missing = Store::open(dir.path().join("nowhere")).unwrap_err();
    assert!(missing.is_missing());
    assert!(missing.to_string().contains("nowhere; check --data"), "{missing}");
}

#[tokio::test]
async fn closed_segments_are_removed_once_they_are_in_the_table() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    options.log.segment_bytes = 600;
    let writer = DataWriter::lock(dir.path(), options.clone()).await.unwrap();
    let mut all = Vec::new();
    for n in 0..50 {
        let event = event("a", 1, n, i64::from(n));
        writer.append(vec![accepted(vec![event.clone()])]).await.unwrap();
        all.push(event);
    }
    let segments = || walk(&dir.path().join("log")).len();
    assert!(segments() > 5);
    assert_same(&lines(writer.store()).await, &expected(&all, &[]));
    writer.compact().await.unwrap();
    assert_eq!(segments(), 1);
    assert_same(&lines(writer.store()).await, &expected(&all, &[]));
    writer
        .append(vec![accepted(vec![event("a", 1, 50, 50)])])
        .await
        .unwrap();
    all.push(event("a", 1, 50, 50));
    writer.close().await.unwrap();
    let writer = DataWriter::lock(dir.path(), options).await.unwrap();
    assert_same(&lines(writer.store()).await, &expected(&all, &[]));
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path));
        } else {
            found.push(path);
        }
    }
    found
}
