//! `kind: scenario`: a world in which a flow is simulated: what begins it, what systems answer and tell, what people do.

use super::decode::ast;
use super::expr_text::ExprText;
use super::name::{Free, Name, Named, Snake, Text};
use super::quantity::{DurationAst, NumberAst};
use super::workspace::WaiverAst;

ast! {
    /// A world in which a flow is simulated.
    pub struct ScenarioAst {
        /// The name, in `snake_case`.
        name: required Name<Snake>,
        /// What it shows, in Markdown.
        description: optional Text,
        /// The flow.
        flow: expected Text,
        /// What begins an instance.
        start: expected ScenarioStartAst,
        /// Settings, by system.
        config: default Named<Free, Named<Free, Text>>,
        /// By operation: a file with the answer, a template of JSON.
        answers: default Named<Free, Text>,
        /// What systems tell.
        events: default Vec<ScenarioEventAst>,
        /// By exception: the action that people choose; others are tried again.
        actions: default Named<Free, Text>,
        /// What holds of the object at all times.
        holds: default Vec<ExprText>,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// What begins an instance: an event of a system, or an operation of an API.
    pub struct ScenarioStartAst {
        /// The event, such as `shopify.order_created`.
        event: optional Text,
        /// The operation of an API, such as `orders.submit_order`.
        api: optional Text,
        /// A file with the payload, a template of JSON.
        payload: required Text,
    }
}

ast! {
    /// Something that a system tells.
    pub struct ScenarioEventAst {
        /// The event, such as `ongoing.order_shipped`.
        event: required Text,
        /// The operation whose effect, or the event, that makes it happen; without it, the start does.
        after: optional Text,
        /// Within this time after that.
        within: optional DurationAst,
        /// In how many of a hundred cases it happens; in all of them if nothing is said.
        share: optional NumberAst,
        /// A file with the payload, a template of JSON.
        payload: required Text,
    }
}
