//! `trend`: any measures by hour, day, week or month.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::journey::Parts;
use wayside_model::{Timestamp, Touch};

use super::by::{self, By};
use super::capped::{Capped, OTHER_NAME, Sum};
use super::dimension;
use super::every::Every;
use super::keyed::Keyed;
use super::measure::{self, Counts, Groups, Measure};
use super::params::{Param, Params};
use super::revenue::Revenue;
use super::{Definition, Report};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView};
use crate::table::{Cell, Column, Table, Unit};
use crate::zone::Zone;

pub(super) static DEFINITION: Definition = Definition {
    name: "trend",
    title: "Trend",
    doc: "How do the figures change from period to period?",
    params: &[
        Param::list(
            "measures",
            "sessions,conversion_rate,revenue",
            "Names of figures, as kpis lists them, or all.",
        ),
        Param::choice("every", Every::NAMES, "day", "The length of a period."),
        by::param("nothing", "The property of visits by which the figures are split."),
        dimension::PROPERTY,
    ],
    columns: &[
        Column::text("period", "Its first day in the time zone, or the start of the hour.").period(),
        measure::NAME,
        Column::text("group", "The group of visits; all without a split."),
        measure::VALUE,
        measure::UNIT,
        measure::LOW,
        measure::HIGH,
        measure::NUMERATOR,
        measure::DENOMINATOR,
        Column::text(
            "complete",
            "no if the range or the data ends within the period, or the range begins in it; else yes.",
        ),
    ],
    build: |params| Ok(Arc::new(Trend::from_params(params)?)),
};

/// Periods of a trend, the latest ones: two years of days, and more than a chart can show. They bound the state, too.
const PERIODS_MAX: usize = 750;

/// Groups that are counted apart, the first in alphabetical order, which bounds the state.
const GROUPS_MAX: usize = 500;
/// Groups that are listed: more lines than a chart can show.
const SHOWN_MAX: usize = 50;

#[derive(Debug)]
struct Trend {
    measures: Vec<&'static Measure>,
    every: Every,
    by: By,
    zone: Zone,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    groups: Capped<ByPeriod, GROUPS_MAX>,
    /// The periods in which something happened, at most [`PERIODS_MAX`] of them.
    periods: BTreeSet<i64>,
    /// Earlier periods were left out.
    is_cut: bool,
    /// The time of the latest touchpoint of all.
    latest: Option<i64>,
    /// The ends of the range.
    from: Option<i64>,
    to: Option<i64>,
}

/// The counts of a group by period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
struct ByPeriod(Keyed<i64, Counts>);

impl Sum for ByPeriod {
    fn add(&mut self, more: Self) {
        self.0.merge(more.0, Counts::merge);
    }
}

impl ByPeriod {
    /// The sessions of all periods.
    fn sessions(&self) -> u64 {
        self.0.iter().map(|(_, counts)| counts.sessions).sum()
    }
}

/// The state with the groups of a journey's sessions.
struct Split<'a> {
    trend: &'a Trend,
    state: &'a mut State,
    /// The names of the groups.
    names: Vec<Cow<'a, str>>,
    /// The index of each session's group in `names`; empty without a split.
    sessions: Vec<usize>,
}

impl Groups for Split<'_> {
    type Key = (i64, usize);

    fn key(&self, time: Timestamp, session: u32) -> Self::Key {
        let group = self.sessions.get(session as usize).copied().unwrap_or(0);
        (self.trend.every.of(time.millis(), &self.trend.zone), group)
    }

    fn counts(&mut self, (period, group): Self::Key) -> &mut Counts {
        self.state.periods.insert(period);
        let name = self.names.get(group).map_or(by::ALL, |name| name);
        self.state.groups.at(name).0.at(period)
    }
}

