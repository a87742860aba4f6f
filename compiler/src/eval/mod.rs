//! The evaluator: runs mappings on real payloads with exactly the meaning of the generated Rust.
//!
//! A mapping is prepared once (`plan`: read plan, crosswalks, patterns), then run on documents: decoded along the read
//! plan (`decode`, `canonical`, `scalar`), evaluated over the typed IR (`eval`, `select`, `loops`, `call`, `patch`,
//! `crosswalk`, `lookup`, `function`), written as canonical JSON (`encode`) or as a system takes it (`wire`). Absent on
//! purpose: types, which the checker has settled, and the conversions themselves, which live in the runtime.

mod call;
mod canonical;
mod closed;
mod collect;
mod crosswalk;
mod decode;
mod encode;
#[allow(clippy::module_inception)]
mod eval;
pub mod flow;
mod function;
pub mod intake;
mod lookup;
mod loops;
mod operand;
mod patch;
mod plan;
mod projection;
mod run;
mod scalar;
mod select;
mod value;
mod wire;

pub use closed::{Expression, PreparedExpression};
pub use eval::Observer;
pub use function::{Call, Functions, Gives, raised};
pub use plan::{Prepared, prepare};
pub(crate) use projection::matches;
pub use run::{Output, Outside};
pub use value::{Change, Leaf, ListPatch, Map, Object, Patch, Record, Text, Value};
