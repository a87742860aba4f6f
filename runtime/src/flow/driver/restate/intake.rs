//! The service `Intake`: what arrives goes document by document to where it belongs. Who sent it hears when all is kept.

use super::super::super::Arrived;
use super::super::Accepted;
use super::super::intake::{Became, Receipt, echo, letter, told};
use super::flow::FlowClient;
use super::inbox::InboxClient;
use super::node::Node;
use super::place::{of_instance, of_message};
use super::wire::{self, Bury, Entered};
use crate::flow::Millis;
use restate_sdk::prelude::*;
use std::sync::Arc;

pub(super) struct Intake(pub Arc<Node>);

#[restate_sdk::service(name = "Intake", client_visibility = "pub(super)")]
impl Intake {
    /// Receives what arrives.
    #[handler]
    async fn receive(&self, ctx: Context<'_>, entered: Json<Entered>) -> HandlerResult<Json<Vec<Receipt>>> {
        let Json(Entered { arrival, now }) = entered;
        let all = match told(self.0.intake.as_ref(), &arrival) {
            Ok(all) => all,
            Err(receipts) => return Ok(Json(receipts)),
        };
        let mut receipts = Vec::with_capacity(all.len());
        for one in all {
            receipts.push(put(&self.0, &ctx, one, now).await?);
        }
        Ok(Json(receipts))
    }
}

/// Puts a document where it belongs. Only what the flows make of an event is waited for: the rest is kept once it is sent.
pub(super) async fn put<'ctx>(
    node: &Node,
    ctx: &impl ContextClient<'ctx>,
    one: Arrived,
    now: Millis,
) -> HandlerResult<Receipt> {
    let (message, became) = match one {
        Arrived::Event(message) => {
            let inbox = ctx.object_client::<InboxClient<'_>>(of_message(&message.name, &message.id));
            let Json(accepted) = inbox.accept(Json(wire::Arrived { message: message.clone(), now })).call().await?;
            (message, Became::Message(accepted))
        }
        Arrived::Echo(message) => {
            let (instance, audit) = echo(&message, now);
            drop(ctx.object_client::<FlowClient<'_>>(of_instance(&instance)).note(Json(audit)).send());
            (message, Became::Echo)
        }
        Arrived::Broken(message, document, failure) => {
            if let Some(intake) = &node.intake {
                let letter = letter(intake.gates(), message.clone(), document, &failure, now);
                let bury = Bury { flow: String::new(), key: None, letter, now };
                let inbox = ctx.object_client::<InboxClient<'_>>(of_message(&message.name, &message.id));
                drop(inbox.bury(Json(bury)).send());
            }
            (message, Became::Message(Accepted::Dead))
        }
    };
    Ok(Receipt { name: message.name, id: message.id, became })
}
