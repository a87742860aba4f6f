//! The states of flows as they are saved, as JSON Schemas: one document per flow and version, checked in, so that a state
//! that changes under an unchanged version is seen before an instance meets it ([`crate::compat::states`]).
//!
//! What the machine keeps of steps, timers and exceptions is written by `crossdock_runtime::flow`; this says the same of
//! its text, in the order in which it writes. A schema holds no words of the specs: other words are no other state. What
//! takes events (branches of a wait, interrupts) and the order of steps do belong to it, as `x-` keys.

use super::json_schema::DIALECT;
use super::shape::closed;
use super::{Context, text};
use crate::emit::files::{Files, PathError};
use crate::lower::flow::data::saved;
use crate::lower::flow::plan;
use crate::model::{Flow, Id, Model, Type};
use crate::source::SourceMap;
use crossdock_runtime::flow::{Program, Step, Work};
use rayon::prelude::*;
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The folder of the documents.
pub const FOLDER: &str = "flows/";

/// The document of a flow's version.
pub fn path(flow: &str, version: u64) -> String {
    format!("{FOLDER}{flow}.v{version}.json")
}

/// A document per flow.
pub fn files(model: &Model, sources: &SourceMap) -> Result<Files, PathError> {
    let context = Context::new(model, sources);
    let flows: Vec<Id<Flow>> = model.flows.iter().map(|(id, _)| id).collect();
    let documents: Vec<(String, Vec<u8>)> = flows.par_iter().map(|id| document(&context, *id)).collect();
    let mut files = Files::new();
    for (path, document) in documents {
        files.insert(path, document)?;
    }
    Ok(files)
}

fn document(context: &Context<'_>, id: Id<Flow>) -> (String, Vec<u8>) {
    let plan = plan(context.model, id);
    let (flow, program) = (plan.flow, &plan.program);
    let path = path(&flow.name, flow.version);
    let mut definitions = scopes(program);
    let scopes = definitions.keys().map(|name| refer(name)).collect::<Vec<_>>();
    let (data, types) = data(context, flow);
    definitions.extend(machine());
    definitions.extend(types);
    let interrupts = sorted(program.interrupt_names());
    let document = json!({
        "$schema": DIALECT,
        "$id": path,
        "$comment": context.origin(&[flow.span]),
        "title": format!("The state of {}, version {}", flow.name, flow.version),
        "type": "object",
        "properties": {
            "version": { "const": flow.version },
            "key": { "type": "string" },
            "data": data,
            "left_out": list(&json!({ "type": "string" })),
            "scopes": list(&json!({ "anyOf": scopes })),
            "live": list(&refer("live")),
            "exceptions": list(&refer("exception")),
            "turn": refer("turn"),
            "log": refer("log")
        },
        "required": ["version", "key", "data", "scopes", "log"],
        "additionalProperties": false,
        "x-interrupts": interrupts,
        "$defs": definitions
    });
    (path, text(&document))
}

/// The working copy and what is kept, with the types that they are of.
fn data(context: &Context<'_>, flow: &Flow) -> (Value, Map<String, Value>) {
    let mut shapes = context.document(None).only(saved(context.model, flow));
    let object = shapes.value(&Type::Struct(flow.object));
    let kept = flow.keep.iter().map(|kept| (kept.name.clone(), list(&shapes.value(&Type::Struct(kept.element)))));
    let kept: Map<String, Value> = kept.collect();
    let mut properties = Map::new();
    properties.insert("originator".to_owned(), json!({ "type": "string" }));
    properties.insert("object".to_owned(), bare(object));
    if !kept.is_empty() {
        properties.insert("kept".to_owned(), closed(kept, Vec::new()));
    }
    let types = shapes.finish().into_iter().map(|(name, schema)| (name, bare(schema))).collect();
    (closed(properties, vec!["originator".into(), "object".into()]), types)
}

