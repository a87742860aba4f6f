//! What every object of a process knows, and how it orders what is due now or later.

use super::super::super::{Intake, Millis, Program};
use super::super::store::{Instance, Job, Order};
use super::super::{Flows, Hosted, Lane, Limit, Systems};
use super::place::{Address, of_instance};
use super::rehearsal::Held;
use super::wire::{Tell, Told};
use super::{Clock, Options};
use restate_sdk::context::RequestTarget;
use restate_sdk::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// What comes once it is journaled.
pub(super) type Journaled<'ctx, T> = Pin<Box<dyn Future<Output = Result<T, TerminalError>> + Send + 'ctx>>;

pub(super) struct Node {
    pub flows: Flows,
    pub systems: Arc<dyn Systems>,
    pub intake: Option<Arc<dyn Intake>>,
    limits: BTreeMap<String, Limit>,
    clock: Clock,
    rehearsed: bool,
}

impl Node {
    pub fn new(flows: Flows, systems: Arc<dyn Systems>, options: &Options) -> Self {
        Self {
            flows,
            systems,
            intake: options.intake.clone(),
            limits: options.limits.clone(),
            clock: Arc::clone(&options.clock),
            rehearsed: options.rehearsed,
        }
    }

    /// A flow by name. One that this process does not know may be known to the next: the invocation is tried again.
    pub fn flow(&self, name: &str) -> Result<&dyn Hosted, HandlerError> {
        let found = self.flows.iter().find(|flow| *flow.program().name == *name);
        found.map(AsRef::as_ref).ok_or_else(|| HandlerError::from(format!("there is no flow `{name}` here")))
    }

    pub fn programs(&self) -> impl Iterator<Item = &Program> {
        self.flows.iter().map(|flow| flow.program())
    }

    pub fn clock(&self) -> Clock {
        Arc::clone(&self.clock)
    }

    /// The time, as it is when this is first done: it is journaled.
    pub fn now<'ctx>(&self, ctx: &ObjectContext<'ctx>) -> Journaled<'ctx, Millis> {
        let clock = self.clock();
        Box::pin(ctx.run(move || async move { Ok(clock()) }).name("now"))
    }

    /// The time that was told, or else the time.
    pub async fn at(&self, ctx: &ObjectContext<'_>, told: Option<Millis>) -> Result<Millis, TerminalError> {
        match told {
            Some(now) => Ok(now),
            None => self.now(ctx).await,
        }
    }

    /// What a lane bears; none if it bears all.
    pub fn limit(&self, lane: &str) -> Option<Limit> {
        let system = lane.split('/').next().unwrap_or_default();
        self.limits.get(lane).or_else(|| self.limits.get(system)).copied()
    }

    /// Orders something, not before it is due.
    pub fn order<'ctx>(&self, ctx: &impl ContextClient<'ctx>, job: &Job, now: Millis) {
        match &job.order {
            Order::Timer { epoch } => {
                let to = Address::object("Flow", &of_instance(&job.instance), "tell");
                let tell = Tell { told: Told::Timer { epoch: *epoch }, now: None };
                self.later(ctx, to, tell, job.due, now, Some(job));
            }
            Order::Publish(publish) => {
                let channel = super::place::join(&[&publish.event, &publish.key]);
                self.later(ctx, Address::object("Channel", &channel, "publish"), job.clone(), job.due, now, Some(job));
            }
            order => {
                let lane = Lane::of(order);
                let to = match self.limit(&lane) {
                    Some(_) => Address::object("Lane", &lane, "enter"),
                    None => Address::service("Exec", "perform"),
                };
                self.later(ctx, to, job.clone(), job.due, now, Some(job));
            }
        }
    }

    /// Sends something, not before it is due. In a rehearsal everything that comes later lies on the shelf.
    pub fn later<'ctx, T: Serialize + Send + 'static>(
        &self,
        ctx: &impl ContextClient<'ctx>,
        to: Address,
        body: T,
        due: Millis,
        now: Millis,
        job: Option<&Job>,
    ) {
        if self.rehearsed {
            let body = serde_json::to_value(&body).unwrap_or_default();
            let held = Held { number: 0, due, to, body, job: job.cloned() };
            drop(
                ctx.object_client::<super::rehearsal::ShelfClient<'_>>(super::rehearsal::SHELF).put(Json(held)).send(),
            );
            return;
        }
        let target = match to.key {
            Some(key) => RequestTarget::object(to.service, key, to.handler),
            None => RequestTarget::service(to.service, to.handler),
        };
        let request = ctx.request::<_, ()>(target, Json(body));
        match u64::try_from(due.saturating_sub(now)) {
            Ok(span) if span > 0 => drop(request.send_after(Duration::from_millis(span))),
            _ => drop(request.send()),
        }
    }

    /// A job that an instance ordered.
    pub fn job(instance: &Instance, id: u64, due: Millis, order: Order) -> Job {
        Job { id, instance: instance.clone(), due, begun: false, order }
    }
}
