//! Records of schemas: their names, their fields, their unions.

use super::document::{Place, Problem};
use super::flatten::Schema;
use super::json::Json;
use super::shape::{Form, Shape};
use super::union::Union;
use super::{Importer, SCHEMA_LIMIT};
use crate::model::{Codec, DataClass, Emit, Field, FieldRole, Id, OneOf, Struct, StructKind, Type, Wire, WireKind};
use crate::resolve::declare::blank;
use crate::rules;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// A record that is to be filled in.
#[derive(Debug)]
pub(super) struct Todo {
    pub(super) id: Id<Struct>,
    /// Its schema.
    pub(super) place: Place,
    /// The spec's mention of the schema that led here.
    pub(super) span: Span,
    /// Fields that the spec declares beside the schema: what the schema says of them does not count.
    pub(super) declared: BTreeSet<String>,
}

impl Importer<'_, '_> {
    /// The record of a schema that is one, new if none is there yet; named after the reference that leads to it if that
    /// name is free, else `name`.
    pub(super) fn record(&mut self, schema: &Schema, name: &str) -> Type {
        let place = schema.only().unwrap_or(&schema.end).clone();
        if let Some(known) = self.records.get(&place) {
            return Type::Struct(*known);
        }
        if self.made >= SCHEMA_LIMIT {
            let message = format!("the schemas of a system make more than {SCHEMA_LIMIT} records");
            let help = "refer to the components that are needed, not to the whole document";
            self.report(rules::SPEC007, message, Some(help.to_owned()), None);
            self.stopped = true;
            return Type::Unknown;
        }
        self.made += 1;
        let referred = schema.referred.contains(&place).then(|| self.reference_name(&place)).flatten();
        let name = match referred {
            Some(referred) if !self.taken.contains(&referred) => referred,
            _ => self.free(name),
        };
        self.taken.insert(name.clone());
        let id = self.resolver.model.structs.push(blank(StructKind::Record(self.system), &name, self.span));
        if let Some(system) = self.resolver.model.systems.get_mut(self.system) {
            system.records.push(id);
        }
        self.records.insert(place.clone(), id);
        self.queue.push_back(Todo { id, place, span: self.span, declared: BTreeSet::new() });
        Type::Struct(id)
    }

    /// The name that a reference's last step gives: of a whole document, its file's.
    fn reference_name(&self, place: &Place) -> Option<String> {
        let path = self.documents.path(place.document);
        let file = path.rsplit('/').next().unwrap_or(path);
        let name = place.last().unwrap_or_else(|| file.split('.').next().unwrap_or(file).to_owned());
        let name = pascal(&name);
        name.starts_with(|c: char| c.is_ascii_uppercase()).then_some(name)
    }

    fn free(&self, name: &str) -> String {
        if !self.taken.contains(name) {
            return name.to_owned();
        }
        let mut numbered = (2..).map(|n: u32| format!("{name}{n}"));
        numbered.find(|name| !self.taken.contains(name)).unwrap_or_default()
    }

    /// Fills in a record, and queues those that it holds.
    pub(super) fn build(&mut self, todo: &Todo) {
        self.span = todo.span;
        let schema = self.flatten(std::slice::from_ref(&todo.place));
        let description = self.described(&schema);
        let name = self.resolver.model.structs[todo.id].name.clone();
        let (fields, one_of) = match self.form(&schema, 0).0 {
            Form::Union(union) => {
                let (fields, one_of) = self.union(&name, &union);
                self.unions.push((union.by, todo.id));
                (fields, Some(one_of))
            }
            Form::Record => (self.fields(&name, &schema, &todo.declared), None),
            Form::Unknown => (Vec::new(), None),
            _ => {
                let message = "is not an object with `properties`, and a record is one";
                let help = "name the schema of the objects; elements of a list are read with `wire: { many: true }`";
                self.find(&schema.end, &Problem::new(rules::SPEC004, message), Some(help));
                (Vec::new(), None)
            }
        };
        if let Some(record) = self.resolver.model.structs.get_mut(todo.id) {
            record.fields = fields;
            record.one_of = one_of;
            record.description = description;
        }
    }

    fn described(&self, schema: &Schema) -> Option<String> {
        let place = schema.only().unwrap_or(&schema.end);
        let object = self.documents.get(place)?;
        object.object()?.text("description").filter(|text| !text.trim().is_empty()).map(str::to_owned)
    }

