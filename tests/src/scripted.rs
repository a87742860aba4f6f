//! Scripts of flows: what happens to an instance, step by step, under a clock that only the script moves, and what is to
//! be seen of it afterwards as text. It knows nothing of how a flow was made or where it is stored: the same script must
//! give the same text for an evaluated and a generated flow, on every driver.
//!
//! A script is a JSON object:
//! - `answers`: by operation, what is answered to call after call, the last one again and again; `{"refuse": NAME}`,
//!   `{"lose": "done"}` and `{"lose": "not done"}` are no answers; `{{key}}` stands for the call's key,
//! - `lookups`: by name, what is found under any key,
//! - `steps`: `{"arrive": "SYSTEM CHANNEL", "headers": …, "payload": …}` or, in the place of the payload, `"text"`,
//!   `{"send": EVENT, "id": ID, "payload": …}`, `{"pass": "2h"}`, `{"act": EXCEPTION, "action": NAME}`,
//!   `{"replay": true}`, `{"restart": true}`.

use crossdock_runtime::flow::driver::{DeadLetter, Flows, Instance, Order, Receipt, Systems};
use crossdock_runtime::flow::{Arrival, Call, Message, Millis, Outcome, Publish};
use crossdock_runtime::{Answers, Failure, Keys, Result};
use crossdock_test_drivers::Driver;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard};

/// When scripts begin: 2026-01-05, a Monday.
pub const T0: Millis = 1_767_600_000_000;

/// The systems of a script.
pub struct World {
    answers: BTreeMap<String, Vec<Value>>,
    lookups: BTreeMap<String, Value>,
    told: Mutex<Told>,
}

#[derive(Default)]
struct Told {
    text: String,
    /// How often each operation was called.
    calls: BTreeMap<String, usize>,
}

impl World {
    /// The systems, as a script says what they answer.
    pub fn new(script: &Value) -> Self {
        let table = |key: &str| script[key].as_object().cloned().unwrap_or_default().into_iter();
        let list = |value: Value| match value {
            Value::Array(all) => all,
            one => vec![one],
        };
        World {
            answers: table("answers").map(|(operation, answers)| (operation, list(answers))).collect(),
            lookups: table("lookups").collect(),
            told: Mutex::default(),
        }
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap()
    }

    fn tell(&self, line: &str) {
        let mut told = self.told();
        told.text.push_str(line);
        told.text.push('\n');
    }
}

impl Systems for World {
    fn call(&self, _: &Instance, call: &Call) -> Outcome {
        let operation = format!("{}.{}", call.system, call.operation);
        let number = {
            let mut told = self.told();
            let calls = told.calls.entry(operation.clone()).or_default();
            *calls += 1;
            *calls - 1
        };
        let answers = self.answers.get(&operation).map(Vec::as_slice).unwrap_or_default();
        let answer = answers.get(number).or(answers.last()).cloned().unwrap_or_default();
        let part = call.part.as_deref().map(|part| format!("[{part}]")).unwrap_or_default();
        let instance = call.instance.as_deref().map(|name| format!("[{name}]")).unwrap_or_default();
        let request = String::from_utf8_lossy(call.request.as_slice()).into_owned();
        let undo = if call.undo { " undoes" } else { "" };
        let (step, key, attempt) = (&call.step, &call.key, call.attempt);
        let mut line = format!("  {step}{part}{undo} calls {operation}{instance} {request} under {key}");
        if attempt > 1 {
            write!(line, ", attempt {attempt}").unwrap();
        }
        let outcome = if let Some(name) = answer["refuse"].as_str() {
            write!(line, ": refused, {name}").unwrap();
            Outcome::Refused { name: name.into(), detail: "no".into() }
        } else if let Some(how) = answer["lose"].as_str() {
            write!(line, ": no answer, {how}").unwrap();
            Outcome::Lost { name: "timeout".into(), detail: "no answer".into() }
        } else {
            let text = answer.to_string().replace("{{key}}", key);
            Outcome::Answered(text.into_bytes().into())
        };
        self.tell(&line);
        outcome
    }

