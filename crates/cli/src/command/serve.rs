//! `wayside serve`.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use axum::Router;
use axum_server::Handle;
use clap::Args;
use hyper_util::rt::TokioTimer;
use prometheus_client::registry::Registry;
use reqwest::Url;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use wayside_analyzer::Traffic;
use wayside_collector::{Limits, Parts, Sdk, Sites, State};
use wayside_store::{DataWriter, Options};

use super::script_tag::address;
use super::{Data, now};
use crate::output::print;
use crate::server::{self, ConnectionLimits, Connections, Hosts, Live, Proxies, Reading, why_unfit};
use crate::settings::{ServeFile, check_environment};

/// Collects touchpoints and shows the dashboard, all in one process.
///
/// At its first start it makes the data folder with a site `shop`. Then paste this line into the
/// pages of your shop and watch them arrive in the dashboard's live view:
///
///   <script async src="http://127.0.0.1:8787/wayside.js" data-site="shop"></script>
#[derive(Args)]
#[command(verbatim_doc_comment, after_help = EXAMPLES)]
pub(crate) struct Serve {
    #[command(flatten)]
    data: Data,
    /// Address and port to listen on [default: 127.0.0.1:8787]; port 0 takes a free one
    #[arg(long, value_name = "ADDR", env = "WAYSIDE_LISTEN")]
    listen: Option<String>,
    /// Folder of a shop to serve at /shop/
    #[arg(long, value_name = "DIR", env = "WAYSIDE_SHOP")]
    shop: Option<PathBuf>,
    /// Folder with wayside.js, wayside-glue.js, wayside.wasm, wayside-alone.js and wayside-rules.js [default: those inside this binary]
    #[arg(long, value_name = "DIR", env = "WAYSIDE_SDK")]
    sdk: Option<PathBuf>,
    /// Whose touchpoints the dashboard shows: people's, those of automated browsers, or all [default: people]
    #[arg(long, env = "WAYSIDE_TRAFFIC")]
    traffic: Option<Traffic>,
    /// Token that dashboard and API ask for; needed to listen beyond this machine and with a public URL
    #[arg(long, value_name = "TOKEN", env = "WAYSIDE_READ_TOKEN", hide_env_values = true)]
    read_token: Option<String>,
    /// Where pages and readers reach this server through a proxy in front of it, as `https://collect.example`; needs a read token
    #[arg(long, value_name = "URL", env = "WAYSIDE_PUBLIC_URL", value_parser = address)]
    public_url: Option<Url>,
    /// A proxy whose X-Forwarded-For and X-Forwarded-Proto are believed; give it once for each [default: those on this machine]
    #[arg(
        long,
        value_name = "ADDR[/BITS]",
        env = "WAYSIDE_TRUSTED_PROXY",
        value_delimiter = ','
    )]
    trusted_proxy: Vec<String>,
}

const EXAMPLES: &str = "\
Examples:
  wayside serve                                         on 127.0.0.1:8787, data in ./.wayside
  wayside serve --shop examples/shop/dist               with the example shop at /shop/
  wayside serve --public-url https://collect.example --read-token \"$(openssl rand -hex 24)\"
                                                        behind a proxy on this machine
  wayside serve --listen 0.0.0.0:8787 --read-token \"$(openssl rand -hex 24)\"

The same settings may stand in DATA/wayside.toml under [serve] (listen, shop, sdk, traffic, read_token,
public_url, trusted_proxy).
Ctrl-C ends it: requests under way are answered, and the log is moved into the table.";

impl Serve {
    /// Runs it until Ctrl-C or SIGTERM.
    pub(crate) async fn run(self) -> Result<()> {
        check_environment(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))?;
        let settings = Settings::new(self)?;
        // The port first: it is the likeliest thing to fail, and then nothing has been touched yet.
        let listener = settings.bind().await?;
        let address = listener.local_addr().context("cannot tell the address it listens on")?;

