//! A piece of Rust, with what whoever puts it somewhere must know: how tightly it binds, whether it still is a `Result`,
//! and how its value is held.
//!
//! Parentheses, `?`, borrows and copies are written here and nowhere else, so that none is written twice or in vain.

use crate::model::PairKind;
use proc_macro2::{Delimiter, Ident, Literal, TokenStream, TokenTree};
use quote::quote;

/// Who holds a value that is not `Copy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// Somebody else: a reference.
    Lent,
    /// The expression itself.
    Owned,
    /// Either: a `Cow`. Of text only.
    Mixed,
}

/// How a value is held.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// By value, `Copy`.
    Plain,
    /// `&str`, `String`, `Cow<str>`.
    Text(Hold),
    /// `&[u8]`, `Vec<u8>`.
    Bytes(Hold),
    /// `&Ref`, `Ref`.
    Reference(Hold),
    /// `&T`, `T`.
    Struct(Hold),
    /// `&[T]` of elements as they are stored, which are held as said once they are gone over.
    Slice(Box<Form>),
    /// `Vec` of forms.
    List(Box<Form>),
    /// An owned map of forms.
    Map(Box<Form>, Box<Form>),
    /// A reference to a map of what is stored.
    MapRef(Box<Form>, Box<Form>),
    /// `Option` of a form.
    Optional(Box<Form>),
    /// Two parts that belong together, each in its form.
    Pair(PairKind, Box<Form>, Box<Form>),
    /// `None` of any type.
    Nothing,
    /// An empty list of any type.
    Empty,
}

impl Form {
    /// An optional of it.
    pub fn optional(self) -> Form {
        match self {
            Form::Optional(_) | Form::Nothing => self,
            form => Form::Optional(Box::new(form)),
        }
    }

    /// The form of the value, if there is one.
    pub fn inner(&self) -> &Form {
        match self {
            Form::Optional(inner) => inner,
            form => form,
        }
    }

    /// Whether the value holds all of itself, as it is stored.
    pub fn is_stored(&self) -> bool {
        match self {
            Form::Plain | Form::Nothing | Form::Empty => true,
            Form::Text(hold) | Form::Bytes(hold) | Form::Reference(hold) | Form::Struct(hold) => *hold == Hold::Owned,
            Form::Slice(_) | Form::MapRef(..) => false,
            Form::List(inner) | Form::Optional(inner) => inner.is_stored(),
            Form::Map(key, value) | Form::Pair(_, key, value) => key.is_stored() && value.is_stored(),
        }
    }

    /// Whether reading it once more is a copy.
    pub fn is_copy(&self) -> bool {
        match self {
            Form::Plain | Form::Nothing | Form::Slice(_) | Form::MapRef(..) => true,
            Form::Text(hold) | Form::Bytes(hold) | Form::Reference(hold) | Form::Struct(hold) => *hold == Hold::Lent,
            Form::Optional(inner) => inner.is_copy(),
            Form::List(_) | Form::Map(..) | Form::Pair(..) | Form::Empty => false,
        }
    }

    /// The form of what holds its value as this form's stored value does.
    pub fn stored(&self) -> Form {
        match self {
            Form::Text(_) => Form::Text(Hold::Owned),
            Form::Bytes(_) => Form::Bytes(Hold::Owned),
            Form::Reference(_) => Form::Reference(Hold::Owned),
            Form::Struct(_) => Form::Struct(Hold::Owned),
            Form::Slice(inner) | Form::List(inner) => Form::List(Box::new(inner.stored())),
            Form::Map(key, value) | Form::MapRef(key, value) => {
                Form::Map(Box::new(key.stored()), Box::new(value.stored()))
            }
            Form::Optional(inner) => Form::Optional(Box::new(inner.stored())),
            Form::Pair(kind, a, b) => Form::Pair(*kind, Box::new(a.stored()), Box::new(b.stored())),
            form => form.clone(),
        }
    }

