//! See `wayside_testkit::fuzz::plan`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wayside_testkit::fuzz::plan(bytes));
