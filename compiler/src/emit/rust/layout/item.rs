//! Items: functions, records, implementations, traits, constants; and attributes.

use super::{Layout, Shape, TAB, Tried, blanks, columns, new_line, text};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Attribute, Block, Expr, FieldsNamed, ImplItem, Item, Meta, Signature, Token, TraitItem, Visibility};

/// The widest list of an attribute on one line.
const ATTRIBUTE: usize = 70;

/// An item, laid out at an indentation, but for that of its first line.
pub fn item(item: &Item, indent: usize) -> String {
    Layout::new(&Tried::default()).item(item, indent)
}

/// A declaration in a trait, laid out at an indentation, but for that of its first line.
pub fn declaration(of: &TraitItem, indent: usize) -> String {
    Layout::new(&Tried::default()).trait_item(of, indent)
}

/// An attribute, laid out at an indentation, but for that of its first line.
pub fn attribute(attribute: &Attribute, indent: usize) -> String {
    if let Some(text) = documentation(attribute) {
        return format!("///{text}");
    }
    let Meta::List(list) = &attribute.meta else { return text::tokens(attribute) };
    let Ok(arguments) = list.parse_args_with(Punctuated::<Expr, Token![,]>::parse_terminated) else {
        return text::tokens(attribute);
    };
    let path = text::tokens(&list.path);
    let line = format!("#[{path}({})]", joined(&arguments));
    // Only lists of names, texts and the like are laid out; others stand as they are written.
    if !arguments.iter().all(is_meta) {
        return line;
    }
    format!("#[{}]", meta_list(&path, &arguments, indent + 2, indent, 2))
}

/// Whether an attribute of this path, as one line at an indentation, stays one.
pub fn fits_attribute(path: &str, line: &str, indent: usize) -> bool {
    let line = columns(line);
    line <= columns(path) + "#[()]".len() + ATTRIBUTE && indent + line < super::WIDTH
}

/// `path(arguments)`, from a column on, with so much behind it.
fn meta_list(
    path: &str,
    arguments: &Punctuated<Expr, Token![,]>,
    column: usize,
    indent: usize,
    behind: usize,
) -> String {
    let inside = joined(arguments);
    let line = format!("{path}({inside})");
    if columns(&inside) <= ATTRIBUTE && column + columns(&line) + behind <= super::WIDTH {
        return line;
    }
    if let (1, Some(Expr::Call(only))) = (arguments.len(), arguments.first()) {
        let head = text::tokens(&only.func);
        return format!("{path}({})", meta_list(&head, &only.args, column + columns(path) + 1, indent, behind + 1));
    }
    let inner = indent + TAB;
    let lines: Vec<String> = arguments
        .iter()
        .map(|argument| match argument {
            Expr::Call(list) => meta_list(&text::tokens(&list.func), &list.args, inner, inner, 1),
            other => text::tokens(other),
        })
        .map(|text| format!("\n{}{text}", blanks(inner)))
        .collect();
    format!("{path}({}\n{})", lines.join(","), blanks(indent))
}

fn joined(arguments: &Punctuated<Expr, Token![,]>) -> String {
    arguments.iter().map(text::tokens).collect::<Vec<_>>().join(", ")
}

/// Whether an argument of an attribute is a name, a text, or a list of such.
fn is_meta(argument: &Expr) -> bool {
    match argument {
        Expr::Lit(_) | Expr::Path(_) => true,
        Expr::Assign(of) => matches!((&*of.left, &*of.right), (Expr::Path(_), Expr::Lit(_))),
        Expr::Call(of) => matches!(&*of.func, Expr::Path(_)) && of.args.iter().all(is_meta),
        _ => false,
    }
}

fn documentation(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(of) = &attribute.meta else { return None };
    if !of.path.is_ident("doc") {
        return None;
    }
    let Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = &of.value else { return None };
    Some(text.value().trim_end().to_owned())
}

