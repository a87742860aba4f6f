//! What templates see of a workspace: plain names and texts, nothing to look up.
//!
//! These names are a contract with the users' templates: entries may be added, none is renamed or removed. Every entry
//! is always there, none where there is nothing, so that a template can ask. Lists are in order of declaration.

mod canonical;
mod flow;
mod mapping;
mod system;

pub use canonical::{Code, Codes, Crosswalk, CrosswalkRow, Field, Identifier, Invariant, Leaf, Lifecycle, Object};
pub use canonical::{Ownership, Replica, Transition};
pub use flow::{Flow, Handler, Interrupt, Kept, Published, Start, Step, Subscriber};
pub use mapping::{Input, Mapping, Unmapped};
pub use system::{Api, ApiOperation, Event, Operation, Param, Record, RecordField, System};

use crate::model::{CodesKind, Model, StructKind};
use serde::Serialize;

/// The whole workspace.
#[derive(Debug, Serialize)]
pub struct Workspace {
    /// Its name.
    pub name: String,
    /// The version of the contract set.
    pub version: String,
    /// Markdown.
    pub description: Option<String>,
    /// The canonical objects.
    pub objects: Vec<Object>,
    /// The canonical values.
    pub values: Vec<Object>,
    /// The code lists; states of lifecycles stand with their objects.
    pub codes: Vec<Codes>,
    /// The systems.
    pub systems: Vec<System>,
    /// The mappings.
    pub mappings: Vec<Mapping>,
    /// The APIs.
    pub apis: Vec<Api>,
    /// The events that the workspace publishes.
    pub events: Vec<Published>,
    /// The flows.
    pub flows: Vec<Flow>,
    /// The exceptions.
    pub exceptions: Vec<Exception>,
    /// The teams.
    pub teams: Vec<Team>,
}

/// A named failure.
#[derive(Debug, Serialize)]
pub struct Exception {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// `business`, `transient` or `defect`.
    pub class: Option<&'static str>,
    /// The team's name.
    pub team: Option<String>,
    /// In seconds.
    pub sla: Option<u64>,
}

/// A team.
#[derive(Debug, Serialize)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// How to reach it.
    pub contact: Option<String>,
}

/// The view of a workspace.
pub fn workspace(model: &Model) -> Workspace {
    let of_kind = |kind| model.structs.iter().filter(move |(_, of)| of.kind == kind);
    Workspace {
        name: model.workspace.name.clone(),
        version: model.workspace.version.clone(),
        description: model.workspace.description.clone(),
        objects: of_kind(StructKind::Object).map(|(id, _)| canonical::object(model, id)).collect(),
        values: of_kind(StructKind::Value).map(|(id, _)| canonical::object(model, id)).collect(),
        codes: model
            .codes
            .rows()
            .iter()
            .filter(|list| !matches!(list.kind, CodesKind::Lifecycle(_)))
            .map(|list| canonical::codes(model, list))
            .collect(),
        systems: model.systems.rows().iter().map(|system| system::system(model, system)).collect(),
        mappings: model.mappings.rows().iter().map(|mapping| mapping::mapping(model, mapping)).collect(),
        apis: model.apis.rows().iter().map(|api| system::api(model, api)).collect(),
        events: model.events.rows().iter().map(|event| flow::published(model, event)).collect(),
        flows: model.flows.rows().iter().map(|flow| flow::flow(model, flow)).collect(),
        exceptions: model
            .exceptions
            .rows()
            .iter()
            .map(|exception| Exception {
                name: exception.name.clone(),
                description: exception.description.clone(),
                class: exception.class.map(crate::model::ExceptionClass::word),
                team: exception.team.clone(),
                sla: exception.sla,
            })
            .collect(),
        teams: model
            .teams
            .rows()
            .iter()
            .map(|team| Team {
                name: team.name.clone(),
                description: team.description.clone(),
                contact: team.contact.clone(),
            })
            .collect(),
    }
}
