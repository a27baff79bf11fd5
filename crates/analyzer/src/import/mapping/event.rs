//! The sections `[event]` and `[[also]]`: which touchpoints a row makes.

use std::collections::BTreeMap;
use std::sync::Arc;

use wayside_model::{Field, FieldValue, Kind, Value, touchpoint};

use super::super::error::Error;
use super::super::time::TimeRule;
use super::super::toml_doc::{Node, Section};
use super::rules::{self, Rule};
use super::{Columns, parse_time};

/// How a row's kind is found.
#[derive(Clone, Debug)]
pub(in super::super) enum EventRule {
    /// Every row is this.
    Always(Arc<Target>),
    /// A column names it.
    Column {
        column: usize,
        targets: BTreeMap<String, Arc<Target>>,
        /// Names of rows that make no touchpoint.
        left_out: Vec<String>,
        others: Others,
    },
}

/// The treatment of event names that the mapping does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Others {
    /// A touchpoint of the kind with that name, else a custom one of that name.
    Keep,
    /// A dead letter.
    Refuse,
    /// No touchpoint.
    LeaveOut,
}

/// A kind by its name (or a custom name) and the fields that are the same in each such row.
#[derive(Clone, Debug)]
pub(in super::super) struct Target {
    pub(in super::super) kind: Kind,
    pub(in super::super) name: String,
    pub(in super::super) fields: Vec<(Field, FieldValue)>,
}

impl Target {
    pub(in super::super) fn new(name: &str, fields: Vec<(Field, FieldValue)>) -> Self {
        Self {
            kind: Kind::from_name(name).unwrap_or(Kind::Custom),
            name: name.to_owned(),
            fields,
        }
    }
}

/// A further touchpoint of a row, or who its visitor is.
#[derive(Clone, Debug)]
pub(in super::super) struct Also {
    /// The source's own id of the touchpoint; without one it is known by its row and its place in the mapping.
    pub(in super::super) id: Option<usize>,
    pub(in super::super) when: Option<usize>,
    /// `None` where the row only says who somebody is.
    pub(in super::super) target: Option<Target>,
    pub(in super::super) visitor: Option<usize>,
    pub(in super::super) customer: Option<usize>,
    pub(in super::super) time: Option<TimeRule>,
    pub(in super::super) fields: Vec<(Field, Rule)>,
    pub(in super::super) props: Vec<(String, Rule)>,
}

/// The list `[[also]]`.
pub(super) fn parse_also(node: Option<Node<'_, '_>>, columns: &mut Columns) -> Result<Vec<Arc<Also>>, Error> {
    let Some(node) = node else { return Ok(Vec::new()) };
    let parse = |mut section: Section<'_, '_>| {
        let also = Also {
            id: columns.add_if(section.key("id"))?,
            when: columns.condition(section.key("when"))?,
            target: section.key("event").map(|node| parse_target(&node)).transpose()?,
            visitor: columns.add_if(section.key("visitor"))?,
            customer: columns.add_if(section.key("customer"))?,
            time: section.key("time").map(|node| parse_time(&node, columns)).transpose()?,
            fields: rules::parse(section.key("fields"), columns, &rules::field_of_touchpoint)?,
            props: rules::parse(section.key("props"), columns, &rules::prop_name)?,
        };
        if also.target.is_none() && also.customer.is_none() {
            return Err(section.error("needs `event` (which touchpoint this is) or `customer` (who the visitor is)"));
        }
        section.finish()?;
        Ok(Arc::new(also))
    };
    node.sections()?.into_iter().map(parse).collect()
}

pub(super) fn parse(root: &mut Section<'_, '_>, columns: &mut Columns) -> Result<EventRule, Error> {
    let mut event = root.required("event", "[event] with column = \"event\"")?.section()?;
    let rule = match (event.key("column"), event.key("always")) {
        (Some(column), None) => {
            let column = columns.add(&column)?;
            let mut targets = BTreeMap::new();
            if let Some(kinds) = event.key("kinds") {
                for (node, name) in kinds.section()?.entries() {
                    targets.insert(name.to_owned(), Arc::new(parse_target(&node)?));
                }
            }
            let others = match event.key("others") {
                None => Others::Keep,
                Some(node) => match node.text()? {
                    "keep" => Others::Keep,
                    "refuse" => Others::Refuse,
                    "leave_out" => Others::LeaveOut,
                    _ => return Err(node.error("must be \"keep\", \"refuse\" or \"leave_out\"")),
                },
            };
            let left_out = event
                .key("leave_out")
                .map_or_else(|| Ok(Vec::new()), |node| node.texts())?;
            EventRule::Column {
                column,
                targets,
                left_out,
                others,
            }
        }
        (None, Some(always)) => EventRule::Always(Arc::new(parse_target(&always)?)),
        (Some(_), Some(always)) => return Err(always.error("excludes `event.column`; keep one of the two")),
        (None, None) => {
            return Err(event.error(
                "needs `column` (which column names the event) or `always` (what every row is), for example always = \"purchase\"",
            ));
        }
    };
    event.finish()?;
    Ok(rule)
}

/// A kind's name, or a table of `kind` and fixed fields.
fn parse_target(node: &Node<'_, '_>) -> Result<Target, Error> {
    let section = match node.section_or_text()? {
        Err(name) => {
            check_name(node, name)?;
            return Ok(Target::new(name, Vec::new()));
        }
        Ok(section) => section,
    };
    let mut named = None;
    let mut fixed = Vec::new();
    for (entry, key) in section.entries() {
        if key == "kind" {
            check_name(&entry, entry.text()?)?;
            named = Some(entry.text()?.to_owned());
        } else {
            fixed.push((entry, key));
        }
    }
    let Some(name) = named else {
        return Err(section.error("key `kind` is missing; add for example: kind = \"view_item\""));
    };
    let kind = Kind::from_name(&name).unwrap_or(Kind::Custom);
    let fields = fixed
        .into_iter()
        .map(|(entry, key)| fixed_field(&entry, key, kind))
        .collect::<Result<_, _>>()?;
    Ok(Target::new(&name, fields))
}

fn fixed_field(node: &Node<'_, '_>, key: &str, kind: Kind) -> Result<(Field, FieldValue), Error> {
    let field = rules::field_of_touchpoint(node, key)?;
    if !kind.has(field) {
        let allowed: Vec<_> = kind
            .required()
            .iter()
            .chain(kind.optional())
            .map(|field| field.name())
            .collect();
        return Err(node.error(&format!(
            "{} has no such field; it has: {}",
            kind.name(),
            allowed.join(", ")
        )));
    }
    let value: Value = node.scalar()?;
    let value = FieldValue::parse(field, &value).map_err(|error| node.error(&error.to_string()))?;
    Ok((field, value))
}

/// A known kind, or a name fit for a custom touchpoint that is no slip of a known one.
fn check_name(node: &Node<'_, '_>, name: &str) -> Result<(), Error> {
    if !touchpoint::is_name(name) {
        return Err(node.error(&format!(
            "{name:?} cannot name a touchpoint: 1 to 64 characters without control characters or spaces at its ends"
        )));
    }
    Ok(())
}
