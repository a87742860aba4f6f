//! Records of systems: wire names, routes, codecs, presence; unions; records taken from a schema.

use super::Resolver;
use super::declare::{Ids, text_of};
use super::structs::class_of;
use super::types::WireCodec;
use crate::diagnostic::{Diagnostic, suggest};
use crate::model::{
    Change, Codec, Emit, Field, FieldRole, Id, OneOf, Struct, System, Type, UnknownKeys, Unmapped, Wire, WireKind,
};
use crate::rules;
use crate::syntax::{
    EmitAst, FormatWord, OnEmptyWord, RecordAst, RecordFieldAst, SystemAst, Text, UnknownKeyWord, UnmappedAst,
};

impl Resolver<'_> {
    pub(super) fn records(&mut self, ids: &Ids) {
        let specs = self.specs;
        for ((system, records), ast) in ids.systems.iter().zip(&ids.records).zip(&specs.systems) {
            for (id, (name, record)) in records.iter().zip(&ast.records) {
                self.record(*system, *id, name, record, ast);
            }
        }
    }

    fn record(&mut self, system: Id<System>, id: Id<Struct>, name: &Text, ast: &RecordAst, of: &SystemAst) {
        if let Some(wire) = &ast.wire
            && let Some(format) = &wire.format
            && format.value != FormatWord::Json
        {
            let message = "only JSON records are built yet";
            self.report(Diagnostic::new(rules::SPEC004, format.span, message));
        }
        let mut fields = Vec::new();
        if let Some(schema) = &ast.schema {
            fields = self.import_schema(system, name, schema);
        }
        for (name, field) in &ast.fields {
            let resolved = self.record_field(system, name, field, of);
            // A field that is declared here counts, not the one of the schema.
            match fields.iter_mut().find(|f: &&mut Field| f.name == resolved.name) {
                Some(imported) => *imported = resolved,
                None => fields.push(resolved),
            }
        }
        self.join_siblings(&mut fields, ast);
        let one_of = ast.one_of.as_ref().map(|union| {
            let mut variants = Vec::new();
            for (tag, record) in &union.of {
                let Some(variant) = self.record_named(system, record) else { continue };
                let position = u16::try_from(fields.len()).unwrap_or(u16::MAX);
                fields.push(union_variant(tag, record, variant));
                variants.push((tag.value.clone(), position));
            }
            OneOf { by: union.by.value.clone(), variants }
        });
        let changed = ast.patch.as_ref().map(|change| Change {
            route: change.changed.segments.iter().map(|s| s.value.clone()).collect(),
            span: change.changed.span,
        });
        let unmapped = unmapped(&ast.unmapped);
        if let Some(record) = self.model.structs.get_mut(id) {
            record.fields = fields;
            record.description = text_of(ast.description.as_ref());
            record.one_of = one_of;
            record.changed = changed;
            record.unmapped = unmapped;
            record.unknown = match ast.unknown.as_ref().map(|w| w.value) {
                Some(UnknownKeyWord::Reject) => UnknownKeys::Reject,
                Some(UnknownKeyWord::Ignore) => UnknownKeys::Ignore,
                Some(UnknownKeyWord::Warn) | None => UnknownKeys::Warn,
            };
            if let Some(wire) = &ast.wire {
                record.many = wire.many;
                record.root = wire.root.iter().flat_map(|r| r.segments.iter().map(|s| s.value.clone())).collect();
            }
        }
    }

    fn record_named(&mut self, system: Id<System>, name: &Text) -> Option<Id<Struct>> {
        let found = self.model.record(system, &name.value);
        if found.is_none() {
            let known: Vec<String> =
                self.model.systems[system].records.iter().map(|id| self.model.structs[*id].name.clone()).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            self.unknown_name(rules::NAME001, "record", name, &known);
        }
        found
    }

    fn record_field(&mut self, system: Id<System>, name: &Text, ast: &RecordFieldAst, of: &SystemAst) -> Field {
        let mut ty = self.ty(&ast.ty, Some(system));
        if let Type::Struct(id) = ty.inner()
            && !self.model.structs[*id].is_record()
        {
            let message =
                format!("`{}` is canonical, and a record holds what its system sends", ty.inner().show(&self.model));
            let finding =
                Diagnostic::new(rules::SPEC004, ast.ty.span, message).help("declare a record of this system for it");
            self.report(finding);
            ty = Type::Unknown;
        }
        if let (Some(path), Some(from)) = (&ast.path, &ast.from) {
            let message = "a field stands under a key or at the end of a route, not both";
            let finding = Diagnostic::new(rules::SPEC002, from.span, message);
            self.report(finding.related(path.span, "the route stands here"));
        }
        let kind = match self.codec(codec_of(&ast.ty), &ty) {
            WireCodec::Joined(first, second) => WireKind::Joined(self.pending(&first), self.pending(&second)),
            WireCodec::Scalar(codec) => {
                let keys = match (&ast.path, &ast.from) {
                    (Some(path), _) => path.segments.iter().map(|s| s.value.clone()).collect(),
                    (None, Some(key)) => vec![key.value.clone()],
                    (None, None) => vec![name.value.clone()],
                };
                WireKind::Route { keys, codec }
            }
        };
        let optional = ty.is_optional();
        let scalar = ty.as_struct().is_none() && ty.element().is_none();
        let absent = match &ast.absent {
            Some(own) => own.iter().map(|t| t.value.clone()).collect(),
            // The system's spellings are for optional scalars; `split` reads an empty text as an empty list.
            None if optional && scalar => of.absent.iter().map(|t| t.value.clone()).collect(),
            None => Vec::new(),
        };
        if let Some(own) = &ast.absent
            && !optional
            && let Some(first) = own.first()
        {
            let message = format!("`{}` is required: it has no spelling of \"no value\"", name.value);
            self.report(Diagnostic::new(rules::SPEC004, first.span, message).help("make its type optional with `?`"));
        }
        Field {
            name: name.value.clone(),
            span: name.span,
            type_span: ast.ty.span,
            ty,
            description: text_of(ast.description.as_ref()),
            role: FieldRole::Plain,
            class: class_of(ast.class.as_ref().map(|w| w.value)),
            refs: ast.refs.iter().map(|r| r.value.clone()).collect(),
            freshness: ast.freshness.as_ref().map(|d| d.value.seconds()),
            initial: None,
            list_key: None,
            wire: Some(Wire {
                kind,
                absent,
                nullable: ast.nullable,
                on_empty_clears: ast.on_empty.as_ref().is_some_and(|w| w.value == OnEmptyWord::Clear),
                emit: match &ast.emit {
                    None => Emit::Omit,
                    Some(EmitAst::Null) => Emit::Null,
                    Some(EmitAst::Text(text)) => Emit::Text(text.value.clone()),
                },
            }),
        }
    }

    /// A sibling that is found once all fields are known: its name's place stands in for it until then.
    #[allow(clippy::unused_self)]
    fn pending(&self, _name: &Text) -> u16 {
        u16::MAX
    }

    fn join_siblings(&mut self, fields: &mut [Field], ast: &RecordAst) {
        for i in 0..fields.len() {
            let Some(name) = fields.get(i).map(|f| f.name.clone()) else { continue };
            let Some(codec) = ast.fields.get(&name).and_then(|f| f.ty.codec.as_ref()) else { continue };
            if !matches!(codec.name.value.as_str(), "money" | "join") {
                continue;
            }
            let names: Vec<&Text> = codec.args.iter().filter_map(|a| a.text()).collect();
            let [first, second] = names.as_slice() else { continue };
            let wanted: [fn(&Type) -> bool; 2] = if codec.name.value == "money" {
                [|t| matches!(t, Type::Decimal(_)), |t| *t == Type::Currency]
            } else {
                [|t| *t == Type::Date, |t| *t == Type::Time]
            };
            let mut found = [u16::MAX; 2];
            for ((slot, name), fits) in found.iter_mut().zip([first, second]).zip(wanted) {
                let position = fields.iter().position(|f| f.name == name.value);
                match position.and_then(|p| Some((u16::try_from(p).ok()?, fields.get(p)?))) {
                    Some((p, sibling)) if fits(sibling.ty.inner()) => *slot = p,
                    Some((_, sibling)) => {
                        let shown = sibling.ty.show(&self.model);
                        let message =
                            format!("`{}` is a `{shown}`, which is not what `{}` joins", name.value, codec.name.value);
                        self.report(Diagnostic::new(rules::SPEC004, name.span, message));
                    }
                    None => {
                        let known: Vec<&str> = fields.iter().map(|f| f.name.as_str()).collect();
                        let help =
                            suggest(&name.value, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                        let message = format!("the record has no field `{}`", name.value);
                        self.report(Diagnostic::new(rules::NAME001, name.span, message).help_opt(help));
                    }
                }
            }
            let [first, second] = found;
            if let Some(field) = fields.get_mut(i) {
                match (&mut field.wire, first != u16::MAX && second != u16::MAX) {
                    (Some(wire), true) => wire.kind = WireKind::Joined(first, second),
                    _ => {
                        field.ty = Type::Unknown;
                        if let Some(wire) = &mut field.wire {
                            wire.kind = WireKind::Route { keys: vec![field.name.clone()], codec: Codec::Plain };
                        }
                    }
                }
            }
        }
    }
}

