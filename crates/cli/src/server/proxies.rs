//! Which proxies may name the client of a request.
//!
//! Only `X-Forwarded-For` and `X-Forwarded-Proto` are read, because every common proxy writes these two. `Forwarded` (RFC 7239) is not:
//! nginx and most others pass on the one that a client sent, so that any client could name any address there.

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use std::net::SocketAddr;
use wayside_collector::ClientAddress;

/// The proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; anybody else can write these headers, too.
#[derive(Clone, Debug)]
pub(crate) struct Proxies(Arc<[IpNet]>);

/// Whether the client speaks TLS, as far as a trusted proxy says so; an extension of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IsHttps(pub(crate) bool);

/// The client of a request, as far as trusted proxies name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Client {
    address: IpAddr,
    is_https: bool,
}

impl Default for Proxies {
    /// Loopback: a proxy on the same machine is the usual set-up, and only programs of this machine can connect from there.
    fn default() -> Self {
        Self(LOOPBACK.iter().filter_map(|net| net.parse().ok()).collect())
    }
}

impl Proxies {
    /// Proxies by address (`10.0.0.5`) or network (`10.0.0.0/8`).
    pub(crate) fn parse<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self> {
        let proxies = texts.into_iter().map(|text| net(text.as_ref()));
        Ok(Self(proxies.collect::<Result<_>>()?))
    }

    /// Whether a connection from this address is a trusted proxy's.
    pub(crate) fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|net| net.contains(&address))
    }

    /// The client of a request: behind trusted proxies the last address in `X-Forwarded-For` that is not such a proxy's. Everything
    /// before it may be invented.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        let mut address = peer.to_canonical();
        let mut proxies = 0;
        for named in elements(headers, "x-forwarded-for").into_iter().rev() {
            if !self.trust(address) {
                break;
            }
            // A proxy may hide the address or write it in its own way; then nothing before it counts either.
            let Some(named) = parse_address(named) else { break };
            address = named.to_canonical();
            proxies += 1;
        }
        Client {
            address,
            is_https: self.trust(peer) && is_https(headers, proxies),
        }
    }
}

/// Tells the handlers behind it who the client is and whether it speaks TLS.
pub(crate) async fn tell_client(
    State(proxies): State<Proxies>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let client = proxies.client(peer.ip(), request.headers());
    let extensions = request.extensions_mut();
    extensions.insert(ClientAddress::of(client.address));
    extensions.insert(IsHttps(client.is_https));
    next.run(request).await
}

fn net(text: &str) -> Result<IpNet> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse::<IpNet>()).with_context(|| {
        format!("{text:?} is not a proxy's address; write one as 10.0.0.5, or a network as 10.0.0.0/8")
    })
}

/// Whether the client spoke TLS to the first of so many proxies. Some proxies append the scheme to a list and others replace it, so the
/// list may be shorter than that; the elements before the first proxy's come from the client.
fn is_https(headers: &HeaderMap, proxies: usize) -> bool {
    let schemes = elements(headers, "x-forwarded-proto");
    let scheme = schemes.iter().rev().take(proxies.max(1)).next_back();
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
}

/// The elements of a list that may stand in several headers of one name. An element that is not text is empty; a client that sends one
/// must not hide what a proxy appends to it.
fn elements<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    let values = headers.get_all(name).iter().map(HeaderValue::as_bytes);
    let elements = values.flat_map(|value| value.split(|byte| *byte == b','));
    elements
        .map(|element| str::from_utf8(element).unwrap_or_default().trim())
        .collect()
}

/// An address as proxies write it, perhaps with its port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn parse_address(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    address.or_else(with_port).or_else(in_brackets)
}

/// Addresses that only this machine has.
const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1/128"];

#[cfg(test)]
mod tests {
    use super::*;