impl Layout<'_> {
    /// An item, but for the indentation of its first line.
    pub(super) fn item(self, item: &Item, indent: usize) -> String {
        let shape = Shape::lines(indent, self);
        match item {
            Item::Fn(of) => attributes(&of.attrs, indent) + &self.function(&of.vis, &of.sig, Some(&of.block), shape),
            Item::Impl(of) => {
                let of_trait = of.trait_.as_ref().map(|(path, _)| format!("{} for ", text::tokens(path)));
                let (generics, ty) = (text::tokens(&of.generics), text::tokens(&of.self_ty));
                let head = format!("impl{generics} {}{ty}", of_trait.unwrap_or_default());
                let items = of.items.iter().map(|inner| (is_short(inner), self.impl_item(inner, indent + TAB)));
                attributes(&of.attrs, indent) + &braced(&head, items, indent)
            }
            Item::Trait(of) => {
                let head = format!("{}trait {}{}", visibility(&of.vis), of.ident, text::tokens(&of.generics));
                let items = of.items.iter().map(|inner| (true, self.trait_item(inner, indent + TAB)));
                attributes(&of.attrs, indent) + &braced(&head, items, indent)
            }
            Item::Struct(of) => {
                let head = format!("{}struct {}{}", visibility(&of.vis), of.ident, text::tokens(&of.generics));
                let body = match &of.fields {
                    syn::Fields::Named(fields) => self.fields(&head, fields, indent),
                    fields => format!("{head}{};", text::tokens(fields)),
                };
                attributes(&of.attrs, indent) + &body
            }
            Item::Type(of) => {
                let bare = syn::ItemType { attrs: Vec::new(), ..of.clone() };
                attributes(&of.attrs, indent) + &text::tokens(&bare)
            }
            Item::Const(of) => {
                let head = format!("{}const {}: {} =", visibility(&of.vis), of.ident, text::tokens(&of.ty));
                attributes(&of.attrs, indent) + &self.constant(&head, &of.expr, shape)
            }
            Item::Static(of) => {
                let head = format!("{}static {}: {} =", visibility(&of.vis), of.ident, text::tokens(&of.ty));
                attributes(&of.attrs, indent) + &self.constant(&head, &of.expr, shape)
            }
            other => text::tokens(other),
        }
    }

    fn impl_item(self, of: &ImplItem, indent: usize) -> String {
        let shape = Shape::lines(indent, self);
        match of {
            ImplItem::Fn(of) => {
                attributes(&of.attrs, indent) + &self.function(&of.vis, &of.sig, Some(&of.block), shape)
            }
            ImplItem::Const(of) => {
                let head = format!("{}const {}: {} =", visibility(&of.vis), of.ident, text::tokens(&of.ty));
                attributes(&of.attrs, indent) + &self.constant(&head, &of.expr, shape)
            }
            other => text::tokens(other),
        }
    }

    fn trait_item(self, of: &TraitItem, indent: usize) -> String {
        match of {
            TraitItem::Fn(of) => {
                let shape = Shape::lines(indent, self);
                let head = self.function(&Visibility::Inherited, &of.sig, of.default.as_ref(), shape);
                attributes(&of.attrs, indent) + &head
            }
            other => text::tokens(other),
        }
    }

    /// Named fields, each on a line.
    fn fields(self, head: &str, fields: &FieldsNamed, indent: usize) -> String {
        let inner = indent + TAB;
        let lines = fields.named.iter().map(|field| {
            let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
            let head = format!("{}{name}:", visibility(&field.vis));
            let ty = text::tokens(&field.ty);
            let fits = inner + columns(&head) + columns(&ty) + 2 <= self.width;
            let gap = if fits { " ".to_owned() } else { format!("\n{}", blanks(inner + TAB)) };
            format!("\n{}{}{head}{gap}{ty},", blanks(inner), attributes(&field.attrs, inner))
        });
        format!("{head} {{{}\n{}}}", lines.collect::<String>(), blanks(indent))
    }

    fn constant(self, head: &str, value: &Expr, shape: Shape) -> String {
        let text = shape.less(1).and_then(|shape| self.assigned(head, value, shape));
        let rescued = || self.rescued(|other| other.assigned(head, value, Shape::lines(shape.indent, other).less(1)?));
        format!("{head}{};", text.unwrap_or_else(rescued))
    }

    /// A function, with its body if it has one.
    fn function(self, vis: &Visibility, of: &Signature, body: Option<&Block>, shape: Shape) -> String {
        let constness = if of.constness.is_some() { "const " } else { "" };
        let head = format!("{}{constness}fn {}{}", visibility(vis), of.ident, text::tokens(&of.generics));
        let parameters: Vec<String> = of.inputs.iter().map(text::tokens).collect();
        let output = match &of.output {
            syn::ReturnType::Default => String::new(),
            syn::ReturnType::Type(_, ty) => format!(" -> {}", text::tokens(ty)),
        };
        let end = body.map_or_else(|| ";".to_owned(), |body| format!(" {}", self.broken_block(body, shape)));
        let line = format!("{head}({}){output}", parameters.join(", "));
        let columns = shape.indent + columns(&line);
        if columns + 2 <= self.width {
            return line + &end;
        }
        if body.is_none() && columns + 1 == self.width {
            // Only the column that stays free behind a declaration is missing.
            return format!("{head}({})\n{}{};", parameters.join(", "), blanks(shape.indent), output.trim_start());
        }
        let inner = blanks(shape.indent + TAB);
        let lines = parameters.join(&format!(",\n{inner}"));
        format!("{head}(\n{inner}{lines},\n{}){output}{end}", blanks(shape.indent))
    }
}

/// Whether an item stands on the line after the one before it.
fn is_short(of: &ImplItem) -> bool {
    matches!(of, ImplItem::Const(_) | ImplItem::Type(_))
}

/// Items in braces; those that are not short have an empty line before them.
fn braced(head: &str, items: impl Iterator<Item = (bool, String)>, indent: usize) -> String {
    let mut out = format!("{head} {{");
    for (at, (short, text)) in items.enumerate() {
        if at > 0 && !short {
            out.push('\n');
        }
        out.push_str(&format!("\n{}{text}", blanks(indent + TAB)));
    }
    if out.ends_with('{') { out + "}" } else { format!("{out}\n{}}}", blanks(indent)) }
}

fn visibility(vis: &Visibility) -> String {
    let text = vis.to_token_stream();
    if text.is_empty() { String::new() } else { text::tokens(&text) + " " }
}

/// Attributes, each on lines of its own, documentation as comments.
fn attributes(of: &[Attribute], indent: usize) -> String {
    let mut out = String::new();
    for one in of {
        out.push_str(&attribute(one, indent));
        new_line(&mut out, indent);
    }
    out
}
