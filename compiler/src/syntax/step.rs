//! Steps of a flow.

use super::action::ActionAst;
use super::call::{CallAst, MapUseAst, RequestAst, StepUndoAst};
use super::decode::{Reader, Syntax, ast};
use super::expr_text::{ExprText, ListText};
use super::list::OneOrMany;
use super::name::{CodeText, Free, Name, Named, Snake, Text};
use super::path::ByPath;
use super::quantity::DurationAst;
use super::schema::SchemaBuilder;
use super::workspace::WaiverAst;
use super::yaml::Node;
use serde_json::{Value, json};

/// States that are set, by the field that holds them.
pub type SetAst = ByPath<CodeText>;

ast! {
    /// A step: one of `call`, `publish`, `await`, `wait`, `decide`, `each` or `raise`.
    pub struct StepAst {
        /// The name, in `snake_case`.
        name: required Name<Snake>,
        /// What it does, in Markdown.
        description: optional Text,
        /// Its names in earlier versions of the flow.
        was: default OneOrMany<Text>,
        /// The steps that must be done before; without it, the one above.
        after: optional OneOrMany<Text>,
        /// The operation that is called, such as `sap.create_order`.
        call: optional CallAst,
        /// The parameters of the call.
        params: default Named<Free, ExprText>,
        /// The mapping to the request.
        send: optional MapUseAst,
        /// The mapping from the answer.
        receive: optional MapUseAst,
        /// The kept collection that what is received goes into.
        into: optional Text,
        /// What tells a repeat of the call from another call.
        idempotency: optional ExprText,
        /// How long the call may take in all.
        budget: optional DurationAst,
        /// How what was done is undone.
        undo: optional StepUndoAst,
        /// What runs instead of the call when a `goto` comes back here.
        redo: optional RequestAst,
        /// By exception: what happens when the call fails with it.
        failures: default Named<Free, FailureAst>,
        /// The event that is published.
        publish: optional Text,
        /// The events that are waited for.
        awaits as "await": optional OneOrMany<AwaitAst>,
        /// Which instance and part an event is for: an identifier or key, and something of the event.
        matches as "match": optional ExprText,
        /// What must hold for the wait to end; without it, the first event ends it.
        until: optional ExprText,
        /// How long is waited.
        within: optional DurationAst,
        /// The exception that is raised when that is over.
        late: optional Text,
        /// How long nothing is done.
        wait: optional DurationAst,
        /// Where to go on, by condition; the first that holds.
        decide: optional Vec<BranchAst>,
        /// A list of the object, or groups of one: `order.lines.groupBy(l, l.warehouse)`.
        each: optional ListText,
        /// The name of an element or group of `each`.
        element as "as": optional Text,
        /// What is done for each.
        steps: default Vec<StepAst>,
        /// The exception that is raised.
        raise: optional Text,
        /// States that are set when the step is done.
        set: default SetAst,
        /// The system in whose name states are set.
        by: optional Text,
        /// The fact that is recorded when the step is done.
        milestone: optional MilestoneAst,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

ast! {
    /// A fact of the flow, with a time.
    pub struct MilestoneAst short name {
        /// The name.
        name: required Name<Snake>,
        /// States that are set.
        set: default SetAst,
        /// The system in whose name they are set.
        by: optional Text,
    }
}

ast! {
    /// What happens when a call fails with an exception.
    pub struct FailureAst {
        /// States that are set.
        set: default SetAst,
        /// The system in whose name they are set.
        by: optional Text,
        /// The exception that is raised; without it, that of the failure itself.
        raise: optional Text,
        /// The step to go on with.
        goto: optional Text,
        /// After how long the step is tried again.
        again: optional DurationAst,
    }
}

ast! {
    /// An event that is waited for.
    pub struct AwaitAst {
        /// The event, such as `ongoing.order_shipped`.
        event: required Text,
        /// Which instance and part it is for, if not as the step says.
        matches as "match": optional ExprText,
        /// The mapping of the event.
        receive: optional MapUseAst,
        /// The kept collection that it goes into.
        into: optional Text,
        /// The exception that it raises.
        raise: optional Text,
        /// The step to go on with.
        goto: optional Text,
    }
}

/// A branch of a decision: a condition and what follows, or what follows otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct BranchAst {
    /// The condition; none for `else`.
    pub when: Option<ExprText>,
    /// What follows.
    pub then: ActionAst,
}

ast! {
    /// A branch: a condition and an action, or `else` with one.
    pub struct BranchKeys {
        /// The condition.
        when: optional ExprText,
        /// What holds otherwise: a step, `continue`, or an action.
        otherwise as "else": optional ElseAst,
        /// The step to go on with.
        goto: optional Text,
        /// The exception that is raised.
        raise: optional Text,
        /// States that are set.
        set: default SetAst,
        /// The system in whose name they are set.
        by: optional Text,
        /// What is compensated: `all`, or steps.
        undo: optional OneOrMany<Text>,
        /// Steps of its own.
        steps: default Vec<StepAst>,
        /// How it goes on: `continue`, or a step.
        then: optional Text,
    }
}

/// What follows otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct ElseAst(ActionAst);

impl Syntax for ElseAst {
    const WHAT: &'static str = "a step, `continue`, or an action";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        if node.is_map() {
            return ActionAst::read(node, cx).map(ElseAst);
        }
        let word = cx.scalar(node, Self::WHAT)?;
        let span = node.span;
        let action = if word.value == "continue" {
            ActionAst { then: Some(word), span, ..ActionAst::default() }
        } else {
            ActionAst { goto: Some(word), span, ..ActionAst::default() }
        };
        Some(ElseAst(action))
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        json!({ "anyOf": [{ "type": "string" }, ActionAst::schema(cx)] })
    }
}

impl Syntax for BranchAst {
    const WHAT: &'static str = "a condition and what follows, or `else`";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        let keys = BranchKeys::read(node, cx)?;
        let own = ActionAst {
            set: keys.set,
            by: keys.by,
            raise: keys.raise,
            goto: keys.goto,
            again: None,
            undo: keys.undo,
            steps: keys.steps,
            then: keys.then,
            description: None,
            span: node.span,
        };
        let (when, then) = match (keys.when, keys.otherwise) {
            (Some(when), None) => (Some(when), own),
            (None, Some(ElseAst(action))) if own.is_empty() => (None, action),
            _ => {
                cx.wrong_type(node, "either `when` with what follows, or `else`");
                return None;
            }
        };
        Some(BranchAst { when, then })
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        BranchKeys::schema(cx)
    }
}
