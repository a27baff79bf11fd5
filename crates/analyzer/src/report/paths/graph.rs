//! The graph of transitions.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use serde::{Deserialize, Serialize, Serializer};

use super::walk::Node;
use crate::scan::{KINDS_MAX, TextPlace};
use crate::stats::Histogram;

/// The transitions of any number of sessions.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(from = "Saved")]
pub(super) struct State {
    nodes: Nodes,
    edges: Vec<(Ends, Edge)>,
    /// The places of edges in `edges` by their ends.
    by_ends: HashMap<Ends, usize, RandomState>,
    /// Number of the session at hand, so that an edge counts it once.
    session: u64,
    /// The same of the customer.
    customer: u64,
}

/// The numbers of an edge's nodes: the one that it leaves and the one that it reaches.
type Ends = (u32, u32);

/// A transition from one node to another.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Edge {
    pub(super) transitions: u64,
    pub(super) sessions: u64,
    pub(super) customers: u64,
    pub(super) gaps: Histogram,
    #[serde(skip)]
    last_session: u64,
    #[serde(skip)]
    last_customer: u64,
}

impl State {
    /// Goes on to the next customer.
    pub(super) fn begin_customer(&mut self) {
        self.customer += 1;
    }

    /// Goes on to the customer's next session.
    pub(super) fn begin_session(&mut self) {
        self.session += 1;
    }

    /// Adds a transition of the session, with the time that it took.
    pub(super) fn add(&mut self, from: Node<'_>, to: Node<'_>, gap_ms: Option<i64>) {
        let ends = (self.nodes.at(from), self.nodes.at(to));
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

    /// Adds the transitions of other customers.
    pub(super) fn merge(&mut self, from: Self) {
        let names = from.nodes.names();
        let numbers: Vec<u32> = names.iter().map(|name| self.nodes.named(name)).collect();
        for ((from, to), edge) in from.edges {
            self.edge((numbers[from as usize], numbers[to as usize])).merge(edge);
        }
    }

    /// The names of the nodes in order, and the edges in order of these, with the places of their ends in the names.
    pub(super) fn ordered(&self) -> (Vec<&str>, Vec<(Ends, &Edge)>) {
        let mut ranks = vec![0; self.nodes.numbers.len()];
        for (rank, number) in (0..).zip(self.nodes.numbers.values()) {
            ranks[*number as usize] = rank;
        }
        let edges = self.edges.iter();
        let mut edges: Vec<_> = edges
            .map(|((from, to), edge)| ((ranks[*from as usize], ranks[*to as usize]), edge))
            .collect();
        edges.sort_unstable_by_key(|(ends, _)| *ends);
        (self.nodes.numbers.keys().map(String::as_str).collect(), edges)
    }

    /// The edge between two nodes.
    fn edge(&mut self, ends: Ends) -> &mut Edge {
        let at = *self.by_ends.entry(ends).or_insert_with(|| {
            self.edges.push((ends, Edge::default()));
            self.edges.len() - 1
        });
        &mut self.edges[at].1
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

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.ordered().serialize(serializer)
    }
}

/// The names and edges of [`State::ordered`].
#[derive(Deserialize)]
struct Saved(Vec<String>, Vec<(Ends, Edge)>);

impl From<Saved> for State {
    fn from(Saved(names, edges): Saved) -> Self {
        let places = edges.iter().enumerate();
        let by_ends = places.map(|(at, (ends, _))| (*ends, at)).collect();
        let numbers = (0..).zip(names).map(|(number, name)| (name, number));
        Self {
            nodes: Nodes {
                numbers: numbers.collect(),
                ..Nodes::default()
            },
            edges,
            by_ends,
            ..Self::default()
        }
    }
}

/// Numbers for names, so that the graph's edges are pairs of numbers.
#[derive(Clone, Debug, Default, PartialEq)]
struct Nodes {
    numbers: BTreeMap<String, u32>,
    /// Of kinds by their codes, and of start and end behind those, to spare most rows the search.
    frequent: Vec<Option<u32>>,
    /// Of pages by the places of their addresses.
    pages: Pages,
}

impl Nodes {
    fn at(&mut self, node: Node<'_>) -> u32 {
        let place = match node {
            Node::Named(name) => return self.named(name),
            Node::Page(_, place) => {
                if let Some(number) = self.pages.get(place) {
                    return number;
                }
                let number = self.named(node.name());
                self.pages.put(place, number);
                return number;
            }
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
    fn names(&self) -> Vec<&str> {
        let mut names = vec![""; self.numbers.len()];
        for (name, number) in &self.numbers {
            names[*number as usize] = name;
        }
        names
    }
}

/// The numbers of pages by the places of their addresses in the dictionaries that were read last.
#[derive(Clone, Debug, Default, PartialEq)]
struct Pages(Vec<(u64, Vec<Option<u32>>)>);

/// A customer's rows come from the dictionaries of a few row groups at a time: one for each month.
const DICTIONARIES_MAX: usize = 8;

impl Pages {
    fn get(&self, place: TextPlace) -> Option<u32> {
        let (_, numbers) = self.0.iter().rev().find(|(known, _)| *known == place.dictionary)?;
        *numbers.get(place.key)?
    }

    fn put(&mut self, place: TextPlace, number: u32) {
        if !self.0.iter().any(|(known, _)| *known == place.dictionary) {
            if self.0.len() == DICTIONARIES_MAX {
                self.0.remove(0);
            }
            self.0.push((place.dictionary, Vec::new()));
        }
        let known = self.0.iter_mut().find(|(known, _)| *known == place.dictionary);
        if let Some((_, numbers)) = known {
            numbers.resize(numbers.len().max(place.key + 1), None);
            numbers[place.key] = Some(number);
        }
    }
}
