//! The dimensions by which support contacts are grouped: their topic, their channel, or a property such as the agent or the team.

use std::borrow::Cow;

use wayside_model::{Field, FieldType};

use crate::error::Error;
use crate::import::nearest;
use crate::report::channels::place;
use crate::report::dimension::Dimension;
use crate::report::params::{Param, Params};
use crate::scan::{FieldSet, Row};

pub(super) const BY: Param = Param::choice(
    "by",
    &["topic", "channel", "property"],
    "topic",
    "A row for each topic, contact channel, or value of the property that property names, such as agent or team.",
);
pub(super) const PROPERTY: Param = Param::text(
    "property",
    "",
    "With by=property: a property of the site's own, or a text field, such as agent or team.",
);

/// The name of contacts without a topic, channel or property.
pub(super) const NONE: &str = "(none)";

/// The dimension by which contacts are grouped.
#[derive(Debug)]
pub(super) enum By {
    Topic,
    Channel,
    Property(String, Dimension),
}

impl By {
    pub(super) fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        let (by, property) = (params.choice(BY.name)?, params.text(PROPERTY.name));
        match by {
            "property" if property.is_empty() => {
                let expected = "given with by=property: the name of a property of contacts, such as agent or team";
                Err(Error::bad_param(PROPERTY.name, property, expected))
            }
            "property" => Ok(Self::Property(
                property.to_owned(),
                Dimension::of_property(PROPERTY.name, property)?,
            )),
            _ if !property.is_empty() => Err(Error::bad_param(
                PROPERTY.name,
                property,
                "left out unless by is property",
            )),
            "channel" => Ok(Self::Channel),
            _ => Ok(Self::Topic),
        }
    }

    pub(super) fn fields(&self) -> FieldSet {
        match self {
            Self::Topic => FieldSet::of(&[Field::Topic]),
            Self::Channel => FieldSet::of(&[Field::ContactChannel, Field::Topic]),
            Self::Property(_, dimension) => dimension.fields().and(FieldSet::of(&[Field::Topic])),
        }
    }

    /// The name of a contact's group.
    pub(super) fn of<'a>(&self, contact: &Row<'a>) -> Cow<'a, str> {
        let name = match self {
            Self::Topic => contact.text_of(Field::Topic).map(Cow::Borrowed),
            Self::Channel => {
                let word = contact.text_of(Field::ContactChannel);
                word.map(|word| place::name(Some(word), false).into())
            }
            Self::Property(_, dimension) => dimension.of_row(contact),
        };
        name.filter(|name| !name.is_empty()).unwrap_or(NONE.into())
    }

    /// The note of a report in which no contact has what it is grouped by.
    pub(super) fn missing(&self) -> String {
        match self {
            Self::Topic => "No contact has a topic: send it as the field topic.".to_owned(),
            Self::Channel => "No contact has a channel: send it as the field contact_channel.".to_owned(),
            Self::Property(name, _) => {
                let is_text = |field: &&Field| matches!(field.field_type(), FieldType::Text | FieldType::Url);
                let fields = Field::ALL.iter().filter(is_text).map(|field| field.name());
                let hint = nearest(name, fields).map_or_else(String::new, |near| format!("; did you mean \"{near}\"?"));
                format!("No contact has a property \"{name}\"{hint}")
            }
        }
    }
}
