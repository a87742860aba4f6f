//! Functions of value mappings: each is the same in every module whose mapping calls it, but for what the module's
//! records borrow and where it says its failures come from. So each is compiled and laid out once.

use super::Module;
use crate::emit::rust::expr::mentions;
use crate::emit::rust::names;
use crate::emit::rust::print::Printer;
use crate::model::{Id, Mapping};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The functions that modules of one system share.
#[derive(Debug, Default)]
pub struct Shared(Mutex<BTreeMap<Variant, Arc<Function>>>);

/// A value mapping, which of its inputs borrow from the payload, and whether it is declared in the module's own file.
type Variant = (Id<Mapping>, Vec<bool>, bool);

/// The function of a value mapping, laid out.
#[derive(Debug)]
pub struct Function {
    pub text: String,
    /// Whether it names the constant that tells where failures come from.
    pub has_origin: bool,
    /// The decoders of answers that it calls.
    decoders: Vec<String>,
}

impl Function {
    /// Whether it calls the decoder of an answer.
    pub fn calls(&self, decoder: &str) -> bool {
        self.decoders.iter().any(|name| name == decoder)
    }
}

impl Module<'_> {
    /// The function of a value mapping that this one calls.
    pub(super) fn called(&self, id: Id<Mapping>) -> Arc<Function> {
        let mapping = &self.model.mappings[id];
        let borrows = mapping.inputs.iter().map(|input| self.records.borrows(input.of)).collect();
        let variant = (id, borrows, mapping.span.file == self.mapping.span.file);
        // Whoever panicked while holding it left it whole.
        let known = self.shared.0.lock().unwrap_or_else(PoisonError::into_inner).get(&variant).cloned();
        known.unwrap_or_else(|| {
            let tokens = self.function(mapping, &names::function(&mapping.name), false);
            let decoders = mapping.lookups.iter().map(|lookup| names::answer(&lookup.name).to_string());
            let decoders = decoders.filter(|name| mentions(&tokens, name)).collect();
            let has_origin = mentions(&tokens, "SPEC");
            let mut printer = Printer::default();
            printer.item(tokens);
            let function = Arc::new(Function { text: printer.finish(), has_origin, decoders });
            self.shared.0.lock().unwrap_or_else(PoisonError::into_inner).insert(variant, Arc::clone(&function));
            function
        })
    }
}
