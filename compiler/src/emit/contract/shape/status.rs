//! Where an instance of a flow is, as an API shows it: the state of its object, the milestones with their times, and
//! the open exceptions with who must act, until when, and what can be done.

use super::canonical::closed;
use super::{Named, Shapes, scalar};
use crate::emit::contract::{extend, put};
use crate::model::{Flow, Id, Type};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

impl Shapes<'_> {
    /// The status of a flow's instances.
    pub(super) fn status(&mut self, flow: Id<Flow>) -> Value {
        let model = self.model;
        let flow = &model.flows[flow];
        let object = &model.structs[flow.object];
        let mut properties = Map::new();
        let mut required = vec!["flow", "version", "key"];
        properties.insert("flow".to_owned(), json!({ "const": flow.name }));
        let version = json!({ "description": "The version of the flow.", "type": "integer", "minimum": 1 });
        properties.insert("version".to_owned(), version);
        let key = format!("What tells this `{}` from others in the flow.", object.name);
        properties.insert("key".to_owned(), json!({ "description": key, "type": "string" }));
        if let Some(lifecycle) = &object.lifecycle {
            properties.insert("state".to_owned(), self.refer(Named::Codes(lifecycle.codes)));
            required.push("state");
        }
        let ended = "How it ended, once it did: all was done, or what was done is undone.";
        properties.insert("ended".to_owned(), json!({ "description": ended, "enum": ["done", "undone"] }));
        properties.insert("milestones".to_owned(), milestones(flow));
        properties.insert("exceptions".to_owned(), exceptions(flow));
        required.extend(["milestones", "exceptions"]);
        let mut schema = Map::new();
        put(&mut schema, "description", Some(format!("Where one `{}` is in the flow `{}`.", object.name, flow.name)));
        let required = required.into_iter().map(Value::from).collect();
        extend(&mut schema, closed(properties, required));
        schema.into()
    }
}

fn instant(description: &str) -> Value {
    let mut schema = Map::new();
    put(&mut schema, "description", Some(description));
    extend(&mut schema, scalar::scalar(&Type::Timestamp).unwrap_or_default());
    schema.into()
}

fn text(description: &str) -> Value {
    json!({ "description": description, "type": "string" })
}

/// One of some names; any text where there are none.
fn one_of(description: &str, names: &[&str]) -> Value {
    let mut schema = text(description);
    if let (Some(map), false) = (schema.as_object_mut(), names.is_empty()) {
        map.insert("enum".to_owned(), names.into());
    }
    schema
}

fn object<const N: usize>(properties: [(&str, Value); N], required: &[&str]) -> Value {
    let properties = properties.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    closed(properties, required.iter().map(|name| Value::from(*name)).collect())
}

fn milestones(flow: &Flow) -> Value {
    let mut seen = BTreeSet::new();
    let names = flow.steps.iter().filter_map(|step| step.milestone.as_ref()).map(|milestone| milestone.name.as_str());
    let names: Vec<&str> = names.filter(|name| seen.insert(*name)).collect();
    let one = object(
        [
            ("name", one_of("What was reached.", &names)),
            ("part", text("The part that reached it, where there are several.")),
            ("at", instant("When.")),
        ],
        &["name", "at"],
    );
    json!({ "description": "What was reached, in order.", "type": "array", "items": one })
}

fn exceptions(flow: &Flow) -> Value {
    let href = json!({
        "description": "Where it is asked for, with who acts.",
        "type": "string",
        "format": "uri-reference"
    });
    let action = object([("name", one_of("What it is called.", &flow.actions())), ("href", href)], &["name", "href"]);
    let actions = json!({ "description": "What can be done about it.", "type": "array", "items": action });
    let acting = json!({ "description": "Whether steps of an action are under way.", "type": "boolean" });
    let number = json!({ "description": "Its number in this instance.", "type": "integer", "minimum": 1 });
    let one = object(
        [
            ("number", number),
            ("name", text("The exception.")),
            ("step", text("The step that it holds.")),
            ("part", text("The part that it holds, where there are several.")),
            ("since", instant("When it was raised.")),
            ("due", instant("Until when the team must act.")),
            ("team", text("Who must act now.")),
            ("detail", text("What is known.")),
            ("acting", acting),
            ("actions", actions),
        ],
        &["number", "name", "since", "due", "team", "detail", "actions"],
    );
    let by_name: Map<String, Value> = flow
        .handlers
        .iter()
        .map(|handler| {
            let actions = handler.actions.iter().map(|(name, ..)| Value::from(name.as_str()));
            (handler.exception.name.clone(), actions.collect())
        })
        .collect();
    let mut schema = Map::new();
    put(&mut schema, "description", Some("What holds it up and waits for somebody."));
    put(&mut schema, "type", Some("array"));
    schema.insert("items".to_owned(), one);
    put(&mut schema, "x-actions", (!by_name.is_empty()).then_some(by_name));
    schema.into()
}