    fn client(peer: &str, pairs: &[(&'static str, &str)]) -> Client {
        let proxies = Proxies::parse(["127.0.0.0/8", "10.0.0.5", "2001:db8::/32"]).unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        proxies.client(peer.parse().unwrap(), &headers)
    }

    #[track_caller]
    fn check_address(peer: &str, pairs: &[(&'static str, &str)], expected: &str) {
        assert_eq!(client(peer, pairs).address.to_string(), expected, "{peer} {pairs:?}");
    }

    #[track_caller]
    fn check_https(peer: &str, pairs: &[(&'static str, &str)], expected: bool) {
        assert_eq!(client(peer, pairs).is_https, expected, "{peer} {pairs:?}");
    }

    #[test]
    fn only_a_trusted_proxy_names_the_client() {
        let named = [("x-forwarded-for", "203.0.113.7")];
        check_address("127.0.0.1", &named, "203.0.113.7");
        check_address("::ffff:127.0.0.1", &named, "203.0.113.7");
        check_address("192.0.2.1", &named, "192.0.2.1");
        check_address("127.0.0.1", &[], "127.0.0.1");
    }

    #[test]
    fn the_client_is_the_last_address_that_no_trusted_proxy_has() {
        // The client's own text comes first and is ignored.
        check_address(
            "127.0.0.1",
            &[("x-forwarded-for", "1.1.1.1, 203.0.113.7, 10.0.0.5")],
            "203.0.113.7",
        );
        check_address(
            "127.0.0.1",
            &[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.7")],
            "203.0.113.7",
        );
        check_address("127.0.0.1", &[("x-forwarded-for", "10.0.0.5")], "10.0.0.5");
        check_address("127.0.0.1", &[("x-forwarded-for", "1.1.1.1, unknown")], "127.0.0.1");
    }

    #[test]
    fn a_client_cannot_forge_its_address_or_scheme_with_forwarded() {
        // The documented nginx appends to X-Forwarded-For and passes the client's own Forwarded on.
        let forged = ("forwarded", "for=1.1.1.1;proto=https");
        let headers = [
            forged,
            ("x-forwarded-for", "203.0.113.7"),
            ("x-forwarded-proto", "http"),
        ];
        check_address("127.0.0.1", &headers, "203.0.113.7");
        check_https("127.0.0.1", &headers, false);
        check_address("127.0.0.1", &[forged], "127.0.0.1");
        check_https("127.0.0.1", &[forged], false);
    }

    #[test]
    fn a_client_cannot_hide_behind_bytes_that_are_not_text() {
        check_address(
            "127.0.0.1",
            &[("x-forwarded-for", "\u{e9}, 203.0.113.7")],
            "203.0.113.7",
        );
    }

    #[test]
    fn addresses_may_have_ports_and_brackets() {
        for (named, expected) in [
            ("203.0.113.7:4711", "203.0.113.7"),
            ("2001:db9::17", "2001:db9::17"),
            ("[2001:db9::17]", "2001:db9::17"),
            ("[2001:db9::17]:80", "2001:db9::17"),
        ] {
            check_address("127.0.0.1", &[("x-forwarded-for", named)], expected);
        }
    }

    #[test]
    fn the_scheme_is_the_one_that_the_first_trusted_proxy_was_spoken_to() {
        let one = ("x-forwarded-for", "203.0.113.7");
        let two = ("x-forwarded-for", "203.0.113.7, 10.0.0.5");
        for (named, schemes, expected) in [
            (one, "https", true),
            (one, "HTTPS", true),
            (one, "http", false),
            // The client's own comes first.
            (one, "https, http", false),
            (two, "https, http", true),
            // The inner proxy replaced the list.
            (two, "https", true),
            (two, "https, http, http", false),
        ] {
            check_https("127.0.0.1", &[named, ("x-forwarded-proto", schemes)], expected);
        }
        check_https("127.0.0.1", &[("x-forwarded-proto", "https")], true);
        check_https("192.0.2.1", &[one, ("x-forwarded-proto", "https")], false);
    }

    #[test]
    fn a_proxy_that_is_no_address_is_named() {
        let error = Proxies::parse(["10.0.0.0/8", "proxy.example"]).unwrap_err().to_string();
        assert!(error.contains("\"proxy.example\" is not a proxy's address"), "{error}");
    }
}
