//! Values as shops send them: each that can be read without guessing is read, the others are left out and named.

use wayside_model::{Field, FieldValue, Touchpoint, Value};

#[track_caller]
fn parsed(name: &str, json: &str) -> Touchpoint {
    Touchpoint::parse(name, &serde_json::from_str(json).unwrap()).unwrap()
}

#[track_caller]
fn check_repairs(touchpoint: &Touchpoint, expected: &[(&str, &str)]) {
    let repairs: Vec<_> = touchpoint
        .repairs()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_text().unwrap()))
        .collect();
    assert_eq!(repairs, expected);
}

fn items(touchpoint: &Touchpoint) -> Vec<Value> {
    match touchpoint.fields().get(Field::Items) {
        Some(FieldValue::Items(items)) => items.iter().map(|item| Value::Map(item.to_pairs())).collect(),
        _ => vec![],
    }
}

fn json(json: &str) -> Vec<Value> {
    serde_json::from_str(json).unwrap()
}

#[test]
fn amounts_are_read_or_kept_as_they_came() {
    for (value, micros) in [
        (r#""3,456.78""#, Some(3_456_780_000)),
        (r#""19,90""#, Some(19_900_000)),
        (r#""$1,234.56""#, Some(1_234_560_000)),
        (r#""12.00 EUR""#, Some(12_000_000)),
        (r#""1e3""#, Some(1_000_000_000)),
        ("0.30000000000000004", Some(300_000)),
        ("-5", Some(-5_000_000)),
        ("\"\"", None),
        ("null", None),
    ] {
        let order = parsed("purchase", &format!("{{\"value\":{value}}}"));
        assert_eq!(order.fields().int(Field::Value), micros, "{value}");
        check_repairs(&order, &[]);
    }
    for (value, kept) in [
        (r#""NaN""#, "field_type: NaN"),
        ("true", "field_type: true"),
        (r#""1,234""#, "field_type: 1,234"),
        (r#""free""#, "field_type: free"),
        ("[1,2]", "field_type: 2"),
        ("{}", "field_type: "),
        ("1e10", "field_range: "),
        ("10000000000", "field_range: 10000000000"),
        (r#""10000000000""#, "field_range: 10000000000"),
    ] {
        let order = parsed("purchase", &format!("{{\"value\":{value},\"tax\":1}}"));
        assert_eq!(order.fields().int(Field::Value), None, "{value}");
        assert_eq!(order.fields().int(Field::Tax), Some(1_000_000), "{value}");
        check_repairs(&order, &[("value", kept)]);
    }
}

#[test]
fn items_lose_only_the_fields_that_cannot_be_used() {
    let order = parsed(
        "purchase",
        r#"{"items":[null,{"item_id":1,"price":"free","quantity":1.85},{"item_id":"b","price":"3,50","quantity":"0,5"},"c"]}"#,
    );
    assert_eq!(
        items(&order),
        json(r#"[{"item_id":"1","quantity":1.85},{"item_id":"b","price":3.5,"quantity":0.5}]"#)
    );
    check_repairs(
        &order,
        &[("items.price", "field_type: free"), ("items", "field_type: c")],
    );
}

#[test]
fn items_may_be_an_object_or_one_item() {
    let numbered = parsed(
        "add_to_cart",
        r#"{"items":{"0":{"item_id":"a"},"1":null,"2":{"item_id":"b"}}}"#,
    );
    assert_eq!(items(&numbered), json(r#"[{"item_id":"a"},{"item_id":"b"}]"#));
    let one = parsed("add_to_cart", r#"{"items":{"item_id":"a"}}"#);
    assert_eq!(items(&one), json(r#"[{"item_id":"a"}]"#));
    let text = parsed("add_to_cart", r#"{"items":"a"}"#);
    assert_eq!(items(&text), []);
    check_repairs(&text, &[("items", "field_type: a")]);
}

#[test]
fn order_numbers_of_all_types_are_text() {
    for (number, text) in [
        ("1042", "1042"),
        ("\"1042\"", "1042"),
        ("9007199254740993", "9007199254740993"),
        ("18446744073709551615", "18446744073709551615"),
        ("10.5", "10.5"),
        ("true", "true"),
    ] {
        let order = parsed("purchase", &format!("{{\"transaction_id\":{number}}}"));
        assert_eq!(order.fields().text(Field::TransactionId), Some(text));
    }
}

#[test]
fn booleans_and_whole_numbers_may_be_text() {
    for (value, flag) in [
        ("\"Yes\"", 1),
        ("\"true\"", 1),
        ("1", 1),
        ("\"no\"", 0),
        ("0", 0),
        ("false", 0),
    ] {
        let contact = parsed("support_contact", &format!("{{\"resolved\":{value}}}"));
        assert_eq!(contact.fields().int(Field::Resolved), Some(flag), "{value}");
    }
    check_repairs(
        &parsed("support_contact", r#"{"resolved":"maybe"}"#),
        &[("resolved", "field_type: maybe")],
    );
    for value in ["\"1,234,567\"", "1234567", "\"1234567.0\""] {
        let search = parsed("search", &format!("{{\"search_term\":\"x\",\"results\":{value}}}"));
        assert_eq!(search.fields().int(Field::Results), Some(1_234_567), "{value}");
    }
    let search = parsed("search", r#"{"search_term":"x","results":"1.5"}"#);
    check_repairs(&search, &[("results", "field_type: 1.5")]);
}

#[test]
fn properties_that_are_no_scalars_are_named() {
    let login = parsed(
        "login",
        r#"{"plan":"gold","tags":["a","b"],"more":{"a":1},"none":null}"#,
    );
    assert_eq!(
        login.fields().get(Field::Props).map(FieldValue::to_value),
        Some(Value::map([("plan", Value::from("gold"))]))
    );
    check_repairs(&login, &[("tags", "field_type: 2"), ("more", "field_type: ")]);
}

/// An event that is written and read again has the same repairs and none of its own.
#[test]
fn repairs_survive_the_json_form() {
    let order = parsed("purchase", r#"{"value":"free","items":[{"price":"free"}]}"#);
    let pairs = Value::Map(order.to_pairs().into_iter().filter(|(key, _)| key != "kind").collect());
    assert_eq!(Touchpoint::parse("purchase", &pairs).unwrap(), order);
}

#[test]
fn fields_of_a_product_are_one_item_whose_price_is_the_value() {
    let parse = |name: &str, json: &str| Touchpoint::parse(name, &serde_json::from_str(json).unwrap()).unwrap();
    let json = |touchpoint: &Touchpoint| Value::Map(touchpoint.to_pairs());
    let cart = parse(
        "add_to_cart",
        r#"{"item_id":"mug","price":19.9,"quantity":2,"currency":"EUR","colour":"red"}"#,
    );
    assert_eq!(
        serde_json::to_string(&json(&cart)).unwrap(),
        r#"{"kind":"add_to_cart","currency":"EUR","value":39.8,"items":[{"item_id":"mug","price":19.9,"quantity":2}],"props":{"colour":"red"}}"#
    );
    // A value of its own stays, as do items, and a name of the site's own has properties.
    let given = parse("view_item", r#"{"item_name":"Mug","price":"19,90","value":5}"#);
    assert_eq!(given.fields().int(Field::Value), Some(5_000_000));
    let listed = parse("view_item", r#"{"item_id":"mug","items":[{"item_id":"cup"}]}"#);
    assert_eq!(
        serde_json::to_string(&json(&listed)).unwrap(),
        r#"{"kind":"view_item","items":[{"item_id":"cup"}],"props":{"item_id":"mug"}}"#
    );
    let own = parse("quiz", r#"{"item_id":"mug","price":3}"#);
    assert!(own.fields().get(Field::Items).is_none() && own.fields().get(Field::Props).is_some());
}

#[test]
fn items_may_have_the_names_of_universal_analytics() {
    let fields =
        r#"{"items":[{"id":"m1","name":"Mug","category":"Cups","price":"3","quantity":1},{"id":"x","item_id":"m2"}]}"#;
    let order = Touchpoint::parse("purchase", &serde_json::from_str(fields).unwrap()).unwrap();
    assert_eq!(
        serde_json::to_string(&order.fields().get(Field::Items).unwrap().to_value()).unwrap(),
        r#"[{"item_id":"m1","item_name":"Mug","item_category":"Cups","price":3,"quantity":1},{"item_id":"m2"}]"#
    );
}
