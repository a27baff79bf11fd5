//! Which customers a list has: those behind a row of another report.
//!
//! Each condition asks the other report's own code, so that a list has as many customers as the number that leads to it.

use wayside_model::{Channel, Field, SignalKind, Stage};

use crate::error::Error;
use crate::report::by::By;
use crate::report::checkout::{End, Way};
use crate::report::errors;
use crate::report::forms::{Usages, WHOLE_FORM};
use crate::report::funnel::Funnel;
use crate::report::orders::Orders;
use crate::report::outcome::Page;
use crate::report::params::Params;
use crate::report::paths::Walk;
use crate::report::searches;
use crate::report::signals::{Place, for_each_signal, signal_named};
use crate::scan::{FieldSet, JourneyView};

/// The fields that conditions read, besides those of orders.
pub(super) const FIELDS: &[Field] = &[
    Field::Name,
    Field::Url,
    Field::Element,
    Field::Step,
    Field::Form,
    Field::FormField,
    Field::Error,
    Field::SearchTerm,
];

/// Conditions that all must hold.
#[derive(Debug)]
pub(super) struct Filter(Vec<Condition>);

#[derive(Debug)]
enum Condition {
    /// The customer's key, or one of their visitors, has this text in it, in small letters.
    Search(String),
    /// A cell of the journey map.
    Visit(Option<Stage>, Option<Channel>),
    /// A row of `signals`.
    Signal(Option<SignalKind>, Option<Stage>, Box<At>),
    /// A row of `errors`: error, address and page.
    Error(Wanted, Wanted, Wanted),
    /// A row of `searches`.
    Term(Wanted),
    /// A row of `paths`: from and to.
    Transition(Walk, Wanted, Wanted),
    /// A row of `audience`: the split, and the name of the group.
    Group(By, String),
    /// A row of `forms`: form and field.
    Form(Wanted, Wanted, Outcome),
    /// A row of `checkout`.
    Step(Wanted, Outcome),
    /// A row of `funnel`: how many steps were reached.
    Funnel(Box<Funnel>, usize, Outcome),
}

/// The place of a signal.
#[derive(Debug)]
struct At {
    page: Wanted,
    element: Wanted,
    step: Wanted,
    form: Wanted,
    field: Wanted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Any,
    Lost,
}

/// A requested text: the empty one accepts any text, [`NONE`] only an empty one.
#[derive(Debug)]
struct Wanted(String);

/// The parameter's value that selects places without a page, an element and so on; a parameter that is left out accepts any.
const NONE: &str = "(none)";

impl Filter {
    pub(super) fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        let wanted = |name: &'static str| Wanted(params.text(name).to_owned());
        let has = |names: &[&'static str]| names.iter().any(|name| !params.text(name).is_empty());
        let outcome = match params.choice("outcome")? {
            "lost" => Outcome::Lost,
            _ => Outcome::Any,
        };
        let stage = match params.text("stage") {
            "" => None,
            name => Some(stage_named(name)?),
        };
        let channel = match params.text("channel") {
            "" => None,
            name => Some(channel_named(name)?),
        };
        let mut conditions = Vec::new();
        if has(&["search"]) {
            conditions.push(Condition::Search(params.text("search").to_lowercase()));
        }
        let is_error = has(&["error", "address"]);
        // If a signal is requested, page, step, form and field are its place.
        let is_signal = has(&["signal", "element"]) || has(&["page"]) && !is_error;
        if is_signal {
            let kind = match params.text("signal") {
                "" => None,
                name => Some(signal_named(name)?),
            };
            let at = At {
                page: wanted("page"),
                element: wanted("element"),
                step: wanted("step"),
                form: wanted("form"),
                field: wanted("field"),
            };
            conditions.push(Condition::Signal(kind, stage, Box::new(at)));
        }
        let stage = stage.filter(|_| !is_signal);
        if stage.is_some() || channel.is_some() {
            conditions.push(Condition::Visit(stage, channel));
        }
        if is_error {
            conditions.push(Condition::Error(wanted("error"), wanted("address"), wanted("page")));
        }
        if has(&["group"]) {
            conditions.push(Condition::Group(
                By::from_params(params)?,
                params.text("group").to_owned(),
            ));
        }
        if has(&["term"]) {
            let term = params.text("term").to_lowercase();
            conditions.push(Condition::Term(Wanted(term)));
        }
        if has(&["after", "next"]) {
            let walk = Walk::from_params(params)?;
            conditions.push(Condition::Transition(walk, wanted("after"), wanted("next")));
        }
        if has(&["form", "field"]) && !is_signal {
            conditions.push(Condition::Form(wanted("form"), wanted("field"), outcome));
        }
        if has(&["step"]) && !is_signal {
            conditions.push(Condition::Step(wanted("step"), outcome));
        }
        if has(&["steps"]) {
            let funnel = Funnel::from_params(params)?;
            let all = funnel.len();
            let reached = params.number("reached", 0..=all as i64)? as usize;
            let reached = if reached == 0 { all } else { reached };
            conditions.push(Condition::Funnel(Box::new(funnel), reached, outcome));
        }
        Ok(Self(conditions))
    }

