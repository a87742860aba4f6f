//! Transitions per second: of the machine alone on one core, and of the SQLite driver with full durability.
//!
//! `cargo bench -p crossdock-runtime --features sqlite --bench flow`
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::cast_precision_loss, missing_docs)]

use crossdock_runtime::flow::driver::sqlite::{Options, Sqlite};
use crossdock_runtime::flow::driver::{Flows, Hosted, Instance, Limit, Systems};
use crossdock_runtime::flow::{
    At, Begun, Call, CallSpec, Change, Class, Command, Exception, Func, Functions, Input, Machine, Message, Outcome,
    PartSpec, Program, Publish, Receive, Received, Start, Started, Step, Work,
};
use crossdock_runtime::{Answers, Keys, Result};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

const STEPS: u16 = 8;
const IN_FLIGHT: u32 = 64;

#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Order {
    id: String,
    received: u64,
}

#[derive(Debug)]
struct Bench;

impl Functions for Bench {
    type Data = Order;
    fn start_keys(&self, _: Func, _: &Message, _: &Answers) -> Result<Keys> {
        Ok(Keys::new())
    }
    fn start(&self, _: Func, message: &Message, _: &Answers) -> Result<Started<Order>> {
        let id = message.id.to_string();
        Ok(Started { key: id.clone(), data: Order { id, received: 0 }, received: Received::default() })
    }
    fn correlate(&self, _: Func, _: &Message) -> Result<Option<String>> {
        Ok(None)
    }
    fn test(&self, _: Func, _: &Order, _: &At<'_>) -> Result<bool> {
        Ok(true)
    }
    fn text(&self, _: Func, data: &Order, _: &At<'_>) -> Result<String> {
        Ok(data.id.clone())
    }
    fn parts(&self, _: Func, _: &Order, _: &At<'_>) -> Result<Vec<PartSpec>> {
        Ok(Vec::new())
    }
    fn keys(&self, _: Func, _: &Order, _: &At<'_>) -> Result<Keys> {
        Ok(Keys::new())
    }
    fn request(&self, _: Func, data: &Order, _: &At<'_>) -> Result<Vec<u8>> {
        Ok(data.id.clone().into_bytes())
    }
    fn receive(&self, _: Func, data: &mut Order, _: &At<'_>) -> Result<Received> {
        data.received += 1;
        Ok(Received::default())
    }
    fn set(&self, _: Func, _: &mut Order, _: &At<'_>) -> Result<Vec<Change>> {
        Ok(Vec::new())
    }
    fn derive(&self, _: &mut Order) -> Result<Received> {
        Ok(Received::default())
    }
}

/// Eight calls, one after the other, each with a milestone.
fn machine() -> Machine<Bench> {
    const NAMES: [&str; STEPS as usize] = ["a", "b", "c", "d", "e", "f", "g", "last"];
    let mut program = Program::new("bench", 1, Exception::new("other", Class::Defect, "team", 1_000));
    program.starts = vec![Start { event: "shop.order".into(), keys: None, receive: Func(0) }];
    program.blocks = vec![
        (0..)
            .zip(NAMES)
            .map(|(position, name)| Step {
                milestone: Some(name.into()),
                ..Step::new(
                    name,
                    position,
                    Work::Call {
                        call: Box::new(CallSpec {
                            receive: Some(Receive { keys: None, map: Func(0) }),
                            ..CallSpec::new("erp", name, Func(0))
                        }),
                        redo: None,
                        undo: None,
                        write: true,
                    },
                )
            })
            .collect(),
    ];
    Machine::new(program, Bench).unwrap()
}

fn message(id: u64) -> Message {
    let id = id.to_string().into();
    let name = "shop.order".into();
    Message { system: "shop".into(), instance: None, name, id, received_at: 0, payload: "{}".into() }
}

fn in_memory() {
    let machine = machine();
    let orders = 200_000_u64;
    let begun = Instant::now();
    let mut out = Vec::new();
    let mut transitions = 0_u64;
    for id in 0..orders {
        let message = message(id);
        let Some(Begun::Ready(mut state)) = machine.begin(0, &message, None).unwrap() else { panic!() };
        let mut input = Input::Start(message);
        while state.finished().is_none() {
            out.clear();
            machine.handle(&mut state, input, 0, &mut out);
            transitions += 1;
            let epoch = out.iter().find_map(|one| if let Command::Call(call) = one { Some(call.epoch) } else { None });
            input = Input::Reply { epoch: epoch.unwrap_or_default(), outcome: Outcome::Answered("{}".into()) };
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    println!("machine: {:.0} transitions/s on one core", transitions as f64 / seconds);
}

#[derive(Default)]
struct Ends {
    running: Mutex<u32>,
    changed: Condvar,
}

impl Systems for Ends {
    fn call(&self, _: &Instance, call: &Call) -> Outcome {
        if call.operation == "last" {
            *self.running.lock().unwrap() -= 1;
            self.changed.notify_one();
        }
        Outcome::Answered("{}".into())
    }
    fn look_up(&self, _: &Instance, _: &Keys) -> Result<Answers> {
        Ok(Answers::new())
    }
    fn publish(&self, _: &Instance, _: &Publish) -> Result<()> {
        Ok(())
    }
}

fn on_sqlite() {
    let folder = std::env::temp_dir().join(format!("crossdock-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let flow: Box<dyn Hosted> = Box::new(machine());
    let ends = Arc::new(Ends::default());
    let mut options = Options::default();
    options.limits.insert("erp".to_owned(), Limit { concurrency: IN_FLIGHT, ..Limit::default() });
    let driver = Sqlite::open(&folder.join("flows.db"), Flows::from([flow]), Arc::clone(&ends) as _, &options).unwrap();
    let orders = 8_000_u64;
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let (driver, ends) = (&driver, &ends);
            scope.spawn(move || {
                for number in 0..orders / 8 {
                    let running = ends.running.lock().unwrap();
                    let mut running = ends.changed.wait_while(running, |running| *running >= IN_FLIGHT).unwrap();
                    *running += 1;
                    drop(running);
                    driver.accept(message(thread * orders + number)).unwrap();
                }
            });
        }
    });
    drop(ends.changed.wait_while(ends.running.lock().unwrap(), |running| *running > 0).unwrap());
    let seconds = begun.elapsed().as_secs_f64();
    let transitions = orders * u64::from(STEPS + 1);
    println!("SQLite: {:.0} transitions/s, fully durable, {IN_FLIGHT} orders in flight", transitions as f64 / seconds);
    drop(driver);
    std::fs::remove_dir_all(folder).unwrap();
}

fn main() {
    in_memory();
    on_sqlite();
}
