//! `wayside health`.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use super::script_tag::address;
use crate::output::print;

/// Asks a running server whether it can store touchpoints, and prints its answer.
///
/// The exit code is 0 while batches can be made durable, and 1 while they cannot or nothing answers. Health checks of
/// containers, monitors and deployment scripts need no other program.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Health {
    /// The server's address
    #[arg(value_name = "URL", default_value = SERVER, value_parser = address)]
    url: Url,
    /// Keep asking for at most so many seconds, until the server is well: after a start or an upgrade
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u32,
}

const EXAMPLES: &str = "\
Examples:
  wayside health                       the server on this machine
  wayside health --wait 30             after `systemctl restart wayside`
  wayside health http://10.0.0.7:8787";

impl Health {
    /// Runs it.
    pub(crate) async fn run(self) -> Result<()> {
        let url = self
            .url
            .join("healthz")
            .context("the address of a server takes no path")?;
        // A proxy from the environment, or the target of a redirect, would answer for itself.
        let mut client = Client::builder().no_proxy().redirect(Policy::none()).timeout(TIMEOUT);
        if self.url.scheme() == "http" {
            // A container from scratch has no certificates, and without any the client cannot be made.
            client = client.tls_certs_only([]);
        }
        let client = client.build()?;
        let begun = Instant::now();
        let wait = Duration::from_secs(self.wait.into());
        loop {
            match ask(&client, &url).await {
                Ok(text) => return Ok(print(&text)?),
                Err(error) if begun.elapsed() >= wait => return Err(error),
                Err(_) => tokio::time::sleep(PAUSE).await,
            }
        }
    }
}

/// The answer of a server that is well.
async fn ask(client: &Client, url: &Url) -> Result<String> {
    let answer = client
        .get(url.clone())
        .send()
        .await
        .with_context(|| format!("no answer from {url}; is `wayside serve` running there?"))?;
    let status = answer.status();
    let text = answer
        .text()
        .await
        .with_context(|| format!("{url} ended in the middle of its answer"))?;
    if !status.is_success() {
        bail!("{url} answered {status}: {}", text.trim());
    }
    Ok(text)
}

/// The default address of `wayside serve`.
const SERVER: &str = "http://127.0.0.1:8787";
/// Time limit for an answer: a server that needs longer is overloaded. It is shorter than the time that container engines allow for a
/// check.
const TIMEOUT: Duration = Duration::from_secs(4);
/// Between two questions: short beside a start, and no burden.
const PAUSE: Duration = Duration::from_millis(200);
