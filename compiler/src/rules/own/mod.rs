//! OWN: who may say what. Every field of an object has one system of record, and nobody else writes it.

pub mod own001_field_without_owner;
pub mod own002_two_owners;
pub mod own003_write_by_non_owner;
pub mod own004_owner_without_mapping;
pub mod own005_write_back_to_owner;
pub mod own006_echo_loop;
pub mod own007_middleware_as_owner;
pub mod own008_replica_without_feed;
pub mod own009_no_concurrency_token;
pub mod own010_originator_without_create;
pub mod own011_no_steward;
