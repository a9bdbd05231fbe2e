//! The fuzzer's entry: bytes that are no text are not interesting.
#![no_main]

mod target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        target::check(text);
    }
});
