//! What arrives, compiled: a table of gates, and a module per system with the functions that cut documents and judge them.
//!
//! A document is judged by the records' parts that its events read. What cuts it reads less: an element that is broken does
//! not keep the others from being taken.

use super::exceptions::Exceptions;
use super::module::Module;
use super::program;
use crate::emit::rust::expr::{Compiler, Form, Hold, mentions};
use crate::emit::rust::names;
use crate::emit::rust::print::Printer;
use crate::emit::rust::projection::Projections;
use crate::emit::rust::types::RustTypes;
use crate::expr::ir::Node;
use crate::lower::intake::{Cut, Does, Plan, plan};
use crate::lower::names::{crate_ident, crate_name, module_name, not_taken, snake};
use crate::lower::reads::of_nodes;
use crate::model::{Event, EventRef, Id, Mapping, Model, Struct, System, Type};
use crate::source::SourceMap;
use crossdock_runtime::flow::{Func, Gate};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::{BTreeMap, BTreeSet};

/// Names that functions have for themselves.
const TAKEN: &[&str] = &["arrival", "canonical", "document", "header", "id", "meta", "rt", "settings", "src", "text"];

/// The files of what arrives, the crates that they need, and the name of their module; none where nothing arrives.
pub fn files(
    model: &Model,
    sources: &SourceMap,
    exceptions: &Exceptions,
) -> Option<(BTreeMap<String, String>, BTreeSet<String>, String)> {
    let plan = plan(model);
    if plan.functions.is_empty() {
        return None;
    }
    let flows: BTreeSet<String> = model.flows.rows().iter().map(|flow| module_name(&flow.name)).collect();
    let module = not_taken("intake", |name| flows.contains(name));
    let types = RustTypes::outside(model);
    let emitter = Emitter { model, sources, types: &types, names: named(&plan), plan: &plan };
    let systems: BTreeSet<Id<System>> = plan.functions.iter().map(|function| function.system).collect();
    let (mut files, mut crates) = (BTreeMap::new(), BTreeSet::new());
    for system in &systems {
        let name = module_name(&model.systems[*system].name);
        let cuts = emitter.system(*system, true, &mut crates);
        let judges = emitter.system(*system, false, &mut crates);
        if let Some(cuts) = &cuts {
            files.insert(format!("src/{module}/{name}/cuts.rs"), cuts.clone());
        }
        files.extend(judges.map(|judges| (format!("src/{module}/{name}.rs"), judges)));
    }
    files.insert(format!("src/{module}.rs"), emitter.table(&systems, exceptions));
    Some((files, crates, module))
}

/// A name for each function: that of its event, or of the first event of the gate that it cuts for.
fn named(plan: &Plan<'_>) -> Vec<String> {
    let mut taken: BTreeSet<(Id<System>, bool, String)> = BTreeSet::new();
    let of_cut = |number: usize| {
        let is = |func: &Func| func.0 as usize == number;
        let gate = plan.gates.gates.iter().find(|gate| gate.cuts.iter().any(is));
        let event = gate.and_then(|gate| gate.events.first()).map_or("", |(event, _)| event.as_ref());
        event.rsplit('.').next().unwrap_or_default().to_owned()
    };
    let mut names = Vec::with_capacity(plan.functions.len());
    for (number, function) in plan.functions.iter().enumerate() {
        let (cuts, wanted) = match &function.does {
            Does::Cut(_) => (true, of_cut(number)),
            Does::Judge(_, event) => (false, event.name.clone()),
        };
        let key = |name: &str| (function.system, cuts, name.to_owned());
        let name = not_taken(&snake(&wanted), |name| taken.contains(&key(name)) || TAKEN.contains(&name));
        taken.insert(key(&name));
        names.push(name);
    }
    names
}

struct Emitter<'m> {
    model: &'m Model,
    sources: &'m SourceMap,
    types: &'m RustTypes<'m>,
    plan: &'m Plan<'m>,
    names: Vec<String>,
}

