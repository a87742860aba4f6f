//! Running a prepared mapping on documents: keys out, answers in, a value out.
//!
//! Absent on purpose: reading files, and fetching what the keys ask for.

use super::decode::Decoding;
use super::encode;
use super::eval::{Observer, Run, mistyped};
use super::function::Functions;
use super::plan::Prepared;
use super::value::{Object, Value};
use super::wire::Sender;
use crate::model::{InputShape, Intent, Mapping, StructKind, Type};
use crossdock_runtime::failure::builtin;
use crossdock_runtime::json::Writer;
use crossdock_runtime::{Answers, Failure, Keys, Meta, Notes, Result};
use std::sync::LazyLock;

/// What a run that is given none has to go by.
static NO_ANSWERS: LazyLock<Answers> = LazyLock::new(Answers::new);
static NO_FUNCTIONS: Functions = Functions::new();

/// What a run has beside its documents.
#[derive(Debug, Clone, Copy)]
pub struct Outside<'v> {
    /// The message's circumstances.
    pub meta: &'v Meta,
    /// Answers to lookups.
    pub answers: &'v Answers,
    /// What the user's functions give.
    pub functions: &'v Functions,
}

impl<'v> Outside<'v> {
    /// The circumstances, and nothing else.
    pub fn of(meta: &'v Meta) -> Self {
        Outside { meta, answers: &NO_ANSWERS, functions: &NO_FUNCTIONS }
    }
}

/// What a mapping has made.
#[derive(Debug)]
pub struct Output<'v> {
    plan: &'v Prepared<'v>,
    /// The value: an object, a patch, a record, or a list where the source or target is one.
    pub value: Value<'v>,
}

impl Prepared<'_> {
    /// What the mapping needs to be told before it can run: one document per input, in their order.
    ///
    /// Fails with `decode_failed` if a document is not what its record declares. A key that can't be worked out is left
    /// out: the mapping fails where it is needed.
    pub fn keys<'v>(&'v self, inputs: &[&'v [u8]], meta: &'v Meta) -> Result<Keys> {
        self.keys_given(inputs, Outside::of(meta))
    }

    /// As [`Prepared::keys`], where a key may be what a function gives.
    pub fn keys_given<'v>(&'v self, inputs: &[&'v [u8]], outside: Outside<'v>) -> Result<Keys> {
        let mut keys = Keys::default();
        if self.mapping().lookups.is_empty() {
            return Ok(keys);
        }
        let mut notes = Notes::default();
        let documents = self.documents(inputs, &mut notes)?;
        let mut run = Run::new(self, outside, &mut notes, None);
        for inputs in self.runs(documents) {
            run.collect(inputs, &mut keys);
        }
        Ok(keys)
    }

    /// Maps documents, one per input, in their order; `notes` counts what was left out and what was not known.
    ///
    /// A failure names the exception, the place in the document, the path in the target and the line of the specs.
    pub fn map<'v>(
        &'v self,
        inputs: &[&'v [u8]],
        meta: &'v Meta,
        answers: &'v Answers,
        notes: &mut Notes,
    ) -> Result<Output<'v>> {
        self.map_given(inputs, Outside { answers, ..Outside::of(meta) }, notes, None)
    }

    /// As [`Prepared::map`], with all that may be given, and perhaps with somebody watching.
    pub fn map_given<'v>(
        &'v self,
        inputs: &[&'v [u8]],
        outside: Outside<'v>,
        notes: &mut Notes,
        observer: Option<&dyn Observer>,
    ) -> Result<Output<'v>> {
        let documents = self.documents(inputs, notes)?;
        let mut run = Run::new(self, outside, notes, observer);
        let value = self.each(documents, &mut run);
        match value {
            Ok(value) => Ok(Output { plan: self, value }),
            Err(failure) => Err(located(failure, inputs)),
        }
    }

    fn documents<'v>(&'v self, inputs: &[&'v [u8]], notes: &mut Notes) -> Result<Vec<Value<'v>>> {
        let declared = &self.mapping().inputs;
        if declared.len() != inputs.len() {
            let detail = format!("`{}` takes {} documents", self.mapping().name, declared.len());
            return Err(Failure::new(builtin::INVALID_ARGUMENT, detail));
        }
        let mut decoding = Decoding { plan: self, notes };
        let mut documents = Vec::with_capacity(inputs.len());
        for ((number, input), bytes) in (0_u8..).zip(declared).zip(inputs) {
            let document = decoding.document(bytes, number, input.of, input.shape);
            documents.push(document.map_err(|failure| located(failure, inputs))?);
        }
        Ok(documents)
    }

    /// The position of the input that stands many times in its document, each time a run of its own.
    fn repeated(&self) -> Option<usize> {
        let many = |of| self.model().structs[of].many;
        self.mapping().inputs.iter().position(|input| input.shape == InputShape::One && many(input.of))
    }

    /// The inputs of every run.
    fn runs<'v>(&self, documents: Vec<Value<'v>>) -> Vec<Vec<Value<'v>>> {
        let Some(at) = self.repeated() else { return vec![documents] };
        let Some(Value::List(items)) = documents.get(at).cloned() else { return Vec::new() };
        let with = |item: &Value<'v>| {
            let mut inputs = documents.clone();
            if let Some(place) = inputs.get_mut(at) {
                place.clone_from(item);
            }
            inputs
        };
        items.iter().map(with).collect()
    }

    fn each<'v>(&'v self, documents: Vec<Value<'v>>, run: &mut Run<'v, '_>) -> Result<Value<'v>> {
        if self.repeated().is_none() {
            return self.once(documents, run);
        }
        let mut all: Vec<Value<'v>> = Vec::new();
        for inputs in self.runs(documents) {
            match self.once(inputs, run).map_err(|failure| failure.in_index(all.len()))? {
                Value::List(items) => all.extend(items.iter().cloned()),
                one => all.push(one),
            }
        }
        Ok(Value::list(all))
    }

    fn once<'v>(&'v self, inputs: Vec<Value<'v>>, run: &mut Run<'v, '_>) -> Result<Value<'v>> {
        for (declared, value) in self.mapping().inputs.iter().zip(&inputs) {
            if self.model().structs[declared.of].kind == StructKind::Object {
                run.hold(value)?;
            }
        }
        run.apply(self.mapping(), inputs)
    }
}

