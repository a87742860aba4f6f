//! What a call names: an operation, perhaps of one instance of its system, and the mappings to its request and from
//! its answer.

use super::decode::{Reader, Syntax, ast};
use super::expr_text::ExprText;
use super::name::{Free, Named, Text};
use super::schema::SchemaBuilder;
use super::yaml::Node;
use crate::diagnostic::Diagnostic;
use crate::rules;
use crate::source::{Span, Spanned};
use serde_json::{Value, json};

/// `sap.create_order`, or `ongoing[part.key].create_order`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallAst {
    /// The system; empty if the call could not be read.
    pub system: Text,
    /// Which of its instances.
    pub instance: Option<ExprText>,
    /// The operation.
    pub operation: Text,
    /// Where all of it stands.
    pub span: Span,
}

impl CallAst {
    fn parse(text: &ExprText) -> Option<Self> {
        let word = |from: usize, to: usize| {
            let name = text.text.get(from..to)?;
            let well = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
            let span = text.part(from..to).span;
            well.then(|| Spanned::new(name.to_owned(), span))
        };
        let end = text.text.len();
        let dot = text.text.rfind('.')?;
        let operation = word(dot + 1, end)?;
        let before = text.text.get(..dot)?;
        let (system, instance) = match before.find('[') {
            Some(open) => {
                let close = before.strip_suffix(']')?.len();
                let inner = text.part(open + 1..close);
                if inner.text.trim().is_empty() {
                    return None;
                }
                (word(0, open)?, Some(inner))
            }
            None => (word(0, dot)?, None),
        };
        Some(CallAst { system, instance, operation, span: text.span })
    }
}

impl Syntax for CallAst {
    const WHAT: &'static str = "an operation, such as `sap.create_order` or `ongoing[part.key].create_order`";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        let text = ExprText::read_as(node, cx, Self::WHAT)?;
        Some(Self::parse(&text).unwrap_or_else(|| {
            let message = format!("`{}` is not {}", super::decode::brief(&text.text), Self::WHAT);
            cx.report(Diagnostic::new(rules::SPEC004, text.span, message));
            // It is a call all the same: that nothing is called would be another finding about one mistake.
            let nothing = Spanned::new(String::new(), text.span);
            CallAst { system: nothing.clone(), instance: None, operation: nothing, span: text.span }
        }))
    }

    fn schema(_: &mut SchemaBuilder) -> Value {
        json!({ "type": "string", "pattern": "^[a-z][a-z0-9_]*(\\[.+\\])?\\.[a-z][a-z0-9_]*$" })
    }
}

ast! {
    /// A mapping that is applied, with its inputs where they are not plain.
    pub struct MapUseAst short map {
        /// The mapping.
        map: required Text,
        /// By input of the mapping: what it gets.
        with: default Named<Free, ExprText>,
    }
}

ast! {
    /// A call and what goes with it.
    pub struct RequestAst {
        /// The operation, such as `sap.change_order`.
        call: required CallAst,
        /// Its parameters.
        params: default Named<Free, ExprText>,
        /// The mapping to its request.
        send: optional MapUseAst,
        /// The mapping from its answer.
        receive: optional MapUseAst,
    }
}

ast! {
    /// How a call that was done is undone; which operation does it, the operation says.
    pub struct StepUndoAst {
        /// The parameters of the undoing operation.
        params: default Named<Free, ExprText>,
        /// The mapping to its request.
        send: optional MapUseAst,
        /// The mapping from its answer.
        receive: optional MapUseAst,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn parse(text: &str) -> Option<CallAst> {
        let span = Span::new(FileId(0), 10, 10 + u32::try_from(text.len()).unwrap());
        CallAst::parse(&ExprText::exact(text, span))
    }

    #[test]
    fn an_instance_stands_in_brackets() {
        let call = parse("ongoing[part.ids['x.y']].create_order").unwrap();
        assert_eq!(call.system.value, "ongoing");
        assert_eq!(call.operation.value, "create_order");
        let instance = call.instance.unwrap();
        assert_eq!(instance.text, "part.ids['x.y']");
        assert_eq!((instance.span.start, instance.span.end), (18, 33));
        assert_eq!(parse("sap.create_order").unwrap().instance, None);
    }

    #[test]
    fn what_names_no_operation_is_refused() {
        for bad in ["sap", "", ".", "sap.", ".x", "sap[].x", "sap[a.x", "sap]a[.x", "sap.a b", "a.b.c"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
