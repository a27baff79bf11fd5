//! Checking of a touchpoint against a plan.

use std::fmt;

use serde::{Deserialize, Serialize};
use wayside_model::limits::INT_MAX;
use wayside_model::{Kind, Value};

use crate::limits::{VALUES_SHOWN_MAX, VIOLATIONS_MAX};
use crate::parse::{Plan, Planned, Property, Type};
use crate::show::show;

/// The result of checking one touchpoint against a plan.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The touchpoint follows the plan.
    Follows,
    /// The plan does not contain the touchpoint's kind.
    Unplanned,
    /// The touchpoint violates the plan; the list is never empty.
    Broken(Vec<Violation>),
}

/// A violation of the plan by one property.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    /// The property, such as `items[0].price`.
    pub path: String,
    /// The requirement of the plan, in words: `a number`.
    pub wanted: String,
    /// The value of the property; `None` if it is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived: Option<Value>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, wanted, arrived } = self;
        match arrived {
            Some(value) => write!(f, "{path}: must be {wanted}, but is {}", show(value)),
            None => write!(f, "{path}: required, but missing"),
        }
    }
}

impl Plan {
    /// Checks a touchpoint against the plan. The touchpoint is in its JSON form: `kind`, the fields beside it, and a
    /// site's own properties beside them or in `props`; writer, seq, time and visitor are left out.
    pub fn check(&self, touchpoint: &Value) -> Verdict {
        let kind = touchpoint.get("kind").and_then(Value::as_text).unwrap_or_default();
        let Some(planned) = self.touchpoints.get(kind) else {
            // Touchpoints that the SDK captures automatically need not be planned.
            return match Kind::from_name(kind) {
                Some(known) if known.is_automatic() => Verdict::Follows,
                _ => Verdict::Unplanned,
            };
        };
        let props = touchpoint.get("props");
        let property = |name: &str| touchpoint.get(name).or_else(|| props?.get(name));
        let mut found = Vec::new();
        check_properties(planned, &property, &String::new, &mut found);
        if found.is_empty() {
            Verdict::Follows
        } else {
            Verdict::Broken(found)
        }
    }
}

/// Checks the properties of a touchpoint or of a list entry. `before` returns the prefix of the properties' paths; it
/// is called only for a violation, because most touchpoints follow their plan.
fn check_properties<'a>(
    planned: &Planned,
    property: &dyn Fn(&str) -> Option<&'a Value>,
    before: &dyn Fn() -> String,
    found: &mut Vec<Violation>,
) {
    let there = |name: &str| property(name).filter(|value| **value != Value::Null);
    for name in &planned.required {
        if there(name).is_none() {
            let wanted = "a value".to_owned();
            add(found, before() + name, wanted, None);
        }
    }
    for (name, planned) in &planned.properties {
        if let Some(value) = there(name) {
            check_property(planned, value, &|| before() + name, found);
        }
    }
}

fn check_property(planned: &Property, value: &Value, path: &dyn Fn() -> String, found: &mut Vec<Violation>) {
    if let Some(wanted) = unmet(planned, value) {
        add(found, path(), wanted, Some(value.clone()));
        return;
    }
    for (at, entry) in value.list().iter().enumerate() {
        let before = || format!("{}[{at}].", path());
        check_properties(&planned.entries, &|name| entry.get(name), &before, found);
    }
}

fn add(found: &mut Vec<Violation>, path: String, wanted: String, arrived: Option<Value>) {
    if found.len() < VIOLATIONS_MAX {
        found.push(Violation { path, wanted, arrived });
    }
}

/// The first requirement that a value does not meet, in words.
fn unmet(planned: &Property, value: &Value) -> Option<String> {
    if let Some(kind) = planned.kind.filter(|kind| !kind.has(value)) {
        return Some(kind.wanted().to_owned());
    }
    if let Some(values) = &planned.values
        && !values.iter().any(|allowed| is_same(allowed, value))
    {
        let shown: Vec<_> = values.iter().take(VALUES_SHOWN_MAX).map(show).collect();
        let more = values.len().saturating_sub(VALUES_SHOWN_MAX);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        return Some(format!("one of {}{more}", shown.join(", ")));
    }
    if let Some(pattern) = &planned.pattern
        && !value.as_text().is_some_and(|text| pattern.is_match(text))
    {
        return Some(format!("text that matches {}", pattern.as_str()));
    }
    None
}

impl Type {
    fn has(self, value: &Value) -> bool {
        match self {
            Self::Text => matches!(value, Value::Text(_)),
            Self::Number => matches!(value, Value::Int(_) | Value::Float(_)),
            Self::WholeNumber => value.as_int().is_some_and(|n| (-INT_MAX..=INT_MAX).contains(&n)),
            Self::Boolean => matches!(value, Value::Bool(_)),
            Self::List => matches!(value, Value::List(_)),
        }
    }
}

/// Whether two values are equal; numbers are equal if their values are, whatever their notation.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => a == b,
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => a.as_number() == b.as_number(),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{json, to_string};

    use super::*;

    const PLAN: &str = r#"
touchpoints:
  page_view:
  add_to_cart:
    description: the button "Buy" on a product's page
    required: [currency, value, items]
    properties:
      currency: { values: [EUR, GBP] }
      value: { type: number }
      items:
        type: list
        required: [item_id]
        properties:
          item_id: { type: text, pattern: '^[a-z-]+$' }
          quantity: { type: whole number }
  size_guide_opened:
    properties:
      size: { values: [s, m, 38, 38.5, true] }
      value: { type: text }
      fits: { type: boolean }
