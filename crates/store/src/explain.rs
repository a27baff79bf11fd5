//! Comparison of the files in a table's folder with its Delta log.
//!
//! A file that the Delta log does not account for was most likely added by a lost commit and may be the only copy of
//! its rows.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::delta::{Table, TableFile};
use crate::durable;
use crate::error::{Error, Result};
use crate::log::{Position, segment};
use crate::writing::Unfinished;

/// The files that the Delta log of a table contains.
#[derive(Debug)]
pub(crate) struct LoggedFiles {
    pub(crate) root: PathBuf,
    /// The files of the latest version.
    pub(crate) files: Vec<TableFile>,
    /// The paths of files of earlier versions.
    removed: HashSet<String>,
}

/// The files of a table's folder, classified by the Delta log.
#[derive(Debug, Default)]
pub(crate) struct Explained {
    /// Files of the latest version that are missing.
    pub(crate) missing: Vec<PathBuf>,
    /// Files of earlier versions and files left by a crash, which may be removed.
    pub(crate) removable: Vec<PathBuf>,
    /// Files that nothing accounts for.
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

    /// The files of earlier versions.
    pub(crate) fn removed(&self) -> impl Iterator<Item = PathBuf> {
        self.removed.iter().map(|path| self.root.join(path))
    }

    /// Classifies the files `found` in the folder. If the folder may be written concurrently, the files have to be
    /// listed before the notes of `unfinished` compactions are read, and these before the table; then every file of a
    /// concurrent compaction is accounted for.
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
    /// A message that a commit may be lost, if there are files that nothing accounts for.
    pub(crate) fn lost(&self) -> Option<String> {
        let path = self.unexplained.first()?;
        let count = self.unexplained.len();
        Some(format!(
            "its Delta log does not account for {count} of its files, such as {}; a commit may be lost",
            path.display()
        ))
    }

    /// The reason why nothing may be removed, if files are missing or not accounted for.
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

/// A message if the segment of a table's position is missing although later ones exist. `segments` are those of the
/// log, listed before the position was read.
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

/// Data files and temporary files below the folder of a table, without those of the Delta log; empty if the folder is
/// missing.
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
