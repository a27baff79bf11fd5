//! `paths`: steps that follow each other within a visit, as a directly-follows graph.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wayside_model::kind::Role;
use wayside_model::{Field, Kind, Touch, url};

use super::params::{Param, Params};
use super::{Definition, Report};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView, KINDS_MAX, Row, SessionView};
use crate::stats::Histogram;
use crate::table::{Cell, Column, Link, Table, Unit};

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
        Column::text("from", "Touchpoint, or (start) of the session.").as_param("after"),
        Column::text("to", "The session's next touchpoint, or its (end).").as_param("next"),
        Column::number("transitions", Unit::Count, "How often the one followed the other."),
        Column::number("sessions", Unit::Count, "In how many sessions."),
        Column::number("share", Unit::Ratio, "Share of all that follows the first."),
        Column::number("median_gap_ms", Unit::Ms, "Median time between the two, within 0.4%."),
        Column::number("customers", Unit::Count, "Customers with such a session.").linked(Link::Customers),
    ],
    build: |params| Ok(Arc::new(Paths::from_params(params)?)),
};

#[derive(Debug)]
struct Paths {
    walk: Walk,
    top: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub(super) struct State {
    nodes: Nodes,
    edges: Vec<Edge>,
    /// The places of edges in `edges` by the numbers of their ends.
    by_ends: HashMap<(u32, u32), usize>,
    /// Number of the session at hand, so that an edge counts it once.
    session: u64,
    /// The same of the customer.
    customer: u64,
}

/// A state as it travels: edges by the names of their ends, in order.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct Saved(Vec<(String, String, Edge)>);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Edge {
    /// The numbers of its nodes.
    #[serde(skip)]
    ends: (u32, u32),
    transitions: u64,
    sessions: u64,
    customers: u64,
    gaps: Histogram,
    #[serde(skip)]
    last_session: u64,
    #[serde(skip)]
    last_customer: u64,
}

impl Report for Paths {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        self.walk.fields()
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        state.customer += 1;
        for session in journey.counted_sessions() {
            state.session += 1;
            self.walk.over(&session, |from, to, gap_ms| {
                let ends = (state.nodes.at(from), state.nodes.at(to));
                state.add(ends, gap_ms);
            });
        }
    }

    fn link_params(&self) -> Vec<(&'static str, String)> {
        let nodes = if self.walk.by_page { "page" } else { "kind" };
        let clicks = if self.walk.with_clicks { "yes" } else { "no" };
        vec![("nodes", nodes.to_owned()), ("clicks", clicks.to_owned())]
    }

    fn merge(&self, into: &mut State, from: State) {
        let names = from.nodes.names();
        for edge in from.edges {
            let [a, b] = [edge.ends.0, edge.ends.1].map(|node| into.nodes.named(&names[node as usize]));
            into.edge((a, b)).merge(edge);
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
                Cell::Count(edge.customers),
            ]);
        }
        table
    }
}

impl Paths {
    fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            walk: Walk::from_params(params)?,
            top: params.top()?,
        })
    }
}

/// Which touchpoints are steps, and how they are named.
#[derive(Debug)]
pub(super) struct Walk {
    by_page: bool,
    with_clicks: bool,
}

/// A step of a walk.
#[derive(Clone, Copy)]
pub(super) enum Node<'a> {
    /// The place before a session's first step.
    Start,
    /// The place after its last step.
    End,
    /// By its kind.
    Kind(Kind),
    /// By its own name, or the path of a page.
    Named(&'a str),
}

impl<'a> Node<'a> {
    /// Its name in the table.
    pub(super) fn name(self) -> &'a str {
        match self {
            Self::Start => "(start)",
            Self::End => "(end)",
            Self::Kind(kind) => kind.name(),
            Self::Named(name) => name,
        }
    }
}

