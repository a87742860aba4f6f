//! Values as canonical JSON: objects, values and patches.
//!
//! Nothing is omitted but what is none; identifiers are, where there are none at all. Absent on purpose: what a system is
//! sent (`wire`).

use super::value::{Change, ListPatch, Object, Patch, Value};
use crate::model::{FieldRole, Id, Model, Struct, Type};
use crossdock_runtime::json::Writer;

/// Writes a value of a type.
pub fn write(model: &Model, ty: &Type, value: &Value<'_>, w: &mut Writer) {
    let ty = ty.inner();
    match value {
        Value::None => w.null(),
        Value::Bool(value) => w.bool(*value),
        Value::Int(value) => w.int(*value),
        Value::Decimal(value) => w.plain_str(value.text().as_str()),
        Value::Text(text) if *ty == Type::Json => w.raw(text),
        Value::Text(text) | Value::Ref(text) => w.str(text),
        Value::Bytes(bytes) => w.plain_str(&crossdock_runtime::bytes::to_base64(bytes)),
        Value::Date(value) => w.display(value),
        Value::Time(value) => w.display(value),
        Value::Timestamp(value) => w.display(value),
        Value::Local(value) => w.display(value),
        Value::Duration(value) => w.display(value),
        Value::Money(money) => {
            pair(w, ("amount", money.amount.text().as_str()), ("currency", money.currency.as_str()));
        }
        Value::Quantity(quantity) => {
            pair(w, ("value", quantity.value.text().as_str()), ("unit", quantity.unit.as_str()));
        }
        Value::Currency(value) => w.plain_str(value.as_str()),
        Value::Country(value) => w.plain_str(value.as_str()),
        Value::Unit(value) => w.plain_str(value.as_str()),
        Value::Code(codes, position) => {
            w.str(model.codes[*codes].codes.get(usize::from(*position)).map_or("", |code| &code.code));
        }
        Value::Pair(parts) => {
            let Type::Pair(kind, first, second) = ty else { return w.null() };
            let [name, other] = kind.parts();
            w.object_begin();
            w.key(name);
            write(model, first, &parts.0, w);
            w.key(other);
            write(model, second, &parts.1, w);
            w.object_end();
        }
        Value::RefBy(by) => {
            w.object_begin();
            w.key("system");
            w.str(&model.systems[by.0].name);
            w.key("id");
            w.str(&by.1);
            w.object_end();
        }
        Value::List(items) => {
            let element = ty.element().unwrap_or(&Type::Any);
            w.array_begin();
            items.iter().for_each(|item| write(model, element, item, w));
            w.array_end();
        }
        Value::Map(map) => {
            let of = if let Type::Map(_, of) = ty { of } else { &Type::Any };
            w.object_begin();
            for (key, item) in map.entries() {
                w.key(&key_text(key));
                write(model, of, item, w);
            }
            w.object_end();
        }
        Value::Object(object) => write_object(model, object, w),
        Value::Patch(patch) => write_patch(model, patch, None, w),
        Value::ListPatch(patch) => write_list_patch(model, patch, w),
        // Only what goes to a system holds records, and that is written by its declaration.
        Value::Record(_) => w.null(),
    }
}

fn pair(w: &mut Writer, first: (&str, &str), second: (&str, &str)) {
    w.object_begin();
    for (key, text) in [first, second] {
        w.key(key);
        w.plain_str(text);
    }
    w.object_end();
}

/// A map's key: JSON has text keys only.
pub(super) fn key_text(key: &Value<'_>) -> String {
    match key {
        Value::Text(text) => text.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Bool(value) => value.to_string(),
        _ => String::new(),
    }
}

fn write_object(model: &Model, object: &Object<'_>, w: &mut Writer) {
    w.object_begin();
    for (field, value) in model.structs[object.of].fields.iter().zip(&object.fields) {
        let is_nothing = value.is_none() || (field.role == FieldRole::Ids && is_blank(value));
        if !is_nothing {
            w.key(&field.name);
            write(model, &field.ty, value, w);
        }
    }
    w.object_end();
}

fn is_blank(value: &Value<'_>) -> bool {
    matches!(value, Value::Object(object) if object.fields.iter().all(Value::is_none))
}

/// A patch; `key` is that of an element of a keyed list.
fn write_patch(model: &Model, patch: &Patch<'_>, key: Option<(u16, &Value<'_>)>, w: &mut Writer) {
    let of = &model.structs[patch.of];
    w.object_begin();
    if !patch.find.is_empty() {
        w.key("find");
        w.object_begin();
        let steps: Vec<_> = patch.find.iter().map(|(path, value)| (path.as_slice(), value)).collect();
        write_find(model, patch.of, &steps, w);
        w.object_end();
    }
    if let Some((field, value)) = key
        && let Some(field) = of.field(field)
    {
        w.key(&field.name);
        write(model, &field.ty, value, w);
    }
    for (position, change) in &patch.fields {
        let Some(field) = of.field(*position) else { continue };
        w.key(&field.name);
        match change {
            Change::Cleared => w.null(),
            Change::Set(value) => write(model, &field.ty, value, w),
        }
    }
    w.object_end();
}

/// The identity: paths that begin alike share their object.
fn write_find(model: &Model, of: Id<Struct>, steps: &[(&[u16], &Value<'_>)], w: &mut Writer) {
    let mut written: Vec<u16> = Vec::new();
    for (path, value) in steps {
        let Some((first, rest)) = path.split_first() else { continue };
        let Some(field) = model.structs[of].field(*first) else { continue };
        if written.contains(first) {
            continue;
        }
        written.push(*first);
        w.key(&field.name);
        match (rest.is_empty(), field.ty.as_struct()) {
            (false, Some(inner)) => {
                let below: Vec<_> = steps
                    .iter()
                    .filter_map(|(path, value)| {
                        let (step, rest) = path.split_first()?;
                        (step == first).then_some((rest, *value))
                    })
                    .collect();
                w.object_begin();
                write_find(model, inner, &below, w);
                w.object_end();
            }
            _ => write(model, &field.ty, value, w),
        }
    }
}

/// Nothing is omitted but what is none: of `set` and `removed`, the one that is empty.
fn write_list_patch(model: &Model, patch: &ListPatch<'_>, w: &mut Writer) {
    let key = model.structs[patch.of].field(patch.key);
    w.object_begin();
    if !patch.set.is_empty() {
        w.key("set");
        w.array_begin();
        patch.set.iter().for_each(|(key, element)| write_patch(model, element, Some((patch.key, key)), w));
        w.array_end();
    }
    if !patch.removed.is_empty() {
        w.key("removed");
        w.array_begin();
        patch.removed.iter().for_each(|removed| write(model, key.map_or(&Type::Any, |k| &k.ty), removed, w));
        w.array_end();
    }
    w.object_end();
}
