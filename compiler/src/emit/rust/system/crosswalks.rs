//! Crosswalks as functions: a `match` over the system's codes, and one back.

use crate::emit::rust::layout::tokens;
use crate::emit::rust::names;
use crate::emit::rust::print::{Printer, literal};
use crate::emit::rust::types::RustTypes;
use crate::model::{Codes, CodesKind, Crosswalk, CrosswalkRow, Id, Model, System, UnknownCode};
use std::collections::BTreeMap;

/// The items of a system's crosswalks.
pub fn file(model: &Model, types: &RustTypes<'_>, system: Id<System>, out: &mut Printer) -> bool {
    let mut any = false;
    for (id, codes) in model.codes.iter() {
        let Some(crosswalk) = codes.crosswalk(system) else { continue };
        any = true;
        out.blank();
        out.doc(&format!("The canonical `{}` of a code of the system.", codes.name));
        out.doc("");
        out.doc(&match &crosswalk.unknown {
            Some(UnknownCode::Raise(exception)) => format!("# Errors\n\n`{exception}` for a code that is not known."),
            Some(UnknownCode::Default(code, _)) => {
                format!("A code that is not known is taken for `{code}`.\n\n# Errors\n\nNone.")
            }
            None => "# Errors\n\n`unknown_code` for a code that is not known.".to_owned(),
        });
        inward(model, types, id, codes, crosswalk, out);
        out.blank();
        out.doc(&format!(
            "The system's code of a canonical `{}`.\n\n# Errors\n\n`unknown_code` if it has none.",
            codes.name
        ));
        outward(model, types, id, codes, crosswalk, out);
    }
    any
}

/// An arm of the `match` that a crosswalk is.
struct Arm {
    pattern: String,
    value: String,
    /// Whether it asks for the day.
    dated: bool,
}

impl Arm {
    fn new(pattern: &str, value: String) -> Arm {
        Arm { pattern: pattern.to_owned(), value, dated: false }
    }

    /// The arm of a row, if it holds on the day.
    fn of(pattern: &str, row: &CrosswalkRow, value: &str) -> Arm {
        let value = format!("Ok({value})");
        match on_day(row) {
            Some(holds) => Arm { pattern: format!("{pattern} if {holds}"), value, dated: true },
            None => Arm::new(pattern, value),
        }
    }
}

fn canonical(model: &Model, types: &RustTypes<'_>, id: Id<Codes>, row: &str, index: u16) -> String {
    match model.codes[id].kind {
        CodesKind::Of(_) => format!("{}::parse({})?", type_of(model, types, id), literal(row)),
        _ => variant(model, types, id, index),
    }
}

fn variant(model: &Model, types: &RustTypes<'_>, id: Id<Codes>, index: u16) -> String {
    format!("{}::{}", type_of(model, types, id), names::variant(model, id, index))
}

/// The type of a list's codes.
fn type_of(model: &Model, types: &RustTypes<'_>, id: Id<Codes>) -> String {
    tokens(&match model.codes[id].kind {
        CodesKind::Of(builtin) => types.stored(&crate::resolve::builtin_type(builtin)),
        _ => types.codes_path(id),
    })
}

/// The condition that a row holds on the day, if it is bounded.
fn on_day(row: &CrosswalkRow) -> Option<String> {
    if row.valid_from.is_none() && row.valid_to.is_none() {
        return None;
    }
    let bound = |day: Option<crossdock_runtime::Date>| match day {
        Some(day) => format!("Some(({}i16, {}i8, {}i8))", day.year(), day.month(), day.day()),
        None => "None".to_owned(),
    };
    Some(format!("rt::form::holds(meta, {}, {})?", bound(row.valid_from), bound(row.valid_to)))
}

/// Prints one direction. Both directions of a crosswalk some of whose rows hold on some days only are told the day.
fn function(before: &str, parameter: &str, after: &str, dated: bool, subject: &str, arms: &[Arm], out: &mut Printer) {
    let meta = if arms.iter().any(|arm| arm.dated) { "meta: &rt::Meta" } else { "_meta: &rt::Meta" };
    let parameters = if dated { vec![parameter, meta] } else { vec![parameter] };
    out.function(before, &parameters, after);
    out.open(&format!("match {subject} {{"));
    for arm in arms {
        out.arm(&arm.pattern, &arm.value);
    }
    out.close("}");
    out.close("}");
}