impl Walk {
    /// From the parameters `nodes` and `clicks`.
    pub(super) fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            by_page: params.choice("nodes")? == "page",
            with_clicks: params.choice("clicks")? == "yes",
        })
    }

    /// Calls back with each transition of a session and the time that it took. A session without a step has none.
    pub(super) fn over<'a>(&self, session: &SessionView<'a>, mut go: impl FnMut(Node<'a>, Node<'a>, Option<i64>)) {
        let (mut from, mut since) = (Node::Start, None);
        for row in session.rows().filter(|row| self.is_step(row.kind())) {
            let to = self.node(&row);
            let now = row.time().millis();
            go(from, to, since.map(|since| now - since));
            (from, since) = (to, Some(now));
        }
        if since.is_some() {
            go(from, Node::End, None);
        }
    }

    /// The fields that name the steps.
    fn fields(&self) -> FieldSet {
        FieldSet::of(if self.by_page { &[Field::Url] } else { &[Field::Name] })
    }

    fn is_step(&self, kind: Kind) -> bool {
        match kind.role() {
            _ if self.by_page => kind == Kind::PageView,
            Role::Step => true,
            Role::Activity => self.with_clicks,
            Role::Measurement => false,
        }
    }

    fn node<'a>(&self, row: &Row<'a>) -> Node<'a> {
        match row.kind() {
            Kind::PageView if self.by_page => match row.text_of(Field::Url).map(url::path) {
                Some(path) if !path.is_empty() => Node::Named(path),
                _ => Node::Named("/"),
            },
            Kind::Custom => Node::Named(row.name()),
            kind => Node::Kind(kind),
        }
    }
}

impl State {
    fn add(&mut self, ends: (u32, u32), gap_ms: Option<i64>) {
        let (session, customer) = (self.session, self.customer);
        let edge = self.edge(ends);
        edge.transitions += 1;
        if edge.last_session != session {
            edge.last_session = session;
            edge.sessions += 1;
        }
        if edge.last_customer != customer {
            edge.last_customer = customer;
            edge.customers += 1;
        }
        if let Some(gap) = gap_ms {
            edge.gaps.add(gap);
        }
    }
}

impl State {
    /// The edge between two nodes.
    fn edge(&mut self, ends: (u32, u32)) -> &mut Edge {
        let at = *self.by_ends.entry(ends).or_insert_with(|| {
            self.edges.push(Edge {
                ends,
                ..Edge::default()
            });
            self.edges.len() - 1
        });
        &mut self.edges[at]
    }
}

impl Edge {
    fn merge(&mut self, from: Self) {
        self.transitions += from.transitions;
        self.sessions += from.sessions;
        self.customers += from.customers;
        self.gaps.merge(from.gaps);
    }
}

impl From<Saved> for State {
    fn from(Saved(edges): Saved) -> Self {
        let mut state = Self::default();
        for (from, to, edge) in edges {
            let ends = (state.nodes.named(&from), state.nodes.named(&to));
            state.edge(ends).merge(edge);
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
            .map(|edge| (name(edge.ends.0), name(edge.ends.1), edge))
            .collect();
        edges.sort_by(|(a, b, _), (c, d, _)| (a, b).cmp(&(c, d)));
        Self(edges)
    }
}

/// Numbers for names, so that the graph's edges are pairs of numbers.
#[derive(Clone, Debug, Default, PartialEq)]
struct Nodes {
    numbers: BTreeMap<String, u32>,
    /// Of kinds by their codes, and of start and end behind those, to spare most rows the search.
    frequent: Vec<Option<u32>>,
}

impl Nodes {
    fn at(&mut self, node: Node<'_>) -> u32 {
        let place = match node {
            Node::Named(name) => return self.named(name),
            Node::Kind(kind) => usize::from(kind.code()),
            Node::Start => KINDS_MAX,
            Node::End => KINDS_MAX + 1,
        };
        self.frequent.resize(KINDS_MAX + 2, None);
        if let Some(number) = self.frequent[place] {
            return number;
        }
        let number = self.named(node.name());
        self.frequent[place] = Some(number);
        number
    }

    fn named(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.numbers.len() as u32;
        self.numbers.insert(name.to_owned(), number);
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