impl<'v> Run<'v, '_> {
    /// Applies a mapping to values: what goes in as an object, and what comes out as one, must hold.
    pub(super) fn apply(&mut self, mapping: &'v Mapping, inputs: Vec<Value<'v>>) -> Result<Value<'v>> {
        let value = self.call(mapping, inputs)?;
        if matches!(mapping.intent, Intent::Create | Intent::Value) {
            self.hold(&value)?;
        }
        Ok(value)
    }

    /// What must hold of an object: first of the values in its fields, then its invariants, then that no two elements of
    /// a keyed list have one key. Declared bounds hold already: everything that makes a value checks them.
    pub(super) fn hold(&mut self, value: &Value<'v>) -> Result<()> {
        match value {
            Value::List(items) => {
                for (at, item) in items.iter().enumerate() {
                    self.hold(item).map_err(|failure| failure.in_index(at))?;
                }
            }
            Value::Object(object) => self.hold_object(object)?,
            _ => {}
        }
        Ok(())
    }

    fn hold_object(&mut self, object: &Object<'v>) -> Result<()> {
        let of = &self.plan.model().structs[object.of];
        for (field, value) in of.fields.iter().zip(&object.fields) {
            self.hold(value).map_err(|failure| failure.in_field(field.name.clone()))?;
        }
        for invariant in &of.invariants {
            let failure = match self.over_fields(&object.fields, |run| run.truth(&invariant.rule)) {
                Ok(true) => continue,
                Ok(false) => Failure::new(invariant.raise.clone(), format!("`{}` does not hold", invariant.text)),
                Err(failure) => failure,
            };
            return Err(self.at_span(failure, invariant.span));
        }
        for (field, value) in of.fields.iter().zip(&object.fields) {
            if let (Some(key), Value::List(items)) = (field.list_key, value) {
                unique(items, key).map_err(|failure| failure.in_field(field.name.clone()))?;
            }
        }
        Ok(())
    }
}

impl Output<'_> {
    /// As JSON: the canonical encoding of an object, value or patch; of a request what its system takes.
    ///
    /// Fails where a value does not fit the wire, such as a date that a pattern can't spell.
    pub fn to_json(&self, mut writer: Writer) -> Result<String> {
        let plan = self.plan;
        let target = &plan.mapping().target;
        let of = target.as_struct().or_else(|| target.element().and_then(Type::as_struct));
        let Some(of) = of else { return Err(mistyped()) };
        if plan.model().structs[of].is_record() {
            let sender = Sender { model: plan.model(), layouts: &plan.layouts, projections: &plan.projections };
            sender.document(of, &self.value, &mut writer)?;
        } else {
            encode::write(plan.model(), target, &self.value, &mut writer);
        }
        Ok(writer.into_string())
    }
}

/// No two elements of one key; the failure is in the second.
fn unique(items: &[Value<'_>], key: u16) -> Result<()> {
    let key_of = |item: &usize| match items.get(*item) {
        Some(Value::Object(element)) => element.fields.get(usize::from(key)).unwrap_or(&Value::None),
        _ => &Value::None,
    };
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by(|a, b| key_of(a).compare(key_of(b)).then(a.cmp(b)));
    let pairs = order.iter().zip(order.iter().skip(1));
    match pairs.filter(|(a, b)| key_of(a).compare(key_of(b)).is_eq()).map(|(_, second)| *second).min() {
        Some(second) => Err(Failure::new(builtin::INVARIANT, "another element has the same key").in_index(second)),
        None => Ok(()),
    }
}

/// Works out the path in the document that a failure comes from. One in the answer to a lookup has none: it would be taken
/// for one in a document.
#[cold]
fn located(failure: Failure, inputs: &[&[u8]]) -> Failure {
    let texts: Vec<&str> = inputs.iter().map(|b| std::str::from_utf8(b).unwrap_or_default()).collect();
    failure.locate(&texts)
}
