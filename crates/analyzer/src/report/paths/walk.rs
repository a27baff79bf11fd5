//! The walk of a session through its steps.

use wayside_model::kind::Role;
use wayside_model::{Field, Kind, Touch, url};

use crate::error::Error;
use crate::report::params::Params;
use crate::scan::{FieldSet, Row, SessionView, TextPlace};

/// Which touchpoints are steps, and how they are named.
#[derive(Debug)]
pub(in crate::report) struct Walk {
    pub(super) by_page: bool,
    pub(super) with_clicks: bool,
}

/// A step of a walk.
#[derive(Clone, Copy)]
pub(in crate::report) enum Node<'a> {
    /// The place before a session's first step.
    Start,
    /// The place after its last step.
    End,
    /// By its kind.
    Kind(Kind),
    /// By its own name.
    Named(&'a str),
    /// A page, by the path of its address.
    Page(&'a str, TextPlace),
}

impl<'a> Node<'a> {
    /// Its name in the table.
    pub(in crate::report) fn name(self) -> &'a str {
        match self {
            Self::Start => "(start)",
            Self::End => "(end)",
            Self::Kind(kind) => kind.name(),
            Self::Named(name) => name,
            Self::Page(address, _) => match url::path(address) {
                "" => ROOT,
                path => path,
            },
        }
    }
}

impl Walk {
    /// From the parameters `nodes` and `clicks`.
    pub(in crate::report) fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(Self {
            by_page: params.choice("nodes")? == "page",
            with_clicks: params.choice("clicks")? == "yes",
        })
    }

    /// Calls back with each transition of a session and the time that it took. A session without a step has none.
    pub(in crate::report) fn over<'a>(
        &self,
        session: &SessionView<'a>,
        mut go: impl FnMut(Node<'a>, Node<'a>, Option<i64>),
    ) {
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
    pub(super) fn fields(&self) -> FieldSet {
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
            Kind::PageView if self.by_page => match row.text_of(Field::Url).zip(row.address_place()) {
                Some((address, place)) => Node::Page(address, place),
                None => Node::Named(ROOT),
            },
            Kind::Custom => Node::Named(row.name()),
            kind => Node::Kind(kind),
        }
    }
}

/// The path of a page whose address has none.
const ROOT: &str = "/";
