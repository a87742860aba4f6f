//! Calls: what operation and system declare, and what the step says.

use super::{Does, Lowering, Origin, millis};
use crate::expr::ir::Node;
use crate::model::{Call, CallStep, Effect, Idempotency, Operation, Retry, StepId, System};
use crossdock_runtime::flow::{CallSpec, Failing, Func, Idempotency as Key, Millis, Work};

/// The longest pause between attempts that is not declared.
const PAUSE: Millis = 30_000;

impl<'m> Lowering<'m> {
    pub(super) fn call(&mut self, within: Option<StepId>, step: &'m CallStep) -> Work {
        let key = step.idempotency.as_ref().map(|key| self.function(within, Does::Text(key)));
        let mut call = self.call_spec(within, &step.call, key);
        call.budget = step.budget_ms.map(millis);
        let redo = step.redo.as_ref().map(|redo| Box::new(self.call_spec(within, redo, key)));
        let undo = step.undo.as_ref().map(|undo| Box::new(self.call_spec(within, undo, None)));
        let write = self.model.operation(step.call.operation).is_some_and(|one| one.effect == Effect::Write);
        Work::Call { call: Box::new(call), redo, undo, write }
    }

    pub(super) fn call_spec(&mut self, within: Option<StepId>, call: &'m Call, key: Option<Func>) -> CallSpec {
        let model = self.model;
        let system = &model.systems[call.operation.system];
        let said = call.params.iter().map(|(_, value, _)| value).chain(&call.instance);
        let asks = said.into_iter().any(Node::looks_up) || call.send.as_ref().is_some_and(|send| self.looks_up(send));
        let keys = asks.then(|| self.function(within, Does::CallKeys(call)));
        let send = self.function(within, Does::Request(call));
        let operation = model.operation(call.operation);
        let name = operation.map_or_else(String::new, |operation| operation.name.clone());
        let mut spec = CallSpec::new(system.name.clone(), name, send);
        spec.keys = keys;
        spec.instance =
            call.instance.as_ref().map(|node| self.function(within, Does::Instance(call.operation.system, node)));
        spec.receive = self.receive(within, Origin::Answer(call.operation), call.receive.as_ref());
        if let Some(operation) = operation {
            spec.idempotency = idempotency(operation, key);
            (spec.attempts, spec.backoff, spec.backoff_max) = retry(system, operation, &spec);
            spec.timeout = operation.timeout_ms.or(system.timeout_ms).map_or(spec.timeout, millis);
        }
        spec
    }

    pub(super) fn failings(&mut self, within: Option<StepId>, call: &'m CallStep) -> Vec<Failing> {
        let failures = call.failures.iter();
        failures
            .map(|failure| Failing {
                name: failure.exception.name.clone().into(),
                deed: self.deed(within, &failure.action),
            })
            .collect()
    }
}

/// Under which key an operation is called: what reads, or repeats by its nature, may be repeated under any.
fn idempotency(operation: &Operation, key: Option<Func>) -> Key {
    match (&operation.idempotency, operation.effect, key) {
        (Idempotency::None, Effect::Write, _) => Key::None,
        (_, _, Some(key)) => Key::Key(key),
        (_, _, None) => Key::Step,
    }
}

/// Attempts, and the shortest and longest pause between them.
fn retry(system: &System, operation: &Operation, spec: &CallSpec) -> (u32, Millis, Millis) {
    let declared = |of: fn(&Retry) -> Option<(u64, u64)>| {
        operation.retry.as_ref().and_then(of).or_else(|| system.retry.as_ref().and_then(of))
    };
    let attempts = declared(|retry| retry.attempts.map(|attempts| (attempts, 0)));
    let attempts = attempts.map_or(spec.attempts, |(attempts, _)| u32::try_from(attempts).unwrap_or(u32::MAX));
    let (backoff, longest) = match declared(|retry| retry.backoff_ms) {
        Some((shortest, longest)) => (millis(shortest), millis(longest)),
        None => (spec.backoff, PAUSE),
    };
    (attempts, backoff, longest)
}
