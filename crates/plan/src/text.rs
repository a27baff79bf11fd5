//! A plan's text: YAML, of which JSON is a part, with the places for messages.

use saphyr::{MarkedYaml, Marker, Scalar, YamlData, YamlLoader};
use saphyr_parser::{Event, Parser, ScanError};
use wayside_model::Value;

use crate::error::{Error, ErrorKind, Place};
use crate::limits::{ALIASED_MAX, DEPTH_MAX, PLAN_MAX_BYTES};

/// What a text says, and where.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    pub(crate) value: Value,
    /// The same with places; JSON that is no YAML has none.
    marked: Option<MarkedYaml<'a>>,
}

/// Reads a text that is one value.
pub(crate) fn read(text: &str) -> Result<Document<'_>, Error> {
    if text.len() > PLAN_MAX_BYTES {
        let message = format!("the plan has {} bytes; it may have {PLAN_MAX_BYTES}", text.len());
        return Err(Error::new(ErrorKind::Limit, message));
    }
    let json = text
        .trim_start()
        .starts_with('{')
        .then(|| serde_json::from_str(text).ok())
        .flatten();
    match (json, load(text)) {
        // YAML takes an escaped surrogate pair, as JSON writes an emoji, for two broken characters.
        (Some(value), marked) => Ok(Document {
            value,
            marked: marked.ok().flatten(),
        }),
        (None, marked) => {
            let marked = marked?;
            let value = marked.as_ref().map_or(Ok(Value::Null), value_of)?;
            Ok(Document { value, marked })
        }
    }
}

impl Document<'_> {
    /// Where the value lies to which these keys lead: at the last of them. Of no keys there is no place to speak of.
    pub(crate) fn place(&self, path: &[String]) -> Option<Place> {
        let mut node = self.marked.as_ref()?;
        let mut place = None;
        for step in path {
            let YamlData::Mapping(pairs) = &node.data else {
                break;
            };
            let Some((key, value)) = pairs.iter().find(|(key, _)| key_of(key).as_ref() == Some(step)) else {
                break;
            };
            place = Some(place_of(&key.span.start));
            node = value;
        }
        place
    }
}

/// The one document of a text; `None` where there is nothing in it.
fn load(text: &str) -> Result<Option<MarkedYaml<'_>>, Error> {
    check_depth(text)?;
    let mut loader = YamlLoader::default();
    loader.alias_limit(ALIASED_MAX);
    Parser::new_from_str(text)
        .load(&mut loader, true)
        .map_err(|error| syntax(&error))?;
    if let Some(error) = loader.error() {
        return Err(syntax(error));
    }
    let mut documents: Vec<MarkedYaml<'_>> = loader.into_documents();
    if documents.len() > 1 {
        let second = documents.get(1).map(|second| place_of(&second.span.start));
        return Err(Error::new(ErrorKind::Syntax, "a second document begins here; a plan is one").at(second));
    }
    Ok(documents.pop())
}

/// Refuses what is nested too deep, before anything that recurses sees it.
fn check_depth(text: &str) -> Result<(), Error> {
    let mut depth = 0;
    // What is no YAML is told by the loader.
    for (event, span) in Parser::new_from_str(text).map_while(Result::ok) {
        match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => depth -= 1,
            _ => {}
        }
        if depth > DEPTH_MAX {
            let message = format!("the plan is nested deeper than {DEPTH_MAX} maps and lists");
            return Err(Error::new(ErrorKind::Limit, message).at(Some(place_of(&span.start))));
        }
    }
    Ok(())
}

fn value_of(node: &MarkedYaml<'_>) -> Result<Value, Error> {
    let not_understood = |what: &str| {
        let message = format!("{what}; a plan has text, numbers, true, false, lists and maps");
        Error::new(ErrorKind::Syntax, message).at(Some(place_of(&node.span.start)))
    };
    Ok(match &node.data {
        YamlData::Value(scalar) => scalar_of(scalar).ok_or_else(|| not_understood("this number is not finite"))?,
        YamlData::Sequence(items) => Value::List(items.iter().map(value_of).collect::<Result<_, _>>()?),
        YamlData::Mapping(pairs) => {
            let mut map = Vec::with_capacity(pairs.len());
            for (key, value) in pairs {
                let name = key_of(key).ok_or_else(|| not_understood("a key of this map is no text"))?;
                map.push((name, value_of(value)?));
            }
            Value::Map(map)
        }
        YamlData::Tagged(..) => return Err(not_understood("a tag (`!…`) stands here")),
        YamlData::Representation(..) | YamlData::Alias(_) | YamlData::BadValue => {
            return Err(not_understood("this is no value"));
        }
    })
}

