//! Rules: where a field's, an item's or a property's value comes from.

use std::collections::BTreeMap;

use wayside_model::limits::NAME_MAX_BYTES;
use wayside_model::{Field, Kind, Value};

use super::super::error::Error;
use super::super::nearest::nearest;
use super::super::toml_doc::Node;
use super::Columns;

/// Where a value comes from.
#[derive(Clone, Debug)]
pub(in super::super) enum Rule {
    /// A column, with other words for some of its values.
    Column {
        column: usize,
        values: BTreeMap<String, Value>,
    },
    /// The same in every row.
    Constant(Value),
    /// Text with columns in it.
    Template(Vec<Part>),
}

/// A piece of a template.
#[derive(Clone, Debug)]
pub(in super::super) enum Part {
    Text(String),
    Column(usize),
}

/// Where a touchpoint's products come from.
#[derive(Clone, Debug)]
pub(in super::super) enum Items {
    /// One from each row; none where there are no rules.
    Row(Vec<(Field, Rule)>),
    /// The entries of a list.
    List {
        column: usize,
        rules: Vec<(Field, ItemRule)>,
    },
}

/// Where a field of a list's entry comes from.
#[derive(Clone, Debug)]
pub(in super::super) enum ItemRule {
    /// The first of these ways into the entry that leads to something.
    Keys(Vec<String>),
    /// The same in every entry.
    Constant(Value),
}

impl Items {
    pub(super) fn is_none(&self) -> bool {
        matches!(self, Self::Row(rules) if rules.is_empty())
    }
}

/// The rules of a table of names: `name = "column"` or `name = { column | constant | template … }`.
pub(super) fn parse<K>(
    node: Option<Node<'_, '_>>,
    columns: &mut Columns,
    key: &dyn Fn(&Node<'_, '_>, &str) -> Result<K, Error>,
) -> Result<Vec<(K, Rule)>, Error> {
    let Some(node) = node else { return Ok(Vec::new()) };
    node.section()?
        .entries()
        .iter()
        .map(|(node, name)| Ok((key(node, name)?, parse_rule(node, columns)?)))
        .collect()
}

fn parse_rule(node: &Node<'_, '_>, columns: &mut Columns) -> Result<Rule, Error> {
    let plain = |column| Rule::Column {
        column,
        values: BTreeMap::new(),
    };
    if node.is_list() {
        return Ok(plain(columns.add(node)?));
    }
    let mut section = match node.section_or_text()? {
        Err(_) => return Ok(plain(columns.add(node)?)),
        Ok(section) => section,
    };
    let keys = (
        section.key("column"),
        section.key("constant"),
        section.key("template"),
        section.key("sql"),
    );
    let rule = match keys {
        (Some(column), None, None, None) => {
            let column = columns.add(&column)?;
            let mut values = BTreeMap::new();
            if let Some(table) = section.key("values") {
                for (node, from) in table.section()?.entries() {
                    values.insert(from.to_owned(), node.scalar()?);
                }
            }
            Rule::Column { column, values }
        }
        (None, Some(constant), None, None) => Rule::Constant(constant.scalar()?),
        (None, None, Some(template), None) => Rule::Template(parse_template(&template, columns)?),
        (None, None, None, Some(sql)) => plain(columns.sql(&sql)?),
        _ => return Err(section.error("needs exactly one of `column`, `constant`, `template` and `sql`")),
    };
    section.finish()?;
    Ok(rule)
}

