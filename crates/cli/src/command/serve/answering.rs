//! Serving connections within limits of number, time and memory.

use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::Router;
use axum_server::Handle;
use hyper_util::rt::TokioTimer;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::net::TcpListener;
use wayside_collector::Limits;

use crate::server::{ConnectionLimits, Connections};

/// Time limits for the heads of requests.
#[derive(Clone, Copy)]
pub(super) struct Timeouts {
    /// For the complete head of a connection's first request.
    first_head: Duration,
    /// From an answer to the complete head of the next request.
    next_head: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            first_head: FIRST_HEAD_TIMEOUT,
            next_head: NEXT_HEAD_TIMEOUT,
        }
    }
}

/// Serves requests until the handle asks it to stop.
pub(super) async fn answer(
    listener: TcpListener,
    router: Router,
    acceptor: Connections,
    connections: Handle<SocketAddr>,
    timeouts: Timeouts,
) -> io::Result<()> {
    // The limits apply only to HTTP/1. A proxy in front of the server may use other versions with its clients.
    let mut server = axum_server::from_tcp(listener.into_std()?)?
        .acceptor(acceptor)
        .http1_only()
        .first_request_timeout(timeouts.first_head)
        .handle(connections)
        .accept_error_handler(now_and_then(
            |error| tracing::error!(%error, "connections cannot be accepted; `ulimit -n` limits their number"),
        ));
    server
        .http_builder()
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(timeouts.next_head)
        .max_buf_size(CONNECTION_BUFFER_BYTES);
    server
        .serve(router.into_make_service_with_connect_info::<SocketAddr>())
        .await
}

/// Number of connections that are allowed. Each is an open file, so the limit of open files is first raised to its maximum.
pub(super) fn connection_limits() -> Result<ConnectionLimits> {
    let files = max_files().context("the limit of open files cannot be raised")?;
    let all = usize::try_from(files.saturating_sub(FILES_IN_RESERVE)).unwrap_or(usize::MAX);
    let all = all.clamp(CONNECTIONS_MIN, CONNECTIONS_MAX);
    Ok(ConnectionLimits {
        all,
        of_client: all / CONNECTIONS_PARTS,
    })
}

/// Raises the limit of open files to its maximum and returns it.
fn max_files() -> io::Result<u64> {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        setrlimit(Resource::Nofile, limit)?;
    }
    Ok(limit.current.unwrap_or(u64::MAX))
}

/// The collector's limits for so many connections: a quarter of them is never held by bodies, so that readers and `/healthz` are
/// answered however many uploads there are.
pub(super) fn collector_limits(connections: ConnectionLimits) -> Limits {
    let limits = Limits::default();
    Limits {
        bodies: limits.bodies.min(connections.all / 4 * 3),
        bodies_of_client: limits.bodies_of_client.min(connections.of_client / 2),
        ..limits
    }
}

/// Logs an error, and later ones only from time to time: while no further connection can be opened, there are twenty a second.
fn now_and_then(tell: impl Fn(&io::Error)) -> impl Fn(Option<&SocketAddr>, &io::Error) {
    let told = Mutex::new(None::<Instant>);
    move |_, error| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|told| told.elapsed() >= TELL_EVERY) {
            tell(error);
            *told = Some(Instant::now());
        }
    }
}

/// Longest wait for the head of a connection's first request. It comes in one packet as a rule, and a client that sends nothing, or a
/// head byte by byte, must not hold a connection for long.
const FIRST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest wait for the next request on a connection. It is longer than proxies keep an idle connection
/// open (nginx a minute, Go's 90 seconds, Caddy two minutes): a request that they send while it is closed here would fail.
const NEXT_HEAD_TIMEOUT: Duration = Duration::from_secs(150);

/// Largest size of a connection's buffer, and so of a request's head. It is twice the maximum that browsers and proxies send
/// (nginx takes 8 KiB a header, browsers keep 4 KiB a cookie); hyper's own 400 KiB times thousands of connections would be gigabytes.
const CONNECTION_BUFFER_BYTES: usize = 32 << 10;

/// Most connections, whatever the system allows: each costs about 27 KiB while it waits, so that all cost some 110 MiB.
const CONNECTIONS_MAX: usize = 4_096;

/// Smallest number of connections, on a system that allows almost no open files.
const CONNECTIONS_MIN: usize = 64;

/// One client may have a quarter of them: a thousand visitors behind one address keep one each, and more take turns.
const CONNECTIONS_PARTS: usize = 4;

/// Number of open files that are reserved for the data folder: a compaction has a few dozen open, and so has a report.
const FILES_IN_RESERVE: u64 = 256;

/// Time between two log messages about connections that cannot be accepted.
const TELL_EVERY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;
    use crate::server::Proxies;

    #[test]
    fn errors_of_a_minute_are_one_line() {
        let lines = Mutex::new(Vec::new());
        let hear = now_and_then(|error| lines.lock().unwrap().push(error.to_string()));
        for text in ["first", "second"] {
            hear(None, &io::Error::other(text));
        }
        drop(hear);
        assert_eq!(lines.into_inner().unwrap(), ["first"]);
    }

    #[tokio::test]
    async fn a_client_that_does_not_finish_its_request_head_is_disconnected() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Handle::new();
        let limits = ConnectionLimits { all: 16, of_client: 16 };
        let acceptor = Connections::new(limits, Proxies::default());
        let timeouts = Timeouts {
            first_head: Duration::from_millis(300),
            next_head: Duration::from_millis(300),
        };
        let server = answer(listener, Router::new(), acceptor, connections.clone(), timeouts);
        let server = tokio::spawn(server);
        let whole = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        // Nothing, half a head, and one request followed by nothing or by half a head.
        for (sent, answered) in [
            (String::new(), false),
            (whole[..10].to_owned(), false),
            (whole.to_owned(), true),
            (format!("{whole}{}", &whole[..10]), true),
            // The beginning of an HTTP/2 connection.
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), false),
        ] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(sent.as_bytes()).await.unwrap();
            let mut heard = String::new();
            let end = stream.read_to_string(&mut heard);
            tokio::time::timeout(Duration::from_secs(20), end)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(heard.contains("404 Not Found"), answered, "{sent:?}: {heard:?}");
        }
        connections.graceful_shutdown(None);
        server.await.unwrap().unwrap();
    }
}
