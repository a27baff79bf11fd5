//! Parsing of a plan's text (YAML or JSON) with positions for messages.

use saphyr::{MarkedYaml, Marker, Scalar, YamlData, YamlLoader};
use saphyr_parser::{Event, Parser, ScanError};
use wayside_model::Value;

use crate::error::{Error, ErrorKind, Place};
use crate::limits::{ALIASED_MAX, DEPTH_MAX, PLAN_MAX_BYTES};

/// The value of a text with positions.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    pub(crate) value: Value,
    /// The same value with positions; `None` for JSON that the YAML parser does not accept.
    marked: Option<MarkedYaml<'a>>,
}

/// Parses a text that contains one value.
pub(crate) fn read(text: &str) -> Result<Document<'_>, Error> {
    if text.len() > PLAN_MAX_BYTES {
        let message = format!("the plan has {} bytes; the limit is {PLAN_MAX_BYTES}", text.len());
        return Err(Error::new(ErrorKind::Limit, message));
    }
    let json = text
        .trim_start()
        .starts_with('{')
        .then(|| serde_json::from_str(text).ok())
        .flatten();
    match (json, load(text)) {
        // JSON is parsed as such, because YAML reads an escaped surrogate pair (JSON's notation of an emoji) as two
        // invalid characters.
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
    /// The position of the last of these keys; `None` if there are no keys.
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

/// The only document of a text; `None` if the text is empty.
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
        return Err(Error::new(
            ErrorKind::Syntax,
            "a second document begins here; a plan is a single document",
        )
        .at(second));
    }
    Ok(documents.pop())
}

/// Refuses text that is nested too deeply, before any recursive function reads it.
fn check_depth(text: &str) -> Result<(), Error> {
    let mut depth = 0;
    // The loader reports syntax errors.
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
        let message = format!("{what}; a plan may contain text, numbers, true, false, lists and maps");
        Error::new(ErrorKind::Syntax, message).at(Some(place_of(&node.span.start)))
    };
    Ok(match &node.data {
        YamlData::Value(scalar) => scalar_of(scalar).ok_or_else(|| not_understood("this number is not finite"))?,
        YamlData::Sequence(items) => Value::List(items.iter().map(value_of).collect::<Result<_, _>>()?),
        YamlData::Mapping(pairs) => {
            let mut map = Vec::with_capacity(pairs.len());
            for (key, value) in pairs {
                let name = key_of(key).ok_or_else(|| not_understood("a key of this map is not text"))?;
                map.push((name, value_of(value)?));
            }
            Value::Map(map)
        }
        YamlData::Tagged(..) => return Err(not_understood("tags (`!…`) are not supported")),
        YamlData::Representation(..) | YamlData::Alias(_) | YamlData::BadValue => {
            return Err(not_understood("this value is not supported"));
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

/// A key as text; `404:` and `true:` are names too.
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
    fn yaml_values_are_parsed() {
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
    fn invalid_yaml_is_refused_with_its_position() {
        check(
            "a:\n  - [1\n",
            "line 3, column 1: while parsing a flow sequence, expected ',' or ']'",
        );
        check("a: 1\na: 2\n", "line 2, column 1: duplicated key in mapping");
        check(
            "a: .nan",
            "line 1, column 4: this number is not finite; a plan may contain text, numbers, true, false, lists and maps",
        );
        check(
            "a: !x 1",
            "line 1, column 4: tags (`!…`) are not supported; a plan may contain text, numbers, true, false, lists and maps",
        );
        check(
            "? [a]\n: 1",
            "line 1, column 1: a key of this map is not text; a plan may contain text, numbers, true, false, lists and maps",
        );
        check(
            "a: 1\n---\nb: 2\n",
            "line 3, column 1: a second document begins here; a plan is a single document",
        );
    }

    #[test]
    fn the_length_of_a_text_is_limited() {
        let text = |bytes: usize| format!("a: {}", "x".repeat(bytes - 3));
        assert!(read(&text(PLAN_MAX_BYTES)).is_ok());
        let error = read(&text(PLAN_MAX_BYTES + 1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert_eq!(error.to_string(), "the plan has 262145 bytes; the limit is 262144");
    }

    #[test]
    fn the_depth_of_a_text_is_limited() {
        for (open, close) in [("[", "]"), ("- ", "")] {
            let text = |depth: usize| format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert!(read(&text(DEPTH_MAX)).is_ok(), "{open}");
            let error = read(&text(DEPTH_MAX + 1)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Limit, "{open}");
            // The deepest nesting that fits into the longest text.
            assert!(read(&open.repeat(PLAN_MAX_BYTES / open.len())).is_err());
        }
    }

    #[test]
    fn the_expansion_of_aliases_is_limited() {
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
        fn reading_any_text_never_panics(text in "([-?:,\\[\\]{}&*!|>'\"%@`# \\n\\t]|touchpoints|: |- |\\PC){0,60}") {
            let _ = crate::Plan::read(&text);
        }
    }
}
