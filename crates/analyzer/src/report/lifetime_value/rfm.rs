//! `rfm`: customers by how recently, how often and for how much they bought.

use std::sync::Arc;

use super::NO_ORDERS;
use super::estimate::{Fitted, Model, Question};
use super::purchases::{self, Buyer, Purchases, State};
use crate::error::Error;
use crate::report::outcome::share;
use crate::report::params::{Param, Params};
use crate::report::revenue::is_currency;
use crate::report::{Definition, Report, columns};
use crate::scan::{FieldSet, JourneyView};
use crate::table::{Cell, Column, Table, Unit, counted};
use crate::zone::Zone;

pub(in crate::report) static DEFINITION: Definition = Definition {
    name: "rfm",
    title: "Recency, frequency, money",
    doc: "Which buyers are the best, which are drifting away, and how do they move between these groups?",
    params: &[Param::number(
        "before_days",
        "90",
        "Days before the end of the range to compare with; 1 to 3650.",
    )],
    columns: &[
        Column::text("segment", "The group of buyers."),
        Column::text(
            "rule",
            "Its scores: R for recency, FM for the mean of frequency and money, each 1 to 5.",
        ),
        Column::number("customers", Unit::Count, "Buyers in it at the end of the range.").main(),
        Column::number("share", Unit::Ratio, "Their share of all buyers."),
        columns::low("share_low"),
        columns::high("share_high"),
        Column::number("purchases", Unit::Count, "Their purchases: days with an order."),
        Column::number("value", Unit::Money, "Value of their orders, before refunds."),
        Column::number(
            "days_since_last",
            Unit::Count,
            "Median of the days since the last purchase.",
        ),
        Column::number(
            "churn_risk",
            Unit::Ratio,
            "Mean probability that they are no customers any more (BG/NBD).",
        ),
        Column::number("before", Unit::Count, "Buyers in it so many days before."),
        Column::number(
            "joined",
            Unit::Count,
            "Buyers who have come into it since then from another segment.",
        ),
        Column::number("new", Unit::Count, "Buyers in it who had not bought then."),
        Column::number(
            "left",
            Unit::Count,
            "Buyers who have gone from it to another segment since then.",
        ),
    ],
    build: |params| Ok(Arc::new(Rfm::from_params(params)?)),
};

/// Days to compare with at most: as for a horizon, ten years.
const BEFORE_MAX_DAYS: i64 = 3_650;

#[derive(Debug)]
struct Rfm {
    before_days: i64,
    zone: Zone,
}

/// A group of buyers by their scores.
struct Segment {
    name: &'static str,
    rule: &'static str,
    has: fn(recency: usize, worth: usize) -> bool,
}

/// The segments; a buyer is in the first that has their scores, and the last has all that are left.
const SEGMENTS: [Segment; 8] = [
    Segment {
        name: "champions",
        rule: "R 4-5, FM 4-5",
        has: |r, fm| r >= 4 && fm >= 4,
    },
    Segment {
        name: "loyal",
        rule: "R 3-5, FM 3-5, no champions",
        has: |r, fm| r >= 3 && fm >= 3,
    },
    Segment {
        name: "promising",
        rule: "R 4-5, FM 1-2",
        has: |r, _| r >= 4,
    },
    Segment {
        name: "need attention",
        rule: "R 3, FM 1-2",
        has: |r, _| r == 3,
    },
    Segment {
        name: "valuable at risk",
        rule: "R 1-2, FM 4-5",
        has: |_, fm| fm >= 4,
    },
    Segment {
        name: "at risk",
        rule: "R 1-2, FM 3",
        has: |_, fm| fm == 3,
    },
    Segment {
        name: "hibernating",
        rule: "R 2, FM 1-2",
        has: |r, _| r == 2,
    },
    Segment {
        name: "lost",
        rule: "R 1, FM 1-2",
        has: |_, _| true,
    },
];

/// The highest score: quintiles.
const SCORES: usize = 5;

impl Rfm {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            before_days: params.number("before_days", 1..=BEFORE_MAX_DAYS)?,
            zone: params.zone().clone(),
        })
    }
}

impl Report for Rfm {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        purchases::fields()
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        state.observe(journey, &self.zone);
    }

    fn merge(&self, into: &mut State, from: State) {
        into.merge(from);
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let Some(purchases) = state.finish(&self.zone) else {
            table.note(NO_ORDERS);
            return table;
        };
        table.currency = is_currency(&purchases.currency).then(|| purchases.currency.clone());
        let now = segments(&purchases, purchases.end);
        let before = segments(&purchases, purchases.end - self.before_days);
        let risks = risks(&purchases);
        let all = now.iter().flatten().count() as u64;
        for (at, segment) in SEGMENTS.iter().enumerate() {
            let members: Vec<usize> = (0..now.len()).filter(|buyer| now[*buyer] == Some(at)).collect();
            table.push(row(
                segment,
                &purchases,
                &members,
                all,
                risks.as_deref(),
                &Moves::of(at, &now, &before),
            ));
        }
        table.note(format!(
            "Scores are quintiles of all {}; equal values have the same score. Movement is since {} before the end of the range.",
            counted(all, "buyer"),
            counted(self.before_days as u64, "day")
        ));
        if risks.is_none() {
            table.note("There are too few repeat purchases for a churn risk; the report lifetime-value says why.");
        }
        table
    }
}

/// The numbers of buyers who were in a segment, came into it, and left it.
struct Moves {
    before: u64,
    joined: u64,
    new: u64,
    left: u64,
}

