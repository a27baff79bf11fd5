//! Touchpoints that a running server has, checked where they are.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use reqwest::{Client, RequestBuilder, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use wayside_model::SiteId;
use wayside_plan::Findings;

use super::{Checked, Wanted};

/// Has the server at `address` check its site's touchpoints against the plan that `text` is.
pub(crate) async fn check(address: &str, token: Option<&str>, text: String, wanted: &Wanted) -> Result<Checked> {
    let server = Server::new(address, token)?;
    let site = match &wanted.site {
        Some(site) => site.clone(),
        None => server.only_site().await?,
    };
    let mut url = server.url("api/check-plan")?;
    url.query_pairs_mut()
        .append_pair("site", site.as_str())
        // Days are those of UTC here, wherever the plan is checked.
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

/// What the server says where it refuses.
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
            .with_context(|| format!("{address} is no address; write it as http://127.0.0.1:8787"))?;
        // A redirect would turn the question into another and take the token elsewhere.
        let client = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .build()?;
        Ok(Self { base, token, client })
    }

    fn url(&self, path: &str) -> Result<Url> {
        self.base
            .join(path)
            .with_context(|| format!("{} is no server's address", self.base))
    }

    /// The one site that it has.
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
            .with_context(|| format!("the answer of {base} broke off"))?;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|_| self.is_no_server(status));
        }
        match serde_json::from_slice::<Refusal>(&body) {
            Ok(_) if status == StatusCode::UNAUTHORIZED => {
                bail!("{base} asks for its read token; give it with --read-token or in WAYSIDE_READ_TOKEN")
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

/// Longer than any handshake takes, and short enough not to be taken for a check under way.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
