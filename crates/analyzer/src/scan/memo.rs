//! Results of the model that depend on texts alone, computed once for each text of a dictionary instead of for each row.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use wayside_model::Channel;
use wayside_model::detect::PathWords;

/// The words in the paths of a dictionary's addresses.
#[derive(Debug)]
pub(super) struct WordMemo {
    /// The number of the dictionary; no two dictionaries of a process have the same.
    dictionary: u64,
    words: Vec<AtomicU8>,
}

/// The place of a text in a dictionary. Texts with equal places are equal; equal texts have different places if their
/// dictionaries differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TextPlace {
    pub(crate) dictionary: u64,
    pub(crate) key: usize,
}

/// The value of an address whose words are unknown: no set of words has all bits.
const UNKNOWN: u8 = u8::MAX;

impl WordMemo {
    /// A memo for a dictionary of this length.
    pub(super) fn new(length: usize) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            dictionary: NEXT.fetch_add(1, Relaxed),
            words: std::iter::repeat_with(|| AtomicU8::new(UNKNOWN)).take(length).collect(),
        }
    }

    /// The place of an address by its number in the dictionary.
    pub(super) fn place(&self, key: usize) -> TextPlace {
        TextPlace {
            dictionary: self.dictionary,
            key,
        }
    }

    /// The words of an address by its number in the dictionary.
    pub(super) fn words(&self, key: usize, address: &str) -> PathWords {
        match self.words[key].load(Relaxed) {
            UNKNOWN => {
                let words = PathWords::of(address);
                self.words[key].store(words.bits(), Relaxed);
                words
            }
            bits => PathWords::from_bits(bits),
        }
    }
}

/// The channels of arrivals by the numbers of their texts in their dictionaries.
#[derive(Debug, Default)]
pub(super) struct ChannelMemo(Mutex<HashMap<Arrival, Channel>>);

/// The numbers of an arrival's texts, in the order of the model's fields; `None` for absent ones.
pub(super) type Arrival = [Option<usize>; 5];

impl ChannelMemo {
    /// The channel of an arrival, which `compute` gives if it is new.
    pub(super) fn channel(&self, arrival: Arrival, compute: impl FnOnce() -> Channel) -> Channel {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(arrival).or_insert_with(compute)
    }
}
