//! The names of the SDK's files, which the bootstrap and the loader load.

use std::fmt::Write as _;

use wayside_model::sdk::File;

/// `js/tracker/src/generated/files.ts`.
pub(crate) fn render() -> String {
    let mut ts = String::from("// Written by `cargo xtask types` from `crates/model/src/sdk.rs`. Do not edit.\n");
    ts.push_str("\n/** The files of the SDK by name. An enum, so that the build inlines the names. */\nexport const enum File {\n");
    for file in File::ALL {
        _ = writeln!(ts, "  {} = '{}',", file.key(), file.name());
    }
    ts.push_str("}\n");
    ts
}
