//! Background tasks of the server, and its shutdown.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum_server::Handle;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use wayside_analyzer::KeptStates;
use wayside_collector::{Sites, once_a_minute};
use wayside_model::Timestamp;
use wayside_store::DataWriter;

use crate::retention::forget_old;

/// Catches Ctrl-C and SIGTERM from now on. At the first of them, it asks the server and all background tasks to stop, and returns the
/// time of the signal.
pub(super) fn ending(
    stop: watch::Sender<bool>,
    connections: Handle<SocketAddr>,
) -> io::Result<impl Future<Output = Instant>> {
    let asked = asked_to_end()?;
    tracing::debug!("Ctrl-C and SIGTERM are caught");
    Ok(async move {
        asked.await;
        tracing::info!("stopping: answering the requests in progress, then moving the log into the table");
        stop.send_replace(true);
        connections.graceful_shutdown(Some(LAST_ANSWERS));
        Instant::now()
    })
}

#[cfg(unix)]
fn asked_to_end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn asked_to_end() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

/// Moves the log into the table at intervals, and earlier if it has grown much. A failure is logged and the compaction is repeated
/// later: the events are safe in the log.
pub(super) async fn compact_now_and_then(writer: DataWriter, mut stopped: watch::Receiver<bool>) {
    let mut rounds = 0_u32;
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(COMPACT_EVERY) => {}
            () = writer.full() => {}
        }
        let compaction = tokio::spawn({
            let writer = writer.clone();
            async move { writer.compact().await }
        });
        match compaction.await {
            Ok(Ok(done)) if done.events > 0 => tracing::debug!(?done, "compacted"),
            Ok(Ok(_)) => {}
            Ok(Err(error)) => once_a_minute("compaction", |times| {
                tracing::error!(times, "compaction failed: {:#}", anyhow::Error::new(error));
            }),
            // The next one may succeed with more memory; without compactions, the log would only grow.
            Err(panic) => tracing::error!("compaction failed: {panic}"),
        }
        rounds = rounds.wrapping_add(1);
        if rounds.is_multiple_of(CLEAN_EVERY)
            && let Err(error) = writer.clean().await
        {
            tracing::error!("removing old files failed: {:#}", anyhow::Error::new(error));
        }
    }
}

/// Deletes once a day what is older than the sites keep. A failure, as while an import runs, is logged and repeated an hour later.
pub(super) async fn forget_now_and_then(
    writer: DataWriter,
    states: KeptStates,
    sites: Arc<Sites>,
    clock: fn() -> Timestamp,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let wait = match forget_old(&writer, &states, &sites, clock()).await {
            Ok(_) => FORGET_EVERY,
            Err(error) => {
                tracing::warn!("not everything that is too old was deleted: {error:#}");
                FORGET_AGAIN
            }
        };
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Days are the unit of retention.
const FORGET_EVERY: Duration = Duration::from_secs(24 * 3_600);

/// Time after a failure: most imports have ended by then.
const FORGET_AGAIN: Duration = Duration::from_secs(3_600);

/// Moves the rest of the log into the table, within the time limit since the server was asked to stop, and releases the data folder.
/// Events that are not moved are safe in the log, and the next start continues with them.
pub(super) async fn finish(writer: DataWriter, compactor: JoinHandle<()>, asked_at: Instant) -> Result<()> {
    let move_the_rest = async {
        compactor.await.context("the compaction failed")?;
        let moved = writer.compact().await;
        moved.context("everything accepted is safe in the log, but it could not be moved into the table")
    };
    match tokio::time::timeout_at((asked_at + MOVED_WITHIN).into(), move_the_rest).await {
        Ok(moved) => {
            moved?;
        }
        Err(_) => tracing::warn!(
            "there was no time to move all of the log into the table; everything accepted is safe in the log, and the next start goes on \
             with it"
        ),
    }
    Ok(writer.close().await?)
}

/// Time limit for requests in progress after the server was asked to stop: a client that stopped in the middle of a request would
/// delay the end for ever. An upload takes milliseconds, and a report that takes longer can be requested again.
pub(super) const LAST_ANSWERS: Duration = Duration::from_secs(3);

/// Time for moving the log after the server was asked to stop. Docker kills a container after 10 seconds, and people who press Ctrl-C
/// expect an end within 5.
const MOVED_WITHIN: Duration = Duration::from_millis(4_500);

/// Time between two compactions. Each report merges the log's tail; after this time, the tail of a busy shop costs about as much as the
/// table.
const COMPACT_EVERY: Duration = Duration::from_secs(60);

/// Number of compactions between two removals of unused files: those of an hour, or less if many events arrive.
const CLEAN_EVERY: u32 = 60;
