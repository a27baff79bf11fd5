//! Numbers for the names of touches, so that transitions are numbers.

use std::collections::BTreeMap;

use super::chain::RESERVED;

/// The number of all names that are too many, and their name.
pub(super) const OTHER: u32 = 3;
pub(super) const OTHER_NAME: &str = "(other)";

/// Most names. Channels are 24; a shop has some hundred campaigns. Of more names, such as those of a property that differs from
/// customer to customer, the first in alphabetical order are kept, so that any split of the journeys keeps the same ones.
pub(super) const NAMES_MAX: usize = 300;

/// Names by number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Names {
    numbers: BTreeMap<String, u32>,
    /// How many numbers have been given; those of dropped names are not given again.
    given: u32,
}

impl Names {
    /// The number of a name.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let last = self.numbers.last_key_value();
        let is_full = self.numbers.len() >= NAMES_MAX;
        if name == OTHER_NAME || is_full && last.is_some_and(|(last, _)| name > last.as_str()) {
            return OTHER;
        }
        if is_full {
            self.numbers.pop_last();
        }
        let number = RESERVED + self.given;
        self.given += 1;
        self.numbers.insert(name.to_owned(), number);
        number
    }

    /// The names with their numbers, in alphabetical order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.numbers.iter().map(|(name, number)| (name.as_str(), *number))
    }

    /// For each number, the number of its name if names are numbered in alphabetical order. Numbers of dropped names are missing.
    pub(super) fn places(&self) -> BTreeMap<u32, u32> {
        self.iter()
            .zip(RESERVED..)
            .map(|((_, number), place)| (number, place))
            .collect()
    }
}

impl From<Vec<String>> for Names {
    fn from(names: Vec<String>) -> Self {
        Self {
            given: names.len() as u32,
            numbers: names.into_iter().zip(RESERVED..).collect(),
        }
    }
}

impl From<Names> for Vec<String> {
    fn from(names: Names) -> Self {
        names.numbers.into_keys().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_names_in_alphabetical_order_are_kept_whatever_comes_first() {
        let all: Vec<String> = (0..NAMES_MAX + 50).map(|n| format!("{n:04}")).collect();
        let mut forth = Names::default();
        all.iter().for_each(|name| assert!(forth.number(name) >= OTHER));
        let mut back = Names::default();
        all.iter().rev().for_each(|name| assert!(back.number(name) >= OTHER));
        assert_eq!(Vec::from(forth.clone()), all[..NAMES_MAX]);
        assert_eq!(Vec::from(back.clone()), all[..NAMES_MAX]);
        assert_eq!(back.number(&all[NAMES_MAX]), OTHER);
        assert_eq!(back.places().len(), NAMES_MAX);
        assert_eq!(forth.number(OTHER_NAME), OTHER);
    }
}