fn codec_of(ty: &crate::syntax::TypeAst) -> Option<&crate::syntax::CodecAst> {
    match (&ty.codec, &ty.kind) {
        (Some(codec), _) => Some(codec),
        (None, crate::syntax::TypeKind::List(element)) => element.codec.as_ref(),
        _ => None,
    }
}

fn union_variant(tag: &Text, record: &Text, id: Id<Struct>) -> Field {
    Field {
        name: tag.value.clone(),
        span: tag.span,
        type_span: record.span,
        ty: Type::Struct(id).optional(),
        description: Some(format!("There if the record is a `{}`.", tag.value)),
        role: FieldRole::Plain,
        class: crate::model::DataClass::Internal,
        refs: Vec::new(),
        freshness: None,
        initial: None,
        list_key: None,
        wire: Some(Wire {
            kind: WireKind::Route { keys: Vec::new(), codec: Codec::Plain },
            absent: Vec::new(),
            nullable: false,
            on_empty_clears: false,
            emit: Emit::Omit,
        }),
    }
}

/// Reasons and patterns of what is not read.
pub(super) fn unmapped(ast: &UnmappedAst) -> Vec<Unmapped> {
    ast.iter()
        .flat_map(|(reason, paths)| {
            paths.iter().map(|path| Unmapped {
                pattern: path.text.clone(),
                reason: reason.value.clone(),
                span: path.span,
            })
        })
        .collect()
}