/// A scope per block, by what makes it: the flow, an `each`, a choice, an interrupt, an action.
fn scopes(program: &Program) -> Map<String, Value> {
    let mut all = Map::new();
    let mut add = |name: String, by: &[(&str, Value)], block: u16| {
        let steps = program.blocks.get(usize::from(block)).map(Vec::as_slice).unwrap_or_default();
        all.entry(name).or_insert_with(|| scope(by, steps));
    };
    add("steps".to_owned(), &[], 0);
    let constant = |text: &str| json!({ "const": text });
    for step in program.blocks.iter().flatten() {
        match &step.work {
            Work::Each(each) => {
                let by = [("each", constant(&step.name)), ("part", json!({ "type": "string" }))];
                add(format!("steps.{}", step.name), &by, each.block);
            }
            Work::Decide(decide) => {
                for (number, choice) in decide.choices.iter().enumerate() {
                    if let Some(block) = choice.deed.steps {
                        let by = tuple(&[constant(&step.name), json!({ "const": number })]);
                        add(format!("steps.{}.{}", step.name, number + 1), &[("choice", by)], block);
                    }
                }
            }
            _ => {}
        }
    }
    for (interrupt, name) in program.interrupts.iter().zip(program.interrupt_names()) {
        if let Some(block) = interrupt.deed.steps {
            add(format!("steps.{name}"), &[("interrupt", tuple(&[constant(&name), count()]))], block);
        }
    }
    for (exception, action) in program.actions() {
        if let Some(block) = action.deed.steps {
            let by = tuple(&[count(), constant(&exception.name), constant(&action.name)]);
            add(format!("steps.{}.{}", exception.name, action.name), &[("action", by)], block);
        }
    }
    all
}

fn scope(by: &[(&str, Value)], block: &[Step]) -> Value {
    let name = |position: &u16| block.get(usize::from(*position)).map(|step| step.name.as_ref());
    let steps = block.iter().map(|step| {
        let after: Vec<&str> = step.after.iter().filter_map(name).collect();
        let mut schema = json!({ "$ref": "#/$defs/step", "x-does": word(&step.work), "x-after": after });
        if let (Work::Await(wait), Some(map)) = (&step.work, schema.as_object_mut()) {
            map.insert("x-events".to_owned(), sorted(wait.branch_names()));
        }
        (step.name.to_string(), schema)
    });
    let mut required: Vec<Value> = by.iter().map(|(key, _)| Value::from(*key)).collect();
    let mut properties = Map::new();
    if !by.is_empty() {
        properties.insert("up".to_owned(), count());
        required.push("up".into());
    }
    properties.extend(by.iter().map(|(key, schema)| ((*key).to_owned(), schema.clone())));
    properties.insert("gone".to_owned(), flag());
    properties.insert("items".to_owned(), list(&json!({ "type": "string" })));
    properties.insert("ids".to_owned(), list(&refer("id")));
    properties.insert(
        "steps".to_owned(),
        closed(steps.collect(), block.iter().map(|step| step.name.as_ref().into()).collect()),
    );
    required.push("steps".into());
    closed(properties, required)
}

/// Names by which something is saved: their order means nothing.
fn sorted<'a>(names: impl Iterator<Item = Cow<'a, str>>) -> Value {
    names.map(Cow::into_owned).collect::<BTreeSet<String>>().into_iter().collect()
}

fn word(work: &Work) -> &'static str {
    match work {
        Work::Call { .. } => "call",
        Work::Publish(_) => "publish",
        Work::Await(_) => "await",
        Work::Wait(_) => "wait",
        Work::Decide(_) => "decide",
        Work::Each(_) => "each",
        Work::Raise(_) => "raise",
    }
}

