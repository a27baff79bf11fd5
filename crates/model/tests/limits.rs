//! Every limit at its edge, and the values that parsing accepts and refuses.

use wayside_model::limits::{
    CUSTOMER_ID_MAX_BYTES, INT_MAX, ITEMS_MAX, NAME_MAX_CHARS, PROPS_MAX, REPAIR_MAX_BYTES, SITE_ID_MAX_BYTES,
    TEXT_MAX_BYTES, URL_MAX_BYTES, VISITOR_ID_MAX_BYTES,
};
use wayside_model::{
    CustomerId, Error, ErrorKind, Field, FieldValue, Fields, Kind, SiteId, Stage, StageRules, Timestamp, Touchpoint,
    Value, VisitorId, WriterId, wire,
};
use wayside_testkit::{batch, touchpoint};

/// Parses a touchpoint from its name and JSON fields; returns the error's code, if it fails.
fn refusal(name: &str, json: &str) -> Option<&'static str> {
    let fields: Value = serde_json::from_str(json).unwrap();
    Touchpoint::parse(name, &fields).err().map(|error| error.code())
}

/// The touchpoint that is read, with or without repairs.
#[track_caller]
fn parsed(name: &str, json: &str) -> Touchpoint {
    Touchpoint::parse(name, &serde_json::from_str(json).unwrap()).unwrap()
}

/// The repairs of a touchpoint as texts.
#[track_caller]
fn repairs(name: &str, json: &str) -> Vec<(String, String)> {
    let touchpoint = parsed(name, json);
    let repairs = touchpoint.repairs().iter();
    repairs
        .map(|(name, value)| (name.clone(), value.as_text().unwrap().to_owned()))
        .collect()
}

#[track_caller]
fn check_edge(limit: usize, refused: impl Fn(usize) -> bool) {
    assert!(!refused(limit), "{limit} is refused");
    assert!(refused(limit + 1), "{} is taken", limit + 1);
}

#[test]
fn ids_beyond_their_longest_are_refused() {
    check_edge(SITE_ID_MAX_BYTES, |length| SiteId::parse(&"s".repeat(length)).is_err());
    check_edge(VISITOR_ID_MAX_BYTES, |length| {
        VisitorId::parse(&"v".repeat(length)).is_err()
    });
    check_edge(CUSTOMER_ID_MAX_BYTES, |length| {
        CustomerId::parse(&"c".repeat(length)).is_err()
    });
}

#[test]
fn ids_with_forbidden_characters_are_refused() {
    for raw in ["", " a", "a ", "a\nb"] {
        assert!(
            VisitorId::parse(raw).is_err() && CustomerId::parse(raw).is_err() && SiteId::parse(raw).is_err(),
            "{raw:?}"
        );
    }
    for raw in ["Shop", "a/b", "..", "ü"] {
        assert!(SiteId::parse(raw).is_err(), "{raw}");
    }
    for raw in [
        "",
        "1",
        "0123456789ABCDEF0123456789ABCDEF",
        "+123456789abcdef0123456789abcdef",
    ] {
        assert!(WriterId::parse(raw).is_err(), "{raw}");
    }
    let hex = "0123456789abcdef0fedcba987654321";
    assert_eq!(WriterId::parse(hex).unwrap().to_hex(), hex);
}

#[test]
fn names_beyond_their_longest_are_refused() {
    for char in ["n", "ü", "界", "😀"] {
        check_edge(NAME_MAX_CHARS, |length| refusal(&char.repeat(length), "{}").is_some());
    }
    assert_eq!(refusal("", "{}"), Some("name"));
    assert_eq!(refusal("size guide", "{}"), None);
    assert_eq!(touchpoint(" size guide ", "{}").name(), "size guide");
    assert_eq!(refusal("size\nguide", "{}"), Some("name"));
}

#[test]
fn text_is_cut_by_parsing_and_refused_when_set() {
    for (field, limit) in [(Field::Title, TEXT_MAX_BYTES), (Field::Url, URL_MAX_BYTES)] {
        let set = |length: usize| Fields::new().set(field, FieldValue::Text("x".repeat(length)));
        check_edge(limit, |length| set(length).is_err());
        let parsed = FieldValue::parse(field, &Value::Text("ü".repeat(limit))).unwrap();
        assert_eq!(parsed, FieldValue::Text("ü".repeat(limit / 2)));
    }
}

