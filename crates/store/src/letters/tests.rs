//! Tests of deciding about dead letters.

use wayside_model::Timestamp;

use super::*;
use crate::accepted::DeadLetter;
use crate::testing::{accepted, event, site};
use crate::writer::Options;

/// A batch whose events all became letters, as with a wrong clock.
fn refused(seqs: std::ops::Range<u32>) -> Accepted {
    let mut part = accepted(Vec::new());
    part.dead = seqs
        .map(|seq| DeadLetter {
            writer: event("v", 1, seq, 0).id.writer,
            seq,
            time: None,
            code: if seq == 2 { "name" } else { "time" }.to_owned(),
            detail: "refused".to_owned(),
            raw: None,
        })
        .collect();
    part
}

fn replay(row: &DeadRow) -> Fate {
    match row.letter.code.as_str() {
        "time" => Fate::Replay(Box::new(accepted(vec![event("v", 1, row.letter.seq, 5)]))),
        _ => Fate::Stay,
    }
}

async fn writer(dir: &Path) -> DataWriter {
    DataWriter::lock(dir, Options::default()).await.unwrap()
}

async fn state(writer: &DataWriter) -> (u64, u64, Vec<u32>) {
    let store = writer.store();
    let about = store.sites().await.unwrap().remove(0);
    let counts = store.counts().await.unwrap()[&site()];
    let letters = store.dead_letters(&site()).await.unwrap();
    let seqs: Vec<u32> = letters.iter().map(|row| row.letter.seq).collect();
    assert_eq!(about.dead, seqs.len() as u64);
    (about.events, counts.accepted, seqs)
}

#[tokio::test]
async fn replayed_letters_become_events_that_count_once() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    // One in the table, a copy of some in the log.
    writer.append(vec![refused(0..4)]).await.unwrap();
    writer.compact().await.unwrap();
    writer.append(vec![refused(1..3)]).await.unwrap();
    assert_eq!(state(&writer).await, (0, 6, vec![0, 1, 2, 3]));
    let expected = SortedLetters {
        dropped: 0,
        replayed: 3,
    };
    for dry_run in [true, false] {
        assert_eq!(writer.sort_letters(&site(), dry_run, replay).await.unwrap(), expected);
        let after = if dry_run { (0, vec![0, 1, 2, 3]) } else { (3, vec![2]) };
        let (events, accepted, seqs) = state(&writer).await;
        assert_eq!(((events, seqs), accepted), (after, 6));
    }
    // Once more, as after a crash between the two steps: its event came, and the letter is still there.
    writer.append(vec![refused(0..1)]).await.unwrap();
    writer.sort_letters(&site(), false, replay).await.unwrap();
    writer.compact().await.unwrap();
    assert_eq!(state(&writer).await, (3, 7, vec![2]));
    let drop = |_: &DeadRow| Fate::Drop;
    let dropped = writer.sort_letters(&site(), false, drop).await.unwrap();
    assert_eq!(
        dropped,
        SortedLetters {
            dropped: 1,
            replayed: 0
        }
    );
    assert_eq!(state(&writer).await.2, Vec::<u32>::new());
    let report = writer.store().check().await.unwrap();
    assert!(report.is_ok(), "{report:#?}");
    writer.close().await.unwrap();
    let writer = self::writer(dir.path()).await;
    assert_eq!(state(&writer).await, (3, 5, vec![]));
}

#[tokio::test]
async fn the_latest_letters_are_listed_in_order_without_copies() {
    let dir = tempfile::tempdir().unwrap();
    let writer = writer(dir.path()).await;
    for (received_at, seqs) in [(10, 0..3), (30, 1..5), (20, 5..6)] {
        let received_at = Timestamp::from_millis(received_at);
        let part = Accepted {
            received_at,
            ..refused(seqs)
        };
        writer.append(vec![part]).await.unwrap();
        writer.compact().await.unwrap();
    }
    let list = async |limit: usize| {
        let is_asked = |row: &DeadRow| row.letter.code == "time";
        let latest = writer.store().latest_letters(&site(), limit, is_asked).await.unwrap();
        let seqs: Vec<u32> = latest.rows.iter().map(|row| row.letter.seq).collect();
        (seqs, latest.total)
    };
    assert_eq!(list(10).await, (vec![0, 1, 5, 3, 4], 5));
    assert_eq!(list(2).await, (vec![3, 4], 5));
}
