//! The groups of visits by which a report splits its figures.

use std::borrow::Cow;

use wayside_model::Field;

use super::country;
use super::devices::{self, Devices};
use super::dimension::Dimension;
use super::outcome::Page;
use super::params::{Param, Params};
use crate::error::Error;
use crate::scan::{FieldSet, SessionView};

/// The parameter that names the split, with this default.
pub(super) const fn param(default: &'static str, doc: &'static str) -> Param {
    Param::choice("by", NAMES, default, doc)
}

const NAMES: &[&str] = &[
    "nothing",
    "channel",
    "source_medium",
    "campaign",
    "landing_page",
    "visit",
    "device",
    "browser",
    "browser_version",
    "language",
    "country",
    "screen",
    "property",
];

/// The parameters with which the report `customers` lists a group's customers.
pub(super) fn link_params(params: &Params<'_>) -> Vec<(&'static str, String)> {
    ["by", "property"]
        .map(|name| (name, params.text(name).to_owned()))
        .into()
}

/// A property of visits by which figures are split. Each visit is in one group.
#[derive(Debug)]
pub(super) enum By {
    /// All visits together.
    Nothing,
    /// The way in which the visit came.
    Arrival(Dimension),
    /// The path of its first page.
    LandingPage,
    /// Whether it is the customer's first.
    Visit,
    /// The kind of device.
    Device,
    /// The browser with its major version.
    BrowserVersion,
    /// The country.
    Country,
    /// A fact that pages record when they load.
    Fact(Field),
}

/// The name of the group of all visits.
pub(super) const ALL: &str = "all";

impl By {
    pub(super) fn from_params(params: &Params<'_>) -> Result<Self, Error> {
        Ok(match params.choice("by")? {
            by @ ("channel" | "source_medium" | "campaign" | "property") => {
                Self::Arrival(Dimension::named(by, params.text("property"))?)
            }
            "landing_page" => Self::LandingPage,
            "visit" => Self::Visit,
            "device" => Self::Device,
            "browser" => Self::Fact(Field::Browser),
            "browser_version" => Self::BrowserVersion,
            "language" => Self::Fact(Field::Language),
            "country" => Self::Country,
            "screen" => Self::Fact(Field::Screen),
            _ => Self::Nothing,
        })
    }

    /// The fields that it reads.
    pub(super) fn fields(&self) -> FieldSet {
        match self {
            Self::Nothing | Self::Visit => FieldSet::EMPTY,
            Self::Arrival(dimension) => dimension.fields(),
            Self::LandingPage => FieldSet::of(&[Field::Url]),
            Self::Device => FieldSet::of(&[Field::Device]),
            Self::BrowserVersion => FieldSet::of(&[Field::Browser, Field::BrowserVersion]),
            Self::Country => FieldSet::of(&[Field::Country, Field::TimeZone]),
            Self::Fact(field) => FieldSet::of(&[*field]),
        }
    }

    /// Whether it needs the sessions' channels.
    pub(super) fn needs_channels(&self) -> bool {
        matches!(self, Self::Arrival(dimension) if dimension.needs_channels())
    }

    /// The group of a visit.
    pub(super) fn of<'a>(&self, session: &SessionView<'a>) -> Cow<'a, str> {
        let found = match self {
            Self::Nothing => return ALL.into(),
            Self::Arrival(dimension) => return dimension.of_session(session),
            Self::Device => return devices::name(Devices::of(session)).into(),
            Self::Visit => return if session.number == 0 { "first" } else { "later" }.into(),
            Self::LandingPage => landing_page(session).map(Cow::Borrowed),
            Self::BrowserVersion => browser_version(session),
            Self::Country => country::of(session),
            Self::Fact(field) => last_text(session, *field).map(Cow::Borrowed),
        };
        found.unwrap_or(Cow::Borrowed(devices::UNKNOWN))
    }
}

/// The last text of a field in a visit.
pub(super) fn last_text<'a>(session: &SessionView<'a>, field: Field) -> Option<&'a str> {
    let mut texts = session.rows().rev().filter_map(|row| row.text_of(field));
    texts.find(|text| !text.is_empty())
}

fn browser_version<'a>(session: &SessionView<'a>) -> Option<Cow<'a, str>> {
    let family = last_text(session, Field::Browser)?;
    match last_text(session, Field::BrowserVersion) {
        Some(version) => Some(format!("{family} {version}").into()),
        None => Some(family.into()),
    }
}

fn landing_page<'a>(session: &SessionView<'a>) -> Option<&'a str> {
    let mut page = Page::default();
    let mut paths = session.rows().map(|row| {
        page.follow(&row);
        page.path()
    });
    paths.find(|path| !path.is_empty())
}
