//! What an expression may read where it stands.

use super::shape::{Kind, Leaf, Presence, Shape};

/// What an expression may read.
#[derive(Debug, Clone)]
pub struct Readable {
    /// How it is written.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Whether it may be absent.
    pub optional: bool,
    /// Whether null differs from absent there.
    pub nullable: bool,
}

/// What is in scope.
#[derive(Debug, Clone)]
pub struct Scope<'s> {
    /// The mapping's records.
    pub shape: &'s Shape,
    /// What may be read.
    pub readable: Vec<Readable>,
    /// The names of value mappings that take the part record and make a `Label`.
    pub labels: Vec<String>,
    /// Whether a lookup `find_it(string)` may be called.
    pub lookup: bool,
    pub(super) depth: usize,
}

impl<'s> Scope<'s> {
    /// The scope of a mapping's fields: the record under `src`.
    pub fn new(shape: &'s Shape) -> Self {
        let mut readable = leaves("src.", &shape.leaves, false);
        readable.extend(leaves("src.part.", &shape.part, shape.part_optional));
        readable.push(Readable::plain("src.part", Kind::Part, shape.part_optional));
        readable.push(Readable::plain("src.lines", Kind::Lines, shape.lines_optional));
        Scope { shape, readable, labels: Vec::new(), lookup: false, depth: 0 }
    }

    /// The same with a line under a name.
    #[must_use]
    pub fn with_line(&self, name: &str) -> Self {
        let mut scope = self.clone();
        scope.readable.extend(leaves(&format!("{name}."), &self.shape.line, false));
        scope
    }

    /// The same with a value under a name.
    #[must_use]
    pub fn with(&self, name: &str, kind: Kind, optional: bool) -> Self {
        let mut scope = self.clone();
        scope.readable.push(Readable::plain(name, kind, optional));
        scope
    }

    pub(super) fn inner(&self) -> Self {
        let mut scope = self.clone();
        scope.depth += 1;
        scope
    }

    /// The same where a path is proven present.
    pub(super) fn narrowed(&self, path: &str) -> Self {
        let mut scope = self.clone();
        for readable in &mut scope.readable {
            if readable.path == path {
                readable.optional = false;
            }
        }
        scope
    }
}

impl Readable {
    pub(super) fn plain(path: &str, kind: Kind, optional: bool) -> Self {
        Readable { path: path.to_owned(), kind, optional, nullable: false }
    }
}

fn leaves(prefix: &str, of: &[Leaf], within_optional: bool) -> Vec<Readable> {
    let readable = |leaf: &Leaf| Readable {
        path: format!("{prefix}{}", leaf.name),
        kind: leaf.wire.kind,
        optional: within_optional || leaf.presence != Presence::Required,
        nullable: leaf.presence == Presence::Nullable,
    };
    of.iter().map(readable).collect()
}
