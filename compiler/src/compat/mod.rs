//! What was built before against what would be built now.

pub mod states;