#[test]
fn numbers_items_and_properties_beyond_their_limits_are_left_out() {
    let number = |n: i64| repairs("search", &format!(r#"{{"search_term":"x","results":{n}}}"#));
    assert_eq!((number(INT_MAX), number(-INT_MAX)), (vec![], vec![]));
    let beyond = INT_MAX + 1;
    assert_eq!(number(beyond), [("results".into(), format!("field_range: {beyond}"))]);
    assert_eq!(number(-beyond), [("results".into(), format!("field_range: -{beyond}"))]);
    let items = |count: usize| format!(r#"{{"items":[{}]}}"#, vec![r#"{"item_id":"a"}"#; count].join(","));
    assert_eq!(repairs("view_item", &items(ITEMS_MAX)), []);
    let beyond = ITEMS_MAX + 1;
    assert_eq!(
        repairs("view_item", &items(beyond)),
        [("items".into(), format!("too_many: {beyond}"))]
    );
    let Some(FieldValue::Items(kept)) = parsed("view_item", &items(beyond)).fields().get(Field::Items).cloned() else {
        panic!("the first items are kept");
    };
    assert_eq!(kept.len(), ITEMS_MAX);
    let props = |count: usize| {
        let pairs: Vec<String> = (0..count).map(|at| format!("\"p{at}\":{at}")).collect();
        format!("{{{}}}", pairs.join(","))
    };
    assert_eq!(repairs("view_item", &props(PROPS_MAX)), []);
    assert_eq!(
        repairs("view_item", &props(PROPS_MAX + 1)),
        [("props".into(), format!("too_many: {PROPS_MAX}"))]
    );
}

/// A touchpoint keeps at most as many repairs as it may have properties.
#[test]
fn repairs_are_bounded() {
    let pairs: Vec<String> = (0..PROPS_MAX + 5).map(|at| format!("\"p{at}\":{{}}")).collect();
    assert_eq!(repairs("login", &format!("{{{}}}", pairs.join(","))).len(), PROPS_MAX);
    let long = "x".repeat(2 * REPAIR_MAX_BYTES);
    let kept = repairs("purchase", &format!(r#"{{"value":"{long}"}}"#));
    assert_eq!(kept[0].1.len(), REPAIR_MAX_BYTES);
}

#[test]
fn the_first_and_last_time_survive_the_wire() {
    let login = touchpoint("login", "{}");
    let max = Timestamp::MAX.millis();
    assert_eq!(Timestamp::checked(max).map(Timestamp::millis), Some(max));
    assert_eq!((Timestamp::checked(-1), Timestamp::checked(max + 1)), (None, None));
    let both = batch(vec![(Timestamp::MIN, login.clone()), (Timestamp::MAX, login)]);
    assert_eq!(wire::decode(&both.encode()).unwrap().good.len(), 2);
}

#[test]
fn numeric_text_and_numeric_ids_of_shops_are_understood() {
    let order = touchpoint(
        "purchase",
        r#"{"transaction_id":1042,"value":"19.90","tax":null,"mood":"good","items":[{"item_id":7,"quantity":"2","shelf":"top"}]}"#,
    );
    let fields = order.fields();
    assert_eq!(fields.text(Field::TransactionId), Some("1042"));
    assert_eq!(fields.int(Field::Value), Some(19_900_000));
    assert_eq!(fields.get(Field::Tax), None);
    assert_eq!(
        fields.get(Field::Props),
        Some(&FieldValue::Props(vec![("mood".into(), "good".into())]))
    );
    let Some(FieldValue::Items(items)) = fields.get(Field::Items) else {
        panic!("there are items");
    };
    assert_eq!(
        (items[0].text(Field::ItemId), items[0].int(Field::Quantity)),
        (Some("7"), Some(2_000_000))
    );
}

#[test]
fn touchpoints_without_a_required_field_are_refused_with_the_reason() {
    for (name, json, code) in [
        ("page_view", "{}", "field_missing"),
        ("nps", r#"{"score":" "}"#, "field_missing"),
        ("page_view", r#"{"url":{}}"#, "field_type"),
        ("nps", r#"{"score":9.5}"#, "field_type"),
        ("nps", r#"{"score":"great"}"#, "field_type"),
    ] {
        assert_eq!(refusal(name, json), Some(code), "{name} {json}");
    }
    let error = Touchpoint::parse("nps", &Value::map([("score", Value::Bool(true))])).unwrap_err();
    assert_eq!(error.field(), Some(Field::Score));
    assert_eq!(error.to_string(), "field score must be a whole number");
}

#[test]
fn a_kind_has_only_its_own_fields() {
    let mut fields = Fields::new();
    fields.set_text(Field::SearchTerm, "mug");
    let error = Touchpoint::new(Kind::Purchase, fields).unwrap_err();
    assert_eq!(error, Error::new(ErrorKind::FieldUnexpected(Field::SearchTerm)));
}

/// The codes and names of the tables are part of the wire format: each is unique and leads back to its entry.
#[test]
fn codes_and_names_are_unique() {
    for kind in Kind::ALL {
        assert_eq!(
            (Kind::from_code(kind.code()), Kind::from_name(kind.name())),
            (Some(*kind), Some(*kind))
        );
        assert!(
            kind.required().iter().all(|field| !kind.optional().contains(field)),
            "{}",
            kind.name()
        );
    }
    for field in Field::ALL {
        assert_eq!(
            (Field::from_code(field.code()), Field::from_name(field.name())),
            (Some(*field), Some(*field))
        );
    }
}

#[test]
fn a_site_can_override_the_stage_of_a_kind() {
    let rules = StageRules::default()
        .with("search", Stage::Purchase)
        .with("search", Stage::Awareness);
    let stage = |kind, session, bought| rules.stage(kind, None, session, bought);
    assert_eq!(stage(Kind::Search, None, false), Stage::Awareness);
    assert_eq!(stage(Kind::Search, None, true), Stage::Retention);
    assert_eq!(stage(Kind::PageView, Some(Stage::Purchase), true), Stage::Purchase);
    assert_eq!(
        StageRules::default().stage(Kind::Search, None, None, false),
        Stage::Consideration
    );
    assert!(!rules.needs_names());
}

#[test]
fn a_site_gives_a_stage_to_touchpoints_under_names_of_its_own() {
    let rules = StageRules::default()
        .with("newsletter", Stage::Retention)
        .with("custom", Stage::Consideration);
    let stage = |kind, name| rules.stage(kind, name, Some(Stage::Purchase), false);
    assert_eq!(stage(Kind::Custom, Some("newsletter")), Stage::Retention);
    assert_eq!(stage(Kind::Custom, Some("quiz")), Stage::Consideration);
    assert_eq!(
        stage(Kind::Signal, Some("newsletter")),
        Stage::Purchase,
        "no custom touchpoint"
    );
    assert!(rules.needs_names());
}

/// `Fields::set` accepts exactly the properties that parsing can produce.
#[test]
fn properties_are_scalars_with_a_name() {
    use wayside_model::field::prop;
    let long = "x".repeat(TEXT_MAX_BYTES + 1);
    for (name, value, taken) in [
        ("a", Value::Int(1), true),
        ("a", Value::Bool(true), true),
        ("a", Value::Float(1.5), true),
        ("a", Value::Float(2.0), false),
        ("a", Value::Float(f64::NAN), false),
        ("a", Value::from(""), true),
        ("a", Value::from(long.as_str()), false),
        ("", Value::Int(1), false),
        ("a", Value::Null, false),
        ("a", Value::List(vec![]), false),
        ("a", Value::Map(vec![]), false),
    ] {
        let props = |pair| FieldValue::Props(vec![pair]);
        let set = Fields::new().set(Field::Props, props((name.into(), value.clone())));
        assert_eq!(set.is_ok(), taken, "{name:?} {value:?}");
        if let Some(parsed) = prop(name, &value) {
            assert!(
                Fields::new().set(Field::Props, props(parsed)).is_ok(),
                "{name:?} {value:?}"
            );
        }
    }
}
