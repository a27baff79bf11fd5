//! The reference page of touchpoints.

use std::fmt::Write as _;

use wayside_model::field::ITEM_FIELDS;
use wayside_model::kind::COMMON;
use wayside_model::{Field, Kind, SignalKind};

use super::sentence;

/// `docs/touchpoints.md`.
pub(crate) fn render() -> String {
    let mut page = String::from(INTRODUCTION);
    page.push_str("\n## Kinds\n\n| kind | what | stage | must have | may have |\n| --- | --- | --- | --- | --- |\n");
    for kind in Kind::ALL {
        let stage = kind.stage().map_or("that of the visit", |stage| stage.name());
        let _ = writeln!(
            page,
            "| `{}` | {} | {stage} | {} | {} |",
            kind.name(),
            sentence(kind.doc()),
            names(kind.required()),
            names(kind.optional()),
        );
    }
    let _ = writeln!(page, "\nEvery kind may also have {}.", names(COMMON));

    page.push_str("\n## Fields\n\n| field | type | what |\n| --- | --- | --- |\n");
    for field in Field::ALL {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} |",
            field.name(),
            field.field_type().name(),
            sentence(field.doc())
        );
    }
    let _ = writeln!(page, "\nEach entry of `items` may have {}.", names(ITEM_FIELDS));

    page.push_str("\n## Signals\n\n| signal | family | found |\n| --- | --- | --- |\n");
    for signal in SignalKind::ALL {
        let found = if signal.needs_page() {
            "in the page, from raw activity; uploaded as a touchpoint of kind `signal`"
        } else {
            "in the page and by the analyzer, from touchpoints"
        };
        let _ = writeln!(page, "| `{}` | {} | {found} |", signal.name(), signal.family().name());
    }
    page
}

fn names(fields: &[Field]) -> String {
    if fields.is_empty() {
        return "–".to_owned();
    }
    fields
        .iter()
        .map(|field| format!("`{}`", field.name()))
        .collect::<Vec<_>>()
        .join(", ")
}

const INTRODUCTION: &str = "\
<!-- Written by `cargo xtask types` from the tables of crates/model. Do not edit. -->
# Touchpoints

A touchpoint is one thing a customer did or met, at a time. Its kind is a GA4 name where GA4 has one. The SDK
(`wayside(kind, fields)`), imports, the table's columns and the reports all use these names.
";
