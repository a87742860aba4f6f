//! NAME005 endless-value: a value that contains itself
//!
//! Values or records contain each other in a circle, through fields that are not lists or maps. Optional fields count: a
//! circle of them has an end in each value, and none in its type.
//!
//! Nothing could hold such a value, and no one could read its documentation to an end.
//!
//! Bad:
//! ```yaml
//! kind: value
//! name: Category
//! fields: { name: string, parent: Category? }
//! ```
//! Good:
//! ```yaml
//! kind: value
//! name: Category
//! fields: { name: string, path: list<string> }
//! ```
//! A list of its own kind (`children: list<Category>`) is allowed. It can't be waived or levelled: the generated code would
//! not compile.

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::model::{Field, Id, Model, Struct};
use crate::rules::Context;

/// The rule.
pub const RULE: RuleId = RuleId { code: "NAME005", name: "endless-value", severity: Severity::Error };

/// How far a struct has been searched.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    New,
    /// On the way that is being followed.
    Open,
    Done,
}

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    let mut marks = vec![Mark::New; model.structs.len()];
    for (id, _) in model.structs.iter() {
        if mark(&marks, id) == Mark::New {
            follow(model, id, &mut marks, found);
        }
    }
}

/// Follows what a struct contains, depth first, without recursion: a chain of values may be long.
fn follow(model: &Model, start: Id<Struct>, marks: &mut [Mark], found: &mut Diagnostics) {
    // The way so far: each struct with the next of its fields to look at.
    let mut way: Vec<(Id<Struct>, usize)> = vec![(start, 0)];
    set(marks, start, Mark::Open);
    while let Some((id, next)) = way.last_mut() {
        let Some(field) = model.structs[*id].fields.get(*next) else {
            set(marks, *id, Mark::Done);
            way.pop();
            continue;
        };
        *next += 1;
        let Some(inner) = field.ty.as_struct() else { continue };
        match mark(marks, inner) {
            Mark::New => {
                set(marks, inner, Mark::Open);
                way.push((inner, 0));
            }
            Mark::Open => found.push(circle(model, &way, inner, field)),
            Mark::Done => {}
        }
    }
}

fn mark(marks: &[Mark], id: Id<Struct>) -> Mark {
    marks.get(id.index()).copied().unwrap_or(Mark::Done)
}

fn set(marks: &mut [Mark], id: Id<Struct>, mark: Mark) {
    if let Some(place) = marks.get_mut(id.index()) {
        *place = mark;
    }
}

/// The finding for a way that comes back to `inner` through `last`.
fn circle(model: &Model, way: &[(Id<Struct>, usize)], inner: Id<Struct>, last: &Field) -> Diagnostic {
    const SHOWN: usize = 6;
    let round = way.iter().skip_while(|(id, _)| *id != inner);
    let steps: Vec<(&Struct, &Field)> = round
        .filter_map(|(id, next)| {
            let of = &model.structs[*id];
            Some((of, of.fields.get(next.checked_sub(1)?)?))
        })
        .collect();
    let name = model.structs[inner].full_name(model);
    let message = match steps.as_slice() {
        [_] => format!("`{name}` contains itself"),
        _ => {
            let names: Vec<String> =
                steps.iter().take(SHOWN).map(|(of, _)| format!("`{}`", of.full_name(model))).collect();
            let more = if steps.len() > SHOWN { " … " } else { " " };
            format!("values contain each other without end: {}{more}> `{name}`", names.join(" > "))
        }
    };
    let mut finding = Diagnostic::new(RULE, last.type_span, message);
    for (of, field) in steps.iter().take(SHOWN).filter(|(_, field)| field.type_span != last.type_span) {
        finding = finding.related(field.type_span, format!("`{}` of `{}`", field.name, of.name));
    }
    finding.help("put a list in the circle, or keep a key in the place of the value")
}
