//! The fuzzer's way to `duologue_properties::names`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| duologue_properties::names(data));