    /// A form that both can be brought into.
    pub fn common(&self, other: &Form) -> Form {
        match (self, other) {
            (a, b) if a == b => a.clone(),
            (Form::Nothing, Form::Optional(_)) | (Form::Empty, Form::List(_) | Form::Slice(_)) => other.clone(),
            (Form::Nothing, form) => form.clone().optional(),
            (_, Form::Nothing | Form::Empty) => other.common(self),
            (Form::Optional(_), _) | (_, Form::Optional(_)) => self.inner().common(other.inner()).optional(),
            (Form::Text(_), Form::Text(_)) => Form::Text(Hold::Mixed),
            (Form::List(a) | Form::Slice(a), Form::List(b) | Form::Slice(b)) => Form::List(Box::new(a.common(b))),
            (Form::Map(k, v) | Form::MapRef(k, v), Form::Map(l, w) | Form::MapRef(l, w)) => {
                Form::Map(Box::new(k.common(l)), Box::new(v.common(w)))
            }
            (Form::Pair(kind, a, b), Form::Pair(_, c, d)) => {
                Form::Pair(*kind, Box::new(a.common(c)), Box::new(b.common(d)))
            }
            (form, _) => form.stored(),
        }
    }
}

/// How tightly an expression binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Binds {
    /// `if`, `match`, closures.
    Block,
    /// `||`
    Or,
    /// `&&`
    And,
    /// `==`, `<` and the like, which do not chain.
    Compare,
    /// `!`, `&`, `*`
    Prefix,
    /// Calls, fields, names, literals, blocks in macros.
    Postfix,
}

/// A piece of Rust.
#[derive(Debug, Clone)]
pub struct Code {
    tokens: TokenStream,
    /// How its value is held.
    pub form: Form,
    binds: Binds,
    tries: bool,
    /// The place that it reads, if it reads one: what is behind the reference or the copy.
    place: Option<TokenStream>,
    /// What `Some` is put around, if that is all it is.
    some: Option<Box<Code>>,
    /// Whether it copies what is behind its place, which a dot does by itself.
    copies: bool,
    /// Whether its place is a reference already.
    behind: bool,
    /// The number, where it is one as written; its type stands behind it unless its place gives it one.
    number: Option<i64>,
}

impl Code {
    /// An expression that needs no parentheses.
    pub fn new(tokens: TokenStream, form: Form) -> Code {
        Code {
            tokens,
            form,
            binds: Binds::Postfix,
            tries: false,
            place: None,
            some: None,
            copies: false,
            behind: false,
            number: None,
        }
    }

    /// An expression that binds less tightly.
    pub fn loose(tokens: TokenStream, form: Form, binds: Binds) -> Code {
        Code { binds, ..Code::new(tokens, form) }
    }

    /// An expression that is a `Result` of the value.
    pub fn tries(tokens: TokenStream, form: Form) -> Code {
        Code { tries: true, ..Code::new(tokens, form) }
    }

