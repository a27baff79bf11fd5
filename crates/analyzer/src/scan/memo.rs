//! Results of the model that depend on texts alone, computed once for each text of a dictionary instead of for each row.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

use wayside_model::Channel;
use wayside_model::detect::PathWords;

/// The words in the paths of a dictionary's addresses.
#[derive(Debug)]
pub(super) struct WordMemo(Vec<AtomicU8>);

/// The value of an address whose words are unknown: no set of words has all bits.
const UNKNOWN: u8 = u8::MAX;

impl WordMemo {
    /// A memo for a dictionary of this length.
    pub(super) fn new(length: usize) -> Self {
        Self(std::iter::repeat_with(|| AtomicU8::new(UNKNOWN)).take(length).collect())
    }

    /// The words of an address by its number in the dictionary.
    pub(super) fn words(&self, key: usize, address: &str) -> PathWords {
        match self.0[key].load(Relaxed) {
            UNKNOWN => {
                let words = PathWords::of(address);
                self.0[key].store(words.bits(), Relaxed);
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
