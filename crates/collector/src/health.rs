//! `GET /healthz`.

use axum::Json;
use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::response::IntoResponse;

use crate::State;

/// 200 while batches can be made durable, 503 once the log has failed: a balancer then sends them elsewhere.
pub(crate) async fn health(Extract(state): Extract<State>) -> impl IntoResponse {
    match state.0.failing.get() {
        None => (StatusCode::OK, Json(serde_json::json!({ "status": "ok" }))),
        Some(why) => (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(serde_json::json!({ "status": "failing", "message": why })),
        ),
    }
}
