//! Parsing of tracking plans.

use std::collections::{BTreeMap, BTreeSet};

use regex_lite::{Regex, RegexBuilder};
use wayside_model::Value;

use crate::error::{Error, ErrorKind};
use crate::limits::{LISTS_MAX, PATTERN_MAX_BYTES, PATTERNS_MAX};
use crate::show::show;
use crate::text;

/// A tracking plan. Parsing refuses everything that it does not understand, because a misspelt key would silently check
/// nothing.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) touchpoints: BTreeMap<String, Planned>,
}

/// The planned properties of a touchpoint or of a list entry.
#[derive(Clone, Debug, Default)]
pub(crate) struct Planned {
    /// The names of required properties.
    pub(crate) required: Vec<String>,
    /// The requirements for properties that are present.
    pub(crate) properties: Vec<(String, Property)>,
}

/// The requirements for one property.
#[derive(Clone, Debug, Default)]
pub(crate) struct Property {
    pub(crate) kind: Option<Type>,
    /// The allowed values; `None` allows all.
    pub(crate) values: Option<Vec<Value>>,
    pub(crate) pattern: Option<Regex>,
    /// The requirements for the entries of a list.
    pub(crate) entries: Planned,
}

/// The type of a property's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Text,
    Number,
    WholeNumber,
    Boolean,
    List,
}

impl Type {
    pub(crate) const ALL: [Self; 5] = [Self::Text, Self::Number, Self::WholeNumber, Self::Boolean, Self::List];

    /// The type's name in a plan.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::WholeNumber => "whole number",
            Self::Boolean => "boolean",
            Self::List => "list",
        }
    }

    /// The requirement in words, for messages.
    pub(crate) const fn wanted(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "a number",
            Self::WholeNumber => "a whole number",
            Self::Boolean => "true or false",
            Self::List => "a list",
        }
    }
}

impl Plan {
    /// Reads a plan from YAML or JSON.
    ///
    /// # Errors
    ///
    /// Fails if the text is not a valid plan or exceeds a limit; the error contains the position.
    pub fn read(text: &str) -> Result<Self, Error> {
        Self::read_value(text).map(|(plan, _)| plan)
    }

    /// Like [`Plan::read`], and also returns the plan as an untyped value.
    ///
    /// # Errors
    ///
    /// As [`Plan::read`].
    pub fn read_value(text: &str) -> Result<(Self, Value), Error> {
        let document = text::read(text)?;
        match Parser::default().plan(&document.value) {
            Ok(plan) => Ok((plan, document.value)),
            Err(problem) => Err(problem.error.at(document.place(&problem.path))),
        }
    }

    /// Parses a plan from an untyped value.
    ///
    /// # Errors
    ///
    /// Fails if the value is not a valid plan or exceeds a limit.
    pub fn parse(value: &Value) -> Result<Self, Error> {
        Parser::default().plan(value).map_err(|problem| problem.error)
    }

    /// The names of the planned touchpoints, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.touchpoints.keys().map(String::as_str)
    }
}

/// An error and the path of keys to its place.
struct Problem {
    error: Error,
    path: Vec<String>,
}

/// A recursive parser of a plan.
#[derive(Default)]
struct Parser {
    /// The path of keys to the current place.
    path: Vec<String>,
    patterns: usize,
    lists: usize,
}

type Parsed<T> = Result<T, Problem>;

impl Parser {
    fn plan(mut self, value: &Value) -> Parsed<Plan> {
        self.map(value, &["touchpoints"])?;
        let Some(touchpoints) = value.get("touchpoints") else {
            return Err(self.wrong("the plan has no `touchpoints`"));
        };
        let touchpoints = self.within("touchpoints", |parser| {
            let mut planned = BTreeMap::new();
            for (kind, value) in parser.map(touchpoints, &[])? {
                let one = parser.within(kind, |parser| match value {
                    Value::Null => Ok(Planned::default()),
                    value => {
                        parser.map(value, &["description", "required", "properties"])?;
                        parser.planned(value)
                    }
                })?;
                planned.insert(kind.clone(), one);
            }
            Ok(planned)
        })?;
        Ok(Plan { touchpoints })
    }

