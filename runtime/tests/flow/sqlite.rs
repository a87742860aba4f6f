//! What only the SQLite driver can show: durable acknowledgements, damage, limits, many threads.

use crate::durable::{Noted, SlowWarehouse, effects_keep_their_keys, lines, note, until};
use crate::order::DAY;
use crate::stage::{Rehearsed, Stage, T0, flows, instance, over};
use crate::world::{Fault, World, message, order};
use crossdock_runtime::flow::driver::sqlite::{File, Options, Sqlite};
use crossdock_runtime::flow::driver::{Accepted, Engine, Instance, Limit, Store, StoreError, Systems};
use crossdock_runtime::flow::{Call, Millis, Outcome, Publish};
use crossdock_runtime::{Answers, Keys, Result};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("crossdock-flow-{}-{name}", std::process::id()));
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

pub fn stage(folder: &Path) -> Stage<Rehearsed<File>> {
    over(File::open(&folder.join("flows.db")).unwrap())
}

/// A driver, with a clock that can be moved.
struct Running {
    driver: Sqlite,
    clock: Arc<AtomicI64>,
}

impl Running {
    fn open(path: &Path, systems: Arc<dyn Systems>, limits: &[(&str, Limit)]) -> Self {
        let begun = Instant::now();
        let clock = Arc::new(AtomicI64::new(T0));
        let ahead = Arc::clone(&clock);
        let options = Options {
            limits: limits.iter().map(|(name, limit)| ((*name).to_owned(), *limit)).collect(),
            queue: 64,
            clock: Arc::new(move || {
                ahead.load(Ordering::Relaxed) + Millis::try_from(begun.elapsed().as_millis()).unwrap()
            }),
            ..Options::default()
        };
        Self { driver: Sqlite::open(path, flows(), systems, &options).unwrap(), clock }
    }

    fn place(&self, id: &str) {
        let created = message("shop.order_created", id, T0, &order(id, &[("1", "north", 1)]));
        assert_eq!(self.driver.accept(created).unwrap(), Accepted::Taken);
    }

    fn ship(&self, id: &str) {
        let shipped = json!({ "wms": format!("W-{id}/north"), "line": "1", "quantity": 1, "shipment": "s" });
        let accepted = self.driver.accept(message("wms.order_shipped", id, T0, &shipped)).unwrap();
        assert!(matches!(accepted, Accepted::Taken | Accepted::Kept), "{accepted:?}");
    }

    fn reached(&self, id: &str, milestone: &str) -> bool {
        self.driver.milestones(instance(id)).unwrap().iter().any(|(name, ..)| name == milestone)
    }
}

