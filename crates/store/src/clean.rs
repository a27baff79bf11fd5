//! Removal of files and segments that are no longer needed.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::clock;
use crate::delta::TableFile;
use crate::error::{Error, Result};
use crate::log::segment;

/// Removes the closed segments before `number`.
pub(crate) fn remove_segments_before(log: &Path, number: u32) -> Result<()> {
    for old in segment::list(log)?.into_iter().filter(|old| *old < number) {
        let path = segment::path(log, old);
        fs::remove_file(&path).map_err(|err| Error::io("remove", &path, err))?;
    }
    Ok(())
}

/// Removes the files that are older than `keep`, and returns the others.
///
/// The files of a compaction are referenced within seconds or, after a crash, never. Files that were removed from the
/// table stay for readers of an earlier version; their age counts from [their removal](keep_from_now_on).
pub(crate) fn remove_old(files: Vec<PathBuf>, keep: Duration) -> Result<Vec<PathBuf>> {
    let mut kept = Vec::new();
    for path in files {
        let modified = path.metadata().and_then(|meta| meta.modified());
        let age = modified.ok().and_then(|modified| modified.elapsed().ok());
        if age.is_some_and(|age| age >= keep) {
            fs::remove_file(&path).map_err(|err| Error::io("remove", &path, err))?;
        } else {
            kept.push(path);
        }
    }
    Ok(kept)
}

/// Sets the modification time of files that are about to be removed from the table to now, because readers of the
/// version before may need them from now on, however old the files are. It runs before the commit, so that a crash
/// after the commit makes no difference.
pub(crate) fn keep_from_now_on(root: &Path, files: &[TableFile]) {
    let now = clock::now();
    for file in files {
        let path = root.join(&file.path);
        // If it fails, a reader may have to retry; that is no reason to fail the compaction.
        if let Err(err) = File::open(&path).and_then(|file| file.set_modified(now)) {
            tracing::warn!(file = %path.display(), %err, "cannot set the time of a file that leaves the table; it may be removed early");
        }
    }
}
