//! Open connections: how many there may be, and which one is closed to let a new one in.
//!
//! A connection costs a file and some memory, and a client may open thousands and send nothing. So when there are too many, the one that
//! has waited longest for its next request is closed: an honest client sends its request at once. Connections with a request under
//! way are never closed for others; the collector bounds how many bodies are under way.

use std::collections::BTreeMap;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::{AddExtension, Next};
use axum::response::Response;
use axum_server::accept::Accept;
use futures::task::AtomicWaker;
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tower_layer::Layer;
use wayside_collector::ClientAddress;

use super::proxies::Proxies;

/// How many connections there may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionLimits {
    /// Altogether.
    pub(crate) all: usize,
    /// From one client address; a trusted proxy's may be all there are.
    pub(crate) of_client: usize,
}

/// Accepts connections, and closes waiting ones when there are too many.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Shared>);

struct Shared {
    limits: ConnectionLimits,
    proxies: Proxies,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    count: usize,
    by_client: BTreeMap<ClientAddress, usize>,
    /// Connections without a request under way, the one that waits longest first.
    waiting: BTreeMap<u64, Arc<Connection>>,
    /// The number of the next wait.
    next: u64,
}

/// One open connection.
pub(crate) struct Connection {
    client: ClientAddress,
    is_proxy: bool,
    /// The number of its wait for a request, while it waits for one.
    waits: Mutex<Option<u64>>,
    closed: AtomicBool,
    /// Wakes the task that reads from it.
    reader: AtomicWaker,
}

/// A connection as its requests see it.
#[derive(Clone)]
pub(crate) struct ThisConnection {
    shared: Arc<Shared>,
    connection: Arc<Connection>,
}

impl Connections {
    pub(crate) fn new(limits: ConnectionLimits, proxies: Proxies) -> Self {
        Self(Arc::new(Shared {
            limits,
            proxies,
            open: Mutex::default(),
        }))
    }

    /// Counts a new connection in; fails when there are too many and none of them waits.
    fn open(&self, peer: SocketAddr) -> io::Result<ThisConnection> {
        let shared = &self.0;
        let client = ClientAddress::of(peer.ip());
        let is_proxy = shared.proxies.trust(peer.ip());
        let mut open = shared.open();
        let of_client = open.by_client.get(&client).copied().unwrap_or(0);
        if !is_proxy && of_client >= shared.limits.of_client && !open.close_one(|other| other.client == client) {
            return Err(io::Error::other(format!("{} has too many connections", peer.ip())));
        }
        // A proxy's connections bring the requests of many clients: they are the last to be closed.
        let is_full = open.count >= shared.limits.all;
        if is_full && !open.close_one(|other| !other.is_proxy) && !open.close_one(|_| true) {
            return Err(io::Error::other(
                "there are too many connections with requests under way",
            ));
        }
        open.count += 1;
        *open.by_client.entry(client).or_default() += 1;
        let connection = Arc::new(Connection {
            client,
            is_proxy,
            waits: Mutex::new(None),
            closed: AtomicBool::new(false),
            reader: AtomicWaker::new(),
        });
        open.wait(&connection);
        drop(open);
        Ok(ThisConnection {
            shared: Arc::clone(shared),
            connection,
        })
    }
}

impl Shared {
    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Closes the connection that has waited longest of those that may be closed. Returns whether there was one.
    fn close_one(&mut self, may_close: impl Fn(&Connection) -> bool) -> bool {
        let found = self.waiting.iter().find(|(_, connection)| may_close(connection));
        let Some(number) = found.map(|(number, _)| *number) else {
            return false;
        };
        if let Some(connection) = self.waiting.remove(&number) {
            connection.closed.store(true, Ordering::Release);
            connection.reader.wake();
            self.forget(connection.client);
        }
        true
    }

    /// The connection waits for a request from now on.
    fn wait(&mut self, connection: &Arc<Connection>) {
        *connection.waits() = Some(self.next);
        self.waiting.insert(self.next, Arc::clone(connection));
        self.next += 1;
    }

    /// The connection waits no longer.
    fn stop_waiting(&mut self, connection: &Connection) {
        if let Some(number) = connection.waits().take() {
            self.waiting.remove(&number);
        }
    }

    /// One connection less of this client.
    fn forget(&mut self, client: ClientAddress) {
        self.count = self.count.saturating_sub(1);
        if let Some(of_client) = self.by_client.get_mut(&client) {
            *of_client -= 1;
            if *of_client == 0 {
                self.by_client.remove(&client);
            }
        }
    }
}

