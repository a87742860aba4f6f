//! What a record's declaration says: its fields with their routes, codecs and presence.

use super::sense;
use crate::errors::Errors;
use proc_macro2::{TokenStream, TokenTree};
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
    /// The type as it is declared.
    pub whole: &'i Type,
}

/// Where a field comes from.
pub enum Place {
    /// The byte offset of the object.
    Offset,
    /// A variant of a union record.
    Tag(Tag),
    /// A route of keys.
    Wire(Box<Wire>),
}

/// What stands at a variant of a union record.
pub struct Tag {
    /// The discriminator's text.
    pub text: LitStr,
    /// `own`, if the variant has a field for the discriminator and writes it.
    pub own: Option<Ident>,
}

/// A field on the wire.
pub struct Wire {
    /// At least one key.
    pub route: Vec<LitStr>,
    pub shape: Shape,
    /// Entries whose values are records.
    pub below: bool,
    pub codec: Option<Expr>,
    pub absent: Vec<LitStr>,
    pub emit: Emit,
    /// Whether it may be absent where it is read by its method.
    pub optional: bool,
    /// The words that were said, in order: where a complaint about one of them belongs.
    pub said: Vec<Ident>,
}

impl Wire {
    /// The word, if it was said.
    pub fn said(&self, word: &str) -> Option<&Ident> {
        self.said.iter().find(|said| *said == word)
    }

    /// How a scalar is written.
    pub fn codec(&self) -> TokenStream {
        match &self.codec {
            Some(codec) => quote!(#codec),
            None => quote!(::crossdock_runtime::codec::Plain),
        }
    }
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
    /// The names of the fields that changed.
    Changes,
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
        let mut errors = Errors::default();
        let head = Head::read(input, &mut errors);
        if input.generics.type_params().next().is_some() || input.generics.const_params().next().is_some() {
            errors.at(&input.generics, "a record has no type parameters");
        }
        if input.generics.lifetimes().count() > 1 {
            errors.at(&input.generics, "a record borrows from one document: it has one lifetime at most");
        }
        let mut fields = Vec::new();
        for field in named(input, &mut errors) {
            // A named field has a name.
            let Some(ident) = &field.ident else { continue };
            let Some(place) = place_of(field, &mut errors) else { continue };
            let (holds, ty) = holds(&field.ty);
            fields.push(Field { ident, place, holds, ty, whole: &field.ty });
        }
        let Head { unknown, skip, one_of, encode } = head;
        let unknown = unknown.unwrap_or_else(|| quote!(Warn));
        let (ident, generics, visibility) = (&input.ident, &input.generics, &input.vis);
        let declaration = Declaration { ident, generics, visibility, unknown, skip, one_of, encode, fields };
        sense::check(&declaration, &mut errors);
        errors.or(declaration)
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
#[derive(Default)]
struct Head {
    unknown: Option<TokenStream>,
    skip: Vec<Vec<LitStr>>,
    one_of: Option<LitStr>,
    encode: bool,
}

impl Head {
    fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        let mut head = Head::default();
        let mut said = Vec::new();
        for attribute in input.attrs.iter().filter(|a| a.path().is_ident("record")) {
            let read = attribute.parse_args_with(|input: ParseStream<'_>| {
                words(input, &mut said, errors, |word, input, errors| head.word(word, input, errors))
            });
            errors.take(read);
        }
        head
    }

