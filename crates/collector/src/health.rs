//! `GET /healthz`.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use serde_json::json;
use wayside_store::Status;

use crate::State;

/// Answers 200 while batches can be stored, and 503 otherwise, so that a load balancer sends them elsewhere.
///
/// `status` is `ok`, `degraded` if every batch is safe but an operator has to act, or `failing`.
pub(crate) async fn health(Extract(state): Extract<State>) -> impl IntoResponse {
    let status = state.0.status.of(&state.0.writer).await;
    let mut failing: Vec<String> = state.0.failing.get().cloned().into_iter().collect();
    let mut degraded = Vec::new();
    match &status {
        Ok(status) => {
            failing.extend(disk_full(status));
            degraded.extend(compaction(status));
            degraded.extend(backlog(status));
        }
        Err(error) => degraded.push(error.to_string()),
    }
    degraded.extend(state.0.doubt.message((state.0.clock)()));
    let (code, word) = match (failing.is_empty(), degraded.is_empty()) {
        (false, _) => (StatusCode::SERVICE_UNAVAILABLE, "failing"),
        (true, false) => (StatusCode::OK, "degraded"),
        (true, true) => (StatusCode::OK, "ok"),
    };
    failing.extend(degraded);
    let mut body = json!({ "status": word });
    if !failing.is_empty() {
        body["message"] = failing.join("; ").into();
    }
    if let Ok(status) = status {
        body["backlog_bytes"] = status.backlog_bytes.into();
        body["free_bytes"] = status.free_bytes.into();
    }
    (code, Json(body))
}

fn disk_full(status: &Status) -> Option<String> {
    status.is_disk_full().then(|| {
        format!(
            "the disk has {} bytes free and {} are kept in reserve; free some space, batches are then taken again by \
             themselves",
            status.free_bytes, status.reserved_bytes
        )
    })
}

fn compaction(status: &Status) -> Option<String> {
    status.compaction_failure.as_ref().map(|failure| {
        format!("the last compaction failed, so the log grows and new events are read slowly: {failure}")
    })
}

fn backlog(status: &Status) -> Option<String> {
    (status.backlog_bytes > BACKLOG_MAX_BYTES).then(|| {
        format!(
            "{} bytes of the log wait for compaction; every report has to read them",
            status.backlog_bytes
        )
    })
}

/// Bytes of the log that may wait for compaction before the status is degraded. With a compaction per minute, a busy
/// shop with 1,000 events per second leaves about 10 MiB; this is what half an hour without compaction would leave.
const BACKLOG_MAX_BYTES: u64 = 256 * 1024 * 1024;
