//! Problem details of an API (RFC 9457): which statuses an operation may answer with, and the names of the exceptions
//! that they mean.
//!
//! Which status an exception answers with follows from its class and from where it arises; see [`status`].

use super::api::Offer;
use super::content;
use crate::emit::contract::shape::{Named, Shapes};
use crate::emit::contract::{put, raises, words};
use crate::model::{ApiOperation, Auth, ExceptionClass, Idempotency, Model, ParamPlace};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const PROBLEM: &str = "application/problem+json";

/// By status.
#[derive(Default)]
pub(super) struct Problems(BTreeMap<u16, Problem>);

/// What one status means.
#[derive(Default)]
struct Problem {
    /// The exceptions that answer with it.
    names: BTreeSet<String>,
    /// What may be the matter, where the status does not say it.
    because: Vec<&'static str>,
}

impl Problems {
    /// Of every operation of an API.
    pub(super) fn common(offer: Offer<'_>) -> Self {
        let mut problems = Problems::default();
        if offer.api.auth.as_ref().is_some_and(|auth| *auth != Auth::None) {
            problems.may(401);
        }
        if offer.api.rate.is_some() {
            problems.may(429);
        }
        problems
    }

    /// Of one operation.
    pub(super) fn of(offer: Offer<'_>, operation: &ApiOperation) -> Self {
        let model = offer.model;
        let mut problems = Self::common(offer);
        let named = !words::names_in(&operation.path).is_empty() || !operation.params.is_empty();
        if named || operation.request.is_some() {
            problems.unreadable();
        }
        if matches!(operation.idempotency, Some(Idempotency::Header { .. })) {
            problems.because(409, "the idempotency key was used for another request");
        }
        if offer.started(operation).is_some() {
            problems.because(409, "there is one with this key, which another request made");
        }
        if operation.shows.is_some() {
            problems.because(404, "there is none with this key");
        }
        if let Some(called) = offer.called(operation) {
            problems.may(502);
            problems.may(504);
            let asks = called.params.iter().any(|param| param.place == ParamPlace::Path);
            for (exception, condition, _) in &called.raises {
                let missing = asks && condition.iter().flat_map(raises::statuses).any(|status| status == "404");
                problems.raised(if missing { 404 } else { status(model, exception) }, exception);
            }
        }
        for exception in
            operation.receive.into_iter().flat_map(|mapping| crate::lower::raises::of_mapping(model, mapping))
        {
            problems.raised(status(model, &exception), &exception);
        }
        for invariant in operation.request.iter().flat_map(|object| &model.structs[*object].invariants) {
            problems.raised(status(model, &invariant.raise), &invariant.raise);
        }
        problems
    }

    /// What was sent may not be understood.
    pub(super) fn unreadable(&mut self) {
        self.raised(400, "decode_failed");
    }

    /// Something that the status does not say may be the matter.
    pub(super) fn because(&mut self, status: u16, why: &'static str) {
        self.0.entry(status).or_default().because.push(why);
    }

    fn may(&mut self, status: u16) {
        self.0.entry(status).or_default();
    }

    fn raised(&mut self, status: u16, exception: &str) {
        self.0.entry(status).or_default().names.insert(exception.to_owned());
    }

    /// The responses, by status.
    pub(super) fn responses(self, shapes: &mut Shapes<'_>) -> Map<String, Value> {
        self.0.into_iter().map(|(status, problem)| (status.to_string(), problem.response(shapes, status))).collect()
    }
}

impl Problem {
    fn response(&self, shapes: &mut Shapes<'_>, status: u16) -> Value {
        let details = shapes.refer(Named::Problem);
        let schema = if self.names.is_empty() {
            details
        } else {
            json!({ "allOf": [details, { "type": "object", "properties": { "exception": { "enum": self.names } } }] })
        };
        let description = match self.because.as_slice() {
            [] => words::reason(status).to_owned(),
            because => words::heading(&because.join(", or ")),
        };
        let mut map = Map::new();
        put(&mut map, "description", Some(description));
        if matches!(status, 429 | 503) {
            let header =
                json!({ "description": "Seconds to wait before asking again.", "schema": { "type": "integer" } });
            map.insert("headers".to_owned(), json!({ "Retry-After": header }));
        }
        map.insert("content".to_owned(), content(PROBLEM, &schema));
        map.into()
    }
}

/// The status that an exception answers with: what is transient may be asked again (503); what a business rule refuses
/// may not (422); all else is the fault of a system behind the API (502).
fn status(model: &Model, exception: &str) -> u16 {
    let known = model.exceptions_by_name.get(exception).map(|id| &model.exceptions[*id]);
    match known.and_then(|known| known.class) {
        Some(ExceptionClass::Business) => 422,
        Some(ExceptionClass::Transient) => 503,
        Some(ExceptionClass::Defect) | None => 502,
    }
}
