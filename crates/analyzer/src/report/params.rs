//! Parameters of reports: declared once, read with their defaults.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::Serialize;
use wayside_model::customer;
use wayside_model::id::ANONYMOUS_PREFIX;

use super::{About, COMMON_PARAMS, Definition};
use crate::error::{Error, ErrorKind};
use crate::import::nearest;
use crate::zone::Zone;

/// A parameter as a report declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// The type of its values.
    #[serde(rename = "type")]
    pub kind: ParamType,
    /// The choices there are, of a choice.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub choices: &'static [&'static str],
    /// The default; empty if there is none.
    pub default: &'static str,
    /// The meaning, for readers.
    pub doc: &'static str,
}

/// The type of a parameter's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ParamType {
    /// Text.
    Text,
    /// A whole number.
    Number,
    /// One of some words.
    Choice,
    /// Words with commas between.
    List,
}

impl Param {
    /// Text.
    pub const fn text(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        Self::new(name, ParamType::Text, &[], default, doc)
    }

    /// A whole number.
    pub const fn number(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        Self::new(name, ParamType::Number, &[], default, doc)
    }

    /// Words with commas between.
    pub const fn list(name: &'static str, default: &'static str, doc: &'static str) -> Self {
        Self::new(name, ParamType::List, &[], default, doc)
    }

    /// One of some words.
    pub const fn choice(
        name: &'static str,
        choices: &'static [&'static str],
        default: &'static str,
        doc: &'static str,
    ) -> Self {
        Self::new(name, ParamType::Choice, choices, default, doc)
    }

    const fn new(
        name: &'static str,
        kind: ParamType,
        choices: &'static [&'static str],
        default: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            name,
            kind,
            choices,
            default,
            doc,
        }
    }
}

/// Most rows that a report lists at once: more than anyone reads, and an answer stays small.
const TOP_MAX: i64 = 10_000;

/// A report's parameters as they were given.
#[derive(Debug)]
pub struct Params<'a> {
    report: &'static Definition,
    given: &'a BTreeMap<String, String>,
    zone: &'a Zone,
}

impl<'a> Params<'a> {
    /// Refuses names that the report does not have.
    pub(super) fn new(
        report: &'static Definition,
        given: &'a BTreeMap<String, String>,
        zone: &'a Zone,
    ) -> Result<Self, Error> {
        let known = || COMMON_PARAMS.iter().chain(report.params).map(|param| param.name);
        match given.keys().find(|name| !known().any(|known| known == name.as_str())) {
            Some(stray) => Err(Error::new(ErrorKind::UnknownParam {
                report: report.name,
                name: stray.clone(),
                known: known().collect(),
            })),
            None => Ok(Self { report, given, zone }),
        }
    }

    /// The time zone of the report's days.
    pub(super) fn zone(&self) -> &'a Zone {
        self.zone
    }

    /// A parameter's value, or its default.
    pub(super) fn text(&self, name: &'static str) -> &'a str {
        let given = self
            .given
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty());
        given.unwrap_or_else(|| self.declared(name).map_or("", |param| param.default))
    }

    /// A parameter's words, without empty ones.
    pub(super) fn list(&self, name: &'static str) -> Vec<&'a str> {
        self.text(name)
            .split(',')
            .map(str::trim)
            .filter(|word| !word.is_empty())
            .collect()
    }

    /// A parameter's whole number, within limits.
    pub(super) fn number(&self, name: &'static str, limits: RangeInclusive<i64>) -> Result<i64, Error> {
        let raw = self.text(name);
        raw.parse().ok().filter(|n| limits.contains(n)).ok_or_else(|| {
            let expected = format!("a whole number from {} to {}", limits.start(), limits.end());
            Error::bad_param(name, raw, expected)
        })
    }

    /// The parameter `top`: how many rows are listed.
    pub(super) fn top(&self) -> Result<usize, Error> {
        Ok(self.number("top", 1..=TOP_MAX)? as usize)
    }

    /// The person that the parameters `visitor` and `customer` select.
    pub(super) fn person(&self) -> Result<About, Error> {
        match (self.text("visitor"), self.text("customer")) {
            ("", "") => Err(Error::bad_param(
                "visitor",
                "",
                "given, or customer: the report is about one person",
            )),
            (visitor, "") => Ok(About::Visitor(visitor.to_owned())),
            // A key as other reports and SQL show it, or the identity that the site gave.
            ("", customer) if customer.starts_with(ANONYMOUS_PREFIX) => Ok(About::Customer(customer.to_owned())),
            ("", customer) => Ok(About::Customer(customer::key("", Some(customer)))),
            (_, customer) => Err(Error::bad_param(
                "customer",
                customer,
                "left out where visitor is given",
            )),
        }
    }

    /// A parameter's choice, refused when it is none of the declared ones.
    pub(super) fn choice(&self, name: &'static str) -> Result<&'static str, Error> {
        let raw = self.text(name);
        let choices = self.declared(name).map_or(&[][..], |param| param.choices);
        let found = choices.iter().find(|choice| **choice == raw);
        found.copied().ok_or_else(|| {
            let hint = nearest(raw, choices.iter().copied());
            let hint = hint.map_or_else(String::new, |choice| format!("; did you mean \"{choice}\"?"));
            Error::bad_param(name, raw, format!("{}{hint}", choices.join(" or ")))
        })
    }

    fn declared(&self, name: &str) -> Option<&'static Param> {
        self.report.params.iter().find(|param| param.name == name)
    }
}
