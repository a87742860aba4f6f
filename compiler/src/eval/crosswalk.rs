//! Crosswalks: a system's codes to canonical ones and back, as they hold on the day the message was received.

use super::eval::{Run, mistyped};
use super::value::{Text, Value};
use crate::model::{Builtin, Codes, CodesKind, CrosswalkRow, Id, Model, System, UnknownCode};
use crossdock_runtime::failure::{Quote, builtin};
use crossdock_runtime::{Country, Currency, Date, Failure, Result, Unit};
use std::collections::BTreeMap;

/// The rows of one crosswalk, by the system's code.
type BySystemCode<'m> = BTreeMap<&'m str, Vec<&'m CrosswalkRow>>;

/// The crosswalks that a mapping reads, by system code.
#[derive(Debug, Default)]
pub struct Crosswalks<'m> {
    rows: BTreeMap<(Id<Codes>, Id<System>), BySystemCode<'m>>,
}

impl<'m> Crosswalks<'m> {
    /// Adds the crosswalk of a code list for a system.
    pub fn add(&mut self, model: &'m Model, codes: Id<Codes>, system: Id<System>) {
        if self.rows.contains_key(&(codes, system)) {
            return;
        }
        let by_code = self.rows.entry((codes, system)).or_default();
        for row in model.codes[codes].crosswalk(system).iter().flat_map(|c| &c.rows) {
            by_code.entry(&row.system_code).or_default().push(row);
        }
    }

    fn of(&self, codes: Id<Codes>, system: Id<System>, code: &str) -> &[&'m CrosswalkRow] {
        self.rows.get(&(codes, system)).and_then(|by_code| by_code.get(code)).map_or(&[], Vec::as_slice)
    }
}

impl<'v> Run<'v, '_> {
    /// A system's code as a canonical one.
    pub(super) fn code_in(&mut self, codes: Id<Codes>, system: Id<System>, text: &Text<'v>) -> Result<Value<'v>> {
        let plan = self.plan;
        for row in plan.crosswalks.of(codes, system, text) {
            if self.holds(row)? {
                return coded(plan.model(), codes, &row.code, row.index);
            }
        }
        let list = &plan.model().codes[codes];
        match list.crosswalk(system).and_then(|c| c.unknown.as_ref()) {
            Some(UnknownCode::Default(code, index)) => coded(plan.model(), codes, code, *index),
            Some(UnknownCode::Raise(exception)) => Err(self.unknown(exception.clone(), list, system, text)),
            None => Err(self.unknown(builtin::UNKNOWN_CODE.to_owned(), list, system, text)),
        }
    }

    #[cold]
    fn unknown(&self, exception: String, list: &Codes, system: Id<System>, text: &str) -> Failure {
        let system = &self.plan.model().systems[system].name;
        Failure::quoting(exception, |quote| format!("{} of `{system}` is no code of `{}`", quote.text(text), list.name))
    }

    /// A canonical code as the system's: the preferred row, or the only one.
    pub(super) fn code_out(&mut self, codes: Id<Codes>, system: Id<System>, code: &Value<'v>) -> Result<Value<'v>> {
        let list = &self.plan.model().codes[codes];
        let (text, position) = match code {
            Value::Code(_, position) => {
                (list.codes.get(usize::from(*position)).map_or("", |c| c.code.as_str()), Some(*position))
            }
            Value::Currency(currency) => (currency.as_str(), None),
            Value::Country(country) => (country.as_str(), None),
            Value::Unit(unit) => (unit.as_str(), None),
            _ => return Err(mistyped()),
        };
        let mut found: Option<&CrosswalkRow> = None;
        let mut several = false;
        for row in list.crosswalk(system).map_or(&[][..], |c| c.rows.as_slice()) {
            let same = position.map_or_else(|| row.code == text, |position| row.index == position);
            if !same || !self.holds(row)? {
                continue;
            }
            if row.preferred {
                return Ok(Value::Text(Text::Borrowed(&row.system_code)));
            }
            several |= found.replace(row).is_some();
        }
        match found {
            Some(row) if !several => Ok(Value::Text(Text::Borrowed(&row.system_code))),
            _ => {
                let what = if several { "has several codes" } else { "has no code" };
                let system = &self.plan.model().systems[system].name;
                let say =
                    |quote: Quote| format!("{} of `{}` {what} in `{system}`", quote.value("a code", text), list.name);
                Err(Failure::quoting(builtin::UNKNOWN_CODE, say))
            }
        }
    }

    /// Whether a row holds on the day of receipt, which only dated rows ask for.
    fn holds(&self, row: &CrosswalkRow) -> Result<bool> {
        if row.valid_from.is_none() && row.valid_to.is_none() {
            return Ok(true);
        }
        let day: Date = self.received_at()?.date();
        Ok(row.valid_from.is_none_or(|from| from <= day) && row.valid_to.is_none_or(|to| day <= to))
    }
}

/// A code of a list by its position, or of a built-in list by its text.
fn coded<'v>(model: &Model, codes: Id<Codes>, text: &str, position: u16) -> Result<Value<'v>> {
    Ok(match model.codes[codes].kind {
        CodesKind::Of(Builtin::Currency) => Value::Currency(Currency::parse(text)?),
        CodesKind::Of(Builtin::Country) => Value::Country(Country::parse(text)?),
        CodesKind::Of(Builtin::Unit) => Value::Unit(Unit::parse(text)?),
        CodesKind::Declared | CodesKind::Lifecycle(_) => Value::Code(codes, position),
    })
}
