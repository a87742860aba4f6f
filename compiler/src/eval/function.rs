//! The user's own functions. They are Rust and only run in generated code; here a call gives what it is said to give, by
//! its arguments.
//!
//! Absent on purpose: how a file says it.

use super::decode::Decoding;
use super::encode;
use super::eval::{Run, mistyped};
use super::plan::Prepared;
use super::value::Value;
use crate::expr::ir::Node;
use crate::model::{ExternFunction, Type};
use crossdock_runtime::failure::builtin;
use crossdock_runtime::json::{Reader, Writer};
use crossdock_runtime::{Failure, Notes, Result};

/// What functions give.
#[derive(Debug, Clone, Default)]
pub struct Functions {
    calls: Vec<Call>,
}

/// What one function gives for one list of arguments.
#[derive(Debug, Clone)]
pub struct Call {
    /// Its name.
    pub function: String,
    /// The arguments, each as canonical JSON.
    pub args: Vec<String>,
    /// What it gives.
    pub gives: Gives,
}

/// What a call gives.
#[derive(Debug, Clone)]
pub enum Gives {
    /// A result, as canonical JSON.
    Result(String),
    /// An exception that the function declares.
    Raises(String),
}

impl Functions {
    /// None that gives anything.
    pub const fn new() -> Self {
        Functions { calls: Vec::new() }
    }

    /// What is given, in its order.
    pub fn iter(&self) -> impl Iterator<Item = &Call> {
        self.calls.iter()
    }
}

/// How a failure that a function raises is told.
pub fn raised(function: &str) -> String {
    format!("the function `{function}` raises it")
}

impl Prepared<'_> {
    /// Says what a call gives; refused, in one sentence, is what the function can't be given or can't give, and a list of
    /// arguments for which something is given already.
    pub fn give(&self, functions: &mut Functions, call: Call) -> core::result::Result<(), String> {
        let name = &call.function;
        let Some(declared) = self.functions().iter().find(|f| f.name == *name) else {
            return Err(format!("`{}` calls no function `{name}`", self.mapping().name));
        };
        if declared.args.len() != call.args.len() {
            let (takes, given) = (declared.args.len(), call.args.len());
            return Err(format!("`{name}` is called with {given} arguments, and its declaration has {takes}"));
        }
        let unfit = |what: &str, failure: &Failure| format!("{what} of `{name}`: {}", failure.quoted());
        let mut args = Vec::with_capacity(call.args.len());
        for (number, (ty, arg)) in (1..).zip(declared.args.iter().zip(&call.args)) {
            args.push(self.told(ty, arg).map_err(|f| unfit(&format!("argument {number}"), &f))?);
        }
        match &call.gives {
            Gives::Result(json) => drop(self.told(&declared.result, json).map_err(|f| unfit("the result", &f))?),
            Gives::Raises(exception) if !declared.raises.contains(exception) => {
                return Err(format!("`{name}` does not say that it raises `{exception}`"));
            }
            Gives::Raises(_) => {}
        }
        for earlier in functions.calls.iter().filter(|earlier| earlier.function == *name) {
            if self.takes(declared, &earlier.args, &args).map_err(|f| unfit("an argument", &f))? {
                return Err(format!("what {} gives stands twice", self.shown(declared, &args)));
            }
        }
        functions.calls.push(call);
        Ok(())
    }

    /// A value in its canonical encoding.
    fn told<'v>(&'v self, ty: &'v Type, json: &'v str) -> Result<Value<'v>> {
        let mut notes = Notes::new();
        let mut decoding = Decoding { plan: self, notes: &mut notes };
        let mut reader = Reader::new(json.as_bytes())?;
        let value = decoding.canonical(&mut reader, ty)?;
        reader.finish()?;
        match notes.unknown_keys().next() {
            Some((key, _)) => Err(Failure::decode(format!("there is no field `{key}`"))),
            None => Ok(value),
        }
    }

    /// Whether arguments are these.
    fn takes(&self, declared: &ExternFunction, told: &[String], args: &[Value<'_>]) -> Result<bool> {
        for ((ty, told), arg) in declared.args.iter().zip(told).zip(args) {
            if !self.told(ty, told)?.compare(arg).is_eq() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// A call as it would be written, its arguments in their canonical encoding.
    fn shown(&self, declared: &ExternFunction, args: &[Value<'_>]) -> String {
        let one = |(ty, arg): (&Type, &Value<'_>)| {
            let mut w = Writer::compact();
            encode::write(self.model(), ty, arg, &mut w);
            w.into_string()
        };
        let args: Vec<String> = declared.args.iter().zip(args).map(one).collect();
        format!("`{}({})`", declared.name, args.join(", "))
    }
}

impl<'v> Run<'v, '_> {
    pub(super) fn user_function(&mut self, position: u16, args: &'v [Node]) -> Result<Value<'v>> {
        let Some(declared) = self.mapping.functions.get(usize::from(position)) else { return Err(mistyped()) };
        let args = args.iter().map(|arg| self.eval(arg)).collect::<Result<Vec<_>>>()?;
        let (plan, functions) = (self.plan, self.functions);
        for call in functions.calls.iter().filter(|call| call.function == declared.name) {
            if plan.takes(declared, &call.args, &args)? {
                return match &call.gives {
                    Gives::Result(json) => plan.told(&declared.result, json),
                    Gives::Raises(exception) => Err(Failure::new(exception.clone(), raised(&declared.name))),
                };
            }
        }
        let call = plan.shown(declared, &args);
        Err(Failure::quoting(builtin::INVALID_ARGUMENT, |quote| {
            let call = quote.bare(&format!("`{}`", declared.name), &call);
            format!("{call} is a Rust function, and what it gives is not said: see `functions`")
        }))
    }
}
