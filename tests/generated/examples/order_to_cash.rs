//! An order of the web shop, from the webhook's payload to `closed`: on SQLite, or on a Restate server.
//!
//! ```console
//! $ cargo run --example order_to_cash                                        # on SQLite, in a folder of its own
//! $ CROSSDOCK_RESTATE=…/restate-server cargo run --features restate --example order_to_cash -- restate
//! ```
//!
//! What arrives is bytes; the generated intake tells which events are in it. The webhook comes twice, and begins one order.
//! The ledger holds it for its customer's credit, and a person releases it. The ERP sends its lines to three depots, which
//! pick, pack and ship them, each in its own time. It ends with what was reached when, and with the audit trail. The systems
//! are those of a play: they answer in their own words and know no more than the calls they got.

#[allow(dead_code)]
#[path = "../play/mod.rs"]
mod play;

/// A Restate server of its own, on loopback.
#[cfg(feature = "restate")]
#[allow(dead_code)]
#[path = "../../drivers/src/server.rs"]
mod server;

use crossdock_runtime::flow::driver::{Accepted, Became, Receipt};
use crossdock_runtime::flow::{Arrival, By};
use play::driver::{Done, Driver};
use play::{Play, instance, invoiced, key, placed};
use std::path::Path;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

const ORDER: u64 = 17;

/// Waits until something is there, for a minute at most.
fn wait<T>(what: &str, mut look: impl FnMut() -> Done<Option<T>>) -> Done<T> {
    let began = Instant::now();
    loop {
        if let Some(found) = look()? {
            return Ok(found);
        }
        if began.elapsed() > Duration::from_secs(60) {
            return Err(format!("{what} did not come within a minute").into());
        }
        sleep(Duration::from_millis(20));
    }
}

fn run(driver: &dyn Driver, play: &Play) -> Done {
    let send = |arrival: Arrival| -> Done<Vec<Receipt>> {
        let receipts = driver.receive(arrival)?;
        for receipt in &receipts {
            println!("{} {} arrives: {:?}", receipt.name, receipt.id, receipt.became);
        }
        Ok(receipts)
    };
    let reached = |name: &str, times: usize| -> Done<Option<()>> {
        let milestones = driver.milestones(&instance(ORDER))?;
        Ok((milestones.iter().filter(|(known, ..)| known == name).count() >= times).then_some(()))
    };

    send(placed(ORDER))?;
    let again = send(placed(ORDER))?;
    if again.iter().any(|receipt| receipt.became != Became::Message(Accepted::Duplicate)) {
        return Err("the repeated webhook was not known".into());
    }

    let held = || Ok(driver.raised()?.into_iter().find(|(_, one)| one.name == "credit_hold"));
    let (_, hold) = wait("the credit hold", held)?;
    println!("{} is held for {}: {}", key(ORDER), hold.team, hold.detail);
    println!("ann does `release`");
    driver.act(&instance(ORDER), hold.exception, "release")?;

    send(wait("the order in the ERP", || Ok(play.released(ORDER)))?)?;
    wait("allocation", || reached("allocated", 3))?;
    for told in wait("the depots", || Ok(play.shipped(ORDER)))? {
        send(told)?;
    }
    wait("shipping", || reached("shipped", 1))?;
    send(invoiced(ORDER, "Open"))?;
    wait("the invoice", || reached("invoiced", 1))?;
    send(invoiced(ORDER, "Paid"))?;
    wait("the end", || reached("closed", 1))?;

    println!("\nmilestones");
    for (name, part, _) in driver.milestones(&instance(ORDER))? {
        println!("  {name}{}", part.map(|part| format!(" ({part})")).unwrap_or_default());
    }
    println!("\naudit");
    for entry in driver.audit(&instance(ORDER))? {
        let by = match &entry.by {
            By::System(system) => format!("the system {system}"),
            By::Person(person) => format!("the person {person}"),
            By::Rule(rule) => format!("the rule {rule}"),
        };
        let part = entry.part.map(|part| format!(" ({part})")).unwrap_or_default();
        let from = entry.from.map(|from| format!(" from {from}")).unwrap_or_default();
        let to = entry.to.map(|to| format!(" to {to}")).unwrap_or_default();
        let because = entry.because.map(|id| format!(", because of {id}")).unwrap_or_default();
        println!("  {:?} {}{part}{from}{to}, by {by}{because}", entry.what, entry.subject);
    }
    for letter in driver.letters()? {
        println!("dead letter {letter}");
    }
    Ok(())
}

#[cfg(feature = "restate")]
fn on_restate(play: &Arc<Play>) -> Done {
    let server = server::Server::start("example").ok_or("CROSSDOCK_RESTATE does not name restate-server")?;
    let driver = play::driver::restate::Restate::serve(&server.ingress(), &server.admin(), 0, play.clone())?;
    run(&driver, play)
}

#[cfg(not(feature = "restate"))]
fn on_restate(_: &Arc<Play>) -> Done {
    Err("build it with `--features restate`".into())
}

fn on_sqlite(folder: &Path, play: &Arc<Play>) -> Done {
    run(&play::driver::sqlite(&folder.join("flows.db"), play.clone())?, play)
}

fn main() -> Done {
    let folder = std::env::temp_dir().join(format!("harborline-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let play = Arc::new(Play::new(&folder, true));
    let ran = if std::env::args().nth(1).as_deref() == Some("restate") {
        on_restate(&play)
    } else {
        on_sqlite(&folder, &play)
    };
    std::fs::remove_dir_all(&folder)?;
    ran
}