        let connection_limits = connection_limits()?;
        let writer = DataWriter::lock(&settings.data, Options::default()).await?;
        let sites = Sites::open_or_create(&settings.data)?;
        let (live, arriving) = broadcast::channel(BATCHES_WAITING);
        let (stop, stopped) = watch::channel(false);
        let mut metrics = Registry::default();
        let reading = Reading::new(writer.store().clone(), sites.clone(), settings.traffic, &mut metrics);
        let parts = Parts {
            writer: writer.clone(),
            sites,
            sdk: settings
                .sdk
                .map_or_else(|| Sdk::embedded(server::sdk_file), Sdk::folder),
            limits: collector_limits(connection_limits),
            live,
            clock: now,
        };
        let collector = wayside_collector::app(State::with_metrics(parts, metrics));
        let public_host = settings.public_url.as_ref().and_then(Url::host_str).map(str::to_owned);
        let router = server::router(
            collector,
            server::Parts {
                hosts: Hosts::new(address, public_host),
                proxies: settings.proxies.clone(),
                token: settings.read_token,
                https_host: settings
                    .public_url
                    .as_ref()
                    .filter(|url| url.scheme() == "https")
                    .and_then(Url::host_str)
                    .map(str::to_owned),
                reading,
                live: Live::start(arriving, stopped.clone()),
                shop: settings.shop,
            },
        );
        let compactor = tokio::spawn(compact_now_and_then(writer.clone(), stopped.clone()));

        // Before it says that it listens: whoever reads that may end it at once.
        let connections = Handle::new();
        let ending = ending(stop, connections.clone()).context("cannot catch Ctrl-C")?;
        let ending = tokio::spawn(ending);
        if let Some(url) = &settings.public_url {
            print(&format!("pages reach it at {url}"))?;
        }
        print(&format!("listening on http://{address}"))?;
        let acceptor = Connections::new(connection_limits, settings.proxies);
        answer(listener, router, acceptor, connections.clone(), Timeouts::default())
            .await
            .context("the server failed")?;
        if ending.await.context("nobody waited for the end")?.elapsed() >= LAST_ANSWERS {
            tracing::warn!("connections that did not come to an end are cut off");
        }
        compactor.await.context("the compaction failed")?;
        writer
            .compact()
            .await
            .context("everything accepted is safe in the log, but it could not be moved into the table")?;
        writer.close().await?;
        Ok(())
    }
}

