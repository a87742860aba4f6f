//! A flow as data: the program of its plan, written down, with a name for each of its functions.
//!
//! What is as the runtime has it by itself is left out, so that what stands there was said in the specs.

use super::exceptions::Exceptions;
use crate::emit::rust::names;
use crate::lower::flow::Plan;
use crate::lower::names::{not_taken, snake};
use crossdock_runtime::flow::{
    Block, CallSpec, Choice, Class, Deed, Exception, Func, Holds, Hours, Idempotency, Jump, Listen, Matching, Millis,
    Name, Program, PublishSpec, Receive, Saved, Set, Shape, Step, Then, Work,
};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// A program as tokens, and the names of the functions by number.
pub struct Written {
    /// The function that builds the program.
    pub program: TokenStream,
    /// A name per function, where the program names it.
    pub functions: Vec<Option<String>>,
}

/// Writes the program of a plan.
pub fn written(plan: &Plan<'_>, exceptions: &Exceptions) -> Written {
    let mut writer = Writer { functions: vec![None; plan.functions.len()], taken: BTreeSet::new() };
    let program = writer.program(&plan.program, exceptions);
    Written { program, functions: writer.functions }
}

/// The constant that a function's number has.
pub fn constant(name: &str) -> Ident {
    names::constant(name)
}

/// An exception by itself.
pub fn exception(of: &Exception) -> TokenStream {
    Writer { functions: Vec::new(), taken: BTreeSet::new() }.exception(of)
}

struct Writer {
    functions: Vec<Option<String>>,
    taken: BTreeSet<String>,
}

