//! Expressions: CEL, parsed with spans, type-checked, lowered to one typed IR that is both evaluated and compiled.
//!
//! In the order that data flows: `parse` turns text into [`ast`] (over the tokens of `lex`), a checker turns that
//! into [`ir`] by the signatures of [`func`]. `print` writes a syntax tree back, for messages and documents.
//! Deliberately absent: anything that knows YAML; positions are offsets in the expression's own text.

pub mod ast;
pub mod check;
pub mod func;
pub mod ir;
mod lex;
pub mod parse;
mod print;

pub use parse::{ParseError, parse};