    fn planned(&mut self, value: &Value) -> Parsed<Planned> {
        let required = self.given(value, "required", |parser, required| match required {
            Value::List(names) => names
                .iter()
                .map(|name| name.as_text().map(str::to_owned))
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| parser.is_not(required, "a list of names")),
            _ => Err(parser.is_not(required, "a list of names")),
        })?;
        let properties = self.given(value, "properties", |parser, properties| {
            let mut planned = Vec::new();
            for (name, value) in parser.map(properties, &[])? {
                let one = parser.within(name, |parser| match value {
                    Value::Null => Ok(Property::default()),
                    value => parser.property(value),
                })?;
                planned.push((name.clone(), one));
            }
            Ok(planned)
        })?;
        Ok(Planned {
            required: required.unwrap_or_default(),
            properties: properties.unwrap_or_default(),
        })
    }

    fn property(&mut self, value: &Value) -> Parsed<Property> {
        self.map(
            value,
            &["description", "type", "values", "pattern", "required", "properties"],
        )?;
        let kind = self.given(value, "type", |parser, raw| {
            let named = |kind: &Type| raw.as_text() == Some(kind.name());
            Type::ALL
                .into_iter()
                .find(named)
                .ok_or_else(|| parser.is_not(raw, &format!("one of {}", Type::ALL.map(Type::name).join(", "))))
        })?;
        let values = self.given(value, "values", |parser, raw| match raw {
            Value::List(values) if !values.is_empty() => match values.iter().find(|value| !is_scalar(value)) {
                None => Ok(values.clone()),
                Some(other) => Err(parser.wrong(format!(
                    "{} contains {}; only text, numbers, true and false are allowed",
                    parser.place(),
                    show(other)
                ))),
            },
            _ => Err(parser.is_not(raw, "a list of values")),
        })?;
        let pattern = self.given(value, "pattern", Self::pattern)?;
        let has_entries = ["required", "properties"].iter().any(|key| given(value, key).is_some());
        if has_entries && kind != Some(Type::List) {
            return Err(self.wrong(format!("{} describes list entries; add `type: list`", self.place())));
        }
        if self.lists == LISTS_MAX && kind == Some(Type::List) {
            return Err(self.beyond(format!(
                "{} is nested in {LISTS_MAX} other lists; a plan may not nest them deeper",
                self.place()
            )));
        }
        self.lists += 1;
        let entries = self.planned(value);
        self.lists -= 1;
        Ok(Property {
            kind,
            values,
            pattern,
            entries: entries?,
        })
    }

    fn pattern(&mut self, raw: &Value) -> Parsed<Regex> {
        let Some(pattern) = raw.as_text() else {
            return Err(self.is_not(raw, "text"));
        };
        self.patterns += 1;
        if self.patterns > PATTERNS_MAX {
            return Err(self.beyond(format!(
                "{} exceeds the limit of {PATTERNS_MAX} patterns in a plan",
                self.place()
            )));
        }
        RegexBuilder::new(pattern)
            .size_limit(PATTERN_MAX_BYTES)
            .build()
            .map_err(|error| {
                self.wrong(format!(
                    "{} is {}, which is not a valid regular expression: {error}",
                    self.place(),
                    show(raw)
                ))
            })
    }

    /// The pairs of a map. Refuses repeated keys and, unless `known` is empty, keys that are not in `known`.
    fn map<'a>(&mut self, value: &'a Value, known: &[&str]) -> Parsed<&'a [(String, Value)]> {
        let Value::Map(pairs) = value else {
            return Err(self.is_not(value, "a map"));
        };
        let mut before = BTreeSet::new();
        for (key, _) in pairs {
            let is_repeated = !before.insert(key);
            let is_unknown = !known.is_empty() && !known.contains(&key.as_str());
            if is_repeated || is_unknown {
                let place = self.place();
                return self.within(key, |parser| {
                    Err(parser.wrong(if is_unknown {
                        format!("{place} has the unknown key `{key}`; known are {}", known.join(", "))
                    } else {
                        format!("{place} has the key `{key}` twice")
                    }))
                });
            }
        }
        Ok(pairs)
    }

    /// Reads the value of `key` with `read`, if there is one.
    fn given<T>(
        &mut self,
        value: &Value,
        key: &str,
        read: impl FnOnce(&mut Self, &Value) -> Parsed<T>,
    ) -> Parsed<Option<T>> {
        given(value, key)
            .map(|value| self.within(key, |parser| read(parser, value)))
            .transpose()
    }

    fn within<T>(&mut self, key: &str, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.path.push(key.to_owned());
        let done = read(self);
        self.path.pop();
        done
    }

    /// The current place in words, such as `touchpoints.add_to_cart.properties.value`.
    fn place(&self) -> String {
        if self.path.is_empty() {
            "the plan".to_owned()
        } else {
            self.path.join(".")
        }
    }

    fn is_not(&self, value: &Value, wanted: &str) -> Problem {
        self.wrong(format!("{} is {}; it must be {wanted}", self.place(), show(value)))
    }

    fn wrong(&self, message: impl Into<String>) -> Problem {
        self.problem(Error::new(ErrorKind::Rule, message))
    }

    fn beyond(&self, message: impl Into<String>) -> Problem {
        self.problem(Error::new(ErrorKind::Limit, message))
    }

    fn problem(&self, error: Error) -> Problem {
        Problem {
            error,
            path: self.path.clone(),
        }
    }
}