fn scalar_of(scalar: &Scalar<'_>) -> Option<Value> {
    Some(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(flag) => Value::Bool(*flag),
        Scalar::Integer(n) => Value::Int(*n),
        Scalar::FloatingPoint(x) if x.is_finite() => Value::Float(x.into_inner()),
        Scalar::FloatingPoint(_) => return None,
        Scalar::String(text) => Value::Text(text.clone().into_owned()),
    })
}

/// A key as text: `404:` and `true:` are names like any other.
fn key_of(key: &MarkedYaml<'_>) -> Option<String> {
    match &key.data {
        YamlData::Value(scalar) => match scalar_of(scalar)? {
            Value::Text(text) => Some(text),
            other => serde_json::to_string(&other).ok(),
        },
        _ => None,
    }
}

fn syntax(error: &ScanError) -> Error {
    Error::new(ErrorKind::Syntax, error.info()).at(Some(place_of(error.marker())))
}

fn place_of(marker: &Marker) -> Place {
    Place {
        line: marker.line(),
        column: marker.col() + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let said = match read(text) {
            Ok(document) => serde_json::to_string(&document.value).unwrap(),
            Err(error) => error.to_string(),
        };
        assert_eq!(said, expected);
    }

    #[test]
    fn values_are_those_of_yaml() {
        check("", "null");
        check(
            "a: yes\nb: true\nc: ~\nd: 1\ne: 1.5\nf: '1'\n",
            r#"{"a":"yes","b":true,"c":null,"d":1,"e":1.5,"f":"1"}"#,
        );
        check("404: x\ntrue: y\nnull: z\n", r#"{"404":"x","true":"y","null":"z"}"#);
        check("a: &one [1]\nb: *one\n", r#"{"a":[1],"b":[1]}"#);
        check("{\n\t\"a\": \"\\ud83d\\ude00\"\n}", r#"{"a":"😀"}"#);
    }

    #[test]
    fn what_is_no_yaml_is_told_where() {
        check(
            "a:\n  - [1\n",
            "line 3, column 1: while parsing a flow sequence, expected ',' or ']'",
        );
        check("a: 1\na: 2\n", "line 2, column 1: duplicated key in mapping");
        check(
            "a: .nan",
            "line 1, column 4: this number is not finite; a plan has text, numbers, true, false, lists and maps",
        );
        check(
            "a: !x 1",
            "line 1, column 4: a tag (`!…`) stands here; a plan has text, numbers, true, false, lists and maps",
        );
        check(
            "? [a]\n: 1",
            "line 1, column 1: a key of this map is no text; a plan has text, numbers, true, false, lists and maps",
        );
        check(
            "a: 1\n---\nb: 2\n",
            "line 3, column 1: a second document begins here; a plan is one",
        );
    }

    #[test]
    fn a_text_has_a_longest_length() {
        let text = |bytes: usize| format!("a: {}", "x".repeat(bytes - 3));
        assert!(read(&text(PLAN_MAX_BYTES)).is_ok());
        let error = read(&text(PLAN_MAX_BYTES + 1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert_eq!(error.to_string(), "the plan has 262145 bytes; it may have 262144");
    }

    #[test]
    fn a_text_has_a_greatest_depth() {
        for (open, close) in [("[", "]"), ("- ", "")] {
            let text = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert!(read(&text(DEPTH_MAX)).is_ok(), "{open}");
            let error = read(&text(DEPTH_MAX + 1)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Limit, "{open}");
            // As deep as the longest text goes.
            assert!(read(&open.repeat(PLAN_MAX_BYTES / open.len())).is_err());
        }
    }

    #[test]
    fn aliases_have_a_limit() {
        let text = |nodes: usize| format!("a: &a [{}]\nb: [*a]\n", "1,".repeat(nodes - 1));
        assert!(read(&text(ALIASED_MAX)).is_ok());
        assert!(
            read(&text(ALIASED_MAX + 1))
                .unwrap_err()
                .to_string()
                .contains("alias expansion")
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([-?:,\\[\\]{}&*!|>'\"%@`# \\n\\t]|touchpoints|: |- |\\PC){0,60}") {
            let _ = crate::Plan::read(&text);
        }
    }
}
