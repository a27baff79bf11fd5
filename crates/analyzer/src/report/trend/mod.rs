//! `trend`: any measures by hour, day, week or month.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::journey::Parts;
use wayside_model::{Field, Timestamp, Touch};

use super::devices::{self, Devices};
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
        Param::choice(
            "by",
            &["nothing", "channel", "device", "visit"],
            "nothing",
            "Splits the figures by the visit's channel, device, or whether it is the customer's first.",
        ),
    ],
    columns: &[
        Column::text("period", "Its first day in the time zone, or the start of the hour."),
        measure::NAME,
        Column::text("group", "The channel, device or visit; all without a split."),
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

#[derive(Debug)]
struct Trend {
    measures: Vec<&'static Measure>,
    every: Every,
    by: By,
    zone: Zone,
}

/// The property by which the figures are split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Nothing,
    Channel,
    Device,
    Visit,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// Counts by group, of at most [`PERIODS_MAX`] periods.
    periods: Keyed<i64, ByGroup>,
    /// Earlier periods were left out.
    is_cut: bool,
    /// The time of the latest touchpoint of all.
    latest: Option<i64>,
    /// The ends of the range.
    from: Option<i64>,
    to: Option<i64>,
}

type ByGroup = BTreeMap<Cow<'static, str>, Counts>;

/// The state with the groups of a journey's sessions, and those that it has counted lately.
struct Split<'a> {
    trend: &'a Trend,
    state: &'a mut State,
    /// The group of each session; empty without a split.
    sessions: Vec<&'static str>,
}

impl Groups for Split<'_> {
    type Key = (i64, &'static str);

    fn key(&self, time: Timestamp, session: u32) -> Self::Key {
        let group = self.sessions.get(session as usize).copied().unwrap_or(ALL);
        (self.trend.every.of(time.millis(), &self.trend.zone), group)
    }

    fn counts(&mut self, (period, group): Self::Key) -> &mut Counts {
        self.state.periods.at(period).entry(Cow::Borrowed(group)).or_default()
    }
}

/// The name of the group of everything.
const ALL: &str = "all";

impl Report for Trend {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        match self.by {
            By::Device => measure::FIELDS.and(FieldSet::of(&[Field::Device])),
            _ => measure::FIELDS,
        }
    }

    fn parts(&self) -> Parts {
        Parts {
            signals: self.measures.iter().any(|measure| measure.needs_signals),
            channels: self.by == By::Channel,
        }
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        let latest = journey.rows().next_back().map(|row| row.time().millis());
        state.latest = state.latest.max(latest);
        (state.from, state.to) = (journey.range().from(), journey.range().to());
        let sessions = self.groups_of(journey);
        let mut split = Split {
            trend: self,
            state,
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
        into.periods.merge(from.periods, |into, from| {
            for (group, counts) in from {
                into.entry(group).or_default().merge(counts);
            }
        });
        into.bound();
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let mut revenue = Revenue::default();
        for (_, groups) in state.periods.iter() {
            for counts in groups.values() {
                revenue.merge(counts.revenue.clone());
            }
        }
        let currency = revenue.main_currency();
        let (periods, is_cut) = self.listed(&state);
        let mut names: Vec<&str> = state
            .periods
            .iter()
            .flat_map(|(_, groups)| groups.keys().map(AsRef::as_ref))
            .collect();
        names.sort_unstable();
        names.dedup();
        let nothing = Counts::default();
        for period in periods {
            let name = self.every.name(period, &self.zone);
            let complete = if self.is_complete(period, &state) { "yes" } else { "no" };
            let known = state.periods.get(&period);
            for group in &names {
                let counts = known.and_then(|groups| groups.get(*group)).unwrap_or(&nothing);
                for measure in &self.measures {
                    let mut row = vec![Cell::text(name.as_str())];
                    row.extend(measure.cells(counts, currency));
                    row.insert(2, Cell::text(*group));
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
        let by = match params.choice("by")? {
            "channel" => By::Channel,
            "device" => By::Device,
            "visit" => By::Visit,
            _ => By::Nothing,
        };
        Ok(Self {
            measures,
            every: Every::named(params.choice("every")?),
            by,
            zone: params.zone().clone(),
        })
    }

    /// The group of each session of a journey; none without a split.
    fn groups_of(&self, journey: &JourneyView<'_>) -> Vec<&'static str> {
        let sessions = journey.sessions();
        match self.by {
            By::Nothing => Vec::new(),
            By::Channel => sessions.map(|session| session.channel().name()).collect(),
            By::Device => sessions.map(|session| devices::name(Devices::of(&session))).collect(),
            By::Visit => sessions
                .map(|session| if session.number == 0 { "first" } else { "later" })
                .collect(),
        }
    }

    /// The periods from the first to the last, also those in which nothing happened, and whether earlier ones are left out.
    fn listed(&self, state: &State) -> (VecDeque<i64>, bool) {
        let mut periods = VecDeque::new();
        let mut is_cut = state.is_cut;
        let mut known = state.periods.iter().map(|(period, _)| *period);
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
    fn is_complete(&self, period: i64, state: &State) -> bool {
        let start = self.every.start(period, &self.zone);
        let end = self.every.start(self.every.next(period, &self.zone), &self.zone);
        let (Some(start), Some(end)) = (start, end) else {
            return true;
        };
        state.from.is_none_or(|from| from <= start)
            && state.to.is_none_or(|to| end <= to)
            && state.latest.is_none_or(|latest| end <= latest)
    }
}

impl State {
    /// Keeps the latest periods. They are the same whichever states are merged first: what is left out of one state has as many
    /// later periods there, and so in the whole.
    fn bound(&mut self) {
        while self.periods.len() > PERIODS_MAX {
            self.periods.remove_first();
            self.is_cut = true;
        }
    }
}
