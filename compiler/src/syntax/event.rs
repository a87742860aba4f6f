//! `kind: event`: what the workspace publishes of an object, and who takes it.

use super::call::{CallAst, MapUseAst};
use super::decode::ast;
use super::expr_text::ExprText;
use super::list::OneOrMany;
use super::name::{Free, Name, Named, Snake, Text};
use super::path::PathAst;
use super::quantity::{DurationAst, NumberAst};
use super::workspace::WaiverAst;

ast! {
    /// An event that the workspace publishes.
    pub struct EventAst {
        /// The name, in `snake_case`.
        name: required Name<Snake>,
        /// What it means, in Markdown.
        description: optional Text,
        /// Its version: a change that a subscriber would notice is a new one.
        version: expected NumberAst,
        /// What it carries.
        payload: expected PayloadAst,
        /// It is published when one of these changes; without them by a flow's `publish` alone.
        when_changes: default Vec<PathAst>,
        /// Events with the same key are delivered in order: a field of the object, or several.
        key: optional OneOrMany<PathAst>,
        /// The topic or queue, such as `orders.changed.v1`.
        channel: expected Text,
        /// By system: how it takes the event.
        subscribers: default Named<Free, SubscriberAst>,
        /// What becomes of one that can't be delivered.
        dead_letter: optional DeadLetterAst,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// What an event carries.
    pub struct PayloadAst {
        /// The object.
        object: required Text,
        /// Its fields that go along, such as `lines.shipped`.
        fields: default Vec<PathAst>,
    }
}

ast! {
    /// How a system takes an event: by a call, or by reading the channel itself.
    pub struct SubscriberAst {
        /// What it does with it, in Markdown.
        description: optional Text,
        /// The operation that is called, such as `salesforce.update_order`.
        call: optional CallAst,
        /// The parameters of the call.
        params: default Named<Free, ExprText>,
        /// The mapping to the request.
        send: optional MapUseAst,
        /// What it reads of the payload, if it takes it from the channel.
        reads: optional Vec<PathAst>,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// What becomes of an event that can't be delivered.
    pub struct DeadLetterAst {
        /// The team that it waits for.
        team: optional Text,
        /// How long it may wait for the team.
        sla: optional DurationAst,
        /// How long it is kept; then it is removed, and the audit of its instance says so. Without it, until it is replayed.
        keep: optional DurationAst,
    }
}
