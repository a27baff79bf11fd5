//! Types for those who call `wayside(name, fields)`.

use std::fmt::Write as _;

use wayside_model::detect::Thresholds;
use wayside_model::field::ITEM_FIELDS;
use wayside_model::kind::COMMON;
use wayside_model::{Field, FieldType, Kind, MODEL_VERSION, SignalKind, Stage};

use super::sentence;

/// `js/tracker/src/generated/touchpoints.ts`.
pub(crate) fn render() -> String {
    let mut ts = String::from("// Written by `cargo xtask types` from the tables of crates/model. Do not edit.\n");
    section(&mut ts, "Version of the model's results.");
    line(&mut ts, &format!("export const MODEL_VERSION = {MODEL_VERSION};"));

    section(&mut ts, "Further properties by name.");
    line(
        &mut ts,
        "export type Props = Record<string, string | number | boolean>;",
    );

    section(&mut ts, "A product, as GA4 describes it.");
    interface(&mut ts, "Item", None, ITEM_FIELDS.iter().map(|field| (*field, false)));

    section(&mut ts, "Fields that every touchpoint may have.");
    interface(
        &mut ts,
        "CommonFields",
        None,
        COMMON.iter().map(|field| (*field, false)),
    );

    for kind in Kind::ALL {
        section(&mut ts, &sentence(kind.doc()));
        let required = kind.required().iter().map(|field| (*field, true));
        let optional = kind.optional().iter().map(|field| (*field, false));
        interface(
            &mut ts,
            &interface_name(*kind),
            Some("CommonFields"),
            required.chain(optional),
        );
    }

    section(&mut ts, "The fields of each kind of touchpoint, by the kind's name.");
    line(&mut ts, "export interface Touchpoints {");
    for kind in Kind::ALL {
        line(&mut ts, &format!("  {}: {};", kind.name(), interface_name(*kind)));
    }
    line(&mut ts, "}");

    section(&mut ts, "Name of a kind of touchpoint.");
    line(&mut ts, "export type TouchpointKind = keyof Touchpoints;");

    section(&mut ts, "A stage of the customer journey.");
    union(&mut ts, "Stage", Stage::ALL.iter().map(|stage| stage.name()));

    section(&mut ts, "Name of a signal.");
    union(
        &mut ts,
        "SignalName",
        SignalKind::ALL.iter().map(|signal| signal.name()),
    );

    section(&mut ts, "Name of a threshold: its signal's, a point, and its own.");
    let names: Vec<_> = thresholds().map(|(name, _)| name).collect();
    union(&mut ts, "ThresholdName", names.iter().map(String::as_str));
    ts
}

/// `js/tracker/src/generated/thresholds.ts`.
pub(crate) fn render_thresholds() -> String {
    let mut ts = String::from("// Written by `cargo xtask types` from the tables of crates/model. Do not edit.\n");
    section(&mut ts, "Where the Wasm keeps each threshold.");
    line(&mut ts, "export const THRESHOLDS: Record<string, number> = {");
    for (name, place) in thresholds() {
        line(&mut ts, &format!("  '{name}': {place},"));
    }
    line(&mut ts, "};");
    ts
}

/// Each threshold's full name and place.
fn thresholds() -> impl Iterator<Item = (String, usize)> {
    SignalKind::ALL.iter().flat_map(|signal| {
        let own = Thresholds::of_signal(*signal);
        own.iter().filter_map(|(name, _)| {
            let name = format!("{}.{name}", signal.name());
            let place = Thresholds::place(&name)?;
            Some((name, place))
        })
    })
}

/// `add_to_cart` → `AddToCartFields`.
fn interface_name(kind: Kind) -> String {
    let camel: String = kind
        .name()
        .split('_')
        .map(|word| word[..1].to_ascii_uppercase() + &word[1..])
        .collect();
    camel + "Fields"
}

fn interface(ts: &mut String, name: &str, extends: Option<&str>, fields: impl Iterator<Item = (Field, bool)>) {
    let extends = extends.map(|base| format!(" extends {base}")).unwrap_or_default();
    let fields: Vec<_> = fields.collect();
    if fields.is_empty() {
        line(ts, &format!("export interface {name}{extends} {{}}"));
        return;
    }
    line(ts, &format!("export interface {name}{extends} {{"));
    for (field, required) in fields {
        let optional = if required { "" } else { "?" };
        line(ts, &format!("  /** {} */", sentence(field.doc())));
        line(
            ts,
            &format!("  {}{optional}: {};", field.name(), type_name(field.field_type())),
        );
    }
    line(ts, "}");
}

fn union<'a>(ts: &mut String, name: &str, members: impl Iterator<Item = &'a str>) {
    let members: Vec<_> = members.map(|member| format!("'{member}'")).collect();
    line(ts, &format!("export type {name} = {};", members.join(" | ")));
}

fn type_name(field_type: FieldType) -> &'static str {
    match field_type {
        FieldType::Text | FieldType::Url => "string",
        FieldType::Int | FieldType::Money => "number",
        FieldType::Bool => "boolean",
        FieldType::Items => "Item[]",
        FieldType::Props => "Props",
    }
}

fn section(ts: &mut String, doc: &str) {
    let _ = write!(ts, "\n/** {doc} */\n");
}

fn line(ts: &mut String, text: &str) {
    ts.push_str(text);
    ts.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_becomes_an_interface_with_its_required_and_optional_fields() {
        let ts = render();
        assert!(
            ts.contains("\nexport interface SearchFields extends CommonFields {\n"),
            "{ts}"
        );
        assert!(ts.contains("\n  search_term: string;\n"), "{ts}");
        assert!(ts.contains("\n  results?: number;\n"), "{ts}");
        assert!(ts.contains("\n  add_to_cart: AddToCartFields;\n"), "{ts}");
    }
}
