//! Calls, as flows and events make them: an operation with typed parameters, and the mappings to its request and from
//! its answer.

use super::{Api, Id, Mapping, Operation, System, Type};
use crate::expr::ir::{Kind, Node, VarId};
use crate::source::Span;

/// An operation of a system, by its position there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperationRef {
    /// The system.
    pub system: Id<System>,
    /// The operation's position in the system.
    pub operation: u16,
}

/// A call of an operation.
#[derive(Debug, Clone)]
pub struct Call {
    /// What is called.
    pub operation: OperationRef,
    /// Which instance of the system, by its `is` or its name: a text or a code. None where the system has no instances,
    /// and where the object's own instance is meant.
    pub instance: Option<Node>,
    /// Where the operation is named.
    pub span: Span,
    /// Position in the operation's parameters, value of the parameter's type, where it is given.
    pub params: Vec<(u16, Node, Span)>,
    /// The request.
    pub send: Option<MapUse>,
    /// What is made of the answer.
    pub receive: Option<Receive>,
}

/// A mapping that is applied.
#[derive(Debug, Clone)]
pub struct MapUse {
    /// The mapping.
    pub mapping: Id<Mapping>,
    /// A value per input of the mapping, in its order.
    pub inputs: Vec<Node>,
    /// Where the mapping is named.
    pub span: Span,
}

/// What is made of an answer or an event.
#[derive(Debug, Clone)]
pub struct Receive {
    /// The mapping; its inputs read the answer or the event by [`Receive::src`].
    pub mapping: MapUse,
    /// The answer, or the event's record; a list where many stand in it.
    pub src: VarId,
    /// Where its result goes.
    pub into: Received,
}

impl Receive {
    /// What the answer or event is read as: a record, or a list of them. None if nothing of it is read.
    pub fn read_as(&self) -> Option<&Type> {
        let mut ty = None;
        for node in &self.mapping.inputs {
            node.walk(&mut |node| {
                if matches!(node.kind, Kind::Var(var) if var == self.src) {
                    ty = Some(&node.ty);
                }
            });
        }
        ty
    }
}

/// Where the result of a received mapping goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// The object is created of it.
    Create,
    /// The working copy is patched, in the name of the system that it came from.
    Patch,
    /// It is upserted into a kept collection, by position in the flow's `keep`; one or a list.
    Kept(u16),
}

impl super::Model {
    /// The operation of a reference.
    pub fn operation(&self, at: OperationRef) -> Option<&Operation> {
        self.systems[at.system].operations.get(usize::from(at.operation))
    }

    /// `sap.create_order`.
    pub fn operation_name(&self, at: OperationRef) -> String {
        let system = &self.systems[at.system].name;
        self.operation(at).map_or_else(|| system.clone(), |operation| format!("{system}.{}", operation.name))
    }

    /// `orders.submit_order`.
    pub fn api_operation_name(&self, api: Id<Api>, operation: u16) -> String {
        let api = &self.apis[api];
        let operation = api.operations.get(usize::from(operation));
        operation.map_or_else(|| api.name.clone(), |operation| format!("{}.{}", api.name, operation.name))
    }

    /// The event of a reference.
    pub fn event(&self, at: super::EventRef) -> Option<&super::Event> {
        self.systems[at.system].events.get(usize::from(at.event))
    }

    /// `shopify.order_created`.
    pub fn event_name(&self, at: super::EventRef) -> String {
        let system = &self.systems[at.system].name;
        self.event(at).map_or_else(|| system.clone(), |event| format!("{system}.{}", event.name))
    }
}
