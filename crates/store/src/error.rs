//! The error type of this crate.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The result type of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error of this crate: an operation on a data folder failed. The message contains the place and what to do; the
/// predicates distinguish kinds.
///
/// Clones are cheap, because one failed disk write fails every append that waited for it.
#[derive(Clone, Debug)]
pub struct Error(Arc<ErrorKind>);

/// The reasons, for messages and predicates.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum ErrorKind {
    /// The operating system refused something.
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    /// There is no data folder.
    Missing { path: PathBuf },
    /// The folder or its disk may not be written.
    ReadOnly { path: PathBuf, source: io::Error },
    /// Another process writes the folder.
    Locked { path: PathBuf },
    /// A later version of Wayside wrote the folder.
    NewerFormat { path: PathBuf, found: String, known: u32 },
    /// The disk has too little free space.
    DiskFull { path: PathBuf, detail: String },
    /// The disk has too little free space for an import to go on beside the pages.
    ImportReserve { path: PathBuf, free: u64, needed: u64 },
    /// An earlier failure left the log in an unknown state; nothing more is appended.
    Poisoned { path: PathBuf, reason: String },
    /// Stored bytes are damaged.
    Damaged { path: PathBuf, detail: String },
    /// An operation on the Delta table failed.
    Delta {
        doing: &'static str,
        path: PathBuf,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The table has an older format with fewer columns.
    OlderFormat {
        /// The path of the table.
        path: PathBuf,
        /// The format version of the table.
        found: u32,
        /// The format version that this Wayside writes.
        known: u32,
    },
    /// A data file cannot be read or written.
    DataFile {
        path: PathBuf,
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The caller passed something that cannot be stored.
    Invalid { detail: String },
    /// Another process does work that only one may do at a time.
    Busy { detail: String },
    /// A background thread has ended.
    Stopped,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind) -> Self {
        Self(Arc::new(kind))
    }

    /// An I/O error with its place. The kinds that a person can act on have their own messages.
    pub(crate) fn io(doing: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        Self::new(match source.kind() {
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => ErrorKind::ReadOnly { path, source },
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                ErrorKind::DiskFull {
                    path,
                    detail: source.to_string(),
                }
            }
            _ => ErrorKind::Io { doing, path, source },
        })
    }

    pub(crate) fn damaged(path: &Path, detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::Damaged {
            path: path.to_path_buf(),
            detail: detail.into(),
        })
    }

    pub(crate) fn data_file(path: &Path, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(ErrorKind::DataFile {
            path: path.to_path_buf(),
            source: source.into(),
        })
    }

    pub(crate) fn kind(&self) -> &ErrorKind {
        &self.0
    }

    /// Whether the disk has too little space. The same append may succeed later.
    pub fn is_disk_full(&self) -> bool {
        matches!(*self.0, ErrorKind::DiskFull { .. } | ErrorKind::ImportReserve { .. })
    }

    /// Whether another process holds the folder.
    pub fn is_locked(&self) -> bool {
        matches!(*self.0, ErrorKind::Locked { .. })
    }

    /// Whether somebody else does what only one can do at a time; the same may succeed later.
    pub fn is_busy(&self) -> bool {
        matches!(*self.0, ErrorKind::Busy { .. })
    }

    /// Whether the caller asked for something that cannot be; the message says what to ask for.
    pub fn is_invalid(&self) -> bool {
        matches!(*self.0, ErrorKind::Invalid { .. })
    }

    /// Whether the folder or its disk may not be written.
    pub fn is_read_only(&self) -> bool {
        matches!(*self.0, ErrorKind::ReadOnly { .. })
    }

    /// Whether there is no data folder at that place.
    pub fn is_missing(&self) -> bool {
        matches!(*self.0, ErrorKind::Missing { .. })
    }

    /// Whether a later version of Wayside wrote the folder.
    pub fn is_newer_format(&self) -> bool {
        matches!(*self.0, ErrorKind::NewerFormat { .. })
    }

    /// Whether another version of Wayside wrote the folder, whose files this one does not read.
    pub(crate) fn is_another_format(&self) -> bool {
        matches!(*self.0, ErrorKind::NewerFormat { .. } | ErrorKind::OlderFormat { .. })
    }

    /// Whether the log refuses further appends until the process is restarted.
    pub fn is_poisoned(&self) -> bool {
        matches!(*self.0, ErrorKind::Poisoned { .. } | ErrorKind::Stopped)
    }

    /// Whether stored bytes are damaged.
    pub fn is_damaged(&self) -> bool {
        matches!(*self.0, ErrorKind::Damaged { .. })
    }

    /// Whether a file was not there, as when a compaction has just replaced it.
    pub(crate) fn is_not_found(&self) -> bool {
        match self.kind() {
            ErrorKind::Io { source, .. } => source.kind() == io::ErrorKind::NotFound,
            _ => false,
        }
    }

    /// The message with the messages of its causes.
    pub(crate) fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(next) = cause {
            text.push_str(&format!(": {next}"));
            cause = next.source();
        }
        text
    }

    /// The reason without place and advice, for lists that contain these themselves.
    pub(crate) fn reason(&self) -> String {
        match self.kind() {
            ErrorKind::Damaged { detail, .. } => detail.clone(),
            ErrorKind::Delta { source, .. } => format!("its Delta log cannot be used: {source}"),
            ErrorKind::DataFile { source, .. } => format!("it cannot be read: {source}"),
            ErrorKind::Io { source, .. } => format!("it cannot be read: {source}"),
            _ => self.in_full(),
        }
    }

    /// If the error is a missing file, turns it into damage of the table that needs the file.
    pub(crate) fn of_missing_file(self, table: &Path) -> Self {
        if self.is_not_found() {
            Self::damaged(table, format!("a file that it needs is missing: {self}"))
        } else {
            self
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            ErrorKind::Io { doing, path, .. } => write!(f, "cannot {doing} {}", path.display()),
            ErrorKind::Missing { path } => write!(
                f,
                "there is no data folder at {}; check --data, or start `wayside serve` once to make it",
                path.display()
            ),
            ErrorKind::ReadOnly { path, .. } => write!(
                f,
                "{} cannot be written; give this user write permission, or mount the disk for writing",
                path.display()
            ),
            ErrorKind::Locked { path } => write!(
                f,
                "{} is held by another wayside process; stop it, or use another data folder",
                path.display()
            ),
            ErrorKind::NewerFormat { path, found, known } => write!(
                f,
                "{} has format version {found}, this wayside knows up to {known}; use the newer wayside that wrote it",
                path.display()
            ),
            ErrorKind::OlderFormat { path, found, known } => write!(
                f,
                "{} has format version {found} and lacks columns of version {known}, which this wayside writes; begin a new data \
                 folder and import into it, and read this one with the wayside that wrote it",
                path.display()
            ),
            ErrorKind::DiskFull { path, detail } => write!(
                f,
                "no space to write {} ({detail}); free some space, and appends continue automatically",
                path.display()
            ),
            ErrorKind::ImportReserve { path, free, needed } => write!(
                f,
                "the disk of {} has {free} bytes free, and an import needs {needed}, so that pages are never refused because of it; free \
                 some space and import the file again",
                path.display()
            ),
            ErrorKind::Poisoned { path, reason } => write!(
                f,
                "the log {} takes no more events since {reason}; check the disk and restart wayside, which keeps all it \
                 has acknowledged",
                path.display()
            ),
            ErrorKind::Damaged { path, detail } => write!(
                f,
                "{} is damaged: {detail}; `wayside check` lists all damage, `wayside repair` repairs it as far as possible",
                path.display()
            ),
            ErrorKind::Delta { doing, path, .. } => write!(
                f,
                "cannot {doing} the Delta table {}; `wayside check` gives details, `wayside repair` rebuilds a damaged table",
                path.display()
            ),
            ErrorKind::DataFile { path, .. } => {
                write!(f, "cannot use the data file {}; run `wayside check`", path.display())
            }
            ErrorKind::Invalid { detail } | ErrorKind::Busy { detail } => f.write_str(detail),
            ErrorKind::Stopped => f.write_str("the log's writer has stopped; restart wayside"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self.kind() {
            ErrorKind::Io { source, .. } | ErrorKind::ReadOnly { source, .. } => Some(source),
            ErrorKind::Delta { source, .. } | ErrorKind::DataFile { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}
