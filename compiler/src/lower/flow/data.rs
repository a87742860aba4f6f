//! What a saved state holds of an instance's data: the shapes of its text.
//!
//! They are by type, as read plans are: a field that is saved of one `Address` is saved of every `Address`. What the flow
//! reads is saved, and so is what must be something and for which nothing can stand: whoever gets the data gets a valid
//! one, in which only what nobody reads is blank.

use crate::lower::reads::{Reads, of_data};
use crate::model::{Codes, CodesKind, Field, FieldRole, Flow, Id, Model, Struct, StructKind, Type};
use crossdock_runtime::flow::{Holds, Shape, Slot};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The shapes of a flow's data: first the whole, then what is kept, then the types that stand in them.
pub fn shapes(model: &Model, flow: &Flow) -> Vec<Shape> {
    let mut shapes = Shapes { model, saved: saved(model, flow), numbers: BTreeMap::new(), types: Vec::new() };
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

/// The fields that are saved, by type.
pub fn saved(model: &Model, flow: &Flow) -> Reads {
    let mut saved = of_data(model, flow);
    for (id, of) in model.structs.iter().filter(|(_, of)| !of.is_record()) {
        let must_be = |field: &Field| !may_be_missing(of, field) && blank(model, &field.ty, 0).is_none();
        let forced = (0_u16..).zip(&of.fields).filter(|(_, field)| must_be(field)).map(|(position, _)| position);
        saved.entry(id).or_default().extend(forced);
    }
    saved
}

struct Shapes<'m> {
    model: &'m Model,
    saved: Reads,
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

    fn shape(&mut self, id: Id<Struct>) -> Shape {
        let of = &self.model.structs[id];
        let saved = self.saved.get(&id).cloned().unwrap_or_default();
        (0_u16..).zip(&of.fields).map(|(at, field)| self.slot(of, field, saved.contains(&at))).collect()
    }

    fn slot(&mut self, of: &Struct, field: &Field, saved: bool) -> Slot {
        if !saved {
            let blank = if may_be_missing(of, field) { None } else { blank(self.model, &field.ty, 0) };
            return Slot::left_out(field.name.clone(), blank.map(|blank| blank.to_string().into()));
        }
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

/// Values in each other that a blank one is made of, at most.
const DEPTH: usize = 16;

/// What stands for a value that must be something and that nobody reads; none where nothing can be valid for sure.
fn blank(model: &Model, ty: &Type, depth: usize) -> Option<Value> {
    Some(match ty {
        Type::Bool => false.into(),
        Type::Int => 0.into(),
        Type::Decimal(_) => "0".into(),
        Type::String(_) | Type::Bytes | Type::Ref(_) => "".into(),
        Type::Date => "1970-01-01".into(),
        Type::Money => json!({ "amount": "0", "currency": "USD" }),
        Type::Quantity => json!({ "value": "0", "unit": "C62" }),
        Type::Code(codes) => match &model.codes[*codes] {
            Codes { kind: CodesKind::Of(_), .. } => return None,
            codes => codes.codes.first()?.code.as_str().into(),
        },
        Type::List(_) => json!([]),
        Type::Map(..) => json!({}),
        Type::Struct(of) if depth < DEPTH => {
            let of = &model.structs[*of];
            if !of.invariants.is_empty() {
                return None;
            }
            let required = of.fields.iter().filter(|field| !may_be_missing(of, field));
            let fields = required.map(|field| Some((field.name.clone(), blank(model, &field.ty, depth + 1)?)));
            Value::Object(fields.collect::<Option<_>>()?)
        }
        _ => return None,
    })
}
