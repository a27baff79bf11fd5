//! The files of the SDK by name: a page loads them, the build makes them, and a collector serves them.
//!
//! `cargo xtask types` writes the names for TypeScript (`js/tracker/src/generated/files.ts`).

/// A file of the SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum File {
    /// The file of the script tag, which loads the others.
    Bootstrap,
    /// The loader with the bindings of the Wasm.
    Glue,
    /// The Wasm.
    Wasm,
    /// The fallback for pages that cannot run the Wasm.
    Alone,
    /// The rules of sites with thresholds or checkout steps of their own.
    Rules,
}

impl File {
    /// Every file.
    pub const ALL: [Self; 5] = [Self::Bootstrap, Self::Glue, Self::Wasm, Self::Alone, Self::Rules];

    /// The file's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bootstrap => "wayside.js",
            Self::Glue => "wayside-glue.js",
            Self::Wasm => "wayside.wasm",
            Self::Alone => "wayside-alone.js",
            Self::Rules => "wayside-rules.js",
        }
    }

    /// The file's name in code.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Bootstrap => "bootstrap",
            Self::Glue => "glue",
            Self::Wasm => "wasm",
            Self::Alone => "alone",
            Self::Rules => "rules",
        }
    }
}
