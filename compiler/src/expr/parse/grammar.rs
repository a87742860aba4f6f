//! The productions, from the loosest to the tightest: recursive descent between brackets, a stack of operators within.

use super::super::ast::{BinaryOp, Element, Expr, ExprKind, MapEntry, Name, StructField, UnaryOp};
use super::super::lex::Kind;
use super::{KEYWORDS, MAX_NESTING, Parser, Tree};
use std::collections::VecDeque;

/// Words that CEL keeps for itself: names of fields and methods only.
pub(super) const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// Whether an operator's right operand ends before the next operator. Operands of a logical one are kept for its chain.
fn ends(next: Option<(BinaryOp, u32)>, op: BinaryOp) -> bool {
    next.is_none_or(|(next, _)| next.binds() <= op.binds() && !(next == op && is_logic(op)))
}

fn is_logic(op: BinaryOp) -> bool {
    matches!(op, BinaryOp::And | BinaryOp::Or)
}

impl Parser<'_> {
    pub(super) fn whole(&mut self) -> Option<Tree> {
        if self.token(0).kind == Kind::End {
            return self.fail(self.span(), "an expression is missing here", None);
        }
        let tree = self.expr()?;
        if self.token(0).kind != Kind::End {
            self.unexpected();
        }
        Some(tree)
    }

    /// Something follows a complete expression.
    fn unexpected(&mut self) {
        let found = self.found();
        let (message, help) = match &self.token(0).kind {
            Kind::Symbol(")" | "]" | "}") => (format!("{found} closes nothing"), None),
            Kind::Symbol(",") => ("one expression is expected, found `,`".to_owned(), Some("a list stands in `[ ]`")),
            Kind::Symbol(":") => ("`:` without a `?` before it".to_owned(), Some("write `condition ? a : b`")),
            Kind::Symbol("(") => ("only a name can be called".to_owned(), None),
            Kind::Symbol("{") => ("only a plain name can stand before `{`".to_owned(), None),
            Kind::Symbol(";") => ("an expression has no `;`".to_owned(), Some("leave it out")),
            Kind::Word(word) => {
                let help = match word.as_str() {
                    "is" => Some("compare with `==`; ask `has(x)` for presence, `isNull(x)` for null"),
                    "not" => Some("write `!(a in b)`"),
                    "if" | "else" | "then" => Some("write `condition ? a : b`"),
                    _ => None,
                };
                (format!("an operator is missing before {found}"), help)
            }
            Kind::Decimal(text) if text.starts_with('.') => {
                (format!("{found} is no field"), Some("a position stands in brackets: `a[0]`"))
            }
            Kind::Symbol(_) => (format!("an operator or the end is expected, found {found}"), None),
            _ => (format!("an operator is missing before {found}"), None),
        };
        self.fail::<()>(self.span(), message, help);
    }

    /// Any expression; brackets come back here.
    fn expr(&mut self) -> Option<Tree> {
        if self.nesting == MAX_NESTING {
            let message = format!("brackets nest more than {MAX_NESTING} deep");
            return self.limit(self.span(), message, "name a part of it under `let`");
        }
        self.nesting += 1;
        let tree = self.conditional();
        self.nesting -= 1;
        tree
    }

    /// `a ? b : c ? d : e`, which groups to the right.
    fn conditional(&mut self) -> Option<Tree> {
        let mut arms: Vec<(Tree, Tree)> = Vec::new();
        let mut last = loop {
            let cond = self.operators()?;
            let question = self.span();
            if !self.eat("?") {
                break cond;
            }
            let then = self.operators()?;
            if !self.is(":") {
                return self.no_else(question, &then);
            }
            self.advance();
            arms.push((cond, then));
        };
        while let Some((cond, then)) = arms.pop() {
            let span = (cond.start, last.end);
            let below = cond.depth.max(then.depth).max(last.depth);
            let (cond, then, other) = (Box::new(cond.expr), Box::new(then.expr), Box::new(last.expr));
            last = self.node(ExprKind::Cond { cond, then, other }, span, below)?;
        }
        Some(last)
    }

    fn no_else<T>(&mut self, question: (u32, u32), then: &Tree) -> Option<T> {
        if self.is("?") {
            let help = "put parentheses around the inner condition: `a ? (b ? c : d) : e`";
            return self.fail(self.span(), "a condition inside a condition needs parentheses", Some(help));
        }
        if question.1 == then.start && self.text.get(question.1 as usize..).is_some_and(|t| t.starts_with('.')) {
            let help = "a field that may be absent is selected with `.?`";
            return self.fail((question.0, question.1 + 1), "`?.` is not an operator", Some(help));
        }
        let help = "write `condition ? a : b`";
        self.fail(self.span(), format!("`:` is expected for this `?`, found {}", self.found()), Some(help))
    }

    /// Operands between operators, which all group to the left.
    fn operators(&mut self) -> Option<Tree> {
        let mut waiting: Vec<(Tree, BinaryOp, u32)> = Vec::new();
        loop {
            let mut operand = self.unary()?;
            let next = self.operator();
            while let Some((left, op, op_start)) = waiting.pop_if(|(_, op, _)| ends(next, *op)) {
                operand = if is_logic(op) {
                    let mut chain = vec![(left, op_start)];
                    while let Some((left, _, op_start)) = waiting.pop_if(|(_, other, _)| *other == op) {
                        chain.push((left, op_start));
                    }
                    self.chain(op, chain, operand)?
                } else {
                    self.binary(op, op_start, left, operand)?
                };
            }
            match next {
                Some((op, start)) => waiting.push((operand, op, start)),
                None => return Some(operand),
            }
        }
    }

    fn binary(&mut self, op: BinaryOp, op_start: u32, left: Tree, right: Tree) -> Option<Tree> {
        let span = (left.start, right.end);
        let below = left.depth.max(right.depth);
        let (left, right) = (Box::new(left.expr), Box::new(right.expr));
        self.node(ExprKind::Binary { op, left, right, op_start }, span, below)
    }

    /// A chain of one logical operator; `before` are the operands before the last, the last of them first, each with the
    /// place of the operator after it. A long chain becomes a tree of little depth: whichever way operands of `&&` are
    /// grouped, the value and the first error are the same.
    fn chain(&mut self, op: BinaryOp, before: Vec<(Tree, u32)>, last: Tree) -> Option<Tree> {
        const PLAIN: usize = 32;
        let plain = before.len() < PLAIN;
        let mut row: VecDeque<(Tree, u32)> = before.into_iter().rev().collect();
        row.push_back((last, 0));
        while row.len() > 1 {
            // The whole row in pairs; or the first two alone, as other operators group.
            let pairs = if plain { 1 } else { row.len() / 2 };
            let mut joined = VecDeque::with_capacity(row.len() - pairs);
            for _ in 0..pairs {
                let (Some((left, op_start)), Some((right, after))) = (row.pop_front(), row.pop_front()) else { break };
                joined.push_back((self.binary(op, op_start, left, right)?, after));
            }
            joined.append(&mut row);
            row = joined;
        }
        row.pop_front().map(|(tree, _)| tree)
    }

    /// The operator between two operands, if there is one; also if it is spelt as in another language.
    fn operator(&mut self) -> Option<(BinaryOp, u32)> {
        let (op, meant) = match &self.token(0).kind {
            Kind::Symbol(symbol) => match *symbol {
                "||" => (BinaryOp::Or, false),
                "&&" => (BinaryOp::And, false),
                "==" => (BinaryOp::Equal, false),
                "!=" => (BinaryOp::NotEqual, false),
                "<" => (BinaryOp::Less, false),
                "<=" => (BinaryOp::LessEqual, false),
                ">" => (BinaryOp::Greater, false),
                ">=" => (BinaryOp::GreaterEqual, false),
                "+" => (BinaryOp::Add, false),
                "-" => (BinaryOp::Sub, false),
                "*" => (BinaryOp::Mul, false),
                "/" => (BinaryOp::Div, false),
                "%" => (BinaryOp::Rem, false),
                "=" | "===" | ":=" => (BinaryOp::Equal, true),
                "!==" | "<>" => (BinaryOp::NotEqual, true),
                "=>" => (BinaryOp::GreaterEqual, true),
                "&" => (BinaryOp::And, true),
                "|" => (BinaryOp::Or, true),
                _ => return None,
            },
            Kind::Word(word) => match word.as_str() {
                "in" => (BinaryOp::In, false),
                "and" | "AND" => (BinaryOp::And, true),
                "or" | "OR" => (BinaryOp::Or, true),
                _ => return None,
            },
            _ => return None,
        };
        let span = self.span();
        if meant {
            let help = format!("did you mean `{}`?", op.text());
            self.report(span, format!("{} is not an operator", self.found()), Some(&help));
        }
        self.advance();
        Some((op, span.0))
    }

    /// `!!a`, `--a`
    fn unary(&mut self) -> Option<Tree> {
        let mut ops: Vec<(UnaryOp, u32)> = Vec::new();
        loop {
            let start = self.span().0;
            match &self.token(0).kind {
                Kind::Symbol("!") => ops.push((UnaryOp::Not, start)),
                // The sign of a number is part of it.
                Kind::Symbol("-") if matches!(self.token(1).kind, Kind::Int(_) | Kind::Decimal(_)) => break,
                Kind::Symbol("-") => ops.push((UnaryOp::Neg, start)),
                Kind::Word(word) if matches!(word.as_str(), "not" | "NOT") && self.operand_follows() => {
                    self.report(self.span(), format!("{} is not an operator", self.found()), Some("did you mean `!`?"));
                    ops.push((UnaryOp::Not, start));
                }
                _ => break,
            }
            self.advance();
        }
        let mut tree = self.member()?;
        while let Some((op, start)) = ops.pop() {
            let (end, below) = (tree.end, tree.depth);
            tree = self.node(ExprKind::Unary { op, operand: Box::new(tree.expr) }, (start, end), below)?;
        }
        Some(tree)
    }

    /// Whether the token after the next starts an operand, without a bracket.
    fn operand_follows(&self) -> bool {
        match &self.token(1).kind {
            Kind::Word(word) => !matches!(word.as_str(), "in" | "and" | "or" | "AND" | "OR"),
            Kind::Symbol(symbol) => *symbol == "!",
            Kind::Quoted(_) | Kind::End => false,
            _ => true,
        }
    }

    /// A value and what is selected from it.
    fn member(&mut self) -> Option<Tree> {
        let mut tree = self.primary()?;
        loop {
            tree = match self.symbol(0) {
                Some(".") => self.select(tree)?,
                Some("[") => self.index(tree)?,
                Some("{") if is_dotted_name(&tree) => self.message(tree)?,
                _ => return Some(tree),
            };
        }
    }

    /// `.b`, `.?b`, `.b(c)`
    fn select(&mut self, base: Tree) -> Option<Tree> {
        self.advance();
        let optional = self.eat("?");
        let quoted = matches!(self.token(0).kind, Kind::Quoted(_));
        let field = self.field_name("a field's name is expected after the dot")?;
        if self.is("(") && !optional && !quoted {
            let (args, deepest) = self.arguments()?;
            let kind = ExprKind::Method { base: Box::new(base.expr), method: field, args };
            return self.node(kind, (base.start, self.last_end()), base.depth.max(deepest));
        }
        let end = field.end;
        self.node(ExprKind::Select { base: Box::new(base.expr), field, optional }, (base.start, end), base.depth)
    }

    /// `[b]`, `[?b]`
    fn index(&mut self, base: Tree) -> Option<Tree> {
        let open = self.span();
        self.advance();
        let optional = self.eat("?");
        if self.is("]") {
            return self.fail(self.span(), "a position or key is missing between the brackets", None);
        }
        let index = self.expr();
        let index = self.closed(index, open, "]")?;
        let below = base.depth.max(index.depth);
        let kind = ExprKind::Index { base: Box::new(base.expr), index: Box::new(index.expr), optional };
        self.node(kind, (base.start, self.last_end()), below)
    }

    /// `{a: b}` after a dotted name.
    fn message(&mut self, name: Tree) -> Option<Tree> {
        let mut parts = Vec::new();
        let mut rest = name.expr;
        loop {
            let (start, end) = (rest.start, rest.end);
            match rest.kind {
                ExprKind::Select { base, field, .. } => {
                    parts.push(field);
                    rest = *base;
                }
                ExprKind::Ident(text) | ExprKind::RootIdent(text) => {
                    parts.push(Name { text, start, end });
                    break;
                }
                _ => return None,
            }
        }
        parts.reverse();
        let mut deepest = 0;
        let fields = self.items("}", |p| {
            let optional = p.eat("?");
            let name = p.field_name("a field's name is expected")?;
            p.colon()?;
            let value = p.expr()?;
            deepest = deepest.max(value.depth);
            Some(StructField { name, value: value.expr, optional })
        })?;
        self.node(ExprKind::Struct { name: parts, fields }, (name.start, self.last_end()), deepest.max(name.depth))
    }

    fn field_name(&mut self, wanted: &str) -> Option<Name> {
        let (start, end) = self.span();
        let text = match &self.token(0).kind {
            Kind::Word(word) if KEYWORDS.contains(&word.as_str()) => {
                let help = format!("select it in backticks: .`{word}`");
                return self.fail((start, end), format!("`{word}` is a reserved word"), Some(&help));
            }
            Kind::Word(text) | Kind::Quoted(text) => text.clone(),
            kind => {
                let number = matches!(kind, Kind::Int(_) | Kind::Decimal(_));
                let help = number.then_some("a position stands in brackets: `a[0]`");
                return self.fail((start, end), format!("{wanted}, found {}", self.found()), help);
            }
        };
        self.advance();
        Some(Name { text, start, end })
    }

    fn colon(&mut self) -> Option<()> {
        if self.eat(":") {
            return Some(());
        }
        self.fail(self.span(), format!("`:` is expected, found {}", self.found()), None)
    }

    /// A value by itself.
    fn primary(&mut self) -> Option<Tree> {
        let (start, end) = self.span();
        let kind = match self.token(0).kind.clone() {
            Kind::Int(digits) => self.int(false, digits, (start, end)),
            Kind::Uint(value) => ExprKind::Uint(value),
            Kind::Decimal(text) => ExprKind::Decimal(text),
            Kind::String(text) => ExprKind::String(text),
            Kind::Bytes(octets) => ExprKind::Bytes(octets),
            Kind::Word(word) => return self.name_or_call(word),
            Kind::Symbol("-") => return self.negative(),
            Kind::Symbol("(") => return self.group(),
            Kind::Symbol("[") => return self.list(),
            Kind::Symbol("{") => return self.map(),
            Kind::Symbol(".") => return self.root_name(),
            Kind::Quoted(name) => {
                let help = format!("only a field can be named so: src.`{name}`");
                return self.fail((start, end), "a name in backticks stands after a dot", Some(&help));
            }
            Kind::Symbol(_) | Kind::End => return self.no_value(),
        };
        self.advance();
        self.node(kind, (start, end), 0)
    }

    fn no_value<T>(&mut self) -> Option<T> {
        let help = match self.symbol(0) {
            Some("=" | "==") => Some("equality is written `a == b`"),
            Some("?") if self.at > 0 => Some("a value for none is written `a.orValue(b)`"),
            Some("&&" | "||" | "*" | "/" | "%" | "<" | "<=" | ">" | ">=" | "+") => Some("an operand is missing"),
            _ => None,
        };
        self.fail(self.span(), format!("a value is expected, found {}", self.found()), help)
    }

    fn int(&mut self, negative: bool, digits: u64, span: (u32, u32)) -> ExprKind {
        let value = if negative { 0_i64.checked_sub_unsigned(digits) } else { i64::try_from(digits).ok() };
        if value.is_none() {
            let help = "a larger number is a decimal: write it with a fraction, `.0`";
            self.fail::<()>(span, "an int lies between -9223372036854775808 and 9223372036854775807", Some(help));
        }
        ExprKind::Int(value.unwrap_or_default())
    }

    /// A number after its sign.
    fn negative(&mut self) -> Option<Tree> {
        let start = self.span().0;
        self.advance();
        let span = (start, self.span().1);
        let kind = match self.token(0).kind.clone() {
            Kind::Int(digits) => self.int(true, digits, span),
            Kind::Decimal(text) => ExprKind::Decimal(format!("-{text}")),
            _ => return self.no_value(),
        };
        self.advance();
        self.node(kind, span, 0)
    }

    fn name_or_call(&mut self, word: String) -> Option<Tree> {
        let (start, end) = self.span();
        let kind = match word.as_str() {
            "true" => ExprKind::Bool(true),
            "false" => ExprKind::Bool(false),
            "null" => ExprKind::Null,
            "in" => return self.no_value(),
            _ => {
                if RESERVED.contains(&word.as_str()) {
                    let help =
                        if word == "if" { "write `condition ? a : b`" } else { "it can name a field, after a dot" };
                    self.fail::<()>((start, end), format!("`{word}` is a reserved word"), Some(help));
                }
                return self.name(word, start, ExprKind::Ident);
            }
        };
        self.advance();
        self.node(kind, (start, end), 0)
    }

    /// `.a`
    fn root_name(&mut self) -> Option<Tree> {
        let start = self.span().0;
        self.advance();
        match &self.token(0).kind {
            Kind::Word(word) if !KEYWORDS.contains(&word.as_str()) => {
                let word = word.clone();
                self.name(word, start, ExprKind::RootIdent)
            }
            _ => self.fail(self.span(), format!("a name is expected after the dot, found {}", self.found()), None),
        }
    }

    /// A name, or a call if a parenthesis follows. Functions are all at the root: a dot before one changes nothing.
    fn name(&mut self, word: String, start: u32, name: fn(String) -> ExprKind) -> Option<Tree> {
        let function = Name { text: word, start: self.span().0, end: self.span().1 };
        self.advance();
        if !self.is("(") {
            return self.node(name(function.text), (start, function.end), 0);
        }
        let (args, deepest) = self.arguments()?;
        self.node(ExprKind::Call { function, args }, (start, self.last_end()), deepest)
    }

    /// `(a)`
    fn group(&mut self) -> Option<Tree> {
        let open = self.span();
        self.advance();
        if self.is(")") {
            return self.fail((open.0, self.span().1), "a value is missing between the parentheses", None);
        }
        let inner = self.expr();
        let inner = self.closed(inner, open, ")")?;
        Some(Tree { start: open.0, end: self.last_end(), ..inner })
    }

    /// The bracket after a single value; a broken value is skipped, so that what follows can be read.
    fn closed(&mut self, inner: Option<Tree>, open: (u32, u32), close: &'static str) -> Option<Tree> {
        if inner.is_some() && !self.is(close) {
            self.not_closed(open, close, false);
        }
        if inner.is_none() || !self.is(close) {
            while !self.full && !self.is(close) && self.is(",") {
                self.advance();
                self.recover();
            }
            self.recover();
            self.eat(close);
            return None;
        }
        self.advance();
        inner
    }

    fn not_closed(&mut self, open: (u32, u32), close: &str, several: bool) {
        if self.token(0).kind == Kind::End {
            let what = self.text.get(open.0 as usize..open.1 as usize).unwrap_or_default();
            let message = format!("`{what}` is never closed");
            self.fail::<()>(open, message, Some(&format!("add `{close}`")));
            return;
        }
        let comma = if several { "`,` or " } else { "" };
        self.fail::<()>(self.span(), format!("{comma}`{close}` is expected, found {}", self.found()), None);
    }

    fn arguments(&mut self) -> Option<(Vec<Expr>, u32)> {
        let mut deepest = 0;
        let args = self.items(")", |p| {
            let arg = p.expr()?;
            deepest = deepest.max(arg.depth);
            Some(arg.expr)
        })?;
        Some((args, deepest))
    }

    fn list(&mut self) -> Option<Tree> {
        let start = self.span().0;
        let mut deepest = 0;
        let elements = self.items("]", |p| {
            let optional = p.eat("?");
            let value = p.expr()?;
            deepest = deepest.max(value.depth);
            Some(Element { expr: value.expr, optional })
        })?;
        self.node(ExprKind::List(elements), (start, self.last_end()), deepest)
    }

    fn map(&mut self) -> Option<Tree> {
        let start = self.span().0;
        let mut deepest = 0;
        let entries = self.items("}", |p| {
            let optional = p.eat("?");
            let key = p.expr()?;
            p.colon()?;
            let value = p.expr()?;
            deepest = deepest.max(key.depth).max(value.depth);
            Some(MapEntry { key: key.expr, value: value.expr, optional })
        })?;
        self.node(ExprKind::Map(entries), (start, self.last_end()), deepest)
    }

    /// What stands between commas up to `close`; the opening bracket is next. A last comma may stand before `]`, `}`.
    /// None if one of them is broken.
    fn items<T>(&mut self, close: &'static str, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let open = self.span();
        self.advance();
        let mut items = Some(Vec::new());
        while !self.full && !self.is(close) {
            let one = item(self);
            let sound = one.is_some();
            items = items.zip(one).map(|(mut items, one)| {
                items.push(one);
                items
            });
            if sound && !self.is(",") && !self.is(close) {
                self.not_closed(open, close, true);
                items = None;
            }
            self.recover();
            let comma = self.span();
            if self.eat(",") {
                if close == ")" && self.is(close) {
                    self.report(comma, "no argument follows this `,`", Some("leave it out"));
                }
            } else if !self.is(close) {
                // Another bracket, or the end: for whoever opened it.
                if !sound && self.token(0).kind == Kind::End {
                    self.broken = true;
                }
                return None;
            }
        }
        self.advance();
        items
    }
}

/// Whether a message literal may follow: `a`, `a.b`, `.a.b`.
fn is_dotted_name(tree: &Tree) -> bool {
    let mut expr = &tree.expr;
    // A parenthesised name has a wider span.
    if (tree.start, tree.end) != (expr.start, expr.end) {
        return false;
    }
    loop {
        match &expr.kind {
            ExprKind::Ident(_) | ExprKind::RootIdent(_) => return true,
            ExprKind::Select { base, optional: false, .. } => expr = base,
            _ => return false,
        }
    }
}
