//! Which `Host` a request may name.
//!
//! A page of any origin can point its own name at 127.0.0.1 and then read a loopback server as if it were its own (DNS
//! rebinding). So a server on loopback answers only to loopback's names.

use std::net::SocketAddr;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::Refusal;

/// Lets a request through when it names this machine itself.
pub(crate) async fn only_loopback(State(address): State<SocketAddr>, request: Request, next: Next) -> Response {
    if !address.ip().is_loopback() {
        return next.run(request).await;
    }
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    // HTTP/2 names it in the address instead.
    let host = host.or_else(|| request.uri().authority().map(|authority| authority.as_str()));
    if host.is_some_and(is_loopback) {
        return next.run(request).await;
    }
    Refusal::new(
        StatusCode::MISDIRECTED_REQUEST,
        "wrong_host",
        format!("this server answers to 127.0.0.1 and localhost only; open http://{address}/"),
    )
    .into_response()
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "127.0.0.1" | "localhost" | "[::1]") || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(host: &str, expected: bool) {
        assert_eq!(is_loopback(host), expected, "{host}");
    }

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        check("127.0.0.1:8787", true);
        check("localhost", true);
        check("LOCALHOST:1", true);
        check("[::1]:8787", true);
        check("shop.localhost:8787", true);
        check("evil.example:8787", false);
        check("127.0.0.1.evil.example", false);
        check("localhost.evil.example:80", false);
        check("", false);
    }
}
