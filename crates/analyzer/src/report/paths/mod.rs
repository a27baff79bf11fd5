//! `paths`: steps that follow each other within a visit, as a directly-follows graph.

mod graph;
mod walk;

use std::sync::Arc;

use self::graph::State;
pub(super) use self::walk::Walk;
use super::params::{Param, Params};
use super::{Definition, Report};
use crate::error::Error;
use crate::scan::{FieldSet, JourneyView};
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

impl Report for Paths {
    type State = State;

    fn definition(&self) -> &'static Definition {
        &DEFINITION
    }

    fn fields(&self) -> FieldSet {
        self.walk.fields()
    }

    fn observe(&self, state: &mut State, journey: &JourneyView<'_>) {
        state.begin_customer();
        for session in journey.counted_sessions() {
            state.begin_session();
            self.walk.over(&session, |from, to, gap_ms| state.add(from, to, gap_ms));
        }
    }

    fn link_params(&self) -> Vec<(&'static str, String)> {
        let nodes = if self.walk.by_page { "page" } else { "kind" };
        let clicks = if self.walk.with_clicks { "yes" } else { "no" };
        vec![("nodes", nodes.to_owned()), ("clicks", clicks.to_owned())]
    }

    fn merge(&self, into: &mut State, from: State) {
        into.merge(from);
    }

    fn finish(&self, state: State) -> Table {
        let mut table = Table::new(DEFINITION.columns);
        let (names, mut edges) = state.ordered();
        let mut leaving = vec![0; names.len()];
        for ((from, _), edge) in &edges {
            leaving[*from as usize] += edge.transitions;
        }
        // Most frequent first; the edges come in order of their names, which decides between equals.
        edges.sort_by_key(|(_, edge)| std::cmp::Reverse(edge.transitions));
        if edges.len() > self.top {
            let left: u64 = edges[self.top..].iter().map(|(_, edge)| edge.transitions).sum();
            table.note(format!(
                "{} rarer transitions are left out, {left} times taken together; a larger top shows them.",
                edges.len() - self.top
            ));
        }
        for ((from, to), edge) in edges.into_iter().take(self.top) {
            let [from, to] = [from as usize, to as usize];
            table.push(vec![
                Cell::text(names[from]),
                Cell::text(names[to]),
                Cell::Count(edge.transitions),
                Cell::Count(edge.sessions),
                Cell::share(edge.transitions, leaving[from]),
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
