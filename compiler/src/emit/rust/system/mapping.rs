//! One mapping as a module: `Input` with `decode`, `keys` and `map`; the function that maps; the value mappings that it
//! calls; and private records that hold only what all of them read.

use super::codec;
use super::needs::{Needs, needs};
use crate::emit::rust::expr::{Around as LoopAround, Compiler, Form, Hold, Surroundings, mentions};
use crate::emit::rust::names;
use crate::emit::rust::types::RustTypes;
use crate::expr::ir::{Kind, Node, VarId};
use crate::lower::called::{called, functions};
use crate::lower::left_out::{LeftOut, left_out};
use crate::lower::reads::{Reads, reads};
use crate::model::{Id, InputShape, Intent, LookupSource, Mapping, Model, Struct, Type, UnknownKeys, WireKind};
use crate::source::SourceMap;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::{BTreeMap, BTreeSet};

/// Writes the module of a mapping.
pub struct Module<'m> {
    model: &'m Model,
    sources: &'m SourceMap,
    types: &'m RustTypes<'m>,
    mapping: &'m Mapping,
    reads: Reads,
    left_out: LeftOut<'m>,
    needs: Needs,
}

impl<'m> Module<'m> {
    /// The module of a mapping, not yet written.
    pub fn new(model: &'m Model, sources: &'m SourceMap, types: &'m RustTypes<'m>, id: Id<Mapping>) -> Self {
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
        let reads = with_what_they_hold(model, reads);
        let left_out = left_out(model, &all, &reads);
        Module { model, sources, types, mapping, reads, left_out, needs: needs(model, mapping) }
    }

