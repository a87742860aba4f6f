//! One mapping as a module: private records that hold only what it reads, `Input` with `decode`, `keys` and `map`,
//! and the value mappings that it calls.

use super::codec;
use crate::emit::rust::expr::{Around as LoopAround, Compiler, Held, Surroundings};
use crate::emit::rust::names;
use crate::emit::rust::types::RustTypes;
use crate::expr::ir::{Kind, Node};
use crate::lower::reads::{Reads, reads};
use crate::model::{Id, InputShape, Intent, LookupSource, Mapping, Model, Struct, Type, UnknownKeys, WireKind};
use crate::source::SourceMap;
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::collections::{BTreeMap, BTreeSet};

/// Writes the module of a mapping.
pub struct Module<'m> {
    model: &'m Model,
    sources: &'m SourceMap,
    types: &'m RustTypes<'m>,
    mapping: &'m Mapping,
    reads: Reads,
}

impl<'m> Module<'m> {
    /// The module of a mapping, not yet written.
    pub fn new(model: &'m Model, sources: &'m SourceMap, types: &'m RustTypes<'m>, id: Id<Mapping>) -> Self {
        Module { model, sources, types, mapping: &model.mappings[id], reads: reads(model, id) }
    }

    /// Its items.
    pub fn items(&self) -> TokenStream {
        let records: Vec<TokenStream> = self
            .reads
            .iter()
            .filter(|(id, _)| self.model.structs[**id].is_record())
            .map(|(id, fields)| self.projection(*id, fields))
            .collect();
        let input = self.input();
        let methods = self.methods();
        let called: Vec<TokenStream> = self.called().into_iter().map(|id| self.value_mapping(id)).collect();
        let answers = self.answers();
        let ports = self.ports();
        quote! {
            #input
            #methods
            #ports
            #(#called)*
            #(#answers)*
            #(#records)*
        }
    }

    /// The mappings called, directly or not, in order of name.
    fn called(&self) -> BTreeSet<Id<Mapping>> {
        let mut found = BTreeSet::new();
        let mut open: Vec<&Mapping> = vec![self.mapping];
        while let Some(mapping) = open.pop() {
            nodes_of(mapping, &mut |node| {
                if let Kind::Apply(id, _) = &node.kind
                    && found.insert(*id)
                {
                    open.push(&self.model.mappings[*id]);
                }
            });
        }
        found
    }

