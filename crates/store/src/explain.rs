//! Which files of a table's folder its Delta log explains, and which it does not.
//!
//! What the log does not explain was most likely added by a commit that is lost, and may be the only copy of its rows.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::delta::{Table, TableFile};
use crate::durable;
use crate::error::{Error, Result};
use crate::log::{Position, segment};
use crate::writing::Unfinished;

/// What the Delta log of a table says of its files.
#[derive(Debug)]
pub(crate) struct LoggedFiles {
    pub(crate) root: PathBuf,
    /// The files of the latest version.
    pub(crate) files: Vec<TableFile>,
    /// Paths of files that earlier versions had.
    removed: HashSet<String>,
}

/// What stands in the table's folder, held against that.
#[derive(Debug, Default)]
pub(crate) struct Explained {
    /// Files of the latest version that are not there.
    pub(crate) missing: Vec<PathBuf>,
    /// Files that earlier versions had, and those that a crash left: they may be removed.
    pub(crate) removable: Vec<PathBuf>,
    /// Files that nothing explains.
    pub(crate) unexplained: Vec<PathBuf>,
}

impl LoggedFiles {
    pub(crate) async fn of(table: &Table) -> Result<Self> {
        Ok(Self {
            root: table.root().to_path_buf(),
            files: table.files()?,
            removed: table.removed().await?,
        })
    }

    /// The files that earlier versions had.
    pub(crate) fn removed(&self) -> impl Iterator<Item = PathBuf> {
        self.removed.iter().map(|path| self.root.join(path))
    }

    /// Explains the files `found` in the folder. Where the folder may be written meanwhile, they have to be listed before
    /// the notes of `unfinished` compactions, and those read before the table: then each of them is explained.
    pub(crate) fn explain(&self, found: &[PathBuf], unfinished: &Unfinished) -> Explained {
        let mut explained = Explained::default();
        let referred: HashSet<PathBuf> = self.files.iter().map(|file| self.root.join(&file.path)).collect();
        let removed: HashSet<PathBuf> = self.removed().collect();
        for path in found.iter().filter(|path| !referred.contains(*path) && path.exists()) {
            if is_temporary(path) || removed.contains(path) || unfinished.wrote(path) {
                explained.removable.push(path.clone());
            } else {
                explained.unexplained.push(path.clone());
            }
        }
        explained
            .missing
            .extend(referred.into_iter().filter(|path| !path.exists()));
        explained.missing.sort();
        explained
    }
}

impl Explained {
    /// Why a commit may be lost, if there are files that nothing explains.
    pub(crate) fn lost(&self) -> Option<String> {
        let path = self.unexplained.first()?;
        let count = self.unexplained.len();
        Some(format!(
            "its Delta log does not explain {count} of its files, such as {}; a commit may be lost",
            path.display()
        ))
    }

    /// Why nothing may be removed, if the log does not explain the folder.
    pub(crate) fn doubt(&self) -> Option<String> {
        if let Some(lost) = self.lost() {
            Some(lost)
        } else {
            let path = self.missing.first()?;
            let count = self.missing.len();
            Some(format!(
                "it refers to {count} files that are missing, such as {}",
                path.display()
            ))
        }
    }
}

/// What is wrong with a table whose position is in a segment that is missing although later ones are there; `segments`
/// are those of the log, listed before the position was read.
pub(crate) fn lost_segment(log: &Path, segments: &[u32], position: Position) -> Option<String> {
    let is_behind = segments.last().is_some_and(|last| *last > position.segment);
    (is_behind && !segments.contains(&position.segment)).then(|| {
        format!(
            "it has taken in the log up to {}, which is gone although later segments are there: its Delta log has lost \
             commits, or the log that segment",
            segment::path(log, position.segment).display()
        )
    })
}

/// Whether there are data files below the folder of a table.
pub(crate) fn has_data(root: &Path) -> Result<bool> {
    Ok(data_files(root)?.next().is_some())
}

/// The data files below the folder of a table, in order.
pub(crate) fn data_files(root: &Path) -> Result<impl Iterator<Item = PathBuf> + use<>> {
    Ok(files_below(root)?.into_iter().filter(|path| !is_temporary(path)))
}

/// Data files and temporary files below the folder of a table, without the Delta log's own; none where it is missing.
pub(crate) fn files_below(root: &Path) -> Result<Vec<PathBuf>> {
    let log = root.join("_delta_log");
    let mut found = Vec::new();
    let mut dirs = vec![root.to_path_buf()];
    while let Some(dir) = dirs.pop() {
        let list = |err| Error::io("list", &dir, err);
        let entries = match fs::read_dir(&dir) {
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries.map_err(list)?,
        };
        for entry in entries {
            let entry = entry.map_err(list)?;
            let path = entry.path();
            if entry.file_type().map_err(list)?.is_dir() {
                dirs.push(path);
            } else if is_temporary(&path) || (path.extension().is_some_and(|e| e == "parquet") && dir != log) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn is_temporary(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| durable::is_temporary(&name.to_string_lossy()))
}
