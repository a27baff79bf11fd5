//! The example shop's files, from a folder.

use std::path::Path;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Redirect;
use axum::routing::get;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// `/shop/` from `folder`.
pub(crate) fn routes(folder: &Path) -> Router {
    let files = ServeDir::new(folder)
        .append_index_html_on_directories(true)
        .fallback(get(missing));
    let set = |name, value| SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value));
    Router::new()
        .route("/shop", get(|| async { Redirect::permanent("/shop/") }))
        .nest_service("/shop/", files)
        .layer(set(header::CONTENT_SECURITY_POLICY, CSP))
        .layer(set(header::CACHE_CONTROL, "no-cache"))
}

async fn missing() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "The shop has no such page.\n")
}

/// The policy of a shop that uses Wayside: the SDK only needs `'wasm-unsafe-eval'`.
const CSP: &str =
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:";
