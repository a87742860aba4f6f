//! The Restate driver against bare handlers with the same number of invocations, on one server, in turns.
//!
//! `CROSSDOCK_RESTATE=…/restate-server cargo bench -p crossdock-runtime --features restate --bench restate`
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, missing_docs, dead_code)]

mod eight_calls;

use crossdock_runtime::flow::driver::restate::{Address, Client, Options, endpoint, serve, system_clock};
use crossdock_runtime::flow::driver::{Flows, Hosted, Instance, Systems};
use crossdock_runtime::flow::{Call, Outcome, Publish};
use crossdock_runtime::{Answers, Keys, Result};
use crossdock_test_drivers::server::{Server, free_port};
use eight_calls::{STEPS, machine, message};
use restate_sdk::endpoint::ServiceOptions;
use restate_sdk::prelude::*;
use restate_sdk::service::IntoServiceDefinition;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

const ORDERS: u64 = 600;
const IN_FLIGHT: usize = 32;

/// How many more may begin.
type Room = Arc<Semaphore>;

/// It keeps a count, and sends it to the service.
struct Bare;

#[restate_sdk::object(name = "Bare")]
impl Bare {
    #[handler]
    async fn go(&self, ctx: ObjectContext<'_>, hops: u64) -> HandlerResult<()> {
        let count = ctx.get::<u64>("count").await?.unwrap_or_default();
        ctx.set("count", count + 1);
        drop(ctx.service_client::<HopClient<'_>>().go(Json((ctx.key().to_owned(), hops))).send());
        Ok(())
    }
}

/// It does one thing, and sends the count back.
struct Hop(Room);

#[restate_sdk::service(name = "Hop")]
impl Hop {
    #[handler]
    async fn go(&self, ctx: Context<'_>, to: Json<(String, u64)>) -> HandlerResult<()> {
        let Json((key, hops)) = to;
        let done = ctx.run(|| async { Ok(1_u64) }).await?;
        if hops > done {
            drop(ctx.object_client::<BareClient<'_>>(key).go(hops - done).send());
        } else {
            self.0.add_permits(1);
        }
        Ok(())
    }
}

struct Ends(Room);

impl Systems for Ends {
    fn call(&self, _: &Instance, call: &Call) -> Outcome {
        if call.operation == "last" {
            self.0.add_permits(1);
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

/// Begins all, so many at once, and waits until the last is done.
async fn timed<F: Future<Output = ()> + Send + 'static>(room: &Room, begin: impl Fn(u64) -> F) -> Duration {
    let begun = Instant::now();
    for number in 0..ORDERS {
        room.acquire().await.unwrap().forget();
        tokio::spawn(begin(number));
    }
    let all = u32::try_from(IN_FLIGHT).unwrap();
    drop(room.acquire_many(all).await.unwrap());
    begun.elapsed()
}

async fn run(server: &Server) {
    let room: Room = Arc::new(Semaphore::new(IN_FLIGHT));
    let flow: Box<dyn Hosted> = Box::new(machine());
    let unkept = || ServiceOptions::new().journal_retention(Duration::ZERO);
    let endpoint = endpoint(Flows::from([flow]), Arc::new(Ends(Arc::clone(&room))), &Options::default())
        .bind(Bare.into_service_definition().options(unkept()))
        .bind(Hop(Arc::clone(&room)).into_service_definition().options(unkept()));
    let port = free_port();
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    tokio::spawn(serve(endpoint, listener, std::future::pending::<()>()));
    let client = Client::new(&server.ingress(), &server.admin(), system_clock());
    client.register(&format!("http://127.0.0.1:{port}")).await.unwrap();
    // A message and its order begin; each step is called and told.
    let hops = u64::from(STEPS) + 1;
    let (mut bare, mut flows) = (Duration::ZERO, Duration::ZERO);
    for round in 0..4 {
        let of_bare = timed(&room, |number| {
            let client = client.clone();
            async move {
                let to = Address::object("Bare", &format!("{round}-{number}"), "go");
                client.send(&to, &hops).await.unwrap();
            }
        })
        .await;
        let of_flows = timed(&room, |number| {
            let client = client.clone();
            async move {
                client.accept(&message(round * ORDERS + number)).await.unwrap();
            }
        })
        .await;
        println!("{} invocations: bare {of_bare:?}, flows {of_flows:?}", 2 * hops * ORDERS);
        // The first round warms up.
        if round > 0 {
            bare += of_bare;
            flows += of_flows;
        }
    }
    println!("flows took {:.2} times what bare handlers took", flows.as_secs_f64() / bare.as_secs_f64());
}

fn main() {
    let Some(server) = Server::start("bench") else { return };
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(run(&server));
}
