//! What only a real server under a real clock can show: crashes of server and service, concurrency, limits.

use crate::durable::{Noted, SlowWarehouse, effects_keep_their_keys, lines, note, until};
use crate::stage::{flows, instance};
use crate::world::{Fault, World, message, order};
use crossdock_runtime::flow::Message;
use crossdock_runtime::flow::driver::restate::{Client, Options, system_clock};
use crossdock_runtime::flow::driver::{Accepted, Limit, Systems};
use crossdock_test_drivers::server::{Server, free_port};
use crossdock_test_drivers::service::Service;
use serde_json::json;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// A server, a service in this process, and a client.
struct Running {
    client: Client,
    runtime: Runtime,
    _service: Service,
    _server: Server,
}

fn client(server: &Server) -> (Client, Runtime) {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    (Client::new(&server.ingress(), &server.admin(), system_clock()), runtime)
}

impl Running {
    fn start(name: &str, systems: Arc<dyn Systems>, limits: &[(&str, Limit)]) -> Option<Self> {
        let server = Server::start(name)?;
        let (client, runtime) = client(&server);
        let limits = limits.iter().map(|(name, limit)| ((*name).to_owned(), *limit)).collect();
        let port = free_port();
        let service = Service::start(port, flows(), systems, &Options { limits, ..Options::default() });
        runtime.block_on(client.register(&format!("http://127.0.0.1:{port}"))).unwrap();
        Some(Self { client, runtime, _service: service, _server: server })
    }

    fn accept(&self, message: &Message) -> Accepted {
        self.runtime.block_on(self.client.accept(message)).unwrap()
    }

    fn reached(&self, id: &str, milestone: &str) -> bool {
        reached(&self.client, &self.runtime, id, milestone)
    }
}

fn reached(client: &Client, runtime: &Runtime, id: &str, milestone: &str) -> bool {
    runtime.block_on(client.seen(&instance(id))).is_ok_and(|seen| seen.milestones.iter().any(|one| one.0 == milestone))
}

fn created(id: &str) -> Message {
    message("shop.order_created", id, system_clock()(), &order(id, &[("1", "north", 1)]))
}

fn shipped(id: &str) -> Message {
    let shipped = json!({ "wms": format!("W-{id}/north"), "line": "1", "quantity": 1, "shipment": "s" });
    message("wms.order_shipped", id, system_clock()(), &shipped)
}

#[test]
fn the_same_message_a_hundred_times_at_once_begins_one_order() {
    let world = Arc::new(World::default());
    let Some(running) = Running::start("hundred", Arc::clone(&world) as _, &[]) else { return };
    let taken = running.runtime.block_on(async {
        let sent: Vec<_> = (0..100)
            .map(|_| {
                let client = running.client.clone();
                tokio::spawn(async move { client.accept(&created("1")).await.unwrap() })
            })
            .collect();
        let mut taken = 0;
        for one in sent {
            taken += u32::from(one.await.unwrap() == Accepted::Taken);
        }
        taken
    });
    assert_eq!(taken, 1);
    until("the allocation", || running.reached("1", "allocated"));
    assert_eq!(world.effects("erp.create_order"), 1);
}

#[test]
fn a_timeout_is_tried_again_in_its_time() {
    let world = Arc::new(World::default());
    world.fault("erp.create_order", Fault::DoneAndLost);
    let Some(running) = Running::start("timeout", Arc::clone(&world) as _, &[]) else { return };
    let begun = std::time::Instant::now();
    assert_eq!(running.accept(&created("1")), Accepted::Taken);
    until("the submission", || running.reached("1", "released"));
    assert!(begun.elapsed() >= Duration::from_secs(1), "the pause is a delayed send");
    assert_eq!(world.keys("erp.create_order"), ["1", "1"]);
    assert_eq!(world.effects("erp.create_order"), 1);
}

#[test]
fn any_text_may_be_a_key() {
    let Some(running) = Running::start("keys", Arc::new(World::default()), &[]) else { return };
    for id in ["a/b", "%2F", "ä ?#&\n\"'", "..", "' OR 1=1 --"] {
        assert_eq!(running.accept(&created(id)), Accepted::Taken, "{id}");
        until(id, || running.reached(id, "allocated"));
        assert_eq!(running.accept(&created(id)), Accepted::Duplicate, "{id}");
    }
}

