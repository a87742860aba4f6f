//! What a record's declaration says: its fields with their routes, codecs and presence.

use crate::errors::Errors;
use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{
    Data, DeriveInput, Expr, Fields, GenericArgument, Generics, Ident, LitStr, PathArguments, Token, Type, Visibility,
    parenthesized,
};

/// A record's declaration.
pub struct Declaration<'i> {
    pub ident: &'i Ident,
    pub generics: &'i Generics,
    pub visibility: &'i Visibility,
    /// What happens to unknown keys: a variant of `UnknownKeys`.
    pub unknown: TokenStream,
    /// Routes of declared keys that are not read.
    pub skip: Vec<Vec<LitStr>>,
    /// The key that tells several kinds of this record apart.
    pub one_of: Option<LitStr>,
    pub encode: bool,
    pub fields: Vec<Field<'i>>,
}

/// A field.
pub struct Field<'i> {
    pub ident: &'i Ident,
    pub place: Place,
    pub holds: Holds,
    /// What is held: the `T` of `Leaf<T>`, `Option<T>`, or the type itself.
    pub ty: &'i Type,
}

/// Where a field comes from.
pub enum Place {
    /// The byte offset of the object.
    Offset,
    /// A variant of a union record, by the discriminator's text.
    Tag(LitStr),
    /// A route of keys.
    Wire(Box<Wire>),
}

/// A field on the wire.
pub struct Wire {
    /// At least one key.
    pub route: Vec<LitStr>,
    pub shape: Shape,
    /// Entries whose values are records.
    pub below: bool,
    pub codec: TokenStream,
    pub absent: Vec<LitStr>,
    pub emit: Emit,
    /// Whether it may be absent where it is read by its method.
    pub optional: bool,
}

/// What stands at a route.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Scalar,
    Nested,
    Many,
    Each,
    /// Any value, kept as its text.
    Raw,
    /// An object whose keys are values of their own.
    Entries,
}

/// What is written for none.
pub enum Emit {
    Omit,
    Null,
    Text(LitStr),
}

/// How a field holds its value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Leaf,
    Option,
    Plain,
}

