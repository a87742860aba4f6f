//! Operations of a system: what it can be asked to do.

use super::decode::{Reader, Syntax, ast, words};
use super::expr_text::ExprText;
use super::name::{Free, Named, Text};
use super::quantity::{DurationAst, NumberAst};
use super::schema::SchemaBuilder;
use super::system::{AuthAst, RetryAst};
use super::types::TypeAst;
use super::workspace::WaiverAst;
use super::yaml::Node;
use crate::diagnostic::{Diagnostic, suggest};
use crate::rules;
use crate::source::{Span, Spanned};
use serde_json::{Value, json};

ast! {
    /// What a system can be asked to do.
    pub struct OperationAst {
        /// What it does, in Markdown.
        description: optional Text,
        /// Method and path after the base, such as `GET /orders/{id}.json`.
        http: optional HttpAst,
        /// A queue or topic that it is put into.
        queue: optional Text,
        /// A folder that it is written into.
        file: optional Text,
        /// A Rust trait that the user implements.
        adapter: optional Text,
        /// Parameters in path, query and header.
        params: default ParamsAst,
        /// The record that is sent.
        request: optional TypeAst,
        /// The record that comes back.
        response: optional TypeAst,
        /// The statuses that mean success.
        success: default Vec<NumberAst>,
        /// By status: the record of the error body.
        errors: default Named<Free, Text>,
        /// By exception: the condition over `status`, `header` and `body`.
        raises: default Named<Free, ExprText>,
        /// Whether it changes anything.
        effect: expected Spanned<EffectWord>,
        /// How repeats are told from new requests.
        idempotency: optional IdempotencyAst,
        /// The operation that undoes it.
        undo: optional Text,
        /// What happens to what is not sent.
        mode: optional Spanned<ModeWord>,
        /// How pages follow each other.
        page: optional PageAst,
        /// How long an answer is waited for.
        timeout: optional DurationAst,
        /// What is done if there is none.
        retry: optional RetryAst,
        /// How callers authenticate, if not as the system says.
        auth: optional AuthAst,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

words! {
    /// Whether an operation changes anything.
    pub enum EffectWord {
        /// No.
        Read = "read",
        /// Yes.
        Write = "write",
    }
}

words! {
    /// What happens to what a write does not send.
    pub enum ModeWord {
        /// It stays.
        Merge = "merge",
        /// It is blanked.
        Replace = "replace",
    }
}

ast! {
    /// Parameters of an operation, by name.
    pub struct ParamsAst {
        /// In the path.
        path: default Named<Free, TypeAst>,
        /// In the query.
        query: default Named<Free, TypeAst>,
        /// In headers.
        header: default Named<Free, TypeAst>,
    }
}

ast! {
    /// How pages follow each other.
    pub struct PageAst {
        /// The items, over `body`.
        items: required ExprText,
        /// The token of the next page, over `body` and `header`.
        next: required ExprText,
        /// The parameter that takes it, such as `query.page`.
        into: required Text,
    }
}

words! {
    /// The HTTP methods.
    pub enum MethodWord {
        /// GET
        Get = "GET",
        /// POST
        Post = "POST",
        /// PUT
        Put = "PUT",
        /// PATCH
        Patch = "PATCH",
        /// DELETE
        Delete = "DELETE",
    }
}

/// Method and path: `GET /orders/{id}.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAst {
    /// The method.
    pub method: Spanned<MethodWord>,
    /// The path, with parameters in braces.
    pub path: Text,
    /// Where both stand.
    pub span: Span,
}

impl HttpAst {
    /// The names of the parameters in the path, in order, with where they stand.
    pub fn params(&self) -> Vec<Text> {
        let mut params = Vec::new();
        let mut offset = 0;
        let mut rest = self.path.as_str();
        while let Some((before, after)) = rest.split_once('{')
            && let Some((name, tail)) = after.split_once('}')
        {
            offset += before.len() + 1;
            let at = |n: usize| self.path.span.start.saturating_add(u32::try_from(n).unwrap_or(u32::MAX));
            let span = Span::new(self.path.span.file, at(offset), at(offset + name.len()));
            params.push(Spanned::new(name.to_owned(), span));
            offset += name.len() + 1;
            rest = tail;
        }
        params
    }
}

impl Syntax for HttpAst {
    const WHAT: &'static str = "a method and a path, such as `GET /orders/{id}`";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        let text = ExprText::read_as(node, cx, Self::WHAT)?;
        let (method, path) = text.text.split_once(' ').unwrap_or((&text.text, ""));
        let trimmed = path.trim_start();
        let start = text.text.len() - trimmed.len();
        let span_at = |from: usize, to: usize| {
            text.span_at(u32::try_from(from).unwrap_or(u32::MAX)..u32::try_from(to).unwrap_or(u32::MAX))
        };
        let path = Spanned::new(trimmed.to_owned(), span_at(start, text.text.len()));
        if !path.starts_with('/') || path.contains(char::is_whitespace) {
            let message = format!("`{}` is not {}", text.text, Self::WHAT);
            cx.report(Diagnostic::new(rules::SPEC004, text.span, message));
            return None;
        }
        let method = cx.word::<MethodWord>(&Spanned::new(method.to_owned(), span_at(0, method.len())))?;
        Some(HttpAst { method, path, span: text.span })
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        json!({ "type": "string", "pattern": "^(GET|POST|PUT|PATCH|DELETE) /\\S*$" })
    }
}

/// How repeats are told from new requests.
#[derive(Debug, Clone, PartialEq)]
pub enum IdempotencyAst {
    /// By a key in a header.
    Header(IdempotencyKeyAst),
    /// Repeating changes nothing, by its nature.
    Natural(Span),
    /// They are not.
    None(Span),
}

ast! {
    /// A key that tells repeats from new requests.
    pub struct IdempotencyKeyAst {
        /// The header that carries it.
        header: required Text,
        /// How long it is remembered.
        retention: optional DurationAst,
    }
}

impl Syntax for IdempotencyAst {
    const WHAT: &'static str = "`natural`, `none`, or a `header` with its `retention`";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        if node.is_map() {
            return IdempotencyKeyAst::read(node, cx).map(IdempotencyAst::Header);
        }
        let word = cx.scalar(node, Self::WHAT)?;
        match word.as_str() {
            "natural" => Some(IdempotencyAst::Natural(word.span)),
            "none" => Some(IdempotencyAst::None(word.span)),
            other => {
                let near = suggest(other, ["natural", "none"]);
                let message = format!("`{other}` is not {}", Self::WHAT);
                let finding = Diagnostic::new(rules::SPEC004, word.span, message);
                cx.report(finding.help_opt(near.map(|near| format!("did you mean `{near}`?"))));
                None
            }
        }
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        json!({ "anyOf": [{ "enum": ["natural", "none"] }, IdempotencyKeyAst::schema(cx)] })
    }
}
