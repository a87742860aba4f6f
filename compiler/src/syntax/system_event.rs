//! Events of a system: what it tells, and how that arrives. What the workspace itself publishes is `kind: event`:
//! [`super::event`].

use super::decode::ast;
use super::expr_text::ExprText;
use super::name::{Free, Named, Text};
use super::quantity::DurationAst;
use super::types::TypeAst;
use super::workspace::WaiverAst;

ast! {
    /// What a system tells.
    pub struct SystemEventAst {
        /// What it means, in Markdown.
        description: optional Text,
        /// A call that the system makes.
        webhook: optional WebhookAst,
        /// The operation that is asked at intervals.
        poll: optional Text,
        /// How often it is asked.
        every: optional DurationAst,
        /// What grows from one to the next: only what is beyond the last one is read.
        after: optional ExprText,
        /// A queue or topic that it arrives in.
        queue: optional Text,
        /// A folder that it arrives in.
        file: optional Text,
        /// A Rust trait that the user implements.
        adapter: optional Text,
        /// The record that it carries.
        record: optional TypeAst,
        /// Which messages of the channel are this event.
        when: optional ExprText,
        /// Which are echoes of our own writes.
        ignore: optional ExprText,
        /// What tells a message from its repeats.
        dedupe: optional ExprText,
        /// Messages with the same value are handled in order.
        order_by: optional ExprText,
        /// How long one waits that matches nothing yet.
        unmatched: optional DurationAst,
        /// A list in the message, each element of which is one event.
        split: optional ExprText,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// A call that the system makes.
    pub struct WebhookAst {
        /// The path at which it arrives.
        path: optional Text,
        /// How it is known to come from the system: by scheme, the header that proves it.
        verify: default Named<Free, Text>,
    }
}
