//! `kill -9` at any moment, also in the middle of a compaction.

use crate::child::{Appender, appended};
use crate::common::*;
use wayside_store::Store;

/// Rounds; each kills a process after another number of acknowledgements, so that kills fall into appends, compactions
/// and the recovery of the round before.
const ROUNDS: u32 = 8;

#[tokio::test]
async fn every_acknowledged_event_survives_kill_9() {
    let dir = tempfile::tempdir().unwrap();
    let mut acked = Vec::new();
    for round in 0..ROUNDS {
        let count = 1 + (round * 37 % 61) as usize;
        let known = Appender::start(dir.path(), round, "").kill_after(count);
        acked.push(known as u32);

        // As a reader sees it, before anyone has recovered anything.
        check(&lines(&Store::open(dir.path()).unwrap()).await, &acked);
        let writer = writer(dir.path()).await;
        check(&lines(writer.store()).await, &acked);
        writer.compact().await.unwrap();
        check(&lines(writer.store()).await, &acked);
        let report = writer.store().check().await.unwrap();
        assert!(report.is_ok(), "{:#?}", report.problems);
        writer.close().await.unwrap();
    }
}

/// All that was acknowledged is there; one more may be, written but killed before it was said.
#[track_caller]
fn check(lines: &[String], acked: &[u32]) {
    for (round, count) in (0..).zip(acked) {
        let mut events: Vec<_> = (0..*count).map(|seq| appended(round, seq)).collect();
        let (visitor, customer) = (format!("v{round}"), format!("c{round}"));
        let of_round: Vec<_> = lines
            .iter()
            .filter(|line| line.contains(&format!("visitor={visitor} ")))
            .cloned()
            .collect();
        if of_round.len() > events.len() {
            events.push(appended(round, *count));
        }
        let who: &[(&str, &str)] = if events.len() > 6 {
            &[(&visitor, &customer)]
        } else {
            &[]
        };
        assert_same(&of_round, &expected(&events, who));
    }
}
