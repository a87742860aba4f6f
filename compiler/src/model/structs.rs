//! Objects, values and records: named fields with types.

use super::{Codec, Codes, Id, Model, System, Type};
use crate::expr::ir::Node;
use crate::source::Span;
use std::collections::BTreeSet;

/// What a struct is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StructKind {
    /// A canonical object.
    Object,
    /// A canonical value.
    Value,
    /// The identifiers of an object or value in other systems: its fields are systems.
    Ids,
    /// A record of a system.
    Record(Id<System>),
}

/// A struct: fields in order of declaration.
#[derive(Debug, Clone)]
pub struct Struct {
    /// What it is.
    pub kind: StructKind,
    /// `Order`; for a record without its system; for `ids` the owner's name with `Ids`.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// In order of declaration; `ids` first where declared.
    pub fields: Vec<Field>,
    /// The fields of an object's key.
    pub key: Vec<u16>,
    /// Further unique combinations of fields.
    pub unique: Vec<Vec<u16>>,
    /// What must hold of every valid object.
    pub invariants: Vec<Invariant>,
    /// The lifecycle, with the field that holds its state.
    pub lifecycle: Option<Lifecycle>,
    /// Record: the route from the document to it (`order`, `d.results`), and whether many stand there.
    pub root: Vec<String>,
    /// Record: each element at the root is one.
    pub many: bool,
    /// Record: what to do with a key that is not declared.
    pub unknown: UnknownKeys,
    /// Record: told apart by a field: the discriminator's wire key and each variant's tag and field.
    pub one_of: Option<OneOf>,
    /// Record: the route to the list of changed field names (`ChangeEventHeader.changedFields`).
    pub changed: Option<Change>,
    /// Record: wire paths that no mapping reads, with the reason.
    pub unmapped: Vec<super::Unmapped>,
    /// Record: its schema could not be read, so that nothing can be said of fields that it has not.
    pub unread: bool,
}

/// A union record: `{ by: type, of: { Invoice: InvoiceRecord } }`.
#[derive(Debug, Clone)]
pub struct OneOf {
    /// The wire key whose text tells the variants apart.
    pub by: String,
    /// Tag and the optional field that holds the variant.
    pub variants: Vec<(String, u16)>,
}

/// Where a change event says which of its fields changed.
#[derive(Debug, Clone)]
pub struct Change {
    /// The route to a list of wire names.
    pub route: Vec<String>,
    /// Where it is declared.
    pub span: Span,
}

/// One field.
#[derive(Debug, Clone)]
pub struct Field {
    /// Canonical name, or the wire name of a record's field.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Where the type stands.
    pub type_span: Span,
    /// Its type; optional where it may be none.
    pub ty: Type,
    /// Markdown.
    pub description: Option<String>,
    /// What it is to its struct.
    pub role: FieldRole,
    /// Data class, `internal` unless said.
    pub class: DataClass,
    /// Terms of other vocabularies that mean the same.
    pub refs: Vec<String>,
    /// Older than this it may not be used or cached, in seconds.
    pub freshness: Option<u64>,
    /// What a creator that may not set it leaves: an expression over `this`; variables are the fields of the
    /// struct, `Var(i)` being field `i`.
    pub initial: Option<Node>,
    /// In a list of values: the element's field that is its identity.
    pub list_key: Option<u16>,
    /// Record fields only.
    pub wire: Option<Wire>,
}

/// What a field is to its struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldRole {
    /// An ordinary field.
    Plain,
    /// Identifiers in other systems.
    Ids,
    /// The state of the lifecycle.
    Status,
}

/// How freely a field's data may move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum DataClass {
    /// Known to anyone.
    Public,
    /// Known inside the company.
    #[default]
    Internal,
    /// Of a person.
    Personal,
    /// Of a person and harmful when lost.
    Sensitive,
}

impl DataClass {
    /// All of them, the freest first.
    pub const ALL: [DataClass; 4] = [DataClass::Public, DataClass::Internal, DataClass::Personal, DataClass::Sensitive];

    /// The word of the language.
    pub fn word(self) -> &'static str {
        match self {
            DataClass::Public => "public",
            DataClass::Internal => "internal",
            DataClass::Personal => "personal",
            DataClass::Sensitive => "sensitive",
        }
    }
}

