//! The service `Exec`: it does what instances ordered, and sends what came of it back. The object `Channel`, one per key of
//! an event: it publishes in the order in which that was ordered.

use super::super::super::Outcome;
use super::super::rehearsal::asked;
use super::super::store::{Job, Order};
use super::super::{Instance, Lane};
use super::deliver::DeliveriesClient;
use super::flow::FlowClient;
use super::inbox::InboxClient;
use super::lane::QueueClient;
use super::node::Node;
use super::place::{of_instance, of_message};
use super::wire::{Came, Fetched, Found, OfDelivery, Tell, Told};
use crate::answers::{Answers, Keys};
use crate::failure::Failure;
use crate::flow::{Call, Millis};
use restate_sdk::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

pub(super) struct Exec(pub Arc<Node>);

/// What came, and when, if that was journaled.
type Timed<T> = (T, Option<Millis>);

#[restate_sdk::service(name = "Exec", client_visibility = "pub(super)")]
impl Exec {
    /// Does one thing, at least once, or tells that it is not known whether it was done.
    #[handler]
    async fn perform(&self, ctx: Context<'_>, job: Json<Job>) -> HandlerResult<()> {
        let Json(job) = job;
        match &job.order {
            Order::Call(call) => {
                let (outcome, now) = self.call(&ctx, &job.instance, call).await?;
                tell(&ctx, &job.instance, Told::Reply { epoch: call.epoch, outcome }, now);
            }
            Order::Deliver(delivery) => {
                let (told, now) = match &delivery.ask {
                    None => {
                        let (outcome, now) = self.call(&ctx, &job.instance, &delivery.call).await?;
                        (Came::Reply(outcome), now)
                    }
                    Some(ask) => {
                        let (answers, now) = self.look_up(&ctx, &job.instance, asked(&ask.keys)).await;
                        (Came::Answers(answers), now)
                    }
                };
                let queue = ctx.object_client::<DeliveriesClient<'_>>(delivery.queue());
                drop(queue.came(Json(OfDelivery { delivery: *delivery.clone(), came: told, now })).send());
            }
            Order::LookUp { epoch, keys } => {
                let (answers, now) = self.look_up(&ctx, &job.instance, asked(keys)).await;
                tell(&ctx, &job.instance, Told::Answers { epoch: *epoch, answers }, now);
            }
            Order::Begin { start, message, keys } => {
                let (answers, now) = self.look_up(&ctx, &job.instance, asked(keys)).await;
                let fetched = Fetched { flow: job.instance.flow.to_string(), start: *start, answers, now };
                let inbox = ctx.object_client::<InboxClient<'_>>(of_message(&message.name, &message.id));
                drop(inbox.fetched(Json(fetched)).send());
            }
            Order::Publish(_) | Order::Timer { .. } => {}
        }
        let lane = Lane::of(&job.order);
        if self.0.limit(&lane).is_some() {
            drop(ctx.object_client::<QueueClient<'_>>(lane).done().send());
        }
        Ok(())
    }
}

impl Exec {
    async fn call(&self, ctx: &Context<'_>, instance: &Instance, call: &Call) -> HandlerResult<Timed<Outcome>> {
        // Whether it was begun is journaled before it is: an attempt that finds it begun can't know what came of it.
        let begun_here = Arc::new(AtomicBool::new(call.repeatable));
        if !call.repeatable {
            let begun = Arc::clone(&begun_here);
            ctx.run(move || async move {
                begun.store(true, Ordering::Relaxed);
                Ok(())
            })
            .name("begin")
            .await?;
        }
        let (systems, clock) = (Arc::clone(&self.0.systems), self.0.clock());
        let (instance, call) = (instance.clone(), call.clone());
        let called = ctx.run(move || async move {
            if !begun_here.load(Ordering::Relaxed) {
                let detail = "the process stopped before the answer came".into();
                return Ok(Json((Outcome::Lost { name: "interrupted".into(), detail }, clock())));
            }
            let lost = || Outcome::Lost { name: "panicked".into(), detail: "the client of the system panicked".into() };
            let outcome = guarded(move || systems.call(&instance, &call)).await.unwrap_or_else(lost);
            Ok(Json((outcome, clock())))
        });
        // Who cancels it by hand has decided that nobody waits for the answer.
        Ok(match called.name("call").await {
            Ok(Json((outcome, now))) => (outcome, Some(now)),
            Err(why) => (Outcome::Lost { name: "interrupted".into(), detail: why.to_string().into() }, None),
        })
    }

    async fn look_up(&self, ctx: &Context<'_>, instance: &Instance, keys: Keys) -> Timed<Found> {
        let (systems, clock, instance) = (Arc::clone(&self.0.systems), self.0.clock(), instance.clone());
        let looked = ctx.run(move || async move {
            let answers: Result<Answers, Failure> = guarded(move || systems.look_up(&instance, &keys))
                .await
                .unwrap_or_else(|| Err(Failure::new("panicked", "the client of the system panicked")));
            Ok(Json((Found::from(answers), clock())))
        });
        match looked.name("look up").await {
            Ok(Json((found, now))) => (found, Some(now)),
            Err(why) => (Err(Failure::new("interrupted", why.to_string())).into(), None),
        }
    }
}

fn tell(ctx: &Context<'_>, instance: &Instance, told: Told, now: Option<Millis>) {
    let flow = ctx.object_client::<FlowClient<'_>>(of_instance(instance));
    drop(flow.tell(Json(Tell { told, now })).send());
}

/// Clients are written by others, and may block: their panic is an answer that did not come.
async fn guarded<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(act).await.ok()
}

pub(super) struct Channel(pub Arc<Node>);

#[restate_sdk::object(name = "Channel", client_visibility = "pub(super)")]
impl Channel {
    /// Publishes an event; as long as that fails, it is tried again, and what has the same key waits.
    #[handler]
    async fn publish(&self, ctx: ObjectContext<'_>, job: Json<Job>) -> HandlerResult<()> {
        let Json(job) = job;
        let systems = Arc::clone(&self.0.systems);
        let forever = RunRetryPolicy::new()
            .initial_delay(Duration::from_secs(1))
            .exponentiation_factor(2.0)
            .max_delay(Duration::from_secs(60));
        let published = ctx.run(move || {
            let (systems, job) = (systems, job);
            async move {
                let Order::Publish(publish) = job.order else { return Ok(()) };
                match guarded(move || systems.publish(&job.instance, &publish)).await {
                    Some(Ok(())) => Ok(()),
                    Some(Err(failure)) => Err(failure.detail().to_owned().into()),
                    None => Err("the client of the system panicked".into()),
                }
            }
        });
        published.name("publish").retry_policy(forever).await?;
        Ok(())
    }
}
