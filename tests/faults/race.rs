//! Readers while a writer appends and compacts.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::common::*;
use wayside_store::{DataWriter, Merge, Store};

/// Every snapshot has all that was acknowledged when it was asked for, from another handle on the same folder, while
/// segments and files go away under it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_misses_nothing_while_compactions_run() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options();
    options.log.segment_bytes = 500;
    let writer = DataWriter::lock(dir.path(), options).await.unwrap();
    let acked = Arc::new(AtomicU32::new(0));
    let ended = Arc::new(AtomicBool::new(false));

    let reader = tokio::spawn({
        let (acked, ended) = (Arc::clone(&acked), Arc::clone(&ended));
        let store = Store::open(dir.path()).unwrap();
        async move {
            let mut snapshots = 0;
            while !ended.load(Ordering::Acquire) {
                let before = acked.load(Ordering::Acquire);
                let snapshot = store.snapshot(&site()).await.unwrap();
                assert!(snapshot.events >= u64::from(before), "{} of {before}", snapshot.events);
                snapshots += 1;
            }
            snapshots
        }
    });
    for seq in 0..60 {
        let event = if seq == 30 {
            identify("v", "c", 1, seq, 0)
        } else {
            event("v", 1, seq, i64::from(seq))
        };
        writer.append(vec![accepted(vec![event])]).await.unwrap();
        acked.store(seq + 1, Ordering::Release);
        if seq % 6 == 5 {
            writer
                .compact_with(if seq % 12 == 5 { Merge::All } else { Merge::Tiered })
                .await
                .unwrap();
            // Files are removed at once here: a reader that has just listed them must look again.
            writer.clean().await.unwrap();
        }
    }
    ended.store(true, Ordering::Release);
    assert!(reader.await.unwrap() > 0);
    assert_eq!(lines(writer.store()).await.len(), 60);
}