    /// A record with only the fields that are read; the others are skipped by name.
    fn projection(&self, id: Id<Struct>, read: &BTreeSet<u16>) -> TokenStream {
        let of = &self.model.structs[id];
        let name = names::projected(&of.name);
        let mut fields = Vec::new();
        let mut skipped = Vec::new();
        for (i, field) in of.fields.iter().enumerate() {
            let Some(wire) = &field.wire else { continue };
            let WireKind::Route { keys, codec } = &wire.kind else { continue };
            let position = u16::try_from(i).unwrap_or(u16::MAX);
            if !read.contains(&position) {
                skipped.push(match keys.as_slice() {
                    [key] => quote!(#key),
                    keys => quote!((#(#keys),*)),
                });
                continue;
            }
            let ident = names::field(&field.name);
            let ty = self.types.borrowed(&field.ty, &|id| self.projected_type(id));
            let options = codec::options(&field.ty, codec, &wire.absent);
            fields.push(quote!(#[wire(#(#keys),* #options)] #ident: rt::Leaf<#ty>,));
        }
        let unknown = match of.unknown {
            UnknownKeys::Reject => "reject",
            UnknownKeys::Warn => "warn",
            UnknownKeys::Ignore => "ignore",
        };
        let skip = (!skipped.is_empty() && of.unknown != UnknownKeys::Ignore).then(|| quote!(, skip(#(#skipped),*)));
        let lifetime = self.borrows(id).then(|| quote!(<'a>));
        quote! {
            #[derive(Record)]
            #[record(unknown = #unknown #skip)]
            struct #name #lifetime {
                #[record(at)]
                at: u32,
                #(#fields)*
            }
        }
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

    fn inputs(&self) -> impl Iterator<Item = (usize, &'m crate::model::Input, bool)> {
        let model = self.model;
        self.mapping.inputs.iter().enumerate().map(move |(i, input)| (i, input, model.structs[input.of].is_record()))
    }

    fn many(&self) -> bool {
        matches!(self.mapping.inputs.as_slice(), [one] if self.model.structs[one.of].many && one.shape == InputShape::One)
    }

    /// `Input`: the decoded payloads.
    fn input(&self) -> TokenStream {
        let many = self.many();
        let mut fields = Vec::new();
        let mut params = Vec::new();
        let mut decodes = Vec::new();
        let mut inits = Vec::new();
        let mut texts = Vec::new();
        let decoded = self.inputs().any(|(_, _, record)| record);
        for (i, input, record) in self.inputs() {
            let ident = names::field(&input.name);
            let number = u8::try_from(i).unwrap_or(u8::MAX);
            let of = &self.model.structs[input.of];
            if record {
                let one = self.projected_type(input.of);
                let list = many || input.shape == InputShape::List;
                let ty = if list { quote!(Vec<#one>) } else { one };
                let root = &of.root;
                let read = if list { format_ident!("decode_list") } else { format_ident!("decode") };
                fields.push(quote!(#ident: #ty,));
                params.push(quote!(#ident: &'a [u8],));
                let text = format_ident!("{}_text", input.name);
                decodes.push(quote! {
                    let (#ident, #text) = rt::root::#read(#ident, #number, &[#(#root),*], notes)?;
                });
                texts.push(quote!(#text));
            } else {
                let path = self.types.struct_path(input.of);
                let ty = if input.shape == InputShape::List { quote!(&'a [#path]) } else { quote!(&'a #path) };
                fields.push(quote!(#ident: #ty,));
                params.push(quote!(#ident: #ty,));
            }
            inits.push(quote!(#ident));
        }
        let (texts_field, texts_init) = if decoded {
            (quote!(texts: Vec<&'a str>,), quote!(, texts: vec![#(#texts),*]))
        } else {
            (quote!(), quote!())
        };
        let decode = if decoded {
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
        quote! {
            /// What the mapping reads of its input.
            pub struct Input<'a> {
                #(#fields)*
                #texts_field
            }
            impl<'a> Input<'a> {
                #decode
            }
        }
    }

    fn output(&self) -> TokenStream {
        let one = |id: Id<Struct>| match self.mapping.intent {
            Intent::Update => {
                let path = self.types.patch_path(id, self.mapping.system);
                quote!(#path)
            }
            _ => self.types.struct_path(id),
        };
        let ty = match &self.mapping.target {
            Type::List(element) => match **element {
                Type::Struct(id) => {
                    let one = one(id);
                    quote!(Vec<#one>)
                }
                _ => quote!(()),
            },
            Type::Struct(id) => one(*id),
            _ => quote!(()),
        };
        if self.many() { quote!(Vec<#ty>) } else { ty }
    }

    fn compiler<'c>(&'c self, around: &'c Around<'m, 'c>) -> Compiler<'c> {
        Compiler { model: self.model, types: self.types, sources: self.sources, around, vars: BTreeMap::new() }
    }

    /// `keys` and `map`.
    fn methods(&self) -> TokenStream {
        let around = Around { module: self, mapping: self.mapping };
        let output = self.output();
        let decoded = self.inputs().any(|(_, _, record)| record);
        let located = decoded.then(|| quote!(.map_err(|failure| failure.locate(&self.texts))));
        let body = self.body(&around);
        let (bindings, call, params) = self.bindings();
        let functions = (!self.mapping.functions.is_empty()).then(|| quote!(functions: &impl Functions,));
        let pass = (!self.mapping.functions.is_empty()).then(|| quote!(, functions));
        let run = if self.many() {
            let name = names::field(self.mapping.inputs.first().map_or("src", |i| i.name.as_str()));
            quote!(self.#name.iter().enumerate().map(|(i, one)| run(one, meta, answers, notes #pass)
                .map_err(|failure| failure.in_index(i))).collect::<rt::Result<Vec<_>>>() #located)
        } else {
            quote!({ #bindings run(#(#call,)* meta, answers, notes #pass) #located })
        };
        let one_output = if self.many() {
            quote!(#output)
                .to_string()
                .trim()
                .strip_prefix("Vec <")
                .and_then(|t| t.strip_suffix('>'))
                .and_then(|t| t.parse::<TokenStream>().ok())
                .unwrap_or(output.clone())
        } else {
            output.clone()
        };
        let keys = self.keys(&around);
        let doc = format!(" Maps the input{}.", if self.mapping.intent == Intent::Update { " to a patch" } else { "" });
        quote! {
            impl Input<'_> {
                #keys
                #[doc = #doc]
                ///
                /// # Errors
                ///
                /// The first failure in the order of the target's fields: the exception's name, the path in the
                /// payload, the path in the target, and the place in the specs.
                pub fn map(&self, meta: &rt::Meta, answers: &rt::Answers, notes: &mut rt::Notes, #functions) -> rt::Result<#output> {
                    #run
                }
            }
            #[allow(unused_variables, clippy::too_many_lines)]
            fn run(#(#params,)* meta: &rt::Meta, answers: &rt::Answers, notes: &mut rt::Notes, #functions) -> rt::Result<#one_output> {
                #body
            }
        }
    }

    /// Bindings of inputs, arguments and parameters of `run`.
    fn bindings(&self) -> (TokenStream, Vec<TokenStream>, Vec<TokenStream>) {
        let mut call = Vec::new();
        let mut params = Vec::new();
        for (_, input, record) in self.inputs() {
            let ident = names::field(&input.name);
            let one = if record {
                let name = names::projected(&self.model.structs[input.of].name);
                let lifetime = self.borrows(input.of).then(|| quote!(<'_>));
                quote!(#name #lifetime)
            } else {
                self.types.struct_path(input.of)
            };
            if input.shape == InputShape::List {
                params.push(quote!(#ident: &[#one]));
                call.push(if record { quote!(&self.#ident) } else { quote!(self.#ident) });
            } else {
                params.push(quote!(#ident: &#one));
                call.push(if record { quote!(&self.#ident) } else { quote!(self.#ident) });
            }
        }
        (quote!(), call, params)
    }

    fn declare_inputs(compiler: &mut Compiler<'_>, mapping: &Mapping) {
        for (i, input) in mapping.inputs.iter().enumerate() {
            let var = crate::expr::ir::VarId(u32::try_from(i).unwrap_or(u32::MAX));
            let held = if input.shape == InputShape::List { Held::Slice } else { Held::Form };
            compiler.vars.insert(var, crate::emit::rust::expr::Var { ident: names::field(&input.name), held });
        }
    }

    /// The statements of `run`: conditions, parts, the result.
    fn body(&self, around: &Around<'m, '_>) -> TokenStream {
        let mut compiler = self.compiler(around);
        statements(&mut compiler, self.mapping)
    }

    fn value_mapping(&self, id: Id<Mapping>) -> TokenStream {
        let mapping = &self.model.mappings[id];
        let around = Around { module: self, mapping };
        let mut compiler = self.compiler(&around);
        let name = names::function(&mapping.name);
        let body = statements(&mut compiler, mapping);
        let params: Vec<TokenStream> = mapping
            .inputs
            .iter()
            .map(|input| {
                let ident = names::field(&input.name);
                let of = &self.model.structs[input.of];
                let one = if of.is_record() {
                    let name = names::projected(&of.name);
                    let lifetime = self.borrows(input.of).then(|| quote!(<'_>));
                    quote!(#name #lifetime)
                } else {
                    self.types.struct_path(input.of)
                };
                if input.shape == InputShape::List { quote!(#ident: &[#one]) } else { quote!(#ident: &#one) }
            })
            .collect();
        let output = match &mapping.target {
            Type::Struct(id) => self.types.struct_path(*id),
            _ => quote!(()),
        };
        let doc = format!(" The value mapping `{}`.", mapping.name);
        quote! {
            #[doc = #doc]
            #[allow(unused_variables)]
            fn #name(#(#params,)* meta: &rt::Meta, notes: &mut rt::Notes) -> rt::Result<#output> {
                #body
            }
        }
    }

    /// `keys`: what is to be looked up. Conditions are not judged, so more may be fetched than is used; a key that
    /// can't be computed is left to `map`, which gives its failure.
    fn keys(&self, around: &Around<'m, '_>) -> TokenStream {
        if self.mapping.lookups.is_empty() {
            return quote!();
        }
        let many = self.many();
        let mut compiler = self.compiler(around);
        let (_, call, params) = self.bindings();
        Self::declare_inputs(&mut compiler, self.mapping);
        let lets: Vec<_> =
            self.mapping.lets.iter().map(|l| (l.var, l.value.clone())).filter(|(_, v)| !has_lookup(v)).collect();
        let lets = compiler.lets(&lets);
        let mut wanted = Vec::new();
        nodes_with_loops(self.mapping, &mut |loops, node| {
            let Kind::Lookup(position, args) = &node.kind else { return };
            let Some(lookup) = self.mapping.lookups.get(usize::from(*position)) else { return };
            wanted.push(compiler.wanted_key(loops, &lookup.name, args));
        });
        let visit = if many {
            let name = names::field(self.mapping.inputs.first().map_or("src", |i| i.name.as_str()));
            quote!(for one in &self.#name { collect(one, meta, &mut keys); })
        } else {
            quote!(collect(#(#call,)* meta, &mut keys);)
        };
        quote! {
            /// What has to be looked up before mapping, each once.
            #[must_use]
            pub fn keys(&self, meta: &rt::Meta) -> rt::Keys {
                #[allow(unused_variables)]
                fn collect(#(#params,)* meta: &rt::Meta, keys: &mut rt::Keys) {
                    let notes = &mut rt::Notes::default();
                    let answers = &rt::Answers::default();
                    let found: rt::Result<()> = (|| {
                        #lets
                        #(#wanted)*
                        Ok(())
                    })();
                    drop(found);
                }
                let mut keys = rt::Keys::default();
                #visit
                keys
            }
        }
    }

    /// A decoder per lookup whose answer is a record.
    fn answers(&self) -> Vec<TokenStream> {
        self.mapping
            .lookups
            .iter()
            .filter_map(|lookup| {
                let id = lookup.result.as_struct()?;
                let (function, name) = (names::answer(&lookup.name), &lookup.name);
                let ty = names::projected(&self.model.structs[id].name);
                let root = &self.model.structs[id].root;
                let lifetime = self.borrows(id).then(|| quote!(<'a>));
                let doc = format!(" The answer to the lookup `{}`.", lookup.name);
                Some(quote! {
                    #[doc = #doc]
                    fn #function<'a>(answers: &'a rt::Answers, key: &rt::form::Key, notes: &mut rt::Notes) -> rt::Result<Option<#ty #lifetime>> {
                        match rt::form::answer(answers, #name, key)? {
                            Some(bytes) => Ok(Some(rt::root::decode(bytes, rt::root::ANSWER, &[#(#root),*], notes)?.0)),
                            None => Ok(None),
                        }
                    }
                })
            })
            .collect()
    }

    /// The traits that the user implements: functions, and one for lookups by operation.
    fn ports(&self) -> TokenStream {
        let functions = &self.mapping.functions;
        let functions = (!functions.is_empty()).then(|| {
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
                quote!(#[doc = #doc] fn #name(&self, #(#args),*) -> #result;)
            });
            quote! {
                /// The Rust functions that the mapping calls: pure, and always of the same result.
                pub trait Functions {
                    #(#methods)*
                }
            }
        });
        let lookups: Vec<TokenStream> = self
            .mapping
            .lookups
            .iter()
            .filter_map(|lookup| {
                let LookupSource::Operation(system, operation) = &lookup.source else { return None };
                let doc =
                    format!(" `{}` is answered by `{}.{operation}`.", lookup.name, self.model.systems[*system].name);
                let (constant, name) = (names::constant(&lookup.name), &lookup.name);
                Some(quote!(#[doc = #doc] pub const #constant: &str = #name;))
            })
            .collect();
        quote!(#functions #(#lookups)*)
    }
}

/// The statements of a mapping's function.
fn statements(compiler: &mut Compiler<'_>, mapping: &Mapping) -> TokenStream {
    Module::declare_inputs(compiler, mapping);
    let lets: Vec<_> = mapping.lets.iter().map(|l| (l.var, l.value.clone())).collect();
    // Conditions come first, but may use the parts: a part that fails surfaces only where it is used.
    let lets = compiler.lets(&lets);
    let requires: Vec<TokenStream> = mapping
        .require
        .iter()
        .map(|require| {
            let rule = compiler.expr(&require.rule);
            let raise = &require.raise;
            let (file, line) = compiler.place(require.span);
            quote!(if !(#rule) {
                return Err(rt::form::required(#raise).at_spec(#file, #line));
            })
        })
        .collect();
    let body = mapping
        .body
        .as_ref()
        .map_or_else(|| quote!(compile_error!("a mapping without a body")), |b| compiler.stored(b));
    quote! {
        #lets
        #(#requires)*
        Ok(#body)
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

    fn mapping_path(&self, id: Id<Mapping>) -> TokenStream {
        let name = names::function(&self.module.model.mappings[id].name);
        quote!(#name)
    }

    fn mapping(&self) -> Option<&Mapping> {
        Some(self.mapping)
    }
}

fn nodes_of<'m>(mapping: &'m Mapping, visit: &mut dyn FnMut(&'m Node)) {
    mapping.require.iter().for_each(|r| r.rule.walk(visit));
    mapping.lets.iter().for_each(|l| l.value.walk(visit));
    mapping.body.iter().for_each(|b| b.walk(visit));
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
