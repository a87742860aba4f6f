//! Any bytes as an expression.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    crossdock_tests::fuzz::expression(bytes);
});
