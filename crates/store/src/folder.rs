//! The paths of a data folder and the names of stored numbers.

use std::path::{Path, PathBuf};

/// The paths of a data folder.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    root: PathBuf,
}

impl Folder {
    pub(crate) fn new(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The log's segments. The process that writes holds a lock on this folder.
    pub(crate) fn log(&self) -> PathBuf {
        self.root.join("log")
    }

    /// The Delta table.
    pub(crate) fn table(&self) -> PathBuf {
        self.root.join("table")
    }

    /// The dead-letter Delta table.
    pub(crate) fn dead(&self) -> PathBuf {
        self.root.join("dead")
    }

    /// Notes of compactions in progress.
    pub(crate) fn compacting(&self) -> PathBuf {
        self.root.join("compacting")
    }

    /// Files that repairs have replaced or moved aside.
    pub(crate) fn aside(&self) -> PathBuf {
        self.root.join("aside")
    }

    /// The register of imports.
    pub(crate) fn imports(&self) -> PathBuf {
        self.root.join("imports")
    }

    /// The customer of each visitor, one file for each state of the table.
    pub(crate) fn identities(&self) -> PathBuf {
        self.root.join("identities")
    }
}

/// Names of the numbers that are stored with the tables.
pub(crate) mod number {
    use wayside_model::SiteId;

    /// The position in the log up to which records are in the table.
    pub(crate) const POSITION: &str = "wayside.position";
    /// The number of the identities file.
    pub(crate) const IDENTITIES: &str = "wayside.identities";

    /// Good events taken from the log for a site, copies included.
    pub(crate) fn good(site: &SiteId) -> String {
        format!("wayside.good/{site}")
    }

    /// Dropped copies of a site's good events.
    pub(crate) fn copies(site: &SiteId) -> String {
        format!("wayside.copies/{site}")
    }

    /// Rows of files that were moved aside because they could not be read.
    pub(crate) fn aside(site: &SiteId) -> String {
        format!("wayside.aside/{site}")
    }

    /// Events that are gone: their import was undone, a later import took their place, their customer was erased, or they were too old.
    pub(crate) fn withdrawn(site: &SiteId) -> String {
        format!("wayside.withdrawn/{site}")
    }

    /// When the import of this number was received, since the commit of its undo. A number alone could come again: a folder whose register was
    /// lost counts from 1.
    pub(crate) fn undone(import: u32) -> String {
        format!("wayside.undone/{import}")
    }

    /// Dead letters taken from the log for a site, copies included.
    pub(crate) fn dead(site: &SiteId) -> String {
        format!("wayside.dead/{site}")
    }
}
