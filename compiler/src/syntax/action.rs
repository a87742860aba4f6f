//! Actions: what is done about an exception, on an interrupt, or on a branch of a decision.

use super::call::MapUseAst;
use super::decode::ast;
use super::expr_text::ExprText;
use super::list::OneOrMany;
use super::name::{Named, Snake, Text};
use super::quantity::DurationAst;
use super::step::{SetAst, StepAst};
use super::workspace::WaiverAst;

ast! {
    /// An action: `goto`, `again`, `undo` or `steps`, perhaps with states that are set.
    pub struct ActionAst {
        /// What it is, in Markdown.
        description: optional Text,
        /// States that are set.
        set: default SetAst,
        /// The system in whose name they are set.
        by: optional Text,
        /// The exception that is raised.
        raise: optional Text,
        /// The step to go on with.
        goto: optional Text,
        /// The step waits, or is tried, again: for so long, or after it.
        again: optional DurationAst,
        /// What is compensated, in reverse order: `all`, or steps.
        undo: optional OneOrMany<Text>,
        /// Steps of its own.
        steps: default Vec<StepAst>,
        /// How it goes on: `continue`, or a step.
        then: optional Text,
    }
}

impl ActionAst {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        let ActionAst { description: _, set, by, raise, goto, again, undo, steps, then, span: _ } = self;
        let options = [by, raise, goto, then].into_iter().all(Option::is_none);
        options && again.is_none() && undo.is_none() && set.is_empty() && steps.is_empty()
    }
}

ast! {
    /// What may come at any time: an event of a system, what is received of it, and what is done then.
    pub struct InterruptAst {
        /// The event, such as `sap.order_updated`.
        event: required Text,
        /// Which instance it is for: an identifier or key, and something of the event.
        matches as "match": expected ExprText,
        /// The mapping of the event.
        receive: optional MapUseAst,
        /// The kept collection that it goes into.
        into: optional Text,
        /// The lifecycle state until which it is taken.
        until: optional Text,
        /// States that are set.
        set: default SetAst,
        /// The system in whose name they are set.
        by: optional Text,
        /// The exception that is raised.
        raise: optional Text,
        /// The step to go on with.
        goto: optional Text,
        /// What is compensated, in reverse order: `all`, or steps.
        undo: optional OneOrMany<Text>,
        /// Steps of its own.
        steps: default Vec<StepAst>,
        /// How it goes on: `continue`, or a step.
        then: optional Text,
        /// Why, in Markdown.
        description: optional Text,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

impl InterruptAst {
    /// What is done then.
    pub fn action(&self) -> ActionAst {
        ActionAst {
            description: None,
            set: self.set.clone(),
            by: self.by.clone(),
            raise: self.raise.clone(),
            goto: self.goto.clone(),
            again: None,
            undo: self.undo.clone(),
            steps: self.steps.clone(),
            then: self.then.clone(),
            span: self.span,
        }
    }
}

ast! {
    /// What can be done about an exception: by people, and by what a system tells.
    pub struct HandlerAst {
        /// By name: what a person may choose.
        actions: default Named<Snake, ActionAst>,
        /// By action: the event that chooses it.
        resolve: default Named<Snake, ResolveAst>,
    }
}

ast! {
    /// An event that chooses an action.
    pub struct ResolveAst {
        /// The event, such as `sap.hold_released`.
        event: required Text,
        /// Which instance it is for: an identifier or key, and something of the event.
        matches as "match": expected ExprText,
        /// The mapping of the event.
        receive: optional MapUseAst,
        /// The kept collection that it goes into.
        into: optional Text,
    }
}
