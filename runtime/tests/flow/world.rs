//! The systems that the order flow talks to, as they are declared and no better.

use crossdock_runtime::flow::driver::{Instance, Systems};
use crossdock_runtime::flow::{Bytes, Call, Message, Millis, Outcome, Publish};
use crossdock_runtime::{Answers, Failure, Keys, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

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
        received_at: at,
        payload: payload.to_string().into(),
    }
}

pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} did not come about");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A warehouse that does not answer, beside an erp that does; and how many calls were under way at once.
#[derive(Default)]
pub struct SlowWarehouse {
    pub world: World,
    now: AtomicU32,
    pub most: AtomicU32,
    pub times: Mutex<Vec<Instant>>,
}

impl Systems for SlowWarehouse {
    fn call(&self, instance: &Instance, call: &Call) -> Outcome {
        if call.system == "wms" {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(300));
            self.now.fetch_sub(1, Ordering::SeqCst);
        } else if call.operation == "create_order" {
            self.times.lock().unwrap().push(Instant::now());
        }
        self.world.call(instance, call)
    }

    fn look_up(&self, instance: &Instance, keys: &Keys) -> Result<Answers> {
        self.world.look_up(instance, keys)
    }

    fn publish(&self, instance: &Instance, publish: &Publish) -> Result<()> {
        self.world.publish(instance, publish)
    }
}

pub fn note(folder: &Path, file: &str, line: &str) {
    use std::io::Write;
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(folder.join(file)).unwrap();
    file.write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Systems whose effects outlive the process.
pub struct Noted {
    pub folder: PathBuf,
    pub world: World,
}

impl Systems for Noted {
    fn call(&self, instance: &Instance, call: &Call) -> Outcome {
        note(&self.folder, "effects", &format!("{} {} {}", instance.key, call.operation, call.key));
        self.world.call(instance, call)
    }

    fn look_up(&self, instance: &Instance, keys: &Keys) -> Result<Answers> {
        self.world.look_up(instance, keys)
    }

    fn publish(&self, _: &Instance, _: &Publish) -> Result<()> {
        Ok(())
    }
}

/// The lines that were noted in a file.
pub fn lines(folder: &Path, file: &str) -> Vec<String> {
    std::fs::read_to_string(folder.join(file)).unwrap_or_default().lines().map(ToOwned::to_owned).collect()
}

/// Whatever was done twice was done under the same key; what has no key was done once.
pub fn effects_keep_their_keys(folder: &Path) {
    let mut keys = BTreeMap::new();
    for line in lines(folder, "effects") {
        let [key, operation, idempotency] = line.split(' ').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let known = keys.entry((key.to_owned(), operation.to_owned())).or_insert_with(|| idempotency.to_owned());
        if operation != "create_order" {
            assert_eq!(known, idempotency);
        }
        if operation == "post_invoice" {
            *keys.entry((key.to_owned(), "invoices".to_owned())).or_default() += "I";
        }
    }
    let twice: Vec<_> = keys.iter().filter(|((_, what), count)| what == "invoices" && *count != "I").collect();
    assert!(twice.is_empty(), "made twice without a key: {twice:?}");
}
