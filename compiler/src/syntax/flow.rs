//! `kind: flow`: how an object moves between systems, from where it starts to where it ends. Steps and actions have
//! files of their own.

use super::action::{HandlerAst, InterruptAst};
use super::call::{CallAst, MapUseAst};
use super::decode::ast;
use super::expr_text::ExprText;
use super::name::{Free, Name, Named, Snake, Text};
use super::quantity::NumberAst;
use super::step::StepAst;
use super::types::TypeAst;
use super::workspace::WaiverAst;

ast! {
    /// A flow.
    pub struct FlowAst {
        /// The name, in `snake_case`.
        name: required Name<Snake>,
        /// What it does, in Markdown.
        description: optional Text,
        /// Its version: the state of what is under way belongs to one.
        version: expected NumberAst,
        /// The object: the working copy, as last told by its owners.
        object: expected Text,
        /// What tells one instance from another.
        key: expected ExprText,
        /// Collections that are kept beside the object, upserted by key.
        keep: default Named<Snake, KeepAst>,
        /// Fields of the object that follow from what is kept.
        derive: default Vec<DeriveAst>,
        /// What starts it.
        start: default Vec<StartAst>,
        /// What it does, in order unless `after` says otherwise.
        steps: default Vec<StepAst>,
        /// What may come at any time.
        interrupts: default Vec<InterruptAst>,
        /// By exception: what can be done about it.
        exceptions: default Named<Free, HandlerAst>,
        /// Steps of earlier versions that are gone.
        drop: default Vec<Text>,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// A collection that is kept beside the object.
    pub struct KeepAst {
        /// What it holds, in Markdown.
        description: optional Text,
        /// A list of objects or values, such as `list<Shipment>`.
        ty as "type": required TypeAst,
        /// The field that tells its elements apart.
        key: expected Text,
    }
}

ast! {
    /// A field of the object that follows from what is kept.
    pub struct DeriveAst {
        /// The field, such as `order.lines.shipped`.
        set: required ExprText,
        /// The name of an element of the list that the field is in.
        element as "as": optional Text,
        /// What it becomes.
        to: required ExprText,
        /// The system in whose name it is written.
        by: optional Text,
        /// Why, in Markdown.
        description: optional Text,
    }
}

ast! {
    /// What starts a flow: an event of a system, or an operation of an API.
    pub struct StartAst {
        /// The event, such as `shopify.order_created`.
        event: optional Text,
        /// What is asked before the mapping is applied, by name.
        fetch: default Named<Snake, FetchAst>,
        /// The mapping to the object.
        receive: optional MapUseAst,
        /// The operation of an API, such as `orders.submit_order`.
        api: optional Text,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// A call whose answer a mapping reads.
    pub struct FetchAst {
        /// The operation, such as `amazon.get_order`.
        call: required CallAst,
        /// Its parameters.
        params: default Named<Free, ExprText>,
    }
}
