//! The exceptions that the workspace declares, written once: flows and what arrives name them, and a flow says besides what
//! can be done about some.

use super::program;
use crate::emit::rust::names;
use crate::emit::rust::print::Printer;
use crate::lower::flow::declared;
use crate::lower::names::{module_name, not_taken};
use crate::model::Model;
use crossdock_runtime::flow::Exception;
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::BTreeSet;

/// The declared exceptions, and the module that they stand in.
pub struct Exceptions {
    /// The module's name.
    pub module: String,
    declared: Vec<Exception>,
}

impl Exceptions {
    /// Those of a workspace, in a module whose name no flow has.
    pub fn of(model: &Model) -> Self {
        let flows: BTreeSet<String> = model.flows.rows().iter().map(|flow| module_name(&flow.name)).collect();
        let module = not_taken("exceptions", |name| flows.contains(name));
        Self { module, declared: declared(model) }
    }

    /// Whether there are any.
    pub fn is_empty(&self) -> bool {
        self.declared.is_empty()
    }

    /// Whether an exception is as it is declared.
    pub fn holds(&self, exception: &Exception) -> bool {
        self.declared.contains(exception)
    }

    /// All of them, for a module that stands in this place of the crate.
    pub fn all(&self, place: &TokenStream) -> TokenStream {
        if self.is_empty() {
            return quote!(Vec::new());
        }
        let module = names::module(&self.module);
        quote!(#place #module::declared())
    }

    /// The file of the module.
    pub fn file(&self) -> String {
        let all = self.declared.iter().map(program::exception);
        let mut body = Printer::default();
        body.item(quote! {
            /// Each of them, with class, team and clock.
            pub(super) fn declared() -> Vec<Exception> {
                vec![#(#all),*]
            }
        });
        let body = body.finish();
        let mut out = Printer::file("the exceptions of the workspace");
        out.module_doc("The exceptions that the workspace declares.");
        out.blank();
        let used = |name: &&&str| match **name {
            "Escalation" => body.contains("Escalation {"),
            "Hours" => body.contains("Hours::new("),
            _ => true,
        };
        let all: Vec<&str> = ["Class", "Escalation", "Exception", "Hours"].iter().filter(used).copied().collect();
        out.group("use crossdock_runtime::flow::", &all);
        format!("{}\n{body}", out.finish())
    }
}
