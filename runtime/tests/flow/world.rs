//! The systems that the order flow talks to, as they are declared and no better.

use crossdock_runtime::flow::driver::{Instance, Systems};
use crossdock_runtime::flow::{Bytes, Call, Message, Millis, Outcome, Publish};
use crossdock_runtime::{Answers, Failure, Keys, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

/// What happens to the next call of an operation.
#[derive(Debug, Clone)]
pub enum Fault {
    /// It is refused under a name; nothing is done.
    Refuse(&'static str),
    /// It is done, and nobody hears of it.
    DoneAndLost,
    /// It is not done, and nobody hears of that.
    Lost,
    /// It is done, and this is answered.
    Answer(&'static str),
}

#[derive(Debug, Default)]
pub struct Records {
    /// What operations did, by operation and idempotency key; a system that knows the key does nothing twice.
    pub effects: BTreeMap<(String, String), u32>,
    /// Every call that arrived, in order: operation, key, attempt.
    pub calls: Vec<(String, String, u32)>,
    /// The effects in order.
    pub order: Vec<String>,
    pub published: Vec<(String, String)>,
    pub faults: BTreeMap<String, VecDeque<Fault>>,
    pub lookup_fails: u32,
}

#[derive(Debug, Default)]
pub struct World(Mutex<Records>);

impl World {
    pub fn records(&self) -> MutexGuard<'_, Records> {
        self.0.lock().unwrap()
    }

    pub fn fault(&self, operation: &str, fault: Fault) {
        self.records().faults.entry(operation.to_owned()).or_default().push_back(fault);
    }

    pub fn effects(&self, operation: &str) -> u32 {
        self.records().effects.iter().filter(|((of, _), _)| of == operation).map(|(_, count)| count).sum()
    }

    pub fn keys(&self, operation: &str) -> Vec<String> {
        self.records().calls.iter().filter(|(of, ..)| of == operation).map(|(_, key, _)| key.clone()).collect()
    }
}

impl Systems for World {
    fn call(&self, _: &Instance, call: &Call) -> Outcome {
        let operation = format!("{}.{}", call.system, call.operation);
        let mut records = self.records();
        records.calls.push((operation.clone(), call.key.to_string(), call.attempt));
        let fault = records.faults.get_mut(&operation).and_then(VecDeque::pop_front);
        match fault {
            Some(Fault::Refuse(name)) => return Outcome::Refused { name: name.into(), detail: "no".into() },
            Some(Fault::Lost) => return Outcome::Lost { name: "timeout".into(), detail: "no answer".into() },
            _ => {}
        }
        let count = records.effects.entry((operation.clone(), call.key.to_string())).or_default();
        if *count == 0 || !call.repeatable {
            *count += 1;
            records.order.push(format!("{operation} {}", call.key));
        }
        if let Some(Fault::DoneAndLost) = fault {
            return Outcome::Lost { name: "timeout".into(), detail: "no answer".into() };
        }
        if let Some(Fault::Answer(answer)) = fault {
            return Outcome::Answered(answer.as_bytes().into());
        }
        let answer = match operation.as_str() {
            "erp.create_order" => json!({ "erp": format!("E-{}", call.key) }),
            "wms.create_order" => json!({ "wms": format!("W-{}", call.key) }),
            _ => json!({}),
        };
        Outcome::Answered(Bytes::from(answer.to_string()))
    }

    fn look_up(&self, _: &Instance, keys: &Keys) -> Result<Answers> {
        let mut records = self.records();
        if records.lookup_fails > 0 {
            records.lookup_fails -= 1;
            return Err(Failure::new("lookup_failed", "no answer"));
        }
        let mut answers = Answers::new();
        for (lookup, key) in keys.iter() {
            match lookup {
                "order" if key.starts_with('?') => answers.missing(lookup, key),
                "order" => answers.found(lookup, key, order(key, &[("1", "north", 1)]).to_string()),
                _ => answers.found(lookup, key, "a customer"),
            }
        }
        Ok(answers)
    }

    fn publish(&self, _: &Instance, publish: &Publish) -> Result<()> {
        let payload = String::from_utf8_lossy(publish.payload.as_slice()).into_owned();
        self.records().published.push((publish.id.to_string(), payload));
        Ok(())
    }
}

/// An order of lines: id, warehouse, quantity.
pub fn order(id: &str, lines: &[(&str, &str, u32)]) -> Value {
    let line = |(id, warehouse, ordered): &(&str, &str, u32)| json!({ "id": id, "warehouse": warehouse, "ordered": ordered, "shipped": 0 });
    json!({ "id": id, "order": id, "lines": lines.iter().map(line).collect::<Vec<_>>() })
}

pub fn message(name: &str, id: &str, at: Millis, payload: &Value) -> Message {
    Message {
        system: name.split('.').next().unwrap().into(),
        instance: None,
        name: name.into(),
        id: id.into(),
        order: None,
        received_at: at,
        payload: payload.to_string().into(),
    }
}
