//! The object `Deliveries`, one per key of an event and subscriber that is called: what is delivered goes in order, one at a
//! time, through the lane of its system.

use super::super::super::{Deliveries as Queue, Next};
use super::super::deliver::publisher;
use super::super::store::Order;
use super::inbox::InboxClient;
use super::node::Node;
use super::place::of_message;
use super::wire::{Bury, Came, Deliver, OfDelivery};
use crate::answers::Answers;
use crate::failure::Failure;
use crate::flow::{Delivery, Millis};
use restate_sdk::prelude::*;
use std::sync::Arc;

pub(super) struct Deliveries(pub Arc<Node>);

#[restate_sdk::object(name = "Deliveries", client_visibility = "pub(super)")]
impl Deliveries {
    /// Puts one more into the queue.
    #[handler]
    async fn enter(&self, ctx: ObjectContext<'_>, deliver: Json<Deliver>) -> HandlerResult<()> {
        let Json(Deliver { delivery, now }) = deliver;
        let mut queue = queue(&ctx).await?;
        if let Some(first) = queue.enter(delivery) {
            self.order(&ctx, first, now, now).await?;
        }
        set(&ctx, queue);
        Ok(())
    }

    /// Something came of the one that is under way.
    #[handler]
    async fn came(&self, ctx: ObjectContext<'_>, came: Json<OfDelivery>) -> HandlerResult<()> {
        let Json(OfDelivery { delivery, came, now }) = came;
        let now = self.0.at(&ctx, now).await?;
        let flow = self.0.flow(&delivery.flow)?;
        let mut queue = queue(&ctx).await?;
        let Next { order, letter } = match came {
            Came::Reply(outcome) => queue.replied(&delivery, outcome, flow.program(), now),
            Came::Answers(answers) => {
                let answers: Result<Answers, Failure> = answers.into();
                let made = answers.and_then(|answers| flow.deliver(&delivery, &answers));
                queue.made(&delivery, made, flow.program(), now)
            }
        };
        set(&ctx, queue);
        if let Some(letter) = letter {
            let inbox = of_message(&letter.message.name, &letter.message.id);
            let bury = Bury { flow: delivery.flow.to_string(), key: Some(delivery.instance.clone()), letter, now };
            drop(ctx.object_client::<InboxClient<'_>>(inbox).bury(Json(bury)).send());
        }
        if let Some((next, due)) = order {
            self.order(&ctx, next, due, now).await?;
        }
        Ok(())
    }
}

impl Deliveries {
    async fn order(
        &self,
        ctx: &ObjectContext<'_>,
        delivery: Delivery,
        due: Millis,
        now: Millis,
    ) -> Result<(), TerminalError> {
        let number = ctx.get::<u64>("count").await?.unwrap_or_default() + 1;
        ctx.set("count", number);
        let job = Node::job(&publisher(&delivery), number, due, Order::Deliver(Box::new(delivery)));
        self.0.order(ctx, &job, now);
        Ok(())
    }
}

async fn queue(ctx: &ObjectContext<'_>) -> Result<Queue, TerminalError> {
    Ok(ctx.get::<Json<Queue>>("queue").await?.map(|Json(queue)| queue).unwrap_or_default())
}

fn set(ctx: &ObjectContext<'_>, queue: Queue) {
    if queue.is_empty() {
        ctx.clear("queue");
    } else {
        ctx.set("queue", Json(queue));
    }
}
