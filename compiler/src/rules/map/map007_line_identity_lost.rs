//! MAP007 line-identity-lost: lines that can't be told apart later
//!
//! The key of a line does not depend on the source's line, so that all lines have one key; or only on the position in the
//! source list, which is given as a warning; or a request sends lines of a keyed list without their key, and without the
//! identifier that its system has given them.
//!
//! A line is found again by its key in every later message: what was shipped, changed or cancelled. A position shifts as
//! soon as a line is taken out, and what belongs to one line goes to its neighbour.
//!
//! Bad:
//! ```yaml
//!   lines:
//!     each: src.rows
//!     as: row
//!     index: n
//!     fields:
//!       line_id: string(n)
//! ```
//! Good:
//! ```yaml
//!   lines:
//!     each: src.rows
//!     as: row
//!     fields:
//!       line_id: string(row.id)
//! ```
//!
//! Level it with `rules: { MAP007: off }`, or waive it at the key (`at: shopify_order.lines.line_id`).

use super::sites::{self, Site, element};
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::expr::ir::{Each, Kind, LoopKind, Node, VarId};
use crate::model::rights::{entered, field_at};
use crate::model::{FieldRole, Intent, Mapping, Model, Type};
use crate::rules::Context;
use std::collections::BTreeSet;

/// The rule.
pub const RULE: RuleId = RuleId { code: "MAP007", name: "line-identity-lost", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for mapping in model.mappings.rows() {
        sites::visit(model, mapping, |site| match &site.node.kind {
            Kind::Each(each) if mapping.intent == Intent::Request => found.extend(sent(model, mapping, site, each)),
            Kind::Each(each) => found.extend(new_lines(model, mapping, site, each)),
            Kind::EachPatch(each) => {
                let lines = Lines { list: &each.list, var: each.var, index: each.index, lets: &each.lets };
                let name = model.structs[each.of].field(each.key.0).map_or("", |field| field.name.as_str());
                found.extend(lines.judge(mapping, site, name, &each.key.1, &[]));
            }
            _ => {}
        });
    }
}

/// The lines of a keyed list that is made new.
fn new_lines(model: &Model, mapping: &Mapping, site: &Site<'_>, each: &Each) -> Option<Diagnostic> {
    let (_, list) = field_at(model, entered(&mapping.target)?, &site.place.path())?;
    let key = list.list_key?;
    let made = made(&each.body)?;
    let Kind::Make { of, fields } = &made.kind else { return None };
    let (_, _, value) = fields.iter().find(|(field, _, _)| *field == key)?;
    let name = model.structs[*of].field(key).map_or("", |field| field.name.as_str());
    let lines = Lines { list: &each.list, var: each.var, index: each.index, lets: &each.lets };
    lines.judge(mapping, site, name, value, fields)
}

/// Lines that are sent to a system, which has nothing to call them by when it answers.
fn sent(model: &Model, mapping: &Mapping, site: &Site<'_>, each: &Each) -> Option<Diagnostic> {
    let (list, key) = keyed(model, mapping, &each.list)?;
    let line = list.ty.element().and_then(Type::as_struct)?;
    let is_line = |node: &Node| node.ty.as_struct() == Some(line);
    let mut told = false;
    let values = each.lets.iter().map(|(_, value)| value).chain([&each.body]);
    for value in values {
        value.walk(&mut |node| match &node.kind {
            Kind::Field(base, field) | Kind::OptField(base, field) if is_line(base) => {
                let role = model.structs[line].field(*field).map(|field| field.role);
                told |= *field == key || role == Some(FieldRole::Ids);
            }
            // Who is given the whole line may read its key.
            Kind::Apply(_, args) | Kind::Extern(_, args) => told |= args.iter().any(is_line),
            _ => {}
        });
    }
    if told {
        return None;
    }
    let name = model.structs[line].field(key).map_or("", |field| field.name.as_str());
    let message = format!("`{}` is sent without `{name}`, which tells its lines apart", site.place.text());
    let finding = Diagnostic::new(RULE, each.list.span, message).label("these lines").at(site.element(mapping));
    Some(finding.help("send it in a field that the system keeps and gives back, such as a reference of the line"))
}

/// The keyed list that an `each` goes over, with its key's position.
fn keyed<'m>(model: &'m Model, mapping: &'m Mapping, list: &'m Node) -> Option<(&'m Node, u16)> {
    let mut at = list;
    loop {
        at = match &at.kind {
            Kind::Field(base, field) | Kind::OptField(base, field) => {
                let of = base.ty.as_struct()?;
                return model.structs[of].field(*field)?.list_key.map(|key| (at, key));
            }
            Kind::Loop(each) if each.kind == LoopKind::Filter => &each.list,
            Kind::OrElse(of, _) | Kind::OrRaise(of, _) | Kind::Present(of) | Kind::Some(of) => of,
            Kind::Var(var) => &mapping.lets.iter().find(|part| part.var == *var)?.value,
            _ => return None,
        };
    }
}

/// The struct that an element becomes, if it is one in every case.
fn made(node: &Node) -> Option<&Node> {
    let mut node = node;
    loop {
        node = match &node.kind {
            Kind::Make { .. } => return Some(node),
            Kind::At(_, inner) | Kind::Some(inner) | Kind::Fit(inner) => inner,
            _ => return None,
        };
    }
}

/// Lines as a mapping goes over them.
struct Lines<'m> {
    list: &'m Node,
    var: VarId,
    index: Option<VarId>,
    lets: &'m [(VarId, Node)],
}

impl Lines<'_> {
    fn judge(
        &self,
        mapping: &Mapping,
        site: &Site<'_>,
        name: &str,
        key: &Node,
        fields: &[(u16, VarId, Node)],
    ) -> Option<Diagnostic> {
        // One line, or none, needs nothing to be told apart by.
        let few = match &self.list.kind {
            Kind::List(items) => items.len() < 2,
            Kind::ListOpt(items) => items.len() < 2,
            _ => false,
        };
        let read = self.read(key, fields);
        if few || read.contains(&self.var) || key.ty.is_unknown() {
            return None;
        }
        let lines = &site.place.text();
        let by_index = self.index.is_some_and(|index| read.contains(&index));
        let finding = if by_index {
            let message = format!("`{name}` of `{lines}` is a position, which shifts when a line is taken out");
            Diagnostic::new(RULE, key.span, message).severity(Severity::Warning)
        } else {
            Diagnostic::new(RULE, key.span, format!("`{name}` of `{lines}` is the same for every line"))
        };
        let help = "make it from what the source identifies the line by";
        Some(
            finding
                .related(self.list.span, "the lines come from here")
                .at(element(mapping, &format!("{lines}.{name}")))
                .help(help),
        )
    }

    /// The variables that a key is made from, through named parts and fields that were set before.
    fn read(&self, key: &Node, fields: &[(u16, VarId, Node)]) -> BTreeSet<VarId> {
        let mut read = BTreeSet::new();
        let mut open = vec![key];
        while let Some(node) = open.pop() {
            if let Kind::Var(var) = node.kind
                && read.insert(var)
            {
                open.extend(self.lets.iter().filter(|(name, _)| *name == var).map(|(_, value)| value));
                open.extend(fields.iter().filter(|(_, name, _)| *name == var).map(|(_, _, value)| value));
            }
            node.children(&mut |child| open.push(child));
        }
        read
    }
}
