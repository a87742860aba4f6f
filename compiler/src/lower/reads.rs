//! The read plan: which fields of which records a mapping reads; and which fields of its own data a flow does.
//!
//! The evaluator's decoder and the generated one both follow it, so that what is not read is skipped on both sides.
//! It goes by record type, not by place: a field that is read of one `Address` is read of every `Address` of the
//! mapping. Absent on purpose: how a field is read (`eval` and `emit` know).

use super::rights::struct_of;
use crate::expr::ir::VarId;
use crate::expr::ir::{Func, Kind, Node};
use crate::model::{Derive, EachStep, FieldRole, Flow, Id, Mapping, Model, Over, StepKind, Struct, StructKind, Type};
use std::collections::{BTreeMap, BTreeSet};

/// Positions of the fields that are read, by record.
pub type Reads = BTreeMap<Id<Struct>, BTreeSet<u16>>;

/// What a mapping and the value mappings it calls read of records. A record that is compared, passed to a Rust function
/// or taken over as it is, is read whole.
pub fn reads(model: &Model, mapping: Id<Mapping>) -> Reads {
    let mut collector = Collector::new(model);
    collector.mapping(mapping);
    collector.all()
}

/// What the expressions and mappings of a flow read of records.
pub fn of_flow<'m>(model: &'m Model, flow: &'m Flow) -> Reads {
    let mut collector = Collector::new(model);
    flow.uses().for_each(|used| collector.mapping(used.mapping));
    flow.walk(&mut |node| collector.nodes.push(node));
    for call in super::flow::deliveries(model, flow) {
        call.send.iter().for_each(|used| collector.mapping(used.mapping));
        call.walk(&mut |node| collector.nodes.push(node));
    }
    for event in flow.events() {
        if let Some(record) = model.event(event.event).and_then(crate::model::Event::carried) {
            collector.reads.entry(record).or_default();
        }
    }
    collector.all()
}

/// What a flow reads of its own data: of the canonical types that the working copy and kept collections are made of. What
/// applying a patch goes by (keys, identifiers, statuses, partitions, tokens, invariants) is read of each.
pub fn of_data<'m>(model: &'m Model, flow: &'m Flow) -> Reads {
    let mut collector = Collector { of_records: false, ..Collector::new(model) };
    flow.uses().for_each(|used| collector.mapping(used.mapping));
    flow.walk(&mut |node| collector.nodes.push(node));
    flow.derive.iter().for_each(|derive| collector.derived(flow, derive));
    for call in super::flow::deliveries(model, flow) {
        call.send.iter().for_each(|used| collector.mapping(used.mapping));
        call.walk(&mut |node| collector.nodes.push(node));
    }
    for event in super::flow::published(model, flow) {
        let event = &model.events[event];
        for field in event.fields.iter().chain(&event.when_changes).chain(&event.key) {
            collector.path(flow.object, &field.path);
        }
    }
    flow.keep.iter().for_each(|kept| collector.field(kept.element, kept.key));
    for step in &flow.steps {
        if let StepKind::Each(EachStep { over: Over::Elements { of, key, .. }, .. }) = &step.kind {
            collector.field(*of, *key);
        }
    }
    for (id, of) in model.structs.iter().filter(|(_, of)| !of.is_record()) {
        collector.judged(id, of);
    }
    collector.all()
}

/// What expressions by themselves read of records.
pub fn of_nodes<'m>(model: &'m Model, nodes: impl IntoIterator<Item = &'m Node>) -> Reads {
    let mut collector = Collector::new(model);
    collector.nodes.extend(nodes);
    collector.all()
}

struct Collector<'m> {
    model: &'m Model,
    reads: Reads,
    /// Whether records are looked for, or canonical types.
    of_records: bool,
    /// Those that are read whole.
    whole: BTreeSet<Id<Struct>>,
    /// Mappings that were entered.
    mappings: BTreeSet<Id<Mapping>>,
    /// Still to be visited: no recursion, a long list of cases is a deep tree.
    nodes: Vec<&'m Node>,
}

impl<'m> Collector<'m> {
    fn new(model: &'m Model) -> Self {
        let (whole, mappings) = (BTreeSet::new(), BTreeSet::new());
        Collector { model, reads: Reads::new(), of_records: true, whole, mappings, nodes: Vec::new() }
    }

    fn all(mut self) -> Reads {
        while let Some(node) = self.nodes.pop() {
            self.node(node);
        }
        self.reads
    }

    fn mapping(&mut self, id: Id<Mapping>) {
        if !self.mappings.insert(id) {
            return;
        }
        let mapping = &self.model.mappings[id];
        for input in &mapping.inputs {
            self.reads.entry(input.of).or_default();
        }
        self.nodes.extend(mapping.require.iter().map(|r| &r.rule));
        self.nodes.extend(mapping.lets.iter().map(|l| &l.value));
        self.nodes.extend(&mapping.body);
        if !self.of_records {
            mapping.body.iter().for_each(|body| self.taken_over(body));
        }
    }

    fn field(&mut self, of: Id<Struct>, field: u16) {
        self.reads.entry(of).or_default().insert(field);
    }

