//! State as bytes, for who has to go on elsewhere: one description serves writing and reading, so that they cannot differ.

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::text::utf8;
use crate::time::Timestamp;
use crate::wire::bytes::{put_bytes, put_number};

/// Passes over a state's parts in their order: writes them, or reads them in place of what they are.
///
/// What cannot be read is nothing and remembered, so that a description has no branches; whoever reads asks once at the end
/// whether it was all right.
pub struct State<'a> {
    written: Vec<u8>,
    /// What is left to read; `None` while writing.
    rest: Option<&'a [u8]>,
    is_bad: bool,
}

impl<'a> State<'a> {
    /// Reads from these bytes.
    pub const fn read(bytes: &'a [u8]) -> Self {
        Self {
            written: Vec::new(),
            rest: Some(bytes),
            is_bad: false,
        }
    }

    /// Writes.
    pub const fn write() -> Self {
        Self {
            written: Vec::new(),
            rest: None,
            is_bad: false,
        }
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.written
    }

    /// A number.
    pub fn number(&mut self, n: &mut u64) {
        if self.rest.is_none() {
            return put_number(&mut self.written, *n);
        }
        *n = 0;
        let mut shift = 0;
        while shift < 64 {
            let byte = self.take(1).first().copied().unwrap_or(0);
            *n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return;
            }
            shift += 7;
        }
        self.is_bad = true;
    }

    /// A number of at most `max`.
    fn at_most(&mut self, mut n: u64, max: u64) -> u64 {
        self.number(&mut n);
        self.known(Some(n).filter(|n| *n <= max))
    }

    /// A number that fits 32 bits.
    pub fn small(&mut self, n: &mut u32) {
        *n = self.at_most((*n).into(), u32::MAX.into()) as u32;
    }

    /// A number that has to be this one.
    pub fn exactly(&mut self, n: u32) {
        let mut found = n;
        self.small(&mut found);
        self.is_bad |= found != n;
    }

    /// A number that is not negative.
    pub fn int(&mut self, n: &mut i64) {
        *n = self.at_most(*n as u64, i64::MAX as u64) as i64;
    }

    /// A number of an enum's variant.
    pub fn code(&mut self, code: u8) -> u8 {
        self.at_most(code.into(), u8::MAX.into()) as u8
    }

    /// A variant of an enum that has its number and `all` of its variants, counted from 0 without gaps.
    pub fn variant<T: Copy + Default>(&mut self, number: u8, all: &[T]) -> T {
        let number = self.code(number);
        self.known(all.get(usize::from(number)).copied())
    }

    /// A point in time.
    pub fn time(&mut self, time: &mut Timestamp) {
        let millis = self.at_most(time.millis() as u64, Timestamp::MAX.millis() as u64);
        *time = Timestamp::from_millis(millis as i64);
    }

    /// A text.
    pub fn text(&mut self, text: &mut Box<str>) {
        if self.rest.is_none() {
            return put_bytes(&mut self.written, text.as_bytes());
        }
        let read = utf8(self.part());
        *text = self.known(read).into();
    }

    /// Bytes.
    pub fn bytes(&mut self, bytes: &mut Vec<u8>) {
        if self.rest.is_none() {
            return put_bytes(&mut self.written, bytes);
        }
        *bytes = self.part().into();
    }

    /// A list, its items by `each`.
    pub fn list<T: Default>(&mut self, list: &mut Vec<T>, each: impl Fn(&mut T, &mut Self)) {
        let mut count = list.len() as u32;
        self.small(&mut count);
        for at in 0..count as usize {
            if self.rest.is_some() {
                // A wrong count ends with the bytes.
                if self.is_bad {
                    return;
                }
                list.push(T::default());
            }
            if let Some(item) = list.get_mut(at) {
                each(item, self);
            }
        }
    }

    fn part(&mut self) -> &'a [u8] {
        let mut length = 0;
        self.small(&mut length);
        self.take(length as usize)
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        let parts = self.rest.unwrap_or_default().split_at_checked(count);
        let (taken, rest) = self.known(parts);
        self.rest = Some(rest);
        taken
    }

    /// The value, or that there is none is remembered.
    pub fn known<T: Default>(&mut self, value: Option<T>) -> T {
        self.is_bad |= value.is_none();
        value.unwrap_or_default()
    }

    /// Whether something was wrong so far.
    pub fn is_bad(&self) -> bool {
        self.is_bad
    }

    /// Whether more can be read: nothing was wrong and not all is read.
    pub fn goes_on(&self) -> bool {
        !self.is_bad && self.rest.is_some_and(|rest| !rest.is_empty())
    }

    /// Whether everything was right and nothing is left.
    pub fn is_good(&self) -> bool {
        !self.is_bad && self.rest.is_none_or(<[u8]>::is_empty)
    }
}