    /// Its items, one after the other.
    pub fn items(&self) -> Vec<TokenStream> {
        let mut items = Vec::new();
        let function = self.function(self.mapping, &format_ident!("run"), true);
        let called: Vec<TokenStream> = called(self.model, self.mapping)
            .into_iter()
            .map(|id| {
                let mapping = &self.model.mappings[id];
                self.function(mapping, &names::function(&mapping.name), false)
            })
            .collect();
        if called.iter().chain([&function]).any(|tokens| mentions(tokens, "SPEC")) {
            let file = self.sources.path(self.mapping.span.file);
            items.push(quote! {
                /// Where failures say they come from.
                const SPEC: rt::Origin = rt::Origin(#file);
            });
        }
        let asked = |name: &Ident| called.iter().chain([&function]).any(|tokens| mentions(tokens, &name.to_string()));
        let answers = self.answers(&asked);
        items.extend(self.input());
        items.push(self.methods());
        items.extend(self.ports());
        items.push(function);
        items.extend(called);
        items.extend(answers);
        let projected = self.reads.iter().filter(|(id, _)| self.model.structs[**id].is_record());
        items.extend(projected.map(|(id, fields)| self.projection(*id, fields)));
        items
    }

    /// A record with only the fields that are read; the others are skipped by name.
    fn projection(&self, id: Id<Struct>, read: &BTreeSet<u16>) -> TokenStream {
        let of = &self.model.structs[id];
        let name = names::projected(&of.name);
        let mut fields = Vec::new();
        // What is left out of a union is left out of its variants; what it skips itself are variants.
        let left_out = self.left_out.get(&id).filter(|_| of.one_of.is_none());
        let mut skipped: BTreeSet<Vec<&str>> = left_out.cloned().unwrap_or_default();
        for (position, field) in (0_u16..).zip(&of.fields) {
            let Some(wire) = &field.wire else { continue };
            let WireKind::Route { keys, codec } = &wire.kind else { continue };
            let tag = of.one_of.as_ref().and_then(|u| u.variants.iter().find(|(_, p)| *p == position));
            if !read.contains(&position) {
                match tag {
                    Some((tag, _)) => skipped.insert(vec![tag]),
                    None => skipped.insert(keys.iter().map(String::as_str).collect()),
                };
                continue;
            }
            let ident = names::field(&field.name);
            let ty = self.types.borrowed(&field.ty, &|id| self.projected_type(id));
            let attribute = match tag {
                Some((tag, _)) => quote!(#[tag(#tag)]),
                None => {
                    let mut options = codec::options(&field.ty, codec, &wire.absent);
                    if field.ty.is_optional() {
                        options.push(quote!(optional));
                    }
                    quote!(#[wire(#(#keys),* #(, #options)*)])
                }
            };
            fields.push(quote!(#attribute #ident: rt::Leaf<#ty>,));
        }
        if let Some(changed) = &of.changed {
            let route = &changed.route;
            if self.reads_presence() {
                let ident = names::changes(of);
                fields.push(quote!(#[wire(#(#route),*, changes)] #ident: rt::Leaf<rt::Changes<'a>>,));
            } else {
                skipped.insert(route.iter().map(String::as_str).collect());
            }
        }
        let unknown = match of.unknown {
            UnknownKeys::Reject => "reject",
            UnknownKeys::Warn => "warn",
            UnknownKeys::Ignore => "ignore",
        };
        let skipped: Vec<TokenStream> = skipped
            .iter()
            .map(|route| match route.as_slice() {
                [key] => quote!(#key),
                keys => quote!((#(#keys),*)),
            })
            .collect();
        let skip = (!skipped.is_empty() && (of.one_of.is_some() || of.unknown != UnknownKeys::Ignore))
            .then(|| quote!(, skip(#(#skipped),*)));
        let one_of = of.one_of.as_ref().map(|u| {
            let by = &u.by;
            quote!(, one_of = #by)
        });
        let lifetime = self.borrows(id).then(|| quote!(<'a>));
        let doc = format!(" What is read of a `{}`.", of.full_name(self.model));
        // Of the answer to a lookup, which is decoded where it is used, parts are taken rather than lent.
        let clone = self.needs.answers.then(|| quote!(Clone,));
        quote! {
            #[doc = #doc]
            #[derive(#clone Record)]
            #[record(unknown = #unknown #skip #one_of)]
            struct #name #lifetime {
                #[record(at)]
                at: u32,
                #(#fields)*
            }
        }
    }

    fn reads_presence(&self) -> bool {
        crate::lower::reads::asks_presence(self.mapping)
    }

    fn projected_type(&self, id: Id<Struct>) -> TokenStream {
        let name = names::projected(&self.model.structs[id].name);
        let lifetime = self.borrows(id).then(|| quote!(<'a>));
        quote!(#name #lifetime)
    }

    /// Whether a projected record holds anything borrowed from the payload.
    fn borrows(&self, id: Id<Struct>) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let of = &self.model.structs[id];
            if of.changed.is_some() && self.reads_presence() {
                return true;
            }
            let Some(read) = self.reads.get(&id) else { continue };
            for field in read.iter().filter_map(|p| of.field(*p)) {
                let mut ty = &field.ty;
                while let Type::Optional(inner) | Type::List(inner) | Type::Map(_, inner) = ty {
                    if let Type::Map(..) = ty {
                        return true;
                    }
                    ty = inner;
                }
                match ty {
                    Type::Struct(inner) => open.push(*inner),
                    t if t.is_text() => return true,
                    _ => {}
                }
            }
        }
        false
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
                let one = self.projected_type(input.of);
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
            let name = names::projected(&of.name);
            let lifetime = self.borrows(input.of).then(|| quote!(<'_>));
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

    /// `keys`: what is to be looked up. Conditions are not judged, so more may be fetched than is used; a key that
    /// can't be computed is left to `map`, which gives its failure.
    fn keys(&self) -> TokenStream {
        if self.mapping.lookups.is_empty() {
            return quote!();
        }
        let around = Around { module: self, mapping: self.mapping };
        let mut compiler = self.compiler(&around, self.mapping);
        let lets: Vec<(VarId, &str, &Node)> = key_lets(self.mapping);
        let (lets, _) = compiler.lets(&lets);
        let mut wanted = Vec::new();
        nodes_with_loops(self.mapping, &mut |loops, node| {
            let Kind::Lookup(position, args) = &node.kind else { return };
            let Some(lookup) = self.mapping.lookups.get(usize::from(*position)) else { return };
            wanted.push(compiler.wanted_key(loops, lookup, args));
        });
        let body = quote!(#lets #(#wanted)*);
        let functions = mentions(&body, "functions").then(|| quote!(, functions: &impl Functions));
        let meta = if mentions(&body, "meta") { format_ident!("meta") } else { format_ident!("_meta") };
        let repeated = self.repeated().map(|input| names::field(&input.name));
        let inputs = self.inputs().filter_map(|(_, input, record)| {
            let ident = names::field(&input.name);
            let borrow = record.then(|| quote!(&));
            let bound = mentions(&body, &ident.to_string()) && repeated.as_ref() != Some(&ident);
            bound.then(|| quote!(let #ident = #borrow self.#ident;))
        });
        let visit = match &repeated {
            Some(each) => quote!(#(#inputs)* for #each in &self.#each { #body }),
            None => quote!(#(#inputs)* #body),
        };
        let collected = if wanted.is_empty() {
            quote!(rt::Keys::default())
        } else {
            quote!(let mut keys = rt::Keys::default(); #visit keys)
        };
        quote! {
            /// What has to be looked up before mapping, each once.
            #[must_use]
            pub fn keys(&self, #meta: &rt::Meta #functions) -> rt::Keys {
                #collected
            }
        }
    }

    /// A decoder per lookup whose answer is a record.
    fn answers(&self, asked: &dyn Fn(&Ident) -> bool) -> Vec<TokenStream> {
        let decoder = |lookup: &crate::model::Lookup| {
            let id = lookup.result.as_struct()?;
            let (function, name) = (names::answer(&lookup.name), &lookup.name);
            let ty = names::projected(&self.model.structs[id].name);
            let root = &self.model.structs[id].root;
            if !asked(&function) {
                return None;
            }
            // Two references come in; what is borrowed is of the answers.
            let named_at = self.borrows(id).then(|| quote!('a));
            let named = self.borrows(id).then(|| quote!(<'a>));
            let lifetime = &named;
            let doc = format!(" The answer to the lookup `{}`.", lookup.name);
            Some(quote! {
                #[doc = #doc]
                fn #function #named(answers: &#named_at rt::Answers, key: &rt::form::Key) -> rt::Result<Option<#ty #lifetime>> {
                    match rt::form::answer(answers, #name, key)? {
                        Some(bytes) => rt::root::answer(bytes, &[#(#root),*]).map(Some),
                        None => Ok(None),
                    }
                }
            })
        };
        let called = called(self.model, self.mapping);
        let callers = called.iter().map(|id| &self.model.mappings[*id]).chain([self.mapping]);
        let mut by_name: BTreeMap<&str, TokenStream> = BTreeMap::new();
        for lookup in callers.flat_map(|mapping| &mapping.lookups) {
            if let Some(tokens) = decoder(lookup) {
                by_name.entry(&lookup.name).or_insert(tokens);
            }
        }
        by_name.into_values().collect()
    }

    /// The functions that the user implements, and the names of lookups.
    fn ports(&self) -> Vec<TokenStream> {
        let mut items = Vec::new();
        let functions = functions(self.model, self.mapping);
        if !functions.is_empty() {
            let methods = functions.iter().map(|f| {
                let name = names::function(&f.name);
                let args = f.args.iter().enumerate().map(|(i, ty)| {
                    let ident = format_ident!("a{i}");
                    let ty = if ty.is_text() { quote!(&str) } else { self.types.stored(ty) };
                    quote!(#ident: #ty)
                });
                let result = self.types.stored(&f.result);
                let result = if f.raises.is_empty() { result } else { quote!(rt::Result<#result>) };
                let doc = format!(" The function `{}`.", f.name);
                let errors = (!f.raises.is_empty()).then(|| {
                    let doc = format!(" `{}`.", f.raises.join("`, `"));
                    quote!(#[doc = ""] #[doc = " # Errors"] #[doc = ""] #[doc = #doc])
                });
                quote!(#[doc = #doc] #errors fn #name(&self, #(#args),*) -> #result;)
            });
            items.push(quote! {
                /// The Rust functions that the mapping calls, and those that it calls: pure, and always of the same result.
                pub trait Functions {
                    #(#methods)*
                }
            });
        }
        items.extend(self.mapping.lookups.iter().filter_map(|lookup| {
            let LookupSource::Operation(system, operation) = &lookup.source else { return None };
            let system = &self.model.systems[*system].name;
            let doc = format!(" The lookup `{}`, which `{system}.{operation}` answers.", lookup.name);
            let (constant, name) = (names::constant(&lookup.name), &lookup.name);
            Some(quote!(#[doc = #doc] pub const #constant: &str = #name;))
        }));
        items
    }
}

/// The records that are read, and those that they hold without a field of theirs being read: their size, or that they
/// are there, may be asked for.
fn with_what_they_hold(model: &Model, mut reads: Reads) -> Reads {
    let mut open: Vec<Id<Struct>> = reads.keys().copied().collect();
    while let Some(id) = open.pop() {
        let read = reads.get(&id).cloned().unwrap_or_default();
        for field in read.iter().filter_map(|position| model.structs[id].field(*position)) {
            let mut ty = &field.ty;
            while let Type::Optional(inner) | Type::List(inner) | Type::Map(_, inner) = ty {
                ty = inner;
            }
            if let Type::Struct(inner) = ty
                && model.structs[*inner].is_record()
                && !reads.contains_key(inner)
            {
                reads.insert(*inner, BTreeSet::new());
                open.push(*inner);
            }
        }
    }
    reads
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

/// The named parts that keys of lookups are made of, directly or not, and that ask for nothing themselves.
fn key_lets(mapping: &Mapping) -> Vec<(VarId, &str, &Node)> {
    let mut read = BTreeSet::new();
    nodes_with_loops(mapping, &mut |loops, node| {
        if let Kind::Lookup(_, args) = &node.kind {
            let lists = loops.iter().map(|around| around.list);
            args.iter().chain(lists).for_each(|node| node.walk(&mut |node| vars_of(node, &mut read)));
        }
    });
    // A part reads only those before it.
    for part in mapping.lets.iter().rev() {
        if read.contains(&part.var) {
            part.value.walk(&mut |node| vars_of(node, &mut read));
        }
    }
    let used = mapping.lets.iter().filter(|l| read.contains(&l.var) && !has_lookup(&l.value));
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

fn has_lookup(node: &Node) -> bool {
    let mut found = false;
    node.walk(&mut |n| found |= matches!(n.kind, Kind::Lookup(..)));
    found
}

/// Every node with the loops around it, outermost first.
fn nodes_with_loops<'m>(mapping: &'m Mapping, visit: &mut dyn FnMut(&[LoopAround<'m>], &'m Node)) {
    fn go<'m>(node: &'m Node, loops: &mut Vec<LoopAround<'m>>, visit: &mut dyn FnMut(&[LoopAround<'m>], &'m Node)) {
        visit(loops, node);
        let (list, entered) = match &node.kind {
            Kind::Loop(l) => (&l.list, LoopAround { list: &l.list, var: l.var, index: None }),
            Kind::Each(e) => (&e.list, LoopAround { list: &e.list, var: e.var, index: e.index }),
            Kind::EachPatch(e) => (&e.list, LoopAround { list: &e.list, var: e.var, index: e.index }),
            Kind::OptMap { of, var, .. } => (&**of, LoopAround { list: of, var: *var, index: None }),
            _ => {
                node.children(&mut |child| go(child, loops, visit));
                return;
            }
        };
        go(list, loops, visit);
        loops.push(entered);
        let mut first = true;
        node.children(&mut |child| {
            // The list itself is outside its loop, and was visited.
            if !std::mem::take(&mut first) {
                go(child, loops, visit);
            }
        });
        loops.pop();
    }
    let mut loops = Vec::new();
    mapping.require.iter().for_each(|r| go(&r.rule, &mut loops, visit));
    mapping.lets.iter().for_each(|l| go(&l.value, &mut loops, visit));
    mapping.body.iter().for_each(|b| go(b, &mut loops, visit));
}
