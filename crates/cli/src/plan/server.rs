//! Checks of touchpoints by a running server.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wayside_model::SiteId;
use wayside_plan::Findings;

use super::{Checked, Wanted};

/// Asks the server at `address` to check the touchpoints of a site against the plan `text`.
pub(crate) async fn check(address: &str, token: Option<&str>, text: String, wanted: &Wanted) -> Result<Checked> {
    let server = Server::new(address, token)?;
    let site = match &wanted.site {
        Some(site) => site.clone(),
        None => server.only_site().await?,
    };
    let mut url = server.url("api/check-plan")?;
    url.query_pairs_mut()
        .append_pair("site", site.as_str())
        // The days of `--from` and `--to` are in UTC for every target.
        .append_pair("timezone", "UTC")
        .append_pair("traffic", wanted.looked.traffic.name())
        .append_pair("limit", &wanted.looked.limit.to_string())
        .extend_pairs(wanted.from.iter().map(|from| ("from", from)))
        .extend_pairs(wanted.to.iter().map(|to| ("to", to)));
    let findings: Findings = server.ask(server.client.post(url).body(text)).await?;
    Ok(Checked {
        findings,
        refused: Vec::new(),
    })
}

struct Server<'a> {
    base: Url,
    token: Option<&'a str>,
    client: Client,
}

#[derive(Deserialize)]
struct Site {
    site: String,
}

/// The server's refusal.
#[derive(Deserialize)]
struct Refusal {
    error: Reason,
}

#[derive(Deserialize)]
struct Reason {
    message: String,
}

impl<'a> Server<'a> {
    fn new(address: &str, token: Option<&'a str>) -> Result<Self> {
        let base = Url::parse(address)
            .with_context(|| format!("{address} is not an address; write it as http://127.0.0.1:8787"))?;
        // Redirects are not followed: they would change the request and send the token elsewhere.
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .build()?;
        Ok(Self { base, token, client })
    }

    fn url(&self, path: &str) -> Result<Url> {
        self.base
            .join(path)
            .with_context(|| format!("{} is not the address of a server", self.base))
    }

    /// The only site of the server.
    async fn only_site(&self) -> Result<SiteId> {
        let sites: Vec<Site> = self.ask(self.client.get(self.url("api/sites")?)).await?;
        match sites.as_slice() {
            [only] => Ok(SiteId::parse(&only.site)?),
            [] => bail!("{} has no site yet", self.base),
            several => {
                let names: Vec<_> = several.iter().map(|one| one.site.as_str()).collect();
                bail!(
                    "{} has several sites; choose one with --site: {}",
                    self.base,
                    names.join(", ")
                )
            }
        }
    }

    async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T> {
        let request = match self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let base = &self.base;
        let answer = request
            .send()
            .await
            .with_context(|| format!("cannot ask {base}; is `wayside serve` running there?"))?;
        let status = answer.status();
        let body = answer
            .bytes()
            .await
            .with_context(|| format!("the response of {base} is incomplete"))?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| self.is_no_server(status));
        }
        match serde_json::from_slice::<Refusal>(&body) {
            Ok(_) if status == StatusCode::UNAUTHORIZED => {
                bail!("{base} requires its read token; name its file with --read-token-file, or set WAYSIDE_READ_TOKEN")
            }
            Ok(refusal) => bail!("{base} answers: {}", refusal.error.message),
            Err(_) => Err(self.is_no_server(status)),
        }
    }

    fn is_no_server(&self, status: StatusCode) -> anyhow::Error {
        anyhow!(
            "{} answers {}, as no `wayside serve` of this version does; the address is that of a server. What a page sends is \
             checked in a test (docs/testing.md), or by the server that it sends to",
            self.base,
            status.as_u16()
        )
    }
}

/// Time limit of a connection: longer than any handshake, and short enough not to look like a running check.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
