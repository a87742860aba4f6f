//! The read plan: which fields of which records a mapping reads.
//!
//! The evaluator's decoder and the generated one both follow it, so that what is not read is skipped on both sides.
//! It goes by record type, not by place: a field that is read of one `Address` is read of every `Address` of the
//! mapping. Absent on purpose: how a field is read (`eval` and `emit` know).

use crate::expr::ir::{Func, Kind, Node};
use crate::model::{Flow, Id, Mapping, Model, Struct, Type};
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

/// What expressions by themselves read of records.
pub fn of_nodes<'m>(model: &'m Model, nodes: impl IntoIterator<Item = &'m Node>) -> Reads {
    let mut collector = Collector::new(model);
    collector.nodes.extend(nodes);
    collector.all()
}

struct Collector<'m> {
    model: &'m Model,
    reads: Reads,
    /// Records that are read whole.
    whole: BTreeSet<Id<Struct>>,
    /// Mappings that were entered.
    mappings: BTreeSet<Id<Mapping>>,
    /// Still to be visited: no recursion, a long list of cases is a deep tree.
    nodes: Vec<&'m Node>,
}

impl<'m> Collector<'m> {
    fn new(model: &'m Model) -> Self {
        let (whole, mappings) = (BTreeSet::new(), BTreeSet::new());
        Collector { model, reads: Reads::new(), whole, mappings, nodes: Vec::new() }
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
    }

    fn node(&mut self, node: &'m Node) {
        match &node.kind {
            Kind::Field(base, field) | Kind::OptField(base, field) => {
                if let Some(id) = base.ty.as_struct() {
                    self.reads.entry(id).or_default().insert(*field);
                }
            }
            Kind::Make { fields, .. } => fields.iter().for_each(|(_, _, value)| self.taken_over(value)),
            Kind::Patch(patch) => patch.fields.iter().for_each(|f| self.taken_over(&f.value)),
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
                if !of.is_record() || !self.whole.insert(*id) {
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
