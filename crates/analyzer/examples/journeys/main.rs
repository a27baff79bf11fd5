//! Makes journeys through a web shop, for `cargo xtask bench analyzer`.
//!
//! `journeys ROWS parquet FOLDER` writes `all.parquet` with ROWS events, and `settled.parquet` with those before the last hour,
//! both sorted by visitor and time. `journeys.toml` beside this file is the mapping that imports them. `journeys ROWS log DATA`
//! appends the events of the last hour to the log of a data folder, and `journeys ROWS whole-log DATA` appends all of them.
//! The same number of rows gives the same events.

mod files;
mod log;
#[path = "../random/mod.rs"]
mod random;
mod shop;

use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rows, what, folder] = arguments.as_slice() else {
        return Err(USAGE.into());
    };
    let (rows, folder) = (rows.parse()?, Path::new(folder));
    match what.as_str() {
        "parquet" => files::write(rows, folder),
        "log" => log::append(rows, folder, |touch| !touch.is_settled()),
        "whole-log" => log::append(rows, folder, |_| true),
        _ => Err(USAGE.into()),
    }
}

const USAGE: &str = "usage: journeys ROWS parquet|log|whole-log FOLDER";
