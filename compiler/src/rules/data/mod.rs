//! DATA: who may get at data, and data that says less or more than it should.

mod classes;
pub mod data001_residency;
pub mod data002_personal_in_log;
pub mod data003_no_authentication;
pub mod data004_no_rate_limit;
pub mod data005_timestamp_without_offset;
pub mod data006_secret_in_spec;
mod partition;
