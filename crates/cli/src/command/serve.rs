//! `wayside serve`.

mod answering;
mod ending;

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use axum_server::Handle;
use clap::Args;
use prometheus_client::registry::Registry;
use reqwest::Url;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, watch};
use wayside_analyzer::Traffic;
use wayside_collector::{Parts, Sdk, Sites, State, Watchers};
use wayside_store::{DataWriter, Options};

use self::answering::{Timeouts, answer, collector_limits, connection_limits};
use self::ending::{LAST_ANSWERS, compact_now_and_then, ending, finish, forget_now_and_then};
use super::script_tag::address;
use super::{Data, now};
use crate::admin::admin_token;
use crate::output::print;
use crate::read_token::{ReadTokenFlags, of_file};
use crate::server::{self, Admin, Connections, Hosts, Importing, Letters, Live, People, Proxies, Reading, why_unfit};
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
    /// Traffic that the dashboard shows: people, automated browsers, or all [default: people]
    #[arg(long, env = "WAYSIDE_TRAFFIC")]
    traffic: Option<Traffic>,
    #[command(flatten)]
    read_token: ReadTokenFlags,
    /// File with the token that imports and undoing them ask for, see docs/import.md; or WAYSIDE_ADMIN_TOKEN with the token itself
    #[arg(long, value_name = "FILE", env = "WAYSIDE_ADMIN_TOKEN_FILE")]
    admin_token_file: Option<PathBuf>,
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
  openssl rand -hex 24 > read-token; chmod 600 read-token
  wayside serve --public-url https://collect.example --read-token-file read-token
                                                        behind a proxy on this machine
  wayside serve --listen 0.0.0.0:8787 --read-token-file read-token

The same settings may stand in DATA/wayside.toml under [serve] (listen, shop, sdk, traffic, read_token,
read_token_file, admin_token_file, public_url, trusted_proxy).
Ctrl-C ends it within 5 seconds: requests under way are answered, and as much of the log as there is time for is moved into
the table. The rest is safe in the log for the next start.";

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
        let watchers = Watchers::default();
        let (live, arriving) = broadcast::channel(BATCHES_WAITING);
        let (stop, stopped) = watch::channel(false);
        let mut metrics = Registry::default();
        let configured = Arc::new(sites.clone());
        let keeping = Arc::clone(&configured);
        let reading = Reading::new(
            writer.store().clone(),
            Arc::clone(&configured),
            settings.traffic,
            &mut metrics,
        );
        let states = reading.states();
        let parts = Parts {
            writer: writer.clone(),
            sites,
            sdk: settings
                .sdk
                .map_or_else(|| Sdk::embedded(server::sdk_file), Sdk::folder),
            limits: collector_limits(connection_limits),
            live,
            watchers: watchers.clone(),
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
                live: Live::start(arriving, Arc::clone(&configured), watchers, stopped.clone()),
                letters: Letters::new(writer.clone(), Arc::clone(&configured), now),
                people: People::new(writer.clone(), configured, states.clone()),
                imports: Importing::new(writer.clone(), stopped.clone(), now),
                admin: Admin::new(settings.admin_token),
                clock: now,
                shop: settings.shop,
            },
        );
        // It ends with the process; what it has not deleted, the next start does.
        tokio::spawn(forget_now_and_then(
            writer.clone(),
            states,
            keeping,
            now,
            stopped.clone(),
        ));
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
        let asked_at = ending.await.context("nobody waited for the end")?;
        if asked_at.elapsed() >= LAST_ANSWERS {
            tracing::warn!("connections that did not come to an end are cut off");
        }
        finish(writer, compactor, asked_at).await
    }
}

/// Batches that the live view may be behind before it misses some.
const BATCHES_WAITING: usize = 1_024;

/// The settings from flags, environment and file.
struct Settings {
    data: PathBuf,
    listen: String,
    shop: Option<PathBuf>,
    sdk: Option<PathBuf>,
    traffic: Traffic,
    read_token: server::ReadToken,
    admin_token: Option<String>,
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
        let read_token = match flags.read_token.token()? {
            Some(token) => Some(token),
            None => of_file(file.read_token, file.read_token_file.as_deref())?,
        };
        if let Some(why) = read_token.as_deref().and_then(why_unfit) {
            bail!("the read token cannot be used: {why}; make one with `openssl rand -hex 24`");
        }
        let admin_token = admin_token(flags.admin_token_file.or(file.admin_token_file).as_deref())?;
        if admin_token.is_some() && admin_token == read_token {
            bail!(
                "the admin token is the read token: whoever may read could then import; make another with `openssl rand -hex 24`"
            );
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
            admin_token,
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
pub(super) const LISTEN: &str = "127.0.0.1:8787";
