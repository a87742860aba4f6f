//! Mappings: typed functions between records and objects, lowered to one expression.

use super::{Id, Struct, System, Type};
use crate::expr::ir::Node;
use crate::expr::ir::VarId;
use crate::source::Span;

/// What a mapping makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// A new object.
    Create,
    /// A patch of an existing one.
    Update,
    /// A request to a system.
    Request,
    /// A value: the mapping is callable in expressions.
    Value,
}

/// A mapping.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// What it makes.
    pub intent: Intent,
    /// The one system it names, on either side.
    pub system: Option<Id<System>>,
    /// In order; variables `0..inputs.len()`.
    pub inputs: Vec<Input>,
    /// What it makes: a struct, or a list of one.
    pub target: Type,
    /// Where the target stands.
    pub target_span: Span,
    /// Evaluated first, in order.
    pub require: Vec<Require>,
    /// Named parts; each may use those before it.
    pub lets: Vec<Let>,
    /// The result: see [`crate::expr::ir::Kind::Make`] and [`crate::expr::ir::Kind::Patch`]. `None` where it did not
    /// type-check: a finding was given.
    pub body: Option<Node>,
    /// How many variables its expressions use.
    pub variables: u32,
    /// Source paths that it leaves out, with the reason.
    pub unmapped: Vec<Unmapped>,
    /// Answers that it needs from outside.
    pub lookups: Vec<Lookup>,
    /// Rust functions it calls.
    pub functions: Vec<ExternFunction>,
    /// Its tests.
    pub tests: Vec<Test>,
    /// Target paths that were written, as text with where: every assignment, for the rules.
    pub assigned: Vec<Assigned>,
}

/// One assignment to a target path.
#[derive(Debug, Clone)]
pub struct Assigned {
    /// Field positions from the target struct inward; lists are entered.
    pub path: Vec<u16>,
    /// `lines.sku`.
    pub text: String,
    /// Where the key stands.
    pub span: Span,
}

/// An input.
#[derive(Debug, Clone)]
pub struct Input {
    /// `src`, or its declared name.
    pub name: String,
    /// Record or object.
    pub of: Id<Struct>,
    /// One or many.
    pub shape: InputShape,
    /// Where it stands.
    pub span: Span,
}

/// Whether an input is one document or many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputShape {
    /// One.
    One,
    /// A list.
    List,
}

/// A condition on the inputs.
#[derive(Debug, Clone)]
pub struct Require {
    /// A bool.
    pub rule: Node,
    /// The exception that its breach raises.
    pub raise: String,
    /// Where it stands.
    pub span: Span,
}

/// A named part.
#[derive(Debug, Clone)]
pub struct Let {
    /// Its name.
    pub name: String,
    /// Its variable.
    pub var: VarId,
    /// Its value; its failure surfaces where it is used.
    pub value: Node,
    /// Where it stands.
    pub span: Span,
}

/// Source paths left out.
#[derive(Debug, Clone)]
pub struct Unmapped {
    /// Wire paths, dotted, `*` standing for any text within one level.
    pub pattern: String,
    /// Why.
    pub reason: String,
    /// Where it stands.
    pub span: Span,
}

/// An answer needed from outside.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// The name that expressions call; for the runtime's index `Customer.sap`.
    pub name: String,
    /// Where the answer comes from.
    pub source: LookupSource,
    /// Parameters in order.
    pub params: Vec<(String, Type)>,
    /// What an answer is: a record, or text for the index.
    pub result: Type,
    /// What a miss becomes.
    pub miss: Miss,
    /// How long an answer may be kept, in seconds.
    pub cache: Option<u64>,
    /// Where it stands.
    pub span: Span,
}

/// Where a lookup's answer comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupSource {
    /// An operation of a system: system and operation name.
    Operation(Id<System>, String),
    /// The runtime's index of identifiers: object and system.
    Index(Id<Struct>, Id<System>),
}

/// What a miss becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// A failure.
    Raise(String),
    /// None.
    None,
}

/// A Rust function that expressions call.
#[derive(Debug, Clone)]
pub struct ExternFunction {
    /// Its name.
    pub name: String,
    /// Its arguments.
    pub args: Vec<Type>,
    /// Its result.
    pub result: Type,
    /// What it may raise; empty if it can't fail.
    pub raises: Vec<String>,
    /// Where it stands.
    pub span: Span,
}

/// A test of a mapping.
#[derive(Debug, Clone)]
pub struct Test {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// The inputs, in the mapping's order.
    pub inputs: Vec<TestInput>,
    /// The file of the expected result.
    pub expect: Option<(String, Span)>,
    /// The exception expected instead.
    pub raises: Option<(String, Span)>,
    /// `received_at` and the rest of `meta`.
    pub meta: Vec<(String, String)>,
    /// Settings of the system.
    pub config: Vec<(String, String)>,
    /// Answers to lookups: file.
    pub answers: Option<(String, Span)>,
    /// What the functions give: file.
    pub functions: Option<(String, Span)>,
}

/// One input of a test.
#[derive(Debug, Clone)]
pub struct TestInput {
    /// The input's position in the mapping.
    pub input: u16,
    /// The path as written, relative to the spec file.
    pub path: String,
    /// Where it stands.
    pub span: Span,
}
