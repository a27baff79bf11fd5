//! The example shop's files, from a folder.

use std::path::Path;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Router, middleware};
use percent_encoding::percent_decode_str;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// `/shop/` from `folder`.
pub(crate) fn routes(folder: &Path) -> Router {
    let files = ServeDir::new(folder)
        .append_index_html_on_directories(true)
        .fallback(get(missing));
    let root: Option<Arc<Path>> = folder.canonicalize().ok().map(Into::into);
    let files = Router::new()
        .fallback_service(files)
        .layer(middleware::from_fn_with_state(root, only_inside));
    let set = |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    Router::new()
        .route("/shop", get(|| async { Redirect::permanent("/shop/") }))
        .nest_service("/shop/", files)
        .layer(set(header::CONTENT_SECURITY_POLICY, CSP))
        .layer(set(header::CACHE_CONTROL, "no-cache"))
}

/// Refuses hidden files, such as `.env` and `.git`, and links to files outside of the folder.
async fn only_inside(State(root): State<Option<Arc<Path>>>, request: Request, next: Next) -> Response {
    let path = percent_decode_str(request.uri().path())
        .decode_utf8_lossy()
        .into_owned();
    let is_inside = tokio::task::spawn_blocking(move || root.is_some_and(|root| is_inside(&root, &path)));
    match is_inside.await {
        Ok(true) => next.run(request).await,
        _ => missing().await.into_response(),
    }
}

fn is_inside(root: &Path, path: &str) -> bool {
    let mut parts = path.split(['/', '\\']);
    if parts.any(|part| part.starts_with('.')) {
        return false;
    }
    // What is not there is answered as missing anyway.
    let file = root.join(path.trim_start_matches('/'));
    file.canonicalize().is_ok_and(|file| file.starts_with(root))
}

async fn missing() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "The shop has no such page.\n")
}

/// The policy of a shop that uses Wayside: the SDK only needs `'wasm-unsafe-eval'`.
const CSP: &str =
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";
