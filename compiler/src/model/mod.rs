//! The resolved workspace: what the specs mean, every name looked up, every expression typed.
//!
//! Vocabulary:
//! - **canonical object**: a business record that several systems share (`Order`); has a key, `ids`, a lifecycle.
//! - **value**: a part of an object without identity of its own, or with one only inside a keyed list (`OrderLine`).
//! - **record**: what one system sends or takes (`shopify.Order`), with wire names and codecs.
//! - **struct**: any of the three; one table holds them all, so that types, checks and code treat them alike.
//! - **system of record**, or **owner**: the system whose word on a field is final.
//! - **originator**: a system that may create an object; the owner accepts it.
//! - **crosswalk**: the translation between a system's codes and a canonical code list.
//! - **mapping**: a typed function from records to an object, or back.
//! - **patch**: an update that holds only what one system may write.
//! - **flow**, and its step, part, milestone, match: see [`Flow`]'s module.
//! - **event**: what a system tells ([`Event`]), or the workspace publishes ([`PublishedEvent`]).
//!
//! Absent on purpose: YAML, files, and rendering. Everything here is immutable once resolved; rules and emitters
//! walk it by the ids of [`table`].

mod call;
mod codec;
mod codes;
mod contract;
mod event;
mod flow;
mod mapping;
pub mod origination;
mod ownership;
pub mod rights;
mod scenario;
mod structs;
mod system;
pub mod table;
pub mod types;
mod walk;
mod workspace;

pub use call::{Call, MapUse, OperationRef, Receive, Received};
pub use codec::Codec;
pub use codes::{Builtin, Code, Codes, CodesKind, Crosswalk, CrosswalkRow, UnknownCode};
pub use contract::{Answer, Api, ApiOperation, Escalation, Exception, ExceptionClass, Hours, Team};
pub use event::{DeadLetter, Event, EventField, EventRef, PublishedEvent, Subscriber, Takes};
pub use flow::{
    Action, Await, AwaitBranch, Bound, Branch, CallStep, Derive, Does, EachStep, Failure, Fetch, Flow, Handler,
    Interrupt, Kept, Match, Milestone, Over, Place, Raise, SetState, Start, StartFrom, StateOf, Step, StepId, StepKind,
    Taken, Then, Undo,
};
pub use mapping::{
    Assigned, ExternFunction, Input, InputShape, Intent, Let, Lookup, LookupSource, Mapping, Miss, Require, Test,
    TestInput, Unmapped,
};
pub use ownership::{Grant, Leaf, Ownership, Replica, Writer};
pub use scenario::{Begins, BegunBy, Cause, Happening, Scenario, TemplateRef};
pub use structs::{
    Change, DataClass, Emit, Field, FieldRole, Invariant, Lifecycle, OneOf, Struct, StructKind, Transition,
    UnknownKeys, Wire, WireKind,
};
pub use system::{
    Auth, Effect, HttpMethod, Idempotency, Instance, Limits, Operation, Page, Param, ParamPlace, Retry, System,
    Transport, WriteMode, path_form,
};
pub use table::{Id, Table};
pub use types::{Digits, PairKind, RefTarget, Type};
pub use workspace::{Each, Peak, Residency, TemplateFile, TemplatePack, Waiver, WaiverPlace, Workspace};

use std::collections::{BTreeMap, BTreeSet};

/// The whole workspace, resolved.
#[derive(Debug, Default)]
pub struct Model {
    /// Name, version, levels, waivers.
    pub workspace: Workspace,
    /// Objects, values, records and their `ids`.
    pub structs: Table<Struct>,
    /// Code lists and lifecycles' states.
    pub codes: Table<Codes>,
    /// The systems.
    pub systems: Table<System>,
    /// Who owns what.
    pub ownerships: Table<Ownership>,
    /// The mappings.
    pub mappings: Table<Mapping>,
    /// The APIs that the workspace offers.
    pub apis: Table<Api>,
    /// The events that the workspace publishes.
    pub events: Table<PublishedEvent>,
    /// The flows.
    pub flows: Table<Flow>,
    /// The worlds in which flows are simulated.
    pub scenarios: Table<Scenario>,
    /// The named failures.
    pub exceptions: Table<Exception>,
    /// The teams.
    pub teams: Table<Team>,
    /// The names of canonical types: objects, values, code lists.
    pub types_by_name: BTreeMap<String, Named>,
    /// Systems by name.
    pub systems_by_name: BTreeMap<String, Id<System>>,
    /// Mappings by name.
    pub mappings_by_name: BTreeMap<String, Id<Mapping>>,
    /// Published events by name.
    pub events_by_name: BTreeMap<String, Id<PublishedEvent>>,
    /// Flows by name.
    pub flows_by_name: BTreeMap<String, Id<Flow>>,
    /// Exceptions by name.
    pub exceptions_by_name: BTreeMap<String, Id<Exception>>,
    /// Teams by name.
    pub teams_by_name: BTreeMap<String, Id<Team>>,
    /// Names that something has which could not be read, or which two things have: what they stand for is not known,
    /// and that they stand for nothing is not said.
    pub unread: Unread,
}

/// Names of which it is not known what they stand for.
#[derive(Debug, Clone, Default)]
pub struct Unread {
    names: BTreeSet<String>,
    /// Whether there are files of which not even the names are known.
    any: bool,
}

impl Unread {
    /// A name that stands somewhere, perhaps not spelled as it should be.
    pub fn add(&mut self, name: &str) {
        self.names.insert(Self::plain(name));
    }

    /// Any name may stand in what could not be read.
    pub fn add_any(&mut self) {
        self.any = true;
    }

    /// Whether a name may be one of them.
    pub fn has(&self, name: &str) -> bool {
        self.any || self.names.contains(&Self::plain(name))
    }

    /// `Ship_method` for `ShipMethod`: a name that is not written as its kind asks has its finding for that.
    fn plain(name: &str) -> String {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    }
}

/// What a canonical type name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// An object or a value.
    Struct(Id<Struct>),
    /// A code list.
    Codes(Id<Codes>),
}

impl Model {
    /// The canonical objects, in order of declaration.
    pub fn objects(&self) -> impl Iterator<Item = (Id<Struct>, &Struct)> {
        self.structs.iter().filter(|(_, s)| s.kind == StructKind::Object)
    }

    /// The ownership of an object, if one is declared.
    pub fn ownership_of(&self, object: Id<Struct>) -> Option<&Ownership> {
        self.ownerships.rows().iter().find(|o| o.object == object)
    }

    /// A record of a system by its name.
    pub fn record(&self, system: Id<System>, name: &str) -> Option<Id<Struct>> {
        self.systems[system].records.iter().copied().find(|id| self.structs[*id].name == name)
    }
}

impl Model {
    /// Whether a node is a field, or an inner field, of a record that says which of its fields changed.
    pub fn in_change_event(&self, node: &crate::expr::ir::Node) -> bool {
        use crate::expr::ir::Kind;
        match &node.kind {
            Kind::Present(of) => self.in_change_event(of),
            Kind::Field(base, _) | Kind::OptField(base, _) => {
                base.ty.as_struct().is_some_and(|id| self.structs[id].changed.is_some()) || self.in_change_event(base)
            }
            _ => false,
        }
    }
}
