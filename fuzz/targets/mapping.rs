//! Any bytes as a payload: the first one chooses the mapping of the reference workspace that reads the rest.

#![no_main]

use std::sync::LazyLock;

static MAPPINGS: LazyLock<Vec<&str>> =
    LazyLock::new(|| crossdock_tests::fuzz::payloads().into_iter().map(|(mapping, _)| mapping).collect());

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((chosen, payload)) = bytes.split_first() else { return };
    if let Some(mapping) = MAPPINGS.get(usize::from(*chosen) % MAPPINGS.len().max(1)) {
        crossdock_tests::fuzz::payload(mapping, payload);
    }
});
