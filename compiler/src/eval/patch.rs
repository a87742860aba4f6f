//! Patches: what a mapping touches of an object, field by field, and of its keyed lists, element by element.
//!
//! Absent on purpose: whether the writer may. That is asked where the patch is applied.

use super::eval::{Run, mistyped};
use super::value::{Change, ListPatch, Patch, Value};
use crate::expr::ir::{self, Kind, Node};
use crossdock_runtime::Result;
use std::rc::Rc;

impl<'v> Run<'v, '_> {
    /// Fields in declared order: whether each is touched, then its value, then, if that is none, whether this clears it.
    pub(super) fn patch(&mut self, patch: &'v ir::Patch) -> Result<Value<'v>> {
        let mut find = Vec::with_capacity(patch.find.len());
        for (path, value) in &patch.find {
            // An identity is no field of the target: the line of the specs is the place.
            let value = self.eval(value).map_err(|failure| self.at_span(failure, value.span))?;
            find.push((path.clone(), value));
        }
        let mut fields = Vec::with_capacity(patch.fields.len());
        for field in &patch.fields {
            let touched = self.truth(&field.touched).map_err(|failure| self.at_span(failure, field.value.span))?;
            if !touched {
                continue;
            }
            let change = match self.eval(&field.value)? {
                Value::None if self.truth(&field.clears)? => Change::Cleared,
                Value::None => continue,
                nested if is_nested_patch(&field.value) && is_untouched(&nested) => continue,
                value => Change::Set(value),
            };
            fields.push((field.field, change));
        }
        Ok(Value::Patch(Rc::new(Patch { of: patch.of, find, fields })))
    }

    pub(super) fn each_patch(&mut self, each: &'v ir::EachPatch) -> Result<Value<'v>> {
        let items = self.elements(&each.list)?;
        let mut patch = ListPatch { key: each.key.0, of: each.of, set: Vec::new(), removed: Vec::new() };
        for (index, item) in items.iter().enumerate() {
            self.bind_element(each.var, item, each.index, index, &each.lets);
            // What is removed or left out has no place in the target: the source's position counts.
            self.element(each, &mut patch).map_err(|failure| failure.in_index(index))?;
        }
        Ok(Value::ListPatch(Rc::new(patch)))
    }

    fn element(&mut self, each: &'v ir::EachPatch, patch: &mut ListPatch<'v>) -> Result<()> {
        if self.is_dropped(&each.drops)? {
            return Ok(());
        }
        let key = self.eval(&each.key.1)?;
        if let Some(removed) = &each.removed
            && self.truth(removed)?
        {
            patch.removed.push(key);
            return Ok(());
        }
        match self.eval(&each.body)? {
            Value::Patch(body) => patch.set.push((key, body)),
            _ => return Err(mistyped()),
        }
        Ok(())
    }
}

/// Whether a field's value is a patch of its own, and not a value that replaces the field's.
fn is_nested_patch(value: &Node) -> bool {
    match &value.kind {
        Kind::At(_, inner) => is_nested_patch(inner),
        kind => matches!(kind, Kind::Patch(_) | Kind::EachPatch(_)),
    }
}

fn is_untouched(value: &Value<'_>) -> bool {
    match value {
        Value::Patch(patch) => patch.fields.is_empty(),
        Value::ListPatch(patch) => patch.set.is_empty() && patch.removed.is_empty(),
        _ => false,
    }
}
