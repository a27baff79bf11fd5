//! Removing what no one needs.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

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

/// Removes those of `files` that are older than `keep`, and returns the others.
///
/// A compaction's files are referred to within seconds or, after a crash, never. Files that were removed from the table
/// stay for those who read an earlier version; their age counts from [then](keep_from_now_on).
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

/// Makes files that the table is about to let go as young as those just written: readers of the version before need them
/// from now on, however long ago they were written. Done before the commit, so that a crash behind it changes nothing.
pub(crate) fn keep_from_now_on(root: &Path, files: &[TableFile]) {
    let now = SystemTime::now();
    for file in files {
        let path = root.join(&file.path);
        // Without it a reader may have to look again; that is no reason to keep events out of the table.
        if let Err(err) = File::open(&path).and_then(|file| file.set_modified(now)) {
            tracing::warn!(file = %path.display(), %err, "a file that is no longer needed may be removed early");
        }
    }
}
