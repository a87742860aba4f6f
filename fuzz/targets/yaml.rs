//! Any bytes as a file of specs.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    crossdock_tests::fuzz::spec(bytes);
});
