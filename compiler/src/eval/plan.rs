//! What of a mapping is worked out once and used for every payload: the read plan by record, crosswalks by code,
//! patterns compiled, and where the specs' lines are.

use super::crosswalk::Crosswalks;
use super::projection::{Projection, Projections};
use super::wire::Layouts;
use crate::expr::ir::{Const, Func, Kind, Node};
use crate::lower::{self, reads};
use crate::model::{ExternFunction, Flow, Id, Mapping, Model, Struct};
use crate::source::{SourceMap, Span};
use crossdock_runtime::text::Pattern;
use std::collections::{BTreeMap, BTreeSet};

/// A mapping, ready to run.
#[derive(Debug)]
pub struct Prepared<'m> {
    model: &'m Model,
    sources: Option<&'m SourceMap>,
    mapping: &'m Mapping,
    pub(super) projections: Projections<'m>,
    pub(super) crosswalks: Crosswalks<'m>,
    pub(super) layouts: Layouts<'m>,
    patterns: BTreeMap<&'m str, Pattern>,
    functions: Vec<&'m ExternFunction>,
}

/// Prepares a mapping; with the sources, failures say which line of the specs they come from.
pub fn prepare<'m>(model: &'m Model, sources: Option<&'m SourceMap>, mapping: Id<Mapping>) -> Prepared<'m> {
    let mut projections =
        Projections::new(model, &reads::reads(model, mapping), reads::asks_presence(&model.mappings[mapping]));
    let mut called = lower::called::called(model, &model.mappings[mapping]);
    called.insert(mapping);
    for id in &called {
        leave_out(&mut projections, &model.mappings[*id]);
    }
    for record in projections.records() {
        model.structs[record].unmapped.iter().for_each(|path| projections.leave_out(record, &path.pattern));
    }
    let own = &model.mappings[mapping];
    let (crosswalks, patterns) = tables(model, called.iter().flat_map(|id| nodes(&model.mappings[*id])));
    Prepared {
        model,
        sources,
        mapping: own,
        projections,
        crosswalks,
        layouts: Layouts::new(model, [&own.target]),
        patterns,
        functions: lower::called::functions(model, own),
    }
}

impl<'m> Prepared<'m> {
    /// An expression that stands by itself: it reads no record and names no system.
    pub(super) fn of_expression(model: &'m Model, mapping: &'m Mapping) -> Self {
        let mut patterns = BTreeMap::new();
        for node in nodes(mapping) {
            each(node, &mut |node| {
                if let Kind::Call(Func::Matches, args) = &node.kind {
                    compile(args, &mut patterns);
                }
            });
        }
        Prepared {
            model,
            sources: None,
            mapping,
            projections: Projections::new(model, &reads::Reads::new(), false),
            crosswalks: Crosswalks::default(),
            layouts: Layouts::default(),
            patterns,
            functions: Vec::new(),
        }
    }

    /// The expressions and mappings of a flow, in a shell that has its variables and lookups.
    pub(super) fn of_flow(
        model: &'m Model,
        sources: Option<&'m SourceMap>,
        flow: &'m Flow,
        shell: &'m Mapping,
    ) -> Self {
        let delivered = || lower::flow::deliveries(model, flow);
        let uses = flow.uses().chain(delivered().filter_map(|call| call.send.as_ref()));
        let used: BTreeSet<Id<Mapping>> = uses.map(|used| used.mapping).collect();
        let mut called = used.clone();
        let mut asks_presence = false;
        for id in &used {
            called.extend(lower::called::called(model, &model.mappings[*id]));
            asks_presence |= reads::asks_presence(&model.mappings[*id]);
        }
        let mut own = Vec::new();
        flow.walk(&mut |node| own.push(node));
        delivered().for_each(|call| call.walk(&mut |node| own.push(node)));
        let (crosswalks, patterns) =
            tables(model, own.into_iter().chain(called.iter().flat_map(|id| nodes(&model.mappings[*id]))));
        let functions = lower::called::each_once(called.iter().flat_map(|id| &model.mappings[*id].functions));
        Prepared {
            model,
            sources,
            mapping: shell,
            projections: Projections::new(model, &reads::of_flow(model, flow), asks_presence),
            crosswalks,
            layouts: Layouts::new(model, called.iter().map(|id| &model.mappings[*id].target)),
            patterns,
            functions,
        }
    }

