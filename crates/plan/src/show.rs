//! Formatting of values in messages.

use wayside_model::Value;

/// A value as JSON on one line; long values are cut.
pub fn show(value: &Value) -> String {
    // Serialization fails only for NaN and infinities, which parsing refuses.
    let mut text = serde_json::to_string(value).unwrap_or_default();
    if let Some((end, _)) = text.char_indices().nth(SHOWN_MAX) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The number of characters at which values are cut: about one line of a terminal, in which most errors are visible.
const SHOWN_MAX: usize = 120;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_at_a_character_boundary() {
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
