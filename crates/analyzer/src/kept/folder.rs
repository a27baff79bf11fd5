//! The kept states on disk: one file for each place, with a checksum.

use std::collections::BTreeSet;
use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rustix::fs::{Timespec, Timestamps, UTIME_NOW, futimens};
use rustix::process::geteuid;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::{BucketState, Cleared, Key};

/// Limit of the folder's size in bytes. The states of all sections of the dashboard over one range take about 1 MB in a
/// small shop and 20 MB in one with ten million events, so this is room for dozens of ranges; the table of such a shop
/// itself takes several hundred MB.
pub(super) const MAX_BYTES: u64 = 256 << 20;

/// The name of the folder below the data folder.
const NAME: &str = "answers";

/// The first bytes of a file, with the version of its format.
const MAGIC: &[u8; 8] = b"WAYKEPT1";

/// The bytes before the state: magic, checksum of everything after it, version, and three numbers.
const HEAD_BYTES: usize = 8 + 32 + 32 + 3 * 8;

/// The space that a file takes is a multiple of this on the usual file systems.
const BLOCK_BYTES: u64 = 4_096;

/// The folder of kept states. Another process may use the same one: files appear whole, and the last one written stays.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    max_bytes: u64,
    /// The space that the files take. Another process may change it; every removal counts it anew.
    bytes: u64,
}

/// The result of reading a file.
pub(super) enum Found {
    State(BucketState),
    /// There is no file, or its state is of another version.
    Nothing,
    /// The file is damaged or incomplete.
    Damaged,
}

impl Folder {
    /// The folder below `data`; `None` if `data` belongs to another user. Files of two users would be unreadable to each
    /// other, and the customers' data in them must not be readable to everybody.
    pub(super) fn of(data: &Path, max_bytes: u64) -> Option<Self> {
        let owner = fs::metadata(data).ok()?.uid();
        let path = data.join(NAME);
        let files = list(&path).unwrap_or_default();
        (owner == geteuid().as_raw()).then(|| Self {
            path,
            max_bytes,
            bytes: files.iter().map(|file| file.bytes).sum(),
        })
    }

    /// The space that the files take.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes note that all files have been removed.
    pub(super) fn note_cleared(&mut self) {
        self.bytes = 0;
    }

    /// Whether [`Folder::remove_oldest`] has to be called.
    pub(super) fn is_full(&self) -> bool {
        self.bytes > self.max_bytes
    }

    /// Reads the state of a key and marks its file as used.
    pub(super) fn read(&self, key: &Key) -> Found {
        let path = self.path.join(key.file());
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::Nothing,
            Err(_) => return Found::Damaged,
        };
        let Some((version, state)) = parse(&bytes) else {
            return Found::Damaged;
        };
        if version != key.version {
            return Found::Nothing;
        }
        // Without the mark it is only removed earlier than others.
        let _ = File::open(&path).map(|file| mark_used(&file));
        Found::State(state)
    }

    /// Writes the state of a key in the place of an earlier version.
    pub(super) fn write(&mut self, key: &Key, state: &BucketState) -> io::Result<()> {
        let path = self.path.join(key.file());
        DirBuilder::new().recursive(true).mode(0o700).create(&self.path)?;
        let before = fs::metadata(&path).map_or(0, |metadata| space(&metadata));
        // Readable for the owner only.
        let mut file = NamedTempFile::new_in(&self.path)?;
        file.write_all(&format(key, state))?;
        // Not synced: after a power cut, the checksum shows that a file is incomplete, and the state is made again.
        let file = file.persist(&path).map_err(|error| error.error)?;
        self.bytes = (self.bytes + space(&file.metadata()?)).saturating_sub(before);
        Ok(())
    }

    /// Removes the files that have not been used for the longest time until a quarter of the limit is free, so that this
    /// is seldom necessary. Files in `used` have been used in memory and are removed last.
    pub(super) fn remove_oldest(&mut self, used: &BTreeSet<String>) -> io::Result<()> {
        let mut files = list(&self.path)?;
        files.sort_by_cached_key(|file| (used.contains(&file.name), file.used_at, file.name.clone()));
        let mut bytes: u64 = files.iter().map(|file| file.bytes).sum();
        for file in files {
            if bytes <= self.max_bytes / 4 * 3 {
                break;
            }
            remove(&self.path.join(&file.name))?;
            bytes -= file.bytes;
        }
        self.bytes = bytes;
        Ok(())
    }
}

/// Removes all files of the folder below `data`.
pub(super) fn clear(data: &Path) -> io::Result<Cleared> {
    let folder = data.join(NAME);
    let mut cleared = Cleared::default();
    for file in list(&folder)? {
        remove(&folder.join(&file.name))?;
        cleared.files += 1;
        cleared.bytes += file.bytes;
    }
    Ok(cleared)
}

/// A file of the folder, also one that a crash has left under its temporary name.
struct Listed {
    name: String,
    bytes: u64,
    used_at: SystemTime,
}

fn list(folder: &Path) -> io::Result<Vec<Listed>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut files = Vec::new();
    for entry in entries {
        let entry = entry?;
        // Another process may have removed it since.
        if let Ok(metadata) = entry.metadata()
            && metadata.is_file()
        {
            files.push(Listed {
                name: entry.file_name().to_string_lossy().into_owned(),
                bytes: space(&metadata),
                used_at: metadata.modified()?,
            });
        }
    }
    Ok(files)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn space(metadata: &Metadata) -> u64 {
    metadata.len().next_multiple_of(BLOCK_BYTES)
}

/// Sets the file's time to now.
fn mark_used(file: &File) -> io::Result<()> {
    let now = Timespec {
        tv_sec: 0,
        tv_nsec: UTIME_NOW,
    };
    let times = Timestamps {
        last_access: now,
        last_modification: now,
    };
    Ok(futimens(file, &times)?)
}

fn format(key: &Key, state: &BucketState) -> Vec<u8> {
    let mut bytes = vec![0; HEAD_BYTES - 32 - 3 * 8];
    bytes.extend(key.version);
    for number in [state.events, state.customers, state.left_out] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(&state.state);
    let checksum = checksum(&bytes);
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..40].copy_from_slice(&checksum);
    bytes
}

/// The version and the state in a file; `None` if it is damaged.
fn parse(bytes: &[u8]) -> Option<([u8; 32], BucketState)> {
    let (magic, rest) = bytes.split_first_chunk::<8>()?;
    let (sum, rest) = rest.split_first_chunk::<32>()?;
    if magic != MAGIC || *sum != checksum(bytes) {
        return None;
    }
    let (version, rest) = rest.split_first_chunk::<32>()?;
    let (events, rest) = rest.split_first_chunk::<8>()?;
    let (customers, rest) = rest.split_first_chunk::<8>()?;
    let (left_out, state) = rest.split_first_chunk::<8>()?;
    let state = BucketState {
        state: state.to_vec(),
        events: u64::from_le_bytes(*events),
        customers: u64::from_le_bytes(*customers),
        left_out: u64::from_le_bytes(*left_out),
    };
    Some((*version, state))
}

/// The checksum of everything behind itself.
fn checksum(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(&bytes[8 + 32..]).into()
}
