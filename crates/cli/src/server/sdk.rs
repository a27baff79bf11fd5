//! The SDK's files, which are inside the binary.

use std::borrow::Cow;

use rust_embed::RustEmbed;

/// The files that `cargo xtask wasm` writes. A debug build reads them from the disk at each request.
#[derive(RustEmbed)]
#[folder = "../../js/tracker/dist"]
#[allow_missing = true]
struct Files;

/// A file of the SDK by its name.
pub(crate) fn sdk_file(name: &str) -> Option<Cow<'static, [u8]>> {
    Files::get(name).map(|file| file.data)
}
