//! A map of names that a site chooses, of which there may be any number: a state of it stays small.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Values that are added up.
pub(super) trait Sum {
    /// Adds another value.
    fn add(&mut self, more: Self);
}

/// Values by name for at most `MAX` names: the first in alphabetical order. The values of all others are added up, so that any
/// split of the journeys and any order of merging give the same: a name that is among the first of all is among the first of any
/// part, and is dropped nowhere.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Capped<V, const MAX: usize> {
    names: BTreeMap<String, V>,
    rest: Option<V>,
}

/// The name of all others in a table.
pub(super) const OTHER_NAME: &str = "(other)";

impl<V, const MAX: usize> Default for Capped<V, MAX> {
    fn default() -> Self {
        Self {
            names: BTreeMap::new(),
            rest: None,
        }
    }
}

impl<V: Sum + Default, const MAX: usize> Capped<V, MAX> {
    /// The value of a name, or that of all others.
    pub(super) fn at(&mut self, name: &str) -> &mut V {
        if self.names.len() >= MAX && !self.names.contains_key(name) {
            let last = self.names.last_key_value().map_or("", |(last, _)| last);
            if name > last {
                return self.rest.get_or_insert_default();
            }
            if let Some((_, dropped)) = self.names.pop_last() {
                self.rest.get_or_insert_default().add(dropped);
            }
        }
        self.names.entry(name.to_owned()).or_default()
    }

    /// Adds the values of other journeys.
    pub(super) fn merge(&mut self, from: Self) {
        for (name, value) in from.names {
            self.at(&name).add(value);
        }
        if let Some(rest) = from.rest {
            self.rest.get_or_insert_default().add(rest);
        }
    }
}

impl<V, const MAX: usize> Capped<V, MAX> {
    /// Changes each value, also that of all others.
    pub(super) fn for_each(&mut self, change: impl FnMut(&mut V)) {
        self.names.values_mut().chain(&mut self.rest).for_each(change);
    }

    /// The names with their values in alphabetical order, and the sum of all others if there are any.
    pub(super) fn into_parts(self) -> (BTreeMap<String, V>, Option<V>) {
        (self.names, self.rest)
    }
}

impl Sum for u64 {
    fn add(&mut self, more: Self) {
        *self += more;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_same_names_are_kept_however_they_are_split(
            names in prop::collection::vec("[a-e][a-c]", 0..40),
            cut in 0usize..40,
        ) {
            let count = |names: &[String]| {
                let mut counts = Capped::<u64, 4>::default();
                names.iter().for_each(|name| *counts.at(name) += 1);
                counts
            };
            let (left, right) = names.split_at(cut.min(names.len()));
            let (mut one, mut other) = (count(left), count(right));
            one.merge(count(right));
            other.merge(count(left));
            let all = count(&names);
            prop_assert_eq!(&one, &all);
            prop_assert_eq!(&other, &all);
            let (kept, rest) = all.into_parts();
            prop_assert!(kept.len() <= 4);
            prop_assert_eq!(kept.values().sum::<u64>() + rest.unwrap_or(0), names.len() as u64);
        }
    }
}
