//! The typed expression IR: what the checker makes, and both the evaluator and the code generator read.
//!
//! One meaning, two readers. Every node knows its type and whether it can fail; where it can, operands are evaluated
//! left to right and the first failure wins, except where CEL absorbs failures (`&&`, `||`, `all`, `exists`).
//! There are no implicit conversions left: the checker has inserted [`Kind::Some`], [`Func::IntToDecimal`] and
//! [`Kind::Fit`] where the language allows them.
//!
//! Variables are numbered per mapping (or per struct, for `initial` and invariants: there `Var(i)` is field `i`).
//!
//! Presence. A *record* field is a leaf with five states (missing, null, empty spelling, value, undecodable). Reading it
//! with [`Kind::Field`] gives its declared type: a required field fails with `decode_failed` if it is not a value; an
//! optional one is none when missing, null or empty, and fails if undecodable. Canonical fields never fail.

pub use super::func::Func;
use crate::model::{Codes, Id, Mapping, RefTarget, Struct, System, Type};
use crate::source::Span;
use crossdock_runtime::{Date, Decimal, Duration, Timestamp};

/// A variable of a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(pub u32);

/// A typed expression.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it computes.
    pub kind: Kind,
    /// Its type.
    pub ty: Type,
    /// Whether it can fail.
    pub fails: bool,
    /// Where it is written.
    pub span: Span,
}

/// Whether two compute the same, wherever they are written.
impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Const {
    /// `none`, of an optional type.
    None,
    /// A bool.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A decimal, with the scale as written.
    Decimal(Decimal),
    /// Any type that is carried as text, and the built-in codes (currency, country, unit).
    Text(String),
    /// Octets.
    Bytes(Vec<u8>),
    /// A code by its position.
    Code(Id<Codes>, u16),
    /// A date.
    Date(Date),
    /// An instant.
    Timestamp(Timestamp),
    /// A span of time.
    Duration(Duration),
}

/// What a node computes.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A constant.
    Const(Const),
    /// A variable: an input, a `let`, an element, an index. A `let` may fail when read.
    Var(VarId),
    /// A field of a struct value. `base` has type `Struct`, or `Pair`, whose parts are 0 and 1; the node has the field's
    /// declared type.
    Field(Box<Node>, u16),
    /// A field of an optional struct: none if the base is none. The node's type is the field's type, optional
    /// (never doubly optional).
    OptField(Box<Node>, u16),
    /// A value proven present by `has`: `Optional(T)` to `T`. Fails only as its operand does.
    Present(Box<Node>),
    /// Whether an optional holds a value. Of a record's field: false when missing, null or empty; true when
    /// undecodable (the failure surfaces on use). Never fails because of the leaf itself.
    Has(Box<Node>),
    /// Whether a nullable record field (a `Field` or `OptField` node) is null rather than absent.
    IsNull(Box<Node>),
    /// Whether a record field (a `Field` or `OptField` node) is missing: its key is not there, or its base is none.
    IsMissing(Box<Node>),
    /// Whether a record field (a `Field` or `OptField` node) is in a state that clears a target in a patch:
    /// null and declared `nullable`, or empty and declared `on_empty: clear`.
    IsCleared(Box<Node>),
    /// The value of an optional, else the second operand (not evaluated otherwise). CEL's `orValue` and `or`.
    OrElse(Box<Node>, Box<Node>),
    /// The value of an optional, else a failure with this exception.
    OrRaise(Box<Node>, String),
    /// `opt.optMap(x, body)`: the body's type is wrapped, or stays optional if it is one (`optFlatMap`).
    OptMap {
        /// The optional.
        of: Box<Node>,
        /// Bound to its value.
        var: VarId,
        /// What is made of it.
        body: Box<Node>,
    },
    /// A plain value where an optional is wanted.
    Some(Box<Node>),
    /// Bool negation.
    Not(Box<Node>),
    /// CEL's `&&`, absorbing failures in either order.
    And(Box<Node>, Box<Node>),
    /// CEL's `||`, absorbing failures in either order.
    Or(Box<Node>, Box<Node>),
    /// `cond ? a : b`, and a `cases` list as a chain.
    Cond(Box<Node>, Box<Node>, Box<Node>),
    /// A built-in function or operator on evaluated operands.
    Call(Func, Vec<Node>),
    /// A list of values of one type.
    List(Vec<Node>),
    /// A list some of whose elements are optional and left out when none (`[?x, y]`): `true` marks those.
    ListOpt(Vec<(bool, Node)>),
    /// A map; keys are bool, int or text; a key given twice fails with `invalid_argument`. `true` marks optional values.
    Map(Vec<(Node, bool, Node)>),
    /// A macro over a list, or over a map's keys.
    Loop(Box<Loop>),
    /// Builds a struct: every field that has a value, in the order in which values are evaluated. Each value is bound
    /// to its variable, which later values may read. A field that is not listed is none, or an empty list.
    Make {
        /// What is built.
        of: Id<Struct>,
        /// Field, variable bound to its value, value.
        fields: Vec<(u16, VarId, Node)>,
    },
    /// One element of the target per element of the source.
    Each(Box<Each>),
    /// A patch of an object, or of a nested struct or list element.
    Patch(Box<Patch>),
    /// One keyed element of a patch per element of the source.
    EachPatch(Box<EachPatch>),
    /// A system's code (text) to a code of the list, by the crosswalk; unknown codes as it says.
    /// The node's type is `Code`, or the built-in type for a crosswalk to a built-in list.
    CodeIn(Id<Codes>, Id<System>, Box<Node>),
    /// A code to the system's text: the preferred, or only, row. Fails with `unknown_code` where there is none.
    CodeOut(Id<Codes>, Id<System>, Box<Node>),
    /// A reference by another system's identifier (text), resolved by the runtime before it is stored.
    RefBy(RefTarget, Id<System>, Box<Node>),
    /// A reference by its key (text).
    RefKey(RefTarget, Box<Node>),
    /// The answer to a lookup, by its position in the mapping, with its parameters: the record or text;
    /// optional if a miss is none.
    Lookup(u16, Vec<Node>),
    /// A value mapping, called.
    Apply(Id<Mapping>, Vec<Node>),
    /// A user's Rust function, by its position in the mapping.
    Extern(u16, Vec<Node>),
    /// A checked conversion of the same kind of value: text into a bounded string (`text_too_long`), a decimal into
    /// bounded digits (`digits_lost`), text into `email`, `uri`, `uuid`, `currency`, `country`, `unit` (`decode_failed`).
    /// The bound is the node's type.
    Fit(Box<Node>),
    /// A target field: failures inside get the segment and the spec's place. Transparent otherwise.
    At(String, Box<Node>),
    /// `meta.received_at` and the rest, by name; optional text, or an optional timestamp.
    Meta(String),
    /// A declared setting of the system, by name.
    Config(String),
}

