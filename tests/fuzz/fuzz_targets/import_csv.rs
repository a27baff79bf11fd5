//! How a CSV file is written and, behind that byte, the file: see `wayside_analyzer::import::check_csv`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wayside_analyzer::import::check_csv(bytes));
