//! Where rows and values are in JSON and, behind that byte, the file: see `wayside_analyzer::import::check_json`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wayside_analyzer::import::check_json(bytes));
