//! `paths`: what follows what within a visit, as a directly-follows graph.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::kind::Role;
use wayside_model::{Field, Kind, Touch, url};

use super::params::{Param, Params};
use super::{Definition, Report};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView, Row};
use crate::stats::Histogram;
use crate::table::{Cell, Column, Table, Unit};

pub(super) static DEFINITION: Definition = Definition {
    name: "paths",
    title: "Paths",
    doc: "Which ways do visits take, and what comes next?",
    params: &[
        Param::choice(
            "nodes",
            &["kind", "page"],
            "kind",
            "kind: every step by its kind. page: pages only, by the path of their address.",
        ),
        Param::choice(
            "clicks",
            &["no", "yes"],
            "no",
            "yes: clicks and copied texts are steps too. Pages only have none.",
        ),
        Param::number(
            "top",
            "100",
            "How many transitions to list, the most frequent first; 1 to 10000.",
        ),
    ],
    columns: &[
        Column::text("from", "Touchpoint, or (start) of the session."),
        Column::text("to", "The session's next touchpoint, or its (end)."),
        Column::number("transitions", Unit::Count, "How often the one followed the other."),
        Column::number("sessions", Unit::Count, "In how many sessions."),
        Column::number("share", Unit::Ratio, "Share of all that follows the first."),
        Column::number("median_gap_ms", Unit::Ms, "Median time between the two, within 0.4%."),
    ],
    build: |params| Ok(Arc::new(Paths::from_params(params)?)),
};

/// The node before a session's first touchpoint.
const START: &str = "(start)";
/// The node after its last.
const END: &str = "(end)";
/// Most transitions a table lists.
const TOP_MAX: i64 = 10_000;

#[derive(Debug)]
struct Paths {
    by_page: bool,
    with_clicks: bool,
    top: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub(super) struct State {
    nodes: Nodes,
    edges: BTreeMap<(u32, u32), Edge>,
    /// Number of the session at hand, so that an edge counts it once.
    session: u64,
}

/// A state as it travels: edges by the names of their ends, in order.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Saved(Vec<(String, String, Edge)>);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Edge {
    transitions: u64,
    sessions: u64,
    gaps: Histogram,
    #[serde(skip)]
    last_session: u64,
}

impl Report for Paths {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        FieldSet::of(&[Field::Url, Field::Name])
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        for session in journey.counted_sessions() {
            state.session += 1;
            let (mut from, mut since) = (state.nodes.named(START), None);
            for row in session.rows().filter(|row| self.is_step(row.kind())) {
                let to = self.node(state, &row);
                let now = row.time().millis();
                state.add(from, to, since.map(|since| now - since));
                (from, since) = (to, Some(now));
            }
            if since.is_some() {
                let to = state.nodes.named(END);
                state.add(from, to, None);
            }
        }
    }

    fn merge(&self, into: &mut State, from: State) {
        let names = from.nodes.names();
        for ((a, b), edge) in from.edges {
            let ends = (
                into.nodes.named(&names[a as usize]),
                into.nodes.named(&names[b as usize]),
            );
            into.edges.entry(ends).or_default().merge(edge);
        }
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let Saved(mut edges) = state.into();
        let mut leaving: BTreeMap<String, u64> = BTreeMap::new();
        for (from, _, edge) in &edges {
            *leaving.entry(from.clone()).or_default() += edge.transitions;
        }
        // Most frequent first; the edges come in order of their names, which decides between equals.
        edges.sort_by_key(|(_, _, edge)| std::cmp::Reverse(edge.transitions));
        if edges.len() > self.top {
            let left: u64 = edges[self.top..].iter().map(|(_, _, edge)| edge.transitions).sum();
            table.note(format!(
                "{} rarer transitions are left out, {left} times taken together; a larger top shows them.",
                edges.len() - self.top
            ));
        }
        for (from, to, edge) in edges.into_iter().take(self.top) {
            let share = Cell::share(edge.transitions, leaving.get(&from).copied().unwrap_or(0));
            table.push(vec![
                Cell::Text(from),
                Cell::Text(to),
                Cell::Count(edge.transitions),
                Cell::Count(edge.sessions),
                share,
                Cell::of(edge.gaps.median(), Cell::Ms),
            ]);
        }
        table
    }
}

impl Paths {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            by_page: params.choice("nodes")? == "page",
            with_clicks: params.choice("clicks")? == "yes",
            top: params.number("top", 1..=TOP_MAX)? as usize,
        })
    }

    fn is_step(&self, kind: Kind) -> bool {
        match kind.role() {
            _ if self.by_page => kind == Kind::PageView,
            Role::Step => true,
            Role::Activity => self.with_clicks,
            Role::Measurement => false,
        }
    }

    fn node(&self, state: &mut State, row: &Row<'_>) -> u32 {
        match row.kind() {
            Kind::PageView if self.by_page => match row.text_of(Field::Url).map(url::path) {
                Some(path) if !path.is_empty() => state.nodes.named(path),
                _ => state.nodes.named("/"),
            },
            Kind::Custom => state.nodes.named(row.name()),
            kind => state.nodes.kind(kind),
        }
    }
}

impl State {
    fn add(&mut self, from: u32, to: u32, gap_ms: Option<i64>) {
        let edge = self.edges.entry((from, to)).or_default();
        edge.transitions += 1;
        if edge.last_session != self.session {
            edge.last_session = self.session;
            edge.sessions += 1;
        }
        if let Some(gap) = gap_ms {
            edge.gaps.add(gap);
        }
    }
}

impl Edge {
    fn merge(&mut self, from: Self) {
        self.transitions += from.transitions;
        self.sessions += from.sessions;
        self.gaps.merge(from.gaps);
    }
}

impl From<Saved> for State {
    fn from(Saved(edges): Saved) -> Self {
        let mut state = Self::default();
        for (from, to, edge) in edges {
            let ends = (state.nodes.named(&from), state.nodes.named(&to));
            state.edges.insert(ends, edge);
        }
        state
    }
}

impl From<State> for Saved {
    fn from(state: State) -> Self {
        let names = state.nodes.names();
        let name = |node: u32| names[node as usize].clone();
        let mut edges: Vec<_> = state
            .edges
            .into_iter()
            .map(|((a, b), edge)| (name(a), name(b), edge))
            .collect();
        edges.sort_by(|(a, b, _), (c, d, _)| (a, b).cmp(&(c, d)));
        Self(edges)
    }
}

/// Numbers for names, so that the graph's edges are pairs of numbers.
#[derive(Clone, Debug, Default, PartialEq)]
struct Nodes {
    numbers: BTreeMap<String, u32>,
    /// By the kind's code, to spare most rows the search.
    kinds: Vec<Option<u32>>,
}

impl Nodes {
    fn named(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert(name.to_owned(), number);
        number
    }

    fn kind(&mut self, kind: Kind) -> u32 {
        let code = usize::from(kind.code());
        if self.kinds.len() <= code {
            self.kinds.resize(code + 1, None);
        }
        if let Some(number) = self.kinds[code] {
            return number;
        }
        let number = self.named(kind.name());
        self.kinds[code] = Some(number);
        number
    }

    /// The names by number.
    fn names(&self) -> Vec<String> {
        let mut names = vec![String::new(); self.numbers.len()];
        for (name, number) in &self.numbers {
            names[*number as usize].clone_from(name);
        }
        names
    }
}
