//! The demo: a server, an example shop, browsers that visit it, an imported data set, and a simulated year.

mod balance;
mod http;
mod record;
mod server;

use std::env;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use server::{Event, Server};

use crate::run::{Tool, say};
use crate::workspace::Workspace;
use crate::{build, setup};

/// How to run the demo.
#[derive(Args)]
pub(crate) struct Options {
    /// Forget the data of earlier runs
    #[arg(long)]
    fresh: bool,
    /// End after the visits: with 0 when every touchpoint arrived once and in order
    #[arg(long)]
    exit_after_visits: bool,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// Folder of the data
    #[arg(long, value_name = "DIR", default_value = ".wayside/demo")]
    data: PathBuf,
    /// Write the visits to examples/data/visits, for machines without a browser
    #[arg(long)]
    record: bool,
}

/// Builds, starts the server with data in it, and serves until Ctrl-C.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let begun = Instant::now();
    let data = workspace.path(&options.data.to_string_lossy());
    port_is_free(options.port)?;
    let browser = setup::browser()?;
    build::everything(workspace)?;
    if options.fresh {
        forget(&data)?;
    }
    let demo = Demo { workspace, data };
    demo.import_ecom()?;
    demo.simulate()?;
    if browser.is_none() {
        demo.import_recorded_visits()?;
    }

    let (events, inbox) = mpsc::channel();
    let stop = events.clone();
    ctrlc::set_handler(move || {
        // Sending fails only if the demo is already ending.
        let _ = stop.send(Event::Stop);
    })
    .context("cannot listen for Ctrl-C")?;
    let mut server = demo.start_server(options.port, events)?;
    let base = server.wait_until_it_listens(&inbox)?;

    if let Some(browser) = browser {
        demo.visit(&base, browser)?;
    }
    let outcome = demo.compare(&base);
    if options.record {
        record::write(&base, &demo.visits(), &workspace.path(RECORDED))?;
        say("demo", &format!("wrote {RECORDED}"));
    }
    say("demo", &format!("ready after {} s", begun.elapsed().as_secs()));
    if options.exit_after_visits {
        server.stop()?;
        return outcome;
    }
    if let Err(error) = outcome {
        eprintln!("warning: {error:#}");
    }
    println!(
        "\n  dashboard     {base}/\n  example shop  {base}/shop/\n  data          {}\n",
        workspace.show(&demo.data)
    );
    println!("  Any page takes part with: <script async src=\"{base}/wayside.js\" data-site=\"shop\"></script>");
    println!("  Ctrl-C ends; the data stays; `cargo xtask demo --fresh` starts anew.\n");
    server.serve(&inbox)
}

/// Runs the demo with its own data folder and port, for CI.
pub(crate) fn prove(workspace: &Workspace) -> Result<()> {
    let data = env::temp_dir().join(format!("wayside-demo-{}", std::process::id()));
    let options = Options {
        fresh: true,
        exit_after_visits: true,
        port: 0,
        data: data.clone(),
        record: false,
    };
    setup::needed_browser()?;
    let outcome = run(workspace, &options);
    if outcome.is_ok() {
        fs::remove_dir_all(&data).with_context(|| format!("cannot remove {}", data.display()))?;
    } else {
        say("demo", &format!("the data is kept in {}", data.display()));
    }
    outcome
}

fn port_is_free(port: u16) -> Result<()> {
    TcpListener::bind(("127.0.0.1", port)).map(drop).with_context(|| {
        format!("port {port} of 127.0.0.1 is in use, perhaps by another demo; end that one or choose another: --port 0")
    })
}

/// Removes the data folder, but only if a demo created it.
fn forget(data: &Path) -> Result<()> {
    if !data.exists() {
        return Ok(());
    }
    let is_empty = fs::read_dir(data)
        .with_context(|| format!("cannot read {}", data.display()))?
        .next()
        .is_none();
    if !is_empty && !data.join(MARK).exists() {
        bail!(
            "{} was not created by the demo (it has no file `{MARK}`), so --fresh does not remove it",
            data.display()
        );
    }
    say("demo", &format!("removing {}, because of --fresh", data.display()));
    fs::remove_dir_all(data).with_context(|| format!("cannot remove {}", data.display()))
}

struct Demo<'a> {
    workspace: &'a Workspace,
    data: PathBuf,
}

