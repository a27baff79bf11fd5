//! Violations of a plan, collected over many touchpoints.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use wayside_model::Value;

use crate::check::{Verdict, Violation};
use crate::limits::{AGAINST_MAX, UNPLANNED_MAX};
use crate::parse::Plan;

/// The collected results of checking touchpoints against a plan. Findings of different touchpoints can be merged in any
/// order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// The number of checked touchpoints.
    pub checked: u64,
    /// The number of planned touchpoints that violate the plan.
    pub broken: u64,
    /// The earliest touchpoints that violate the plan.
    pub against: Vec<Against>,
    /// The number of violations by each property of a kind.
    pub sums: Vec<Sum>,
    /// The number of touchpoints whose kinds the plan does not contain.
    pub strays: u64,
    /// The unplanned kinds, sorted by name.
    pub unplanned: Vec<Unplanned>,
    /// The planned kinds that occurred, sorted by name.
    pub seen: BTreeSet<String>,
}

/// The identity, visitor and time of a touchpoint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seen {
    /// Milliseconds since 1970 by the visitor's clock.
    pub time: i64,
    /// The writer (the page load), in hexadecimal.
    pub writer: String,
    /// The number of the event within the writer.
    pub seq: u32,
    /// The visitor.
    pub visitor: String,
}

/// A touchpoint that violates the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Against {
    /// The touchpoint's kind.
    pub kind: String,
    /// The identity of the touchpoint.
    #[serde(flatten)]
    pub seen: Seen,
    /// The violations.
    pub violations: Vec<Violation>,
}

/// The number of touchpoints of a kind that violate the plan by one property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// The kind.
    pub kind: String,
    /// The property, without the indices of list entries: `items[].price`.
    pub path: String,
    /// How many touchpoints.
    pub touchpoints: u64,
}

/// A kind that the plan does not contain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unplanned {
    /// The kind.
    pub kind: String,
    /// How many touchpoints.
    pub touchpoints: u64,
    /// The earliest touchpoint of the kind.
    pub first: Seen,
}

impl Findings {
    /// Checks a touchpoint in the form that [`Plan::check`] takes and adds the result. Of the touchpoints that violate
    /// the plan, the earliest `limit` are kept, but no more than [`AGAINST_MAX`].
    pub fn observe(&mut self, plan: &Plan, touchpoint: &Value, seen: Seen, limit: usize) {
        let kind = touchpoint.get("kind").and_then(Value::as_text).unwrap_or_default();
        self.checked += 1;
        let verdict = plan.check(touchpoint);
        if verdict != Verdict::Unplanned && !self.seen.contains(kind) {
            self.seen.insert(kind.to_owned());
        }
        match verdict {
            Verdict::Follows => {}
            Verdict::Unplanned => {
                self.strays += 1;
                self.add_unplanned(Unplanned {
                    kind: kind.to_owned(),
                    touchpoints: 1,
                    first: seen,
                });
            }
            Verdict::Broken(violations) => {
                self.broken += 1;
                let places: BTreeSet<String> = violations.iter().map(|one| without_numbers(&one.path)).collect();
                for path in places {
                    self.add_sum(Sum {
                        kind: kind.to_owned(),
                        path,
                        touchpoints: 1,
                    });
                }
                let kind = kind.to_owned();
                self.add_against(Against { kind, seen, violations }, limit);
            }
        }
    }

    /// Adds the findings of other touchpoints.
    pub fn merge(&mut self, other: Self, limit: usize) {
        self.checked += other.checked;
        self.broken += other.broken;
        self.strays += other.strays;
        self.seen.extend(other.seen);
        other.against.into_iter().for_each(|one| self.add_against(one, limit));
        other.sums.into_iter().for_each(|one| self.add_sum(one));
        other.unplanned.into_iter().for_each(|one| self.add_unplanned(one));
    }

    /// Whether all touchpoints are planned and follow the plan.
    pub fn is_ok(&self) -> bool {
        self.broken == 0 && self.strays == 0
    }

    /// The planned kinds that never occurred.
    pub fn unseen<'a>(&'a self, plan: &'a Plan) -> impl Iterator<Item = &'a str> {
        plan.names().filter(|name| !self.seen.contains(*name))
    }

    fn add_against(&mut self, one: Against, limit: usize) {
        let at = self.against.partition_point(|before| before.seen <= one.seen);
        let limit = limit.min(AGAINST_MAX);
        if at < limit {
            self.against.insert(at, one);
            self.against.truncate(limit);
        }
    }

    fn add_sum(&mut self, one: Sum) {
        let key = |sum: &Sum| (sum.kind.clone(), sum.path.clone());
        match self.sums.binary_search_by_key(&key(&one), key) {
            Ok(at) => {
                if let Some(sum) = self.sums.get_mut(at) {
                    sum.touchpoints += one.touchpoints;
                }
            }
            Err(at) => self.sums.insert(at, one),
        }
    }

