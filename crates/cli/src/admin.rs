//! Client for what a running server does with its data folder, and the admin token that it needs.

mod people;

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use futures::stream;
use indicatif::ProgressBar;
use reqwest::{Body, Client, RequestBuilder, Response, Url, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::fs::File;
use tokio::io::AsyncReadExt;
use wayside_model::SiteId;
use wayside_store::ImportRecord;
use wayside_store::ImportState;

use crate::command::tell_import;
use crate::importing::{Outcome, Said, Undone};
use crate::server::why_unfit;

/// The admin token: from a file, or else from the environment. It is never an argument, because every user of a
/// machine can read the command lines of all processes.
pub(crate) fn admin_token(file: Option<&Path>) -> Result<Option<String>> {
    let token = match file {
        Some(path) => {
            let text = std::fs::read_to_string(path);
            text.with_context(|| {
                format!(
                    "cannot read the admin token in {}; check --admin-token-file",
                    path.display()
                )
            })?
        }
        None => std::env::var("WAYSIDE_ADMIN_TOKEN").unwrap_or_default(),
    };
    let token = token.trim();
    if token.is_empty() && file.is_none() {
        return Ok(None);
    }
    match why_unfit(token) {
        Some(why) => bail!("the admin token cannot be used: {why}; make one with `openssl rand -hex 24`"),
        None => Ok(Some(token.to_owned())),
    }
}

/// A running server, accessed with the admin token.
pub(crate) struct Remote {
    base: Url,
    token: String,
    client: Client,
}

/// Body of a response in which the server refuses a request.
#[derive(Deserialize)]
struct Refusal {
    error: Reason,
}

#[derive(Deserialize)]
struct Reason {
    message: String,
}

impl Remote {
    /// Creates a client of the server at `address`.
    pub(crate) fn new(address: &str, token: Option<String>) -> Result<Self> {
        let base = Url::parse(address)
            .with_context(|| format!("{address} is no address; write it as http://127.0.0.1:8787"))?;
        let token = token.context(
            "the server asks for its admin token; put the token into a file and name it with --admin-token-file, or set \
             WAYSIDE_ADMIN_TOKEN",
        )?;
        let is_local = match base.host_str() {
            Some(host) => matches!(host, "127.0.0.1" | "localhost" | "[::1]") || host.ends_with(".localhost"),
            None => false,
        };
        if base.scheme() != "https" && !is_local {
            bail!(
                "{base} is not https: the admin token and your customers' data would be readable on the way; use https://"
            );
        }
        // A redirect could send the token to another server.
        let mut client = Client::builder();
        if base.scheme() != "https" {
            // The system's proxy would receive the token and the file in plain text.
            client = client.no_proxy();
        }
        let client = client
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .build()?;
        Ok(Self { base, token, client })
    }

    /// Reads the server's register of imports.
    pub(crate) async fn list(&self) -> Result<Vec<ImportRecord>> {
        self.json(self.client.get(self.url("api/imports")?)).await
    }

    /// Undoes an import.
    pub(crate) async fn undo(&self, id: u32, dry_run: bool) -> Result<Undone> {
        let mut url = self.url(&format!("api/imports/{id}/undo"))?;
        url.query_pairs_mut()
            .append_pair("dry_run", if dry_run { "true" } else { "false" });
        self.json(self.client.post(url)).await
    }

    /// Sends a file to the server, which imports it. The progress bar shows how much was sent, and then how much was imported.
    pub(crate) async fn import(
        &self,
        path: &Path,
        name: &str,
        mapping: &str,
        site: &SiteId,
        replace: bool,
        bar: &ProgressBar,
    ) -> Result<Outcome> {
        let opened = async {
            let file = File::open(path).await?;
            let bytes = file.metadata().await?.len();
            Ok::<_, std::io::Error>((file, bytes))
        };
        let opened = opened.await;
        let (file, bytes) = opened.with_context(|| format!("cannot read {}; check the path", path.display()))?;
        // Check the token and whether another import runs before gigabytes are sent.
        let imports = self.list().await?;
        if let Some(running) = imports.iter().find(|import| import.state == ImportState::Running) {
            bail!(
                "import {} is running on the server; wait for its end (`wayside imports list`)",
                running.id
            );
        }
        let mut url = self.url("api/import")?;
        url.query_pairs_mut()
            .append_pair("site", site.as_str())
            .append_pair("file", name)
            .append_pair("mapping_bytes", &mapping.len().to_string())
            .append_pair("replace", if replace { "true" } else { "false" });
        bar.set_length(bytes);
        bar.set_prefix("sending ");
        let body = body(mapping.to_owned(), file, bar.clone());
        let request = self
            .client
            .post(url)
            .header(header::CONTENT_LENGTH, mapping.len() as u64 + bytes);
        let answer = self.send(request.body(body)).await?;
        bar.set_prefix("");
        self.follow(answer, bar).await
    }

    /// Reads the server's messages about an import until its end.
    async fn follow(&self, mut answer: Response, bar: &ProgressBar) -> Result<Outcome> {
        let mut waiting = Vec::new();
        let broke = || {
            format!(
                "the answer of {} broke off; the import may continue there, and `wayside imports list --server {}` shows its state",
                self.base, self.base
            )
        };
        while let Some(chunk) = answer.chunk().await.with_context(broke)? {
            waiting.extend_from_slice(&chunk);
            while let Some(end) = waiting.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = waiting.drain(..=end).collect();
                match serde_json::from_slice(&line).map_err(|_| self.is_no_server("no import's lines"))? {
                    Said::Progress(progress) => drop(tell_import(bar, progress)),
                    Said::Outcome(outcome) => return Ok(outcome),
                    Said::Error(message) => bail!("{message}"),
                }
            }
        }
        Err(anyhow!(broke()))
    }

    fn url(&self, path: &str) -> Result<Url> {
        let url = self.base.join(path);
        url.with_context(|| format!("{} is no server's address", self.base))
    }

    async fn json<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T> {
        let answer = self.send(request).await?;
        let body = answer
            .bytes()
            .await
            .with_context(|| format!("the answer of {} broke off", self.base))?;
        serde_json::from_slice(&body).map_err(|_| self.is_no_server("200"))
    }

    /// Returns the answer unless it is a refusal.
    async fn send(&self, request: RequestBuilder) -> Result<Response> {
        let base = &self.base;
        let answer = request.bearer_auth(&self.token).send().await;
        let answer = answer.with_context(|| format!("cannot ask {base}; is `wayside serve` running there?"))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let body = answer
            .bytes()
            .await
            .with_context(|| format!("the answer of {base} broke off"))?;
        match serde_json::from_slice::<Refusal>(&body) {
            Ok(refusal) => bail!("{base} answers: {}", refusal.error.message),
            Err(_) => Err(self.is_no_server(status.as_str())),
        }
    }

    fn is_no_server(&self, answer: &str) -> anyhow::Error {
        anyhow!(
            "{} answers {answer}, as no `wayside serve` of this version does; check the address",
            self.base
        )
    }
}

/// Body of the request: the mapping, followed by the file, which is read while it is sent.
fn body(mapping: String, file: File, bar: ProgressBar) -> Body {
    let begin = (Some(mapping.into_bytes()), file);
    Body::wrap_stream(stream::try_unfold(begin, move |(mapping, mut file)| {
        let bar = bar.clone();
        async move {
            if let Some(mapping) = mapping {
                return Ok::<_, std::io::Error>(Some((mapping, (None, file))));
            }
            let mut chunk = vec![0; CHUNK_BYTES];
            let read = file.read(&mut chunk).await?;
            chunk.truncate(read);
            bar.inc(read as u64);
            Ok((read > 0).then_some((chunk, (None, file))))
        }
    }))
}

/// Number of bytes that are read at once: as many as a socket accepts in a few writes.
const CHUNK_BYTES: usize = 256 << 10;

/// Time limit for connecting: longer than any handshake takes, and short enough that the wait is not mistaken for a running import.
const CONNECT_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(10);
