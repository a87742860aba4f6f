//! EXPR007 unrouted-failure: an expression may fail, and nothing says who deals with it
//!
//! An expression of a flow, or of an event, can end in a failure that is built into the language, such as `absent_value`,
//! `unit_mismatch` or `divide_by_zero`, and the workspace declares no exception of that name. What a system sends and can't
//! be read is a defect of that system and goes to its `team:`. Identifiers that are bound before they are read don't fail.
//!
//! The instance stops there. An exception without class, team and clock is seen by nobody.
//!
//! Bad, where no exception `unit_mismatch` is declared:
//! ```yaml
//! until: order.lines.all(l, l.ordered >= quantity(0, 'EA'))
//! ```
//! Good:
//! ```yaml
//! kind: exception
//! name: unit_mismatch
//! class: defect
//! team: order_management
//! sla: 4h
//! ```
//! Declare the exception, or write the expression so that it can't fail (`orValue`, `has`). Level it with
//! `rules: { EXPR007: warn }`, or waive it at the exception (`at: unit_mismatch`).

use crate::diagnostic::{Diagnostic, Diagnostics, RuleId, Severity};
use crate::expr::ir::{Func, Kind, LoopKind, Node};
use crate::lower::raises;
use crate::model::{Call, Event, Flow, Id, Lookup, Model, PublishedEvent, StructKind, System, Takes, Type};
use crate::rules::Context;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};

/// The rule.
pub const RULE: RuleId = RuleId { code: "EXPR007", name: "unrouted-failure", severity: Severity::Error };

/// How many places are shown.
const SHOWN: usize = 4;

/// The check.
pub fn check(context: &Context<'_>, found: &mut Diagnostics) {
    let model = context.model;
    let mut all: BTreeMap<String, BTreeSet<Span>> = BTreeMap::new();
    for flow in model.flows.rows().iter().filter(|flow| !flow.unresolved) {
        of_flow(model, flow, &mut all);
    }
    for system in model.systems.rows() {
        for event in system.events.iter().filter(|_| system.team.is_none()) {
            of_event(model, event, &mut all);
        }
    }
    for event in model.events.rows() {
        of_published(model, event, &mut all);
    }
    for (name, places) in all {
        if model.exceptions_by_name.contains_key(&name) || model.unread.has(&name) {
            continue;
        }
        let mut places = places.into_iter();
        let Some(first) = places.next() else { continue };
        let message = format!("this may end in `{name}`, and the workspace does not say who deals with it");
        let mut finding = Diagnostic::new(RULE, first, message).at(name.clone());
        for other in places.take(SHOWN - 1) {
            finding = finding.related(other, "so may this");
        }
        found.push(finding.help(format!("add `kind: exception`, `name: {name}` with `class`, `team` and `sla`")));
    }
}

type Failures = BTreeMap<String, BTreeSet<Span>>;

fn of_flow(model: &Model, flow: &Flow, all: &mut Failures) {
    let derived: BTreeSet<Span> = flow.derive.iter().map(|derive| derive.value.span).collect();
    flow.walk(&mut |node| {
        let mut names = failures(model, &flow.lookups, node);
        // A sum over nothing leaves a derived field as it is.
        if derived.contains(&node.span) {
            names.remove("not_one");
        }
        add(names, node.span, all);
    });
}

fn of_event(model: &Model, event: &Event, all: &mut Failures) {
    for (_, node) in event.expressions() {
        add(failures(model, &[], node), node.span, all);
    }
}

fn of_published(model: &Model, event: &PublishedEvent, all: &mut Failures) {
    let calls = event.subscribers.iter().filter_map(|subscriber| match &subscriber.takes {
        Takes::Call(call) => Some(call),
        Takes::Reads(_) => None,
    });
    calls.for_each(|call: &Call| {
        call.walk(&mut |node| add(failures(model, &event.lookups, node), node.span, all));
    });
}

fn add(names: BTreeSet<String>, span: Span, all: &mut Failures) {
    for name in names {
        all.entry(name).or_default().insert(span);
    }
}