    /// The fields that the conditions read, besides [`FIELDS`] and those of orders.
    pub(super) fn fields(&self) -> FieldSet {
        self.0
            .iter()
            .fold(FieldSet::EMPTY, |fields, condition| match condition {
                Condition::Group(by, _) => fields.and(by.fields()),
                _ => fields,
            })
    }

    /// Whether the list has this customer.
    pub(super) fn takes(&self, journey: &JourneyView<'_>) -> bool {
        self.0.iter().all(|condition| condition.holds(journey))
    }
}

impl Condition {
    fn holds(&self, journey: &JourneyView<'_>) -> bool {
        let mut sessions = journey.counted_sessions();
        match self {
            Self::Search(text) => {
                let has = |id: &str| id.to_lowercase().contains(text);
                has(journey.customer()) || journey.counted().any(|row| has(row.visitor_id()))
            }
            Self::Visit(stage, channel) => journey.counted().any(|row| {
                stage.is_none_or(|stage| stage == row.stage())
                    && channel.is_none_or(|channel| channel == journey.session_channel(&row))
            }),
            Self::Signal(kind, stage, at) => sessions.any(|session| {
                let mut has = false;
                for_each_signal(&session, |row, found, page| {
                    has = has
                        || (stage.is_none_or(|stage| stage == row.stage())
                            && kind.is_none_or(|kind| kind == found.kind)
                            && at.is(&Place::of(row, found, page)));
                });
                has
            }),
            Self::Error(error, address, page) => sessions.any(|session| {
                let mut path = Page::default();
                session.rows().any(|row| {
                    path.follow(&row);
                    errors::Place::of(&row, &path).is_some_and(|place| {
                        error.is(&place.error) && address.is(&place.address) && page.is(&place.page)
                    })
                })
            }),
            Self::Group(by, group) => sessions.any(|session| by.of(&session).trim() == group),
            Self::Term(term) => sessions.any(|session| {
                let mut terms = session.rows().filter_map(|row| searches::term_of(&row));
                terms.any(|found| term.is(&found))
            }),
            Self::Transition(walk, after, next) => sessions.any(|session| {
                let mut has = false;
                walk.over(&session, |from, to, _| {
                    has = has || after.is(from.name()) && next.is(to.name());
                });
                has
            }),
            Self::Form(form, field, outcome) => sessions.any(|session| {
                Usages::of(&session).iter().any(|((used_form, used_field), is_left)| {
                    let used_field = if used_field.is_empty() { WHOLE_FORM } else { used_field };
                    form.is(used_form) && field.is(used_field) && (is_left || *outcome == Outcome::Any)
                })
            }),
            Self::Step(step, outcome) => {
                let orders = Orders::of(journey);
                sessions.any(|session| {
                    let mut ends = Way::of(&session).ends(&session, &orders);
                    ends.any(|(name, end)| step.is(name) && (end == End::Abandoned || *outcome == Outcome::Any))
                })
            }
            Self::Funnel(funnel, wanted, outcome) => {
                let reached = funnel.reached(journey);
                match outcome {
                    Outcome::Any => reached >= *wanted,
                    Outcome::Lost => reached > 0 && reached + 1 == *wanted,
                }
            }
        }
    }
}

impl At {
    fn is(&self, place: &Place) -> bool {
        self.page.is(&place.page)
            && self.element.is(&place.element)
            && self.step.is(&place.step)
            && self.form.is(&place.form)
            && self.field.is(&place.field)
    }
}

impl Wanted {
    fn is(&self, found: &str) -> bool {
        // Parameters are trimmed when they are read.
        let found = found.trim();
        match self.0.as_str() {
            "" => true,
            NONE => found.is_empty(),
            wanted => wanted == found,
        }
    }
}

fn stage_named(name: &str) -> Result<Stage, Error> {
    let found = Stage::ALL.into_iter().find(|stage| stage.name() == name);
    found.ok_or_else(|| {
        let names = Stage::ALL.map(Stage::name).join(", ");
        Error::bad_param("stage", name, format!("one of {names}"))
    })
}

fn channel_named(name: &str) -> Result<Channel, Error> {
    let all = || (0..=u8::MAX).filter_map(Channel::from_code);
    all()
        .find(|channel| channel.name().eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            let names: Vec<&str> = all().map(Channel::name).collect();
            Error::bad_param("channel", name, format!("one of {}", names.join(", ")))
        })
}
