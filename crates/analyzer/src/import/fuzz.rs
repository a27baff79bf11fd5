//! The checks that fuzzing makes of the readers, with valid mappings. A test replays the inputs that fuzzing has found.

use std::path::Path;

use wayside_model::{Field, FieldValue, Value};

use super::check_any;
use super::made::read;
use super::mapping::Mapping;

/// Reads bytes as CSV; the first of them chooses how it is written.
pub fn check_csv(bytes: &[u8]) {
    if let Some((choice, data)) = bytes.split_first() {
        check_any(&csv(*choice), data);
    }
}

/// Reads bytes as JSON; the first of them chooses where the rows and their values are.
pub fn check_json(bytes: &[u8]) {
    if let Some((choice, data)) = bytes.split_first() {
        check_any(&json(*choice), data);
    }
}

/// Reads text as the value of every field; the first byte chooses how numbers are written. A value is refused, or what was read is
/// read again as the same.
pub fn check_value(bytes: &[u8]) {
    let Some((choice, data)) = bytes.split_first() else {
        return;
    };
    let Ok(text) = str::from_utf8(data) else { return };
    let mapping = Mapping::parse(Path::new("mapping"), &numbers(*choice)).expect("the mapping is right");
    let values = [Some(Value::from(text)), serde_json::from_str(text).ok()];
    for value in values.into_iter().flatten() {
        for field in Field::ALL {
            let Ok(typed) = read(&mapping, *field, &value) else {
                continue;
            };
            assert_eq!(FieldValue::parse(*field, &typed.to_value()), Ok(typed));
        }
    }
}

fn csv(choice: u8) -> String {
    let pick = |shift: u32, of: &[&'static str]| of[usize::from(choice >> shift) % of.len()];
    let source = [
        "format = \"csv\"\nmissing_columns = \"empty\"",
        pick(0, &["", "delimiter = \";\"", "delimiter = \"\\t\"", "quote = \"none\""]),
        pick(2, &["", "escape = \"\\\\\""]),
        pick(
            3,
            &[
                "",
                "header = false\ncolumns = [\"who\", \"when\", \"total\", \"order\"]",
            ],
        ),
        pick(4, &["", "comment = \"#\"", "skip = 1", "encoding = \"utf-16le\""]),
    ];
    let head = pick(
        6,
        &["", "group = \"order\"", "decimal = \",\"", "equal_rows = \"once\""],
    );
    mapping(head, &source.join("\n"), "order")
}

fn json(choice: u8) -> String {
    let each = ["", "each = \"rows\"", "each = \"rows[0].list\""][usize::from(choice % 3)];
    let order = ["order", "each.order", "order.list[0]", "order[key=id].value"][usize::from(choice / 3 % 4)];
    let id = ["", "id = \"id\""][usize::from(choice / 12 % 2)];
    mapping(id, &format!("format = \"json\"\n{each}"), order)
}

fn numbers(choice: u8) -> String {
    let marks = [
        "",
        "decimal = \",\"",
        "decimal = \".\"",
        "decimal = \",\"\ngroup_mark = \" \"",
    ];
    mapping(marks[usize::from(choice % 4)], "format = \"json\"", "order")
}

/// A mapping of orders, with `head` before its sections.
fn mapping(head: &str, source: &str, order: &str) -> String {
    format!(
        "name = \"orders\"\nvisitor = \"who\"\ncustomer = \"mail\"\n{head}\n\n[source]\n{source}\n\n\
         [time]\ncolumn = \"when\"\nformat = \"rfc3339\"\n\n[event]\nalways = \"purchase\"\n\n\
         [fields]\ntransaction_id = \"{order}\"\nvalue = \"total\"\ncurrency = {{ constant = \"EUR\" }}\n\n\
         [item]\nitem_id = [\"sku\", \"order\"]\nprice = \"total\"\n\n[props]\nnote = \"note\"\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `check_any` has nothing to say of a mapping that is wrong.
    #[test]
    fn every_choice_is_a_mapping_that_is_right() {
        for choice in 0..=u8::MAX {
            for text in [csv(choice), json(choice), numbers(choice)] {
                let parsed = Mapping::parse(Path::new("mapping"), &text);
                assert!(parsed.is_ok(), "{:?} of\n{text}", parsed.err());
            }
        }
    }
}
