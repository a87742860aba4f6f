//! What a mapping's Rust functions give, as a file says it:
//!
//! ```text
//! net_price:
//!   - { args: [{ amount: "100.00", currency: USD }, "0.10"], result: { amount: "90.00", currency: USD } }
//!   - { args: [{ amount: "100.00", currency: USD }, "2.00"], raises: bad_tax }
//! ```
//!
//! Values are in their canonical encoding and matched as values: `1.5` is `1.50`. A call that is not in the file fails.

use super::document::Document;
use crate::eval::{Call, Functions, Gives, Prepared};
use crate::model::{Model, Type};

/// What a file says that functions give.
///
/// Refused are functions that the mapping does not call, entries that are not whole, and values of other types than the
/// declared ones: one sentence each.
pub fn functions(prepared: &Prepared<'_>, file: &Document) -> Result<Functions, String> {
    if !matches!(file, Document::Map(_) | Document::Null) {
        return Err("what functions give is a map of functions".to_owned());
    }
    let mut given = Functions::new();
    for (name, calls) in file.map() {
        let Some(declared) = prepared.functions().iter().find(|f| f.name == *name) else {
            let known = prepared.functions().iter().map(|f| f.name.as_str());
            let near = crate::diagnostic::did_you_mean(name, known).map_or(String::new(), |near| format!("; {near}"));
            return Err(format!("`{}` calls no function `{name}`{near}", prepared.mapping().name));
        };
        let Document::List(calls) = calls else { return Err(format!("what `{name}` gives is a list of calls")) };
        for call in calls {
            if let Some((key, _)) = call.map().iter().find(|(key, _)| !KEYS.contains(&key.as_str())) {
                return Err(format!("a call of `{name}` has no key `{key}`; it has `{}`", KEYS.join("`, `")));
            }
            let Some(Document::List(args)) = call.get("args") else {
                return Err(format!("a call of `{name}` has no list of `args`"));
            };
            let gives = match (call.get("result"), call.get("raises").map(Document::scalar)) {
                (Some(result), None) => Gives::Result(canonical(prepared.model(), &declared.result, result).to_json()),
                (None, Some(Some(exception))) => Gives::Raises(exception.to_owned()),
                _ => return Err(format!("a call of `{name}` has either a `result` or an exception that it `raises`")),
            };
            // How many there are is judged with them.
            let types = declared.args.iter().chain(std::iter::repeat(&Type::Any));
            let args = args.iter().zip(types).map(|(arg, ty)| canonical(prepared.model(), ty, arg).to_json()).collect();
            prepared.give(&mut given, Call { function: name.clone(), args, gives })?;
        }
    }
    Ok(given)
}

/// The keys of a call.
const KEYS: &[&str] = &["args", "result", "raises"];

/// A value with text where its type is written as text: a number there is how YAML reads an unquoted one.
fn canonical(model: &Model, ty: &Type, value: &Document) -> Document {
    match (ty.inner(), value) {
        (Type::Int | Type::Json | Type::Any, value) => value.clone(),
        (ty, Document::List(items)) => {
            let of = ty.element().unwrap_or(&Type::Any);
            Document::List(items.iter().map(|item| canonical(model, of, item)).collect())
        }
        (ty, Document::Map(entries)) => {
            let of = |key: &str| match ty {
                Type::Map(_, of) => of,
                Type::Struct(id) => {
                    let fields = &model.structs[*id].fields;
                    fields.iter().find(|field| field.name == key).map_or(&Type::Any, |field| &field.ty)
                }
                _ => &Type::STRING,
            };
            Document::Map(entries.iter().map(|(key, item)| (key.clone(), canonical(model, of(key), item))).collect())
        }
        (_, Document::Number(text)) => Document::Text(text.clone()),
        (_, value) => value.clone(),
    }
}
