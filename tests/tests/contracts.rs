//! The contracts that the reference specs generate: every JSON Schema is one by its own meta-schema, and what the specs
//! give as examples fits the schema of what it is an example of. (OpenAPI and AsyncAPI documents go through their own
//! validators: see `tests/lint-contracts`.)

use crossdock::coverage::document::Document;
use crossdock::emit::{contract, files::Files};
use crossdock::model::{Id, InputShape, Intent, Mapping, Model, Struct, StructKind};
use crossdock::source::Loader;
use crossdock::{resolve, syntax};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

struct Specs {
    loader: Loader,
    model: Model,
    files: Files,
}

fn specs() -> Specs {
    let loader = Loader::open(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../specs")).unwrap();
    let (specs, _) = syntax::parse(&loader);
    let model = resolve::resolve(&specs, &loader).model;
    let files = contract::files(&model, loader.sources()).unwrap();
    Specs { loader, model, files }
}

impl Specs {
    fn json(&self, path: &str) -> Value {
        let bytes = self.files.get(path).unwrap_or_else(|| panic!("`{path}` is not generated"));
        serde_json::from_slice(bytes).unwrap()
    }

    fn schema(&self, id: &str) -> jsonschema::Validator {
        let schema = self.json(&format!("contracts/json-schema/{id}.json"));
        jsonschema::options()
            .should_validate_formats(true)
            .build(&schema)
            .unwrap_or_else(|error| panic!("{id}: {error}"))
    }

    /// The schema of a record or object, without `.json`.
    fn id(&self, of: Id<Struct>) -> String {
        let of = &self.model.structs[of];
        match of.kind {
            StructKind::Record(system) => format!("{}/{}", self.model.systems[system].name, of.name),
            _ => of.name.clone(),
        }
    }

    fn read(&self, from: crossdock::source::Span, path: &str) -> Value {
        let bytes = self.loader.read_inside(from.file, path).unwrap_or_else(|error| panic!("{path}: {error:?}"));
        let document = Document::read(path, &bytes).unwrap_or_else(|_| panic!("`{path}` can't be read"));
        serde_json::from_str(&document.to_json()).unwrap()
    }

    /// Documents of a file as the schema of a struct has them: several, where an input or a file holds a list.
    fn documents(&self, of: Id<Struct>, list: bool, file: Value) -> Vec<Value> {
        let of = &self.model.structs[of];
        let around = |inner: Value| of.root.iter().rev().fold(inner, |inner, key| json!({ key: inner }));
        match file {
            // Where many stand in a document, the bare list is read as well.
            Value::Array(items) if of.many => vec![around(Value::Array(items))],
            Value::Array(items) if list || of.root.is_empty() => items,
            other => vec![other],
        }
    }

    fn target(mapping: &Mapping) -> Id<Struct> {
        mapping.target.as_struct().or_else(|| mapping.target.element()?.as_struct()).unwrap()
    }
}

fn check(problems: &mut Vec<String>, schema: &jsonschema::Validator, what: &str, document: &Value) {
    problems
        .extend(schema.iter_errors(document).map(|error| format!("{what} at `{}`: {error}", error.instance_path())));
}

fn none(problems: &[String]) {
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn every_schema_is_a_schema() {
    let specs = specs();
    let mut problems = Vec::new();
    let mut ids = BTreeSet::new();
    for (path, _) in specs.files.iter().filter(|(path, _)| path.starts_with("contracts/json-schema/")) {
        let schema = specs.json(path);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(format!("contracts/json-schema/{}", schema["$id"].as_str().unwrap()), path);
        assert!(ids.insert(schema["$id"].to_string()), "{path} has the id of another");
        if let Err(error) = jsonschema::draft202012::meta::validate(&schema) {
            problems.push(format!("{path}: {error}"));
        }
        if let Err(error) = jsonschema::draft202012::new(&schema) {
            problems.push(format!("{path} does not compile: {error}"));
        }
    }
    none(&problems);
    assert!(!ids.is_empty());
}

#[test]
fn the_schema_of_every_state_is_a_schema() {
    let Specs { loader, model, .. } = specs();
    let files = contract::state::files(&model, loader.sources()).unwrap();
    assert_eq!(files.len(), model.flows.len());
    for (path, bytes) in files.iter() {
        let schema: Value = serde_json::from_slice(bytes).unwrap();
        assert_eq!(schema["$id"], path);
        jsonschema::draft202012::meta::validate(&schema).unwrap_or_else(|error| panic!("{path}: {error}"));
        jsonschema::draft202012::new(&schema).unwrap_or_else(|error| panic!("{path} does not compile: {error}"));
    }
}

#[test]
fn fixtures_fit_the_schemas_of_their_records() {
    let specs = specs();
    let mut problems = Vec::new();
    let mut count = 0;
    for mapping in specs.model.mappings.rows() {
        for test in &mapping.tests {
            // Such a test is about a document that is not what its record declares.
            if test.raises.as_ref().is_some_and(|(name, _)| name == "decode_failed") {
                continue;
            }
            for given in &test.inputs {
                let input = &mapping.inputs[usize::from(given.input)];
                let file = specs.read(given.span, &given.path);
                let schema = specs.schema(&specs.id(input.of));
                for document in specs.documents(input.of, input.shape == InputShape::List, file) {
                    check(&mut problems, &schema, &given.path, &document);
                    count += 1;
                }
            }
        }
    }
    none(&problems);
    assert!(count > 20, "only {count} documents were looked at");
}

#[test]
fn expected_results_fit_the_schemas_of_their_targets() {
    let specs = specs();
    let mut problems = Vec::new();
    let mut count = 0;
    for mapping in specs.model.mappings.rows().iter().filter(|mapping| mapping.intent != Intent::Value) {
        let target = Specs::target(mapping);
        let id = match (mapping.intent, mapping.system) {
            (Intent::Update, Some(system)) => {
                format!("{}.patch.{}", specs.id(target), specs.model.systems[system].name)
            }
            _ => specs.id(target),
        };
        for (path, span) in mapping.tests.iter().filter_map(|test| test.expect.as_ref()) {
            let schema = specs.schema(&id);
            for document in specs.documents(target, true, specs.read(*span, path)) {
                check(&mut problems, &schema, &format!("{} in {path}", mapping.name), &document);
                count += 1;
            }
        }
    }
    none(&problems);
    assert!(count > 20, "only {count} documents were looked at");
}

#[test]
fn what_does_not_fit_is_refused() {
    let specs = specs();
    let schema = specs.schema("Order");
    let order = specs
        .read(specs.model.mappings[specs.model.mappings_by_name["shopify_order"]].span, "../fixtures/order-bare.yaml");
    assert!(schema.is_valid(&order));
    let refused = |path: &str, value: Value| {
        let mut changed = order.clone();
        *changed.pointer_mut(path).unwrap() = value;
        assert!(!schema.is_valid(&changed), "{path}");
    };
    refused("/total/amount", json!(80.0));
    refused("/total/amount", json!("1e2"));
    refused("/total/currency", json!("usd"));
    refused("/channel", json!("NOWHERE"));
    refused("/status", json!("lost"));
    refused("/placed_at", json!("2025-03-05T06:01:00"));
    refused("/lines/0/sku", json!("x".repeat(41)));
    refused("/sold_to", json!({ "system": "nobody", "id": "1" }));
    let mut more = order.clone();
    more["surprise"] = json!(1);
    assert!(!schema.is_valid(&more), "an undeclared field");
}

/// Every field that a schema requires, as pointers to the object that holds it and its name, found by walking a document.
fn required_in(schema: &Value, root: &Value, document: &Value, at: &str, found: &mut Vec<(String, String)>) {
    let schema = match schema["$ref"].as_str() {
        Some("#") => root,
        Some(path) => root.pointer(path.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    let names = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    found.extend(names.filter(|name| document.get(name).is_some()).map(|name| (at.to_owned(), name.to_owned())));
    for (name, part) in document.as_object().into_iter().flatten() {
        required_in(&schema["properties"][name], root, part, &format!("{at}/{name}"), found);
    }
    if let Some(first) = document.as_array().and_then(|items| items.first()) {
        required_in(&schema["items"], root, first, &format!("{at}/0"), found);
    }
}

#[test]
fn what_is_required_can_t_be_left_out() {
    let specs = specs();
    let mut count = 0;
    for mapping in specs.model.mappings.rows().iter().filter(|mapping| mapping.intent == Intent::Create) {
        let target = Specs::target(mapping);
        let id = specs.id(target);
        let text = specs.json(&format!("contracts/json-schema/{id}.json"));
        let schema = specs.schema(&id);
        let Some((path, span)) = mapping.tests.iter().find_map(|test| test.expect.as_ref()) else { continue };
        for document in specs.documents(target, true, specs.read(*span, path)).iter().take(1) {
            let of = &specs.model.structs[target];
            let mut found = Vec::new();
            required_in(&text, &text, document, "", &mut found);
            for (_, field) in of.key.iter().filter_map(|key| of.field(*key)).map(|field| (0, field)) {
                assert!(found.contains(&(String::new(), field.name.clone())), "{id} does not require its key");
            }
            for (at, name) in found {
                let mut without = document.clone();
                without.pointer_mut(&at).unwrap().as_object_mut().unwrap().remove(&name);
                assert!(!schema.is_valid(&without), "{path} without `{at}/{name}`");
                count += 1;
            }
        }
    }
    assert!(count > 50, "only {count} fields were left out");
}

#[test]
fn what_the_model_requires_the_schema_requires() {
    let specs = specs();
    for (id, of) in
        specs.model.structs.iter().filter(|(_, of)| matches!(of.kind, StructKind::Object | StructKind::Value))
    {
        let schema = specs.json(&format!("contracts/json-schema/{}.json", specs.id(id)));
        let said: BTreeSet<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let plain = of.fields.iter().filter(|field| field.role != crossdock::model::FieldRole::Ids);
        let meant = plain.filter(|field| !field.ty.is_optional()).map(|field| field.name.as_str()).collect();
        assert_eq!(said, meant, "{}", of.name);
    }
}

#[cfg(unix)]
#[test]
fn a_template_that_is_a_link_out_of_the_workspace_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (specs, secret) = (folder.path().join("specs"), folder.path().join("secret.md"));
    std::fs::create_dir_all(specs.join("pack")).unwrap();
    std::fs::write(&secret, "secret").unwrap();
    std::os::unix::fs::symlink(&secret, specs.join("pack/linked.md")).unwrap();
    std::fs::write(specs.join("pack/include.md"), "{% include 'linked.md' %}").unwrap();
    let manifest = |template: &str| format!("files:\n  - {{ template: {template}, each: once, path: out.md }}\n");
    std::fs::write(specs.join("crossdock.yaml"), "crossdock: 1\nname: shop\nversion: 1.0.0\ntemplates: [pack]\n")
        .unwrap();
    let today = crossdock_runtime::time::parse_date("2026-06-01").unwrap();
    for template in ["linked.md", "include.md"] {
        std::fs::write(specs.join("pack/manifest.yaml"), manifest(template)).unwrap();
        let checked = crossdock::pipeline::check(&specs, today).unwrap();
        let found: Vec<&str> = checked.diagnostics.iter().map(|finding| finding.message.as_str()).collect();
        assert_eq!(found, ["`pack/linked.md` is a link that leaves the workspace"], "{template}");
        assert!(checked.sound().is_none());
    }
}