    /// If there are too many names, keeps the first in alphabetical order, so that the result does not depend on the
    /// order of the touchpoints.
    fn add_unplanned(&mut self, one: Unplanned) {
        match self.unplanned.binary_search_by(|known| known.kind.cmp(&one.kind)) {
            Ok(at) => {
                if let Some(known) = self.unplanned.get_mut(at) {
                    known.touchpoints += one.touchpoints;
                    if one.first < known.first {
                        known.first = one.first;
                    }
                }
            }
            Err(at) if at < UNPLANNED_MAX => {
                self.unplanned.insert(at, one);
                self.unplanned.truncate(UNPLANNED_MAX);
            }
            Err(_) => {}
        }
    }
}

/// Removes the indices of list entries: `items[3].price` becomes `items[].price`.
fn without_numbers(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        out.push_str("[]");
        rest = after.split_once(']').map_or("", |(_, behind)| behind);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 3;

    fn plan() -> Plan {
        let yaml = "touchpoints: { a: { required: [x, y] }, b: , c: { properties: { items: { type: list, required: [id] } } } }";
        Plan::read(yaml).unwrap()
    }

    fn seen(seq: u32) -> Seen {
        Seen {
            time: i64::from(seq % 7),
            writer: "0".repeat(32),
            seq,
            visitor: "v".to_owned(),
        }
    }

    fn observe(kinds: &[(u32, String)]) -> Findings {
        let mut findings = Findings::default();
        for (seq, kind) in kinds {
            let entries = Value::List(vec![Value::map([]), Value::map([])]);
            let touchpoint = Value::map([("kind", Value::from(kind.as_str())), ("items", entries)]);
            findings.observe(&plan(), &touchpoint, seen(*seq), LIMIT);
        }
        findings
    }

    #[test]
    fn each_touchpoint_is_counted_once() {
        let kinds = ["a", "b", "z", "c", "z"];
        let numbered: Vec<_> = (0..).zip(kinds.map(str::to_owned)).collect();
        let findings = observe(&numbered);
        assert_eq!((findings.checked, findings.broken, findings.strays), (5, 2, 2));
        let sum = |kind: &str, path: &str| Sum {
            kind: kind.into(),
            path: path.into(),
            touchpoints: 1,
        };
        assert_eq!(findings.sums, [sum("a", "x"), sum("a", "y"), sum("c", "items[].id")]);
        let z = Unplanned {
            kind: "z".into(),
            touchpoints: 2,
            first: seen(2),
        };
        assert_eq!(findings.unplanned, [z]);
        assert_eq!(findings.unseen(&plan()).count(), 0);
        assert_eq!(observe(&[]).unseen(&plan()).collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn brackets_in_a_sites_property_names_are_kept() {
        for (path, expected) in [("a", "a"), ("a[12].b[0].c", "a[].b[].c"), ("a[", "a[]"), ("", "")] {
            assert_eq!(without_numbers(path), expected);
        }
    }

    #[test]
    fn the_number_of_kept_violating_touchpoints_is_limited() {
        let count = u32::try_from(AGAINST_MAX).unwrap() + 1;
        let mut findings = Findings::default();
        let touchpoint = Value::map([("kind", Value::from("a"))]);
        for seq in 0..count {
            findings.observe(&plan(), &touchpoint, seen(seq), usize::MAX);
        }
        assert_eq!(
            (findings.against.len(), findings.broken),
            (AGAINST_MAX, u64::from(count))
        );
    }

    #[test]
    fn the_number_of_unplanned_names_is_limited() {
        let count = u32::try_from(UNPLANNED_MAX).unwrap() + 1;
        let kinds: Vec<_> = (0..count).map(|at| (at, format!("z{at:04}"))).collect();
        let findings = observe(&kinds);
        assert_eq!(findings.unplanned.len(), UNPLANNED_MAX);
        assert_eq!(findings.strays, u64::from(count));
    }

    proptest! {
        #[test]
        fn findings_do_not_depend_on_split_and_order(kinds in prop::collection::vec("[abcyz]", 0..40), split in 0usize..40) {
            let numbered: Vec<_> = (0..).zip(kinds).collect();
            let whole = observe(&numbered);
            let (left, right) = numbered.split_at(split.min(numbered.len()));
            let mut merged = observe(right);
            merged.merge(observe(left), LIMIT);
            prop_assert_eq!(&merged, &whole);
            let saved = serde_json::to_string(&whole).unwrap();
            prop_assert_eq!(serde_json::from_str::<Findings>(&saved).unwrap(), whole);
        }
    }
}
