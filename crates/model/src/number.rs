//! Numbers as people and shops write them: `1.234,56 €`, `$1,234.56`, `19,90`.

use alloc::string::String;

use crate::text::decimal;

/// The millionths of a written number, rounded half away from zero; `None` if it can be read only by guessing.
///
/// A currency sign, an ISO 4217 code and spaces around the number are skipped. Digits may be grouped by points, commas,
/// spaces or apostrophes where the text shows which mark is the decimal mark. One mark followed by exactly three digits
/// (`1.234`, `1,234`) shows it only if no group could end there (`0.125`, `1234.567`).
pub(crate) fn micros(text: &str) -> Option<i64> {
    let text = simplified(text)?;
    let begin = text.bytes().position(|byte| byte.is_ascii_digit())?;
    let mut end = text.len();
    while !is_digit_at(&text, end - 1) {
        end -= 1;
    }
    let (mut before, mut body, mut after) = (text.get(..begin)?, text.get(begin..end)?, text.get(end..)?);
    let mut number = String::new();
    // A mark without a digit before (`.5`) or behind it (`5.`).
    let has_point_first = before.as_bytes().last() == Some(&b'.');
    if has_point_first {
        before = before.get(..begin - 1)?;
        number.push_str("0.");
    }
    if after.as_bytes().first() == Some(&b'.') {
        after = after.get(1..)?;
    }
    let ((signs, currencies), (0, more)) = (around(before)?, around(after)?) else {
        // Not everybody reads a minus sign behind the number as one.
        return None;
    };
    if currencies + more > 1 {
        return None;
    }
    let mut places = 6;
    let exponent = body.bytes().position(|byte| byte == b'e' || byte == b'E');
    if let Some(at) = exponent {
        places = usize::try_from(6 + decimal(body.get(at + 1..)?, 0)?).ok()?;
        body = body.get(..at)?;
    }
    if has_point_first || exponent.is_some() {
        number.push_str(body);
    } else {
        plain(body, &mut number)?;
    }
    let n = decimal(&number, places)?;
    Some(if signs == 0 { n } else { -n })
}

/// The text with one character for all spaces, apostrophes, minus signs and currency signs, all of them ASCII; `None` if it
/// contains any other character that is not ASCII. So the rest works on bytes, which takes less code.
fn simplified(text: &str) -> Option<String> {
    let mut simple = String::new();
    for char in text.chars() {
        simple.push(match char {
            '\t' | '\u{a0}' | '\u{2009}' | '\u{202f}' => ' ',
            '\u{2019}' => '\'',
            '\u{2212}' => '-',
            '£' | '¥' | '\u{20a0}'..='\u{20cf}' => '$',
            _ if char.is_ascii() => char,
            _ => return None,
        });
    }
    Some(simple)
}

fn is_digit_at(text: &str, at: usize) -> bool {
    text.as_bytes().get(at).is_some_and(u8::is_ascii_digit)
}

/// How many minus signs and currencies the text beside a number has; `None` if it has anything else but spaces, or too many.
fn around(text: &str) -> Option<(u8, u8)> {
    let (mut signs, mut capitals, mut symbols) = (0_u8, 0_u8, 0_u8);
    for byte in text.as_bytes() {
        let count = match byte {
            b'-' => &mut signs,
            b'A'..=b'Z' => &mut capitals,
            b'$' => &mut symbols,
            b' ' => continue,
            _ => return None,
        };
        *count = count.saturating_add(1);
    }
    // A code of ISO 4217, a sign, or both as in `US$`.
    let currencies = match (capitals, symbols) {
        (0, 0) => 0,
        (3, 0) | (0 | 2, 1) => 1,
        _ => return None,
    };
    (signs < 2).then_some((signs, currencies))
}

