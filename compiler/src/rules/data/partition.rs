//! Which partitions of an object a value may belong to: those that a mapping writes, and those that a step of a flow is for.
//! Where an object is divided by a code, such as the company that sells, what is written of one partition does not reach a
//! call that is made for another alone. Absent on purpose: conditions on anything else.

use crate::expr::ir::{Const, Func, Kind, Node};
use crate::model::rights::entered;
use crate::model::{Flow, Id, Intent, Mapping, Model, Place, StepId, StepKind, Struct, Type, UnknownCode};
use crate::rules::map::sites::{self, Role};
use std::collections::BTreeSet;

/// Codes of the partition; none where all are possible.
pub type Partitions = Option<BTreeSet<u16>>;

fn field(model: &Model, object: Id<Struct>) -> Option<u16> {
    model.ownership_of(object)?.partition
}

/// The partitions that a mapping to an object writes.
pub fn written(model: &Model, mapping: &Mapping) -> Partitions {
    let object = entered(&mapping.target)?;
    let field = field(model, object)?;
    if mapping.assigned.iter().any(|assigned| assigned.path == [field]) {
        let (mut codes, mut open) = (BTreeSet::new(), false);
        sites::visit(model, mapping, |site| {
            if site.role != Role::Value || site.place.path() != [field] {
                return;
            }
            match &site.node.kind {
                Kind::Const(Const::Code(_, code)) => {
                    codes.insert(*code);
                }
                // A system's codes are those that its crosswalk knows.
                Kind::CodeIn(of, system, _) => match model.codes[*of].crosswalk(*system) {
                    Some(crosswalk) => {
                        codes.extend(crosswalk.rows.iter().map(|row| row.index));
                        codes.extend(match &crosswalk.unknown {
                            Some(UnknownCode::Default(_, code)) => Some(*code),
                            _ => None,
                        });
                    }
                    None => open = true,
                },
                Kind::At(..) | Kind::Some(_) | Kind::Cond(..) | Kind::OrElse(..) | Kind::OrRaise(..) => {}
                _ => open = true,
            }
        });
        return (!open && !codes.is_empty()).then_some(codes);
    }
    // An owner speaks of its own partitions.
    let own = model.ownership_of(object)?.owner.iter().filter(|(_, system, _)| Some(*system) == mapping.system);
    let codes: BTreeSet<u16> = own.map(|(code, _, _)| *code).collect::<Option<_>>()?;
    (!codes.is_empty() && mapping.intent == Intent::Update).then_some(codes)
}

/// The partitions of a flow's object for which a step is made.
pub fn at(model: &Model, flow: &Flow, step: StepId) -> Partitions {
    let field = field(model, flow.object)?;
    let of = model.structs[flow.object].field(field)?;
    let Type::Code(codes) = of.ty.inner() else { return None };
    let count = u16::try_from(model.codes[*codes].codes.len()).ok()?;
    let mut left: BTreeSet<u16> = (0..count).collect();
    let mut place = flow.step(step)?.place;
    let mut seen: BTreeSet<StepId> = BTreeSet::new();
    while let Place::Branch(decides, branch) = place {
        let decision = flow.step(decides).filter(|_| seen.insert(decides))?;
        let StepKind::Decide(branches) = &decision.kind else { break };
        for (position, other) in (0_u32..).zip(branches).take_while(|(position, _)| *position <= branch) {
            if let Some(when) = &other.when {
                left = narrowed(&left, when, position == branch, field);
            }
        }
        place = decision.place;
    }
    Some(left)
}

fn narrowed(codes: &BTreeSet<u16>, condition: &Node, truth: bool, field: u16) -> BTreeSet<u16> {
    match (&condition.kind, truth) {
        (Kind::Not(inner), _) => narrowed(codes, inner, !truth, field),
        (Kind::And(a, b), true) | (Kind::Or(a, b), false) => {
            narrowed(&narrowed(codes, a, truth, field), b, truth, field)
        }
        (Kind::And(a, b), false) | (Kind::Or(a, b), true) => {
            &narrowed(codes, a, truth, field) | &narrowed(codes, b, truth, field)
        }
        (Kind::Call(func @ (Func::Equal | Func::NotEqual), args), _) => {
            let code = match args.as_slice() {
                [a, Node { kind: Kind::Const(Const::Code(_, code)), .. }] if is_field(a, field) => *code,
                [Node { kind: Kind::Const(Const::Code(_, code)), .. }, b] if is_field(b, field) => *code,
                _ => return codes.clone(),
            };
            let equal = (*func == Func::Equal) == truth;
            codes.iter().copied().filter(|known| (*known == code) == equal).collect()
        }
        _ => codes.clone(),
    }
}

fn is_field(node: &Node, field: u16) -> bool {
    matches!(&node.kind, Kind::Field(base, of) if *of == field && matches!(base.kind, Kind::Var(Flow::OBJECT)))
}

/// Whether two values may be of one partition.
pub fn meet(one: &Partitions, other: &Partitions) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => !one.is_disjoint(other),
        _ => true,
    }
}
