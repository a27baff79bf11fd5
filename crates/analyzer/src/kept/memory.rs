//! The kept states in memory.

use std::collections::BTreeSet;
use std::sync::Arc;

use hashlink::LinkedHashMap;

use super::{BucketState, Key};

/// Memory limit of the states in bytes. See [`folder::MAX_BYTES`](super::folder::MAX_BYTES) for their size: this is room for
/// the sections of a large shop over two or three ranges, while the whole server stays below 512 MiB.
pub(super) const MAX_BYTES: usize = 64 << 20;

/// Memory of a state in addition to its serialized form.
pub(super) const BESIDE_BYTES: usize = 256;

/// States by their place, the least recently used one first.
#[derive(Debug)]
pub(super) struct Memory {
    states: LinkedHashMap<[u8; 16], (Key, Arc<BucketState>)>,
    bytes: usize,
    max_bytes: usize,
}

impl Memory {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            states: LinkedHashMap::new(),
            bytes: 0,
            max_bytes,
        }
    }

    /// Finds a state of exactly this version.
    pub(super) fn get(&mut self, key: &Key) -> Option<Arc<BucketState>> {
        let (of, state) = self.states.get(&key.place)?;
        if of != key {
            return None;
        }
        let state = Arc::clone(state);
        self.states.to_back(&key.place);
        Some(state)
    }

    /// Adds a state in the place of one of another version, unless it is larger than the whole memory may be.
    pub(super) fn put(&mut self, key: Key, state: Arc<BucketState>) {
        if let Some((_, before)) = self.states.remove(&key.place) {
            self.bytes -= bytes(&before);
        }
        if bytes(&state) > self.max_bytes {
            return;
        }
        self.bytes += bytes(&state);
        self.states.insert(key.place, (key, state));
        while self.bytes > self.max_bytes
            && let Some((_, (_, oldest))) = self.states.pop_front()
        {
            self.bytes -= bytes(&oldest);
        }
    }

    /// Forgets all states.
    pub(super) fn clear(&mut self) {
        self.states.clear();
        self.bytes = 0;
    }

    /// The names of the files of these states.
    pub(super) fn files(&self) -> BTreeSet<String> {
        self.states.values().map(|(key, _)| key.file()).collect()
    }

    /// The number of states and their size in bytes.
    pub(super) fn size(&self) -> (u64, u64) {
        (self.states.len() as u64, self.bytes as u64)
    }
}

fn bytes(state: &BucketState) -> usize {
    state.state.len() + BESIDE_BYTES
}