/// Appends the digits with a point as the decimal mark and without groups.
fn plain(body: &str, number: &mut String) -> Option<()> {
    let mut at = body.len();
    while at > 0 && is_digit_at(body, at - 1) {
        at -= 1;
    }
    if at == 0 {
        number.push_str(body);
        return Some(());
    }
    let (head, tail) = (body.get(..at - 1)?, body.get(at..)?);
    let mark = *body.as_bytes().get(at - 1)?;
    let (mut alone, mut again) = (true, false);
    for byte in head.as_bytes() {
        alone &= byte.is_ascii_digit();
        again |= *byte == mark;
    }
    let may_be_decimal = (mark == b'.' || mark == b',') && !again;
    if may_be_decimal && alone && tail.len() == 3 && head.len() < 4 && head.as_bytes().first() != Some(&b'0') {
        return None;
    }
    if may_be_decimal {
        grouped(head, mark, number)?;
        number.push('.');
        number.push_str(tail);
        Some(())
    } else {
        grouped(body, 0, number)
    }
}

/// Appends the digits of a whole number in groups: up to three digits, then two or three, at the end three, all divided by
/// one mark, which is not the decimal mark.
fn grouped(whole: &str, decimal_mark: u8, number: &mut String) -> Option<()> {
    let (mut mark, mut length) = (0, 0);
    for byte in whole.as_bytes() {
        if byte.is_ascii_digit() {
            number.push(char::from(*byte));
            length += 1;
            continue;
        }
        let is_right = if mark == 0 {
            length > 0 && *byte != decimal_mark && matches!(byte, b'.' | b',' | b' ' | b'\'')
        } else {
            length > 1 && *byte == mark
        };
        if !is_right || length > 3 {
            return None;
        }
        (mark, length) = (*byte, 0);
    }
    (mark == 0 || length == 3).then_some(())
}

#[cfg(test)]
mod tests {
    use super::micros;

    #[track_caller]
    fn check(text: &str, units: f64) {
        let expected = (units * 1e6).round() as i64;
        assert_eq!(micros(text), Some(expected), "{text}");
    }

    #[test]
    fn numbers_that_leave_no_doubt_are_read() {
        for (text, units) in [
            ("3456.78", 3456.78),
            ("3,456.78", 3456.78),
            ("5,000.00", 5000.0),
            ("1.234,56", 1234.56),
            ("19,90", 19.9),
            ("€19.90", 19.9),
            ("19,90 €", 19.9),
            ("$1,234.56", 1234.56),
            ("1 234.56", 1234.56),
            ("1\u{202f}234,56\u{a0}€", 1234.56),
            ("1'234.50", 1234.5),
            ("1’234’567", 1_234_567.0),
            ("1,234,567", 1_234_567.0),
            ("1.234.567", 1_234_567.0),
            ("12,34,567.5", 1_234_567.5),
            ("12.00 EUR", 12.0),
            ("EUR 12", 12.0),
            ("US$ 5", 5.0),
            ("-5", -5.0),
            ("\u{2212}5", -5.0),
            ("-€5.10", -5.1),
            ("€ -5.10", -5.1),
            ("1e3", 1000.0),
            ("1.5E-3", 0.0015),
            ("0,125", 0.125),
            ("0.125", 0.125),
            ("1234.567", 1234.567),
            ("1234,567", 1234.567),
            ("1 234,567", 1234.567),
            ("12.3456", 12.3456),
            ("1999.995", 1999.995),
            (".5", 0.5),
            ("5.", 5.0),
            (" 7 ", 7.0),
            ("0", 0.0),
        ] {
            check(text, units);
        }
    }

    #[test]
    fn numbers_that_have_to_be_guessed_are_not_read() {
        for text in [
            "",
            " ",
            "NaN",
            "Infinity",
            "true",
            "free",
            "abc",
            "-",
            ".",
            "1.234",
            "1,234",
            "999,000",
            "--5",
            "-5-",
            "5-",
            "1,23,4",
            "1.2.3",
            "1,2345,678",
            "1,,234.5",
            "1 2",
            "12 34",
            "10 %",
            "5 pcs",
            "2 x 5",
            "1/2",
            "$5 €",
            "EURO 5",
            "1e",
            "1e99",
            "1,234e3,0",
            "12345678901234567890",
            "0x10",
            "5;",
            "1.234,567,8",
        ] {
            assert_eq!(micros(text), None, "{text}");
        }
    }
}
