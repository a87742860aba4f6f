//! Transitions per second: of the machine alone on one core, and of the SQLite driver with full durability.
//!
//! `cargo bench -p crossdock-runtime --features sqlite --bench flow`
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::cast_precision_loss, missing_docs)]

mod eight_calls;

use crossdock_runtime::flow::driver::sqlite::{Options, Sqlite};
use crossdock_runtime::flow::driver::{Flows, Hosted, Instance, Limit, Systems};
use crossdock_runtime::flow::{Begun, Call, Command, Input, Outcome, Publish};
use crossdock_runtime::{Answers, Keys, Result};
use eight_calls::{STEPS, machine, message};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Instant;

const IN_FLIGHT: u32 = 64;

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
