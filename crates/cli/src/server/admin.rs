//! Access control for requests that change the data folder: they need the admin token and a connection that nobody else can
//! read.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

use super::proxies::IsHttps;
use super::read_token::came_by_proxy;
use super::refusal::{Reason, Refusal};

/// The admin token of a server, if it has one.
#[derive(Clone, Debug)]
pub(crate) struct Admin(Option<Arc<str>>);

impl Admin {
    /// Admits requests with this token; without a token, it admits none.
    pub(crate) fn new(token: Option<String>) -> Self {
        Self(token.map(Into::into))
    }
}

/// Admits a request with the token in `Authorization: Bearer`. Cookies are not accepted, because any page could make a browser send
/// them.
pub(crate) async fn required(
    State(Admin(token)): State<Admin>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    // The request contains the token and the rows; without TLS, others on the network could read both.
    let is_https = matches!(request.extensions().get(), Some(IsHttps(true)));
    let is_local = peer.ip().to_canonical().is_loopback() && !came_by_proxy(&request);
    if !is_https && !is_local {
        let advice = "this is for requests of this machine and for those that a trusted proxy has taken in by HTTPS (--trusted-proxy, \
                      X-Forwarded-Proto); over plain HTTP everybody on the way reads the admin token, so make a new one if it was sent";
        return Refusal::new(Reason::Insecure, advice).into_response();
    }
    let Some(token) = token else {
        let advice = "this server has no admin token; start it with --admin-token-file FILE, or with the token in \
                      WAYSIDE_ADMIN_TOKEN (make one with `openssl rand -hex 24`)";
        return unauthorized(advice);
    };
    let mut given = request.headers().get_all(header::AUTHORIZATION).iter();
    let has_token = given.any(|value| {
        let given = value.as_bytes().strip_prefix(b"Bearer ");
        given.is_some_and(|given| given.trim_ascii().ct_eq(token.as_bytes()).into())
    });
    if has_token {
        return next.run(request).await;
    }
    unauthorized(
        "this needs the admin token that the server was started with: send `Authorization: Bearer TOKEN`; the command \
         line takes it from --admin-token-file or WAYSIDE_ADMIN_TOKEN",
    )
}

fn unauthorized(advice: &str) -> Response {
    let mut refusal = Refusal::new(Reason::AdminToken, advice).into_response();
    let bearer = HeaderValue::from_static("Bearer");
    refusal.headers_mut().insert(header::WWW_AUTHENTICATE, bearer);
    refusal
}
