//! Operations as traits: what a client implements, with what the specs say of each as constants.

use crate::emit::rust::layout::tokens;
use crate::emit::rust::names;
use crate::emit::rust::print::{Printer, literal};
use crate::emit::rust::types::RustTypes;
use crate::model::{Effect, Idempotency, Model, Operation, ParamPlace, System, Transport, Type};

/// `operations.rs` of a system.
pub fn file(model: &Model, types: &RustTypes<'_>, system: &System, out: &mut Printer) {
    for operation in &system.operations {
        out.blank();
        one(model, types, system, operation, out);
    }
}

fn one(model: &Model, types: &RustTypes<'_>, system: &System, operation: &Operation, out: &mut Printer) {
    let name = names::type_name(&operation.name);
    let params: Vec<_> = operation.params.iter().collect();
    if !params.is_empty() {
        out.doc(&format!("What `{}.{}` is called with.", system.name, operation.name));
        out.line("#[derive(Debug, Clone, PartialEq)]");
        out.open(&format!("pub struct {name}Params {{"));
        for param in &params {
            out.doc(&format!("`{}`, in the {}.", param.name, place(param.place)));
            out.field(&names::field(&param.name).to_string(), &tokens(&types.stored(&param.ty)));
        }
        out.close("}");
        out.blank();
    }
    let title = operation.description.clone().unwrap_or_else(|| format!("Calls `{}.{}`.", system.name, operation.name));
    out.doc(&title);
    out.doc("");
    out.doc(&format!("{}\n\n{}", transport(operation), promises(operation)));
    out.open(&format!("pub trait {name} {{"));
    out.doc("What a call that did not succeed gives.");
    out.line("type Error;");
    constants(operation, out);
    out.blank();
    out.doc(&title);
    out.doc("\n# Errors\n\nWhatever the client says of transport, status and body.");
    let mut arguments = vec!["&self".to_owned()];
    if !params.is_empty() {
        arguments.push(format!("params: &{name}Params"));
    }
    if let Some(request) = operation.request {
        arguments.push(format!("request: &{}", tokens(&types.stored(&Type::Struct(request)))));
    }
    if let Idempotency::Header { .. } = operation.idempotency {
        arguments.push("idempotency_key: &str".to_owned());
    }
    let response = operation.response.map_or_else(|| "()".to_owned(), |id| tokens(&types.stored(&Type::Struct(id))));
    let method = names::function(&operation.name).to_string();
    let result = format!("impl Future<Output = Result<{response}, Self::Error>> + Send");
    out.declaration(&format!("fn {method}({}) -> {result};", arguments.join(", ")));
    out.close("}");
    let _ = model;
}

fn constants(operation: &Operation, out: &mut Printer) {
    if let Some(Transport::Http(method, path)) = &operation.transport {
        out.doc("The HTTP method.");
        out.line(&format!("const METHOD: &'static str = {};", literal(&method.word().to_ascii_uppercase())));
        out.doc("The path; parameters stand in braces.");
        out.constant("const PATH: &'static str", &literal(path));
        let success = success(operation);
        let list: Vec<String> = success.iter().map(ToString::to_string).collect();
        out.doc("Statuses of success.");
        out.line(&format!("const SUCCESS: &'static [u16] = &[{}];", list.join(", ")));
    }
    if let Idempotency::Header { name, .. } = &operation.idempotency {
        out.doc("The header that carries the idempotency key.");
        out.line(&format!("const IDEMPOTENCY_HEADER: &'static str = {};", literal(name)));
    }
}

/// Statuses of success: as declared, else 200, or 201 and 204 where nothing or something new is answered.
pub fn success(operation: &Operation) -> Vec<u16> {
    if operation.success.is_empty() {
        if operation.response.is_none() { vec![200, 201, 202, 204] } else { vec![200, 201] }
    } else {
        operation.success.clone()
    }
}

fn place(place: ParamPlace) -> &'static str {
    match place {
        ParamPlace::Path => "path",
        ParamPlace::Query => "query",
        ParamPlace::Header => "header",
    }
}

fn transport(operation: &Operation) -> String {
    match &operation.transport {
        Some(Transport::Http(method, path)) => format!("`{} {path}`.", method.word().to_ascii_uppercase()),
        Some(Transport::File(path)) => format!("A file in `{path}`."),
        Some(Transport::Queue(queue)) => format!("The queue `{queue}`."),
        Some(Transport::Adapter(adapter)) => format!("The adapter `{adapter}`."),
        _ => String::new(),
    }
}

fn promises(operation: &Operation) -> String {
    let effect = match operation.effect {
        Effect::Read => "It reads.",
        Effect::Write => "It writes.",
    };
    let repeats = match (&operation.effect, &operation.idempotency) {
        (Effect::Read, _) => String::new(),
        (_, Idempotency::Header { name, retention }) => {
            let kept = retention.map_or_else(String::new, |s| format!(", remembered for {s} s"));
            format!(" A repeat is told by the key in `{name}`{kept}.")
        }
        (_, Idempotency::Natural) => " A repeat changes nothing.".to_owned(),
        (_, Idempotency::None) => " A repeat is a second effect.".to_owned(),
    };
    let undo = operation.undo.as_ref().map_or_else(String::new, |(name, _)| format!(" `{name}` undoes it."));
    format!("{effect}{repeats}{undo}")
}
