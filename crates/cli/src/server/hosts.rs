//! Which `Host` a request for data may name.
//!
//! A page of any origin can point its own name at 127.0.0.1 and then read a loopback server as if it were its own (DNS
//! rebinding). So a server on loopback shows data only under loopback's names and those that its owner has set. Batches and the SDK's
//! files are for pages of any origin, and nothing can be read by them, so that they are answered under any name.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header;
use axum::http::uri::Authority;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refusal::{Reason, Refusal};

/// The names under which data are shown.
#[derive(Clone, Debug)]
pub(crate) struct Hosts {
    address: SocketAddr,
    /// Further names without ports, in lower case.
    named: Arc<[String]>,
}

impl Hosts {
    /// The names of a server that listens at `address`, and `named` ones.
    pub(crate) fn new(address: SocketAddr, named: impl IntoIterator<Item = String>) -> Self {
        let named = named.into_iter().map(|name| name.to_ascii_lowercase());
        Self {
            address,
            named: named.collect(),
        }
    }

    fn answers_to(&self, host: &str) -> bool {
        // On other addresses than loopback, the read token protects the data; a page that resolves its own name to this server does
        // not have it.
        let name = name(host);
        !self.address.ip().is_loopback() || is_loopback(&name) || self.named.contains(&name)
    }
}

/// Lets a request through when its host is one of this server's names, or the answer is for pages of any origin.
pub(crate) async fn only_own(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    if is_for_any_page(request.uri().path()) {
        return next.run(request).await;
    }
    match host(&request) {
        Some(host) if hosts.answers_to(host) => next.run(request).await,
        None if !hosts.address.ip().is_loopback() => next.run(request).await,
        host => {
            let named = host.map_or_else(|| "no host".to_owned(), |host| format!("the host {:?}", name(host)));
            let address = hosts.address;
            let message = format!(
                "this server shows nothing under {named}. If a proxy passes requests on from there, start the server with \
                 --public-url https://{} and a --read-token (or public_url and read_token under [serve] in wayside.toml); on this \
                 machine open http://{address}/",
                host.map_or_else(|| "NAME".to_owned(), name)
            );
            Refusal::new(Reason::WrongHost, message).into_response()
        }
    }
}

/// Whether a path is that of batches, of a file of the SDK, or of the health that balancers ask for by address.
fn is_for_any_page(path: &str) -> bool {
    matches!(path, "/v1/batch" | "/healthz") || path.starts_with("/wayside.") || path.starts_with("/wayside-")
}

/// The host that a request names.
fn host(request: &Request) -> Option<&str> {
    let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    // A request for a proxy, and one by HTTP/2, names it in its address instead.
    host.or_else(|| request.uri().authority().map(Authority::as_str))
}

/// Whether a name is this machine's own name for itself.
fn is_loopback(name: &str) -> bool {
    matches!(name, "127.0.0.1" | "localhost" | "[::1]") || name.ends_with(".localhost")
}

/// A host without its port, in lower case.
pub(super) fn name(host: &str) -> String {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    name.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(listen: &str, named: &str, host: &str, expected: bool) {
        let hosts = Hosts::new(listen.parse().unwrap(), [named.to_owned()]);
        assert_eq!(hosts.answers_to(host), expected, "{listen} {named} {host}");
    }

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for (host, expected) in [
            ("127.0.0.1:8787", true),
            ("localhost", true),
            ("LOCALHOST:1", true),
            ("[::1]:8787", true),
            ("shop.localhost:8787", true),
            ("evil.example:8787", false),
            ("127.0.0.1.evil.example", false),
            ("localhost.evil.example:80", false),
            ("", false),
        ] {
            assert_eq!(is_loopback(&name(host)), expected, "{host}");
        }
    }

    #[test]
    fn a_loopback_server_answers_to_the_names_that_are_set() {
        let loopback = "127.0.0.1:8787";
        check(loopback, "Collect.example", "collect.example", true);
        check(loopback, "collect.example", "COLLECT.example:443", true);
        check(loopback, "collect.example", "evil.example", false);
        check(loopback, "collect.example", "localhost:8787", true);
        check("0.0.0.0:8787", "collect.example", "shop.example", true);
    }
}