fn inward(
    model: &Model,
    types: &RustTypes<'_>,
    id: Id<Codes>,
    codes: &Codes,
    crosswalk: &Crosswalk,
    out: &mut Printer,
) {
    let mut by_code: BTreeMap<&str, Vec<&CrosswalkRow>> = BTreeMap::new();
    for row in &crosswalk.rows {
        by_code.entry(&row.system_code).or_default().push(row);
    }
    let mut arms = Vec::new();
    for (code, rows) in by_code {
        // A row that always holds ends what is asked for its code.
        let ends = rows.iter().position(|row| on_day(row).is_none()).unwrap_or(rows.len());
        for row in rows.into_iter().take(ends + 1) {
            arms.push(Arm::of(&literal(code), row, &canonical(model, types, id, &row.code, row.index)));
        }
    }
    let (system, list) = (literal(&model.systems[crosswalk.system].name), literal(&codes.name));
    let raised =
        |exception: &str| format!("Err(rt::form::unknown_code({}, {system}, {list}, code))", literal(exception));
    let unknown = match &crosswalk.unknown {
        Some(UnknownCode::Raise(exception)) => raised(exception),
        Some(UnknownCode::Default(text, index)) => format!("Ok({})", canonical(model, types, id, text, *index)),
        None => raised("unknown_code"),
    };
    arms.push(Arm::new("_", unknown));
    let before = format!("pub fn {}", names::crosswalk_in(model, id, crosswalk.system));
    let after = format!(" -> rt::Result<{}>", type_of(model, types, id));
    let dated = super::is_dated(model, id, crosswalk.system);
    function(&before, "code: &str", &after, dated, "code", &arms, out);
}

fn outward(
    model: &Model,
    types: &RustTypes<'_>,
    id: Id<Codes>,
    codes: &Codes,
    crosswalk: &Crosswalk,
    out: &mut Printer,
) {
    let mut by_code: BTreeMap<(u16, &str), Vec<&CrosswalkRow>> = BTreeMap::new();
    for row in &crosswalk.rows {
        by_code.entry((row.index, &row.code)).or_default().push(row);
    }
    let builtin = matches!(codes.kind, CodesKind::Of(_));
    let (system, list) = (literal(&model.systems[crosswalk.system].name), literal(&codes.name));
    let count = by_code.len();
    let mut always = true;
    let mut arms = Vec::new();
    for ((index, code), rows) in by_code {
        let pattern = if builtin { literal(code) } else { variant(model, types, id, index) };
        // A preferred row that holds on the day, or else the only one that does.
        let (preferred, others): (Vec<&CrosswalkRow>, Vec<&CrosswalkRow>) =
            rows.into_iter().partition(|row| row.preferred);
        let ends = preferred.iter().position(|row| on_day(row).is_none());
        let asked = preferred.iter().take(ends.map_or(preferred.len(), |end| end + 1));
        arms.extend(asked.map(|row| Arm::of(&pattern, row, &literal(&row.system_code))));
        if ends.is_some() {
            continue;
        }
        match others.as_slice() {
            [] => always = false,
            [only] => {
                arms.push(Arm::of(&pattern, only, &literal(&only.system_code)));
                always &= on_day(only).is_none();
            }
            several => {
                let conditions: Vec<Option<String>> = several.iter().map(|row| on_day(row)).collect();
                let dated = conditions.iter().any(Option::is_some);
                let rows = several.iter().zip(conditions).map(|(row, holds)| {
                    format!("({}, {})", holds.as_deref().unwrap_or("true"), literal(&row.system_code))
                });
                let rows = rows.collect::<Vec<_>>().join(", ");
                let value = format!("rt::form::one_code(&[{rows}], {system}, {list}, code.as_str())");
                arms.push(Arm { pattern, value, dated });
            }
        }
    }
    if builtin || !always || count != codes.codes.len() {
        arms.push(Arm::new("_", format!("Err(rt::form::no_code({system}, {list}, code.as_str()))")));
    }
    let before = format!("pub fn {}", names::crosswalk_out(model, id, crosswalk.system));
    let parameter = format!("code: {}", type_of(model, types, id));
    let dated = super::is_dated(model, id, crosswalk.system);
    let subject = if builtin { "code.as_str()" } else { "code" };
    function(&before, &parameter, " -> rt::Result<&'static str>", dated, subject, &arms, out);
}