impl<'i> Declaration<'i> {
    /// Reads it, collecting everything that is wrong.
    pub fn read(input: &'i DeriveInput) -> syn::Result<Self> {
        let Data::Struct(data) = &input.data else {
            return Err(syn::Error::new_spanned(&input.ident, "a record is a struct with named fields"));
        };
        let Fields::Named(named) = &data.fields else {
            return Err(syn::Error::new_spanned(&input.ident, "a record's fields have names"));
        };
        let mut errors = Errors::default();
        let mut head = Head { unknown: quote!(Warn), skip: Vec::new(), one_of: None, encode: false };
        for attribute in input.attrs.iter().filter(|a| a.path().is_ident("record")) {
            errors.take(attribute.parse_args_with(|input: ParseStream<'_>| head.read(input)));
        }
        if input.generics.type_params().next().is_some() || input.generics.const_params().next().is_some() {
            errors.at(&input.generics, "a record has no type parameters");
        }
        if input.generics.lifetimes().count() > 1 {
            errors.at(&input.generics, "a record borrows from one document: it has one lifetime at most");
        }
        let mut fields = Vec::new();
        for field in &named.named {
            // A named field has a name.
            let Some(ident) = &field.ident else { continue };
            let Some(place) = errors.take(place_of(field)) else { continue };
            let (holds, ty) = holds(&field.ty);
            match (&place, &head.one_of) {
                (Place::Tag(tag), None) => errors.at(tag, "only a record with `one_of` has tags"),
                (Place::Wire(wire), Some(_)) => {
                    errors.at(wire.route.first(), "a field of a record with `one_of` has a `#[tag(\"…\")]` instead");
                }
                _ => {}
            }
            fields.push(Field { ident, place, holds, ty });
        }
        let Head { unknown, skip, one_of, encode } = head;
        let (ident, generics, visibility) = (&input.ident, &input.generics, &input.vis);
        errors.or(Declaration { ident, generics, visibility, unknown, skip, one_of, encode, fields })
    }

    /// The lifetime of the document that is borrowed from, and the generics of `impl`.
    pub fn lifetime(&self) -> (TokenStream, TokenStream) {
        match self.generics.lifetimes().next() {
            Some(parameter) => {
                let lifetime = &parameter.lifetime;
                (quote!(#lifetime), quote!(<#parameter>))
            }
            None => (quote!('de), quote!(<'de>)),
        }
    }
}

/// What `#[record(…)]` says on the struct.
struct Head {
    unknown: TokenStream,
    skip: Vec<Vec<LitStr>>,
    one_of: Option<LitStr>,
    encode: bool,
}

impl Head {
    fn read(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        while !input.is_empty() {
            let word = input.call(Ident::parse_any)?;
            match word.to_string().as_str() {
                "unknown" => {
                    input.parse::<Token![=]>()?;
                    let policy: LitStr = input.parse()?;
                    self.unknown = match policy.value().as_str() {
                        "reject" => quote!(Reject),
                        "warn" => quote!(Warn),
                        "ignore" => quote!(Ignore),
                        _ => return Err(syn::Error::new_spanned(policy, "one of `reject`, `warn`, `ignore`")),
                    };
                }
                "skip" => {
                    let content;
                    parenthesized!(content in input);
                    let routes = Punctuated::<Route, Token![,]>::parse_terminated(&content)?;
                    self.skip.extend(routes.into_iter().map(|route| route.0));
                }
                "one_of" => {
                    input.parse::<Token![=]>()?;
                    self.one_of = Some(input.parse()?);
                }
                "encode" => self.encode = true,
                _ => {
                    return Err(syn::Error::new_spanned(word, "one of `unknown`, `skip`, `one_of`, `encode`"));
                }
            }
            comma(input)?;
        }
        Ok(())
    }
}

/// A key, or a route of keys in parentheses.
struct Route(Vec<LitStr>);

impl Parse for Route {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(LitStr) {
            return Ok(Route(vec![input.parse()?]));
        }
        let content;
        parenthesized!(content in input);
        let keys = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?;
        if keys.is_empty() {
            return Err(content.error("a route has at least one key"));
        }
        Ok(Route(keys.into_iter().collect()))
    }
}

fn place_of(field: &syn::Field) -> syn::Result<Place> {
    let mut found = None;
    for attribute in &field.attrs {
        let place = if attribute.path().is_ident("wire") {
            Place::Wire(Box::new(attribute.parse_args_with(wire)?))
        } else if attribute.path().is_ident("tag") {
            Place::Tag(attribute.parse_args()?)
        } else if attribute.path().is_ident("record") {
            let word: Ident = attribute.parse_args()?;
            if word != "at" {
                return Err(syn::Error::new_spanned(word, "only `at`, the byte offset of the object"));
            }
            Place::Offset
        } else {
            continue;
        };
        if found.replace(place).is_some() {
            return Err(syn::Error::new_spanned(attribute, "a field has one place"));
        }
    }
    found.ok_or_else(|| syn::Error::new_spanned(field, "its key is missing: `#[wire(\"…\")]`"))
}

fn wire(input: ParseStream<'_>) -> syn::Result<Wire> {
    let mut wire = Wire {
        route: vec![input.parse()?],
        shape: Shape::Scalar,
        below: false,
        codec: quote!(::crossdock_runtime::codec::Plain),
        absent: Vec::new(),
        emit: Emit::Omit,
        optional: false,
    };
    comma(input)?;
    while input.peek(LitStr) {
        wire.route.push(input.parse()?);
        comma(input)?;
    }
    while !input.is_empty() {
        let word = input.call(Ident::parse_any)?;
        match word.to_string().as_str() {
            "codec" => {
                input.parse::<Token![=]>()?;
                let codec: Expr = input.parse()?;
                wire.codec = quote!(#codec);
            }
            "optional" => wire.optional = true,
            "nested" if wire.shape == Shape::Entries => wire.below = true,
            "nested" => wire.shape = shape(wire.shape, Shape::Nested, &word)?,
            "many" => wire.shape = shape(wire.shape, Shape::Many, &word)?,
            "each" => wire.shape = shape(wire.shape, Shape::Each, &word)?,
            "raw" => wire.shape = shape(wire.shape, Shape::Raw, &word)?,
            "entries" => wire.shape = shape(wire.shape, Shape::Entries, &word)?,
            "absent" => {
                let content;
                parenthesized!(content in input);
                wire.absent.extend(Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?);
            }
            "emit" => {
                input.parse::<Token![=]>()?;
                wire.emit = if input.peek(LitStr) {
                    Emit::Text(input.parse()?)
                } else {
                    let what = input.call(Ident::parse_any)?;
                    if what != "null" {
                        return Err(syn::Error::new_spanned(what, "`null`, or a text"));
                    }
                    Emit::Null
                };
            }
            _ => {
                let known = "one of `codec`, `nested`, `many`, `each`, `raw`, `entries`, `absent`, `emit`, `optional`";
                return Err(syn::Error::new_spanned(word, known));
            }
        }
        comma(input)?;
    }
    Ok(wire)
}

fn shape(said: Shape, now: Shape, word: &Ident) -> syn::Result<Shape> {
    if said == Shape::Scalar {
        return Ok(now);
    }
    Err(syn::Error::new_spanned(word, "a field has one of `nested`, `many`, `each`, `raw`, `entries`"))
}

fn comma(input: ParseStream<'_>) -> syn::Result<()> {
    if !input.is_empty() {
        input.parse::<Token![,]>()?;
    }
    Ok(())
}

/// Looks at the type's name, as derives must: `Leaf<T>`, `Option<T>`, or any other.
fn holds(ty: &Type) -> (Holds, &Type) {
    let Type::Path(path) = ty else { return (Holds::Plain, ty) };
    let Some(last) = path.path.segments.last() else { return (Holds::Plain, ty) };
    let holds = match last.ident.to_string().as_str() {
        "Leaf" => Holds::Leaf,
        "Option" => Holds::Option,
        _ => return (Holds::Plain, ty),
    };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return (Holds::Plain, ty) };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) => (holds, inner),
        _ => (Holds::Plain, ty),
    }
}