impl Connection {
    fn waits(&self) -> MutexGuard<'_, Option<u64>> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }
}

impl<S> Accept<TcpStream, S> for Connections {
    type Stream = Counted;
    type Service = AddExtension<S, ThisConnection>;
    type Future = Ready<io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let opened = stream.peer_addr().and_then(|peer| self.open(peer));
        ready(opened.map(|this| {
            let service = Extension(this.clone()).layer(service);
            (Counted { stream, this }, service)
        }))
    }
}

/// Notes that a request is under way on its connection until the last byte of the answer is handed over.
pub(crate) async fn note_request(Extension(this): Extension<ThisConnection>, request: Request, next: Next) -> Response {
    let under_way = UnderWay::begin(this);
    let response = next.run(request).await;
    response.map(|body| {
        Body::new(NotedBody {
            body,
            _under_way: under_way,
        })
    })
}

/// An answer's body; its request is under way until it is dropped.
struct NotedBody {
    body: Body,
    _under_way: UnderWay,
}

impl HttpBody for NotedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A request under way.
struct UnderWay(ThisConnection);

impl UnderWay {
    fn begin(this: ThisConnection) -> Self {
        this.shared.open().stop_waiting(&this.connection);
        Self(this)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let ThisConnection { shared, connection } = &self.0;
        let mut open = shared.open();
        if !connection.is_closed() {
            open.wait(connection);
        }
    }
}

/// A connection's stream, which ends when the connection is closed to let another in.
pub(crate) struct Counted {
    stream: TcpStream,
    this: ThisConnection,
}

impl Counted {
    /// Fails once the connection has been closed.
    fn check(&self, context: &Context<'_>) -> io::Result<()> {
        let connection = &self.this.connection;
        connection.reader.register(context.waker());
        if connection.is_closed() {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        Ok(())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let ThisConnection { shared, connection } = &self.this;
        let mut open = shared.open();
        open.stop_waiting(connection);
        // A connection that was closed for another has been counted out already.
        if !connection.closed.swap(true, Ordering::AcqRel) {
            open.forget(connection.client);
        }
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write_vectored(context, pieces)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(all: usize, of_client: usize) -> Connections {
        let proxies = Proxies::parse(["198.51.100.1"]).unwrap();
        Connections::new(ConnectionLimits { all, of_client }, proxies)
    }

    fn peer(last: u8) -> SocketAddr {
        ([192, 0, 2, last], 1).into()
    }

    fn proxy() -> SocketAddr {
        ([198, 51, 100, 1], 1).into()
    }

    #[test]
    fn the_longest_waiting_connection_is_closed_for_a_new_one() {
        let connections = connections(3, 3);
        let [first, second, third] = [1, 2, 3].map(|last| connections.open(peer(last)).unwrap());
        // A request keeps the first open; after it, it waits anew.
        let under_way = UnderWay::begin(first.clone());
        connections.open(peer(4)).unwrap();
        assert!(second.connection.is_closed() && !first.connection.is_closed());
        drop(under_way);
        connections.open(peer(5)).unwrap();
        assert!(third.connection.is_closed() && !first.connection.is_closed());
    }

    #[test]
    fn a_client_with_too_many_connections_loses_its_own() {
        let connections = connections(10, 2);
        let other = connections.open(peer(1)).unwrap();
        let own = [(); 3].map(|()| connections.open(peer(2)).unwrap());
        assert!(own[0].connection.is_closed() && !own[1].connection.is_closed());
        assert!(!other.connection.is_closed());
        let _under_way = [1, 2].map(|at| UnderWay::begin(own[at].clone()));
        let refused = connections.open(peer(2)).err().unwrap();
        assert!(refused.to_string().contains("192.0.2.2"), "{refused}");
    }

    #[test]
    fn a_trusted_proxy_is_closed_last_and_has_no_limit_of_its_own() {
        let connections = connections(3, 1);
        let proxies = [(); 2].map(|()| connections.open(proxy()).unwrap());
        let client = connections.open(peer(1)).unwrap();
        connections.open(peer(2)).unwrap();
        assert!(client.connection.is_closed());
        assert!(proxies.iter().all(|proxy| !proxy.connection.is_closed()));
    }

    #[test]
    fn a_connection_is_counted_out_once() {
        let connections = connections(2, 2);
        let open = || connections.0.open().count;
        let [first, second] = [1, 2].map(|last| connections.open(peer(last)).unwrap());
        connections.open(peer(3)).unwrap();
        assert!(first.connection.is_closed() && !second.connection.is_closed());
        assert_eq!(open(), 2);
    }
}
