//! Who may read: whoever has the read token, where the server has one.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use subtle::ConstantTimeEq;

use super::proxies::IsHttps;
use super::refusal::Refusal;

/// The token that dashboard and API ask for; `None` asks for nothing.
pub(crate) type ReadToken = Option<Arc<str>>;

/// Lets a request through that has the token in `Authorization: Bearer`, or in the cookie that opening the dashboard with
/// `/?token=…` sets.
pub(crate) async fn required(State(token): State<ReadToken>, request: Request, next: Next) -> Response {
    let Some(token) = token else {
        if came_by_proxy(&request) {
            let advice = "a proxy passed this request on, and behind one everybody could read your customers' data; start the \
                          server with --read-token (make one with `openssl rand -hex 24`)";
            return Refusal::new(StatusCode::UNAUTHORIZED, "read_token", advice).into_response();
        }
        return next.run(request).await;
    };
    if has_token(request.headers(), &token) {
        return next.run(request).await;
    }
    let given = request
        .uri()
        .query()
        .and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("token=")));
    if request.uri().path() == "/" && given.is_some_and(|given| is_token(given, &token)) {
        let is_https = matches!(request.extensions().get(), Some(IsHttps(true)));
        return welcome(&token, is_https);
    }
    let advice = "reading needs the read token: open /?token=TOKEN once, or send `Authorization: Bearer TOKEN`";
    let mut refusal = Refusal::new(StatusCode::UNAUTHORIZED, "read_token", advice).into_response();
    refusal
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    refusal
}

/// Whether a request seems to have come by a proxy: it has a header that proxies add, or is of HTTP/1.0, which nginx speaks to servers
/// behind it unless it is told otherwise and no browser does. A proxy that does neither cannot be told from a browser on this machine.
/// A server without a token listens on loopback and has no public URL, so that [`hosts`](super::hosts) has refused other names before.
fn came_by_proxy(request: &Request) -> bool {
    let headers = request.headers();
    FORWARDED.iter().any(|name| headers.contains_key(*name)) || request.version() < Version::HTTP_11
}

/// Why `token` cannot be a read token, if it cannot: it has to fit into an address and a cookie as it is.
pub(crate) fn why_unfit(token: &str) -> Option<&'static str> {
    if token.len() < TOKEN_MIN_BYTES {
        Some("it must have at least 16 characters")
    } else if !token
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    {
        Some("it may have letters, digits, - _ and . only")
    } else {
        None
    }
}

/// Remembers the token in a cookie and takes it out of the address, where it would stay in the history.
fn welcome(token: &str, is_https: bool) -> Response {
    let mut response = Redirect::to("/").into_response();
    let secure = if is_https { "; Secure" } else { "" };
    let cookie = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=2592000{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

fn has_token(headers: &HeaderMap, token: &str) -> bool {
    let text = |name| {
        headers
            .get_all(name)
            .iter()
            .filter_map(|value: &HeaderValue| value.to_str().ok())
    };
    let bearer = text(header::AUTHORIZATION).filter_map(|value| value.strip_prefix("Bearer "));
    let cookies = text(header::COOKIE)
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='));
    bearer.chain(cookies).any(|given| is_token(given.trim(), token))
}

/// Compares tokens in a time that does not show how much of a guessed one is right.
fn is_token(given: &str, token: &str) -> bool {
    given.as_bytes().ct_eq(token.as_bytes()).into()
}

/// Headers that proxies add to a request.
const FORWARDED: [&str; 4] = ["forwarded", "via", "x-forwarded-for", "x-real-ip"];

const COOKIE: &str = "wayside_read_token";

/// 16 letters and digits are 95 bits: beyond guessing over a network.
const TOKEN_MIN_BYTES: usize = 16;
