//! What contracts say of systems and operations under `x-crossdock`, for which the formats have no words.

use super::{put, words};
use crate::model::{Effect, Event, Idempotency, Operation, Retry, System, WriteMode};
use serde_json::{Map, Value, json};

/// Role, team, region and limits of a system.
pub(super) fn system(system: &System) -> Option<Value> {
    let mut limits = Map::new();
    put(&mut limits, "rate", system.limits.rate_milli.map(words::rate));
    put(&mut limits, "burst", system.limits.burst);
    put(&mut limits, "concurrency", system.limits.concurrency);
    let mut about = Map::new();
    put(&mut about, "role", Some(system.role.as_str()).filter(|role| !role.is_empty()));
    put(&mut about, "team", system.team.clone());
    put(&mut about, "region", system.region.clone());
    put(&mut about, "limits", (!limits.is_empty()).then_some(limits));
    (!about.is_empty()).then(|| about.into())
}

/// What calls of an operation mean, and how they are repeated.
pub(super) fn operation(map: &mut Map<String, Value>, system: &System, operation: &Operation) {
    let write = operation.effect == Effect::Write;
    put(map, "effect", Some(if write { "write" } else { "read" }));
    put(map, "idempotency", write.then(|| idempotency(&operation.idempotency)));
    put(map, "undo", operation.undo.as_ref().map(|(name, _)| name.as_str()));
    put(
        map,
        "mode",
        write.then_some(match operation.mode {
            WriteMode::Merge => "merge",
            WriteMode::Replace => "replace",
        }),
    );
    let raises: Vec<Value> = operation.raises.iter().map(|(name, ..)| name.as_str().into()).collect();
    put(map, "raises", (!raises.is_empty()).then_some(raises));
    put(map, "retry", operation.retry.or(system.retry).map(retry));
    put(map, "timeout", operation.timeout_ms.or(system.timeout_ms).map(words::duration));
    if let Some(page) = &operation.page {
        let page = json!({ "items": page.items, "next": page.next, "into": page.into });
        map.insert("page".to_owned(), page);
    }
}

/// How often it is tried, and how long is waited in between.
pub(super) fn retry(retry: Retry) -> Value {
    let mut map = Map::new();
    put(&mut map, "attempts", retry.attempts);
    let backoff =
        retry.backoff_ms.map(|(first, most)| format!("{}..{}", words::duration(first), words::duration(most)));
    put(&mut map, "backoff", backoff);
    map.into()
}

/// How repeats are told from new requests.
pub(super) fn idempotency(idempotency: &Idempotency) -> Value {
    match idempotency {
        Idempotency::Header { name, retention } => {
            let mut map = Map::new();
            put(&mut map, "header", Some(name.as_str()));
            put(&mut map, "retention", retention.map(words::seconds));
            map.into()
        }
        Idempotency::Natural => "natural".into(),
        Idempotency::None => "none".into(),
    }
}

/// What an event is called where a system's operations have names of their own.
pub(super) fn event_id(system: &System, event: &Event) -> String {
    let taken = system.operations.iter().any(|operation| operation.name == event.name);
    if taken { format!("on_{}", event.name) } else { event.name.clone() }
}
