//! Remembering from which inputs something was made, so that it is not made twice.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::workspace::Workspace;

/// The inputs of one step and the file that holds their hash after it.
///
/// Stamps lie in `node_modules`, never in Cargo's target directory: that one may be shared between checkouts.
pub(crate) struct Stamp {
    file: PathBuf,
    hash: String,
}

impl Stamp {
    /// Hashes names and contents of `inputs`: files or folders, from the root.
    pub(crate) fn new(workspace: &Workspace, name: &str, inputs: &[&str]) -> Result<Self> {
        let mut hasher = Sha256::new();
        for input in inputs {
            for entry in WalkDir::new(workspace.path(input))
                .sort_by_file_name()
                .into_iter()
                .filter_entry(is_source)
            {
                let entry = entry.with_context(|| format!("cannot look through {input}"))?;
                if entry.file_type().is_file() {
                    let bytes = fs::read(entry.path())
                        .with_context(|| format!("cannot read {}", workspace.show(entry.path())))?;
                    hasher.update(workspace.show(entry.path()));
                    hasher.update([0]);
                    hasher.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_le_bytes());
                    hasher.update(bytes);
                }
            }
        }
        let hash = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            file: workspace.path(&Self::path(name)),
            hash,
        })
    }

    /// Where the stamp of this name lies, for steps that build on another.
    pub(crate) fn path(name: &str) -> String {
        format!("node_modules/.wayside/{name}")
    }

    /// The inputs' hash, in hexadecimal digits.
    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether the step was done from these very inputs and its outputs are still there.
    pub(crate) fn is_fresh(&self, outputs: &[PathBuf]) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|hash| hash == self.hash) && outputs.iter().all(|path| path.exists())
    }

    /// Records that the step is done.
    pub(crate) fn write(&self) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        }
        fs::write(&self.file, &self.hash).with_context(|| format!("cannot write {}", self.file.display()))
    }
}

fn is_source(entry: &walkdir::DirEntry) -> bool {
    !["node_modules", "dist", "target"]
        .iter()
        .any(|made| entry.file_name() == *made)
}
