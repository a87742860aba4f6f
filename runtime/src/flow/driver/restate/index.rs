//! The object `Index`, one per identifier and flow: which instance it leads to, and which messages wait for it.

use super::inbox::InboxClient;
use super::place::flow_of;
use super::wire::{Again, Waiting};
use crate::flow::Millis;
use restate_sdk::prelude::*;
use serde::{Deserialize, Serialize};

pub(super) struct Index;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Bind {
    pub key: String,
    pub now: Millis,
}

#[restate_sdk::object(name = "Index", client_visibility = "pub(super)")]
impl Index {
    /// The key that it is bound to; if none, the message of this `Inbox` is offered again when it is.
    #[handler]
    async fn find(&self, ctx: ObjectContext<'_>, inbox: String) -> HandlerResult<Json<Option<String>>> {
        let key: Option<String> = ctx.get("key").await?;
        if key.is_none() {
            let Json(mut waiting) = waiting(&ctx).await?;
            if !waiting.contains(&inbox) {
                waiting.push(inbox);
                ctx.set("waiting", Json(waiting));
            }
        }
        Ok(Json(key))
    }

    /// Binds it, in place of what it was bound to.
    #[handler]
    async fn bind(&self, ctx: ObjectContext<'_>, bind: Json<Bind>) -> HandlerResult<()> {
        let Json(Bind { key, now }) = bind;
        ctx.set("key", key);
        let Json(waiting) = waiting(&ctx).await?;
        if !waiting.is_empty() {
            ctx.clear("waiting");
            let flow = flow_of(ctx.key()).unwrap_or_default();
            let waiting = waiting.into_iter().map(|inbox| Waiting { flow: flow.clone(), inbox });
            offer_again(&ctx, waiting.collect(), now);
        }
        Ok(())
    }
}

async fn waiting(ctx: &ObjectContext<'_>) -> Result<Json<Vec<String>>, TerminalError> {
    Ok(ctx.get("waiting").await?.unwrap_or(Json(Vec::new())))
}

/// Offers messages again, one after the other.
pub(super) fn offer_again<'ctx>(ctx: &impl ContextClient<'ctx>, mut messages: Vec<Waiting>, now: Millis) {
    if !messages.is_empty() {
        let Waiting { flow, inbox } = messages.remove(0);
        let again = Again { flow, now, then: messages };
        drop(ctx.object_client::<InboxClient<'_>>(inbox).offer(Json(again)).send());
    }
}
