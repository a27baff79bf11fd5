//! Cutting ASCII text.
//!
//! The standard library's `split`, `find`, `trim` and `parse` bring searchers, Unicode tables and generic copies for every
//! pattern; these few functions are a tenth of them in the page's module.

/// `text` up to the first `mark`, and what follows it.
pub(crate) fn split_once(text: &str, mark: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|byte| byte == mark) {
        Some(at) => (text.get(..at).unwrap_or(""), text.get(at + 1..)),
        None => (text, None),
    }
}

/// The pieces of `text` between `mark`s: one more than there are marks.
pub(crate) fn pieces(text: &str, mark: u8) -> Pieces<'_> {
    Pieces { rest: Some(text), mark }
}

/// See [`pieces`].
#[derive(Clone)]
pub(crate) struct Pieces<'a> {
    rest: Option<&'a str>,
    mark: u8,
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (piece, rest) = split_once(self.rest?, self.mark);
        self.rest = rest;
        Some(piece)
    }
}

/// Whether a list of words has `word`, in any case of ASCII letters.
pub(crate) fn lists(words: &str, mark: u8, word: &str) -> bool {
    pieces(words, mark).any(|one| one.eq_ignore_ascii_case(word))
}

/// A decimal number (`-19.90`) times 10 to the power of `places`, rounded half away from zero; `None` for anything else, and
/// beyond 18 digits before rounding.
pub(crate) fn decimal(text: &str, places: usize) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = split_once(digits, b'.');
    let fraction = fraction.unwrap_or("");
    if digits.len() < 2 && whole.is_empty() || whole.len() + places > 18 {
        return None;
    }
    let mut n = 0_i64;
    for (at, byte) in whole.bytes().chain(fraction.bytes()).enumerate() {
        if !byte.is_ascii_digit() {
            return None;
        }
        let digit = i64::from(byte - b'0');
        if at < whole.len() + places {
            n = n * 10 + digit;
        } else if at == whole.len() + places && digit >= 5 {
            n += 1;
        }
    }
    for _ in fraction.len()..places {
        n *= 10;
    }
    Some(if digits.len() < text.len() { -n } else { n })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_those_of_the_standard_library() {
        for text in ["", "a", "&", "a&b", "&a&&b&", "ü&é"] {
            assert!(pieces(text, b'&').eq(text.split('&')), "{text}");
        }
    }

    #[test]
    fn decimals_have_their_places() {
        for (text, places, expected) in [
            ("0", 0, Some(0)),
            ("-17", 0, Some(-17)),
            ("17.4", 0, Some(17)),
            ("17.5", 0, Some(18)),
            ("17", 2, Some(1_700)),
            ("1.7", 2, Some(170)),
            ("123456789012345678", 0, Some(123_456_789_012_345_678)),
            ("1234567890123456789", 0, None),
            ("", 0, None),
            ("-", 0, None),
            (".", 0, None),
            ("--1", 0, None),
            ("+1", 0, None),
            ("1.2.3", 0, None),
        ] {
            assert_eq!(decimal(text, places), expected, "{text}");
        }
    }
}
