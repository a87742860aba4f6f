//! FLOW016 unstable-key: an idempotency key that may be another one's, or changes
//!
//! The `idempotency:` of a step does not contain the key of the flow, or inside `each` that of the part; or it reads
//! something that may change: anything but keys and identifiers.
//!
//! A key that two orders share lets the second go unsent: the system takes it for a repeat of the first. A key that changes
//! between two attempts does what was done already.
//!
//! Bad:
//! ```yaml
//! idempotency: order.order_id + '/' + string(order.lines.size())
//! ```
//! Good:
//! ```yaml
//! idempotency: order.order_id
//! ```
//! Inside `each` over parts, `order.order_id + '/' + part.key`. The key is contained if it is one of the texts that are
//! joined. Level it with `rules: { FLOW016: warn }`, or waive it at the step (`at: order_to_warehouse.submit`).

use super::sound;
use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::expr::check::{Path, path_of};
use crate::expr::ir::{Func, Kind, Node, VarId};
use crate::model::rights::{identifier_of, is_key};
use crate::model::{EachStep, Flow, Model, Over, Step, StepId, StepKind};
use crate::rules::Context;
use crate::rules::words::names;
use std::collections::BTreeMap;

/// The rule.
pub const RULE: RuleId = RuleId { code: "FLOW016", name: "unstable-key", severity: Severity::Error };

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    for flow in sound(model) {
        let fixed = Fixed::of(model, flow);
        for step in &flow.steps {
            let StepKind::Call(call) = &step.kind else { continue };
            let Some(key) = &call.idempotency else { continue };
            let at = format!("{}.{}", flow.name, step.name);
            let mut joined = Vec::new();
            texts(key, &mut joined);
            let missing = fixed.wanted(step).into_iter().filter(|(path, _)| !joined.contains(path));
            let missing: Vec<String> = missing.map(|(_, name)| name).collect();
            if !missing.is_empty() {
                let (all, whose) =
                    (names(missing.iter().map(String::as_str)), step.parent.map_or("instances", |_| "parts"));
                let message = format!("the key does not contain {all}: {whose} share it");
                let finding = Diagnostic::new(RULE, key.span, message).at(at.clone());
                found.push(finding.help(format!("join it: `… + '/' + {}`", missing.join(" + '/' + "))));
            }
            let mut moving = Vec::new();
            fixed.moving(key, &mut moving);
            if let Some(node) = moving.first() {
                let finding = Diagnostic::new(RULE, node.span, "this may change, and the key with it").at(at);
                found.push(finding.help("make the key of keys and identifiers alone, such as `order.order_id`"));
            }
        }
    }
}

/// The values that a text is joined of.
fn texts(node: &Node, found: &mut Vec<Path>) {
    match &node.kind {
        Kind::Call(Func::AddString | Func::Join | Func::JoinWith, parts) | Kind::List(parts) => {
            for part in parts {
                texts(part, found);
            }
        }
        Kind::Call(
            Func::TextToString
            | Func::IntToString
            | Func::DateToString
            | Func::CodeToString
            | Func::RefToString
            | Func::BuiltinToString,
            parts,
        ) => {
            for part in parts {
                texts(part, found);
            }
        }
        Kind::OrRaise(inner, _) | Kind::Fit(inner) => texts(inner, found),
        _ => found.extend(path_of(node)),
    }
}

/// What never changes in a flow.
struct Fixed<'m> {
    model: &'m Model,
    flow: &'m Flow,
    /// The variables of parts, with the step: elements, keys and identifiers of groups.
    parts: BTreeMap<VarId, (StepId, Part)>,
}

/// What a variable of a part is.
#[derive(Clone, Copy)]
enum Part {
    /// An element, whose key is this field.
    Element(u16),
    /// The key of a group, or an identifier of one.
    Fixed,
    /// The elements of a group.
    Items,
}

impl<'m> Fixed<'m> {
    fn of(model: &'m Model, flow: &'m Flow) -> Self {
        let mut parts = BTreeMap::new();
        for (id, step) in flow.steps() {
            match &step.kind {
                StepKind::Each(EachStep { over: Over::Elements { var, key, .. }, .. }) => {
                    parts.insert(*var, (id, Part::Element(*key)));
                }
                StepKind::Each(EachStep { over: Over::Groups { key, items, ids, .. }, .. }) => {
                    parts.insert(*key, (id, Part::Fixed));
                    parts.insert(*items, (id, Part::Items));
                    parts.extend(ids.iter().map(|(_, var)| (*var, (id, Part::Fixed))));
                }
                _ => {}
            }
        }
        Fixed { model, flow, parts }
    }

    /// The values that the key of a step must contain, as they are written.
    fn wanted(&self, step: &Step) -> Vec<(Path, String)> {
        let mut all = Vec::new();
        if let Some(key) = &self.flow.key {
            let mut own = Vec::new();
            texts(key, &mut own);
            all.extend(own.into_iter().map(|path| (path.clone(), self.name(&path))));
        }
        let mut at = step.parent;
        while let Some(id) = at {
            let Some(step) = self.flow.step(id) else { break };
            at = step.parent;
            let StepKind::Each(each) = &step.kind else { continue };
            match &each.over {
                Over::Elements { list, var, of, key } => {
                    let field = self.model.structs[*of].field(*key).map_or("key", |field| field.name.as_str());
                    all.push(((*var, vec![*key]), format!("{}.{field}", each.name)));
                    // An element stands in one group: the group need not be named.
                    let group = path_of(list).and_then(|(var, _)| self.parts.get(&var).copied());
                    if let Some((group, Part::Items)) = group {
                        at = self.flow.step(group).and_then(|step| step.parent);
                    }
                }
                Over::Groups { key, .. } => all.push(((*key, Vec::new()), format!("{}.key", each.name))),
                Over::Unknown => {}
            }
        }
        all
    }

    fn name(&self, (_, fields): &Path) -> String {
        let mut text = self.flow.root.clone();
        let mut of = Some(self.flow.object);
        for field in fields {
            let Some(field) = of.and_then(|of| self.model.structs[of].field(*field)) else { break };
            text.push('.');
            text.push_str(&field.name);
            of = field.ty.as_struct();
        }
        text
    }

    /// The outermost values that may change, of those that an expression reads.
    fn moving<'n>(&self, node: &'n Node, found: &mut Vec<&'n Node>) {
        let Some((var, fields)) = path_of(node) else {
            return node.children(&mut |child| self.moving(child, found));
        };
        let fixed = if var == Flow::OBJECT {
            is_key(self.model, self.flow.object, &fields)
                || identifier_of(self.model, self.flow.object, &fields).is_some()
        } else {
            match self.parts.get(&var) {
                Some((_, Part::Fixed)) => true,
                Some((step, Part::Element(key))) => fields == [*key] || self.is_identifier(*step, &fields),
                Some((_, Part::Items)) => false,
                // What a macro names is a part of a list, which was looked at.
                None => !self.flow.keep.iter().any(|kept| kept.var == var),
            }
        };
        if !fixed {
            found.push(node);
        }
    }

    fn is_identifier(&self, step: StepId, fields: &[u16]) -> bool {
        let of = match self.flow.step(step).map(|step| &step.kind) {
            Some(StepKind::Each(EachStep { over: Over::Elements { of, .. }, .. })) => *of,
            _ => return false,
        };
        identifier_of(self.model, of, fields).is_some()
    }
}
