//! Numbers as people in different countries write them.

/// How the source writes numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    /// Decimal and group mark; `None` where numbers are written as programs write them, with a point and no groups.
    marks: Option<(char, char)>,
}

impl Numbers {
    /// With these marks; where only the decimal mark is said, the other of comma and point groups digits. `None` when both are
    /// the same.
    pub(super) fn new(decimal: Option<char>, group: Option<char>) -> Option<Self> {
        if decimal.is_none() && group.is_none() {
            return Some(Self::default());
        }
        let decimal = decimal.unwrap_or(if group == Some('.') { ',' } else { '.' });
        let group = group.unwrap_or(if decimal == ',' { '.' } else { ',' });
        (decimal != group).then_some(Self {
            marks: Some((decimal, group)),
        })
    }

    /// `text` as a program writes the number: without currency sign, spaces and groups, with a point. What is not written by the
    /// marks stays as it is, and is a number then only if a program would write it so.
    pub(super) fn plain(&self, text: &str) -> String {
        let is_around = |c: char| c.is_whitespace() || CURRENCY_SIGNS.contains(&c);
        let trimmed = text.trim_matches(is_around);
        // The sign of the number may stand before that of the currency.
        let (sign, digits) = match trimmed.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => ("-", rest.trim_start_matches(is_around)),
            None => ("", trimmed.strip_prefix('+').unwrap_or(trimmed)),
        };
        let Some((decimal, group)) = self.marks else {
            return format!("{sign}{digits}");
        };
        let (whole, fraction) = digits.split_once(decimal).unwrap_or((digits, ""));
        let spaces = group.is_whitespace();
        let parts: Vec<&str> = whole
            .split(|c: char| c == group || (spaces && c.is_whitespace()))
            .collect();
        let is_digits = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        let is_grouped =
            parts.len() == 1 || (parts.iter().skip(1).all(|part| part.len() == 3) && (1..=3).contains(&parts[0].len()));
        let is_number = is_grouped && parts.iter().all(is_digits) && is_digits(&fraction);
        if !is_number || digits.is_empty() {
            return text.to_owned();
        }
        let point = if fraction.is_empty() { "" } else { "." };
        format!("{sign}{}{point}{fraction}", parts.concat())
    }
}

const CURRENCY_SIGNS: [char; 4] = ['€', '$', '£', '¥'];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(decimal: Option<char>, group: Option<char>, text: &str, expected: &str) {
        assert_eq!(Numbers::new(decimal, group).unwrap().plain(text), expected, "{text}");
    }

    #[test]
    fn numbers_are_read_by_the_marks_and_nothing_is_guessed() {
        let german = Some(',');
        check(german, None, "1.234,56", "1234.56");
        check(german, None, "2.000", "2000");
        check(german, None, "19,90 €", "19.90");
        check(german, None, "-€ 7,5", "-7.5");
        check(german, None, "7", "7");
        // Written by other marks, or by none.
        check(german, None, "1234.56", "1234.56");
        check(german, None, "1.2.3", "1.2.3");
        check(german, None, "12.34", "12.34");
        check(german, None, "abc", "abc");
        check(german, None, "", "");
        check(Some('.'), Some('\''), "1'234.50", "1234.50");
        check(Some(','), Some(' '), "1\u{a0}234,5", "1234.5");
        check(None, None, " $12.50 ", "12.50");
        check(None, None, "1,234.56", "1,234.56");
        check(Some('.'), None, "1,234.56", "1234.56");
        assert_eq!(Numbers::new(Some(','), Some(',')), None);
    }
}
