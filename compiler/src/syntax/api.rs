//! `kind: api`: what the workspace offers to callers.

use super::decode::ast;
use super::name::{Name, Named, Snake, Text};
use super::quantity::{DurationAst, RateAst};
use super::system::{AuthAst, HttpAst, IdempotencyAst, ParamsAst};
use super::workspace::WaiverAst;

ast! {
    /// An API that the workspace offers.
    pub struct ApiAst {
        /// The name, in `snake_case`.
        name: required Name<Snake>,
        /// What it is, in Markdown.
        description: optional Text,
        /// Its version, if it has one of its own.
        version: optional Text,
        /// How callers authenticate.
        auth: optional AuthAst,
        /// How often they may call, such as `50/s per client`.
        rate: optional RateAst,
        /// What they may call, in order.
        operations: default Named<Snake, ApiOperationAst>,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// An operation of an API.
    pub struct ApiOperationAst {
        /// What it does, in Markdown.
        description: optional Text,
        /// Method and path, such as `GET /orders/{order_id}`.
        http: expected HttpAst,
        /// Parameters in path, query and header.
        params: default ParamsAst,
        /// The system that calls.
        caller: optional Text,
        /// The object that the caller sends.
        request: optional Text,
        /// The object that the caller gets, where no mapping says it.
        response: optional Text,
        /// How repeats are told from new requests.
        idempotency: optional IdempotencyAst,
        /// How long a caller waits.
        budget: optional DurationAst,
        /// When the caller gets an answer of a flow.
        answer: optional AnswerAst,
        /// The flow whose state is shown.
        shows: optional Text,
        /// The operation of a system that answers.
        call: optional Text,
        /// The mapping to that operation's request.
        send: optional Text,
        /// The mapping from its response.
        receive: optional Text,
        /// How long an answer may be kept.
        cache: optional DurationAst,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// When the caller gets an answer of a flow.
    pub struct AnswerAst {
        /// After which step.
        after: required Text,
        /// After how long it is told that the request was accepted.
        or_accepted_in: optional DurationAst,
    }
}