    fn look_up(&self, _: &Instance, keys: &Keys) -> Result<Answers> {
        let mut answers = Answers::new();
        for (name, key) in keys.iter() {
            self.tell(&format!("  {name} is looked up under {key}"));
            match self.lookups.get(name) {
                Some(Value::Null) => answers.missing(name, key),
                Some(found) => answers.found(name, key, found.to_string()),
                None => return Err(Failure::new("lookup_missing", format!("the script finds no {name}"))),
            }
        }
        Ok(answers)
    }

    fn publish(&self, _: &Instance, publish: &Publish) -> Result<()> {
        let payload = String::from_utf8_lossy(publish.payload.as_slice()).into_owned();
        self.tell(&format!("  {} is published for {}: {payload}", publish.event, publish.key));
        Ok(())
    }
}

/// Plays a script, and tells what happened and what is to be seen. Panics where the script makes no sense.
pub fn play(on: &mut dyn Driver, flows: &Flows, world: &World, script: &Value) -> String {
    for step in script["steps"].as_array().unwrap() {
        let now = on.now();
        if let Some(event) = step["send"].as_str() {
            let message = message(event, step, now);
            let accepted = on.accept(&message);
            world.tell(&format!("{event} {} arrives: {accepted:?}", message.id));
        } else if let Some(channel) = step["arrive"].as_str() {
            for Receipt { name, id, became } in on.receive(&arrival(channel, step, now)) {
                world.tell(&format!("{name} {id} arrives: {became:?}"));
            }
        } else if let Some(span) = step["pass"].as_str() {
            world.tell(&format!("{span} pass"));
            on.run_until(now + millis(span));
        } else if let Some(exception) = step["act"].as_str() {
            let action = step["action"].as_str().unwrap();
            let raised = on.raised();
            let found = raised.iter().find(|(_, raised)| raised.name == exception);
            let (instance, raised) = found.unwrap_or_else(|| panic!("{exception} is not open"));
            let fate = on.act(instance, raised.exception, action, "ann");
            world.tell(&format!("ann does {action} about {exception}: {fate:?}"));
        } else if step["replay"] == true {
            for letter in letters(on) {
                let accepted = on.replay(&letter);
                world.tell(&format!("{} is replayed: {accepted:?}", letter.letter.message.id));
            }
        } else if step["restart"] == true {
            on.restart_with(flows.clone());
            world.tell("the process stops and starts again");
        } else {
            panic!("not a step: {step}");
        }
    }
    let seen = seen(on, flows, script);
    let told = std::mem::take(&mut world.told().text);
    told + &seen
}

/// The same as text, without the order of what happened between two steps of the script: what calls nothing of another
/// does may come before or after it.
pub fn unordered(told: &str) -> String {
    let mut lines: Vec<&str> = told.lines().collect();
    let end = lines.iter().position(|line| line.is_empty()).unwrap_or(lines.len());
    for between in lines[..end].chunk_by_mut(|one, other| one.starts_with(' ') && other.starts_with(' ')) {
        between.sort_unstable();
    }
    lines.join("\n")
}

/// The dead letters, by their messages: of those of one time, none is the first.
fn letters(on: &mut dyn Driver) -> Vec<DeadLetter> {
    let mut letters = on.letters();
    letters.sort_by(|one, other| one.letter.message.id.cmp(&other.letter.message.id));
    letters
}

/// What arrives at a channel, such as `shop webhook /orders`: a payload, or text that need not be one.
fn arrival(channel: &str, step: &Value, now: Millis) -> Arrival {
    let (system, channel) = channel.split_once(' ').unwrap();
    let headers = step["headers"].as_object().into_iter().flatten();
    let text = step["text"].as_str().map_or_else(|| step["payload"].to_string(), ToOwned::to_owned);
    Arrival {
        system: system.into(),
        instance: step["instance"].as_str().map(Into::into),
        channel: channel.into(),
        headers: headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect(),
        received_at: now,
        payload: text.into_bytes().into(),
    }
}

