//! The names by which the ways to a site are told apart.

use std::borrow::Cow;

use wayside_model::channel::{ARRIVAL_FIELDS, is_payment, touch_channel};
use wayside_model::{Field, FieldType, url};

use super::params::{Param, Params};
use crate::error::Error;
use crate::scan::{FieldSet, Row, SessionView};

pub(super) const BY: Param = Param::choice(
    "by",
    &["channel", "source_medium", "campaign", "property"],
    "channel",
    "What names a touch: its channel, its source and medium, its campaign, or the field or property that property names.",
);
pub(super) const PROPERTY: Param = Param::text(
    "property",
    "",
    "With by=property: the name of a text field of touchpoints, or of a property of the site's own.",
);

/// The dimension that names a touch.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Dimension {
    Channel,
    SourceMedium,
    /// A text field.
    Field(Field),
    /// A property of the site's own.
    Property(String),
}

impl Dimension {
    pub(super) fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Self::named(params.choice("by")?, params.text("property"))
    }

    /// The dimension of this name; `property` is the field or property that `property` needs and no other dimension may have.
    pub(super) fn named(by: &str, property: &str) -> Result<Self, Error> {
        if by == "property" {
            return Self::of_property("property", property);
        }
        if !property.is_empty() {
            return Err(Error::bad_param("property", property, "left out unless by is property"));
        }
        Ok(match by {
            "source_medium" => Self::SourceMedium,
            "campaign" => Self::Field(Field::Campaign),
            _ => Self::Channel,
        })
    }

    /// The dimension of a text field or a property of the site's own, which a parameter names.
    pub(super) fn of_property(param: &'static str, name: &str) -> Result<Self, Error> {
        let is_text = |field: &Field| matches!(field.field_type(), FieldType::Text | FieldType::Url);
        match Field::from_name(name) {
            _ if name.is_empty() => Err(Error::bad_param(
                param,
                name,
                "given with by=property: the name of a text field or of a property of the site's own",
            )),
            Some(field) if is_text(&field) => Ok(Self::Field(field)),
            Some(field) => {
                let expected = format!("a text: the field {} is {}", field.name(), field.field_type().name());
                Err(Error::bad_param(param, name, expected))
            }
            None => Ok(Self::Property(name.to_owned())),
        }
    }

    /// The fields that it reads.
    pub(super) fn fields(&self) -> FieldSet {
        match self {
            Self::Channel => {
                FieldSet::of(ARRIVAL_FIELDS).and(FieldSet::of(&[Field::ContactChannel, Field::SourceChannel]))
            }
            Self::SourceMedium => FieldSet::of(&[Field::Source, Field::Medium, Field::Referrer]),
            Self::Field(field) => FieldSet::of(&[*field]),
            Self::Property(_) => FieldSet::of(&[Field::Props]),
        }
    }

    /// Whether it needs the sessions' channels.
    pub(super) fn needs_channels(&self) -> bool {
        *self == Self::Channel
    }

    /// The name of a session's touch.
    pub(super) fn of_session<'a>(&self, session: &SessionView<'a>) -> Cow<'a, str> {
        if *self == Self::Channel {
            return session.channel().name().into();
        }
        let named = session.rows().find_map(|row| self.of_row(&row));
        named.unwrap_or_else(|| self.missing().into())
    }

    /// The name of a touchpoint's touch; `None` if it names none and so is no touch.
    pub(super) fn of_row<'a>(&self, row: &Row<'a>) -> Option<Cow<'a, str>> {
        match self {
            Self::Channel => Some(touch_channel(row)?.name().into()),
            Self::SourceMedium => source_medium(row).map(Cow::Owned),
            Self::Field(field) => row.text_of(*field).map(Cow::Borrowed),
            Self::Property(name) => row.prop(name).map(Cow::Owned),
        }
    }

    /// The name of touches without one. A touch of this name is a direct one.
    pub(super) fn missing(&self) -> &'static str {
        match self {
            Self::Channel => "Direct",
            Self::SourceMedium => "(direct) / (none)",
            Self::Field(_) | Self::Property(_) => "(none)",
        }
    }
}

/// The source with its medium, as in GA4: without a campaign, the referring site with `referral`.
fn source_medium(row: &Row<'_>) -> Option<String> {
    let said = |field| row.text_of(field).filter(|text| !text.is_empty());
    let referrer = said(Field::Referrer).map(url::host);
    let referrer = referrer.filter(|host| !host.is_empty() && !is_payment(host));
    let host = referrer.map(|host| host.strip_prefix("www.").unwrap_or(host));
    let (source, medium) = match (said(Field::Source), said(Field::Medium), host) {
        (Some(source), medium, _) => (source, medium.unwrap_or("(not set)")),
        (None, Some(medium), host) => (host.unwrap_or("(not set)"), medium),
        (None, None, Some(host)) => (host, "referral"),
        (None, None, None) => return None,
    };
    Some(format!("{source} / {medium}"))
}
