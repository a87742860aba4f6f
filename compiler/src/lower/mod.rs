//! What emitters need to know, decided once: names, read plans.

pub mod called;
pub mod flow;
pub mod intake;
pub mod left_out;
pub mod names;
pub mod raises;
pub mod reads;
pub mod rights;
