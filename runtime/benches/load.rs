//! What the SQLite driver holds in memory: with 100,000 orders open, and with a backlog of 50,000 messages that drains.
//!
//! `cargo bench -p crossdock-runtime --features sqlite --bench load`; numbers after it change how many: `-- 10000 5000`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout, missing_docs)]

#[allow(dead_code)]
mod eight_calls;

use crossdock_runtime::flow::driver::sqlite::{Options, Sqlite};
use crossdock_runtime::flow::driver::{Flows, Hosted, Instance, Limit, Systems};
use crossdock_runtime::flow::{Call, Machine, Outcome, Publish, Work};
use crossdock_runtime::{Answers, Keys, Result};
use eight_calls::{Bench, message, program};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};

const DAY: i64 = 24 * 3_600_000;
/// The call after which orders wait.
const WAITS: usize = 4;

/// Systems that answer at once while they are up, and not at all while they are down.
#[derive(Default)]
struct Gate {
    state: Mutex<(bool, u64)>,
    changed: Condvar,
}

impl Gate {
    fn open(&self) {
        self.state.lock().unwrap().0 = true;
        self.changed.notify_all();
    }

    fn wait_for(&self, calls: u64) {
        drop(self.changed.wait_while(self.state.lock().unwrap(), |(_, done)| *done < calls).unwrap());
    }
}

impl Systems for Gate {
    fn call(&self, _: &Instance, call: &Call) -> Outcome {
        let mut state = self.changed.wait_while(self.state.lock().unwrap(), |(up, _)| !*up).unwrap();
        if call.operation == "d" {
            state.1 += 1;
            self.changed.notify_all();
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

/// Opens a file over a flow of four calls and a wait of thirty days.
fn open(path: &Path, gate: &Arc<Gate>) -> Sqlite {
    let mut program = program();
    program.blocks[0][WAITS].work = Work::Wait(30 * DAY);
    let flow: Box<dyn Hosted> = Box::new(Machine::new(program, Bench).unwrap());
    let mut options = Options::default();
    options.limits.insert("erp".to_owned(), Limit { concurrency: 64, ..Limit::default() });
    Sqlite::open(path, Flows::from([flow]), Arc::clone(gate) as _, &options).unwrap()
}

fn accept(driver: &Sqlite, from: u64, count: u64) {
    let each = count / 8;
    std::thread::scope(|scope| {
        for thread in 0..8 {
            scope.spawn(move || {
                for number in 0..each {
                    driver.accept(message(from + thread * each + number)).unwrap();
                }
            });
        }
    });
}

/// What the process holds now, in MB.
fn held() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() / 1024
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("crossdock-load-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn open_orders(count: u64) {
    let folder = folder("open");
    let path = folder.join("flows.db");
    let gate = Arc::new(Gate::default());
    gate.open();
    let driver = open(&path, &gate);
    let before = held();
    for quarter in 0..4 {
        accept(&driver, quarter * count / 4, count / 4);
        gate.wait_for((quarter + 1) * (count / 4));
        println!(
            "open orders: {} of {count} wait, {} MB held ({before} at the start)",
            (quarter + 1) * count / 4,
            held()
        );
    }
    drop(driver);
    let size = std::fs::metadata(&path).unwrap().len();
    println!("open orders: {} bytes of the file each", size / count);
    let driver = open(&path, &gate);
    println!("open orders: {} MB held after a new start", held());
    drop(driver);
    std::fs::remove_dir_all(folder).unwrap();
}

fn backlog(count: u64) {
    let folder = folder("backlog");
    let gate = Arc::new(Gate::default());
    let driver = open(&folder.join("flows.db"), &gate);
    let before = held();
    for fifth in 0..5 {
        accept(&driver, fifth * count / 5, count / 5);
        println!("backlog: {} of {count} stand, {} MB held ({before} at the start)", (fifth + 1) * count / 5, held());
    }
    gate.open();
    for fifth in 1..=5 {
        gate.wait_for(fifth * (count / 5));
        println!("backlog: {} of {count} drained, {} MB held", fifth * (count / 5), held());
    }
    drop(driver);
    std::fs::remove_dir_all(folder).unwrap();
}

fn main() {
    let mut counts = std::env::args().skip(1).filter_map(|argument| argument.parse().ok());
    // Whole eighths of quarters and fifths, one thread each.
    let mut next = |usual: u64| counts.next().unwrap_or(usual).max(160) / 160 * 160;
    open_orders(next(100_000));
    backlog(next(50_000));
}