impl Emitter<'_> {
    /// The module of a system's events, or of what is cut of what it sends.
    fn system(&self, id: Id<System>, cuts: bool, crates: &mut BTreeSet<String>) -> Option<String> {
        let system = &self.model.systems[id];
        let (of_cuts, of_judges) = (self.plan.nodes(id), self.plan.records(id));
        let (nodes, records) = if cuts { (of_cuts.0, of_judges.0) } else { (of_cuts.1, of_judges.1) };
        let mut reads = of_nodes(self.model, nodes);
        for record in records {
            reads.entry(record).or_default();
        }
        let mut projections = Projections::new(self.model, self.types, reads, &[]);
        projections.several = true;
        projections.quiet = true;
        let mut items = Vec::new();
        for (function, name) in self.plan.functions.iter().zip(&self.names).filter(|(one, _)| one.system == id) {
            match &function.does {
                Does::Cut(cut) if cuts => items.push(self.cut(name, cut, &projections)),
                Does::Judge(at, event) if !cuts => items.push(self.judge(name, *at, event, &projections)),
                _ => {}
            }
        }
        if items.is_empty() {
            return None;
        }
        let file = self.sources.path(system.span.file);
        if items.iter().any(|item| mentions(item, "SPEC")) {
            let spec = quote! {
                /// Where failures say they come from.
                const SPEC: rt::Origin = rt::Origin(#file);
            };
            items.insert(0, spec);
        }
        for other in self.model.systems.rows() {
            let name = crate_name(&self.model.workspace.name, &other.name);
            let ident = crate_ident(&name);
            if items.iter().any(|item| mentions(item, &ident)) {
                crates.insert(name);
            }
        }
        let mut body = Printer::default();
        for item in items {
            body.blank();
            body.item(item);
        }
        body.blank();
        projections.print(&mut body);
        let body = body.finish();
        let mut out = Printer::file(file);
        if cuts {
            out.module_doc(&format!("What `{}` sends, cut into documents.", system.name));
        } else {
            out.module_doc(&format!("What `{}` sends: whether a document is an event.", system.name));
        }
        out.blank();
        let has_cuts = self.plan.functions.iter().any(|one| one.system == id && matches!(one.does, Does::Cut(_)));
        if !cuts && has_cuts {
            out.line("pub(super) mod cuts;");
            out.blank();
        }
        let mut paths = vec!["crossdock_runtime::{self as rt, Record}".to_owned()];
        let read = if cuts { "rt::flow::Arrival" } else { "rt::flow::{Arrival, Judged}" };
        for (used, path) in [
            (true, read.to_owned()),
            (body.contains("canonical::"), format!("{} as canonical", names::canonical_crate(self.model))),
            (body.contains(".read_from("), "rt::ReadFrom as _".to_owned()),
            (body.contains("Cow<") || body.contains("Cow::"), "std::borrow::Cow".to_owned()),
        ] {
            if used {
                paths.push(path);
            }
        }
        out.imports(paths);
        Some(format!("{}\n{body}", out.finish()))
    }

    /// A compiler over a record and the headers.
    fn compiler(&self) -> Compiler<'_> {
        let mut compiler = Compiler::new(self.model, self.types, self.sources, self, TAKEN);
        compiler.parameter(Event::SRC, format_ident!("src"), Form::Struct(Hold::Owned));
        let text = || Box::new(Form::Text(Hold::Owned));
        compiler.parameter(Event::HEADER, format_ident!("header"), Form::Map(text(), text()));
        compiler
    }

    /// The type of a record as it is read.
    fn read_as(of: Id<Struct>, projections: &Projections<'_>) -> TokenStream {
        let name = projections.name(of);
        let lifetime = projections.borrows(of).then(|| quote!(<'_>));
        quote!(#name #lifetime)
    }

    fn root(&self, of: Id<Struct>) -> TokenStream {
        let root = &self.model.structs[of].root;
        quote!(&[#(#root),*])
    }

    fn cut(&self, name: &str, cut: &Cut<'_>, projections: &Projections<'_>) -> TokenStream {
        let (ty, root, element) = (Self::read_as(cut.of, projections), self.root(cut.of), self.root(cut.element));
        let read = |function: TokenStream, ty: TokenStream| quote!(let (src, text): (#ty, &str) = rt::root::#function(document, 0, #root, &mut rt::Notes::new())?;);
        let (read, list) = match cut.list {
            Some(list) => {
                let list = self.compiler().yields(list).chain;
                (read(quote!(decode), ty), quote!(#list))
            }
            None => (read(quote!(decode_list), quote!(Vec<#ty>)), quote!(src.iter())),
        };
        let doc = " The documents in a document.";
        let body = quote!(#read #list.map(|record| rt::root::part(text, record.at, #element)).collect());
        Self::function(name, doc, &quote!(Vec<Vec<u8>>), &body)
    }

    fn judge(&self, name: &str, at: EventRef, event: &Event, projections: &Projections<'_>) -> TokenStream {
        let Some(of) = event.carried() else { return quote!(compile_error!("an event that carries nothing")) };
        let truth = |node: &Node| self.compiler().expr(node).value();
        let id = event.dedupe.as_ref().map(|node| Module::key_text(&node.ty, &self.compiler().expr(node)));
        let order = event.order_by.as_ref().map_or_else(|| quote!(None), |node| self.order(node));
        let (id, echoed, id_of) = match (id, &event.ignore) {
            (Some(id), Some(_)) => (quote!(let id = rt::flow::id(|| Ok(#id));), quote!(id.ok()), quote!(Some(id?))),
            (Some(id), None) => (quote!(), quote!(None), quote!(Some(#id))),
            (None, _) => (quote!(), quote!(None), quote!(None)),
        };
        let ignore =
            event.ignore.as_ref().map(truth).map(|ignore| quote!(if #ignore { return Ok(Judged::Echo(#echoed)); }));
        let when = event.when.as_ref().map(|when| {
            let when = self.compiler().expr(when).value();
            quote!(if !(#when) { return Ok(Judged::Passed); })
        });
        let body = quote!(#id #ignore #when Ok(Judged::Event { id: #id_of, order: #order }));
        let (ty, root) = (Self::read_as(of, projections), self.root(of));
        let src = if super::scope::is_read(&body, &format_ident!("src")) { quote!(src) } else { quote!(_) };
        let read = if self.model.structs[of].many {
            quote! {
                let (records, _): (Vec<#ty>, &str) = rt::root::decode_list(document, 0, #root, &mut rt::Notes::new())?;
                let #src = rt::flow::one(records)?;
            }
        } else {
            quote!(let (#src, _): (#ty, &str) = rt::root::decode(document, 0, #root, &mut rt::Notes::new())?;)
        };
        let doc = format!(" Whether a document is `{}`.", self.model.event_name(at));
        Self::function(name, &doc, &quote!(Judged), &quote!(#read #body))
    }

    /// What keeps the order, as text; none if there is nothing.
    fn order(&self, node: &Node) -> TokenStream {
        let code = self.compiler().expr(node);
        let Type::Optional(inner) = &node.ty else {
            let text = Module::key_text(&node.ty, &code);
            return quote!(Some(#text));
        };
        let stored = code.into_stored();
        if inner.is_text() {
            return stored.value();
        }
        let (of, one) = (stored.receiver(), Module::stored_key(inner, &quote!(value)));
        quote!(#of.map(|value| #one))
    }

    /// A function; what its body does not read has a name that says so.
    fn function(name: &str, doc: &str, result: &TokenStream, body: &TokenStream) -> TokenStream {
        let meta = mentions(body, "meta").then(|| quote!(let meta = &rt::flow::meta_of(settings, arrival);));
        let header = mentions(body, "header").then(|| quote!(let header = rt::flow::headers(arrival);));
        let body = quote!(#meta #header #body);
        let parameters =
            [("settings", quote!(&rt::flow::Settings)), ("arrival", quote!(&Arrival)), ("document", quote!(&[u8]))];
        let parameters = parameters.map(|(name, ty)| {
            let name = if mentions(&body, name) { format_ident!("{name}") } else { format_ident!("_{name}") };
            quote!(#name: #ty)
        });
        let name = names::function(name);
        quote!(#[doc = #doc] pub fn #name(#(#parameters),*) -> rt::Result<#result> { #body })
    }

    /// The table.
    fn table(&self, systems: &BTreeSet<Id<System>>, exceptions: &Exceptions) -> String {
        let mut constants = Vec::new();
        let mut taken = BTreeSet::new();
        for (function, name) in self.plan.functions.iter().zip(&self.names) {
            let cut = if matches!(function.does, Does::Cut(_)) { "_cut" } else { "" };
            let wanted = format!("{}_{name}{cut}", self.model.systems[function.system].name);
            let constant = not_taken(&wanted, |name| taken.contains(name));
            taken.insert(constant.clone());
            constants.push(program::constant(&constant));
        }
        let constant = |func: &Func| constants.get(func.0 as usize).cloned();
        let gate = |gate: &Gate| {
            let (system, channel) = (gate.system.as_ref(), gate.channel.as_ref());
            let headers = gate.headers.iter().map(AsRef::<str>::as_ref);
            let cuts = gate.cuts.iter().filter_map(constant);
            let events = gate.events.iter().filter_map(|(event, judge)| {
                let (event, judge) = (event.as_ref(), constant(judge)?);
                Some(quote!((#event.into(), #judge)))
            });
            let fallback = program::exception(&gate.fallback);
            quote! {
                Gate {
                    system: #system.into(),
                    channel: #channel.into(),
                    headers: vec![#(#headers.into()),*],
                    cuts: vec![#(#cuts),*],
                    events: vec![#(#events),*],
                    fallback: #fallback,
                }
            }
        };
        let gates = self.plan.gates.gates.iter().map(gate);
        let exceptions = exceptions.all(&quote!(super::));
        let (cut, judge) = (self.method(&constants, true), self.method(&constants, false));
        let numbers = constants.iter().zip(0_u32..).map(|(constant, number)| {
            let number = proc_macro2::Literal::u32_unsuffixed(number);
            quote!(const #constant: Func = Func(#number);)
        });
        let mut body = Printer::default();
        body.item(quote! {
            /// What tells events from what arrives.
            #[derive(Debug)]
            pub struct Intake {
                settings: rt::flow::Settings,
                gates: Gates,
            }
            impl Intake {
                /// With the settings of systems, by system and name.
                #[must_use]
                pub fn new(settings: rt::flow::Settings) -> Self {
                    Self { settings, gates: gates() }
                }
            }
            impl rt::flow::Intake for Intake {
                fn gates(&self) -> &Gates {
                    &self.gates
                }
                #cut
                #judge
            }
            /// The gates as data.
            #[must_use]
            pub fn gates() -> Gates {
                Gates { gates: vec![#(#gates),*], exceptions: #exceptions }
            }
        });
        for number in numbers {
            body.item(number);
        }
        let body = body.finish();
        let mut out = Printer::file(&format!("the events of {} systems", systems.len()));
        out.module_doc("What arrives from systems, and which events are in it.");
        out.blank();
        let mut modules: Vec<String> = systems.iter().map(|id| module_name(&self.model.systems[*id].name)).collect();
        modules.sort_by(|a, b| crate::emit::rust::print::in_order(a, b));
        for module in modules {
            out.line(&format!("mod {module};"));
        }
        out.blank();
        out.line("use crossdock_runtime as rt;");
        let used = |name: &&&str| match **name {
            "Hours" => body.contains("Hours::new("),
            _ => true,
        };
        let all = ["Arrival", "Class", "Exception", "Func", "Gate", "Gates", "Hours", "Judged"];
        let all: Vec<&str> = all.iter().filter(used).copied().collect();
        out.group("use rt::flow::", &all);
        format!("{}\n{body}", out.finish())
    }

    /// A method of the runtime's trait: it finds functions by number.
    fn method(&self, constants: &[Ident], cuts: bool) -> TokenStream {
        let mut arms = Vec::new();
        for ((function, name), constant) in self.plan.functions.iter().zip(&self.names).zip(constants) {
            let system = names::module(&self.model.systems[function.system].name);
            let (is_cut, module) = match &function.does {
                Does::Cut(_) => (true, quote!(#system::cuts)),
                Does::Judge(..) => (false, quote!(#system)),
            };
            if is_cut != cuts {
                continue;
            }
            let name = names::function(name);
            arms.push(quote!(#constant => #module::#name(&self.settings, arrival, document),));
        }
        let (method, result) = if cuts { ("cut", quote!(Vec<Vec<u8>>)) } else { ("judge", quote!(Judged)) };
        let method = format_ident!("{method}");
        let parameter = |name: &str| if arms.is_empty() { format_ident!("_{name}") } else { format_ident!("{name}") };
        let (arrival, document) = (parameter("arrival"), parameter("document"));
        let body = if arms.is_empty() {
            quote!(Err(rt::flow::no_gate(function)))
        } else {
            quote! {
                let told = match function { #(#arms)* _ => return Err(rt::flow::no_gate(function)) };
                told.map_err(|failure| rt::flow::located(failure, document))
            }
        };
        quote! {
            fn #method(&self, function: Func, #arrival: &Arrival, #document: &[u8]) -> rt::Result<#result> { #body }
        }
    }
}

impl crate::emit::rust::expr::Surroundings for Emitter<'_> {
    fn struct_path(&self, id: Id<Struct>) -> TokenStream {
        self.types.struct_path(id)
    }

    fn mapping_path(&self, _: Id<Mapping>) -> (TokenStream, TokenStream) {
        (quote!(compile_error!("an expression of an event calls no mapping")), quote!())
    }

    fn mapping(&self) -> Option<&Mapping> {
        None
    }
}
