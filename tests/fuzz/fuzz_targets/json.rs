//! See `wayside_testkit::fuzz::json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wayside_testkit::fuzz::json(bytes));
