//! Written types to types, and written codecs to codecs.

use super::Resolver;
use crate::diagnostic::{Diagnostic, suggest};
use crate::expr::check::list_of;
use crate::model::{Codec, CodesKind, Digits, Id, Named, RefTarget, System, Type};
use crate::rules;
use crate::syntax::{ArgAst, CodecAst, Text, TypeAst, TypeKind};

/// A codec as written, before it is known whether it joins two fields.
pub(super) enum WireCodec {
    /// Of one scalar.
    Scalar(Codec),
    /// `money(a, b)`, `join(a, b)`: two sibling fields.
    Joined(Text, Text),
}

impl Resolver<'_> {
    /// A type as written; unknown where a name in it is. A record's own names count first inside its system.
    pub(super) fn ty(&mut self, ast: &TypeAst, inside: Option<Id<System>>) -> Type {
        let ty = match &ast.kind {
            TypeKind::List(element) => Type::List(Box::new(self.ty(element, inside))),
            TypeKind::Map(value) => Type::Map(Box::new(Type::STRING), Box::new(self.ty(value, inside))),
            TypeKind::Ref { object, list } => self.reference(object, list.as_ref()),
            TypeKind::Named { name, args } => self.named(name, args, inside),
        };
        if ast.optional && ty != Type::Unknown { ty.optional() } else { ty }
    }

    fn named(&mut self, name: &Text, args: &[ArgAst], inside: Option<Id<System>>) -> Type {
        if let Some(ty) = Type::simple(&name.value) {
            return self.with_args(ty, name, args);
        }
        let ty = self.declared_type(name, inside);
        if let Some(first) = args.first().filter(|_| ty != Type::Unknown) {
            self.report(Diagnostic::new(
                rules::SPEC004,
                first.span(),
                format!("`{}` takes nothing in parentheses", name.value),
            ));
        }
        ty
    }

    /// The type of a record, object, value or code list.
    fn declared_type(&mut self, name: &Text, inside: Option<Id<System>>) -> Type {
        if let Some(record) = inside.and_then(|system| self.model.record(system, &name.value)) {
            return Type::Struct(record);
        }
        if let Some((system, record)) = name.value.split_once('.') {
            let found = self.model.systems_by_name.get(system).and_then(|id| self.model.record(*id, record));
            return match found {
                Some(id) => Type::Struct(id),
                None => {
                    self.unknown_record(system, record, name);
                    Type::Unknown
                }
            };
        }
        match self.model.types_by_name.get(&name.value) {
            Some(Named::Struct(id)) => Type::Struct(*id),
            Some(Named::Codes(id)) => match self.model.codes[*id].kind {
                CodesKind::Of(builtin) => super::builtin_type(builtin),
                _ => Type::Code(*id),
            },
            None if self.model.unread.has(&name.value) => Type::Unknown,
            None => {
                let mut known: Vec<String> = self.model.types_by_name.keys().cloned().collect();
                known.extend(Type::WORDS.iter().map(ToString::to_string));
                if let Some(system) = inside {
                    let records = self.model.systems[system].records.clone();
                    known.extend(records.into_iter().map(|id| self.model.structs[id].name.clone()));
                }
                let near = suggest(&name.value, known.iter().map(String::as_str));
                let help = near.map(|near| format!("did you mean `{near}`?"));
                let message = format!("there is no type `{}`", name.value);
                self.report(Diagnostic::new(rules::NAME001, name.span, message).help_opt(help));
                Type::Unknown
            }
        }
    }

    fn unknown_record(&mut self, system: &str, record: &str, name: &Text) {
        match self.model.systems_by_name.get(system) {
            Some(id) => {
                let known: Vec<String> =
                    self.model.systems[*id].records.iter().map(|id| self.model.structs[*id].name.clone()).collect();
                let known: Vec<&str> = known.iter().map(String::as_str).collect();
                let near =
                    suggest(record, known.iter().copied()).map(|near| format!("did you mean `{system}.{near}`?"));
                let help = near.or_else(|| (!known.is_empty()).then(|| format!("it has {}", list_of(&known))));
                let message = format!("`{system}` has no record `{record}`");
                self.report(Diagnostic::new(rules::NAME001, name.span, message).help_opt(help));
            }
            None if self.model.unread.has(system) => {}
            None => {
                let known: Vec<String> = self.model.systems_by_name.keys().cloned().collect();
                let near = suggest(system, known.iter().map(String::as_str));
                let help = near.map(|near| format!("did you mean `{near}.{record}`?"));
                let message = format!("there is no system `{system}`");
                self.report(Diagnostic::new(rules::NAME001, name.span, message).help_opt(help));
            }
        }
    }

    fn with_args(&mut self, ty: Type, name: &Text, args: &[ArgAst]) -> Type {
        let ints: Vec<Option<u32>> = args.iter().map(ArgAst::int).collect();
        let (message, span) = match (&ty, ints.as_slice()) {
            (_, []) => return ty,
            (Type::String(_), [Some(length)]) if *length > 0 => return Type::String(Some(*length)),
            (Type::Decimal(_), [Some(precision), Some(scale)])
                if *precision > 0 && *precision <= 28 && scale <= precision =>
            {
                return Type::Decimal(Digits { precision: Some(*precision), scale: Some(*scale) });
            }
            (Type::String(_), _) => {
                (format!("`string` takes its greatest length, such as `string(35)`, from 1 to {}", u32::MAX), name.span)
            }
            (Type::Decimal(_), _) => (
                "`decimal` takes digits and decimals, such as `decimal(12,2)`, 28 digits at most".to_owned(),
                name.span,
            ),
            _ => (format!("`{}` takes nothing in parentheses", name.value), name.span),
        };
        self.report(Diagnostic::new(rules::SPEC004, span, message));
        Type::Unknown
    }

    fn reference(&mut self, object: &Text, list: Option<&Text>) -> Type {
        let Some(id) = self.object_named(object) else { return Type::Unknown };
        let Some(list) = list else { return Type::Ref(RefTarget { object: id, list: None }) };
        // The fields of the object may not be resolved yet: its names are.
        let Some(ast) = self.specs.objects.iter().find(|o| o.name.value == object.value) else { return Type::Unknown };
        let offset = usize::from(!ast.ids.is_empty());
        match ast.fields.names().position(|name| name == list.value).and_then(|i| u16::try_from(i + offset).ok()) {
            Some(position) => Type::Ref(RefTarget { object: id, list: Some(position) }),
            None => {
                let known: Vec<&str> = ast.fields.names().collect();
                let help = suggest(&list.value, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
                let message = format!("`{}` has no field `{}`", object.value, list.value);
                self.report(Diagnostic::new(rules::NAME001, list.span, message).help_opt(help));
                Type::Unknown
            }
        }
    }

    /// The codec of a record's field, judged against its type.
    pub(super) fn codec(&mut self, ast: Option<&CodecAst>, ty: &Type) -> WireCodec {
        let Some(ast) = ast else { return WireCodec::Scalar(Codec::Plain) };
        let text = |i: usize| ast.args.get(i).and_then(ArgAst::text).cloned();
        let int = |i: usize| ast.args.get(i).and_then(ArgAst::int);
        let scalar = match ty.inner() {
            Type::List(element) if !matches!(ast.name.value.as_str(), "split" | "json_text") => element.inner(),
            inner => inner,
        };
        let codec = match (ast.name.value.as_str(), ast.args.len()) {
            ("text", 0) => Codec::Text,
            ("number", 0) => Codec::Number,
            ("rfc3339", 0) => Codec::Rfc3339,
            ("rfc1123", 0) => Codec::Rfc1123,
            ("iso_offset", 0) => Codec::IsoOffset,
            ("epoch_s", 0) => Codec::EpochS,
            ("epoch_ms", 0) => Codec::EpochMs,
            ("odata", 0) => Codec::Odata,
            ("date", 1) => match text(0) {
                Some(pattern) => Codec::DatePattern(pattern.value),
                None => return self.bad_codec(ast, "`date` takes a pattern, such as `date(CCYYMMDD)`"),
            },
            ("local", 1) => match text(0) {
                Some(zone) if crossdock_runtime::time::zone_is_known(&zone.value) => Codec::Local(zone.value),
                _ => return self.bad_codec(ast, "`local` takes a time zone, such as `local(America/Chicago)`"),
            },
            ("implied", 1) => match int(0) {
                Some(digits) if digits <= 28 => Codec::Implied(digits),
                _ => return self.bad_codec(ast, "`implied` takes a number of decimals, such as `implied(2)`"),
            },
            ("minor_units", 0) => Codec::MinorUnits,
            ("padded", 1) => match int(0) {
                Some(width) if (1..=255).contains(&width) => Codec::Padded(width),
                _ => return self.bad_codec(ast, "`padded` takes a width, such as `padded(10)`"),
            },
            ("y_n", 0) => Codec::YN,
            ("zero_one", 0) => Codec::ZeroOne,
            ("split", 1) => match text(0) {
                Some(separator) if !separator.value.is_empty() => Codec::Split(separator.value),
                _ => return self.bad_codec(ast, "`split` takes a separator, such as `split(',')`"),
            },
            ("json_text", 0) => Codec::JsonText,
            ("money" | "join", 2) => match (text(0), text(1)) {
                (Some(a), Some(b)) => return WireCodec::Joined(a, b),
                _ => return self.bad_codec(ast, "the two fields it is read from stand in parentheses"),
            },
            (name, _) if Codec::NAMES.contains(&name) => {
                return self.bad_codec(ast, &format!("`{name}` has the wrong number of arguments"));
            }
            (name, _) => {
                let help = suggest(name, Codec::NAMES.iter().copied()).map_or_else(
                    || format!("there is {}", list_of(Codec::NAMES)),
                    |near| format!("did you mean `{near}`?"),
                );
                let message = format!("there is no codec `{name}`");
                self.report(Diagnostic::new(rules::NAME001, ast.name.span, message).help(help));
                return WireCodec::Scalar(Codec::Plain);
            }
        };
        if !ty.is_unknown() && !writes(&codec, scalar) {
            let shown = scalar.show(&self.model);
            return self.bad_codec(ast, &format!("a `{shown}` is not written as `{}`", ast.name.value));
        }
        WireCodec::Scalar(codec)
    }

    fn bad_codec(&mut self, ast: &CodecAst, message: &str) -> WireCodec {
        self.report(Diagnostic::new(rules::SPEC004, ast.span, message));
        WireCodec::Scalar(Codec::Plain)
    }
}

/// Whether a codec writes values of a type.
pub(super) fn writes(codec: &Codec, ty: &Type) -> bool {
    match codec {
        Codec::Plain => true,
        Codec::Text => matches!(ty, Type::Int | Type::Decimal(_) | Type::Bool) || ty.is_text(),
        Codec::Number => matches!(ty, Type::Int | Type::Decimal(_)) || ty.is_text(),
        Codec::Rfc3339 | Codec::Rfc1123 | Codec::IsoOffset | Codec::EpochS | Codec::EpochMs | Codec::Local(_) => {
            *ty == Type::Timestamp
        }
        Codec::Odata => matches!(ty, Type::Timestamp | Type::Date | Type::LocalTimestamp),
        Codec::DatePattern(_) => matches!(ty, Type::Date | Type::Time | Type::LocalTimestamp),
        Codec::Implied(_) | Codec::MinorUnits => matches!(ty, Type::Decimal(_)),
        Codec::Padded(_) => matches!(ty, Type::Int) || ty.is_text(),
        Codec::YN | Codec::ZeroOne => *ty == Type::Bool,
        Codec::Split(_) => matches!(ty, Type::List(element) if element.is_text()),
        Codec::JsonText => *ty == Type::Json || ty.is_text(),
    }
}
