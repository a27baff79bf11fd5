//! Which proxies may say for whom they speak.

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use std::net::SocketAddr;
use wayside_collector::ClientAddress;

/// The proxies whose `Forwarded`, `X-Forwarded-For` and `X-Forwarded-Proto` are believed; anybody else can write these headers, too.
#[derive(Clone, Debug)]
pub(crate) struct Proxies(Arc<[IpNet]>);

/// Whether the client speaks TLS, as far as a trusted proxy says so; an extension of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IsHttps(pub(crate) bool);

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

    /// The client's own address: behind trusted proxies the last one that is not such a proxy.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        for named in named_clients(headers).into_iter().rev() {
            if !self.trust(client) {
                break;
            }
            match named {
                Some(address) => client = address.to_canonical(),
                // The proxy hides the address or writes it in its own way.
                None => break,
            }
        }
        client
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
    let is_https = proxies.trust(peer.ip()) && is_https(request.headers());
    let extensions = request.extensions_mut();
    extensions.insert(ClientAddress::of(client));
    extensions.insert(IsHttps(is_https));
    next.run(request).await
}

fn net(text: &str) -> Result<IpNet> {
    let address = text.parse::<IpAddr>().map(IpNet::from);
    address.or_else(|_| text.parse::<IpNet>()).with_context(|| {
        format!("{text:?} is not a proxy's address; write one as 10.0.0.5, or a network as 10.0.0.0/8")
    })
}

/// The clients that proxies name, each the one before it: `Forwarded` where there is one, else `X-Forwarded-For`.
fn named_clients(headers: &HeaderMap) -> Vec<Option<IpAddr>> {
    let forwarded: Vec<_> = elements(headers, "forwarded")
        .map(|element| address(parameter(element, "for")?))
        .collect();
    if !forwarded.is_empty() {
        return forwarded;
    }
    elements(headers, "x-forwarded-for").map(address).collect()
}

/// Whether the first proxy was spoken to by TLS.
fn is_https(headers: &HeaderMap) -> bool {
    let forwarded = elements(headers, "forwarded").find_map(|element| parameter(element, "proto"));
    let proto = forwarded.or_else(|| elements(headers, "x-forwarded-proto").next());
    proto.is_some_and(|proto| proto.eq_ignore_ascii_case("https"))
}

/// The elements of a list that may stand in several headers of one name.
fn elements<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim)
}

/// A parameter of an element of `Forwarded` (RFC 7239), without its quotes.
fn parameter<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(key, _)| key.trim().eq_ignore_ascii_case(name))?;
    Some(value.trim().trim_matches('"'))
}

/// An address as proxies write it, perhaps with its port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let address = text.parse::<IpAddr>().ok();
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    address.or_else(with_port).or_else(in_brackets)
}

/// Addresses that only this machine has.
const LOOPBACK: [&str; 2] = ["127.0.0.0/8", "::1/128"];

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[track_caller]
    fn check(peer: &str, pairs: &[(&'static str, &'static str)], client: &str) {
        let proxies = Proxies::parse(["127.0.0.0/8", "10.0.0.5", "2001:db8::/32"]).unwrap();
        let found = proxies.client(peer.parse().unwrap(), &headers(pairs));
        assert_eq!(found.to_string(), client, "{peer} {pairs:?}");
    }

    #[test]
    fn only_a_trusted_proxy_names_the_client() {
        let named = [("x-forwarded-for", "203.0.113.7")];
        check("127.0.0.1", &named, "203.0.113.7");
        check("::ffff:127.0.0.1", &named, "203.0.113.7");
        check("192.0.2.1", &named, "192.0.2.1");
        check("127.0.0.1", &[], "127.0.0.1");
    }

    #[test]
    fn the_client_is_the_last_address_that_no_trusted_proxy_has() {
        // What the client wrote itself stands first and counts for nothing.
        check(
            "127.0.0.1",
            &[("x-forwarded-for", "1.1.1.1, 203.0.113.7, 10.0.0.5")],
            "203.0.113.7",
        );
        check(
            "127.0.0.1",
            &[("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "203.0.113.7")],
            "203.0.113.7",
        );
        check("127.0.0.1", &[("x-forwarded-for", "10.0.0.5")], "10.0.0.5");
        check("127.0.0.1", &[("x-forwarded-for", "1.1.1.1, unknown")], "127.0.0.1");
    }

    #[test]
    fn forwarded_is_read_as_its_standard_says() {
        let named = [(
            "forwarded",
            "for=1.1.1.1, For=\"203.0.113.7:4711\";proto=https;by=10.0.0.5",
        )];
        check("127.0.0.1", &named, "203.0.113.7");
        check("127.0.0.1", &[("forwarded", "for=\"[2001:db9::17]\"")], "2001:db9::17");
        check(
            "127.0.0.1",
            &[("forwarded", "for=\"[2001:db9::17]:80\"")],
            "2001:db9::17",
        );
        check("127.0.0.1", &[("forwarded", "for=_hidden")], "127.0.0.1");
    }

    #[test]
    fn https_is_what_the_first_proxy_was_spoken_to() {
        for (name, value, expected) in [
            ("x-forwarded-proto", "https", true),
            ("x-forwarded-proto", "HTTPS, http", true),
            ("x-forwarded-proto", "http", false),
            ("forwarded", "for=1.1.1.1;proto=https", true),
            ("forwarded", "for=1.1.1.1", false),
        ] {
            assert_eq!(is_https(&headers(&[(name, value)])), expected, "{name}: {value}");
        }
    }

    #[test]
    fn a_proxy_that_is_no_address_is_named() {
        let error = Proxies::parse(["10.0.0.0/8", "proxy.example"]).unwrap_err().to_string();
        assert!(error.contains("\"proxy.example\" is not a proxy's address"), "{error}");
    }
}