    /// A number as written.
    pub fn number(of: i64) -> Code {
        let literal = Literal::i64_suffixed(of);
        let binds = if of < 0 { Binds::Prefix } else { Binds::Postfix };
        Code { number: Some(of), ..Code::loose(quote!(#literal), Form::Plain, binds) }
    }

    /// A number whose type its place gives: an argument, or what is compared with something else than a number.
    pub fn untyped(&self) -> Code {
        match self.number {
            Some(number) => {
                let literal = Literal::i64_unsuffixed(number);
                Code { tokens: quote!(#literal), ..self.clone() }
            }
            None => self.clone(),
        }
    }

    /// Whether it is a number as written.
    pub fn is_number(&self) -> bool {
        self.number.is_some()
    }

    /// The same, its place being a reference.
    pub fn behind(self, behind: bool) -> Code {
        Code { behind, ..self }
    }

    /// A copy of what is behind a reference.
    pub fn copy(of: &TokenStream, form: Form) -> Code {
        Code { copies: true, place: Some(of.clone()), ..Code::loose(quote!(*#of), form, Binds::Prefix) }
    }

    /// `Some` of a value.
    pub fn some(of: Code) -> Code {
        let value = of.value();
        let form = Form::Optional(Box::new(of.form.clone()));
        Code { some: Some(Box::new(of)), ..Code::new(quote!(Some(#value)), form) }
    }

    /// The same, reading a place.
    pub fn at(self, place: TokenStream) -> Code {
        Code { place: Some(place), ..self }
    }

    /// The same value, said to be held otherwise.
    pub fn held(self, form: Form) -> Code {
        Code { form, ..self }
    }

    /// The value.
    pub fn value(&self) -> TokenStream {
        let tokens = &self.tokens;
        if self.tries { quote!(#tokens?) } else { tokens.clone() }
    }

    fn binding(&self) -> Binds {
        if self.tries { Binds::Postfix } else { self.binds }
    }

    /// The value as an operand of what binds as said.
    pub fn operand(&self, of: Binds) -> TokenStream {
        let value = self.value();
        if self.binding() < of { quote!((#value)) } else { value }
    }

    /// The value before a dot.
    pub fn receiver(&self) -> TokenStream {
        match &self.place {
            Some(place) if self.copies => place.clone(),
            _ => self.operand(Binds::Postfix),
        }
    }

    /// The struct before a dot: the place itself where the value is a reference to one.
    pub fn base(&self) -> TokenStream {
        self.place.clone().unwrap_or_else(|| self.receiver())
    }

    /// The whole as a `Result`, as the body of a closure or function.
    pub fn result(&self) -> TokenStream {
        let tokens = &self.tokens;
        if self.tries { tokens.clone() } else { quote!(Ok(#tokens)) }
    }

    /// Whether there is a `?` in it, or it is a `Result`: it can only stand in a function that fails.
    pub fn fails(&self) -> bool {
        self.tries || has_try(self.tokens.clone())
    }

    /// Whether it costs nothing to evaluate it in vain.
    pub fn is_path(&self) -> bool {
        !self.tries && is_path(self.tokens.clone())
    }

    /// The same, as a `Result` whose failure has a place in the payload.
    pub fn read_from(self, at: Option<TokenStream>) -> Code {
        match at {
            Some(at) if self.tries => {
                let tokens = self.tokens;
                Code { tokens: quote!(#tokens.read_from(#at)), ..self }
            }
            _ => self,
        }
    }

    /// Text as an argument of type `&str`; octets, structs and references likewise as `&T`.
    pub fn lent(&self) -> TokenStream {
        match self.hold() {
            Some(Hold::Lent) | None => self.untyped().value(),
            Some(_) => match &self.place {
                Some(place) if self.behind => place.clone(),
                Some(place) => quote!(&#place),
                None => {
                    let operand = self.operand(Binds::Prefix);
                    quote!(&#operand)
                }
            },
        }
    }

    /// Text of exactly the type `&str`, as comparisons and matches want it.
    pub fn text(&self) -> Code {
        let form = Form::Text(Hold::Lent);
        match &self.form {
            Form::Text(Hold::Owned) => {
                let receiver = self.base();
                Code::new(quote!(#receiver.as_str()), form)
            }
            Form::Text(Hold::Mixed) => {
                let operand = self.place.clone().unwrap_or_else(|| self.operand(Binds::Prefix));
                Code::loose(quote!(&*#operand), form, Binds::Prefix)
            }
            _ => self.clone(),
        }
    }

    /// Whether it makes a value that is gone at the end of the expression: what it lends must be stored at once.
    pub fn is_temporary(&self) -> bool {
        self.place.is_none() && matches!(self.form.inner(), Form::Struct(Hold::Owned))
    }

    /// Whether it lies nowhere else.
    pub fn is_made_here(&self) -> bool {
        self.place.is_none()
    }

    fn hold(&self) -> Option<Hold> {
        match self.form {
            Form::Text(hold) | Form::Bytes(hold) | Form::Reference(hold) | Form::Struct(hold) => Some(hold),
            Form::List(_) | Form::Map(..) | Form::Empty => Some(Hold::Owned),
            _ => None,
        }
    }

    /// The value in another form, which [`Form::common`] or [`Form::stored`] gave.
    pub fn into_form(self, form: &Form) -> Code {
        if self.form == *form {
            return self;
        }
        if let (Some(of), Form::Optional(to)) = (&self.some, form) {
            return Code::some(of.as_ref().clone().into_form(to));
        }
        let receiver = self.receiver();
        let value = self.value();
        let code = |tokens: TokenStream| Code::new(tokens, form.clone());
        match (&self.form, form) {
            (Form::Nothing, _) => self.held(form.clone()),
            (Form::Empty, Form::Slice(_)) => code(quote!([].as_slice())),
            (Form::Empty, _) => self.held(form.clone()),
            (Form::Text(_), Form::Text(Hold::Owned)) => match self.form {
                Form::Text(Hold::Lent) => code(quote!(#receiver.to_owned())),
                _ => code(quote!(#receiver.into_owned())),
            },
            (Form::Text(Hold::Lent), _) => code(quote!(Cow::Borrowed(#value))),
            (Form::Text(_), _) => code(quote!(Cow::<str>::Owned(#value))),
            (Form::Bytes(_), _) => code(quote!(#receiver.to_vec())),
            (Form::Reference(_) | Form::Struct(_), _) => {
                let base = self.base();
                code(quote!(#base.clone()))
            }
            (Form::Slice(element), Form::List(to)) => {
                let base = self.base();
                // A copied place holds the slice, any other the list behind it.
                let list = self.place.is_some() && !self.copies;
                if list && to.is_stored() && !matches!(**element, Form::Text(_)) {
                    return code(quote!(#base.clone()));
                }
                // Elements of records may hold their text as the payload does.
                match &**element {
                    Form::Text(_) if to.is_stored() => {
                        code(quote!(#receiver.iter().map(|item| item.to_string()).collect::<Vec<_>>()))
                    }
                    inner if to.is_stored() || inner.is_copy() && *inner == Form::Plain => {
                        code(quote!(#receiver.to_vec()))
                    }
                    inner => {
                        let one = lent_element(inner, &quote!(item)).into_form(to);
                        let one = one.value();
                        code(quote!(#receiver.iter().map(|item| #one).collect::<Vec<_>>()))
                    }
                }
            }
            (Form::List(element), Form::List(to)) => {
                let one = Code::new(quote!(item), (**element).clone()).into_form(to).value();
                code(quote!(#receiver.into_iter().map(|item| #one).collect::<Vec<_>>()))
            }
            (Form::Map(key, value), Form::Map(to_key, to_value)) => {
                let key = Code::new(quote!(key), (**key).clone()).into_form(to_key).value();
                let value = Code::new(quote!(value), (**value).clone()).into_form(to_value).value();
                code(quote!(rt::form::Map::of(#receiver.into_iter().map(|(key, value)| (#key, #value)))))
            }
            (Form::MapRef(key, value), Form::Map(to_key, to_value)) => {
                let key = match &**key {
                    Form::Text(_) if **to_key == Form::Text(Hold::Owned) => quote!(key.to_string()),
                    key => lent_element(key, &quote!(key)).into_form(to_key).value(),
                };
                let value = lent_element(value, &quote!(value)).into_form(to_value).value();
                let tokens = quote!(rt::form::Map::of(#receiver.iter().map(|(key, value)| (#key, #value))));
                code(tokens)
            }
            (Form::Pair(_, a, b), Form::Pair(_, to_a, to_b)) => {
                let part = |from: &Form, to: &Form| {
                    let one = Code::new(quote!(part), from.clone()).into_form(to).value();
                    quote!(|part| #one)
                };
                let (first, second) = (part(a, to_a), part(b, to_b));
                code(quote!(#receiver.into(#first, #second)))
            }
            (Form::Optional(inner), Form::Optional(to)) => match (&**inner, &**to) {
                (Form::Text(Hold::Lent), Form::Text(Hold::Owned)) => code(quote!(#receiver.map(str::to_owned))),
                (Form::Text(Hold::Mixed), Form::Text(Hold::Owned)) => code(quote!(#receiver.map(Cow::into_owned))),
                (Form::Text(Hold::Lent), Form::Text(_)) => code(quote!(#receiver.map(Cow::Borrowed))),
                (Form::Text(_), Form::Text(_)) => code(quote!(#receiver.map(Cow::<str>::Owned))),
                (Form::Struct(_) | Form::Reference(_), _) => code(quote!(#receiver.cloned())),
                (Form::Bytes(_), _) => code(quote!(#receiver.map(<[u8]>::to_vec))),
                (inner, to) => {
                    let one = Code::new(quote!(value), inner.clone()).into_form(to).value();
                    code(quote!(#receiver.map(|value| #one)))
                }
            },
            (_, Form::Optional(to)) => Code::some(self.into_form(to)),
            _ => self,
        }
    }

    /// The value as it is stored.
    pub fn into_stored(self) -> Code {
        let form = self.form.stored();
        self.into_form(&form)
    }
}

/// An element of a slice, of which `item` is a reference.
pub fn lent_element(form: &Form, item: &TokenStream) -> Code {
    match form {
        Form::Plain => Code::copy(item, Form::Plain),
        Form::Text(_) => Code::loose(quote!(&**#item), Form::Text(Hold::Lent), Binds::Prefix),
        Form::Bytes(_) => Code::new(quote!(#item.as_slice()), Form::Bytes(Hold::Lent)),
        Form::Reference(_) => Code::new(item.clone(), Form::Reference(Hold::Lent)),
        Form::Struct(_) => Code::new(item.clone(), Form::Struct(Hold::Lent)),
        Form::List(inner) | Form::Slice(inner) => Code::new(quote!(#item.as_slice()), Form::Slice(inner.clone())),
        Form::Map(key, value) => Code::new(item.clone(), Form::MapRef(key.clone(), value.clone())),
        form => Code::new(quote!(#item.clone()), form.clone()),
    }
}

/// A closure of one parameter; a function that is called with just that is named instead.
pub fn closure(parameter: &Ident, body: &TokenStream) -> TokenStream {
    let trees: Vec<TokenTree> = body.clone().into_iter().collect();
    if let [path @ .., TokenTree::Group(arguments)] = trees.as_slice()
        && !path.is_empty()
        && arguments.delimiter() == Delimiter::Parenthesis
        && path.iter().all(|tree| match tree {
            TokenTree::Ident(_) => true,
            TokenTree::Punct(punct) => punct.as_char() == ':',
            _ => false,
        })
        && let [TokenTree::Ident(only)] = arguments.stream().into_iter().collect::<Vec<_>>().as_slice()
        && only == parameter
    {
        return path.iter().cloned().collect();
    }
    let parameter = used(parameter, body);
    quote!(|#parameter| #body)
}

/// A parameter, or a blank where nothing reads it.
pub fn used(parameter: &Ident, body: &TokenStream) -> TokenStream {
    if mentions(body, &parameter.to_string()) { quote!(#parameter) } else { quote!(_) }
}

/// Whether a name stands anywhere in the tokens.
pub fn mentions(tokens: &TokenStream, name: &str) -> bool {
    tokens.clone().into_iter().any(|tree| match tree {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        _ => false,
    })
}

/// Whether evaluating it is no more than going along fields.
fn is_path(tokens: TokenStream) -> bool {
    tokens.into_iter().all(|tree| match tree {
        TokenTree::Ident(_) | TokenTree::Literal(_) => true,
        TokenTree::Punct(punct) => matches!(punct.as_char(), '.' | ':' | '*' | '&'),
        TokenTree::Group(group) => group.stream().is_empty(),
    })
}

fn has_try(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Punct(punct) => punct.as_char() == '?',
        TokenTree::Group(group) => has_try(group.stream()),
        TokenTree::Ident(word) => word == "return",
        TokenTree::Literal(_) => false,
    })
}
