//! Objects, values and code lists, as templates see them.

use crate::model::{self, FieldRole, Id, Model, Struct, Type, UnknownCode, Writer};
use serde::Serialize;

/// An object or a value.
#[derive(Debug, Serialize)]
pub struct Object {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// The names of the key's fields.
    pub key: Vec<String>,
    /// Further unique combinations, by names of fields.
    pub unique: Vec<Vec<String>>,
    /// Identifiers in other systems.
    pub ids: Vec<Identifier>,
    /// The fields, `ids` left out.
    pub fields: Vec<Field>,
    /// What must hold.
    pub invariants: Vec<Invariant>,
    /// The lifecycle.
    pub lifecycle: Option<Lifecycle>,
    /// Who owns what.
    pub ownership: Option<Ownership>,
}

/// An identifier in another system.
#[derive(Debug, Serialize)]
pub struct Identifier {
    /// The system's name.
    pub system: String,
    /// Its type, as a spec writes it.
    #[serde(rename = "type")]
    pub ty: String,
}

/// A field.
#[derive(Debug, Serialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type, as a spec writes it.
    #[serde(rename = "type")]
    pub ty: String,
    /// Whether it may be none.
    pub optional: bool,
    /// Markdown.
    pub description: Option<String>,
    /// The data class.
    pub class: &'static str,
    /// Terms of other vocabularies.
    pub refs: Vec<String>,
    /// In seconds.
    pub freshness: Option<u64>,
    /// Of a keyed list: the element's key.
    pub key: Option<String>,
}

/// What must hold of every object.
#[derive(Debug, Serialize)]
pub struct Invariant {
    /// The expression.
    pub rule: String,
    /// The exception.
    pub raise: String,
}

/// States and legal moves.
#[derive(Debug, Serialize)]
pub struct Lifecycle {
    /// The field that holds the state.
    pub field: String,
    /// All states.
    pub states: Vec<String>,
    /// The first state.
    pub initial: String,
    /// The legal moves.
    pub transitions: Vec<Transition>,
}

/// A legal move.
#[derive(Debug, Serialize)]
pub struct Transition {
    /// From this state.
    pub from: String,
    /// To this one.
    pub to: String,
}

/// Who owns what of an object.
#[derive(Debug, Serialize)]
pub struct Ownership {
    /// The team that answers for the object.
    pub steward: Option<String>,
    /// The field that decides between systems of record.
    pub partition: Option<String>,
    /// The systems that may create.
    pub originators: Vec<String>,
    /// Every leaf.
    pub leaves: Vec<Leaf>,
    /// Copies kept elsewhere.
    pub replicas: Vec<Replica>,
}

/// A leaf with its writers: names of systems, or `originator`.
#[derive(Debug, Serialize)]
pub struct Leaf {
    /// The path.
    pub path: String,
    /// Who owns it.
    pub owners: Vec<String>,
    /// Who else may write it.
    pub amenders: Vec<String>,
    /// The state until which.
    pub until: Option<String>,
}

/// A copy kept elsewhere.
#[derive(Debug, Serialize)]
pub struct Replica {
    /// The system.
    pub system: String,
    /// The paths.
    pub fields: Vec<String>,
    /// In seconds.
    pub staleness: Option<u64>,
}

/// A code list.
#[derive(Debug, Serialize)]
pub struct Codes {
    /// Its name.
    pub name: String,
    /// Markdown.
    pub description: Option<String>,
    /// The codes.
    pub codes: Vec<Code>,
    /// Per system.
    pub crosswalks: Vec<Crosswalk>,
}

/// A code.
#[derive(Debug, Serialize)]
pub struct Code {
    /// As written.
    pub code: String,
    /// What it means.
    pub description: Option<String>,
}

/// A system's codes for a list.
#[derive(Debug, Serialize)]
pub struct Crosswalk {
    /// The system's name.
    pub system: String,
    /// The rows.
    pub rows: Vec<CrosswalkRow>,
    /// The exception that an unknown code raises.
    pub unknown_raises: Option<String>,
    /// The code that an unknown one becomes.
    pub unknown_code: Option<String>,
}

/// A row of a crosswalk.
#[derive(Debug, Serialize)]
pub struct CrosswalkRow {
    /// The system's code.
    pub system_code: String,
    /// The canonical one.
    pub code: String,
    /// Whether it is the one for the way back.
    pub preferred: bool,
}