    fn word(&mut self, word: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<bool> {
        match word.to_string().as_str() {
            "unknown" => {
                input.parse::<Token![=]>()?;
                let policy: LitStr = input.parse()?;
                match policy.value().as_str() {
                    "reject" => self.unknown = Some(quote!(Reject)),
                    "warn" => self.unknown = Some(quote!(Warn)),
                    "ignore" => self.unknown = Some(quote!(Ignore)),
                    _ => errors.at(policy, "one of `reject`, `warn`, `ignore`"),
                }
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
                errors.at(word, "one of `unknown`, `skip`, `one_of`, `encode`");
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Words with what follows each, between commas. A word that is not known, or comes twice, is reported, and the rest is
/// read all the same.
fn words(
    input: ParseStream<'_>,
    said: &mut Vec<Ident>,
    errors: &mut Errors,
    mut read: impl FnMut(&Ident, ParseStream<'_>, &mut Errors) -> syn::Result<bool>,
) -> syn::Result<()> {
    while !input.is_empty() {
        let word = input.call(Ident::parse_any)?;
        if read(&word, input, errors)? {
            if said.contains(&word) {
                errors.at(&word, format!("`{word}` is said twice"));
            }
            said.push(word);
        } else {
            while !input.is_empty() && !input.peek(Token![,]) {
                input.parse::<TokenTree>()?;
            }
        }
        comma(input)?;
    }
    Ok(())
}

/// A key, or a route of keys in parentheses.
struct Route(Vec<LitStr>);

impl Parse for Tag {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let text = input.parse()?;
        comma(input)?;
        let own: Option<Ident> = input.parse()?;
        match own {
            Some(word) if word != "own" => {
                Err(syn::Error::new_spanned(word, "only `own`: it writes its discriminator itself"))
            }
            own => Ok(Tag { text, own }),
        }
    }
}

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

/// The fields; none, and an error, where the declaration is no struct that has some.
fn named<'i>(input: &'i DeriveInput, errors: &mut Errors) -> impl Iterator<Item = &'i syn::Field> + use<'i> {
    let named = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(named) => Some(&named.named),
            _ => {
                errors.at(&input.ident, "a record's fields have names");
                None
            }
        },
        _ => {
            errors.at(&input.ident, "a record is a struct with named fields");
            None
        }
    };
    named.into_iter().flatten()
}

fn place_of(field: &syn::Field, errors: &mut Errors) -> Option<Place> {
    let (mut found, mut places) = (None, 0);
    for attribute in &field.attrs {
        let place = if attribute.path().is_ident("wire") {
            let wire = attribute.parse_args_with(|input: ParseStream<'_>| wire(input, errors));
            wire.map(|wire| Place::Wire(Box::new(wire)))
        } else if attribute.path().is_ident("tag") {
            attribute.parse_args().map(Place::Tag)
        } else if attribute.path().is_ident("record") {
            attribute.parse_args().and_then(|word: Ident| {
                if word == "at" {
                    Ok(Place::Offset)
                } else {
                    Err(syn::Error::new_spanned(word, "only `at`, the byte offset of the object"))
                }
            })
        } else {
            continue;
        };
        places += 1;
        if places > 1 {
            errors.at(attribute, "a field has one place");
        }
        found = errors.take(place).or(found);
    }
    if places == 0 {
        errors.at(field, "its key is missing: `#[wire(\"…\")]`");
    }
    found
}

fn wire(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Wire> {
    if !input.peek(LitStr) {
        return Err(input.error("a key comes first: `#[wire(\"…\")]`"));
    }
    let mut wire = Wire {
        route: Vec::new(),
        shape: Shape::Scalar,
        below: false,
        codec: None,
        absent: Vec::new(),
        emit: Emit::Omit,
        optional: false,
        said: Vec::new(),
    };
    while input.peek(LitStr) {
        wire.route.push(input.parse()?);
        comma(input)?;
    }
    let mut said = Vec::new();
    words(input, &mut said, errors, |word, input, errors| wire.word(word, input, errors))?;
    wire.said = said;
    Ok(wire)
}

impl Wire {
    fn word(&mut self, word: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<bool> {
        match word.to_string().as_str() {
            "codec" => {
                input.parse::<Token![=]>()?;
                self.codec = Some(input.parse()?);
            }
            "optional" => self.optional = true,
            "nested" if self.shape == Shape::Entries => self.below = true,
            "entries" if self.shape == Shape::Nested => (self.shape, self.below) = (Shape::Entries, true),
            "nested" => self.shape(Shape::Nested, word, errors),
            "many" => self.shape(Shape::Many, word, errors),
            "each" => self.shape(Shape::Each, word, errors),
            "raw" => self.shape(Shape::Raw, word, errors),
            "entries" => self.shape(Shape::Entries, word, errors),
            "changes" => self.shape(Shape::Changes, word, errors),
            "absent" => {
                let content;
                parenthesized!(content in input);
                self.absent.extend(Punctuated::<LitStr, Token![,]>::parse_terminated(&content)?);
            }
            "emit" => {
                input.parse::<Token![=]>()?;
                if input.peek(LitStr) {
                    self.emit = Emit::Text(input.parse()?);
                } else {
                    let what = input.call(Ident::parse_any)?;
                    if what != "null" {
                        errors.at(&what, "`null`, or a text");
                    }
                    self.emit = Emit::Null;
                }
            }
            _ => {
                let known = "one of `codec`, `nested`, `many`, `each`, `raw`, `entries`, `changes`, `absent`, `emit`, `optional`";
                errors.at(word, known);
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn shape(&mut self, now: Shape, word: &Ident, errors: &mut Errors) {
        if self.shape != Shape::Scalar && self.shape != now {
            errors.at(word, "a field has one of `nested`, `many`, `each`, `raw`, `entries`");
        }
        self.shape = now;
    }
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
