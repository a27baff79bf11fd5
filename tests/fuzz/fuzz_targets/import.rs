//! A mapping and, behind a zero byte, a file: see `wayside_analyzer::import::check_any`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |byte| *byte == 0);
    let (mapping, data) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    if let Ok(mapping) = str::from_utf8(mapping) {
        wayside_analyzer::import::check_any(mapping, data);
    }
});
