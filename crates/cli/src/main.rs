//! The binary `wayside`: one file per subcommand, without logic of its own.

mod admin;
mod command;
mod dead_letters;
mod importing;
mod output;
mod people;
mod plan;
mod read_token;
mod retention;
mod server;
mod settings;
mod simulating;

use std::io::{self, IsTerminal};
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

/// jemalloc returns memory to the system two seconds after a burst of requests, as `.cargo/config.toml` sets; the C library's
/// allocator keeps most of it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    keep_files_private();
    let command = command::parse();
    log_to_stderr();
    let trouble = command.trouble();
    match run(command) {
        Ok(code) => code,
        // A closed pipe, as in `wayside report … | head`, is not a failure.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wayside: {}", output::for_terminal(&format!("{error:#}")));
            if command::is_mistake(&error) {
                ExitCode::from(2)
            } else {
                trouble
            }
        }
    }
}

/// Makes every file that this process creates readable for its user only: the data folder has the shop's customers, and `wayside.toml` keys
/// and tokens. Files and folders that are there keep their permissions.
fn keep_files_private() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
}

fn run(command: command::Command) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = runtime.block_on(command.run());
    // A server that was asked to stop may have left a compaction running. It need not be completed: the log still has its events.
    runtime.shutdown_background();
    done
}

/// Logs to stderr; `WAYSIDE_LOG` sets the level (`debug`, `wayside_store=trace`).
fn log_to_stderr() {
    let filter = EnvFilter::try_from_env("WAYSIDE_LOG").unwrap_or_else(|_| EnvFilter::new(LOG));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false)
        .init();
}

/// The log where `WAYSIDE_LOG` is not set. Delta's kernel logs each error of a snapshot and returns it too: the store answers it or
/// passes it on, and some are no more than the answer that there is no table yet.
const LOG: &str = "warn,wayside=info,buoyant_kernel::snapshot=off";

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let io = |cause: &(dyn std::error::Error + 'static)| cause.downcast_ref::<io::Error>().map(io::Error::kind);
    error
        .chain()
        .filter_map(io)
        .any(|kind| kind == io::ErrorKind::BrokenPipe)
}
