//! Errors of the page, of which a fault in a loop makes thousands: the first of each are recorded one by one, further ones are
//! counted.

use alloc::string::String;
use alloc::vec::Vec;

use wayside_model::{Field, Kind, Touchpoint};

use crate::told::Told;

/// Errors of a page load.
#[derive(Default)]
pub(crate) struct Errors(Vec<Seen>);

/// An error that has occurred, by its class and address.
struct Seen {
    error: String,
    url: String,
    count: u32,
    /// Those that no touchpoint tells yet.
    held: u32,
}

/// How many of an error are recorded one by one.
const SINGLE: u32 = 3;
/// Different errors that are told apart in a page load; the others are counted as one without class and address. Monitors of
/// errors find tens on a bad page, not hundreds.
const SEEN_MAX: usize = 50;

impl Errors {
    /// Takes in an error and tells what is to be recorded now: the error while it is one of the first, and their number when
    /// it is the 10th, 100th, 1,000th and so on, so that a page that crashes has told most of them.
    pub(crate) fn on_error(&mut self, touchpoint: &Touchpoint, told: &mut Told) {
        let text = |field| touchpoint.fields().text(field).unwrap_or_default();
        let at = self.place(text(Field::Error), text(Field::Url));
        if let Some(seen) = self.0.get_mut(at) {
            seen.count += 1;
            seen.held += 1;
            if seen.count <= SINGLE || is_power_of_ten(seen.count) {
                seen.tell(told);
            }
        }
    }

    /// Tells the numbers that are held back, because the page is hidden or left.
    pub(crate) fn end(&mut self, told: &mut Told) {
        for seen in &mut self.0 {
            seen.tell(told);
        }
    }

    fn place(&mut self, error: &str, url: &str) -> usize {
        let is_known = |seen: &Seen| seen.error == error && seen.url == url;
        let known = self.0.iter().position(is_known);
        let at = known.unwrap_or(self.0.len()).min(SEEN_MAX);
        while self.0.len() <= at {
            let is_apart = self.0.len() < SEEN_MAX;
            let (error, url) = if is_apart { (error, url) } else { ("", "") };
            self.0.push(Seen {
                error: error.into(),
                url: url.into(),
                count: 0,
                held: 0,
            });
        }
        at
    }
}

impl Seen {
    fn tell(&mut self, told: &mut Told) {
        let held = core::mem::take(&mut self.held);
        if held == 0 {
            return;
        }
        let texts = &[(Field::Error, self.error.as_str()), (Field::Url, self.url.as_str())];
        let count = &[(Field::Count, i64::from(held))];
        told.add(Kind::PageError, texts, if held > 1 { count } else { &[] });
    }
}

fn is_power_of_ten(mut n: u32) -> bool {
    while n > 1 && n.is_multiple_of(10) {
        n /= 10;
    }
    n == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The numbers that so many equal errors and the end of the page tell.
    fn told_of(errors: &mut Errors, count: u32, name: &str) -> Vec<i64> {
        let mut told = Told::default();
        for _ in 0..count {
            let error = Touchpoint::of(
                Kind::PageError,
                &[(Field::Error, name), (Field::Url, "https://x/a.js")],
                &[],
            );
            errors.on_error(&error, &mut told);
        }
        errors.end(&mut told);
        told.0
            .iter()
            .map(|one| one.fields().int(Field::Count).unwrap_or(1))
            .collect()
    }

    #[test]
    fn the_first_errors_are_recorded_and_further_ones_counted() {
        assert_eq!(told_of(&mut Errors::default(), 2, "TypeError"), [1, 1]);
        assert_eq!(told_of(&mut Errors::default(), 4, "TypeError"), [1, 1, 1, 1]);
        let many = told_of(&mut Errors::default(), 12_345, "TypeError");
        assert_eq!(many, [1, 1, 1, 7, 90, 900, 9_000, 2_345]);
    }

    #[test]
    fn different_errors_are_counted_apart_up_to_a_limit() {
        let mut errors = Errors::default();
        for n in 0..SEEN_MAX + 10 {
            let name = alloc::format!("Error{n}");
            assert_eq!(told_of(&mut errors, 1, &name), [1]);
        }
        assert_eq!(errors.0.len(), SEEN_MAX + 1);
        assert_eq!(
            errors.0.last().map(|seen| (seen.error.as_str(), seen.count)),
            Some(("", 10))
        );
    }
}