    fn fields(&mut self, record: &str, schema: &Schema, declared: &BTreeSet<String>) -> Vec<Field> {
        let mut required: BTreeSet<String> = BTreeSet::new();
        let mut order: Vec<(String, Vec<Place>)> = Vec::new();
        let mut positions: BTreeMap<String, usize> = BTreeMap::new();
        for part in &schema.parts {
            let names = part.object.get("required").map_or(&[][..], Json::list);
            required.extend(names.iter().filter_map(Json::text).map(str::to_owned));
            let Some(properties) = part.object.get("properties").and_then(Json::object) else { continue };
            for key in properties.keys().filter(|key| !declared.contains(*key)) {
                let at = *positions.entry(key.to_owned()).or_insert_with(|| {
                    order.push((key.to_owned(), Vec::new()));
                    order.len() - 1
                });
                if let Some((_, places)) = order.get_mut(at) {
                    places.push(part.place.key("properties").key(key));
                }
            }
        }
        // Positions of fields have 16 bits.
        if order.len() >= usize::from(u16::MAX) {
            let problem = Problem::new(rules::SPEC007, format!("has more than {} properties", u16::MAX - 1));
            self.find(&schema.end, &problem, None);
            return Vec::new();
        }
        let mut fields = Vec::with_capacity(order.len());
        for (key, places) in order {
            let inner = format!(
                "{record}{}",
                Some(pascal(&key)).filter(|n| !n.is_empty()).unwrap_or_else(|| "Field".to_owned())
            );
            let (schema, shape) = self.shape(&places, &inner, 1);
            if !schema.never {
                let required = required.contains(&key) && !schema.one_way;
                let description = places
                    .iter()
                    .find_map(|place| self.documents.get(place)?.object()?.text("description").map(str::to_owned));
                fields.push(self.field(key, shape, required, description));
            }
        }
        fields
    }

    fn field(&self, name: String, shape: Shape, required: bool, description: Option<String>) -> Field {
        let Shape { ty, codec, nullable } = shape;
        let optional = !required || nullable;
        let scalar = !matches!(ty, Type::Struct(_) | Type::List(_) | Type::Map(..));
        let wire = Wire {
            kind: WireKind::Route { keys: vec![name.clone()], codec },
            absent: if optional && scalar { self.absent.clone() } else { Vec::new() },
            nullable,
            on_empty_clears: false,
            // The key may not be left out, so that none is null.
            emit: if required && nullable { Emit::Null } else { Emit::Omit },
        };
        self.plain(name, if optional { ty.optional() } else { ty }, description, wire)
    }

    fn plain(&self, name: String, ty: Type, description: Option<String>, wire: Wire) -> Field {
        Field {
            name,
            span: self.span,
            type_span: self.span,
            ty,
            description,
            role: FieldRole::Plain,
            class: DataClass::default(),
            refs: Vec::new(),
            freshness: None,
            initial: None,
            list_key: None,
            wire: Some(wire),
        }
    }

    /// A field for each alternative, of which one is there.
    fn union(&mut self, name: &str, union: &Union) -> (Vec<Field>, OneOf) {
        let mut fields = Vec::new();
        let mut variants = Vec::new();
        for (tag, place) in &union.variants {
            let flat = self.flatten(std::slice::from_ref(place));
            // Not held: what tells an alternative apart belongs to the union.
            let ty = self.record(&flat, &format!("{name}{}", pascal(tag)));
            let wire = Wire {
                kind: WireKind::Route { keys: Vec::new(), codec: Codec::Plain },
                absent: Vec::new(),
                nullable: false,
                on_empty_clears: false,
                emit: Emit::Omit,
            };
            variants.push((tag.clone(), u16::try_from(fields.len()).unwrap_or(u16::MAX)));
            let description = format!("There if the record is a `{tag}`.");
            fields.push(self.plain(tag.clone(), ty.optional(), Some(description), wire));
        }
        (fields, OneOf { by: union.by.clone(), variants })
    }

    /// Takes from the alternatives of unions the field that tells them apart: the union reads and writes it. A record that
    /// is also used by itself keeps it.
    pub(super) fn finish(&mut self) {
        for (by, union) in std::mem::take(&mut self.unions) {
            let variants: Vec<Id<Struct>> =
                self.resolver.model.structs[union].fields.iter().filter_map(|f| f.ty.as_struct()).collect();
            for variant in variants.into_iter().filter(|variant| !self.held.contains(variant)) {
                if let Some(record) = self.resolver.model.structs.get_mut(variant) {
                    record.fields.retain(|field| field.name != by);
                }
            }
        }
    }
}

/// A name in `PascalCase`, of letters and digits only; capitals within it stay.
fn pascal(name: &str) -> String {
    let mut out = String::new();
    let mut starts = true;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() {
            starts = true;
        } else if std::mem::take(&mut starts) {
            out.push(c.to_ascii_uppercase());
        } else {
            out.push(c);
        }
    }
    // A name of such length helps nobody.
    out.truncate(120);
    out
}
