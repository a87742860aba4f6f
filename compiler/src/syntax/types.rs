//! The text of a type: `decimal(12,2)? as text`, `list<OrderLine>`, `ref<Order.lines>`. Whether the names in it exist
//! is for others to say.

use super::decode::{Reader, Syntax, brief};
use super::expr_text::ExprText;
use super::name::Text;
use super::schema::SchemaBuilder;
use super::yaml::Node;
use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::source::{Span, Spanned};
use serde_json::{Value, json};

/// Types within types.
const DEPTH_LIMIT: u32 = 16;

/// A type as written.
#[derive(Debug, Clone)]
pub struct TypeAst {
    /// What it is.
    pub kind: TypeKind,
    /// Whether it ends in `?`: it may be none.
    pub optional: bool,
    /// How it is written on the wire: what follows `as`.
    pub codec: Option<CodecAst>,
    /// Where it stands.
    pub span: Span,
}

/// What a type is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeKind {
    /// `string`, `string(35)`, `decimal(12,2)`, `Party`, `shopify.Order`, `lifecycle`.
    Named {
        /// The name; a record of another place has its system before a dot.
        name: Text,
        /// What stands in parentheses.
        args: Vec<ArgAst>,
    },
    /// `list<T>`.
    List(Box<TypeAst>),
    /// `map<T>`.
    Map(Box<TypeAst>),
    /// `ref<Order>`, `ref<Order.lines>`.
    Ref {
        /// The object.
        object: Text,
        /// The keyed list of the object whose element is meant.
        list: Option<Text>,
    },
}

/// A wire codec as written: `text`, `implied(2)`, `money(Amount, CurrencyCode)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodecAst {
    /// Its name.
    pub name: Text,
    /// What stands in parentheses.
    pub args: Vec<ArgAst>,
    /// Where both stand.
    pub span: Span,
}

/// An argument of a type or codec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArgAst {
    /// `12`
    Int(Spanned<u32>),
    /// `CurrencyCode`, `CCYY-MM-DD`, `America/Chicago`
    Word(Text),
    /// `','`, without the quotes.
    Quoted(Text),
}

impl ArgAst {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            ArgAst::Int(int) => int.span,
            ArgAst::Word(text) | ArgAst::Quoted(text) => text.span,
        }
    }

    /// The number that it is.
    pub fn int(&self) -> Option<u32> {
        match self {
            ArgAst::Int(int) => Some(int.value),
            _ => None,
        }
    }

    /// The text that it is, quoted or not.
    pub fn text(&self) -> Option<&Text> {
        match self {
            ArgAst::Int(_) => None,
            ArgAst::Word(text) | ArgAst::Quoted(text) => Some(text),
        }
    }
}

impl PartialEq for TypeAst {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.optional == other.optional && self.codec == other.codec
    }
}

impl Eq for TypeAst {}

impl Syntax for TypeAst {
    const WHAT: &'static str = "a type, such as `string(35)?`";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        let text = ExprText::read_as(node, cx, Self::WHAT)?;
        let parsed = parse(&text);
        if let Err(Problem { start, end, message, help }) = &parsed {
            let finding = Diagnostic::new(rules::SPEC004, text.span_at(*start..*end), message.clone());
            cx.report(finding.help_opt(help.clone()));
        }
        parsed.ok()
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        json!({ "type": "string" })
    }
}

/// What is wrong in a type's text, by byte offsets.
#[derive(Debug)]
struct Problem {
    start: u32,
    end: u32,
    message: String,
    help: Option<String>,
}

fn parse(text: &ExprText) -> Result<TypeAst, Problem> {
    let mut parser = Parser { text, at: 0, depth: 0 };
    let ty = parser.ty()?;
    parser.blank();
    if parser.rest().is_empty() { Ok(ty) } else { Err(parser.unexpected("the end of the type")) }
}

struct Parser<'t> {
    text: &'t ExprText,
    at: usize,
    depth: u32,
}

impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        self.text.text.get(self.at..).unwrap_or("")
    }

    fn blank(&mut self) {
        self.at = self.text.text.len() - self.rest().trim_start().len();
    }

    fn eat(&mut self, token: char) -> bool {
        self.blank();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len_utf8();
        }
        found
    }

    fn expect(&mut self, token: char, after: &str) -> Result<(), Problem> {
        if self.eat(token) { Ok(()) } else { Err(self.unexpected(&format!("`{token}` after {after}"))) }
    }

    fn offset(at: usize) -> u32 {
        u32::try_from(at).unwrap_or(u32::MAX)
    }

    fn span(&self, start: usize, end: usize) -> Span {
        self.text.span_at(Self::offset(start)..Self::offset(end))
    }

    fn problem(&self, start: usize, message: String) -> Problem {
        let end = self.text.text.len().max(start);
        Problem { start: Self::offset(start), end: Self::offset(end), message, help: None }
    }

    fn unexpected(&self, wanted: &str) -> Problem {
        let rest = self.rest();
        let found = match rest.chars().next() {
            None => "the end".to_owned(),
            Some(_) => format!("`{}`", brief(rest)),
        };
        self.problem(self.at, format!("expected {wanted}, found {found}"))
    }

    /// A name: letters, digits and `_`, with dots between parts if `dotted`.
    fn name(&mut self, dotted: bool, what: &str) -> Result<Text, Problem> {
        self.blank();
        let start = self.at;
        let rest = self.rest();
        let length =
            rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || (dotted && c == '.'))).unwrap_or(rest.len());
        let name = rest.get(..length).unwrap_or("");
        if name.is_empty() || name.split('.').any(str::is_empty) {
            return Err(self.unexpected(what));
        }
        self.at += length;
        Ok(Spanned::new(name.to_owned(), self.span(start, self.at)))
    }

    fn ty(&mut self) -> Result<TypeAst, Problem> {
        if self.depth >= DEPTH_LIMIT {
            return Err(self.problem(self.at, format!("types are nested more than {DEPTH_LIMIT} deep")));
        }
        self.depth += 1;
        let result = self.nested();
        self.depth -= 1;
        result
    }

    fn nested(&mut self) -> Result<TypeAst, Problem> {
        self.blank();
        let start = self.at;
        let name = self.name(true, "a type")?;
        let kind = match name.as_str() {
            "list" | "map" => {
                self.expect('<', &format!("`{}`", name.value))?;
                let element = Box::new(self.ty()?);
                self.expect('>', "the type of an element")?;
                if name.value == "list" { TypeKind::List(element) } else { TypeKind::Map(element) }
            }
            "ref" => {
                self.expect('<', "`ref`")?;
                let object = self.name(false, "an object")?;
                let list = if self.eat('.') { Some(self.name(false, "a field")?) } else { None };
                self.expect('>', "the object of a reference")?;
                TypeKind::Ref { object, list }
            }
            _ => TypeKind::Named { name, args: self.args()? },
        };
        let optional = self.eat('?');
        let end = self.at;
        let codec = self.codec()?;
        let end = codec.as_ref().map_or(end, |_| self.at);
        Ok(TypeAst { kind, optional, codec, span: self.span(start, end) })
    }

    fn codec(&mut self) -> Result<Option<CodecAst>, Problem> {
        self.blank();
        let Some(after) = self.rest().strip_prefix("as") else { return Ok(None) };
        if !after.starts_with(char::is_whitespace) {
            return Ok(None);
        }
        self.at += 2;
        self.blank();
        let start = self.at;
        let name = self.name(false, "a codec after `as`")?;
        let args = self.args()?;
        if self.rest().trim_start().starts_with('?') {
            let mut problem = self.problem(self.at, "`?` stands after the codec".to_owned());
            problem.help = Some("write it after the type: `decimal? as text`".to_owned());
            return Err(problem);
        }
        Ok(Some(CodecAst { name, args, span: self.span(start, self.at) }))
    }

    fn args(&mut self) -> Result<Vec<ArgAst>, Problem> {
        let mut args = Vec::new();
        if !self.eat('(') {
            return Ok(args);
        }
        loop {
            args.push(self.arg()?);
            if self.eat(')') {
                return Ok(args);
            }
            self.expect(',', "an argument")?;
        }
    }

    fn arg(&mut self) -> Result<ArgAst, Problem> {
        self.blank();
        let start = self.at;
        let rest = self.rest();
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '\'' | '"')) {
            let inner = rest.get(1..).unwrap_or("");
            let Some(length) = inner.find(quote) else {
                return Err(self.problem(start, format!("{quote} is not closed")));
            };
            self.at += length + 2;
            let text = inner.get(..length).unwrap_or("").to_owned();
            return Ok(ArgAst::Quoted(Spanned::new(text, self.span(start, self.at))));
        }
        let length = rest.find([',', ')', '\'', '"', '(']).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or("").trim_end();
        if word.is_empty() {
            return Err(self.unexpected("an argument"));
        }
        self.at += word.len();
        let span = self.span(start, self.at);
        let digits = word.bytes().all(|b| b.is_ascii_digit());
        match word.parse::<u32>() {
            Ok(number) if digits => Ok(ArgAst::Int(Spanned::new(number, span))),
            _ => Ok(ArgAst::Word(Spanned::new(word.to_owned(), span))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn text(text: &str) -> ExprText {
        let span = Span::new(FileId(0), 0, u32::try_from(text.len()).unwrap());
        ExprText::exact(text, span)
    }

    fn ty(source: &str) -> TypeAst {
        parse(&text(source)).unwrap_or_else(|problem| panic!("{source}: {}", problem.message))
    }

    fn problem(source: &str) -> Problem {
        parse(&text(source)).expect_err(source)
    }

    #[test]
    fn a_codec_follows_the_question_mark() {
        let ty = ty("decimal(12,2)? as text");
        let TypeKind::Named { name, args } = &ty.kind else { panic!("{ty:?}") };
        assert_eq!(name.value, "decimal");
        assert_eq!(args.iter().filter_map(ArgAst::int).collect::<Vec<_>>(), [12, 2]);
        assert!(ty.optional);
        assert_eq!(ty.codec.unwrap().name.value, "text");
        assert!(problem("decimal as text?").help.unwrap().contains("decimal? as text"));
    }

    #[test]
    fn codecs_take_names_patterns_and_quoted_texts() {
        let args = |source: &str| -> Vec<String> {
            ty(source).codec.unwrap().args.iter().filter_map(ArgAst::text).map(|t| t.value.clone()).collect()
        };
        assert_eq!(args("money as money(Amount, CurrencyCode)"), ["Amount", "CurrencyCode"]);
        assert_eq!(args("date as date(CCYY-MM-DD)"), ["CCYY-MM-DD"]);
        assert_eq!(args("timestamp as local(America/Chicago)"), ["America/Chicago"]);
        assert_eq!(args("list<string> as split(',')"), [","]);
    }

    #[test]
    fn spans_point_into_the_text() {
        let source = "list<ref<Order.lines>>?";
        let TypeKind::List(element) = ty(source).kind else { panic!() };
        let TypeKind::Ref { object, list } = element.kind else { panic!() };
        assert_eq!(source.get(object.span.range()), Some("Order"));
        assert_eq!(source.get(list.unwrap().span.range()), Some("lines"));
        assert_eq!(source.get(element.span.range()), Some("ref<Order.lines>"));
    }

    #[test]
    fn bad_types_say_what_was_expected() {
        assert_eq!(problem("list").message, "expected `<` after `list`, found the end");
        assert_eq!(problem("decimal(12").message, "expected `,` after an argument, found the end");
        assert_eq!(problem("string?x").message, "expected the end of the type, found `x`");
        assert_eq!(problem("?").message, "expected a type, found `?`");
        assert!(problem(&"list<".repeat(10_000)).message.contains("nested more than"));
    }
}
