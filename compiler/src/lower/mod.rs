//! What emitters need to know, decided once: names, read plans.

pub mod names;
pub mod reads;
