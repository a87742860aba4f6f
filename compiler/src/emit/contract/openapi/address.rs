//! What stands at one address of a system. Several of its operations may share method and path, told apart by the query
//! or the body; OpenAPI has one place for them. They are joined so that nothing is lost: what they differ in becomes
//! alternatives, and notes say whose each is. Absent on purpose: whole documents.

use super::content;
use super::operation::{either, form, merge, parameters, split_query};
use crate::emit::contract::security::Schemes;
use crate::emit::contract::shape::{Shapes, Way};
use crate::emit::contract::{about, put, raises, words};
use crate::model::{HttpMethod, Model, Operation, System, Transport};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const JSON: &str = "application/json";

/// Operations that share method and address.
pub(super) struct Address<'m> {
    pub(super) method: HttpMethod,
    /// As the first of them spells it, without a query.
    pub(super) path: &'m str,
    /// Each with the path as it spells it.
    operations: Vec<(&'m str, &'m Operation)>,
}

/// All addresses of a system, in order of declaration.
pub(super) fn addresses(system: &System) -> Vec<Address<'_>> {
    let mut addresses: Vec<Address<'_>> = Vec::new();
    let mut spellings: BTreeMap<String, &str> = BTreeMap::new();
    let mut positions: BTreeMap<(String, &str), usize> = BTreeMap::new();
    for operation in &system.operations {
        let Some(Transport::Http(method, own)) = &operation.transport else { continue };
        let (path, _) = split_query(own);
        // Two templates of one form may not stand in one document: the first spelling holds.
        let form = form(path);
        let path = *spellings.entry(form.clone()).or_insert(path);
        let position = *positions.entry((form, method.word())).or_insert(addresses.len());
        match addresses.get_mut(position) {
            Some(address) => address.operations.push((own, operation)),
            None => addresses.push(Address { method: *method, path, operations: vec![(own, operation)] }),
        }
    }
    addresses
}

/// What stands at an address.
pub(super) fn operation(
    model: &Model,
    shapes: &mut Shapes<'_>,
    schemes: &mut Schemes<'_>,
    system: &System,
    address: &Address<'_>,
) -> Value {
    let name = address.operations.iter().map(|(_, operation)| operation.name.as_str()).collect::<Vec<_>>().join("_or_");
    let all = joined_parameters(shapes, address);
    let mut out = Map::new();
    put(&mut out, "operationId", Some(name.as_str()));
    put(&mut out, "summary", Some(words::heading(&name)));
    put(&mut out, "description", description(address));
    out.insert("tags".to_owned(), json!([system.name]));
    put(&mut out, "security", security(schemes, system, address));
    put(&mut out, "parameters", (!all.is_empty()).then_some(all));
    put(&mut out, "requestBody", request(shapes, address));
    out.insert("responses".to_owned(), responses(model, shapes, address));
    let about: Vec<Value> = address
        .operations
        .iter()
        .map(|(own, operation)| extension(shapes, schemes, system, address, own, operation))
        .collect();
    out.insert(
        "x-crossdock".to_owned(),
        match about.as_slice() {
            [only] => only.clone(),
            _ => about.into(),
        },
    );
    out.into()
}

/// One operation's own words; of several, each one's behind its name.
fn description(address: &Address<'_>) -> Option<String> {
    if let [(_, only)] = address.operations.as_slice() {
        return only.description.clone();
    }
    let each = address.operations.iter().map(|(_, operation)| match &operation.description {
        Some(words) => format!("`{}`: {words}", operation.name),
        None => format!("`{}`", operation.name),
    });
    Some(each.collect::<Vec<_>>().join("\n\n"))
}

/// The parameters of all; a note says which operations need one that not all do.
fn joined_parameters(shapes: &mut Shapes<'_>, address: &Address<'_>) -> Vec<Value> {
    let mut each = address.operations.iter().map(|(own, operation)| {
        let these = parameters(shapes, own, address.path, &operation.params, Some(&operation.idempotency));
        (operation.name.as_str(), these)
    });
    match (each.next(), address.operations.len()) {
        (Some((_, only)), 1) => only,
        (first, _) => merge(first.into_iter().chain(each)),
    }
}

/// The ways to authenticate, where they are not the document's: any one that an operation takes, as it says itself or
/// as the system does.
fn security(schemes: &mut Schemes<'_>, system: &System, address: &Address<'_>) -> Option<Value> {
    if address.operations.iter().all(|(_, operation)| operation.auth.is_none()) {
        return None;
    }
    let ways = address.operations.iter().map(|(_, operation)| operation.auth.as_ref().or(system.auth.as_ref()));
    Some(schemes.any_of(ways))
}

/// What is sent: what one of them takes.
fn request(shapes: &mut Shapes<'_>, address: &Address<'_>) -> Option<Value> {
    let taking = || address.operations.iter().filter_map(|(_, operation)| Some((operation, operation.request?)));
    let schema = taking().map(|(_, record)| shapes.document(record, Way::Out)).reduce(either)?;
    let mut body = Map::new();
    let note = address.only(&taking().map(|(operation, _)| operation.name.as_str()).collect::<Vec<_>>());
    put(&mut body, "description", note.clone());
    body.insert("required".to_owned(), note.is_none().into());
    body.insert("content".to_owned(), content(JSON, &schema));
    Some(body.into())
}

