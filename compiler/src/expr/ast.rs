//! The syntax tree of an expression, as written: no name is resolved, no macro expanded, no type known.
//!
//! Positions are byte offsets in the expression's own text; whoever holds the expression's place in a file adds it.
//! Parentheses leave no node: they show in the spans of the nodes around them only.

/// An expression and where it stands. Parentheses around it are not part of its span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Byte offset of its first byte.
    pub start: u32,
    /// Byte offset after its last byte.
    pub end: u32,
}

/// A name that is not itself an expression: a field, a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// The name, without backticks.
    pub text: String,
    /// Byte offset of its first byte, backtick included.
    pub start: u32,
    /// Byte offset after its last byte, backtick included.
    pub end: u32,
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `1`, `0xFF`; a sign before a number belongs to the number.
    Int(i64),
    /// `1u`
    Uint(u64),
    /// `1.50`, `-1e3`: the text as written, sign included. It has a `.` or an exponent.
    Decimal(String),
    /// Text, unescaped.
    String(String),
    /// Octets, unescaped.
    Bytes(Vec<u8>),
    /// `a`
    Ident(String),
    /// `.a`: a name that is looked up at the root, whatever the scope.
    RootIdent(String),
    /// `a.b`, `a.?b`, ``a.`b-c` ``
    Select {
        /// What is selected from.
        base: Box<Expr>,
        /// The field.
        field: Name,
        /// `.?`: none instead of a failure.
        optional: bool,
    },
    /// `a[i]`, `a[?i]`
    Index {
        /// What is indexed.
        base: Box<Expr>,
        /// Position or key.
        index: Box<Expr>,
        /// `[?`: none instead of a failure.
        optional: bool,
    },
    /// `f(a)`
    Call {
        /// The function.
        function: Name,
        /// The arguments.
        args: Vec<Expr>,
    },
    /// `a.f(b)`: a method, a function with a dotted name (`optional.of(x)`), or a macro.
    Method {
        /// The receiver.
        base: Box<Expr>,
        /// The method.
        method: Name,
        /// The arguments.
        args: Vec<Expr>,
    },
    /// `[a, ?b]`
    List(Vec<Element>),
    /// `{a: b, ?c: d}`
    Map(Vec<MapEntry>),
    /// `a.B{c: d}`
    Struct {
        /// The parts of the dotted name.
        name: Vec<Name>,
        /// The fields.
        fields: Vec<StructField>,
    },
    /// `!a`, `-a`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// What it applies to.
        operand: Box<Expr>,
    },
    /// `a + b`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// Left of it.
        left: Box<Expr>,
        /// Right of it.
        right: Box<Expr>,
        /// Byte offset of the operator.
        op_start: u32,
    },
    /// `a ? b : c`
    Cond {
        /// The condition.
        cond: Box<Expr>,
        /// Its value if it holds.
        then: Box<Expr>,
        /// Its value if not.
        other: Box<Expr>,
    },
}

/// An element of a list literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    /// Its value.
    pub expr: Expr,
    /// `?x`: left out when none.
    pub optional: bool,
}

/// An entry of a map literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MapEntry {
    /// Its key.
    pub key: Expr,
    /// Its value.
    pub value: Expr,
    /// `?k: v`: left out when none.
    pub optional: bool,
}

/// A field of a message literal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StructField {
    /// The field.
    pub name: Name,
    /// Its value.
    pub value: Expr,
    /// `?f: v`: left out when none.
    pub optional: bool,
}

/// Operators before their operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Neg,
}

/// Operators between their operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `in`
    In,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
}

impl BinaryOp {
    /// The operator as written.
    pub fn text(self) -> &'static str {
        match self {
            BinaryOp::Or => "||",
            BinaryOp::And => "&&",
            BinaryOp::Equal => "==",
            BinaryOp::NotEqual => "!=",
            BinaryOp::Less => "<",
            BinaryOp::LessEqual => "<=",
            BinaryOp::Greater => ">",
            BinaryOp::GreaterEqual => ">=",
            BinaryOp::In => "in",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Rem => "%",
        }
    }

    /// How tightly it binds: `||` least (2), then `&&`, the relations, `+ -`, `* / %` (6). All group to the left.
    pub(super) fn binds(self) -> u8 {
        match self {
            BinaryOp::Or => 2,
            BinaryOp::And => 3,
            BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterEqual
            | BinaryOp::In => 4,
            BinaryOp::Add | BinaryOp::Sub => 5,
            BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => 6,
        }
    }
}
