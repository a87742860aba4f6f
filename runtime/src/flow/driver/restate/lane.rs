//! The object `Lane`, one per deployment of a system that bears not everything: it keeps its rate and how many calls are under
//! way, whichever processes make them.

use super::super::super::Millis;
use super::super::Lane;
use super::super::store::Job;
use super::exec::ExecClient;
use super::node::Node;
use super::place::Address;
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub(super) struct Queue(pub Arc<Node>);

#[derive(Debug, Serialize, Deserialize)]
struct Saved {
    lane: Lane,
    next: u64,
    /// When it wakes up to let a call go.
    wake: Option<Millis>,
}

#[restate_sdk::object(name = "Lane", client_visibility = "pub(super)", lazy_state = true)]
impl Queue {
    /// A call that is due joins the queue.
    #[handler]
    async fn enter(&self, ctx: ObjectContext<'_>, job: Json<Job>) -> HandlerResult<()> {
        let now = self.0.now(&ctx).await?;
        let mut saved = self.saved(&ctx).await?;
        saved.next += 1;
        saved.lane.push(job.0.due, saved.next);
        ctx.set(&waiting(saved.next), job);
        self.go_on(&ctx, saved, now).await
    }

    /// A call came to its end.
    #[handler]
    async fn done(&self, ctx: ObjectContext<'_>) -> HandlerResult<()> {
        let now = self.0.now(&ctx).await?;
        let mut saved = self.saved(&ctx).await?;
        saved.lane.done();
        self.go_on(&ctx, saved, now).await
    }

    /// There is room again.
    #[handler]
    async fn wake(&self, ctx: ObjectContext<'_>, at: i64) -> HandlerResult<()> {
        let now = self.0.now(&ctx).await?;
        let mut saved = self.saved(&ctx).await?;
        if saved.wake == Some(at) {
            saved.wake = None;
        }
        self.go_on(&ctx, saved, now).await
    }
}

impl Queue {
    async fn saved(&self, ctx: &ObjectContext<'_>) -> HandlerResult<Saved> {
        let limit = self.0.limit(ctx.key()).unwrap_or_default();
        let saved = ctx.get::<Json<Saved>>("lane").await?;
        Ok(match saved {
            Some(Json(Saved { lane, next, wake })) => Saved { lane: lane.within(limit), next, wake },
            None => Saved { lane: Lane::new(limit), next: 0, wake: None },
        })
    }

    async fn go_on(&self, ctx: &ObjectContext<'_>, mut saved: Saved, now: Millis) -> HandlerResult<()> {
        while let Some(number) = saved.lane.take(now) {
            if let Some(job) = ctx.get::<Json<Job>>(&waiting(number)).await? {
                ctx.clear(&waiting(number));
                drop(ctx.service_client::<ExecClient<'_>>().perform(job).send());
            }
        }
        if let Some(at) = saved.lane.free_at(now)
            && saved.wake.is_none_or(|wake| at < wake)
        {
            saved.wake = Some(at);
            self.0.later(ctx, Address::object("Lane", ctx.key(), "wake"), at, at, now, None);
        }
        ctx.set("lane", Json(saved));
        Ok(())
    }
}

fn waiting(number: u64) -> String {
    format!("waiting/{number:020}")
}