/// Longest waits for heads of requests.
#[derive(Clone, Copy)]
struct Timeouts {
    /// For a connection's first request, whole.
    first_head: Duration,
    /// From an answer to the next request's head, whole.
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

/// Answers requests until the handle says otherwise.
async fn answer(
    listener: TcpListener,
    router: Router,
    acceptor: Connections,
    connections: Handle<SocketAddr>,
    timeouts: Timeouts,
) -> io::Result<()> {
    // The limits hold for HTTP/1 only, and a proxy in front speaks what it likes to the world.
    let mut server = axum_server::from_tcp(listener.into_std()?)?
        .acceptor(acceptor)
        .http1_only()
        .first_request_timeout(timeouts.first_head)
        .handle(connections)
        .accept_error_handler(now_and_then(
            |error| tracing::error!(%error, "connections cannot be accepted; `ulimit -n` bounds how many there are"),
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

/// How many connections there may be. Each is a file to the system, so its limit is raised to what this process may have.
fn connection_limits() -> Result<ConnectionLimits> {
    let files = max_files().context("the limit of open files cannot be raised")?;
    let all = usize::try_from(files.saturating_sub(FILES_IN_RESERVE)).unwrap_or(usize::MAX);
    let all = all.clamp(CONNECTIONS_MIN, CONNECTIONS_MAX);
    Ok(ConnectionLimits {
        all,
        of_client: all / CONNECTIONS_PARTS,
    })
}

/// Raises the limit of open files as far as it goes, and gives it.
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
fn collector_limits(connections: ConnectionLimits) -> Limits {
    let limits = Limits::default();
    Limits {
        bodies: limits.bodies.min(connections.all / 4 * 3),
        bodies_of_client: limits.bodies_of_client.min(connections.of_client / 2),
        ..limits
    }
}

/// Tells of an error, and of those that follow only once a while: without room for one more connection there are twenty a second.
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

/// Catches Ctrl-C and SIGTERM from now on; at the first of them it tells the server, and everything that runs on its own. Gives when
/// that was.
fn ending(stop: watch::Sender<bool>, connections: Handle<SocketAddr>) -> io::Result<impl Future<Output = Instant>> {
    let asked = asked_to_end()?;
    tracing::debug!("Ctrl-C and SIGTERM are caught");
    Ok(async move {
        asked.await;
        tracing::info!("ending: answering what is under way, then moving the log into the table");
        stop.send_replace(true);
        connections.graceful_shutdown(Some(LAST_ANSWERS));
        Instant::now()
    })
}

#[cfg(unix)]
fn asked_to_end() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn asked_to_end() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

/// Moves the log into the table every now and then, and when much has come. A failure is logged and tried again: the events are safe in the log.
async fn compact_now_and_then(writer: DataWriter, mut stopped: watch::Receiver<bool>) {
    let mut rounds = 0_u32;
    loop {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => return,
            () = tokio::time::sleep(COMPACT_EVERY) => {}
            () = writer.full() => {}
        }
        let compaction = tokio::spawn({
            let writer = writer.clone();
            async move { writer.compact().await }
        });
        match compaction.await {
            Ok(Ok(done)) if done.events > 0 => tracing::debug!(?done, "compacted"),
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::error!("compaction failed: {:#}", anyhow::Error::new(error)),
            // The next one may have more room; without any, the log would only grow.
            Err(panic) => tracing::error!("compaction failed: {panic}"),
        }
        rounds = rounds.wrapping_add(1);
        if rounds.is_multiple_of(CLEAN_EVERY)
            && let Err(error) = writer.clean().await
        {
            tracing::error!("removing old files failed: {:#}", anyhow::Error::new(error));
        }
    }
}

/// A reader merges the log's tail at each look; after this long a busy shop's tail costs it about as much as the table.
const COMPACT_EVERY: Duration = Duration::from_secs(60);

/// How long requests under way have left at the end: a client that stopped in the middle of one would hold the server up for ever.
const LAST_ANSWERS: Duration = Duration::from_secs(10);

/// Longest wait for the head of a connection's first request. It comes in one packet as a rule, and a client that sends nothing, or a
/// head byte by byte, must not hold a connection for long.
const FIRST_HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// Longest wait for the next request on a connection. Longer than proxies keep one open that they may use again (nginx a minute, Go's
/// 90 seconds, Caddy two minutes): what they sent just as it is closed here would come back as an error.
const NEXT_HEAD_TIMEOUT: Duration = Duration::from_secs(150);

/// Most bytes that a connection's own buffers take, and so of a request's head. Twice what browsers and proxies send at most
/// (nginx takes 8 KiB a header, browsers keep 4 KiB a cookie); hyper's own 400 KiB times thousands of connections would be gigabytes.
const CONNECTION_BUFFER_BYTES: usize = 32 << 10;

/// Most connections, whatever the system allows: each costs about 27 KiB while it waits, so that all cost some 110 MiB.
const CONNECTIONS_MAX: usize = 4_096;

/// Fewest, on a system that allows almost no open files.
const CONNECTIONS_MIN: usize = 64;

/// One client may have a quarter of them: a thousand visitors behind one address keep one each, and more take turns.
const CONNECTIONS_PARTS: usize = 4;

/// Files that are kept for the data folder: a compaction has a few dozen open, and so has a report.
const FILES_IN_RESERVE: u64 = 256;

/// From one line of the log about connections that cannot be accepted to the next.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Compactions between two looks for files that no one needs any more: an hour's worth, or less where much comes.
const CLEAN_EVERY: u32 = 60;

/// Batches that the live view may be behind before it misses some.
const BATCHES_WAITING: usize = 1_024;

/// What to do, from flags, environment and file.
struct Settings {
    data: PathBuf,
    listen: String,
    shop: Option<PathBuf>,
    sdk: Option<PathBuf>,
    traffic: Traffic,
    read_token: server::ReadToken,
    public_url: Option<Url>,
    proxies: Proxies,
}

impl Settings {
    fn new(flags: Serve) -> Result<Self> {
        let folder = flags.data.folder;
        let file = ServeFile::load(&folder)?;
        let traffic = match (flags.traffic, file.traffic) {
            (Some(traffic), _) => traffic,
            (None, Some(word)) => word.parse().context("wayside.toml: serve.traffic")?,
            (None, None) => Traffic::default(),
        };
        let read_token = flags.read_token.or(file.read_token).filter(|token| !token.is_empty());
        if let Some(why) = read_token.as_deref().and_then(why_unfit) {
            bail!("the read token cannot be used: {why}; make one with `openssl rand -hex 24`");
        }
        let public_url = match (flags.public_url, file.public_url) {
            (Some(url), _) => Some(url),
            (None, Some(text)) => Some(
                address(&text).map_err(|why| anyhow::anyhow!("wayside.toml: serve.public_url is {text:?}: {why}"))?,
            ),
            (None, None) => None,
        };
        let trusted: Vec<String> = if flags.trusted_proxy.is_empty() {
            file.trusted_proxy.unwrap_or_default()
        } else {
            flags.trusted_proxy
        };
        let proxies = if trusted.is_empty() {
            Proxies::default()
        } else {
            Proxies::parse(trusted).context("the setting --trusted-proxy (trusted_proxy in wayside.toml)")?
        };
        Ok(Self {
            public_url,
            proxies,
            listen: flags.listen.or(file.listen).unwrap_or_else(|| LISTEN.to_owned()),
            shop: readable_folder(flags.shop.or(file.shop), "--shop")?,
            sdk: readable_folder(flags.sdk.or(file.sdk), "--sdk")?,
            traffic,
            read_token: read_token.map(Into::into),
            data: folder,
        })
    }

    async fn bind(&self) -> Result<TcpListener> {
        let listen = &self.listen;
        let addresses: Vec<SocketAddr> = listen
            .to_socket_addrs()
            .with_context(|| format!("cannot listen on {listen:?}; write an address and a port, as 127.0.0.1:8787"))?
            .collect();
        if self.read_token.is_none() && addresses.iter().any(|address| !address.ip().is_loopback()) {
            bail!(
                "refusing to listen on {listen}, where other machines can read your customers' data; add --read-token \
                 (make one with `openssl rand -hex 24`), or listen on 127.0.0.1"
            );
        }
        if self.read_token.is_none()
            && let Some(url) = &self.public_url
        {
            bail!(
                "refusing to serve {url}, where everybody can read your customers' data: a public URL means that a proxy passes \
                 requests on to this server; add --read-token (make one with `openssl rand -hex 24`), or leave --public-url away"
            );
        }
        TcpListener::bind(addresses.as_slice()).await.map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => anyhow::anyhow!(
                "{listen} is in use by another process, perhaps another wayside; end it, or choose another with --listen \
                 (port 0 takes a free one)"
            ),
            _ => anyhow::Error::new(error).context(format!("cannot listen on {listen}; choose another with --listen")),
        })
    }
}

/// A folder that was named must be there: serving nothing in its place would puzzle.
fn readable_folder(folder: Option<PathBuf>, flag: &str) -> Result<Option<PathBuf>> {
    if let Some(folder) = &folder {
        std::fs::read_dir(folder)
            .with_context(|| format!("cannot read the folder {} of {flag}; check the path", folder.display()))?;
    }
    Ok(folder)
}

/// The port is that of the README's first example; loopback, since a first start is on the user's own machine.
const LISTEN: &str = "127.0.0.1:8787";

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;

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
    async fn who_does_not_finish_a_head_loses_the_connection() {
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
            // As HTTP/2 begins.
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