impl Demo<'_> {
    fn wayside(&self, verb: &str) -> Tool {
        Tool::new(build::binary(self.workspace))
            .arg(verb)
            .dir(self.workspace.root())
    }

    fn start_server(&self, port: u16, events: mpsc::Sender<Event>) -> Result<Server> {
        let tool = self
            .wayside("serve")
            .arg("--data")
            .arg(&self.data)
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .args(["--shop", "examples/shop/dist", "--sdk", crate::wasm::DIST])
            // Headless browsers identify themselves as such, but the dashboard should show the demo's visitors.
            .args(["--traffic", "all"]);
        Server::start(tool, events)
    }

    /// Imports the data set of another shop as a second site. A file marks that the import is complete.
    fn import_ecom(&self) -> Result<()> {
        self.import("ecom", "examples/data/ecom/ecom.csv.gz", "examples/data/ecom/ecom.toml")
    }

    /// Fills a third site with a simulated year, so that every report has something to show.
    fn simulate(&self) -> Result<()> {
        self.mark()?;
        let done = self.data.join(MARK).join(format!("imported-{SIMULATED}"));
        if done.exists() {
            return Ok(());
        }
        say(
            "demo",
            &format!("simulating a year of a shop as the site `{SIMULATED}`"),
        );
        let report = self
            .wayside("simulate")
            .args(["--site", SIMULATED, "--format", "json", "--data"])
            .arg(&self.data)
            .output()?;
        fs::write(&done, report).with_context(|| format!("cannot write {}", done.display()))
    }

    fn import_recorded_visits(&self) -> Result<()> {
        say("demo", "no browser found: importing recorded visits");
        self.import(
            SHOP,
            &format!("{RECORDED}/visits.jsonl"),
            &format!("{RECORDED}/visits.toml"),
        )?;
        let list = self.workspace.path(RECORDED).join("visits.json");
        fs::copy(&list, self.visits())
            .map(drop)
            .with_context(|| format!("cannot copy {}", list.display()))
    }

    fn import(&self, site: &str, file: &str, mapping: &str) -> Result<()> {
        self.mark()?;
        let done = self.data.join(MARK).join(format!("imported-{site}"));
        if done.exists() {
            return Ok(());
        }
        say("demo", &format!("importing {file} as the site `{site}`"));
        let report = self
            .wayside("import")
            .args([file, "--mapping", mapping, "--site", site, "--data"])
            .arg(&self.data)
            .output()?;
        fs::write(&done, report).with_context(|| format!("cannot write {}", done.display()))
    }

    /// Lets real browsers visit the shop, once for each data folder.
    fn visit(&self, base: &str, browser: &str) -> Result<()> {
        let file = self.visits();
        if file.exists() {
            say("demo", "the visits of the first start exist");
            return Ok(());
        }
        say("demo", "visits: headless Chromium walks through the shop");
        let unfinished = file.with_extension("part");
        Tool::new("node")
            .args(["tests/e2e/visits/run.mjs", "--base", base, "--out"])
            .arg(&unfinished)
            .dir(self.workspace.root())
            .env("WAYSIDE_CHROMIUM", browser)
            .hint("the visits that failed are above; `cargo xtask demo --fresh` starts anew")
            .run()?;
        fs::rename(&unfinished, &file).with_context(|| format!("cannot write {}", file.display()))
    }

    /// Checks the balance of each site, and compares each visit's journey with its script's actions.
    fn compare(&self, base: &str) -> Result<()> {
        let balanced = balance::check(base, &self.data.join(MARK));
        if !self.visits().exists() {
            return balanced;
        }
        say(
            "demo",
            "comparing each visit's journey, as `wayside report timeline` prints it, with what its script did",
        );
        let journeys = Tool::new("node")
            .args(["tests/e2e/visits/check.mjs", "--wayside"])
            .arg(build::binary(self.workspace))
            .arg("--data")
            .arg(&self.data)
            .arg("--in")
            .arg(self.visits())
            .dir(self.workspace.root())
            .hint("the journeys that differ are above")
            .run();
        balanced.and(journeys)
    }

    fn visits(&self) -> PathBuf {
        self.data.join(MARK).join("visits.json")
    }

    /// Marks the folder as created by the demo, so that `--fresh` may remove it.
    fn mark(&self) -> Result<()> {
        let mark = self.data.join(MARK);
        fs::create_dir_all(&mark).with_context(|| format!("cannot create {}", mark.display()))
    }
}

/// The site of the example shop.
const SHOP: &str = "shop";
/// The site of the simulated shop.
const SIMULATED: &str = "simulated";
/// The folder for the demo's state, in the data folder.
const MARK: &str = "demo";
/// Visits of an earlier run, for machines without a browser.
const RECORDED: &str = "examples/data/visits";