#[test]
fn orders_run_beside_each_other_and_survive_restarts() {
    let folder = folder("beside");
    let path = folder.join("flows.db");
    let world = Arc::new(World::default());
    for _ in 0..10 {
        world.fault("erp.create_order", Fault::DoneAndLost);
    }
    let running = Running::open(&path, Arc::clone(&world) as _, &[]);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let running = &running;
            scope.spawn(move || {
                for number in 0..5 {
                    running.place(&format!("{thread}-{number}"));
                    running.ship(&format!("{thread}-{number}"));
                }
            });
        }
    });
    drop(running);
    let running = Running::open(&path, Arc::clone(&world) as _, &[]);
    let ids: Vec<String> = (0..8).flat_map(|thread| (0..5).map(move |number| format!("{thread}-{number}"))).collect();
    running.clock.fetch_add(5_000, Ordering::Relaxed);
    until("every invoice", || ids.iter().all(|id| running.reached(id, "invoiced")));
    running.clock.fetch_add(2 * DAY, Ordering::Relaxed);
    until("every order's end", || running.driver.unfinished().unwrap().is_empty());
    assert_eq!(world.effects("erp.create_order"), 40);
    assert_eq!(world.effects("erp.post_invoice"), 40);
    assert!(running.driver.letters().unwrap().is_empty());
    assert!(running.driver.raised().unwrap().is_empty());
    drop(running);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_same_message_a_hundred_times_at_once_begins_one_order() {
    let folder = folder("hundred");
    let world = Arc::new(World::default());
    let running = Running::open(&folder.join("flows.db"), Arc::clone(&world) as _, &[]);
    let taken = AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| {
                let created = message("shop.order_created", "same", T0, &order("1", &[("1", "north", 1)]));
                if running.driver.accept(created).unwrap() == Accepted::Taken {
                    taken.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(taken.load(Ordering::Relaxed), 1);
    until("the allocation", || running.reached("1", "allocated"));
    assert_eq!(world.effects("erp.create_order"), 1);
    drop(running);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_slow_system_delays_only_its_own_calls_and_limits_are_kept() {
    let folder = folder("slow");
    let systems = Arc::new(SlowWarehouse::default());
    let limits = [
        ("wms", Limit { concurrency: 2, ..Limit::default() }),
        ("erp", Limit { rate: Some(100_000), burst: 1, concurrency: 4 }),
    ];
    let running = Running::open(&folder.join("flows.db"), Arc::clone(&systems) as _, &limits);
    let ids: Vec<String> = (0..12).map(|number| number.to_string()).collect();
    for id in &ids {
        running.place(id);
    }
    until("every submission", || ids.iter().all(|id| running.reached(id, "released")));
    until("every allocation", || ids.iter().all(|id| running.reached(id, "allocated")));
    assert!(systems.let_others_pass(), "the erp waited for the warehouse");
    assert_eq!(systems.most.load(Ordering::SeqCst), 2);
    // Twenty-four calls at a hundred per second, one of them at once.
    let times = systems.times.lock().unwrap().clone();
    let span = times.iter().max().unwrap().duration_since(*times.iter().min().unwrap());
    assert!(span >= Duration::from_millis(100), "{span:?}");
    drop(running);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_client_that_panics_has_lost_the_answer() {
    struct Panics;
    impl Systems for Panics {
        fn call(&self, _: &Instance, _: &Call) -> Outcome {
            panic!("a bug in a client")
        }
        fn look_up(&self, _: &Instance, keys: &Keys) -> Result<Answers> {
            World::default().look_up(&instance("1"), keys)
        }
        fn publish(&self, _: &Instance, _: &Publish) -> Result<()> {
            Ok(())
        }
    }
    let folder = folder("panics");
    let running = Running::open(&folder.join("flows.db"), Arc::new(Panics), &[]);
    running.place("1");
    running.clock.fetch_add(60_000, Ordering::Relaxed);
    until("the exception", || running.driver.raised().unwrap().iter().any(|(_, raised)| raised.name == "panicked"));
    drop(running);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_full_disk_acknowledges_nothing_and_loses_nothing() {
    let folder = folder("full");
    let mut engine = Engine::new(flows(), File::open(&folder.join("flows.db")).unwrap());
    let mut accepted = 0;
    engine.store.limit_pages(60).unwrap();
    let error = loop {
        engine.store.begin().unwrap();
        let created = message(
            "shop.order_created",
            &accepted.to_string(),
            T0,
            &order(&accepted.to_string(), &[("1", &"north".repeat(100), 1)]),
        );
        match engine.accept(&created, T0).and_then(|_| engine.store.commit()) {
            Ok(()) => accepted += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, StoreError::Full(_)), "{error:?}");
    assert!(error.to_string().starts_with("there is no room left for the database; nothing was acknowledged"));
    engine.store.roll_back();
    assert!(accepted > 5);
    assert_eq!(engine.store.unfinished().unwrap().len(), accepted);
    // There is room again.
    engine.store.limit_pages(100_000).unwrap();
    engine.store.begin().unwrap();
    let created = message("shop.order_created", "more", T0, &order("more", &[("1", "north", 1)]));
    assert_eq!(engine.accept(&created, T0).unwrap(), Accepted::Taken);
    engine.store.commit().unwrap();
    drop(engine);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn locked_damaged_foreign_and_newer_files_are_refused_and_left_alone() {
    let folder = folder("refused");
    let path = folder.join("flows.db");
    let held = File::open(&path).unwrap();
    let error = File::open(&path).err().unwrap();
    assert!(matches!(error, StoreError::Locked(_)), "{error}");
    drop(held);
    drop(File::open(&path).unwrap());

    let damaged = folder.join("damaged.db");
    std::fs::write(&damaged, b"not a database, but long enough to be looked at as if it were one ".repeat(40)).unwrap();
    let before = std::fs::read(&damaged).unwrap();
    let error = File::open(&damaged).err().unwrap();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error}");
    assert_eq!(std::fs::read(&damaged).unwrap(), before);

    for (name, sql) in [
        ("foreign.db", "CREATE TABLE theirs (a)"),
        ("newer.db", "PRAGMA application_id = 1480879971; PRAGMA user_version = 99; CREATE TABLE ours (a)"),
    ] {
        let path = folder.join(name);
        let connection = rusqlite::Connection::open(&path).unwrap();
        connection.execute_batch(sql).unwrap();
        drop(connection);
        let before = std::fs::read(&path).unwrap();
        let error = File::open(&path).err().unwrap();
        match name {
            "newer.db" => assert!(matches!(error, StoreError::Newer(_)), "{error}"),
            _ => assert!(matches!(error, StoreError::Corrupt(_)), "{error}"),
        }
        assert_eq!(std::fs::read(&path).unwrap(), before, "{name} was changed");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// A process that works until it is killed; started by the test below.
#[test]
fn killed_child() {
    let Ok(folder) = std::env::var("CROSSDOCK_FLOW_KILLED") else { return };
    let folder = PathBuf::from(folder);
    let systems = Arc::new(Noted { folder: folder.clone(), world: World::default() });
    let running = Running::open(&folder.join("flows.db"), systems, &[]);
    let first: u32 = std::env::var("CROSSDOCK_FLOW_FIRST").unwrap().parse().unwrap();
    for number in first.. {
        running.place(&number.to_string());
        note(&folder, "acknowledged", &number.to_string());
        running.ship(&number.to_string());
    }
}

#[test]
fn killed_between_any_two_actions_nothing_is_lost_and_effects_keep_their_keys() {
    let folder = folder("killed");
    let mut first = 0;
    for round in 0..6_u64 {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["sqlite::killed_child", "--exact", "--nocapture"])
            .env("CROSSDOCK_FLOW_KILLED", &folder)
            .env("CROSSDOCK_FLOW_FIRST", first.to_string())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(400 + round * 37));
        child.kill().unwrap();
        child.wait().unwrap();
        first += 100_000;
    }
    let acknowledged = lines(&folder, "acknowledged");
    assert!(acknowledged.len() > 10, "{}", acknowledged.len());
    let systems = Arc::new(Noted { folder: folder.clone(), world: World::default() });
    let running = Running::open(&folder.join("flows.db"), systems, &[]);
    until("every acknowledged order's allocation", || acknowledged.iter().all(|id| running.reached(id, "allocated")));
    drop(running);
    effects_keep_their_keys(&folder);
    std::fs::remove_dir_all(folder).unwrap();
}
