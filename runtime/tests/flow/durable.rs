//! Systems for drivers that run by themselves: slow ones, and ones whose effects outlive the process.

use crate::world::World;
use crossdock_runtime::flow::driver::{Instance, Systems};
use crossdock_runtime::flow::{Call, Outcome, Publish};
use crossdock_runtime::{Answers, Keys, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

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
    /// When orders were submitted, and when the warehouse was called.
    pub times: Mutex<Vec<Instant>>,
    pub warehouse: Mutex<Vec<Instant>>,
}

impl SlowWarehouse {
    /// Whether the last submission was made while calls of the warehouse were still waiting their turn.
    pub fn let_others_pass(&self) -> bool {
        let last = |times: &Mutex<Vec<Instant>>| times.lock().unwrap().iter().max().copied().unwrap();
        last(&self.times) < last(&self.warehouse)
    }
}

impl Systems for SlowWarehouse {
    fn call(&self, instance: &Instance, call: &Call) -> Outcome {
        if call.system == "wms" {
            let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
            self.most.fetch_max(now, Ordering::SeqCst);
            self.warehouse.lock().unwrap().push(Instant::now());
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