    /// A path of fields, with all that stands at its end.
    fn path(&mut self, mut of: Id<Struct>, path: &[u16]) {
        for position in path {
            self.field(of, *position);
            let Some(field) = self.model.structs[of].field(*position) else { return };
            match struct_of(field) {
                Some(inner) => of = inner,
                None => return,
            }
        }
        self.read_whole(&Type::Struct(of));
    }

    /// What a derived field goes by: the way to it, and what its value takes over.
    fn derived(&mut self, flow: &Flow, derive: &'m Derive) {
        let mut of = flow.object;
        for position in derive.path.split_last().map(|(_, way)| way).unwrap_or_default() {
            self.field(of, *position);
            of = self.model.structs[of].field(*position).and_then(struct_of).unwrap_or(of);
        }
        self.taken_over(&derive.value);
    }

    /// What holds of a type whoever reads it: its identity, its status, and what is judged when it changes.
    fn judged(&mut self, id: Id<Struct>, of: &'m Struct) {
        let ownership = self.model.ownership_of(id);
        let token = ownership.and_then(|ownership| ownership.token.as_ref());
        let token = of.fields.iter().position(|field| Some(&field.name) == token).and_then(|at| u16::try_from(at).ok());
        let partition = ownership.and_then(|ownership| ownership.partition);
        let named = of.key.iter().chain(of.unique.iter().flatten()).copied();
        named.chain(partition).chain(token).for_each(|field| self.field(id, field));
        for (position, field) in (0_u16..).zip(&of.fields) {
            if of.kind == StructKind::Ids || matches!(field.role, FieldRole::Ids | FieldRole::Status) {
                self.field(id, position);
            }
            if let (Some(key), Some(element)) = (field.list_key, struct_of(field)) {
                self.field(element, key);
            }
        }
        for invariant in &of.invariants {
            invariant.rule.walk(&mut |node| {
                if let Kind::Var(VarId(position)) = node.kind
                    && let Ok(position) = u16::try_from(position)
                    && of.field(position).is_some()
                {
                    self.field(id, position);
                }
            });
            self.nodes.push(&invariant.rule);
        }
    }

    fn node(&mut self, node: &'m Node) {
        match &node.kind {
            Kind::Field(base, field) | Kind::OptField(base, field) => {
                if let Some(id) = base.ty.as_struct() {
                    self.reads.entry(id).or_default().insert(*field);
                }
            }
            Kind::Make { fields, .. } => fields.iter().for_each(|(_, _, value)| self.taken_over(value)),
            Kind::Patch(patch) => {
                patch.fields.iter().for_each(|f| self.taken_over(&f.value));
                // What is below a field is changed where it is, and not where there is nothing.
                let fields = patch.fields.iter().map(|change| change.field);
                let of = &self.model.structs[patch.of];
                let holds = fields.filter(|at| of.field(*at).is_some_and(|field| struct_of(field).is_some()));
                holds.for_each(|field| self.field(patch.of, field));
            }
            Kind::Call(Func::Equal | Func::NotEqual | Func::InList | Func::Distinct, args) | Kind::Extern(_, args) => {
                for arg in args {
                    self.read_whole(&arg.ty);
                }
            }
            Kind::Apply(id, _) => self.mapping(*id),
            _ => {}
        }
        let nodes = &mut self.nodes;
        node.children(&mut |child| nodes.push(child));
    }

    /// A value that goes into the target: records in it are read whole, unless they are made there.
    fn taken_over(&mut self, value: &'m Node) {
        let mut values = vec![value];
        while let Some(value) = values.pop() {
            match &value.kind {
                Kind::At(_, inner) | Kind::Some(inner) => values.push(inner),
                Kind::Cond(_, a, b) | Kind::OrElse(a, b) => values.extend([&**a, &**b]),
                Kind::OptMap { body, .. } => values.push(body),
                Kind::List(items) => values.extend(items),
                Kind::Make { .. }
                | Kind::Each(_)
                | Kind::Patch(_)
                | Kind::EachPatch(_)
                | Kind::Apply(..)
                | Kind::Const(_) => {}
                _ => self.read_whole(&value.ty),
            }
        }
    }

    fn read_whole(&mut self, ty: &Type) {
        match ty {
            Type::Optional(inner) | Type::List(inner) | Type::Map(_, inner) => self.read_whole(inner),
            Type::Struct(id) => {
                let of = &self.model.structs[*id];
                if of.is_record() != self.of_records || !self.whole.insert(*id) {
                    return;
                }
                let all = (0..of.fields.len()).filter_map(|i| u16::try_from(i).ok());
                self.reads.entry(*id).or_default().extend(all);
                of.fields.iter().for_each(|f| self.read_whole(&f.ty));
            }
            _ => {}
        }
    }
}

/// Whether a mapping asks if a source is missing or cleared, which in a change event is a matter of the fields it names.
pub fn asks_presence(mapping: &Mapping) -> bool {
    let mut asks = false;
    if let Some(body) = &mapping.body {
        body.walk(&mut |node| asks |= matches!(node.kind, Kind::IsMissing(_) | Kind::IsCleared(_)));
    }
    asks
}