/// Macros over lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Loop {
    /// Which macro.
    pub kind: LoopKind,
    /// A list, or a map whose keys are visited in order of insertion.
    pub list: Node,
    /// Bound to the element.
    pub var: VarId,
    /// `map` with a filter: only elements for which it holds. Others: none.
    pub filter: Option<Node>,
    /// Evaluated per element. For `First` and `One` without predicate: `true`.
    pub body: Node,
}

/// The macros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopKind {
    /// All hold; absorbs failures.
    All,
    /// One holds; absorbs failures.
    Exists,
    /// Exactly one holds; failures win.
    ExistsOne,
    /// The elements that hold (`filter`, `where`).
    Filter,
    /// The body of each.
    Map,
    /// Each with the body as its key, for [`Func::Group`] and [`Func::JoinLists`].
    Keyed,
    /// The sum of the bodies: int, decimal, money, quantity. Of none: 0 for int and decimal; for money and
    /// quantity `not_one`, as the currency or unit is not known.
    Sum,
    /// The first that holds, optional.
    Find,
    /// The only one that holds, else `not_one`.
    One,
}

/// `each`.
#[derive(Debug, Clone, PartialEq)]
pub struct Each {
    /// The source list.
    pub list: Node,
    /// Bound to the element.
    pub var: VarId,
    /// Bound to the 0-based position in the source list.
    pub index: Option<VarId>,
    /// Conditions under which an element is left out, counted in the notes under the reason.
    pub drops: Vec<(Node, String)>,
    /// Named parts per element.
    pub lets: Vec<(VarId, Node)>,
    /// Built per element: a `Make`.
    pub body: Node,
}

/// A patch.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    /// Of what.
    pub of: Id<Struct>,
    /// Written by whom.
    pub system: Option<Id<System>>,
    /// The identity it patches: key fields or `ids` paths (field positions) with values. Empty for nested ones.
    pub find: Vec<(Vec<u16>, Node)>,
    /// In declared order.
    pub fields: Vec<PatchField>,
}

/// A field of a patch.
#[derive(Debug, Clone, PartialEq)]
pub struct PatchField {
    /// The field.
    pub field: u16,
    /// A bool: false leaves the field untouched, and then nothing else is evaluated.
    pub touched: Node,
    /// A bool, asked when the value is none: true clears the field, false leaves it untouched.
    pub clears: Node,
    /// A value of the field's type made optional, a nested [`Kind::Patch`], or a [`Kind::EachPatch`].
    pub value: Node,
}

