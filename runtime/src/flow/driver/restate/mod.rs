//! The distributed driver, over [Restate](https://restate.dev): any number of processes serve the same flows, and the engine
//! keeps state, journals and timers.
//!
//! | object or service | one per | what it does |
//! |---|---|---|
//! | `Intake` | — | what arrives goes document by document to the `Inbox`es |
//! | `Inbox` | message | notes that it came, offers it, keeps it until something waits for it, holds it as a dead letter |
//! | `Index` | identifier and flow | which instance it leads to, and who waits for it |
//! | `Flow` | instance | the state; each input is one short invocation |
//! | `Exec` | — | calls and lookups; what came of them goes back to the `Flow` |
//! | `Channel` | key of a published event | publishes in order |
//! | `Deliveries` | key of a published event and subscriber | calls the subscriber in order |
//! | `Lane` | deployment of a system with a limit | rate, and how many calls are under way, across all processes |
//!
//! Calls between them go one way only, `Intake` to `Inbox` to `Flow` and `Index`: nothing waits in a circle. Everything else is sent.
//! Timers are delayed sends with epochs. A transition is journaled with all that it orders; the machine makes it again if the
//! process stops before its end. Whoever adds a version of a flow registers its processes anew, and calls
//! [`Client::resume`] once.
//!
//! Absent here: a limit for systems that declare none. Processes share the work, and Restate bounds what is under way.

mod client;
mod deliver;
mod exec;
mod flow;
mod http;
mod inbox;
mod index;
mod intake;
mod lane;
mod node;
mod place;
mod rehearsal;
mod wire;

pub use client::Client;
pub use http::Unanswered;
pub use place::Address;
pub use rehearsal::Held;

use super::super::Millis;
use super::{Flows, Limit, Systems};
use node::Node;
use restate_sdk::endpoint::{Builder, Endpoint, ServiceOptions};
use restate_sdk::http_server::HttpServer;
use restate_sdk::service::IntoServiceDefinition;
use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::TcpListener;

/// What tells the time.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// How long a client of a system may take before Restate gives the attempt up.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// How long Restate waits at most until it tries again to reach a process.
const REST: Duration = Duration::from_secs(10);

/// How a process behaves.
#[derive(Clone)]
pub struct Options {
    /// What systems bear, by system or `system/instance`; the more exact name goes first. Systems that are not named bear
    /// all.
    pub limits: BTreeMap<String, Limit>,
    /// What tells events from what arrives.
    pub intake: Option<Arc<dyn super::super::Intake>>,
    /// The time.
    pub clock: Clock,
    /// Whether what comes later is put on the shelf, for [`Client::held`] and [`Client::release`], in place of waiting for
    /// its time; journals are kept for a day.
    pub rehearsed: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { limits: BTreeMap::new(), intake: None, clock: system_clock(), rehearsed: false }
    }
}

/// The time of the system.
pub fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
    })
}

/// An endpoint that serves flows, to be completed: with a key by which it knows its Restate server, with other services.
pub fn endpoint(flows: Flows, systems: Arc<dyn Systems>, options: &Options) -> Builder {
    let node = Arc::new(Node::new(flows, systems, options));
    let definition = |service: restate_sdk::service::ServiceDefinition, public: bool| {
        let behaviour = ServiceOptions::new()
            .inactivity_timeout(PATIENCE)
            .abort_timeout(PATIENCE)
            .retry_policy_initial_interval(Duration::from_millis(50))
            .retry_policy_exponentiation_factor(2.0)
            .retry_policy_max_interval(REST)
            .retry_policy_max_attempts(u64::from(u32::MAX))
            .ingress_private(!public && !options.rehearsed);
        // The audit is the flow's own; payloads are not kept for longer than they are needed.
        service.options(if options.rehearsed { behaviour } else { behaviour.journal_retention(Duration::ZERO) })
    };
    let builder = Endpoint::builder()
        .bind(definition(intake::Intake(Arc::clone(&node)).into_service_definition(), true))
        .bind(definition(inbox::Inbox(Arc::clone(&node)).into_service_definition(), true))
        .bind(definition(flow::Flow(Arc::clone(&node)).into_service_definition(), true))
        .bind(definition(index::Index.into_service_definition(), false))
        .bind(definition(exec::Exec(Arc::clone(&node)).into_service_definition(), false))
        .bind(definition(exec::Channel(Arc::clone(&node)).into_service_definition(), false))
        .bind(definition(deliver::Deliveries(Arc::clone(&node)).into_service_definition(), false))
        .bind(definition(lane::Queue(node).into_service_definition(), false));
    if options.rehearsed { builder.bind(rehearsal::Shelf) } else { builder }
}

/// Serves an endpoint until a signal comes. It is for Restate to reach, and for nobody else: bind it to a loopback or
/// private address, and register it with [`Client::register`].
pub async fn serve(endpoint: Builder, listener: TcpListener, stop: impl Future) {
    HttpServer::new(endpoint.build()).serve_with_cancel(listener, stop).await;
}