pub(super) fn object(model: &Model, id: Id<Struct>) -> Object {
    let of = &model.structs[id];
    let names = |positions: &[u16]| -> Vec<String> {
        positions.iter().filter_map(|position| Some(of.field(*position)?.name.clone())).collect()
    };
    let ids = of.fields.iter().find(|field| field.role == FieldRole::Ids).and_then(|field| field.ty.as_struct());
    let ids = ids.map(|ids| model.structs[ids].fields.as_slice()).unwrap_or_default();
    Object {
        name: of.name.clone(),
        description: of.description.clone(),
        key: names(&of.key),
        unique: of.unique.iter().map(|fields| names(fields)).collect(),
        ids: ids
            .iter()
            .map(|field| Identifier { system: field.name.clone(), ty: field.ty.inner().show(model) })
            .collect(),
        fields: of
            .fields
            .iter()
            .filter(|field| field.role != FieldRole::Ids)
            .map(|declared| field(model, declared))
            .collect(),
        invariants: of
            .invariants
            .iter()
            .map(|invariant| Invariant { rule: invariant.text.clone(), raise: invariant.raise.clone() })
            .collect(),
        lifecycle: of.lifecycle.as_ref().map(|declared| lifecycle(model, of, declared)),
        ownership: model.ownership_of(id).map(|declared| ownership(model, of, declared)),
    }
}

pub(super) fn field(model: &Model, field: &model::Field) -> Field {
    let element = field.ty.element().and_then(Type::as_struct).map(|id| &model.structs[id]);
    Field {
        name: field.name.clone(),
        ty: field.ty.show(model),
        optional: field.ty.is_optional(),
        description: field.description.clone(),
        class: field.class.word(),
        refs: field.refs.clone(),
        freshness: field.freshness,
        key: field.list_key.and_then(|key| Some(element?.field(key)?.name.clone())),
    }
}

fn state(model: &Model, of: &Struct, position: u16) -> Option<String> {
    let codes = &model.codes[of.lifecycle.as_ref()?.codes];
    codes.codes.get(usize::from(position)).map(|code| code.code.clone())
}

fn lifecycle(model: &Model, of: &Struct, lifecycle: &model::Lifecycle) -> Lifecycle {
    let name = |position| state(model, of, position).unwrap_or_default();
    Lifecycle {
        field: of.field(lifecycle.field).map(|field| field.name.clone()).unwrap_or_default(),
        states: model.codes[lifecycle.codes].codes.iter().map(|code| code.code.clone()).collect(),
        initial: name(lifecycle.initial),
        transitions: lifecycle
            .transitions
            .iter()
            .map(|transition| Transition { from: name(transition.from), to: name(transition.to) })
            .collect(),
    }
}

fn ownership(model: &Model, of: &Struct, ownership: &model::Ownership) -> Ownership {
    let system = |id: Id<model::System>| model.systems[id].name.clone();
    let writers = |writers: &[(Writer, crate::source::Span)]| -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for (writer, _) in writers {
            match writer {
                Writer::System(id) => names.push(system(*id)),
                Writer::Originator => names.push("originator".to_owned()),
                Writer::Owner => names.extend(ownership.owner.iter().map(|(_, id, _)| system(*id))),
            }
        }
        names.dedup();
        names
    };
    Ownership {
        steward: ownership.steward.clone(),
        partition: ownership.partition.and_then(|field| Some(of.field(field)?.name.clone())),
        originators: ownership.originators.iter().map(|(id, _)| system(*id)).collect(),
        leaves: ownership
            .leaves
            .iter()
            .map(|leaf| Leaf {
                path: leaf.text.clone(),
                owners: writers(&leaf.owners),
                amenders: writers(&leaf.amenders),
                until: leaf.until.and_then(|position| state(model, of, position)),
            })
            .collect(),
        replicas: ownership
            .replicas
            .iter()
            .map(|replica| Replica {
                system: system(replica.system),
                fields: replica.fields.iter().map(|(_, text, _)| text.clone()).collect(),
                staleness: replica.staleness,
            })
            .collect(),
    }
}

pub(super) fn codes(model: &Model, list: &model::Codes) -> Codes {
    let crosswalk = |walk: &model::Crosswalk| {
        let (raises, code) = match &walk.unknown {
            Some(UnknownCode::Raise(exception)) => (Some(exception.clone()), None),
            Some(UnknownCode::Default(code, _)) => (None, Some(code.clone())),
            None => (None, None),
        };
        let row = |row: &model::CrosswalkRow| CrosswalkRow {
            system_code: row.system_code.clone(),
            code: row.code.clone(),
            preferred: row.preferred,
        };
        Crosswalk {
            system: model.systems[walk.system].name.clone(),
            rows: walk.rows.iter().map(row).collect(),
            unknown_raises: raises,
            unknown_code: code,
        }
    };
    let code = |code: &model::Code| Code { code: code.code.clone(), description: code.description.clone() };
    Codes {
        name: list.name.clone(),
        description: list.description.clone(),
        codes: list.codes.iter().map(code).collect(),
        crosswalks: list.crosswalks.iter().map(crosswalk).collect(),
    }
}
