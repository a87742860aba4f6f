//! The module of one flow: its functions' struct, its data, and the functions by number.

use super::exceptions::Exceptions;
use super::functions::Compiled;
use super::program::{self, constant};
use crate::emit::rust::expr::{Compiler, Surroundings, mentions};
use crate::emit::rust::names;
use crate::emit::rust::print::Printer;
use crate::emit::rust::projection::Projections;
use crate::emit::rust::types::RustTypes;
use crate::eval::flow::shell;
use crate::expr::ir::{Kind, Node};
use crate::lower::flow::{Does, Plan};
use crate::lower::names::{crate_ident, crate_name, module_name, not_taken, snake};
use crate::lower::reads::of_nodes;
use crate::lower::rights::Writable;
use crate::model::{Flow, Id, Mapping, Model, Struct, System};
use crate::source::SourceMap;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::{BTreeMap, BTreeSet};

/// What the emitters of a flow's module read.
pub struct Module<'m> {
    pub model: &'m Model,
    pub sources: &'m SourceMap,
    pub plan: &'m Plan<'m>,
    /// What every system may write.
    pub writable: &'m BTreeMap<Id<System>, Writable>,
    pub flow: &'m Flow,
    pub types: RustTypes<'m>,
    /// The flow as a mapping without inputs: whose lookups are meant.
    pub shell: Mapping,
    /// What the working copy is called, and what is kept.
    pub names: BTreeMap<crate::expr::ir::VarId, Ident>,
}

/// Names that functions have for themselves.
const TAKEN: &[&str] = &[
    "answers",
    "at",
    "canonical",
    "data",
    "function",
    "input",
    "keys",
    "made",
    "message",
    "meta",
    "parts",
    "params",
    "program",
    "rt",
    "settings",
    "w",
];

/// The files of a flow's module, and the crates that it needs.
pub fn files(
    model: &Model,
    sources: &SourceMap,
    writable: &BTreeMap<Id<System>, Writable>,
    plan: &Plan<'_>,
    exceptions: &Exceptions,
) -> (BTreeMap<String, String>, BTreeSet<String>) {
    let flow = plan.flow;
    let mut taken: BTreeSet<String> = TAKEN.iter().map(|name| (*name).to_owned()).collect();
    let roots = std::iter::once((Flow::OBJECT, &flow.root)).chain(flow.keep.iter().map(|kept| (kept.var, &kept.name)));
    let mut roots_named = BTreeMap::new();
    for (var, name) in roots {
        let name = not_taken(&snake(name), |name| taken.contains(name));
        taken.insert(name.clone());
        roots_named.insert(var, format_ident!("{name}"));
    }
    let shell = shell(model, plan.id);
    let types = RustTypes::outside(model);
    let module = Module { model, sources, plan, writable, flow, types, shell, names: roots_named };
    let name = module_name(&flow.name);
    let mut crates = BTreeSet::new();
    let path = format!("src/{name}.rs");
    let written = program::written(plan, exceptions);
    let text = module.text(&written, &mut crates);
    let program = module.program(&written);
    (BTreeMap::from([(path, text), (format!("src/{name}/program.rs"), program)]), crates)
}

