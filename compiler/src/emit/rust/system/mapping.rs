//! One mapping as a module: `Input` with `decode`, `keys` and `map`; the function that maps; the value mappings that it
//! calls; and private records that hold only what all of them read.

mod asked;
mod shared;

pub use asked::loops_of;
pub use shared::Shared;

use super::needs::{Needs, needs};
use crate::emit::rust::expr::{Compiler, Form, Hold, Surroundings, mentions};
use crate::emit::rust::layout::tokens;
use crate::emit::rust::names;
use crate::emit::rust::print::{Printer, literal};
use crate::emit::rust::projection::Projections;
use crate::emit::rust::types::RustTypes;
use crate::expr::ir::{Kind, Node, VarId};
use crate::lower::called::called;
use crate::lower::reads::{asks_presence, reads};
use crate::model::{Id, InputShape, Intent, Mapping, Model, Struct, Type};
use crate::source::SourceMap;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// Writes the module of a mapping.
pub struct Module<'m> {
    model: &'m Model,
    sources: &'m SourceMap,
    types: &'m RustTypes<'m>,
    mapping: &'m Mapping,
    records: Projections<'m>,
    needs: Needs,
    shared: &'m Shared,
}

impl<'m> Module<'m> {
    /// The module of a mapping, not yet written.
    pub fn new(
        model: &'m Model,
        sources: &'m SourceMap,
        types: &'m RustTypes<'m>,
        id: Id<Mapping>,
        shared: &'m Shared,
    ) -> Self {
        let mapping = &model.mappings[id];
        let all: Vec<&Mapping> =
            called(model, mapping).iter().map(|id| &model.mappings[*id]).chain([mapping]).collect();
        let mut reads = reads(model, id);
        // Of an answer, it may be asked whether there is one and nothing else.
        for mapping in &all {
            super::needs::nodes_of(mapping, &mut |node| {
                if let Kind::Lookup(position, _) = &node.kind
                    && let Some(record) =
                        mapping.lookups.get(usize::from(*position)).and_then(|lookup| lookup.result.as_struct())
                {
                    reads.entry(record).or_default();
                }
            });
        }
        let needs = needs(model, mapping);
        let mut records = Projections::new(model, types, reads, &all);
        records.presence = asks_presence(mapping);
        // Of the answer to a lookup, which is decoded where it is used, parts are taken rather than lent.
        records.cloned = needs.answers;
        Module { model, sources, types, mapping, records, needs, shared }
    }

    /// Its items, one after the other.
    pub fn print(&self, out: &mut Printer) {
        let function = self.function(self.mapping, &format_ident!("run"), true);
        let called: Vec<_> = called(self.model, self.mapping).into_iter().map(|id| self.called(id)).collect();
        if mentions(&function, "SPEC") || called.iter().any(|called| called.has_origin) {
            out.blank();
            out.doc("Where failures say they come from.");
            let file = literal(self.sources.path(self.mapping.span.file));
            out.constant("const SPEC: rt::Origin", &format!("rt::Origin({file})"));
        }
        let asked = |name: &Ident| {
            let name = name.to_string();
            mentions(&function, &name) || called.iter().any(|called| called.calls(&name))
        };
        let answers = self.answers(&asked);
        self.input(out);
        self.methods(out);
        for item in self.ports().into_iter().chain([function]) {
            out.blank();
            out.item(item);
        }
        for function in called {
            out.blank();
            out.line(function.text.trim_end());
        }
        for item in answers {
            out.blank();
            out.item(item);
        }
        self.records.print(out);
    }

    fn inputs(&self) -> impl Iterator<Item = (u8, &'m crate::model::Input, bool)> {
        let model = self.model;
        (0_u8..).zip(&self.mapping.inputs).map(move |(i, input)| (i, input, model.structs[input.of].is_record()))
    }

