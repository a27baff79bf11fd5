//! `conversion-paths`: the most frequent sequences of channels before a conversion, their length and the time to convert.

use std::cmp::Reverse;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::journey::Parts;

use super::walk::{self, Path, Walk};
use crate::error::Error;
use crate::report::columns;
use crate::report::dimension;
use crate::report::keyed::Keyed;
use crate::report::outcome::share;
use crate::report::params::{Param, Params};
use crate::report::{Definition, Report};
use crate::scan::{FieldSet, JourneyView};
use crate::stats::Histogram;
use crate::table::{Cell, Column, Table, Unit, counted, duration, grouped};

pub(in crate::report) static DEFINITION: Definition = Definition {
    name: "conversion-paths",
    title: "Conversion paths",
    doc: "Which sequences of channels lead to conversions, how long are they, and how long do they take?",
    params: &[
        dimension::BY,
        dimension::PROPERTY,
        walk::CONVERSION,
        walk::UNIT,
        walk::LOOKBACK,
        Param::choice(
            "repeats",
            &["merge", "keep"],
            "merge",
            "merge: touches of the same name one after the other are shown as one. keep: each is shown.",
        ),
        Param::number(
            "top",
            "100",
            "How many sequences to list, the most frequent first; 1 to 10000.",
        ),
    ],
    columns: &[
        Column::text("path", "The names of the touches, in order."),
        Column::number(
            "converted",
            Unit::Count,
            "Paths of this sequence that end with a conversion.",
        )
        .main(),
        Column::number("share", Unit::Ratio, "Their share of all conversions."),
        columns::low("share_low"),
        columns::high("share_high"),
        Column::number(
            "paths",
            Unit::Count,
            "Paths of this sequence, with those that have not led to a conversion.",
        ),
        Column::number(
            "conversion",
            Unit::Ratio,
            "Share of these paths that end with a conversion.",
        ),
        columns::low("conversion_low"),
        columns::high("conversion_high"),
        Column::number(
            "median_touches",
            Unit::Count,
            "Median number of touches before the conversion.",
        ),
        Column::number(
            "median_time_ms",
            Unit::Ms,
            "Median time from the first touch to the conversion, within 0.4%.",
        ),
    ],
    build: |params| Ok(Arc::new(ConversionPaths::from_params(params)?)),
};

/// Most sequences in a state. The shortest are kept, because long ones are rare: a shop of 450,000 customers has some ten thousand.
const SEQUENCES_MAX: usize = 20_000;
/// Most touches of a sequence that are shown: the last ones.
const SHOWN_MAX: usize = 30;

#[derive(Debug)]
struct ConversionPaths {
    walk: Walk,
    merges_repeats: bool,
    top: usize,
}

/// Paths by their sequence, and all of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::report) struct State {
    /// By the number of touches shown and their names, so that the longest are last.
    sequences: Keyed<(usize, String), Sums>,
    all: Sums,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sums {
    paths: u64,
    converted: u64,
    /// Of converted paths: the number of touches, and the time to the conversion.
    touches: Histogram,
    times: Histogram,
}

impl ConversionPaths {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            walk: Walk::from_params(params)?,
            merges_repeats: params.choice("repeats")? == "merge",
            top: params.top()?,
        })
    }

    /// The number of touches shown, and their names.
    fn sequence(&self, path: &Path<'_>) -> (usize, String) {
        let mut names: Vec<&str> = path.touches.iter().map(|touched| touched.name.as_ref()).collect();
        if self.merges_repeats {
            names.dedup();
        }
        let cut = names.len().saturating_sub(SHOWN_MAX);
        let shown = names[cut..].join(" > ");
        let shown = if cut > 0 { format!("… > {shown}") } else { shown };
        (names.len() - cut, shown)
    }
}

impl Report for ConversionPaths {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        self.walk.fields()
    }

    fn parts(&self) -> Parts {
        Parts {
            channels: self.walk.dimension.needs_channels(),
            ..Parts::SESSIONS
        }
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        self.walk.paths(journey, |path| {
            state.all.count(&path);
            state.sequences.at(self.sequence(&path)).count(&path);
            state.sequences.keep_first(SEQUENCES_MAX);
        });
    }

    fn merge(&self, into: &mut State, from: State) {
        into.all.merge(from.all);
        into.sequences.merge(from.sequences, Sums::merge);
        into.sequences.keep_first(SEQUENCES_MAX);
    }

    fn finish(&self, State { sequences, all }: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let known: u64 = sequences.iter().map(|(_, sums)| sums.converted).sum();
        let mut converted: Vec<(String, Sums)> =
            sequences.into_iter().map(|((_, names), sums)| (names, sums)).collect();
        converted.retain(|(_, sums)| sums.converted > 0);
        // The shortest come first, which decides between equals.
        converted.sort_by_key(|(_, sums)| Reverse(sums.converted));
        let rest = converted.len().saturating_sub(self.top);
        let left: u64 = converted.iter().skip(self.top).map(|(_, sums)| sums.converted).sum();
        for (names, sums) in converted.into_iter().take(self.top) {
            let mut row = vec![Cell::Text(names), Cell::Count(sums.converted)];
            row.extend(share(sums.converted, all.converted));
            row.push(Cell::Count(sums.paths));
            row.extend(share(sums.converted, sums.paths));
            row.push(Cell::of(sums.touches.median(), |touches| Cell::Count(touches as u64)));
            row.push(Cell::of(sums.times.median(), Cell::Ms));
            table.push(row);
        }
        if all.paths == 0 {
            return table;
        }
        if let (Some(touches), Some(time)) = (all.touches.median(), all.times.median()) {
            let es = if touches == 1 { "" } else { "es" };
            table.note(format!(
                "{} of {} end with a visit that has {}: in the median after {touches} touch{es} and {}.",
                grouped(all.converted),
                counted(all.paths, "path"),
                self.walk.goal_in_words(),
                duration(time)
            ));
        } else {
            table.note(self.walk.nothing());
        }
        if rest > 0 {
            table.note(format!(
                "{} rarer sequences are left out, with {}; a larger top shows them.",
                grouped(rest as u64),
                counted(left, "conversion")
            ));
        }
        if known < all.converted {
            table.note(format!(
                "Only the shortest {} sequences are told apart: {} by longer ones.",
                grouped(SEQUENCES_MAX as u64),
                counted(all.converted - known, "conversion")
            ));
        }
        table
    }
}

impl Sums {
    fn count(&mut self, path: &Path<'_>) {
        self.paths += 1;
        if let (Some(conversion), Some(first)) = (&path.conversion, path.touches.first()) {
            self.converted += 1;
            self.touches.add(path.touches.len() as i64);
            self.times.add(conversion.time_ms - first.time_ms);
        }
    }

    fn merge(&mut self, from: Self) {
        self.paths += from.paths;
        self.converted += from.converted;
        self.touches.merge(from.touches);
        self.times.merge(from.times);
    }
}
