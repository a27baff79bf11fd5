//! Access control for reading: the read token, if the server has one.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use subtle::ConstantTimeEq;
use wayside_collector::ClientAddress;
use wayside_model::Timestamp;

use super::hosts;
use super::login;
use super::proxies::IsHttps;
use super::refusal::{Reason, Refusal};
use super::session;
use super::tries::Tries;

/// The token that dashboard and API require; with `None`, they require none.
pub(crate) type ReadToken = Option<Arc<str>>;

/// Checks the read token of requests; clones share the count of wrong tokens.
#[derive(Clone)]
pub(super) struct Guard {
    token: ReadToken,
    /// The host of the server's public URL, if readers reach it by TLS.
    https_host: Option<Arc<str>>,
    tries: Arc<Tries>,
    clock: fn() -> Timestamp,
}

/// A client that presents a token.
pub(super) struct Client {
    address: Option<ClientAddress>,
    is_https: bool,
    /// The host to which it sent the request.
    host: String,
}

/// The outcome of checking a token.
pub(super) enum Verdict {
    Right,
    Wrong,
    /// The client has sent too many wrong ones and has to wait.
    TooMany(Duration),
}

impl Guard {
    pub(super) fn new(token: ReadToken, https_host: Option<String>, clock: fn() -> Timestamp) -> Self {
        Self {
            token,
            https_host: https_host.map(|host| host.to_ascii_lowercase().into()),
            tries: Arc::default(),
            clock,
        }
    }

    /// Whether readers need a token.
    pub(super) fn asks(&self) -> bool {
        self.token.is_some()
    }

    /// Whether a request with these headers may read.
    pub(super) fn lets_in(&self, headers: &HeaderMap) -> bool {
        let now = (self.clock)();
        self.token.as_deref().is_none_or(|token| {
            bearers(headers).any(|given| is_token(given, token))
                || sessions(headers).any(|session| session::is_valid(session, token, now))
        })
    }

    /// Checks a token from the login form or from a link.
    pub(super) fn judge(&self, given: &str, client: &Client) -> Verdict {
        // The right token is accepted at any time, so that nobody can keep others behind the same address out.
        if self.token.as_deref().is_none_or(|token| is_token(given, token)) {
            self.tries.right(client.address);
            return Verdict::Right;
        }
        let now = Instant::now();
        if let Some(wait) = self.tries.wait(client.address, now) {
            return Verdict::TooMany(wait);
        }
        self.tries.wrong(client.address, now);
        Verdict::Wrong
    }

    /// Opens the dashboard and remembers in a cookie that the token was right, also in place of an address with the token in it, which would stay in the
    /// history.
    pub(super) fn welcome(&self, client: &Client) -> Response {
        let mut response = Redirect::to("/").into_response();
        if let Some(token) = &self.token {
            let session = session::begin(token, (self.clock)());
            let cookie = self.cookie(&session, session::SECONDS, client);
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response
    }

    /// A cookie that removes the one of the session.
    pub(super) fn forget(&self, client: &Client) -> HeaderValue {
        self.cookie("", 0, client)
    }

    fn cookie(&self, session: &str, seconds: u32, client: &Client) -> HeaderValue {
        let is_https = client.is_https || self.https_host.as_deref() == Some(client.host.as_str());
        let secure = if is_https { "; Secure" } else { "" };
        let cookie = format!("{COOKIE}={session}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
        // A session has hexadecimal digits and a dot only.
        HeaderValue::try_from(cookie).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok());
        Ok(Self {
            address: parts.extensions.get::<ClientAddress>().copied(),
            is_https: matches!(parts.extensions.get(), Some(IsHttps(true))),
            host: hosts::name(host.unwrap_or_default()),
        })
    }
}

/// Lets a request through that has the token in `Authorization: Bearer`, or the cookie of a session, which logging in or opening the
/// dashboard with `/?token=…` begins. A browser that opens a page without it gets the form to log in.
pub(super) async fn required(State(guard): State<Guard>, client: Client, request: Request, next: Next) -> Response {
    if !guard.asks() {
        if came_by_proxy(&request) {
            let advice = "a proxy passed this request on, and behind one everybody could read your customers' data; start the \
                          server with --read-token (make one with `openssl rand -hex 24`)";
            return Refusal::new(Reason::ReadToken, advice).into_response();
        }
        return next.run(request).await;
    }
    let given = request
        .uri()
        .query()
        .filter(|_| request.uri().path() == "/")
        .and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("token=")));
    if guard.lets_in(request.headers()) {
        return match given {
            // The token would stay in the address and in links that the reader shares.
            Some(_) => Redirect::to("/").into_response(),
            None => next.run(request).await,
        };
    }
    if let Some(given) = given {
        match guard.judge(given, &client) {
            Verdict::Right => return guard.welcome(&client),
            Verdict::TooMany(wait) => return login::too_many(wait),
            Verdict::Wrong if login::wants_page(&request) => return login::wrong(),
            Verdict::Wrong => {}
        }
    }
    if login::wants_page(&request) {
        return Redirect::to("/login").into_response();
    }
    let advice = "reading needs the read token: log in at /login, or send `Authorization: Bearer TOKEN`";
    let mut refusal = Refusal::new(Reason::ReadToken, advice).into_response();
    refusal
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    refusal
}

/// Whether a request seems to have come through a proxy: it has a header that proxies add, or is of HTTP/1.0, which nginx uses by
/// default towards servers behind it, and browsers never use. A proxy that does neither cannot be distinguished from a browser on this
/// machine.
/// A server without a token listens on loopback and has no public URL, so that [`hosts`] has refused other names before.
pub(super) fn came_by_proxy(request: &Request) -> bool {
    let headers = request.headers();
    FORWARDED.iter().any(|name| headers.contains_key(*name)) || request.version() < Version::HTTP_11
}

/// The reason why `token` cannot be used, if there is one: a token has to fit into an address and a cookie without escapes.
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

/// The tokens that a program sends.
fn bearers(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let bearers = texts(headers, header::AUTHORIZATION);
    bearers.filter_map(|value| Some(value.strip_prefix("Bearer ")?.trim()))
}

/// The sessions of a browser's cookies.
fn sessions(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    texts(headers, header::COOKIE)
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))
}

fn texts(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
}

/// Compares tokens in a time that does not depend on the number of correct bytes.
fn is_token(given: &str, token: &str) -> bool {
    given.as_bytes().ct_eq(token.as_bytes()).into()
}

/// Headers that proxies add to a request.
const FORWARDED: [&str; 4] = ["forwarded", "via", "x-forwarded-for", "x-real-ip"];

const COOKIE: &str = "wayside_session";

/// 16 letters and digits are 95 bits: beyond guessing over a network.
const TOKEN_MIN_BYTES: usize = 16;