impl Address<'_> {
    /// A note that something is of some of the operations; none where it is of all.
    fn only(&self, of: &[&str]) -> Option<String> {
        (of.len() < self.operations.len()).then(|| format!("Only of {}.", words::names(of)))
    }
}

/// What one status means: whose it is, schemas of its body and whose they are, and exceptions raised on it.
#[derive(Default)]
struct Response<'m> {
    of: Vec<&'m str>,
    schema: Option<Value>,
    bodies: Vec<&'m str>,
    /// By exception, the operations that raise it.
    raises: Vec<(&'m str, Vec<&'m str>)>,
}

impl<'m> Response<'m> {
    fn of(&mut self, operation: &'m Operation) -> &mut Self {
        add(&mut self.of, &operation.name);
        self
    }

    fn with(&mut self, operation: &'m Operation, schema: Value) {
        add(&mut self.bodies, &operation.name);
        self.schema = Some(match self.schema.take() {
            Some(known) => either(known, schema),
            None => schema,
        });
    }

    fn raises(&mut self, operation: &'m Operation, exception: &'m str) {
        match self.raises.iter_mut().find(|(known, _)| *known == exception) {
            Some((_, by)) => add(by, &operation.name),
            None => self.raises.push((exception, vec![&operation.name])),
        }
    }
}

fn add<'m>(names: &mut Vec<&'m str>, name: &'m str) {
    if !names.contains(&name) {
        names.push(name);
    }
}

fn responses(model: &Model, shapes: &mut Shapes<'_>, address: &Address<'_>) -> Value {
    let mut by_status: BTreeMap<String, Response<'_>> = BTreeMap::new();
    for (_, operation) in &address.operations {
        for status in successes(address.method, operation) {
            let response = by_status.entry(status.to_string()).or_default().of(operation);
            // These statuses have no body.
            if let Some(record) = operation.response.filter(|_| status != 204 && status != 205) {
                response.with(operation, shapes.document(record, Way::In));
            }
        }
        for (status, record) in &operation.errors {
            let schema = shapes.document(*record, Way::In);
            by_status.entry(status.to_string()).or_default().of(operation).with(operation, schema);
        }
        for (exception, condition, _) in &operation.raises {
            for status in condition.iter().flat_map(raises::statuses) {
                by_status.entry(status).or_default().of(operation).raises(operation, exception);
            }
        }
    }
    // There is always a way to be refused; a reader should not have to wonder.
    if !by_status.keys().any(|status| status.starts_with('4')) {
        by_status.entry("4XX".to_owned()).or_default();
    }
    let all = by_status.into_iter().map(|(status, response)| described(model, address, status, response));
    all.collect::<Map<_, _>>().into()
}

fn described(model: &Model, address: &Address<'_>, status: String, response: Response<'_>) -> (String, Value) {
    let reason = match status.parse() {
        Ok(status) => words::reason(status),
        Err(_) if status.starts_with('4') => "Refused",
        Err(_) => "Failed",
    };
    let mut said = vec![reason.to_owned()];
    let whole = response.of.is_empty() || response.of.len() == address.operations.len();
    if !whole {
        said.extend(address.only(&response.of));
    }
    if !response.bodies.is_empty() && response.bodies.len() < response.of.len() {
        said.push(format!("The body is of {} only.", words::names(&response.bodies)));
    }
    for (exception, by) in &response.raises {
        let known = model.exceptions_by_name.get(*exception).map(|id| &model.exceptions[*id]);
        let what = known.and_then(|known| known.description.as_deref()).unwrap_or_default();
        let dots = if what.is_empty() { "" } else { ": " };
        let of = if address.operations.len() == 1 { String::new() } else { format!(" (of {})", words::names(by)) };
        said.push(format!("Raises `{exception}`{of}{dots}{what}"));
    }
    let mut map = Map::new();
    put(&mut map, "description", Some(said.join("\n\n")));
    put(&mut map, "content", response.schema.map(|schema| content(JSON, &schema)));
    let raises: Vec<&str> = response.raises.iter().map(|(exception, _)| *exception).collect();
    put(&mut map, "x-raises", (!raises.is_empty()).then_some(raises));
    (status, map.into())
}

/// The statuses of success, said or usual.
fn successes(method: HttpMethod, operation: &Operation) -> Vec<u16> {
    match (operation.success.as_slice(), method, operation.response) {
        ([], HttpMethod::Post, Some(_)) => vec![201],
        ([], ..) => vec![200],
        (said, ..) => said.to_vec(),
    }
}

/// What OpenAPI has no word for; of operations that share an address, also what is each one's own.
fn extension(
    shapes: &mut Shapes<'_>,
    schemes: &mut Schemes<'_>,
    system: &System,
    address: &Address<'_>,
    own: &str,
    operation: &Operation,
) -> Value {
    let mut map = Map::new();
    put(&mut map, "operation", Some(operation.name.as_str()));
    if address.operations.len() > 1 {
        put(&mut map, "path", Some(own));
        let auth = address.operations.iter().any(|(_, operation)| operation.auth.is_some());
        put(&mut map, "security", auth.then(|| schemes.require(operation.auth.as_ref().or(system.auth.as_ref()))));
        put(&mut map, "request", operation.request.map(|record| shapes.document(record, Way::Out)));
        put(&mut map, "success", Some(successes(address.method, operation)));
        put(&mut map, "response", operation.response.map(|record| shapes.document(record, Way::In)));
    }
    about::operation(&mut map, system, operation);
    map.into()
}