    /// The input that stands many times in its document, each time a run of its own.
    fn repeated(&self) -> Option<&'m crate::model::Input> {
        let many = |input: &&crate::model::Input| input.shape == InputShape::One && self.model.structs[input.of].many;
        self.mapping.inputs.iter().find(many)
    }

    fn decodes(&self) -> usize {
        self.inputs().filter(|(_, _, record)| *record).count()
    }

    /// `Input`: the decoded payloads.
    fn input(&self, out: &mut Printer) {
        let decodes = self.decodes() > 0;
        let inputs: Vec<InputCode> = self.inputs().map(|input| self.input_code(input)).collect();
        // Failures count all inputs; one that is no document has no text.
        let texts: Vec<String> = inputs.iter().map(|input| input.text.clone()).collect();
        out.blank();
        out.doc("What the mapping reads of its input.");
        out.open("pub struct Input<'a> {");
        for input in &inputs {
            out.private_field(&input.name, &input.ty);
        }
        if decodes {
            out.private_field("texts", &format!("[&'a str; {}]", texts.len()));
        }
        out.close("}");
        out.blank();
        out.open("impl<'a> Input<'a> {");
        let mut parameters: Vec<&str> = inputs.iter().map(|input| input.parameter.as_str()).collect();
        let names: Vec<&str> = inputs.iter().map(|input| input.name.as_str()).collect();
        if decodes {
            out.doc(
                "Decodes what the mapping reads of the payload; the rest is skipped, and checked for syntax only.\n\n\
                 # Errors\n\n\
                 `decode_failed`, with the path in the payload: syntax, shapes, and keys given twice. A scalar that\n\
                 can't be read fails where the mapping first uses it.",
            );
            parameters.push("notes: &mut rt::Notes");
            out.function("pub fn decode", &parameters, " -> rt::Result<Self>");
            for (before, arguments) in inputs.iter().filter_map(|input| input.decode.as_ref()) {
                out.statement(before, &arguments.iter().map(String::as_str).collect::<Vec<_>>(), "?;");
            }
            out.open("Ok(Input {");
            for name in &names {
                out.line(&format!("{name},"));
            }
            out.array("texts: ", &texts, ",");
            out.close("})");
        } else {
            out.doc("Takes what is mapped.");
            out.line("#[must_use]");
            out.function("pub fn new", &parameters, " -> Self");
            out.result(&format!("Input {{ {} }}", names.join(", ")));
        }
        out.close("}");
        out.close("}");
    }

    /// How one input is told, held and decoded.
    fn input_code(&self, (number, input, record): (u8, &crate::model::Input, bool)) -> InputCode {
        let name = names::field(&input.name).to_string();
        let of = &self.model.structs[input.of];
        if !record {
            let path = tokens(&self.types.struct_path(input.of));
            let ty = if input.shape == InputShape::List { format!("&'a [{path}]") } else { format!("&'a {path}") };
            return InputCode { parameter: format!("{name}: {ty}"), name, ty, text: "\"\"".to_owned(), decode: None };
        }
        let one = tokens(&self.records.typed(input.of));
        let repeated = self.repeated().is_some_and(|repeated| repeated.name == input.name);
        let list = repeated || input.shape == InputShape::List;
        let ty = if list { format!("Vec<{one}>") } else { one };
        let text = format!("{}_text", crate::lower::names::snake(&input.name));
        let root: Vec<String> = of.root.iter().map(|step| literal(step)).collect();
        let read = if list { "decode_list" } else { "decode" };
        let before = format!("let ({name}, {text}) = rt::root::{read}");
        let arguments = [name.clone(), number.to_string(), format!("&[{}]", root.join(", ")), "notes".to_owned()];
        InputCode { parameter: format!("{name}: &'a [u8]"), name, ty, text, decode: Some((before, arguments)) }
    }

    /// What one run of a mapping makes.
    fn output(&self, mapping: &Mapping) -> TokenStream {
        let one = |id: Id<Struct>| match mapping.intent {
            Intent::Update => {
                let path = self.types.patch_path(id, mapping.system);
                quote!(rt::Update<#path>)
            }
            _ => self.types.struct_path(id),
        };
        match &mapping.target {
            Type::Struct(id) => one(*id),
            Type::List(element) => match **element {
                Type::Struct(id) => {
                    let one = one(id);
                    quote!(Vec<#one>)
                }
                ref element => {
                    let element = self.types.stored(element);
                    quote!(Vec<#element>)
                }
            },
            other => self.types.stored(other),
        }
    }

    /// `keys` and `map`.
    fn methods(&self, out: &mut Printer) {
        let needs = &self.needs;
        let one = tokens(&self.output(self.mapping));
        let located = if self.decodes() > 0 { ".map_err(|failure| failure.locate(&self.texts))" } else { "" };
        let repeated = self.repeated().map(|input| names::field(&input.name).to_string());
        let inputs = self.inputs().map(|(_, input, record)| {
            let name = names::field(&input.name).to_string();
            match &repeated {
                Some(repeated) if *repeated == name => name,
                _ if record => format!("&self.{name}"),
                _ => format!("self.{name}"),
            }
        });
        let call = format!("run({}{})", inputs.collect::<Vec<_>>().join(", "), tokens(&needs.arguments()));
        let (run, output) = match (&repeated, &self.mapping.target) {
            (None, _) => (format!("{call}{located}"), one),
            (Some(each), Type::List(_)) => {
                let all = format!("rt::each(&self.{each}, |{each}| {call})");
                (format!("{all}.map(|all| all.into_iter().flatten().collect()){located}"), one)
            }
            (Some(each), _) => (format!("rt::each(&self.{each}, |{each}| {call}){located}"), format!("Vec<{one}>")),
        };
        let mut parameters = vec!["&self", if needs.meta { "meta: &rt::Meta" } else { "_meta: &rt::Meta" }];
        if super::asks(self.model, self.mapping) {
            parameters.push(if needs.answers { "answers: &rt::Answers" } else { "_answers: &rt::Answers" });
        }
        parameters.push(if needs.notes { "notes: &mut rt::Notes" } else { "_notes: &mut rt::Notes" });
        if needs.functions {
            parameters.push("functions: &impl Functions");
        }
        out.blank();
        out.open("impl Input<'_> {");
        if let Some(keys) = self.keys() {
            out.item(keys);
            out.blank();
        }
        let what = match self.mapping.intent {
            Intent::Update => "Maps the input to a patch, with what identifies the object that it is for.",
            Intent::Create => "Maps the input to a new object's data.",
            Intent::Request => "Maps the input to a request.",
            Intent::Value => "Maps the input.",
        };
        out.doc(&format!(
            "{what}\n\n# Errors\n\n\
             The first failure in the order of the target's fields: the exception's name, the path in the\n\
             payload, the path in the target, and the place in the specs."
        ));
        out.function("pub fn map", &parameters, &format!(" -> rt::Result<{output}>"));
        out.result(&run);
        out.close("}");
        out.close("}");
    }

    /// An input as a parameter of a function.
    fn parameter(&self, input: &crate::model::Input, body: &TokenStream) -> TokenStream {
        let mut ident = names::field(&input.name);
        if !mentions(body, &ident.to_string()) {
            ident = format_ident!("_{}", crate::lower::names::snake(&input.name));
        }
        let of = &self.model.structs[input.of];
        let one = if of.is_record() {
            let name = self.records.name(input.of);
            let lifetime = self.records.borrows(input.of).then(|| quote!(<'_>));
            quote!(#name #lifetime)
        } else {
            self.types.struct_path(input.of)
        };
        if input.shape == InputShape::List { quote!(#ident: &[#one]) } else { quote!(#ident: &#one) }
    }

    /// The function of a mapping: this one's, or that of a value mapping that it calls.
    fn function(&self, mapping: &Mapping, name: &Ident, own: bool) -> TokenStream {
        let needs = needs(self.model, mapping);
        let around = Around { module: self, mapping };
        let mut compiler = self.compiler(&around, mapping);
        let body = statements(&mut compiler, mapping);
        let params = mapping.inputs.iter().map(|input| self.parameter(input, &body));
        let more = needs.parameters();
        let output = self.output(mapping);
        let doc = if own {
            " The mapping, of one input.".to_owned()
        } else {
            let description = mapping.description.as_deref().unwrap_or_default().trim();
            format!(" The value mapping `{}`. {description}", mapping.name).trim_end().to_owned()
        };
        let file = self.sources.path(mapping.span.file);
        let elsewhere = mapping.span.file != self.mapping.span.file && mentions(&body, "SPEC");
        let spec = elsewhere.then(|| quote!(const SPEC: rt::Origin = rt::Origin(#file);));
        quote! {
            #[doc = #doc]
            fn #name(#(#params),* #more) -> rt::Result<#output> {
                #spec
                #body
            }
        }
    }

    fn compiler<'c>(&'c self, around: &'c Around<'m, 'c>, mapping: &Mapping) -> Compiler<'c> {
        let taken = ["meta", "notes", "answers", "functions", "keys", "canonical", "crosswalks", "records", "rt"];
        let mut compiler = Compiler::new(self.model, self.types, self.sources, around, &taken);
        for (number, input) in (0_u32..).zip(&mapping.inputs) {
            let form = if input.shape == InputShape::List {
                Form::Slice(Box::new(Form::Struct(Hold::Owned)))
            } else {
                Form::Struct(Hold::Lent)
            };
            compiler.parameter(VarId(number), names::field(&input.name), form);
        }
        compiler
    }
}

/// One input in code.
struct InputCode {
    name: String,
    /// The type that it is held as.
    ty: String,
    /// The parameter that it comes by.
    parameter: String,
    /// The text that failures in it are located in.
    text: String,
    /// What decodes it, and its arguments, if it is a payload.
    decode: Option<(String, [String; 4])>,
}

/// The statements of a mapping's function.
fn statements(compiler: &mut Compiler<'_>, mapping: &Mapping) -> TokenStream {
    // Conditions come first, but may use the parts: a part that fails surfaces only where it is used.
    let (lets, _) = compiler.lets(&used_lets(mapping));
    let requires: Vec<TokenStream> = mapping.require.iter().map(|require| compiler.require(require)).collect();
    let body = mapping.body.as_ref().map_or_else(
        || quote!(compile_error!("a mapping without a body")),
        |b| compiler.expr(b).into_stored().result(),
    );
    quote! {
        #lets
        #(#requires)*
        #body
    }
}

/// The named parts that are read, by name.
fn used_lets(mapping: &Mapping) -> Vec<(VarId, &str, &Node)> {
    let mut read = BTreeSet::new();
    super::needs::nodes_of(mapping, &mut |node| vars_of(node, &mut read));
    let used = mapping.lets.iter().filter(|l| read.contains(&l.var));
    used.map(|l| (l.var, l.name.as_str(), &l.value)).collect()
}

fn vars_of(node: &Node, read: &mut BTreeSet<VarId>) {
    if let Kind::Var(var) = node.kind {
        read.insert(var);
    }
}

/// The surroundings of a mapping's code.
struct Around<'m, 'c> {
    module: &'c Module<'m>,
    mapping: &'c Mapping,
}

impl Surroundings for Around<'_, '_> {
    fn struct_path(&self, id: Id<Struct>) -> TokenStream {
        self.module.types.struct_path(id)
    }

    fn mapping_path(&self, id: Id<Mapping>) -> (TokenStream, TokenStream) {
        let called = &self.module.model.mappings[id];
        let name = names::function(&called.name);
        (quote!(#name), needs(self.module.model, called).arguments())
    }

    fn mapping(&self) -> Option<&Mapping> {
        Some(self.mapping)
    }
}
