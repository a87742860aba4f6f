//! A script's view of a driver, and the drivers that every script runs on.

use crate::order::{HOUR, machine};
use crate::world::{World, message, order};
use crossdock_runtime::flow::driver::memory::Memory;
use crossdock_runtime::flow::driver::{Accepted, DeadLetter, Flows, Hosted, Instance, Order, Rehearsal, Seen, Store};
use crossdock_runtime::flow::{Ending, Fate, Millis, Raised, State, What};
use serde_json::{Value, json};

pub const T0: Millis = 1_800_000_000_000;

pub struct Stage<S> {
    pub rehearsal: Option<Rehearsal<S>>,
    pub world: World,
    serial: u32,
}

pub fn flows() -> Flows {
    let flow: Box<dyn Hosted> = Box::new(machine());
    Flows::from([flow])
}

pub fn instance(key: &str) -> Instance {
    Instance { flow: "order_to_cash".into(), key: key.into() }
}

impl<S: Store> Stage<S> {
    pub fn new(store: S) -> Self {
        let rehearsal = Rehearsal::new(flows(), store, T0).unwrap();
        Self { rehearsal: Some(rehearsal), world: World::default(), serial: 0 }
    }

    pub fn r(&mut self) -> &mut Rehearsal<S> {
        self.rehearsal.as_mut().unwrap()
    }

    /// The process stops and starts again.
    pub fn restart(&mut self) {
        self.restart_with(flows());
    }

    pub fn restart_with(&mut self, flows: Flows) {
        let rehearsal = self.rehearsal.take().unwrap();
        let now = rehearsal.now();
        self.rehearsal = Some(Rehearsal::new(flows, rehearsal.stop(), now).unwrap());
    }

    /// A message with an id of its own.
    pub fn send(&mut self, name: &str, payload: &Value) -> Accepted {
        self.serial += 1;
        let id = format!("m{}", self.serial);
        self.send_as(name, &id, payload)
    }

    pub fn send_as(&mut self, name: &str, id: &str, payload: &Value) -> Accepted {
        let now = self.r().now();
        self.r().accept(&message(name, id, now, payload)).unwrap()
    }

    /// An order of one line in a warehouse each, one piece.
    pub fn place(&mut self, id: &str, warehouses: &[&str]) {
        let names: Vec<String> = (1..=warehouses.len()).map(|number| number.to_string()).collect();
        let lines: Vec<(&str, &str, u32)> =
            names.iter().zip(warehouses).map(|(name, warehouse)| (name.as_str(), *warehouse, 1)).collect();
        assert_eq!(self.send("shop.order_created", &order(id, &lines)), Accepted::Taken);
    }

    pub fn shipped(&mut self, id: &str, warehouse: &str, line: &str, quantity: u32) -> Accepted {
        let shipment = format!("s-{id}-{warehouse}-{line}-{quantity}");
        let wms = format!("W-{id}/{warehouse}");
        self.send("wms.order_shipped", &json!({ "wms": wms, "line": line, "quantity": quantity, "shipment": shipment }))
    }

    /// Lets a span pass.
    pub fn pass(&mut self, span: Millis) {
        let Self { rehearsal, world, .. } = self;
        let rehearsal = rehearsal.as_mut().unwrap();
        rehearsal.run_until(rehearsal.now() + span, world).unwrap();
    }

    pub fn seen(&mut self, key: &str) -> Seen {
        self.r().seen(&instance(key)).unwrap()
    }

    pub fn state(&mut self, key: &str) -> State<crate::order::Order> {
        machine().load(self.seen(key).state.unwrap().as_bytes()).unwrap().0
    }

    pub fn status(&mut self, key: &str) -> String {
        self.state(key).data().status.clone()
    }

    pub fn finished(&mut self, key: &str) -> Option<Ending> {
        self.state(key).finished()
    }

    pub fn raised(&mut self) -> Vec<Raised> {
        self.r().raised().unwrap().into_iter().map(|(_, raised)| raised).collect()
    }

    /// The names of the exceptions that are open.
    pub fn open(&mut self) -> Vec<String> {
        self.raised().into_iter().map(|raised| raised.name.to_string()).collect()
    }

    pub fn act(&mut self, key: &str, exception: &str, action: &str) -> Fate {
        let raised = self.raised().into_iter().find(|raised| raised.name == exception).unwrap();
        self.r().act(&instance(key), raised.exception, action, "ann").unwrap()
    }

    pub fn letters(&mut self) -> Vec<DeadLetter> {
        self.r().letters().unwrap()
    }

    pub fn milestones(&mut self, key: &str) -> Vec<String> {
        self.seen(key).milestones.into_iter().map(|(name, ..)| name).collect()
    }

    /// The audit, one line each.
    pub fn audit(&mut self, key: &str, what: What) -> Vec<String> {
        let entries = self.seen(key).audit.into_iter().filter(|entry| entry.what == what);
        entries
            .map(|entry| {
                let part = entry.part.map(|part| format!("[{part}]")).unwrap_or_default();
                let from = entry.from.map(|from| format!(" {from}")).unwrap_or_default();
                let to = entry.to.map(|to| format!(" -> {to}")).unwrap_or_default();
                format!("{}{part}{from}{to} by {:?}", entry.subject, entry.by)
            })
            .collect()
    }

    /// What is not done yet, timers left out.
    pub fn outbox(&mut self) -> usize {
        self.r().jobs().unwrap().into_iter().filter(|job| !matches!(job.order, Order::Timer { .. })).count()
    }
}

/// What must be the same on every driver after a script.
#[derive(Debug, PartialEq)]
pub struct Result {
    seen: Vec<Seen>,
    letters: Vec<String>,
    raised: Vec<(Instance, Raised)>,
    calls: Vec<(String, String, u32)>,
    published: Vec<(String, String)>,
}

pub fn result<S: Store>(mut stage: Stage<S>) -> Result {
    stage.pass(HOUR);
    let letters = stage.letters();
    let shown = |letter: &DeadLetter| format!("{} {:?} {:?}", letter.flow, letter.key, letter.letter);
    let calls = stage.world.records().calls.clone();
    let published = stage.world.records().published.clone();
    Result {
        seen: ["1", "2"].iter().map(|key| stage.seen(key)).collect(),
        letters: letters.iter().map(shown).collect(),
        raised: stage.r().raised().unwrap(),
        calls,
        published,
    }
}

pub fn memory() -> Stage<Memory> {
    Stage::new(Memory::new())
}
