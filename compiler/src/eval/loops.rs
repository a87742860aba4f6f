//! Going over lists and maps: macros of expressions, and the elements of target lists.

use super::eval::{Run, Slot, mistyped};
use super::value::Value;
use crate::expr::ir::{Each, Loop, LoopKind, Node, VarId};
use crate::model::Type;
use crossdock_runtime::failure::builtin;
use crossdock_runtime::{Decimal, Failure, Result, list, logic};
use std::rc::Rc;

impl<'v> Run<'v, '_> {
    /// The elements of a list, or the keys of a map.
    pub(super) fn elements(&mut self, node: &'v Node) -> Result<Rc<Vec<Value<'v>>>> {
        match self.eval(node)? {
            Value::List(items) => Ok(items),
            Value::Map(map) => Ok(Rc::new(map.entries().iter().map(|(key, _)| key.clone()).collect())),
            _ => Err(mistyped()),
        }
    }

    pub(super) fn looped(&mut self, of: &'v Loop, ty: &Type) -> Result<Value<'v>> {
        let items = self.elements(&of.list)?;
        let holds = |run: &mut Self, item: &Value<'v>| {
            run.bind(of.var, item.clone());
            run.truth(&of.body)
        };
        match of.kind {
            LoopKind::All => logic::all(items.iter().map(|item| holds(self, item))).map(Value::Bool),
            LoopKind::Exists => logic::exists(items.iter().map(|item| holds(self, item))).map(Value::Bool),
            LoopKind::ExistsOne => logic::exists_one(items.iter().map(|item| holds(self, item))).map(Value::Bool),
            LoopKind::Filter => {
                let mut kept = Vec::new();
                for item in items.iter() {
                    if holds(self, item)? {
                        kept.push(item.clone());
                    }
                }
                Ok(Value::list(kept))
            }
            LoopKind::Find => {
                for item in items.iter() {
                    if holds(self, item)? {
                        return Ok(item.clone());
                    }
                }
                Ok(Value::None)
            }
            LoopKind::One => {
                let holding = items.iter().filter_map(|item| match holds(self, item) {
                    Ok(true) => Some(Ok(item.clone())),
                    Ok(false) => None,
                    Err(failure) => Some(Err(failure)),
                });
                list::one(holding)
            }
            LoopKind::Map => self.looped_map(of, &items),
            LoopKind::Keyed => {
                let mut keyed = Vec::with_capacity(items.len());
                for item in items.iter() {
                    self.bind(of.var, item.clone());
                    keyed.push(Value::Pair(Rc::new((self.eval(&of.body)?, item.clone()))));
                }
                Ok(Value::list(keyed))
            }
            LoopKind::Sum => self.looped_sum(of, &items, ty),
        }
    }

    pub(super) fn looped_map(&mut self, of: &'v Loop, items: &[Value<'v>]) -> Result<Value<'v>> {
        let mut list = Vec::with_capacity(items.len());
        for item in items {
            self.bind(of.var, item.clone());
            if let Some(filter) = &of.filter
                && !self.truth(filter)?
            {
                continue;
            }
            list.push(self.eval(&of.body)?);
        }
        Ok(Value::list(list))
    }

    pub(super) fn looped_sum(&mut self, of: &'v Loop, items: &[Value<'v>], ty: &Type) -> Result<Value<'v>> {
        let mut total: Option<Value<'v>> = None;
        for item in items {
            self.bind(of.var, item.clone());
            let value = self.eval(&of.body)?;
            total = Some(match total {
                Some(total) => super::call::add(&total, &value)?,
                None => value,
            });
        }
        match (total, ty) {
            (Some(total), _) => Ok(total),
            (None, Type::Int) => Ok(Value::Int(0)),
            (None, Type::Decimal(_)) => Ok(Value::Decimal(Decimal::ZERO)),
            (None, _) => Err(Failure::new(builtin::NOT_ONE, "the sum of no elements has no currency or unit")),
        }
    }

    pub(super) fn each(&mut self, each: &'v Each) -> Result<Value<'v>> {
        let items = self.elements(&each.list)?;
        let mut made = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            self.bind_element(each.var, item, each.index, index, &each.lets);
            match self.is_dropped(&each.drops) {
                Ok(true) => {}
                Ok(false) => made.push(self.eval(&each.body).map_err(|failure| failure.in_index(made.len()))?),
                Err(failure) => return Err(failure.in_index(made.len())),
            }
        }
        Ok(Value::list(made))
    }

    pub(super) fn bind_element(
        &mut self,
        var: VarId,
        item: &Value<'v>,
        index: Option<VarId>,
        at: usize,
        lets: &'v [(VarId, Node)],
    ) {
        self.bind(var, item.clone());
        if let Some(index) = index {
            self.bind(index, Value::Int(i64::try_from(at).unwrap_or(i64::MAX)));
        }
        for (var, value) in lets {
            self.assign(*var, Slot::Let(value));
        }
    }

    pub(super) fn is_dropped(&mut self, drops: &'v [(Node, String)]) -> Result<bool> {
        for (when, reason) in drops {
            if self.truth(when)? {
                self.notes.drop_element(reason);
                return Ok(true);
            }
        }
        Ok(false)
    }
}