/// What the machine keeps, whatever the flow: steps, what was ordered and has not come back, open exceptions, the log.
fn machine() -> Map<String, Value> {
    let text = || json!({ "type": "string" });
    let time = || json!({ "type": "integer" });
    let one_of = |words: &[&str]| json!({ "enum": words });
    let step = object(
        &[
            ("phase", one_of(&["pending", "running", "waiting", "done", "skipped", "failed", "undone"])),
            ("generation", count()),
            ("attempts", count()),
            ("entered", time()),
            ("doing", one_of(&["call", "redo", "undo"])),
            ("key", text()),
            ("request", refer("bytes")),
            ("instance", text()),
            ("reply", refer("message")),
            ("order", count()),
            ("repeat", flag()),
            ("lost", flag()),
            ("to_undo", flag()),
        ],
        &["phase"],
    );
    let by = json!({ "anyOf": [
        object(&[("branch", text())], &["branch"]),
        object(&[("interrupt", text())], &["interrupt"])
    ] });
    let receive = object(&[("message", refer("message")), ("failed", count())], &["message"]);
    let what = json!({ "anyOf": [
        one_of(&["call", "request", "deadline", "pause", "again"]),
        object(&[("receive", receive)], &["receive"]),
        object(&[("clock", count())], &["clock"])
    ] });
    let live = object(
        &[("epoch", count()), ("scope", count()), ("step", text()), ("by", by), ("what", what)],
        &["epoch", "scope", "step", "what"],
    );
    let exception = object(
        &[
            ("scope", count()),
            ("step", text()),
            ("id", count()),
            ("name", text()),
            ("since", time()),
            ("due", time()),
            ("team", text()),
            ("detail", text()),
            ("acting", flag()),
        ],
        &["scope", "step", "id", "name", "since", "due", "team", "detail"],
    );
    let turn = json!({ "anyOf": [
        one_of(&["undo", "undoing"]),
        object(&[("goto", object(&[("scope", count()), ("step", text())], &["scope", "step"]))], &["goto"])
    ] });
    let milestone = tuple(&[text(), json!({ "type": ["string", "null"] }), time()]);
    let log = object(
        &[
            ("epoch", count()),
            ("exceptions", count()),
            ("done", count()),
            ("milestones", list(&milestone)),
            ("handled", list(&tuple(&[time(), text()]))),
            ("finished", one_of(&["done", "undone"])),
        ],
        &["epoch", "exceptions", "done"],
    );
    let message = object(
        &[
            ("system", text()),
            ("instance", text()),
            ("name", text()),
            ("id", text()),
            ("order", text()),
            ("received_at", time()),
            ("payload", refer("bytes")),
        ],
        &["system", "name", "id", "received_at", "payload"],
    );
    let bytes = json!({ "anyOf": [text(), object(&[("base64", text())], &["base64"])] });
    let id = object(&[("system", text()), ("instance", text()), ("value", text())], &["system", "value"]);
    let all = [
        ("step", step),
        ("live", live),
        ("exception", exception),
        ("turn", turn),
        ("log", log),
        ("message", message),
        ("bytes", bytes),
        ("id", id),
    ];
    all.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn refer(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn count() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn flag() -> Value {
    json!({ "type": "boolean" })
}

fn list(of: &Value) -> Value {
    json!({ "type": "array", "items": of })
}

fn tuple(of: &[Value]) -> Value {
    json!({ "type": "array", "prefixItems": of, "items": false, "minItems": of.len() })
}

fn object(properties: &[(&str, Value)], required: &[&str]) -> Value {
    let properties = properties.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone()));
    closed(properties.collect(), required.iter().map(|name| Value::from(*name)).collect())
}

/// A schema without the words that stand in it.
fn bare(schema: Value) -> Value {
    let Value::Object(map) = schema else { return schema };
    let spoken = |key: &str| key == "description" || key.starts_with("x-");
    let bare = map.into_iter().filter(|(key, _)| !spoken(key)).map(|(key, value)| {
        let value = match (key.as_str(), value) {
            ("properties", Value::Object(all)) => all.into_iter().map(|(name, one)| (name, self::bare(one))).collect(),
            ("items" | "additionalProperties", one) => self::bare(one),
            ("anyOf" | "allOf" | "oneOf", Value::Array(all)) => all.into_iter().map(self::bare).collect(),
            (_, value) => value,
        };
        (key, value)
    });
    Value::Object(bare.collect())
}