fn message(event: &str, step: &Value, now: Millis) -> Message {
    let system = event.split('.').next().unwrap_or_default();
    Message {
        system: system.into(),
        instance: step["instance"].as_str().map(Into::into),
        name: event.into(),
        id: step["id"].as_str().unwrap_or("m").into(),
        order: None,
        received_at: now,
        payload: step["payload"].to_string().into_bytes().into(),
    }
}

fn seen(driver: &mut dyn Driver, flows: &Flows, script: &Value) -> String {
    let mut out = String::new();
    let after = |at: Millis| format!("+{}s", (at - T0) / 1000);
    let keys = script["instances"].as_array().cloned().unwrap_or_default();
    for key in keys.iter().filter_map(Value::as_str) {
        for flow in flows.iter() {
            let instance = Instance { flow: flow.program().name.as_ref().into(), key: key.into() };
            let seen = driver.seen(&instance);
            let Some(state) = seen.state else { continue };
            writeln!(out, "\n{} {key}", instance.flow).unwrap();
            let state: Value = serde_json::from_str(&state).unwrap();
            writeln!(out, "data {:#}", state["data"]).unwrap();
            for scope in state["scopes"].as_array().into_iter().flatten() {
                let part = scope["part"].as_str().map(|part| format!("[{part}]")).unwrap_or_default();
                for (name, step) in scope["steps"].as_object().into_iter().flatten() {
                    writeln!(out, "step {name}{part} {}", step["phase"].as_str().unwrap_or_default()).unwrap();
                }
                for id in scope["ids"].as_array().into_iter().flatten() {
                    writeln!(out, "id{part} {} {}", id["system"], id["value"]).unwrap();
                }
            }
            for (name, part, at) in &seen.milestones {
                let part = part.as_deref().map(|part| format!("[{part}]")).unwrap_or_default();
                writeln!(out, "milestone {name}{part} {}", after(*at)).unwrap();
            }
            for entry in &seen.audit {
                let part = entry.part.as_deref().map(|part| format!("[{part}]")).unwrap_or_default();
                let from = entry.from.as_deref().map(|from| format!(" from {from}")).unwrap_or_default();
                let to = entry.to.as_deref().map(|to| format!(" to {to}")).unwrap_or_default();
                let (what, subject, by) = (entry.what, &entry.subject, &entry.by);
                writeln!(out, "audit {} {what:?} {subject}{part}{from}{to} by {by:?}", after(entry.at)).unwrap();
            }
            writeln!(out, "finished {}", state["log"]["finished"]).unwrap();
        }
    }
    for (instance, raised) in driver.raised() {
        let (name, step, team) = (&raised.name, &raised.step, &raised.team);
        let part = raised.part.as_deref().map(|part| format!("[{part}]")).unwrap_or_default();
        let actions = raised.actions.join(", ");
        writeln!(out, "open {} {name} at {step}{part} for {team}: {} ({actions})", instance.key, raised.detail)
            .unwrap();
    }
    for letter in letters(driver) {
        let letter = letter.letter;
        let (name, id, team) = (&letter.message.name, &letter.message.id, &letter.team);
        writeln!(out, "letter {name} {id} {} for {team}: {}", letter.name, letter.detail).unwrap();
    }
    for job in driver.jobs() {
        if !matches!(job.order, Order::Timer { .. }) {
            writeln!(out, "left to do {:?}", job.order).unwrap();
        }
    }
    out
}

/// A span such as `2h`.
fn millis(span: &str) -> Millis {
    let digits = span.find(|c: char| !c.is_ascii_digit()).unwrap_or(span.len());
    let (count, unit) = span.split_at(digits);
    let factor = match unit {
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        other => panic!("not a unit of time: {other}"),
    };
    count.parse::<Millis>().unwrap() * factor
}
