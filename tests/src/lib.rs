//! Crossdock's test harness: what several suites share. The corpora lie beside it, one case a file or a folder.

pub mod broken;
pub mod cel;
pub mod console;
pub mod corpus;
pub mod differential;
pub mod driver;
pub mod fuzz;
pub mod mutate;
pub mod payloads;
pub mod scripted;
pub mod synthetic;
pub mod twofold;
