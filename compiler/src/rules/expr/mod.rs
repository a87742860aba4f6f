//! EXPR: expressions that don't parse or have no type. The checker gives the findings; here is what they mean.

pub mod expr001_syntax;
pub mod expr002_unknown_field;
pub mod expr003_type_mismatch;
pub mod expr004_may_be_absent;
pub mod expr005_unknown_function;
pub mod expr006_unit_mismatch;
pub mod expr007_unrouted_failure;
