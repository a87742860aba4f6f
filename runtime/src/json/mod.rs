//! JSON without a value tree: a pull reader, a writer, and the path of a byte offset.

mod path;
mod reader;
mod skip;
mod string;
mod writer;

pub(crate) use path::push_index;
pub use path::{path_at, push_key};
pub use reader::{Kind, Limits, Reader, Scalar, strip_mark};
pub use writer::Writer;