/// `each` in a patch.
#[derive(Debug, Clone, PartialEq)]
pub struct EachPatch {
    /// The list's element.
    pub of: Id<Struct>,
    /// The source list.
    pub list: Node,
    /// Bound to the element.
    pub var: VarId,
    /// Bound to the 0-based position in the source list.
    pub index: Option<VarId>,
    /// Conditions under which an element is left out.
    pub drops: Vec<(Node, String)>,
    /// Named parts per element.
    pub lets: Vec<(VarId, Node)>,
    /// The key field of the element and its value.
    pub key: (u16, Node),
    /// A bool: the element is removed.
    pub removed: Option<Node>,
    /// The element's patch, without its key.
    pub body: Node,
}

impl Node {
    /// A constant node.
    pub fn constant(value: Const, ty: Type, span: Span) -> Node {
        Node { kind: Kind::Const(value), ty, fails: false, span }
    }

    /// Whether it only goes along fields, so that going along them again costs nothing and changes nothing: failures say
    /// where in the payload an operand was read from only if that is so.
    pub fn is_path(&self) -> bool {
        match &self.kind {
            Kind::Var(_) => true,
            Kind::Field(base, _) | Kind::OptField(base, _) | Kind::Present(base) => base.is_path(),
            _ => false,
        }
    }

    /// Whether a lookup stands in it. Without recursion: a list of cases is as deep as it is long.
    pub fn looks_up(&self) -> bool {
        let mut todo = vec![self];
        while let Some(node) = todo.pop() {
            if matches!(node.kind, Kind::Lookup(..)) {
                return true;
            }
            node.children(&mut |child| todo.push(child));
        }
        false
    }

    /// The field that is proven present, or the node itself.
    pub fn path(&self) -> &Node {
        let mut node = self;
        while let Kind::Present(inner) = &node.kind {
            node = inner;
        }
        node
    }

    /// Calls `visit` with this node and every node below it, in order of evaluation.
    pub fn walk<'n>(&'n self, visit: &mut dyn FnMut(&'n Node)) {
        visit(self);
        self.children(&mut |child| child.walk(visit));
    }

    /// Calls `visit` with every direct operand, in order of evaluation.
    pub fn children<'n>(&'n self, visit: &mut dyn FnMut(&'n Node)) {
        match &self.kind {
            Kind::Const(_) | Kind::Var(_) | Kind::Meta(_) | Kind::Config(_) => {}
            Kind::Field(a, _)
            | Kind::OptField(a, _)
            | Kind::Present(a)
            | Kind::Has(a)
            | Kind::IsNull(a)
            | Kind::IsMissing(a)
            | Kind::IsCleared(a)
            | Kind::OrRaise(a, _)
            | Kind::Some(a)
            | Kind::Not(a)
            | Kind::CodeIn(_, _, a)
            | Kind::CodeOut(_, _, a)
            | Kind::RefBy(_, _, a)
            | Kind::RefKey(_, a)
            | Kind::Fit(a)
            | Kind::At(_, a) => visit(a),
            Kind::OrElse(a, b) | Kind::And(a, b) | Kind::Or(a, b) => {
                visit(a);
                visit(b);
            }
            Kind::OptMap { of, body, .. } => {
                visit(of);
                visit(body);
            }
            Kind::Cond(a, b, c) => {
                visit(a);
                visit(b);
                visit(c);
            }
            Kind::Call(_, args)
            | Kind::List(args)
            | Kind::Lookup(_, args)
            | Kind::Apply(_, args)
            | Kind::Extern(_, args) => args.iter().for_each(visit),
            Kind::ListOpt(items) => items.iter().for_each(|(_, item)| visit(item)),
            Kind::Map(entries) => {
                for (key, _, value) in entries {
                    visit(key);
                    visit(value);
                }
            }
            Kind::Loop(l) => {
                visit(&l.list);
                l.filter.iter().for_each(&mut *visit);
                visit(&l.body);
            }
            Kind::Make { fields, .. } => fields.iter().for_each(|(_, _, value)| visit(value)),
            Kind::Each(e) => {
                visit(&e.list);
                e.lets.iter().for_each(|(_, value)| visit(value));
                e.drops.iter().for_each(|(when, _)| visit(when));
                visit(&e.body);
            }
            Kind::Patch(p) => {
                p.find.iter().for_each(|(_, value)| visit(value));
                for f in &p.fields {
                    visit(&f.touched);
                    visit(&f.clears);
                    visit(&f.value);
                }
            }
            Kind::EachPatch(e) => {
                visit(&e.list);
                e.lets.iter().for_each(|(_, value)| visit(value));
                e.drops.iter().for_each(|(when, _)| visit(when));
                visit(&e.key.1);
                e.removed.iter().for_each(&mut *visit);
                visit(&e.body);
            }
        }
    }
}
