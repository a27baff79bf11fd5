//! Kept states: the state of each report over each bucket is kept under a hash of everything that it rests on, so that
//! a report reads only the buckets that have changed since it was last computed.
//!
//! A state is found only if the same code made it, for the same report with the same parameters, the same scope, and
//! exactly the rows that the bucket has now. So an answer from kept states has the same bytes as one without them.
//!
//! * `key`: the hashes.
//! * `memory`: the states in memory.
//! * `folder`: the states on disk, in a folder that may be deleted at any time.

mod folder;
mod key;
mod memory;
#[cfg(test)]
mod tests;

use std::io;
use std::path::Path;
use std::sync::atomic::{
    AtomicU64,
    Ordering::{Relaxed, SeqCst},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use self::folder::{Folder, Found};
pub(crate) use self::key::{Key, Keys};
use self::memory::Memory;

/// The states that a process keeps; clones share them.
#[derive(Clone, Debug)]
pub struct KeptStates {
    inner: Arc<Inner>,
    /// The number of times that states had been forgotten when this clone was made for a pass.
    generation: u64,
}

#[derive(Debug)]
struct Inner {
    memory: Mutex<Memory>,
    /// `None` if this process may not keep anything on disk.
    folder: Option<Mutex<Folder>>,
    used_from_memory: AtomicU64,
    used_from_disk: AtomicU64,
    made: AtomicU64,
    damaged: AtomicU64,
    failed_writes: AtomicU64,
    /// How often all states have been forgotten.
    forgotten: AtomicU64,
}

/// Numbers of kept states, counted since [`KeptStates::open`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptCounts {
    /// States that were in memory when a report needed them.
    pub used_from_memory: u64,
    /// States that were read from disk when a report needed them.
    pub used_from_disk: u64,
    /// States that were computed from the rows of a bucket.
    pub made: u64,
    /// Files that were damaged or incomplete, and therefore ignored.
    pub damaged: u64,
    /// States that could not be written to disk.
    pub failed_writes: u64,
    /// States in memory now.
    pub in_memory: u64,
    /// The size of the states in memory.
    pub memory_bytes: u64,
    /// The space that the states take on disk, as far as this process knows.
    pub disk_bytes: u64,
}

/// The result of [`KeptStates::clear`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleared {
    /// Number of removed files.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

/// The state of one report over one bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BucketState {
    /// The serialized state.
    pub(crate) state: Vec<u8>,
    /// Counted events.
    pub(crate) events: u64,
    /// Customers with counted events.
    pub(crate) customers: u64,
    /// Events in the range that belong to excluded traffic.
    pub(crate) left_out: u64,
}

impl KeptStates {
    /// Keeps states in memory and in a folder of the data folder `data`.
    ///
    /// Only the owner of the data folder keeps states on disk. Another user, or the owner of a folder that cannot be
    /// written, keeps them in memory.
    pub fn open(data: &Path) -> Self {
        Self::with_limits(data, folder::MAX_BYTES, memory::MAX_BYTES)
    }

    fn with_limits(data: &Path, disk_bytes: u64, memory_bytes: usize) -> Self {
        let inner = Arc::new(Inner {
            memory: Mutex::new(Memory::new(memory_bytes)),
            folder: Folder::of(data, disk_bytes).map(Mutex::new),
            used_from_memory: AtomicU64::new(0),
            used_from_disk: AtomicU64::new(0),
            made: AtomicU64::new(0),
            damaged: AtomicU64::new(0),
            failed_writes: AtomicU64::new(0),
            forgotten: AtomicU64::new(0),
        });
        Self { inner, generation: 0 }
    }

    /// Removes all states on disk of the data folder `data`. A server that runs on it makes them again.
    ///
    /// # Errors
    ///
    /// Fails if the folder of the states cannot be listed or a file in it cannot be removed.
    pub fn clear(data: &Path) -> io::Result<Cleared> {
        folder::clear(data)
    }

    /// The same states for a pass that begins now, before it reads what the data are.
    pub fn for_pass(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            generation: self.inner.forgotten.load(SeqCst),
        }
    }

    /// Removes all states in memory and on disk after data were erased. Passes that have begun before keep no more states: they may have read
    /// what is erased.
    ///
    /// # Errors
    ///
    /// Fails if the folder of the states cannot be listed or a file in it cannot be removed.
    pub fn forget(&self, data: &Path) -> io::Result<Cleared> {
        let inner = &self.inner;
        // Whoever writes holds the folder, so that nothing is written between the two.
        let mut folder = inner.folder();
        inner.forgotten.fetch_add(1, SeqCst);
        inner.memory().clear();
        let cleared = folder::clear(data)?;
        if let Some(folder) = &mut folder {
            folder.note_cleared();
        }
        Ok(cleared)
    }

    /// The numbers of kept states.
    pub fn counts(&self) -> KeptCounts {
        let inner = &self.inner;
        let (in_memory, memory_bytes) = inner.memory().size();
        KeptCounts {
            used_from_memory: inner.used_from_memory.load(Relaxed),
            used_from_disk: inner.used_from_disk.load(Relaxed),
            made: inner.made.load(Relaxed),
            damaged: inner.damaged.load(Relaxed),
            failed_writes: inner.failed_writes.load(Relaxed),
            in_memory,
            memory_bytes,
            disk_bytes: inner.folder().map_or(0, |folder| folder.bytes()),
        }
    }

    /// Finds a state. It may read from disk.
    pub(crate) fn get(&self, key: &Key) -> Option<Arc<BucketState>> {
        let inner = &self.inner;
        if let Some(state) = inner.memory().get(key) {
            inner.used_from_memory.fetch_add(1, Relaxed);
            return Some(state);
        }
        match inner.folder().as_deref()?.read(key) {
            Found::State(state) => {
                let state = Arc::new(state);
                inner.memory().put(*key, Arc::clone(&state));
                inner.used_from_disk.fetch_add(1, Relaxed);
                Some(state)
            }
            Found::Damaged => {
                inner.damaged.fetch_add(1, Relaxed);
                None
            }
            Found::Nothing => None,
        }
    }

    /// Keeps a state that has just been computed, and forgets what was kept of an earlier version. It writes to disk.
    pub(crate) fn put(&self, key: &Key, state: Arc<BucketState>) {
        let inner = &self.inner;
        inner.made.fetch_add(1, Relaxed);
        let mut folder = inner.folder();
        if self.generation != inner.forgotten.load(SeqCst) {
            return;
        }
        let written = folder.as_mut().map(|folder| {
            folder.write(key, &state)?;
            if folder.is_full() {
                folder.remove_oldest(&inner.memory().files())?;
            }
            Ok::<(), io::Error>(())
        });
        if let Some(Err(error)) = written {
            inner.failed_writes.fetch_add(1, Relaxed);
            tracing::debug!("a report's state is kept in memory only: {error}");
        }
        inner.memory().put(*key, state);
    }
}

impl Inner {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn folder(&self) -> Option<MutexGuard<'_, Folder>> {
        let folder = self.folder.as_ref()?;
        Some(folder.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