impl Report for Trend {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        measure::FIELDS.and(self.by.fields())
    }

    fn parts(&self) -> Parts {
        Parts {
            signals: self.measures.iter().any(|measure| measure.needs_signals),
            channels: self.by.needs_channels(),
        }
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let latest = journey.rows().next_back().map(|row| row.time().millis());
        state.latest = state.latest.max(latest);
        (state.from, state.to) = (journey.range().from(), journey.range().to());
        let (names, sessions) = self.groups_of(journey);
        let mut split = Split {
            trend: self,
            state,
            names,
            sessions,
        };
        measure::count(journey, &mut split);
        state.bound();
    }

    fn merge(&self, into: &mut State, from: State) {
        into.latest = into.latest.max(from.latest);
        into.is_cut |= from.is_cut;
        into.from = into.from.or(from.from);
        into.to = into.to.or(from.to);
        into.periods.extend(from.periods);
        into.groups.merge(from.groups);
        into.bound();
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let (periods, is_cut) = self.listed(&state);
        let (latest, from, to) = (state.latest, state.from, state.to);
        let groups = shown(state.groups, &mut table);
        let mut revenue = Revenue::default();
        for (_, counts) in groups.iter().flat_map(|(_, by_period)| by_period.0.iter()) {
            revenue.merge(counts.revenue.clone());
        }
        let currency = revenue.main_currency();
        let nothing = Counts::default();
        for period in periods {
            let name = self.every.name(period, &self.zone);
            let complete = if self.is_complete(period, latest, (from, to)) {
                "yes"
            } else {
                "no"
            };
            for (group, by_period) in &groups {
                let counts = by_period.0.get(&period).unwrap_or(&nothing);
                for measure in &self.measures {
                    let mut row = vec![Cell::text(name.as_str())];
                    row.extend(measure.cells(counts, currency));
                    row.insert(2, Cell::text(group.as_str()));
                    row.push(Cell::text(complete));
                    table.push(row);
                }
            }
        }
        if is_cut {
            table.note(format!(
                "Only the latest {PERIODS_MAX} periods are listed; a range or longer periods show earlier ones."
            ));
        }
        if self.measures.iter().any(|measure| matches!(measure.unit, Unit::Money)) {
            measure::describe_money(&revenue, &mut table);
        }
        table
    }
}

impl Trend {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        let measures = measure::named("measures", &params.list("measures"))?;
        Ok(Self {
            measures,
            every: Every::named(params.choice("every")?),
            by: By::from_params(params)?,
            zone: params.zone().clone(),
        })
    }

    /// The names of the groups of a journey's sessions, and the index of each session's; none without a split.
    fn groups_of<'a>(&self, journey: &JourneyView<'a>) -> (Vec<Cow<'a, str>>, Vec<usize>) {
        let mut names: Vec<Cow<'a, str>> = Vec::new();
        if matches!(self.by, By::Nothing) {
            return (names, Vec::new());
        }
        let groups = journey.sessions().map(|session| {
            let name = self.by.of(&session);
            names.iter().position(|known| *known == name).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            })
        });
        let groups = groups.collect();
        (names, groups)
    }

    /// The periods from the first to the last, also those in which nothing happened, and whether earlier ones are left out.
    fn listed(&self, state: &State) -> (VecDeque<i64>, bool) {
        let mut periods = VecDeque::new();
        let mut is_cut = state.is_cut;
        let mut known = state.periods.iter().copied();
        let first = known.next();
        let Some(mut period) = first else {
            return (periods, is_cut);
        };
        let last = known.next_back().unwrap_or(period);
        while period <= last {
            periods.push_back(period);
            if periods.len() > PERIODS_MAX {
                periods.pop_front();
                is_cut = true;
            }
            period = self.every.next(period, &self.zone);
        }
        (periods, is_cut)
    }

    /// Whether the range and the data cover a whole period.
    fn is_complete(&self, period: i64, latest: Option<i64>, (from, to): (Option<i64>, Option<i64>)) -> bool {
        let start = self.every.start(period, &self.zone);
        let end = self.every.start(self.every.next(period, &self.zone), &self.zone);
        let (Some(start), Some(end)) = (start, end) else {
            return true;
        };
        from.is_none_or(|from| from <= start)
            && to.is_none_or(|to| end <= to)
            && latest.is_none_or(|latest| end <= latest)
    }
}

impl State {
    /// Keeps the latest periods. They are the same whichever states are merged first: what is left out of one state has as many
    /// later periods there, and so in the whole.
    fn bound(&mut self) {
        if self.periods.len() <= PERIODS_MAX {
            return;
        }
        self.is_cut = true;
        while self.periods.len() > PERIODS_MAX {
            self.periods.pop_first();
        }
        let Some(first) = self.periods.first() else { return };
        self.groups.for_each(|group| group.0.keep_from(first));
    }
}

/// The groups to list in order of their names: the largest ones, and the sum of all others, which a note explains.
fn shown(groups: Capped<ByPeriod, GROUPS_MAX>, table: &mut Table) -> Vec<(String, ByPeriod)> {
    let (names, mut rest) = groups.into_parts();
    let mut groups: Vec<_> = names.into_iter().collect();
    if rest.is_some() {
        table.note(format!(
            "There are more than {GROUPS_MAX} groups: those after the first {GROUPS_MAX} in alphabetical order are in {OTHER_NAME}."
        ));
    }
    if groups.len() > SHOWN_MAX {
        table.note(format!(
            "Only the {SHOWN_MAX} groups with most sessions are listed; the others are in {OTHER_NAME}."
        ));
        groups.sort_by_key(|(_, group)| Reverse(group.sessions()));
        for (_, group) in groups.split_off(SHOWN_MAX) {
            rest.get_or_insert_default().add(group);
        }
        groups.sort_by(|(one, _), (other, _)| one.cmp(other));
    }
    groups.extend(rest.map(|rest| (OTHER_NAME.to_owned(), rest)));
    groups
}
