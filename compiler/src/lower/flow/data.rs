//! What a saved state holds of an instance's data: the shapes of its text.
//!
//! They are by type, as read plans are: a field that is saved of one `Address` is saved of every `Address`.

use crate::model::{Field, FieldRole, Flow, Id, Model, Struct, StructKind, Type};
use crossdock_runtime::flow::{Holds, Shape, Slot};
use std::collections::BTreeMap;

/// The shapes of a flow's data: first the whole, then what is kept, then the types that stand in them.
pub fn shapes(model: &Model, flow: &Flow) -> Vec<Shape> {
    let mut shapes = Shapes { model, numbers: BTreeMap::new(), types: Vec::new() };
    let object = shapes.of(flow.object);
    let kept = flow.keep.iter().map(|kept| Slot::optional(kept.name.clone(), shapes.of(kept.element))).collect();
    let mut whole = vec![Slot::required("originator", Holds::Plain), Slot::required("object", object)];
    if !flow.keep.is_empty() {
        whole.push(Slot::optional("kept", Holds::Shape(1)));
    }
    let mut all: Vec<Shape> = vec![whole, kept];
    let mut next = 0;
    while let Some(of) = shapes.types.get(next).copied() {
        all.push(shapes.shape(of));
        next += 1;
    }
    all
}

struct Shapes<'m> {
    model: &'m Model,
    /// By type, where its shape stands.
    numbers: BTreeMap<Id<Struct>, u16>,
    /// In the order of their shapes.
    types: Vec<Id<Struct>>,
}

impl Shapes<'_> {
    fn of(&mut self, of: Id<Struct>) -> Holds {
        let types = &mut self.types;
        Holds::Shape(*self.numbers.entry(of).or_insert_with(|| {
            types.push(of);
            u16::try_from(types.len() + 1).unwrap_or(u16::MAX)
        }))
    }

    fn shape(&mut self, of: Id<Struct>) -> Shape {
        let of = &self.model.structs[of];
        of.fields.iter().map(|field| self.slot(of, field)).collect()
    }

    fn slot(&mut self, of: &Struct, field: &Field) -> Slot {
        let holds = self.holds(&field.ty);
        if may_be_missing(of, field) {
            Slot::optional(field.name.clone(), holds)
        } else {
            Slot::required(field.name.clone(), holds)
        }
    }

    fn holds(&mut self, ty: &Type) -> Holds {
        match ty {
            Type::Optional(inner) | Type::List(inner) => self.holds(inner),
            Type::Map(_, value) => match self.holds(value) {
                Holds::Shape(of) => Holds::Map(of),
                // No map is declared in a map.
                other => other,
            },
            Type::Struct(of) => self.of(*of),
            _ => Holds::Plain,
        }
    }
}

/// Whether nothing may be written of a field. Identifiers come one after the other, so there may be none yet.
fn may_be_missing(of: &Struct, field: &Field) -> bool {
    field.ty.is_optional() || field.role == FieldRole::Ids || of.kind == StructKind::Ids
}