/// Where a record's field stands on the wire, and how.
#[derive(Debug, Clone)]
pub struct Wire {
    /// Where its value comes from.
    pub kind: WireKind,
    /// Spellings of "no value" in the raw text of an optional field.
    pub absent: Vec<String>,
    /// Whether null differs from absent.
    pub nullable: bool,
    /// In a patch an absent spelling clears the target.
    pub on_empty_clears: bool,
    /// What is written for none.
    pub emit: Emit,
}

/// Where a record field's value comes from.
#[derive(Debug, Clone)]
pub enum WireKind {
    /// A key, or a route of keys, relative to the record; scalars through a codec.
    Route {
        /// At least one key.
        keys: Vec<String>,
        /// How the scalar is written; for a list of scalars, each of its elements.
        codec: Codec,
    },
    /// Two sibling fields of the same record read as one value (`join(date, time)`, `money(amount, currency)`),
    /// by their positions.
    Joined(u16, u16),
}

/// What is written for none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Emit {
    /// The key is left out.
    #[default]
    Omit,
    /// `null`.
    Null,
    /// A spelling.
    Text(String),
}

/// What to do with a key that a record does not declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum UnknownKeys {
    /// The document is refused.
    Reject,
    /// It is counted in the notes.
    #[default]
    Warn,
    /// Nothing.
    Ignore,
}

impl UnknownKeys {
    /// The word of the language.
    pub fn word(self) -> &'static str {
        match self {
            UnknownKeys::Reject => "reject",
            UnknownKeys::Warn => "warn",
            UnknownKeys::Ignore => "ignore",
        }
    }
}

/// What must hold of every valid object.
#[derive(Debug, Clone)]
pub struct Invariant {
    /// A bool; `Var(i)` is field `i` of the struct.
    pub rule: Node,
    /// The expression as written.
    pub text: String,
    /// The exception that its breach raises.
    pub raise: String,
    /// Where it stands.
    pub span: Span,
}

/// A lifecycle: states and legal moves.
#[derive(Debug, Clone)]
pub struct Lifecycle {
    /// The field that holds the state.
    pub field: u16,
    /// Its states.
    pub codes: Id<Codes>,
    /// The state of a new one, as a position in the codes.
    pub initial: u16,
    /// The legal moves.
    pub transitions: Vec<Transition>,
    /// Where it stands.
    pub span: Span,
}

/// A legal move, by positions in the lifecycle's codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transition {
    /// From.
    pub from: u16,
    /// To.
    pub to: u16,
    /// Where it stands.
    pub span: Span,
}

impl Lifecycle {
    /// The states from which `until` can still be reached, itself excepted.
    pub fn before(&self, until: u16) -> BTreeSet<u16> {
        let mut open = BTreeSet::new();
        let mut todo = vec![until];
        while let Some(state) = todo.pop() {
            for transition in self.transitions.iter().filter(|transition| transition.to == state) {
                if transition.from != until && open.insert(transition.from) {
                    todo.push(transition.from);
                }
            }
        }
        open
    }

    /// Whether a state may follow another; one that stays is no move.
    pub fn allows(&self, from: u16, to: u16) -> bool {
        from == to || self.transitions.iter().any(|transition| transition.from == from && transition.to == to)
    }
}

impl Struct {
    /// `Order` or `shopify.Order`.
    pub fn full_name(&self, model: &Model) -> String {
        match self.kind {
            StructKind::Record(system) => format!("{}.{}", model.systems[system].name, self.name),
            _ => self.name.clone(),
        }
    }

    /// The position of a field by its name.
    pub fn position(&self, name: &str) -> Option<u16> {
        self.fields.iter().position(|f| f.name == name).and_then(|i| u16::try_from(i).ok())
    }

    /// A field by its position.
    pub fn field(&self, index: u16) -> Option<&Field> {
        self.fields.get(usize::from(index))
    }

    /// Whether a key on a record's own level is written by one of its fields.
    pub fn writes_key(&self, key: &str) -> bool {
        self.fields.iter().filter_map(|field| field.wire.as_ref()).any(|wire| match &wire.kind {
            WireKind::Route { keys, .. } => matches!(keys.as_slice(), [own] if own == key),
            WireKind::Joined(..) => false,
        })
    }

    /// Whether it is a record of a system.
    pub fn is_record(&self) -> bool {
        matches!(self.kind, StructKind::Record(_))
    }
}
