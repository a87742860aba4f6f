//! One mapping as a module: `Input` with `decode`, `keys` and `map`; the function that maps; the value mappings that it
//! calls; and private records that hold only what all of them read.

mod asked;
mod shared;

pub use asked::loops_of;
pub use shared::Shared;

use super::needs::{Needs, needs};
use crate::emit::rust::expr::{Compiler, Form, Hold, Surroundings, mentions};
use crate::emit::rust::names;
use crate::emit::rust::print::Printer;
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
        let mut items = Vec::new();
        let function = self.function(self.mapping, &format_ident!("run"), true);
        let called: Vec<_> = called(self.model, self.mapping).into_iter().map(|id| self.called(id)).collect();
        if mentions(&function, "SPEC") || called.iter().any(|called| called.has_origin) {
            let file = self.sources.path(self.mapping.span.file);
            items.push(quote! {
                /// Where failures say they come from.
                const SPEC: rt::Origin = rt::Origin(#file);
            });
        }
        let asked = |name: &Ident| {
            let name = name.to_string();
            mentions(&function, &name) || called.iter().any(|called| called.calls(&name))
        };
        let answers = self.answers(&asked);
        items.extend(self.input());
        items.push(self.methods());
        items.extend(self.ports());
        items.push(function);
        for item in items {
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
    fn input(&self) -> [TokenStream; 2] {
        let repeated = self.repeated().map(|input| input.name.as_str());
        let (mut fields, mut params, mut decodes, mut inits, mut texts) = (vec![], vec![], vec![], vec![], vec![]);
        let decoded = self.decodes();
        for (number, input, record) in self.inputs() {
            let ident = names::field(&input.name);
            let of = &self.model.structs[input.of];
            if record {
                let one = self.records.typed(input.of);
                let list = repeated == Some(input.name.as_str()) || input.shape == InputShape::List;
                let ty = if list { quote!(Vec<#one>) } else { one };
                let root = &of.root;
                let read = if list { format_ident!("decode_list") } else { format_ident!("decode") };
                fields.push(quote!(#ident: #ty,));
                params.push(quote!(#ident: &'a [u8],));
                let text = format_ident!("{}_text", crate::lower::names::snake(&input.name));
                let number = proc_macro2::Literal::u8_unsuffixed(number);
                decodes.push(quote! {
                    let (#ident, #text) = rt::root::#read(#ident, #number, &[#(#root),*], notes)?;
                });
                texts.push(text);
            } else {
                let path = self.types.struct_path(input.of);
                let ty = if input.shape == InputShape::List { quote!(&'a [#path]) } else { quote!(&'a #path) };
                fields.push(quote!(#ident: #ty,));
                params.push(quote!(#ident: #ty,));
                if decoded > 0 {
                    // Failures count all inputs; one that is no document has no text.
                    texts.push(format_ident!("no_text"));
                }
            }
            inits.push(quote!(#ident));
        }
        let count = proc_macro2::Literal::usize_unsuffixed(texts.len());
        let (texts_field, texts_init) = if decoded > 0 {
            let texts = texts.iter().map(|text| if text == "no_text" { quote!("") } else { quote!(#text) });
            (quote!(texts: [&'a str; #count],), quote!(, texts: [#(#texts),*]))
        } else {
            (quote!(), quote!())
        };
        let input = quote! {
            /// What the mapping reads of its input.
            pub struct Input<'a> {
                #(#fields)*
                #texts_field
            }
        };
        let decode = if decoded > 0 {
            quote! {
                /// Decodes what the mapping reads of the payload; the rest is skipped, and checked for syntax only.
                ///
                /// # Errors
                ///
                /// `decode_failed`, with the path in the payload: syntax, shapes, and keys given twice. A scalar that
                /// can't be read fails where the mapping first uses it.
                pub fn decode(#(#params)* notes: &mut rt::Notes) -> rt::Result<Self> {
                    #(#decodes)*
                    Ok(Input { #(#inits),* #texts_init })
                }
            }
        } else {
            quote! {
                /// Takes what is mapped.
                #[must_use]
                pub fn new(#(#params)*) -> Self {
                    Input { #(#inits),* }
                }
            }
        };
        [input, quote!(impl<'a> Input<'a> { #decode })]
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
    fn methods(&self) -> TokenStream {
        let needs = &self.needs;
        let one = self.output(self.mapping);
        let located = (self.decodes() > 0).then(|| quote!(.map_err(|failure| failure.locate(&self.texts))));
        let more = needs.arguments();
        let repeated = self.repeated().map(|input| names::field(&input.name));
        let inputs = self.inputs().map(|(_, input, record)| {
            let ident = names::field(&input.name);
            match &repeated {
                Some(repeated) if *repeated == ident => quote!(#ident),
                _ if record => quote!(&self.#ident),
                _ => quote!(self.#ident),
            }
        });
        let call = quote!(run(#(#inputs),* #more));
        let (run, output) = match (&repeated, &self.mapping.target) {
            (None, _) => (quote!(#call #located), one),
            (Some(each), Type::List(_)) => (
                quote!(rt::each(&self.#each, |#each| #call).map(|all| all.into_iter().flatten().collect()) #located),
                one,
            ),
            (Some(each), _) => (quote!(rt::each(&self.#each, |#each| #call) #located), quote!(Vec<#one>)),
        };
        let what = match self.mapping.intent {
            Intent::Update => " Maps the input to a patch, with what identifies the object that it is for.",
            Intent::Create => " Maps the input to a new object's data.",
            Intent::Request => " Maps the input to a request.",
            Intent::Value => " Maps the input.",
        };
        let meta = if needs.meta { format_ident!("meta") } else { format_ident!("_meta") };
        let notes = if needs.notes { format_ident!("notes") } else { format_ident!("_notes") };
        let answers = super::asks(self.model, self.mapping).then(|| {
            let name = if needs.answers { format_ident!("answers") } else { format_ident!("_answers") };
            quote!(#name: &rt::Answers,)
        });
        let functions = needs.functions.then(|| quote!(, functions: &impl Functions));
        let keys = self.keys();
        quote! {
            impl Input<'_> {
                #keys
                #[doc = #what]
                ///
                /// # Errors
                ///
                /// The first failure in the order of the target's fields: the exception's name, the path in the
                /// payload, the path in the target, and the place in the specs.
                pub fn map(&self, #meta: &rt::Meta, #answers #notes: &mut rt::Notes #functions) -> rt::Result<#output> {
                    #run
                }
            }
        }
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