/// The section `[item]`: fields of one product a row, or, with `of`, of each entry of a list.
pub(super) fn parse_items(node: Option<Node<'_, '_>>, columns: &mut Columns) -> Result<Items, Error> {
    let Some(node) = node else {
        return Ok(Items::Row(Vec::new()));
    };
    let section = node.section()?;
    let mut list = None;
    let mut rules = Vec::new();
    for (node, name) in section.entries() {
        if name == "of" {
            list = Some(columns.add(&node)?);
        } else {
            rules.push((field_of_item(&node, name)?, node));
        }
    }
    match list {
        None => {
            let rules = rules
                .iter()
                .map(|(field, node)| Ok((*field, parse_rule(node, columns)?)));
            Ok(Items::Row(rules.collect::<Result<_, Error>>()?))
        }
        Some(column) => {
            let rules = rules.iter().map(|(field, node)| Ok((*field, parse_item_rule(node)?)));
            Ok(Items::List {
                column,
                rules: rules.collect::<Result<_, Error>>()?,
            })
        }
    }
}

fn parse_item_rule(node: &Node<'_, '_>) -> Result<ItemRule, Error> {
    if node.is_list() {
        return Ok(ItemRule::Keys(node.texts()?));
    }
    match node.section_or_text()? {
        Err(key) => Ok(ItemRule::Keys(vec![key.to_owned()])),
        Ok(mut section) => {
            let constant = section.required("constant", "{ constant = 1 }")?.scalar()?;
            section.finish()?;
            Ok(ItemRule::Constant(constant))
        }
    }
}

/// Text with `{column}` in it.
fn parse_template(node: &Node<'_, '_>, columns: &mut Columns) -> Result<Vec<Part>, Error> {
    let mut parts = Vec::new();
    let mut rest = node.text()?;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((column, after)) = after.split_once('}') else {
            return Err(node.error("a `{` is never closed; write a column's name between { and }"));
        };
        parts.push(Part::Text(before.to_owned()));
        parts.push(Part::Column(columns.named(column, node)?));
        rest = after;
    }
    parts.push(Part::Text(rest.to_owned()));
    Ok(parts)
}

pub(super) fn field_of_touchpoint(node: &Node<'_, '_>, name: &str) -> Result<Field, Error> {
    let refused = match Field::from_name(name) {
        Some(Field::Name) => "a custom touchpoint's name comes from [event]",
        Some(Field::CustomerId) => "use the key `customer` at the top of the mapping",
        Some(Field::Props) => "use [props], one line a property",
        Some(Field::Automated) => "say automated = true at the top of the mapping where the rows are no person's",
        Some(Field::SourceOrder) => "the import counts it; leave it out",
        Some(field) if Kind::ALL.iter().any(|kind| kind.has(field)) => return Ok(field),
        Some(_) => "is a field of an item; put it under [item]",
        None => return Err(unknown_field(node, name, &mut touchpoint_fields())),
    };
    Err(node.error(refused))
}

fn field_of_item(node: &Node<'_, '_>, name: &str) -> Result<Field, Error> {
    let mut known = wayside_model::field::ITEM_FIELDS.iter().copied();
    match known.clone().find(|field| field.name() == name) {
        Some(field) => Ok(field),
        None => Err(unknown_field(node, name, &mut known)),
    }
}

fn touchpoint_fields() -> impl Iterator<Item = Field> {
    Field::ALL
        .iter()
        .copied()
        .filter(|field| Kind::ALL.iter().any(|kind| kind.has(*field)))
}

fn unknown_field(node: &Node<'_, '_>, name: &str, known: &mut dyn Iterator<Item = Field>) -> Error {
    let hint = nearest(name, known.map(Field::name)).map_or_else(
        || "docs/touchpoints.md lists them".to_owned(),
        |known| format!("did you mean `{known}`?"),
    );
    node.error(&format!(
        "unknown field; {hint} A property of your own belongs under [props]"
    ))
}

pub(super) fn prop_name(node: &Node<'_, '_>, name: &str) -> Result<String, Error> {
    match wayside_model::field::prop(name, &Value::Int(0)) {
        Some((kept, _)) if kept == name => Ok(name.to_owned()),
        _ => Err(node.error(&format!("a property's name must have 1 to {NAME_MAX_BYTES} bytes"))),
    }
}
