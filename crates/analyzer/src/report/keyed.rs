//! A map whose keys are more than text, saved as a list of pairs because JSON has only text for keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Values by key, in order of the keys.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Keyed<K: Ord, V>(BTreeMap<K, V>);

impl<K: Ord, V> Default for Keyed<K, V> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord, V: Default> Keyed<K, V> {
    /// The value of a key, made when it is new.
    pub(super) fn at(&mut self, key: K) -> &mut V {
        self.0.entry(key).or_default()
    }

    /// Merges the values of another map.
    pub(super) fn merge(&mut self, from: Self, merge: impl Fn(&mut V, V)) {
        for (key, value) in from.0 {
            merge(self.at(key), value);
        }
    }
}

impl<K: Ord, V> Keyed<K, V> {
    /// The number of keys.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Drops all keys before this one.
    pub(super) fn keep_from(&mut self, first: &K) {
        self.0.retain(|key, _| key >= first);
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.0.get(key)
    }

    /// Drops all but the first keys: in whatever order they came, the same ones are kept.
    pub(super) fn keep_first(&mut self, keys: usize) {
        while self.0.len() > keys {
            self.0.pop_last();
        }
    }

    /// The keys with their values.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.0.iter()
    }
}

impl<K: Ord, V> IntoIterator for Keyed<K, V> {
    type Item = (K, V);
    type IntoIter = std::collections::btree_map::IntoIter<K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<K: Ord + Serialize, V: Serialize> Serialize for Keyed<K, V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(&self.0)
    }
}

impl<'de, K: Ord + Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Keyed<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect()))
    }
}