#[test]
fn a_slow_system_delays_only_its_own_calls_and_limits_are_kept() {
    let systems = Arc::new(SlowWarehouse::default());
    let limits = [
        ("wms", Limit { concurrency: 2, ..Limit::default() }),
        ("erp", Limit { rate: Some(50_000), burst: 1, concurrency: 4 }),
    ];
    let Some(running) = Running::start("slow", Arc::clone(&systems) as _, &limits) else { return };
    let ids: Vec<String> = (0..12).map(|number| number.to_string()).collect();
    for id in &ids {
        assert_eq!(running.accept(&created(id)), Accepted::Taken);
    }
    until("every submission", || ids.iter().all(|id| running.reached(id, "released")));
    until("every allocation", || ids.iter().all(|id| running.reached(id, "allocated")));
    assert!(systems.let_others_pass(), "the erp waited for the warehouse");
    assert_eq!(systems.most.load(Ordering::SeqCst), 2);
    // Twenty-four calls at fifty per second, of which the last twelve are submissions or close to it.
    let times = systems.times.lock().unwrap().clone();
    let span = times.iter().max().unwrap().duration_since(*times.iter().min().unwrap());
    assert!(span >= Duration::from_millis(200), "{span:?}");
}

/// A process that serves until it is killed; started by the test below.
#[test]
fn killed_child() {
    let Ok(folder) = std::env::var("CROSSDOCK_FLOW_SERVED") else { return };
    let port = std::env::var("CROSSDOCK_FLOW_PORT").unwrap().parse().unwrap();
    let systems = Arc::new(Noted { folder: PathBuf::from(folder), world: World::default() });
    let _service = Service::start(port, flows(), systems, &Options::default());
    loop {
        std::thread::park();
    }
}

fn serve(server: &Server, port: u16) -> Child {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["restate::crashes::killed_child", "--exact", "--nocapture"])
        .env("CROSSDOCK_FLOW_SERVED", server.folder())
        .env("CROSSDOCK_FLOW_PORT", port.to_string())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    until("the service", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    child
}

#[test]
fn killed_between_any_two_actions_nothing_is_lost_and_effects_keep_their_keys() {
    let Some(mut server) = Server::start("killed") else { return };
    let port = free_port();
    let mut service = serve(&server, port);
    let (client, runtime) = client(&server);
    runtime.block_on(client.register(&format!("http://127.0.0.1:{port}"))).unwrap();
    let enough = Arc::new(AtomicBool::new(false));
    // Whoever gets no answer sends the same message again.
    let folder = server.folder().to_owned();
    let (sender, stop) = (client.clone(), Arc::clone(&enough));
    let sending = runtime.spawn(async move {
        let mut number = 0;
        while !stop.load(Ordering::Relaxed) {
            let id = number.to_string();
            for message in [created(&id), shipped(&id)] {
                while sender.accept(&message).await.is_err() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            note(&folder, "acknowledged", &id);
            number += 1;
        }
    });
    for round in 0..6_u64 {
        std::thread::sleep(Duration::from_millis(700 + round * 37));
        if round % 2 == 0 {
            service.kill().unwrap();
            service.wait().unwrap();
            service = serve(&server, port);
        } else {
            server.kill_and_restart();
        }
    }
    enough.store(true, Ordering::Relaxed);
    runtime.block_on(sending).unwrap();
    let acknowledged = lines(server.folder(), "acknowledged");
    assert!(acknowledged.len() > 10, "{}", acknowledged.len());
    let interrupted = || -> Vec<String> {
        let raised = runtime.block_on(client.raised()).unwrap_or_default();
        raised.into_iter().filter(|(_, raised)| raised.name == "interrupted").map(|one| one.0.key.into()).collect()
    };
    until("the end of every acknowledged order, or its exception", || {
        let interrupted = interrupted();
        acknowledged.iter().all(|id| interrupted.contains(id) || reached(&client, &runtime, id, "invoiced"))
    });
    println!("{} orders, {} interrupted", acknowledged.len(), interrupted().len());
    effects_keep_their_keys(server.folder());
    service.kill().unwrap();
    service.wait().unwrap();
}
