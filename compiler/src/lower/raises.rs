//! Which failures an expression or mapping can end in, by name: what an API's problem details may say, and what somebody
//! must deal with. Absent on purpose: failures of arithmetic, comparison and conversion.

use crate::expr::ir::{Kind, Node};
use crate::model::{ExternFunction, Id, Lookup, Mapping, Miss, Model, Type, UnknownCode};
use std::collections::BTreeSet;

/// The exceptions that a mapping can end in.
pub fn of_mapping(model: &Model, mapping: Id<Mapping>) -> BTreeSet<String> {
    let mut raised = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![mapping];
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let mapping = &model.mappings[id];
        let requires = mapping.require.iter().map(|require| &require.rule);
        let lets = mapping.lets.iter().map(|part| &part.value);
        for node in requires.chain(lets).chain(&mapping.body) {
            node.walk(&mut |node| {
                if let Kind::Apply(called, _) = &node.kind {
                    open.push(*called);
                }
                of_node(model, &mapping.lookups, &mapping.functions, node, &mut raised);
            });
        }
        raised.extend(mapping.require.iter().map(|require| require.raise.clone()));
        let target = mapping.target.as_struct().or_else(|| mapping.target.element()?.as_struct());
        if let Some(of) = target {
            raised.extend(model.structs[of].invariants.iter().map(|invariant| invariant.raise.clone()));
        }
    }
    raised
}

/// What one node adds, without those below it.
pub fn of_node(
    model: &Model,
    lookups: &[Lookup],
    functions: &[ExternFunction],
    node: &Node,
    raised: &mut BTreeSet<String>,
) {
    let mut raise = |name: &str| {
        raised.insert(name.to_owned());
    };
    match &node.kind {
        Kind::OrRaise(_, exception) => raise(exception),
        Kind::Field(..) | Kind::OptField(..) if node.fails => raise("decode_failed"),
        Kind::Present(_) => raise("absent_value"),
        Kind::CodeIn(codes, system, _) => {
            match model.codes[*codes].crosswalk(*system).and_then(|walk| walk.unknown.as_ref()) {
                Some(UnknownCode::Raise(exception)) => raise(exception),
                Some(UnknownCode::Default(..)) => {}
                None => raise("unknown_code"),
            }
        }
        Kind::CodeOut(..) => raise("unknown_code"),
        Kind::Lookup(position, _) => match lookups.get(usize::from(*position)).map(|lookup| &lookup.miss) {
            Some(Miss::Raise(exception)) => raise(exception),
            Some(Miss::None) => {}
            None => raise("lookup_missing"),
        },
        Kind::Extern(position, _) => {
            let function = functions.get(usize::from(*position));
            function.into_iter().flat_map(|function| &function.raises).for_each(|exception| raise(exception));
        }
        Kind::Fit(_) if node.fails => raise(match node.ty.inner() {
            Type::String(_) => "text_too_long",
            Type::Decimal(_) => "digits_lost",
            _ => "decode_failed",
        }),
        _ => {}
    }
}