    /// Expressions over documents, in a shell that has their variables.
    pub(super) fn of_documents(
        model: &'m Model,
        sources: Option<&'m SourceMap>,
        shell: &'m Mapping,
        own: Vec<&'m Node>,
        records: BTreeSet<Id<Struct>>,
    ) -> Self {
        let mut reads = reads::of_nodes(model, own.iter().copied());
        for record in records {
            reads.entry(record).or_default();
        }
        let mut projections = Projections::new(model, &reads, false);
        for record in projections.records() {
            model.structs[record].unmapped.iter().for_each(|path| projections.leave_out(record, &path.pattern));
        }
        let (crosswalks, patterns) = tables(model, own.into_iter());
        Prepared {
            model,
            sources,
            mapping: shell,
            projections,
            crosswalks,
            layouts: Layouts::default(),
            patterns,
            functions: Vec::new(),
        }
    }

    /// The mapping.
    pub fn mapping(&self) -> &'m Mapping {
        self.mapping
    }

    /// The workspace.
    pub fn model(&self) -> &'m Model {
        self.model
    }

    /// The user's functions that it or a mapping that it calls declares.
    pub fn functions(&self) -> &[&'m ExternFunction] {
        &self.functions
    }

    pub(super) fn mapping_of(&self, id: Id<Mapping>) -> &'m Mapping {
        &self.model.mappings[id]
    }

    pub(super) fn projection(&self, at: usize) -> Option<&Projection<'m>> {
        self.projections.get(at)
    }

    pub(super) fn projection_of(&self, record: Id<Struct>) -> Option<usize> {
        self.projections.position(record)
    }

    /// File and line of a span.
    pub(super) fn place(&self, span: Span) -> Option<(&'m str, u32)> {
        let sources = self.sources?;
        Some((sources.path(span.file), sources.start(span).line))
    }

    pub(super) fn pattern(&self, text: &str) -> Option<&Pattern> {
        self.patterns.get(text)
    }
}

/// The crosswalks and patterns that expressions need.
fn tables<'m>(model: &'m Model, nodes: impl Iterator<Item = &'m Node>) -> (Crosswalks<'m>, BTreeMap<&'m str, Pattern>) {
    let (mut crosswalks, mut patterns) = (Crosswalks::default(), BTreeMap::new());
    for node in nodes {
        each(node, &mut |node| match &node.kind {
            Kind::CodeIn(codes, system, _) => crosswalks.add(model, *codes, *system),
            Kind::Call(Func::Matches, args) => compile(args, &mut patterns),
            _ => {}
        });
    }
    (crosswalks, patterns)
}

fn nodes(mapping: &Mapping) -> impl Iterator<Item = &Node> {
    let require = mapping.require.iter().map(|r| &r.rule);
    require.chain(mapping.lets.iter().map(|l| &l.value)).chain(&mapping.body)
}

/// Visits a node and all below it, without recursion: a list of cases is as deep as it is long.
fn each<'n>(node: &'n Node, visit: &mut dyn FnMut(&'n Node)) {
    let mut todo = vec![node];
    while let Some(node) = todo.pop() {
        visit(node);
        node.children(&mut |child| todo.push(child));
    }
}

fn compile<'m>(args: &'m [Node], patterns: &mut BTreeMap<&'m str, Pattern>) {
    if let Some(Kind::Const(Const::Text(text))) = args.get(1).map(|n| &n.kind)
        && !patterns.contains_key(text.as_str())
        && let Ok(pattern) = Pattern::new(text)
    {
        patterns.insert(text, pattern);
    }
}

/// Wire paths that a mapping leaves out: of its only input, or after the input's name.
fn leave_out<'m>(projections: &mut Projections<'m>, mapping: &'m Mapping) {
    for path in &mapping.unmapped {
        let named = path.pattern.split_once('.').and_then(|(name, rest)| {
            let input = mapping.inputs.iter().find(|input| input.name == name)?;
            (mapping.inputs.len() > 1).then_some((input, rest))
        });
        match named {
            Some((input, rest)) => projections.leave_out(input.of, rest),
            None => mapping.inputs.iter().for_each(|input| projections.leave_out(input.of, &path.pattern)),
        }
    }
}
