//! Mappings, as templates see them.

use crate::model::{self, InputShape, Intent, Model};
use serde::Serialize;

/// A mapping.
#[derive(Debug, Serialize)]
pub struct Mapping {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// `create`, `update`, `request` or `value`.
    pub intent: &'static str,
    /// The one system that it names.
    pub system: Option<String>,
    /// Its inputs.
    pub inputs: Vec<Input>,
    /// What it makes, as a spec writes it.
    pub target: String,
    /// The target paths that it writes.
    pub assigned: Vec<String>,
    /// The source paths that it leaves out.
    pub unmapped: Vec<Unmapped>,
    /// The lookups that it needs.
    pub lookups: Vec<String>,
    /// The names of its tests.
    pub tests: Vec<String>,
}

/// An input.
#[derive(Debug, Serialize)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// Its type, as a spec writes it.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether it is a list.
    pub many: bool,
}

/// Source paths left out.
#[derive(Debug, Serialize)]
pub struct Unmapped {
    /// Wire paths.
    pub path: String,
    /// Why.
    pub reason: String,
}

pub(super) fn mapping(model: &Model, mapping: &model::Mapping) -> Mapping {
    let input = |input: &model::Input| Input {
        name: input.name.clone(),
        ty: model.structs[input.of].full_name(model),
        many: input.shape == InputShape::List,
    };
    Mapping {
        name: mapping.name.clone(),
        description: mapping.description.clone(),
        intent: match mapping.intent {
            Intent::Create => "create",
            Intent::Update => "update",
            Intent::Request => "request",
            Intent::Value => "value",
        },
        system: mapping.system.map(|system| model.systems[system].name.clone()),
        inputs: mapping.inputs.iter().map(input).collect(),
        target: mapping.target.show(model),
        assigned: mapping.assigned.iter().map(|assigned| assigned.text.clone()).collect(),
        unmapped: unmapped(&mapping.unmapped),
        lookups: mapping.lookups.iter().map(|lookup| lookup.name.clone()).collect(),
        tests: mapping.tests.iter().map(|test| test.name.clone()).collect(),
    }
}

pub(super) fn unmapped(all: &[model::Unmapped]) -> Vec<Unmapped> {
    all.iter().map(|unmapped| Unmapped { path: unmapped.pattern.clone(), reason: unmapped.reason.clone() }).collect()
}
