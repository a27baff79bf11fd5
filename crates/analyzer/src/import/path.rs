//! A column's name as a way into a row: `user.id`, `items[0].name`, `event_params[key=page_location].value.string_value`.

use wayside_model::Value;

/// The part of a column's name that names a column of the source, and the way on from there.
///
/// A source's own name with a dot in it wins: `known` says which names there are.
pub(super) fn split(name: &str, known: impl Fn(&str) -> bool) -> (&str, &str) {
    if known(name) {
        return (name, "");
    }
    match name.find(['.', '[']) {
        Some(at) if at > 0 => name.split_at(at),
        _ => (name, ""),
    }
}

/// The value at the end of a path.
pub(super) enum Found {
    /// Nothing is there: the way leads nowhere in this row.
    Nowhere,
    /// A value, which may be null.
    Value(Value),
}

/// Follows `way` (`.user.id`, `[0].name`) from `value`. Text that holds JSON is read as what it holds.
pub(super) fn follow(value: &Value, way: &str) -> Found {
    if way.is_empty() {
        return Found::Value(value.clone());
    }
    if let Value::Text(text) = value {
        return match json_in(text) {
            Some(inner) => follow(&inner, way),
            None => Found::Nowhere,
        };
    }
    if let Some(rest) = way.strip_prefix('.') {
        // A key of this very name, dots and all, comes first.
        if let Some(inner) = value.get(rest) {
            return Found::Value(inner.clone());
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        return match value.get(&rest[..end]) {
            Some(inner) => follow(inner, &rest[end..]),
            None => Found::Nowhere,
        };
    }
    let Some((inside, rest)) = way.strip_prefix('[').and_then(|way| way.split_once(']')) else {
        return Found::Nowhere;
    };
    let entry = match inside.split_once('=') {
        Some((key, wanted)) => value
            .list()
            .iter()
            .find(|entry| entry.get(key).and_then(Value::as_text) == Some(wanted)),
        None => inside.parse().ok().and_then(|at: usize| value.list().get(at)),
    };
    entry.map_or(Found::Nowhere, |entry| follow(entry, rest))
}

/// The list or object that `text` holds as JSON.
pub(super) fn json_in(text: &str) -> Option<Value> {
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, name: &str, expected: Option<&str>) {
        let value: Value = serde_json::from_str(json).unwrap();
        let (root, way) = split(name, |name| value.get(name).is_some());
        let found = match value.get(root).map(|root| follow(root, way)) {
            Some(Found::Value(value)) => Some(serde_json::to_string(&value).unwrap()),
            _ => None,
        };
        assert_eq!(found.as_deref(), expected, "{name}");
    }

    #[test]
    fn ways_lead_into_objects_lists_and_json_text() {
        let row = r#"{"user":{"id":7,"a.b":1},"user.name":"x","props":"{\"value\":19.9,\"inner\":\"[3]\"}","list":[{"key":"page","value":{"s":"/a"}},{"key":"n","value":{"i":2}}]}"#;
        for (name, expected) in [
            ("user.id", Some("7")),
            ("user.a.b", Some("1")),
            ("user.name", Some("\"x\"")),
            ("props.value", Some("19.9")),
            ("props.inner[0]", Some("3")),
            ("props.none", None),
            ("list[key=n].value.i", Some("2")),
            ("list[key=page].value.s", Some("\"/a\"")),
            ("list[key=other].value", None),
            ("list[1].key", Some("\"n\"")),
            ("list[9].key", None),
            ("list[", None),
            ("nothing", None),
            ("user.id.deeper", None),
        ] {
            check(row, name, expected);
        }
    }
}
