//! A process built from the generated crate is killed, again and again, between any two actions: whatever it acknowledged
//! comes to its end, and every effect keeps its key. On SQLite, and on a Restate server that is killed as well.

#[path = "../play/mod.rs"]
mod play;

#[cfg(feature = "restate")]
#[allow(dead_code)]
#[path = "../../drivers/src/server.rs"]
mod server;

use play::driver::{Done, Driver, sqlite};
use play::{Play, instance, invoiced, placed};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The child's folder, the first order that it places, and where its engine is.
const FOLDER: &str = "CROSSDOCK_CRASH_FOLDER";
const FIRST: &str = "CROSSDOCK_CRASH_FIRST";
const ENGINE: &str = "CROSSDOCK_CRASH_ENGINE";

/// How far an order was told of, by this process: what the process before it told is told again.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Told {
    Placed,
    Released,
    Shipped,
    Invoiced,
}

/// What happens around the orders: systems tell what they know, and a person releases what is held.
fn tell(driver: &dyn Driver, play: &Play, told: &mut BTreeMap<u64, Told>) -> Done {
    for (held, raised) in driver.raised()? {
        if raised.name == "credit_hold" {
            driver.act(&held, raised.exception, "release")?;
        }
    }
    for (order, told) in told {
        if *told == Told::Placed
            && let Some(released) = play.released(*order)
        {
            driver.receive(released)?;
            *told = Told::Released;
        }
        if *told == Told::Released
            && let Some(shipped) = play.shipped(*order)
        {
            shipped.into_iter().try_for_each(|one| driver.receive(one).map(drop))?;
            *told = Told::Shipped;
        }
        if *told == Told::Shipped {
            driver.receive(invoiced(*order, "Open"))?;
            driver.receive(invoiced(*order, "Paid"))?;
            *told = Told::Invoiced;
        }
    }
    Ok(())
}

/// The orders that were acknowledged to the shop.
fn acknowledged(folder: &Path) -> BTreeSet<u64> {
    let lines = std::fs::read_to_string(folder.join("acknowledged")).unwrap_or_default();
    lines.lines().filter_map(|line| line.parse().ok()).collect()
}

/// How many orders a process places.
const PLACED: u64 = 12;

/// Places orders, and goes on until it is killed; one that is not acknowledged is sent again, as shops do.
fn place_and_tell(driver: &dyn Driver, play: &Play, folder: &Path, first: u64) {
    let mut told: BTreeMap<u64, Told> = acknowledged(folder).into_iter().map(|order| (order, Told::Placed)).collect();
    for order in first..first + PLACED {
        while driver.receive(placed(order)).is_err() {
            sleep(Duration::from_millis(20));
        }
        play.note("acknowledged", &order.to_string());
        told.insert(order, Told::Placed);
        // What could not be told is told the next time.
        let _told = tell(driver, play, &mut told);
    }
    loop {
        let _told = tell(driver, play, &mut told);
        sleep(Duration::from_millis(5));
    }
}

/// Lets everything come to its end, and looks at what was done.
fn all_is_well(driver: &dyn Driver, play: &Play, folder: &Path) {
    let orders = acknowledged(folder);
    assert!(orders.len() > 5, "only {} orders were acknowledged", orders.len());
    let mut told: BTreeMap<u64, Told> = orders.iter().map(|order| (*order, Told::Placed)).collect();
    let began = Instant::now();
    let mut open = orders.clone();
    while !open.is_empty() {
        let _told = tell(driver, play, &mut told);
        let closed = |order: &u64| {
            let milestones = driver.milestones(&instance(*order)).unwrap_or_default();
            milestones.iter().any(|(name, ..)| name == "closed")
        };
        open.retain(|order| !closed(order));
        if began.elapsed() > Duration::from_secs(90) {
            let raised = driver.raised();
            let reached: Vec<_> = open.iter().take(3).map(|order| driver.milestones(&instance(*order))).collect();
            panic!("orders {open:?} did not come to their end: {raised:?}, {:?}, {reached:?}", driver.letters());
        }
        sleep(Duration::from_millis(20));
    }
    assert_eq!(driver.letters().unwrap(), Vec::<String>::new());
    let mut keys: BTreeMap<(String, u64), BTreeSet<String>> = BTreeMap::new();
    for (operation, key) in play.calls() {
        let order = orders.iter().find(|order| key.contains(&play::key(**order)));
        if let Some(order) = order {
            keys.entry((operation, *order)).or_default().insert(key);
        }
    }
    for order in orders {
        for (operation, times) in [
            ("business_central.check_credit", 1),
            ("avalara.create_transaction", 1),
            ("business_central.create_order", 1),
            ("salesforce.place_order", 1),
            ("ongoing.put_order", 3),
        ] {
            let keys = keys.get(&(operation.to_owned(), order)).cloned().unwrap_or_default();
            assert_eq!(keys.len(), times, "{operation} of order {order} was called under {keys:?}");
        }
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("crossdock-crash-{}-{name}", std::process::id()));
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn child(folder: &Path, first: u64, engine: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["the_process_that_is_killed", "--exact", "--nocapture"]);
    command.env(FOLDER, folder).env(FIRST, first.to_string()).env(ENGINE, engine);
    command.stdout(Stdio::null()).spawn().unwrap()
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn the_process_that_is_killed() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return };
    let first = std::env::var(FIRST).unwrap().parse().unwrap();
    let play = Arc::new(Play::new(&folder, false));
    let engine = std::env::var(ENGINE).unwrap();
    match engine.split(' ').collect::<Vec<_>>().as_slice() {
        #[cfg(feature = "restate")]
        [ingress, admin, port] => {
            let port = port.parse().unwrap();
            let driver = play::driver::restate::Restate::serve(ingress, admin, port, play.clone()).unwrap();
            place_and_tell(&driver, &play, &folder, first);
        }
        _ => place_and_tell(&sqlite(&folder.join("flows.db"), play.clone()).unwrap(), &play, &folder, first),
    }
}

#[test]
fn on_sqlite_a_process_is_killed_between_any_two_actions() {
    let folder = folder("sqlite");
    for round in 0..6_u64 {
        let child = child(&folder, 1 + round * 1000, "sqlite");
        sleep(Duration::from_millis(700 + round * 83));
        kill(child);
    }
    let play = Arc::new(Play::new(&folder, false));
    let driver = sqlite(&folder.join("flows.db"), play.clone()).unwrap();
    all_is_well(&driver, &play, &folder);
    drop(driver);
    std::fs::remove_dir_all(folder).unwrap();
}

#[cfg(feature = "restate")]
#[test]
fn on_restate_the_process_the_server_and_both_are_killed() {
    let Some(mut server) = server::Server::start("crash") else { return };
    let folder = folder("restate");
    let port = server::free_port();
    let engine = format!("{} {} {port}", server.ingress(), server.admin());
    let mut running = child(&folder, 1, &engine);
    for round in 1..=6_u64 {
        sleep(Duration::from_millis(2_500 + round * 171));
        // The server, the process, or both.
        let process = round % 3 != 1;
        if process {
            running.kill().unwrap();
            running.wait().unwrap();
        }
        if round % 3 != 2 {
            server.kill_and_restart();
        }
        if process {
            running = child(&folder, 1 + round * 1000, &engine);
        }
    }
    kill(running);
    let play = Arc::new(Play::new(&folder, false));
    let driver = play::driver::restate::Restate::serve(&server.ingress(), &server.admin(), port, play.clone()).unwrap();
    all_is_well(&driver, &play, &folder);
    std::fs::remove_dir_all(folder).unwrap();
}
