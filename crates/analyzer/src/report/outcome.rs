//! Outcomes of sessions with a property, compared with those of sessions without it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wayside_model::{Field, Kind, Touch, url};

use crate::scan::Row;
use crate::stats::{Moments, difference, wilson};
use crate::table::Cell;

/// Sessions, and how many of them have an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outcome {
    pub(super) sessions: u64,
    pub(super) bought: u64,
}

impl Outcome {
    /// Counts a session.
    pub(super) fn add(&mut self, bought: bool) {
        self.sessions += 1;
        self.bought += u64::from(bought);
    }

    /// Adds the counts of another part of the data.
    pub(super) fn merge(&mut self, from: Self) {
        self.sessions += from.sessions;
        self.bought += from.bought;
    }

    /// The sessions of `all` that are not these.
    pub(super) fn others_of(&self, all: &Self) -> Self {
        Self {
            sessions: all.sessions.saturating_sub(self.sessions),
            bought: all.bought.saturating_sub(self.bought),
        }
    }

    /// The share of the sessions that have an order; `None` of nothing.
    pub(super) fn conversion(&self) -> Option<f64> {
        (self.sessions > 0).then(|| self.bought as f64 / self.sessions as f64)
    }

    /// The 95% interval of this conversion less that of `others`.
    pub(super) fn difference_interval(&self, others: &Self) -> Option<(f64, f64)> {
        difference((self.bought, self.sessions), (others.bought, others.sessions))
    }

    /// Nine cells: conversion with, conversion without and their difference, each with its 95% interval.
    pub(super) fn beside(&self, others: &Self) -> Vec<Cell> {
        let gap = self
            .conversion()
            .zip(others.conversion())
            .map(|(with, without)| with - without);
        let ends = self.difference_interval(others);
        let mut cells = share(self.bought, self.sessions).to_vec();
        cells.extend(share(others.bought, others.sessions));
        cells.extend([
            Cell::of(gap, Cell::Ratio),
            Cell::of(ends, |(low, _)| Cell::Ratio(low)),
            Cell::of(ends, |(_, high)| Cell::Ratio(high)),
        ]);
        cells
    }
}

/// Three cells: a share, and the ends of its 95% interval by Wilson's score.
pub(super) fn share(part: u64, whole: u64) -> [Cell; 3] {
    let ends = wilson(part, whole);
    [
        Cell::share(part, whole),
        Cell::of(ends, |(low, _)| Cell::Ratio(low)),
        Cell::of(ends, |(_, high)| Cell::Ratio(high)),
    ]
}

/// Three cells: the mean of answers on a scale, and the ends of its 95% interval, which are within the scale.
pub(super) fn mean_score(answers: &Moments, (least, most): (f64, f64)) -> [Cell; 3] {
    let ends = answers.interval();
    let within = |x: f64| Cell::Score(x.clamp(least, most));
    [
        Cell::of(answers.mean(), Cell::Score),
        Cell::of(ends, |(low, _)| within(low)),
        Cell::of(ends, |(_, high)| within(high)),
    ]
}

/// How many examples a row has: enough to see whether they are alike.
const EXAMPLES_MAX: usize = 3;

/// Keys of a few customers with something: first those who did not buy, then in order of the keys, so that any split of
/// the journeys gives the same ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Examples(BTreeSet<(bool, String)>);

impl Examples {
    /// Adds a customer.
    pub(super) fn add(&mut self, bought: bool, customer: &str) {
        let is_wanted = self.0.len() < EXAMPLES_MAX
            || self
                .0
                .last()
                .is_some_and(|(last_bought, last)| (bought, customer) < (*last_bought, last.as_str()));
        if is_wanted {
            self.insert((bought, customer.to_owned()));
        }
    }

    /// Adds the examples of another part of the data.
    pub(super) fn merge(&mut self, from: Self) {
        from.0.into_iter().for_each(|example| self.insert(example));
    }

    /// The keys as a list.
    pub(super) fn cell(self) -> Cell {
        let mut keys: Vec<String> = Vec::new();
        for (_, key) in self.0 {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        Cell::Json(keys.into_iter().map(Value::from).collect())
    }

    fn insert(&mut self, example: (bool, String)) {
        self.0.insert(example);
        if self.0.len() > EXAMPLES_MAX {
            self.0.pop_last();
        }
    }
}

/// The page that a session is on: the path of its last page view.
#[derive(Debug, Default)]
pub(super) struct Page<'a>(Option<&'a str>);

impl<'a> Page<'a> {
    /// Follows the session to its next touchpoint.
    pub(super) fn follow(&mut self, row: &Row<'a>) {
        if row.kind() == Kind::PageView {
            self.0 = row.text_of(Field::Url).map(url::path);
        }
    }

    /// The page's path; empty where no page view is known.
    pub(super) fn path(&self) -> &'a str {
        self.0.unwrap_or_default()
    }
}
