//! How numbers are written and, behind that byte, a value as text: see `wayside_analyzer::import::check_value`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wayside_analyzer::import::check_value(bytes));