/// The failures that an expression can end in and that go to nobody by themselves.
fn failures(model: &Model, lookups: &[Lookup], node: &Node) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match &node.kind {
            // Proven present where it is read.
            Kind::Present(_) => {}
            Kind::OrRaise(of, _) if identifier(model, of) => {}
            Kind::Field(base, _) | Kind::OptField(base, _) if has_team(model, base) => {}
            Kind::Call(func, _) if node.fails => names.extend(computed(*func).iter().map(|name| (*name).to_owned())),
            Kind::Loop(found) => names.extend(looped(found.kind, &node.ty).iter().map(|name| (*name).to_owned())),
            _ => raises::of_node(model, lookups, &[], node, &mut names),
        }
        node.children(&mut |child| open.push(child));
    }
    names
}

/// Whether a value is an identifier: that it is bound before is for other rules.
fn identifier(model: &Model, node: &Node) -> bool {
    match &node.path().kind {
        Kind::Field(base, _) | Kind::OptField(base, _) => {
            base.ty.as_struct().is_some_and(|id| model.structs[id].kind == StructKind::Ids)
        }
        // Of a part.
        Kind::Var(_) => node.ty.inner().is_text(),
        _ => false,
    }
}

/// Whether a record is of a system that somebody answers for.
fn has_team(model: &Model, node: &Node) -> bool {
    let of = node.ty.as_struct().map(|id| model.structs[id].kind);
    let team = |system: Id<System>| model.systems[system].team.is_some();
    matches!(of, Some(StructKind::Record(system)) if team(system))
}

fn computed(func: Func) -> &'static [&'static str] {
    match func {
        Func::DivInt | Func::RemInt | Func::DivDecimal | Func::DivMoney => &["divide_by_zero", "overflow"],
        Func::AddMoney | Func::SubMoney => &["currency_mismatch", "overflow"],
        Func::CompareMoney => &["currency_mismatch"],
        Func::AddQuantity | Func::SubQuantity => &["overflow", "unit_mismatch"],
        Func::CompareQuantity => &["unit_mismatch"],
        Func::IndexList
        | Func::CharAt
        | Func::IndexOfFrom
        | Func::LastIndexOfFrom
        | Func::Substring
        | Func::SubstringTo => &["out_of_range"],
        Func::IndexMap => &["no_such_key"],
        Func::OnlyOne => &["not_one"],
        Func::DecimalToInt => &["digits_lost"],
        Func::AddInt
        | Func::SubInt
        | Func::MulInt
        | Func::NegInt
        | Func::AbsInt
        | Func::AddDecimal
        | Func::SubDecimal
        | Func::MulDecimal
        | Func::MulMoney
        | Func::MulQuantity
        | Func::RoundDecimal
        | Func::RoundMoney
        | Func::RoundQuantity
        | Func::AddTimestamp
        | Func::AddDuration
        | Func::SubTimestampDuration
        | Func::SubTimestamps
        | Func::SubDuration
        | Func::AddDays => &["overflow"],
        Func::StringToInt
        | Func::TimestampToInt
        | Func::StringToDecimal
        | Func::BytesToString
        | Func::StringToBool
        | Func::StringToTimestamp
        | Func::IntToTimestamp
        | Func::StringToDuration
        | Func::StringToDate
        | Func::StringToTime
        | Func::TimestampToDateIn
        | Func::DateAt
        | Func::LocalAt
        | Func::PadLeft
        | Func::RefToString => &["invalid_argument"],
        _ => &[],
    }
}

fn looped(kind: LoopKind, ty: &Type) -> &'static [&'static str] {
    match (kind, ty.inner()) {
        (LoopKind::One, _) => &["not_one"],
        (LoopKind::Sum, Type::Money) => &["currency_mismatch", "not_one", "overflow"],
        (LoopKind::Sum, Type::Quantity) => &["not_one", "overflow", "unit_mismatch"],
        (LoopKind::Sum, _) => &["overflow"],
        _ => &[],
    }
}
