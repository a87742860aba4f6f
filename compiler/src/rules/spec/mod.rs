//! SPEC: specs that can't be read as what they say they are, and waivers that hold no more.

pub mod spec001_yaml_syntax;
pub mod spec002_unknown_key;
pub mod spec003_missing_key;
pub mod spec004_wrong_type;
pub mod spec005_duplicate_key;
pub mod spec006_ambiguous_scalar;
pub mod spec007_resource_limit;
pub mod spec008_unknown_edition;
pub mod spec009_bad_name;
pub mod spec010_needs_quotes;
pub mod spec011_waiver;
pub mod spec012_template;
