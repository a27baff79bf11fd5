//! The dashboard's files, which are inside the binary.

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::etag;
use super::refusal::{Reason, Refusal};

/// The files that `npm run build -w js/dashboard` writes. A debug build reads them from the disk at each request.
#[derive(RustEmbed)]
#[folder = "../../js/dashboard/dist"]
#[allow_missing = true]
struct Files;

/// The page.
pub(crate) async fn index(headers: HeaderMap) -> Response {
    match Files::get("index.html") {
        Some(file) => answer("index.html", &file, &headers),
        None => Refusal::new(Reason::NoDashboard,
            "this wayside was built without the dashboard; build it with `npm run build -w js/dashboard` and build wayside again",
        )
        .into_response(),
    }
}

/// A file of the page.
pub(crate) async fn file(Path(path): Path<String>, headers: HeaderMap) -> Response {
    if path == "index.html" {
        return Redirect::permanent("/").into_response();
    }
    match Files::get(&path) {
        Some(file) => answer(&path, &file, &headers),
        None => Refusal::new(Reason::NotFound, format!("there is nothing at /{path}")).into_response(),
    }
}

fn answer(path: &str, file: &EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = etag::of_digest(&file.metadata.sha256_hash());
    // Vite puts a hash of their content into the names of files under assets/.
    let cache = if path.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CSP));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    headers.insert(header::ETAG, tag.clone());
    if etag::is_known(asked, &tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    (headers, file.data.to_vec()).into_response()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Everything comes from this origin, nothing is written inline, and no other page may frame it: text that visitors
/// sent can never become a script here, even if a view had a hole.
const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
                   connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
