//! Crossdock's test harness: what several suites share. The corpora lie beside it, one case a file.

pub mod payloads;