"#;

    #[track_caller]
    fn check(touchpoint: serde_json::Value, expected: &[&str]) {
        let touchpoint: Value = serde_json::from_str(&to_string(&touchpoint).unwrap()).unwrap();
        let found = match Plan::read(PLAN).unwrap().check(&touchpoint) {
            Verdict::Follows => Vec::new(),
            Verdict::Unplanned => vec!["unplanned".to_owned()],
            Verdict::Broken(found) => found.iter().map(ToString::to_string).collect(),
        };
        assert_eq!(found, expected);
    }

    fn cart(changes: serde_json::Value) -> serde_json::Value {
        let mut cart =
            json!({ "kind": "add_to_cart", "currency": "EUR", "value": 19.9, "items": [{ "item_id": "mug" }] });
        cart.as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        cart
    }

    #[test]
    fn touchpoints_that_follow_the_plan_have_no_violations() {
        check(json!({ "kind": "page_view", "url": "https://shop.example/" }), &[]);
        check(cart(json!({})), &[]);
        check(cart(json!({ "value": 19 })), &[]);
        check(cart(json!({ "items": [{ "item_id": "mug", "quantity": 2.0 }] })), &[]);
    }

    #[test]
    fn kinds_that_the_plan_does_not_contain_are_unplanned() {
        check(json!({ "kind": "share" }), &["unplanned"]);
        check(json!({ "kind": "click", "element": "a#menu" }), &[]);
        check(json!({}), &["unplanned"]);
    }

    #[test]
    fn missing_properties_are_violations() {
        check(
            json!({ "kind": "add_to_cart", "value": null }),
            &[
                "currency: required, but missing",
                "value: required, but missing",
                "items: required, but missing",
            ],
        );
        check(
            cart(json!({ "items": [{ "item_id": "mug" }, { "price": 1 }] })),
            &["items[1].item_id: required, but missing"],
        );
    }

    #[test]
    fn wrong_types_and_values_are_violations() {
        check(
            cart(json!({ "currency": "USD" })),
            &[r#"currency: must be one of "EUR", "GBP", but is "USD""#],
        );
        check(
            cart(json!({ "value": "19.9" })),
            &[r#"value: must be a number, but is "19.9""#],
        );
        check(
            cart(json!({ "items": "mug" })),
            &[r#"items: must be a list, but is "mug""#],
        );
        check(
            cart(json!({ "items": [{ "item_id": "Mug 1", "quantity": 1.5 }] })),
            &[
                r#"items[0].item_id: must be text that matches ^[a-z-]+$, but is "Mug 1""#,
                "items[0].quantity: must be a whole number, but is 1.5",
            ],
        );
        check(
            cart(json!({ "items": [{ "item_id": "mug", "quantity": 9_007_199_254_740_993_i64 }] })),
            &["items[0].quantity: must be a whole number, but is 9007199254740993"],
        );
    }

    #[test]
    fn a_sites_own_properties_are_checked() {
        let guide = |props: serde_json::Value| json!({ "kind": "size_guide_opened", "props": props });
        for size in [json!("m"), json!(38), json!(38.0), json!(38.5), json!(true)] {
            check(guide(json!({ "size": size })), &[]);
        }
        check(
            guide(json!({ "size": "38", "fits": 1 })),
            &[
                r#"size: must be one of "s", "m", 38, 38.5, true, but is "38""#,
                "fits: must be true or false, but is 1",
            ],
        );
        check(guide(json!({ "value": 1 })), &["value: must be text, but is 1"]);
        check(
            json!({ "kind": "size_guide_opened", "value": 1 }),
            &["value: must be text, but is 1"],
        );
    }

    #[test]
    fn the_number_of_violations_of_one_touchpoint_is_limited() {
        let violations = |items: usize| {
            let items = vec![json!({}); items];
            let touchpoint: Value = serde_json::from_value(cart(json!({ "items": items }))).unwrap();
            match Plan::read(PLAN).unwrap().check(&touchpoint) {
                Verdict::Broken(found) => found.len(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(violations(VIOLATIONS_MAX - 1), VIOLATIONS_MAX - 1);
        assert_eq!(violations(VIOLATIONS_MAX + 1), VIOLATIONS_MAX);
    }

    #[test]
    fn a_message_lists_a_limited_number_of_allowed_values() {
        let wanted = |count: usize| {
            let values: Vec<_> = (0..count).map(|n| n.to_string()).collect();
            let plan = format!(
                "touchpoints: {{ a: {{ properties: {{ b: {{ values: [{}] }} }} }} }}",
                values.join(", ")
            );
            let touchpoint = Value::map([
                ("kind", Value::from("a")),
                ("props", Value::map([("b", Value::from("x"))])),
            ]);
            match Plan::read(&plan).unwrap().check(&touchpoint) {
                Verdict::Broken(found) => found[0].wanted.clone(),
                other => panic!("{other:?}"),
            }
        };
        assert!(wanted(VALUES_SHOWN_MAX).ends_with("18, 19"));
        assert!(wanted(VALUES_SHOWN_MAX + 1).ends_with("18, 19 and 1 more"));
    }
}
