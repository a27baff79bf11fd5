//! Removing what no one needs.

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::delta::TableFile;
use crate::durable;
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

/// Removes data files and temporary files below `root` that are none of `files` and older than `keep`.
///
/// A compaction's files are referred to within seconds or, after a crash, never. Files that were removed from the table
/// stay for those who read an earlier version; their age counts from [then](keep_from_now_on).
pub(crate) fn remove_unreferenced(root: &Path, files: &[TableFile], keep: Duration) -> Result<()> {
    let referred: HashSet<_> = files.iter().map(|file| root.join(&file.path)).collect();
    for path in unreferenced(root, &referred)? {
        let modified = path.metadata().and_then(|meta| meta.modified());
        let age = modified.ok().and_then(|modified| modified.elapsed().ok());
        if age.is_some_and(|age| age >= keep) {
            fs::remove_file(&path).map_err(|err| Error::io("remove", &path, err))?;
        }
    }
    Ok(())
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

/// Data files and temporary files below `root` that are not `referred` to.
pub(crate) fn unreferenced(root: &Path, referred: &HashSet<std::path::PathBuf>) -> Result<Vec<std::path::PathBuf>> {
    let mut found = Vec::new();
    let mut dirs = vec![root.to_path_buf()];
    while let Some(dir) = dirs.pop() {
        let list = |err| Error::io("list", &dir, err);
        for entry in fs::read_dir(&dir).map_err(list)? {
            let entry = entry.map_err(list)?;
            let path = entry.path();
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if entry.file_type().map_err(list)?.is_dir() {
                dirs.push(path);
            } else if durable::is_temporary(&name) || (is_data(&dir, root, &name) && !referred.contains(&path)) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether it is a data file, and not one of the Delta log's own.
fn is_data(dir: &Path, root: &Path, name: &str) -> bool {
    name.ends_with(".parquet") && !dir.starts_with(root.join("_delta_log"))
}