impl Module<'_> {
    fn program(&self, written: &program::Written) -> String {
        let mut body = Printer::default();
        let program = &written.program;
        body.item(quote! {
            /// The flow as data.
            #[must_use]
            pub fn program() -> Program {
                #program
            }
        });
        for (number, name) in (0_u32..).zip(&written.functions) {
            let Some(name) = name else { continue };
            let (constant, number) = (constant(name), proc_macro2::Literal::u32_unsuffixed(number));
            body.item(quote!(pub(super) const #constant: Func = Func(#number);));
        }
        let body = body.finish();
        let mut out = Printer::file(self.sources.path(self.flow.span.file));
        out.module_doc(&format!(
            "The flow `{}` as data: blocks of steps, addressed by block and position; block 0 is the flow's own.",
            self.flow.name
        ));
        out.blank();
        let used = |name: &&&str| {
            body.contains(&format!("{name} {{"))
                || body.contains(&format!("{name}::"))
                || body.contains(&format!("{name}("))
        };
        let all = [
            "Action",
            "Await",
            "Branch",
            "CallSpec",
            "Choice",
            "Class",
            "Decide",
            "Deed",
            "Each",
            "Escalation",
            "Exception",
            "Failing",
            "Func",
            "Holds",
            "Hours",
            "Idempotency",
            "Interrupt",
            "Jump",
            "Listen",
            "Matching",
            "OnChange",
            "Program",
            "PublishSpec",
            "Receive",
            "Resolve",
            "Set",
            "Slot",
            "Start",
            "Step",
            "Then",
            "Work",
            "handled",
        ];
        let all: Vec<&str> = all.iter().filter(used).copied().collect();
        out.group("use crossdock_runtime::flow::", &all);
        format!("{}\n{body}", out.finish())
    }

    fn text(&self, written: &program::Written, crates: &mut BTreeSet<String>) -> String {
        let mut items = Vec::new();
        let mut compiled: Vec<Compiled> = Vec::new();
        for (number, function) in self.plan.functions.iter().enumerate() {
            if let Some(Some(name)) = written.functions.get(number) {
                compiled.push(self.compiled(name, function));
            }
        }
        items.push(self.head());
        items.extend(self.data());
        items.push(self.functions(&compiled));
        if self.refers() {
            items.extend(self.flow.starts.iter().filter_map(|start| self.made(start)));
        }
        items.extend(compiled.into_iter().map(|one| one.item));
        items.extend(self.on_data(&items));
        let mut records = Printer::default();
        self.records().print(&mut records);
        let records = records.finish();
        if items.iter().any(|item| mentions(item, "SPEC")) {
            let file = self.sources.path(self.flow.span.file);
            items.insert(
                0,
                quote! {
                    /// Where failures say they come from.
                    const SPEC: rt::Origin = rt::Origin(#file);
                },
            );
        }
        for system in self.model.systems.rows() {
            let name = crate_name(&self.model.workspace.name, &system.name);
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
        let blank = if records.is_empty() { "" } else { "\n" };
        let body = format!("{}{blank}{records}", body.finish());
        let mut out = Printer::file(self.sources.path(self.flow.span.file));
        out.module_doc(&format!("The flow `{}`, version {}.", self.flow.name, self.flow.version));
        if let Some(description) = &self.flow.description {
            out.module_doc("\n");
            out.module_doc(description);
        }
        out.blank();
        out.line("pub mod program;");
        out.blank();
        let canonical = names::canonical_crate(self.model);
        let mut paths = Vec::new();
        for (used, path) in [
            (body.contains("Record)]"), "crossdock_runtime::{self as rt, Record}".to_owned()),
            (!body.contains("Record)]"), "crossdock_runtime as rt".to_owned()),
            (body.contains("canonical::"), format!("{canonical} as canonical")),
            (body.contains(".read_from("), "rt::ReadFrom as _".to_owned()),
            (true, "rt::flow::{At, Change, Func, Message, PartSpec, Received, Started}".to_owned()),
            (body.contains("Cow<") || body.contains("Cow::"), "std::borrow::Cow".to_owned()),
        ] {
            if used {
                paths.push(path);
            }
        }
        out.imports(paths);
        format!("{}\n{body}", out.finish())
    }

    /// The struct of the functions, and how a machine is made.
    fn head(&self) -> TokenStream {
        let name = format_ident!("{}", super::functions_name(self.flow));
        let doc = format!(" The functions of the flow `{}`.", self.flow.name);
        quote! {
            #[doc = #doc]
            #[derive(Debug)]
            pub struct #name {
                settings: rt::flow::Settings,
            }
            /// The flow, ready to be run, with the settings of systems by system and name.
            ///
            /// # Errors
            ///
            /// A program that is not sound.
            pub fn machine(settings: rt::flow::Settings) -> Result<rt::flow::Machine<#name>, rt::flow::ProgramError> {
                rt::flow::Machine::new(program::program(), #name { settings })
            }
        }
    }

    /// The runtime's trait: each method finds its function by number.
    fn functions(&self, compiled: &[Compiled]) -> TokenStream {
        let name = format_ident!("{}", super::functions_name(self.flow));
        let method = |head: &str, params: &[(&str, TokenStream)], result: TokenStream| {
            let arms: Vec<TokenStream> = compiled
                .iter()
                .filter(|one| one.method == head)
                .map(|one| {
                    let (constant, call) = (constant(&one.name), &one.call);
                    quote!(program::#constant => #call,)
                })
                .collect();
            let method = format_ident!("{head}");
            let mentioned = |name: &str| arms.iter().any(|arm| mentions(arm, name));
            let params = params.iter().map(|(name, ty)| {
                let ident = if mentioned(name) { format_ident!("{name}") } else { format_ident!("_{name}") };
                quote!(#ident: #ty)
            });
            let body = if arms.is_empty() {
                quote!(Err(rt::flow::no_function(function)))
            } else {
                quote!(match function { #(#arms)* _ => Err(rt::flow::no_function(function)), })
            };
            quote!(fn #method(&self, function: Func, #(#params),*) -> rt::Result<#result> { #body })
        };
        let (message, answers) = (("message", quote!(&Message)), ("answers", quote!(&rt::Answers)));
        let (data, at) = (("data", quote!(&Data)), ("at", quote!(&At<'_>)));
        let change = ("data", quote!(&mut Data));
        let methods = [
            method("start_keys", &[message.clone(), answers.clone()], quote!(rt::Keys)),
            method("start", &[message.clone(), answers], quote!(Started<Data>)),
            method("correlate", &[message], quote!(Option<String>)),
            method("test", &[data.clone(), at.clone()], quote!(bool)),
            method("text", &[data.clone(), at.clone()], quote!(String)),
            method("parts", &[data.clone(), at.clone()], quote!(Vec<PartSpec>)),
            method("keys", &[data.clone(), at.clone()], quote!(rt::Keys)),
            method("request", &[data, at.clone()], quote!(Vec<u8>)),
            method("receive", &[change.clone(), at.clone()], quote!(Received)),
            method("set", &[change, at], quote!(Vec<Change>)),
        ];
        quote! {
            impl rt::flow::Functions for #name {
                type Data = Data;
                #(#methods)*
                fn derive(&self, data: &mut Data) -> rt::Result<Received> {
                    derive(data)
                }
            }
        }
    }

    /// The records that the flow's own expressions read.
    pub fn records(&self) -> Projections<'_> {
        let mut nodes: Vec<&Node> = Vec::new();
        // A document that is given on as it is, is read by whoever takes it.
        self.flow.walk(&mut |node| {
            if !matches!(node.kind, Kind::Var(_)) {
                nodes.push(node);
            }
        });
        let mut reads = of_nodes(self.model, nodes.iter().copied());
        // A record that is given on as a whole must be told apart from others by where it stands.
        for node in &nodes {
            node.walk(&mut |node| {
                if let Some(id) =
                    node.ty.as_struct().or_else(|| node.ty.element().and_then(crate::model::Type::as_struct))
                    && self.model.structs[id].is_record()
                {
                    reads.entry(id).or_default();
                }
            });
        }
        let mappings: Vec<&Mapping> = self.flow.uses().map(|used| &self.model.mappings[used.mapping]).collect();
        let mut records = Projections::new(self.model, &self.types, reads, &mappings);
        records.several = true;
        records.quiet = true;
        records
    }

    /// A compiler of expressions of the flow.
    pub fn compiler(&self) -> Compiler<'_> {
        let mut taken: Vec<String> = TAKEN.iter().map(|name| (*name).to_owned()).collect();
        taken.extend(self.names.values().map(ToString::to_string));
        let taken: Vec<&str> = taken.iter().map(String::as_str).collect();
        Compiler::new(self.model, &self.types, self.sources, self, &taken)
    }

    /// The crate of a system.
    pub fn crate_of(&self, system: Id<System>) -> Ident {
        let name = crate_name(&self.model.workspace.name, &self.model.systems[system].name);
        format_ident!("{}", crate_ident(&name))
    }

    /// What a function does, in the words of the specs.
    pub fn words(&self, does: &Does<'_>) -> String {
        let quoted = |node: &Node| super::quoted(self.sources, node.span);
        let operation = |call: &crate::model::Call| self.model.operation_name(call.operation);
        let mapping = |used: &crate::model::MapUse| self.model.mappings[used.mapping].name.clone();
        let event = |id: &Id<crate::model::PublishedEvent>| self.model.events[*id].name.clone();
        match does {
            Does::StartKeys(_) => "What the start asks for.".to_owned(),
            Does::Start(_) => "The object that the start makes.".to_owned(),
            Does::Correlate(of, _, node) => {
                format!("What `{}` is about: {}.", self.model.event_name(*of), quoted(node))
            }
            Does::Test(node) | Does::Text(node) => format!("{}.", quoted(node)),
            Does::Before(_) => "Whether the object can still come to the state.".to_owned(),
            Does::Instance(system, node) => {
                format!("The deployment of `{}` by {}.", self.model.systems[*system].name, quoted(node))
            }
            Does::EventKey(id) => format!("What keeps the order of `{}`.", event(id)),
            Does::Parts(_) => "The parts, as they are fixed on entry.".to_owned(),
            Does::TestKeys(_) => "What the conditions of a choice look up.".to_owned(),
            Does::CallKeys(call) => format!("What a call of `{}` looks up.", operation(call)),
            Does::Request(call) => format!("Parameters and body of `{}`.", operation(call)),
            Does::Payload(id) => format!("What `{}` tells.", event(id)),
            Does::ReceiveKeys(_, receive) => format!("What `{}` looks up.", mapping(&receive.mapping)),
            Does::Receive(_, receive) => format!("Takes what `{}` makes of it.", mapping(&receive.mapping)),
            Does::Set(states) => {
                let states: Vec<String> = states.iter().map(|state| super::quoted(self.sources, state.span)).collect();
                format!("Sets {}.", states.join(", "))
            }
        }
    }
}

impl Surroundings for Module<'_> {
    fn struct_path(&self, id: Id<Struct>) -> TokenStream {
        self.types.struct_path(id)
    }

    fn mapping_path(&self, _: Id<Mapping>) -> (TokenStream, TokenStream) {
        (quote!(compile_error!("an expression of a flow calls no mapping")), quote!())
    }

    fn mapping(&self) -> Option<&Mapping> {
        Some(&self.shell)
    }
}