impl Moves {
    fn of(segment: usize, now: &[Option<usize>], before: &[Option<usize>]) -> Self {
        let count = |is: fn(Option<usize>, Option<usize>, usize) -> bool| {
            now.iter()
                .zip(before)
                .filter(|(now, before)| is(**now, **before, segment))
                .count() as u64
        };
        Self {
            before: count(|_, before, at| before == Some(at)),
            joined: count(|now, before, at| now == Some(at) && before.is_some_and(|before| before != at)),
            new: count(|now, before, at| now == Some(at) && before.is_none()),
            left: count(|now, before, at| before == Some(at) && now != Some(at)),
        }
    }
}

fn row(
    segment: &Segment,
    purchases: &Purchases,
    members: &[usize],
    all: u64,
    risks: Option<&[f64]>,
    moves: &Moves,
) -> Vec<Cell> {
    let buyers = || members.iter().map(|at| &purchases.buyers[*at]);
    let days: u64 = buyers().map(|buyer| buyer.days.len() as u64).sum();
    let value = buyers()
        .filter_map(|buyer| buyer.value(&purchases.currency))
        .reduce(i64::saturating_add);
    let mut since: Vec<i64> = buyers().map(|buyer| purchases.end - buyer.last()).collect();
    since.sort_unstable();
    let median = since.get(since.len() / 2).map(|days| *days as u64);
    let risk = risks
        .filter(|_| !members.is_empty())
        .map(|risks| members.iter().map(|at| risks[*at]).sum::<f64>() / members.len() as f64);
    let mut row = vec![
        Cell::text(segment.name),
        Cell::text(segment.rule),
        Cell::Count(members.len() as u64),
    ];
    row.extend(share(members.len() as u64, all));
    row.extend([
        Cell::Count(days),
        Cell::of(value, Cell::Money),
        Cell::of(median, Cell::Count),
        Cell::of(risk, Cell::Ratio),
        Cell::Count(moves.before),
        Cell::Count(moves.joined),
        Cell::Count(moves.new),
        Cell::Count(moves.left),
    ]);
    row
}

/// The probability of each buyer to be no customer any more; `None` if the model cannot be fitted.
fn risks(purchases: &Purchases) -> Option<Vec<f64>> {
    let question = Question {
        model: Model::BgNbd,
        horizon_days: 1,
    };
    let fitted = Fitted::until(purchases, purchases.end, question).ok()?;
    let weeks = question.weeks();
    let risk = |buyer: &Buyer| Some(1.0 - fitted.customer(buyer, &purchases.currency, weeks)?.alive);
    purchases.buyers.iter().map(risk).collect()
}

/// The segment of each buyer at the end of a day; `None` for who had not bought by then.
fn segments(purchases: &Purchases, end: i64) -> Vec<Option<usize>> {
    let facts: Vec<Option<(i64, usize, i64)>> = purchases
        .buyers
        .iter()
        .map(|buyer| buyer.facts(end, &purchases.currency))
        .collect();
    let recency = Scores::of(facts.iter().flatten().map(|fact| fact.0));
    let frequency = Scores::of(facts.iter().flatten().map(|fact| fact.1));
    let money = Scores::of(facts.iter().flatten().map(|fact| fact.2));
    let segment = |(last, days, value): (i64, usize, i64)| {
        let worth = (frequency.score(days) + money.score(value)).div_ceil(2);
        let recency = recency.score(last);
        SEGMENTS
            .iter()
            .position(|segment| (segment.has)(recency, worth))
            .unwrap_or(SEGMENTS.len() - 1)
    };
    facts.into_iter().map(|fact| fact.map(segment)).collect()
}

/// Quintiles: the larger a value among all, the higher its score. Equal values have the same one.
struct Scores<T>(Vec<T>);

impl<T: Ord + Copy> Scores<T> {
    fn of(values: impl Iterator<Item = T>) -> Self {
        let mut values: Vec<T> = values.collect();
        values.sort_unstable();
        Self(values)
    }

    fn score(&self, value: T) -> usize {
        let smaller = self.0.partition_point(|known| *known < value);
        1 + SCORES * smaller / self.0.len().max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_quintiles_and_equal_values_share_one() {
        let scores = Scores::of(1..=10);
        assert_eq!(
            (1..=10).map(|value| scores.score(value)).collect::<Vec<_>>(),
            [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
        );
        // Most customers bought once: all of them have the lowest score, and who bought twice has one by their number.
        let scores = Scores::of([1, 1, 1, 1, 1, 1, 1, 2, 2, 5].into_iter());
        assert_eq!([1, 2, 5].map(|value| scores.score(value)), [1, 4, 5]);
    }

    #[test]
    fn every_pair_of_scores_is_in_the_segment_whose_rule_names_it() {
        let name = |r, fm| SEGMENTS.iter().find(|segment| (segment.has)(r, fm)).unwrap().name;
        let grid: Vec<String> = (1..=SCORES)
            .rev()
            .map(|r| (1..=SCORES).map(|fm| name(r, fm)).collect::<Vec<_>>().join(", "))
            .collect();
        assert_eq!(
            grid,
            [
                "promising, promising, loyal, champions, champions",
                "promising, promising, loyal, champions, champions",
                "need attention, need attention, loyal, loyal, loyal",
                "hibernating, hibernating, at risk, valuable at risk, valuable at risk",
                "lost, lost, at risk, valuable at risk, valuable at risk",
            ]
        );
    }

    #[test]
    fn moves_are_counted_once_on_each_side() {
        let (now, before) = ([Some(0), Some(0), Some(1), Some(0)], [Some(0), Some(1), Some(0), None]);
        let moves = Moves::of(0, &now, &before);
        assert_eq!((moves.before, moves.joined, moves.new, moves.left), (2, 1, 1, 1));
    }
}
