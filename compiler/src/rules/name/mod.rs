//! NAME: names that nothing has, that two things have, that nobody uses, and values that never end.

pub mod name001_unknown_reference;
pub mod name002_defined_twice;
pub mod name003_generated_twice;
pub mod name004_never_used;
pub mod name005_endless_value;
