//! Nothing but tests: what a developer does with generated crates.