fn text(of: &Name) -> TokenStream {
    let of = of.as_ref();
    quote!(#of.into())
}

fn millis(of: Millis) -> TokenStream {
    let literal = Literal::i64_unsuffixed(of);
    quote!(#literal)
}

fn number(of: u16) -> Literal {
    Literal::u16_unsuffixed(of)
}

/// A field, unless it is as it is by itself.
fn field(name: &str, value: Option<TokenStream>) -> Option<TokenStream> {
    let name = format_ident!("{name}");
    value.map(|value| quote!(#name: #value,))
}

fn list(of: &[TokenStream]) -> Option<TokenStream> {
    (!of.is_empty()).then(|| quote!(vec![#(#of),*]))
}

fn names_of(of: &[Name]) -> Option<TokenStream> {
    list(&of.iter().map(text).collect::<Vec<_>>())
}

/// A value with other fields than it has by itself.
fn changed(ty: &str, fields: Vec<Option<TokenStream>>, base: TokenStream) -> TokenStream {
    let ty = format_ident!("{ty}");
    let fields: Vec<TokenStream> = fields.into_iter().flatten().collect();
    if fields.is_empty() { base } else { quote!(#ty { #(#fields)* ..#base }) }
}

/// What is saved of the data.
fn shapes(of: &[Shape]) -> Option<TokenStream> {
    let shapes = of.iter().map(|shape| {
        let slots = shape.iter().map(|slot| {
            let (name, holds) = (slot.name.as_ref(), holds(slot.holds));
            match &slot.saved {
                Saved::Always => quote!(Slot::required(#name, #holds)),
                Saved::IfAny => quote!(Slot::optional(#name, #holds)),
                Saved::Never(None) => quote!(Slot::left_out(#name, None)),
                Saved::Never(Some(blank)) => {
                    let blank = text(blank);
                    quote!(Slot::left_out(#name, Some(#blank)))
                }
            }
        });
        quote!(vec![#(#slots),*])
    });
    list(&shapes.collect::<Vec<_>>())
}

fn holds(of: Holds) -> TokenStream {
    match of {
        Holds::Plain => quote!(Holds::Plain),
        Holds::Shape(of) => {
            let of = number(of);
            quote!(Holds::Shape(#of))
        }
        Holds::Map(of) => {
            let of = number(of);
            quote!(Holds::Map(#of))
        }
    }
}

impl Writer {
    /// The constant of a function, named after where it stands first.
    fn func(&mut self, func: Func, wanted: &str) -> TokenStream {
        let Some(place) = self.functions.get_mut(func.0 as usize) else {
            return quote!(compile_error!("no such function"));
        };
        let name = place.get_or_insert_with(|| {
            let name = not_taken(&snake(wanted), |name| self.taken.contains(name));
            self.taken.insert(name.clone());
            name
        });
        let constant = constant(name);
        quote!(#constant)
    }

    fn optional(&mut self, func: Option<Func>, wanted: &str) -> TokenStream {
        match func {
            Some(func) => {
                let func = self.func(func, wanted);
                quote!(Some(#func))
            }
            None => quote!(None),
        }
    }

    fn program(&mut self, of: &Program, exceptions: &Exceptions) -> TokenStream {
        let starts: Vec<TokenStream> = of
            .starts
            .iter()
            .map(|start| {
                let event = text(&start.event);
                let keys = self.optional(start.keys, &format!("start by {} keys", start.event));
                let receive = self.func(start.receive, &format!("start by {}", start.event));
                quote!(Start { event: #event, keys: #keys, receive: #receive })
            })
            .collect();
        let blocks: Vec<TokenStream> = of.blocks.iter().map(|block| self.block(block)).collect();
        let interrupts: Vec<TokenStream> = of
            .interrupts
            .iter()
            .map(|interrupt| {
                let at = format!("on {}", interrupt.listen.event);
                let listen = self.listen(&interrupt.listen, &at);
                let open = self.optional(interrupt.open, &format!("{at} open"));
                let receive = self.received(interrupt.receive.as_ref(), &at);
                let deed = self.deed(&interrupt.deed, &at);
                quote!(Interrupt { listen: #listen, open: #open, receive: #receive, deed: #deed })
            })
            .collect();
        let own = of.exceptions.iter().filter(|one| !exceptions.holds(one));
        let own: Vec<TokenStream> = own.map(|one| self.exception(one)).collect();
        let declared = exceptions.all(&quote!(super::super::));
        let exceptions = match list(&own) {
            own if exceptions.is_empty() => own,
            None => Some(declared),
            Some(own) => Some(quote!(handled(#declared, #own))),
        };
        let on_change: Vec<TokenStream> = of
            .on_change
            .iter()
            .map(|one| {
                let paths = names_of(&one.paths).unwrap_or_else(|| quote!(Vec::new()));
                let publish = self.publish(&one.publish, &format!("change {}", one.publish.event));
                quote!(OnChange { paths: #paths, publish: #publish })
            })
            .collect();
        let unmatched: Vec<TokenStream> = of
            .unmatched
            .iter()
            .map(|(name, span)| {
                let (name, span) = (text(name), millis(*span));
                quote!((#name, #span))
            })
            .collect();
        let fallback = self.exception(&of.fallback);
        let (name, version) = (of.name.as_ref(), Literal::u32_unsuffixed(of.version));
        let fields = vec![
            field("starts", list(&starts)),
            field("blocks", list(&blocks)),
            field("interrupts", list(&interrupts)),
            field("exceptions", exceptions),
            field("on_change", list(&on_change)),
            field("unmatched", list(&unmatched)),
            field("dropped", names_of(&of.dropped)),
            field("data", shapes(&of.data)),
        ];
        changed("Program", fields, quote!(Program::new(#name, #version, #fallback)))
    }

    fn block(&mut self, block: &Block) -> TokenStream {
        let steps: Vec<TokenStream> = (0_u16..).zip(block).map(|(position, step)| self.step(step, position)).collect();
        list(&steps).unwrap_or_else(|| quote!(Vec::new()))
    }

    fn step(&mut self, step: &Step, position: u16) -> TokenStream {
        let at = step.name.as_ref();
        let work = self.work(&step.work, at);
        let by_itself: Vec<u16> = position.checked_sub(1).into_iter().collect();
        let after = (step.after != by_itself).then(|| {
            let after = step.after.iter().map(|before| number(*before));
            quote!(vec![#(#after),*])
        });
        let failures: Vec<TokenStream> = step
            .failures
            .iter()
            .map(|failing| {
                let (name, deed) = (text(&failing.name), self.deed(&failing.deed, &format!("{at} {}", failing.name)));
                quote!(Failing { name: #name, deed: #deed })
            })
            .collect();
        let milestone = step.milestone.as_ref().map(|milestone| {
            let milestone = text(milestone);
            quote!(Some(#milestone))
        });
        let fields = vec![
            field("was", names_of(&step.was)),
            field("after", after),
            field("set", self.sets(&step.set, at)),
            field("milestone", milestone),
            field("failures", list(&failures)),
        ];
        let position = number(position);
        changed("Step", fields, quote!(Step::new(#at, #position, #work)))
    }

    fn work(&mut self, work: &Work, at: &str) -> TokenStream {
        match work {
            Work::Call { call, redo, undo, write } => {
                let call = self.call(call, at);
                let mut other = |of: &Option<Box<CallSpec>>, what: &str| match of {
                    Some(of) => {
                        let of = self.call(of, &format!("{at} {what}"));
                        quote!(Some(Box::new(#of)))
                    }
                    None => quote!(None),
                };
                let (redo, undo) = (other(redo, "redo"), other(undo, "undo"));
                quote!(Work::Call { call: Box::new(#call), redo: #redo, undo: #undo, write: #write })
            }
            Work::Publish(publish) => {
                let publish = self.publish(publish, at);
                quote!(Work::Publish(#publish))
            }
            Work::Await(wait) => {
                let branches: Vec<TokenStream> = wait
                    .branches
                    .iter()
                    .map(|branch| {
                        let event = branch.listen.event.rsplit('.').next().unwrap_or_default();
                        let at = format!("{at} {event}");
                        let listen = self.listen(&branch.listen, &at);
                        let (receive, then) = (self.received(branch.receive.as_ref(), &at), then(&branch.then));
                        quote!(Branch { listen: #listen, receive: #receive, then: #then })
                    })
                    .collect();
                let until = self.optional(wait.until, &format!("{at} until"));
                let within = match &wait.within {
                    Some((span, late)) => {
                        let (span, late) = (millis(*span), text(late));
                        quote!(Some((#span, #late)))
                    }
                    None => quote!(None),
                };
                quote!(Work::Await(Await { branches: vec![#(#branches),*], until: #until, within: #within }))
            }
            Work::Wait(span) => {
                let span = millis(*span);
                quote!(Work::Wait(#span))
            }
            Work::Decide(decide) => {
                let keys = self.optional(decide.keys, &format!("{at} keys"));
                let choices: Vec<TokenStream> =
                    (1_usize..).zip(&decide.choices).map(|(number, choice)| self.choice(choice, at, number)).collect();
                quote!(Work::Decide(Decide { keys: #keys, choices: vec![#(#choices),*] }))
            }
            Work::Each(each) => {
                let (parts, block) = (self.func(each.parts, &format!("{at} parts")), number(each.block));
                quote!(Work::Each(Each { parts: #parts, block: #block }))
            }
            Work::Raise(name) => {
                let name = text(name);
                quote!(Work::Raise(#name))
            }
        }
    }

    fn choice(&mut self, choice: &Choice, at: &str, number: usize) -> TokenStream {
        let at = format!("{at} choice {number}");
        let (when, deed) = (self.optional(choice.when, &at), self.deed(&choice.deed, &at));
        quote!(Choice { when: #when, deed: #deed })
    }

    fn call(&mut self, of: &CallSpec, at: &str) -> TokenStream {
        let send = self.func(of.send, &format!("{at} request"));
        let by_itself = CallSpec::new(of.system.clone(), of.operation.clone(), of.send);
        let mut some =
            |func: Option<Func>, what: &str| func.map(|func| self.optional(Some(func), &format!("{at} {what}")));
        let (instance, keys) = (some(of.instance, "instance"), some(of.keys, "keys"));
        let receive = of.receive.as_ref().map(|receive| self.received(Some(receive), at));
        let idempotency = match of.idempotency {
            Idempotency::Step => None,
            Idempotency::None => Some(quote!(Idempotency::None)),
            Idempotency::Key(key) => {
                // Redone, a step keeps the key that it was given.
                let key = self.func(key, &format!("{} key", at.trim_end_matches(" redo")));
                Some(quote!(Idempotency::Key(#key)))
            }
        };
        let span = |of: Millis, by_itself: Millis| (of != by_itself).then(|| millis(of));
        let attempts = (of.attempts != by_itself.attempts).then(|| {
            let attempts = Literal::u32_unsuffixed(of.attempts);
            quote!(#attempts)
        });
        let budget = of.budget.map(|budget| {
            let budget = millis(budget);
            quote!(Some(#budget))
        });
        let fields = vec![
            field("instance", instance),
            field("keys", keys),
            field("receive", receive),
            field("idempotency", idempotency),
            field("attempts", attempts),
            field("backoff", span(of.backoff, by_itself.backoff)),
            field("backoff_max", span(of.backoff_max, by_itself.backoff_max)),
            field("timeout", span(of.timeout, by_itself.timeout)),
            field("budget", budget),
        ];
        let (system, operation) = (of.system.as_ref(), of.operation.as_ref());
        changed("CallSpec", fields, quote!(CallSpec::new(#system, #operation, #send)))
    }

    fn received(&mut self, receive: Option<&Receive>, at: &str) -> TokenStream {
        let Some(receive) = receive else { return quote!(None) };
        let keys = self.optional(receive.keys, &format!("{at} received keys"));
        let map = self.func(receive.map, &format!("{at} received"));
        quote!(Some(Receive { keys: #keys, map: #map }))
    }

    fn publish(&mut self, of: &PublishSpec, at: &str) -> TokenStream {
        let event = of.event.as_ref();
        let key = self.func(of.key, &format!("{at} key"));
        let payload = self.func(of.payload, &format!("{at} payload"));
        let call = |call: &CallSpec| self.call(call, &format!("{at} to {}", call.system));
        let calls: Vec<TokenStream> = of.calls.iter().map(call).collect();
        let dead_letter = of.dead_letter.as_ref().map(|(team, sla)| {
            let (team, sla) = (text(team), millis(*sla));
            quote!(Some((#team, #sla)))
        });
        let keep = of.keep.map(|keep| {
            let keep = millis(keep);
            quote!(Some(#keep))
        });
        let fields = vec![field("calls", list(&calls)), field("dead_letter", dead_letter), field("keep", keep)];
        changed("PublishSpec", fields, quote!(PublishSpec::new(#event, #key, #payload)))
    }

    fn listen(&mut self, of: &Listen, at: &str) -> TokenStream {
        let event = text(&of.event);
        let with = match &of.with {
            Matching::Key => quote!(Matching::Key),
            Matching::Id(system) => {
                let system = text(system);
                quote!(Matching::Id(#system))
            }
        };
        let value = self.func(of.value, &format!("{at} of"));
        quote!(Listen { event: #event, with: #with, value: #value })
    }

    fn sets(&mut self, of: &[Set], at: &str) -> Option<TokenStream> {
        let sets: Vec<TokenStream> = of
            .iter()
            .map(|set| {
                let (func, by) = (self.func(set.set, &format!("{at} set")), text(&set.by));
                quote!(Set { set: #func, by: #by })
            })
            .collect();
        list(&sets)
    }

    fn deed(&mut self, of: &Deed, at: &str) -> TokenStream {
        let steps = of.steps.map(|block| {
            let block = number(block);
            quote!(Some(#block))
        });
        let fields =
            vec![field("set", self.sets(&of.set, at)), field("undo", names_of(&of.undo)), field("steps", steps)];
        let then = then(&of.then);
        changed("Deed", fields, quote!(Deed::then(#then)))
    }

    fn exception(&mut self, of: &Exception) -> TokenStream {
        let class = match of.class {
            Class::Business => quote!(Class::Business),
            Class::Transient => quote!(Class::Transient),
            Class::Defect => quote!(Class::Defect),
        };
        let escalate = of.escalate.as_ref().map(|escalate| {
            let (after, to) = (millis(escalate.after), text(&escalate.to));
            let hours = escalate.hours.as_ref().map_or_else(|| quote!(None), hours);
            quote!(Some(Escalation { after: #after, to: #to, hours: #hours }))
        });
        let actions: Vec<TokenStream> = of
            .actions
            .iter()
            .map(|action| {
                let (name, deed) =
                    (text(&action.name), self.deed(&action.deed, &format!("{} {}", of.name, action.name)));
                quote!(Action { name: #name, deed: #deed })
            })
            .collect();
        let resolve: Vec<TokenStream> = of
            .resolve
            .iter()
            .map(|one| {
                let at = format!("{} {}", of.name, one.action);
                let (action, listen) = (text(&one.action), self.listen(&one.listen, &at));
                quote!(Resolve { action: #action, listen: #listen })
            })
            .collect();
        let fields = vec![
            field("hours", of.hours.as_ref().map(hours)),
            field("escalate", escalate),
            field("actions", list(&actions)),
            field("resolve", list(&resolve)),
        ];
        let (name, team, sla) = (of.name.as_ref(), of.team.as_ref(), millis(of.sla));
        changed("Exception", fields, quote!(Exception::new(#name, #class, #team, #sla)))
    }
}

fn hours(of: &Hours) -> TokenStream {
    let (days, from, to, zone) = of.parts();
    let (days, from, to) = (Literal::u8_unsuffixed(days), number(from), number(to));
    quote!(Some(Hours::new(#days, #from, #to, #zone)))
}

fn then(of: &Then) -> TokenStream {
    match of {
        Then::Continue => quote!(Then::Continue),
        Then::Again(span) => {
            let span = millis(*span);
            quote!(Then::Again(#span))
        }
        Then::Jump(Jump::Undo) => quote!(Then::Jump(Jump::Undo)),
        Then::Jump(Jump::Goto(block, position)) => {
            let (block, position) = (number(*block), number(*position));
            quote!(Then::Jump(Jump::Goto(#block, #position)))
        }
        Then::Raise(name) => {
            let name = text(name);
            quote!(Then::Raise(#name))
        }
    }
}
