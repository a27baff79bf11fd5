//! Stamps: hashes of a build step's inputs, so that a step whose inputs have not changed is skipped.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use crate::workspace::Workspace;

/// The inputs of a step, and the file that contains their hash after the step.
///
/// Stamps are stored in `node_modules`, because Cargo's target directory may be shared between checkouts.
pub(crate) struct Stamp {
    file: PathBuf,
    hash: String,
}

impl Stamp {
    /// Hashes the names and contents of `inputs`, which are files or folders relative to the root.
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

    /// The path of the stamp with this name, as an input for steps that depend on it.
    pub(crate) fn path(name: &str) -> String {
        format!("node_modules/.wayside/{name}")
    }

    /// The inputs' hash in hexadecimal digits.
    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether the step was run with the same inputs and its outputs exist.
    pub(crate) fn is_fresh(&self, outputs: &[PathBuf]) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|hash| hash == self.hash) && outputs.iter().all(|path| path.exists())
    }

    /// Records that the step was run.
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
