//! Copies of bytes that a recovery cut off the log or could not read. They stay until a person removes them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The reason for a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Some bytes of a segment are damaged; the copy contains the whole segment.
    Damaged,
    /// A write was interrupted; the copy contains its bytes, which were cut off the segment.
    Torn,
}

impl Reason {
    const ALL: [Self; 2] = [Self::Damaged, Self::Torn];

    fn suffix(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Torn => "torn",
        }
    }
}

/// A copy.
pub(crate) struct Aside {
    pub(crate) path: PathBuf,
    /// The number of the copied segment.
    pub(crate) number: u32,
    pub(crate) reason: Reason,
}

/// The copies in the log's folder, sorted by name.
pub(crate) fn list(log: &Path) -> Result<Vec<Aside>> {
    let entries = match fs::read_dir(log) {
        Ok(entries) => entries,
        Err(err) if err.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(Error::io("list", log, err)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|err| Error::io("list", log, err))?;
        if let Some((number, reason)) = entry.file_name().to_str().and_then(parse) {
            let path = entry.path();
            found.push(Aside { path, number, reason });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// A path for a new copy.
pub(crate) fn free_path(log: &Path, number: u32, reason: Reason) -> Result<PathBuf> {
    let name = format!("{number:08}.seg.{}", reason.suffix());
    let taken = list(log)?;
    let is_free = |path: &PathBuf| taken.iter().all(|aside| aside.path != *path);
    let numbered = (2_u32..).map(|count| log.join(format!("{name}-{count}")));
    let mut paths = std::iter::once(log.join(&name)).chain(numbered);
    // One of infinitely many paths is free.
    Ok(paths.find(is_free).unwrap_or_else(|| log.join(&name)))
}

fn parse(name: &str) -> Option<(u32, Reason)> {
    let (number, rest) = name.split_once(".seg.")?;
    let reason = Reason::ALL.into_iter().find(|reason| {
        let count = rest.strip_prefix(reason.suffix());
        count.is_some_and(|count| count.is_empty() || count.starts_with('-'))
    })?;
    Some((number.parse().ok()?, reason))
}
