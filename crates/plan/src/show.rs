//! Values in messages.

use wayside_model::Value;

/// A value on one line, as JSON says it; long ones are cut.
pub fn show(value: &Value) -> String {
    // A value without NaN and infinities, which its parsing refuses, is always JSON.
    let mut text = serde_json::to_string(value).unwrap_or_default();
    if let Some((end, _)) = text.char_indices().nth(SHOWN_MAX) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Longer values are cut at so many characters: what is wrong is mostly seen in the first line of a terminal.
const SHOWN_MAX: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_at_a_character() {
        assert_eq!(show(&Value::from("é")), "\"é\"");
        let fits = "é".repeat(SHOWN_MAX - 2);
        assert_eq!(show(&Value::from(fits.as_str())), format!("\"{fits}\""));
        let long = "é".repeat(SHOWN_MAX);
        assert_eq!(
            show(&Value::from(long.as_str())),
            format!("\"{}…", "é".repeat(SHOWN_MAX - 1))
        );
    }
}
