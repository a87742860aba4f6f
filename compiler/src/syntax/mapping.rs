//! `kind: mapping`: a typed function from records to an object, or back.

use super::decode::{Reader, Syntax, ast, words};
use super::expr_text::{ExprText, ListText};
use super::list::OneOrMany;
use super::name::{Free, Name, Named, Snake, Text};
use super::object::RequirementAst;
use super::path::{ByPath, PathAst};
use super::quantity::DurationAst;
use super::schema::SchemaBuilder;
use super::target::{DropAst, TargetAst};
use super::types::TypeAst;
use super::workspace::WaiverAst;
use super::yaml::Node;
use crate::source::Spanned;
use serde_json::{Value, json};

ast! {
    /// A mapping.
    pub struct MappingAst {
        /// The name, in `snake_case`.
        name: required Name<Snake>,
        /// What it is, in Markdown.
        description: optional Text,
        /// A record or object, read as `src`; or several by name.
        from: expected FromAst,
        /// An object, a value, `list<Object>`, or a system's record.
        to: expected TypeAst,
        /// What it makes: a new object, a patch, a request to a system. A value has none.
        intent: optional Spanned<IntentWord>,
        /// What must hold of the inputs.
        require: default Vec<RequirementAst>,
        /// Named parts, each behaving as if it stood where it is used.
        lets as "let": default Named<Snake, ExprText>,
        /// The identity of the object that a patch is for: by field of its key, or a system's identifier.
        find: default ByPath<ExprText>,
        /// For a list: the source list, of which each element becomes one.
        each: optional ListText,
        /// The name of an element of `each`.
        element as "as": optional Text,
        /// The name of its position, from 0.
        index: optional Text,
        /// Elements that are left out: counted, never silent.
        drop: default Vec<DropAst>,
        /// By path of the target: what it becomes.
        fields: default ByPath<TargetAst>,
        /// By reason: wire paths that are not read.
        unmapped: default UnmappedAst,
        /// Answers that are fetched from systems in between.
        lookups: default Named<Snake, LookupAst>,
        /// Rust functions for what expressions can't say.
        functions: default Named<Snake, FunctionAst>,
        /// Its tests.
        tests: default Vec<TestAst>,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

words! {
    /// What a mapping makes.
    pub enum IntentWord {
        /// A new object.
        Create = "create",
        /// A patch of an existing one.
        Update = "update",
        /// A request to a system.
        Request = "request",
    }
}

/// By reason: wire paths that are not read.
pub type UnmappedAst = Named<Free, OneOrMany<PathAst>>;

/// What a mapping reads.
#[derive(Debug, Clone, PartialEq)]
pub enum FromAst {
    /// One input, read as `src`.
    One(TypeAst),
    /// Inputs by name.
    Named(Named<Snake, TypeAst>),
}

impl FromAst {
    /// Names and types; the one input without a name is `src`, in the place of its type.
    pub fn inputs(&self) -> Vec<(Text, &TypeAst)> {
        match self {
            FromAst::One(ty) => vec![(super::name::place(ty.span, "src"), ty)],
            FromAst::Named(inputs) => inputs.iter().map(|(name, ty)| (name.clone(), ty)).collect(),
        }
    }
}

impl Syntax for FromAst {
    const WHAT: &'static str = "a record or object, or several by name";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        if node.is_map() {
            Syntax::read(node, cx).map(FromAst::Named)
        } else {
            TypeAst::read(node, cx).map(FromAst::One)
        }
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        json!({ "anyOf": [TypeAst::schema(cx), Named::<Snake, TypeAst>::schema(cx)] })
    }
}

ast! {
    /// An answer that is fetched from a system.
    pub struct LookupAst {
        /// What it is, in Markdown.
        description: optional Text,
        /// The operation, such as `ongoing.get_article`.
        call: required Text,
        /// Its parameters, with the types of the arguments.
        params: default Named<Free, TypeAst>,
        /// What a miss becomes.
        miss: optional MissAst,
        /// How long an answer may be kept.
        cache: optional DurationAst,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

/// What a lookup that finds nothing becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MissAst {
    /// A failure.
    Raise(Text),
    /// None.
    None,
}

impl Syntax for MissAst {
    const WHAT: &'static str = "`none`, or `raise` with an exception";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        if node.is_map() {
            return super::codes::RaiseAst::read(node, cx).map(|ast| MissAst::Raise(ast.raise));
        }
        let word = cx.scalar(node, Self::WHAT)?;
        if word.value == "none" {
            return Some(MissAst::None);
        }
        cx.wrong_type(node, Self::WHAT);
        None
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        json!({ "anyOf": [{ "const": "none" }, super::codes::RaiseAst::schema(cx)] })
    }
}

ast! {
    /// A Rust function that expressions call.
    pub struct FunctionAst {
        /// What it does, in Markdown.
        description: optional Text,
        /// The types of its arguments.
        args: default Vec<TypeAst>,
        /// The type of its result.
        result: required TypeAst,
        /// The exceptions that it may raise.
        raises: default Vec<Text>,
    }
}

ast! {
    /// A test of a mapping.
    pub struct TestAst {
        /// What is odd about it.
        name: required Text,
        /// A payload, or one per input by name; files relative to the spec.
        input: expected TestInputAst,
        /// A file with the expected result.
        expect: optional Text,
        /// The exception that is expected instead.
        raises: optional Text,
        /// What the runtime knows of the message: `received_at`, `instance`, `message_id`.
        meta: default Named<Free, Text>,
        /// The system's settings.
        config: default Named<Free, Text>,
        /// A file with the answers of lookups.
        answers: optional Text,
        /// A file with what the Rust functions give: by function, a list of `{ args, result }` or `{ args, raises }`.
        functions: optional Text,
        /// What it shows, in Markdown.
        description: optional Text,
    }
}

/// The payloads of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TestInputAst {
    /// The file of the one input.
    One(Text),
    /// Files by input.
    Named(Named<Free, Text>),
}

impl Syntax for TestInputAst {
    const WHAT: &'static str = "a file, or files by input";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        if node.is_map() {
            Syntax::read(node, cx).map(TestInputAst::Named)
        } else {
            cx.scalar(node, Self::WHAT).map(TestInputAst::One)
        }
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        json!({ "anyOf": [Text::schema(cx), Named::<Free, Text>::schema(cx)] })
    }
}
