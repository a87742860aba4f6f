use crate::expr::ast::{BinaryOp, Element, Expr, ExprKind, MapEntry, Name, StructField, UnaryOp};
use crate::expr::parse::parse;

/// A reproducible stream of small numbers.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 8) % sides
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap()]
    }

    fn coin(&mut self) -> bool {
        self.roll(2) == 0
    }

    fn name(&mut self) -> String {
        self.pick(&["a", "b_1", "src", "items", "size", "not"]).to_owned()
    }

    fn field(&mut self) -> Name {
        let text = self.pick(&["a", "e5", "x1", "package", "in", "content-type", "a b", "9", "a.b", "null"]).to_owned();
        Name { text, start: 0, end: 0 }
    }

    fn word(&mut self) -> Name {
        Name { text: self.pick(&["f", "as", "map", "size"]).to_owned(), start: 0, end: 0 }
    }

    fn several(&mut self, depth: u32) -> Vec<Expr> {
        (0..self.roll(4)).map(|_| self.expr(depth)).collect()
    }

    fn boxed(&mut self, depth: u32) -> Box<Expr> {
        Box::new(self.expr(depth))
    }

    fn expr(&mut self, depth: u32) -> Expr {
        let kind = if depth == 0 || self.roll(8) == 0 { self.leaf() } else { self.branch(depth - 1) };
        Expr { kind, start: 0, end: 0 }
    }

    fn leaf(&mut self) -> ExprKind {
        match self.roll(10) {
            0 => ExprKind::Null,
            1 => ExprKind::Bool(self.coin()),
            2 => ExprKind::Int(self.pick(&[0, 1, 19, -1, i64::MAX, i64::MIN])),
            3 => ExprKind::Uint(self.pick(&[0, 7, u64::MAX])),
            4 => ExprKind::Decimal(self.pick(&["1.50", ".5", "1e3", "-1.0E-7", "-.5"]).to_owned()),
            5 => ExprKind::String(
                self.pick(&["", "a", "it's", "\\", "\"", "\n\r\t\0\u{7f}", "é€😬", "`", "{}//"]).to_owned(),
            ),
            6 => ExprKind::Bytes(self.pick(&[&b""[..], b"a'\\", b"\x00\xff\xc3"]).to_vec()),
            7 => ExprKind::RootIdent(self.name()),
            _ => ExprKind::Ident(self.name()),
        }
    }

    fn branch(&mut self, depth: u32) -> ExprKind {
        const BINARY: [BinaryOp; 14] = [
            BinaryOp::Or,
            BinaryOp::And,
            BinaryOp::Equal,
            BinaryOp::NotEqual,
            BinaryOp::Less,
            BinaryOp::LessEqual,
            BinaryOp::Greater,
            BinaryOp::GreaterEqual,
            BinaryOp::In,
            BinaryOp::Add,
            BinaryOp::Sub,
            BinaryOp::Mul,
            BinaryOp::Div,
            BinaryOp::Rem,
        ];
        match self.roll(14) {
            0 | 1 => ExprKind::Select { base: self.boxed(depth), field: self.field(), optional: self.coin() },
            2 => ExprKind::Index { base: self.boxed(depth), index: self.boxed(depth), optional: self.coin() },
            3 => ExprKind::Call { function: self.word_not_reserved(), args: self.several(depth) },
            4 => ExprKind::Method { base: self.boxed(depth), method: self.word(), args: self.several(depth) },
            5 => {
                let elements = self.several(depth);
                ExprKind::List(elements.into_iter().map(|expr| Element { expr, optional: self.coin() }).collect())
            }
            6 => {
                let keys = self.several(depth);
                let entry = |key| MapEntry { key, value: self.expr(depth), optional: self.coin() };
                ExprKind::Map(keys.into_iter().map(entry).collect())
            }
            7 => {
                let values = self.several(depth);
                let name = vec![self.word_not_reserved(), self.word()];
                let field = |value| StructField { name: self.field(), value, optional: self.coin() };
                ExprKind::Struct { name, fields: values.into_iter().map(field).collect() }
            }
            8 => ExprKind::Unary { op: UnaryOp::Not, operand: self.boxed(depth) },
            9 => ExprKind::Unary { op: UnaryOp::Neg, operand: self.boxed(depth) },
            10 => ExprKind::Cond { cond: self.boxed(depth), then: self.boxed(depth), other: self.boxed(depth) },
            _ => {
                let op = self.pick(&BINARY);
                ExprKind::Binary { op, left: self.boxed(depth), right: self.boxed(depth), op_start: 0 }
            }
        }
    }

    fn word_not_reserved(&mut self) -> Name {
        Name { text: self.pick(&["f", "map", "size"]).to_owned(), start: 0, end: 0 }
    }
}

/// Sets all positions to 0.
fn erase(expr: &mut Expr) {
    (expr.start, expr.end) = (0, 0);
    let name = |n: &mut Name| (n.start, n.end) = (0, 0);
    match &mut expr.kind {
        ExprKind::Select { base, field, .. } => {
            name(field);
            erase(base);
        }
        ExprKind::Index { base, index, .. } => {
            erase(base);
            erase(index);
        }
        ExprKind::Call { function, args } => {
            name(function);
            args.iter_mut().for_each(erase);
        }
        ExprKind::Method { base, method, args } => {
            erase(base);
            name(method);
            args.iter_mut().for_each(erase);
        }
        ExprKind::List(elements) => elements.iter_mut().for_each(|e| erase(&mut e.expr)),
        ExprKind::Map(entries) => entries.iter_mut().for_each(|e| {
            erase(&mut e.key);
            erase(&mut e.value);
        }),
        ExprKind::Struct { name: parts, fields } => {
            parts.iter_mut().for_each(name);
            for f in fields {
                name(&mut f.name);
                erase(&mut f.value);
            }
        }
        ExprKind::Unary { operand, .. } => erase(operand),
        ExprKind::Binary { left, right, op_start, .. } => {
            *op_start = 0;
            erase(left);
            erase(right);
        }
        ExprKind::Cond { cond, then, other } => [cond, then, other].into_iter().for_each(|e| erase(e)),
        _ => {}
    }
}

#[test]
fn what_is_printed_reads_as_the_same_tree() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    for _ in 0..5_000 {
        let tree = dice.expr(5);
        let text = tree.to_string();
        let (again, errors) = parse(&text);
        assert!(errors.is_empty(), "{text}: {errors:?}");
        let mut again = again.unwrap();
        erase(&mut again);
        assert_eq!(again, tree, "{text}");
    }
}

#[test]
fn parentheses_only_where_needed() {
    for (written, printed) in [
        ("((a + b)) * (c)", "(a + b) * c"),
        ("(a && b) || c", "a && b || c"),
        ("a - (b - c) - d", "a - (b - c) - d"),
        ("(a ? b : c) ? (d) : (e ? f : g)", "(a ? b : c) ? d : e ? f : g"),
        ("-(19)", "-(19)"),
        ("-(a.b)", "-a.b"),
        ("(-a).b", "(-a).b"),
        ("!(a in b)", "!(a in b)"),
        (r#""it's""#, r"'it\'s'"),
        ("[ 1,2 , ]", "[1, 2]"),
        ("0x10", "16"),
    ] {
        assert_eq!(parse(written).0.unwrap().to_string(), printed);
    }
}
