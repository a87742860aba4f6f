//! What arrives, evaluated: with the meaning of what the generated crate compiles, over the same gates.

use super::decode::Decoding;
use super::eval::{Run, mistyped};
use super::flow::key_text;
use super::function::Functions;
use super::plan::Prepared;
use super::run::Outside;
use super::value::{Map, Text, Value};
use crate::lower::intake::{Cut, Does, Plan};
use crate::model::{Event, Id, InputShape, Intent, Mapping, Model, Struct, System, Type};
use crate::source::{SourceMap, Span};
use crossdock_runtime::failure::builtin;
use crossdock_runtime::flow::{Arrival, Func, Gates, Intake, Judged, Settings, located, meta_of, no_gate};
use crossdock_runtime::json::Reader;
use crossdock_runtime::{Answers, Failure, Meta, Notes, Result, root};
use std::collections::BTreeMap;

/// What arrives, ready to be evaluated.
pub struct Evaluated<'m> {
    model: &'m Model,
    plan: Plan<'m>,
    /// How what is cut is read, and what is judged, by system.
    prepared: BTreeMap<Id<System>, (Prepared<'m>, Prepared<'m>)>,
    settings: Settings,
}

/// A mapping without inputs: what expressions of events are evaluated in. Whoever makes an [`Evaluated`] keeps it.
pub fn shell(model: &Model) -> Mapping {
    let events = model.systems.rows().iter().flat_map(|system| &system.events);
    Mapping {
        name: "events".to_owned(),
        span: Span::default(),
        description: None,
        intent: Intent::Value,
        system: None,
        inputs: Vec::new(),
        target: Type::Bool,
        target_span: Span::default(),
        require: Vec::new(),
        lets: Vec::new(),
        body: None,
        variables: events.map(|event| event.variables).max().unwrap_or_default(),
        unmapped: Vec::new(),
        lookups: Vec::new(),
        functions: Vec::new(),
        tests: Vec::new(),
        assigned: Vec::new(),
    }
}

impl<'m> Evaluated<'m> {
    /// Prepares the events of every system; with the sources, failures say which line of the specs they come from.
    pub fn new(
        model: &'m Model,
        sources: Option<&'m SourceMap>,
        plan: Plan<'m>,
        shell: &'m Mapping,
        settings: Settings,
    ) -> Self {
        let prepare = |system| {
            let ((cut, judged), (cuts, judges)) = (plan.nodes(system), plan.records(system));
            let of = |nodes, records| Prepared::of_documents(model, sources, shell, nodes, records);
            (system, (of(cut, cuts), of(judged, judges)))
        };
        let prepared = plan.functions.iter().map(|function| function.system).map(prepare).collect();
        Evaluated { model, plan, prepared, settings }
    }

    fn does(&self, function: Func) -> Result<(&Does<'m>, &(Prepared<'m>, Prepared<'m>))> {
        let function = self.plan.functions.get(function.0 as usize).ok_or_else(|| no_gate(function))?;
        Ok((&function.does, self.prepared.get(&function.system).ok_or_else(mistyped)?))
    }

    fn run<'v>(
        plan: &'v Prepared<'v>,
        beside: &'v (Meta, Answers, Functions),
        notes: &'v mut Notes,
        arrival: &Arrival,
    ) -> Run<'v, 'v> {
        let (meta, answers, functions) = beside;
        let mut run = Run::new(plan, Outside { meta, answers, functions }, notes, None);
        run.enter(Vec::new());
        let text = |text: &String| Value::Text(Text::Shared(text.as_str().into()));
        let headers = arrival.headers.iter().map(|(name, value)| (text(name), text(value))).collect();
        run.bind(Event::HEADER, Map::new(headers).map_or(Value::None, |map| Value::Map(map.into())));
        run
    }

    /// The record of a document, or the records that stand in it.
    fn document<'v>(plan: &'v Prepared<'v>, bytes: &'v [u8], of: Id<Struct>, shape: InputShape) -> Result<Value<'v>> {
        Decoding { plan, notes: &mut Notes::new() }.document(bytes, 0, of, shape)
    }

    fn cut_out(&self, cut: &Cut<'m>, plan: &Prepared<'_>, arrival: &Arrival, bytes: &[u8]) -> Result<Vec<Vec<u8>>> {
        let beside = (meta_of(&self.settings, arrival), Answers::new(), Functions::new());
        let mut notes = Notes::new();
        let mut run = Self::run(plan, &beside, &mut notes, arrival);
        let read = Self::document(plan, bytes, cut.of, InputShape::One)?;
        let list = match cut.list {
            Some(list) => {
                run.bind(Cut::SRC, read);
                run.eval(list)?
            }
            None => read,
        };
        let Value::List(items) = list else { return Err(mistyped()) };
        let text = Reader::new(bytes)?.text();
        let route: Vec<&str> = self.model.structs[cut.element].root.iter().map(String::as_str).collect();
        items
            .iter()
            .map(|item| match item {
                Value::Record(record) => root::part(text, record.offset, &route),
                _ => Err(Failure::new(builtin::ABSENT_VALUE, "an element is no record")),
            })
            .collect()
    }

    fn judged(&self, event: &Event, plan: &Prepared<'_>, arrival: &Arrival, bytes: &[u8]) -> Result<Judged> {
        let beside = (meta_of(&self.settings, arrival), Answers::new(), Functions::new());
        let mut notes = Notes::new();
        let mut run = Self::run(plan, &beside, &mut notes, arrival);
        let record = event.carried().ok_or_else(mistyped)?;
        match Self::document(plan, bytes, record, InputShape::One)? {
            Value::List(items) => match items.as_slice() {
                [one] => run.bind(Event::SRC, one.clone()),
                _ => return Err(Failure::new(builtin::NOT_ONE, "one message makes one object")),
            },
            one => run.bind(Event::SRC, one),
        }
        if let Some(ignore) = &event.ignore
            && run.truth(ignore)?
        {
            let id = event.dedupe.as_ref().and_then(|id| run.text(id).ok());
            return Ok(Judged::Echo(id.map(|id| id.to_string())));
        }
        if let Some(when) = &event.when
            && !run.truth(when)?
        {
            return Ok(Judged::Passed);
        }
        let id = event.dedupe.as_ref().map(|id| run.text(id)).transpose()?.map(|id| id.to_string());
        let order = event.order_by.as_ref().map(|order| run.eval(order)).transpose()?;
        let order = order.filter(|order| !order.is_none()).map(|order| key_text(self.model, &order));
        Ok(Judged::Event { id, order })
    }
}

impl Intake for Evaluated<'_> {
    fn gates(&self) -> &Gates {
        &self.plan.gates
    }

    fn cut(&self, function: Func, arrival: &Arrival, document: &[u8]) -> Result<Vec<Vec<u8>>> {
        let (Does::Cut(cut), (plan, _)) = self.does(function)? else { return Err(no_gate(function)) };
        self.cut_out(cut, plan, arrival, document).map_err(|failure| located(failure, document))
    }

    fn judge(&self, function: Func, arrival: &Arrival, document: &[u8]) -> Result<Judged> {
        let (Does::Judge(_, event), (_, plan)) = self.does(function)? else { return Err(no_gate(function)) };
        self.judged(event, plan, arrival, document).map_err(|failure| located(failure, document))
    }
}