/// The value of `key`. Null counts as absent, so that a key without a value is allowed.
fn given<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    value.get(key).filter(|value| **value != Value::Null)
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::Text(_) | Value::Int(_) | Value::Float(_) | Value::Bool(_))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(yaml: &str, kind: ErrorKind, message: &str) {
        let error = Plan::read(yaml).expect_err("it is refused");
        assert_eq!((error.to_string().as_str(), error.kind()), (message, kind));
    }

    #[test]
    fn an_error_names_the_key_and_its_place() {
        use ErrorKind::Rule;
        refused("", Rule, "the plan is null; it must be a map");
        refused("touch", Rule, "the plan is \"touch\"; it must be a map");
        refused("{}", Rule, "the plan has no `touchpoints`");
        refused(
            "touchpoint: {}",
            Rule,
            "line 1, column 1: the plan has the unknown key `touchpoint`; known are touchpoints",
        );
        refused(
            "touchpoints:\n  - share\n",
            Rule,
            "line 1, column 1: touchpoints is [\"share\"]; it must be a map",
        );
        refused(
            "touchpoints:\n  share: { require: [method] }",
            Rule,
            "line 2, column 12: touchpoints.share has the unknown key `require`; known are description, required, properties",
        );
        refused(
            "touchpoints:\n  share:\n    required: method",
            Rule,
            "line 3, column 5: touchpoints.share.required is \"method\"; it must be a list of names",
        );
        refused(
            "touchpoints: { share: { required: [1] } }",
            Rule,
            "line 1, column 25: touchpoints.share.required is [1]; it must be a list of names",
        );
        refused(
            "touchpoints:\n  nps:\n    properties:\n      score: { type: int }",
            Rule,
            "line 4, column 16: touchpoints.nps.properties.score.type is \"int\"; it must be one of text, number, whole number, \
             boolean, list",
        );
        refused(
            "touchpoints: { nps: { properties: { score: { values: 10 } } } }",
            Rule,
            "line 1, column 46: touchpoints.nps.properties.score.values is 10; it must be a list of values",
        );
        refused(
            "touchpoints: { nps: { properties: { score: { values: [] } } } }",
            Rule,
            "line 1, column 46: touchpoints.nps.properties.score.values is []; it must be a list of values",
        );
        refused(
            "touchpoints: { nps: { properties: { score: { values: [[1]] } } } }",
            Rule,
            "line 1, column 46: touchpoints.nps.properties.score.values contains [1]; only text, numbers, true and false are allowed",
        );
        refused(
            "touchpoints: { a: { properties: { b: { pattern: 1 } } } }",
            Rule,
            "line 1, column 40: touchpoints.a.properties.b.pattern is 1; it must be text",
        );
        refused(
            "touchpoints: { a: { properties: { b: { required: [c] } } } }",
            Rule,
            "line 1, column 35: touchpoints.a.properties.b describes list entries; add `type: list`",
        );
    }

    #[test]
    fn an_invalid_pattern_is_refused_with_the_reason() {
        let error = Plan::read("touchpoints: { a: { properties: { b: { pattern: '(?=x)' } } } }").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("b.pattern is \"(?=x)\", which is not a valid regular expression: "),
            "{text}"
        );
        assert!(text.contains("look-around"), "{text}");
    }

    #[test]
    fn json_is_read_and_its_repeated_keys_are_refused() {
        let plan =
            Plan::read("{\n\t\"touchpoints\": { \"share\": { \"required\": [\"\\ud83d\\ude00\"] } }\n}").unwrap();
        assert_eq!(plan.touchpoints["share"].required, ["😀"]);
        refused(
            r#"{"touchpoints":{"share":null,"share":null}}"#,
            ErrorKind::Rule,
            "touchpoints has the key `share` twice",
        );
        refused(
            "{\n  \"touchpoints\": { \"share\": 1 }\n}",
            ErrorKind::Rule,
            "line 2, column 20: touchpoints.share is 1; it must be a map",
        );
    }

    #[test]
    fn errors_of_a_parsed_value_have_no_position() {
        let plan = Value::map([("touchpoints", Value::map([("share", Value::Int(1))]))]);
        assert_eq!(
            Plan::parse(&plan).unwrap_err().to_string(),
            "touchpoints.share is 1; it must be a map"
        );
    }

    #[test]
    fn keys_without_a_value_count_as_absent() {
        let plan =
            Plan::read("touchpoints:\n  a:\n  b:\n    required:\n    properties:\n      c:\n      d: { type: }\n")
                .unwrap();
        assert_eq!(plan.names().collect::<Vec<_>>(), ["a", "b"]);
        assert!(plan.touchpoints["b"].properties[1].1.kind.is_none());
    }

    /// A plan with lists nested to this depth.
    fn lists(count: usize) -> String {
        let open = "{ type: list, properties: { a: ".repeat(count);
        format!(
            "touchpoints: {{ k: {{ properties: {{ a: {open}{} }} }} }}",
            "} }".repeat(count)
        )
    }

    #[test]
    fn the_nesting_of_lists_is_limited() {
        // The innermost `a:` has no value and is not a list.
        Plan::read(&lists(LISTS_MAX)).unwrap();
        let error = Plan::read(&lists(LISTS_MAX + 1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(error.to_string().contains("is nested in 8 other lists"), "{error}");
    }

    #[test]
    fn the_number_of_patterns_is_limited() {
        let plan = |count: usize| {
            let properties: String = (0..count).map(|at| format!("p{at}: {{ pattern: x }}, ")).collect();
            Plan::read(&format!("touchpoints: {{ k: {{ properties: {{ {properties} }} }} }}"))
        };
        plan(PATTERNS_MAX).unwrap();
        let error = plan(PATTERNS_MAX + 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert!(
            error
                .to_string()
                .contains("p500.pattern exceeds the limit of 500 patterns"),
            "{error}"
        );
    }

    #[test]
    fn the_size_of_a_pattern_is_limited() {
        let plan = |pattern: &str| {
            Plan::read(&format!(
                "touchpoints: {{ k: {{ properties: {{ p: {{ pattern: '{pattern}' }} }} }} }}"
            ))
        };
        plan(".{999}").unwrap();
        let error = plan(".{99999}").unwrap_err();
        assert!(
            error.to_string().contains("not a valid regular expression: "),
            "{error}"
        );
    }
}
