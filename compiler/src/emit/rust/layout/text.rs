//! What is never broken: types, patterns, paths, and attributes, from their tokens.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use std::fmt::Write as _;

/// A pattern.
pub fn pat(pat: &syn::Pat) -> String {
    match pat {
        syn::Pat::Ident(of)
            if of.attrs.is_empty() && of.by_ref.is_none() && of.mutability.is_none() && of.subpat.is_none() =>
        {
            of.ident.to_string()
        }
        pat => tokens(pat),
    }
}

/// A piece of syntax on one line.
pub fn tokens(of: &impl ToTokens) -> String {
    let mut out = String::new();
    write_tokens(of.to_token_stream(), &mut out);
    out
}

/// A path, written behind a text.
pub fn write_path(path: &syn::Path, out: &mut String) {
    if path.leading_colon.is_some() || path.segments.iter().any(|segment| !segment.arguments.is_none()) {
        return out.push_str(&tokens(path));
    }
    for (at, segment) in path.segments.iter().enumerate() {
        if at > 0 {
            out.push_str("::");
        }
        write_ident(&segment.ident, out);
    }
}

/// A name, written behind a text.
pub fn write_ident(of: &syn::Ident, out: &mut String) {
    let _ = write!(out, "{of}");
}

/// The name or the number of a field, written behind a text.
pub fn write_member(of: &syn::Member, out: &mut String) {
    match of {
        syn::Member::Named(name) => write_ident(name, out),
        syn::Member::Unnamed(index) => {
            let _ = write!(out, "{}", index.index);
        }
    }
}

/// A literal, written behind a text.
pub fn write_literal(of: &syn::Lit, out: &mut String) {
    let _ = match of {
        syn::Lit::Str(text) => write!(out, "{}", text.token()),
        syn::Lit::Int(number) => write!(out, "{number}"),
        syn::Lit::Bool(of) => write!(out, "{}", of.value),
        other => write!(out, "{}", tokens(other)),
    };
}

/// An operator before an operand.
pub fn prefix(of: syn::UnOp) -> &'static str {
    match of {
        syn::UnOp::Deref(_) => "*",
        syn::UnOp::Not(_) => "!",
        _ => "-",
    }
}

/// Whether a text ends in nothing but closing brackets on a line of their own.
pub fn is_open_end(text: &str) -> bool {
    let last = super::last_line(text);
    last.chars().all(|c| matches!(c, '(' | ')' | ']' | '}' | '?' | '>') || c.is_whitespace())
}

fn write_tokens(of: TokenStream, out: &mut String) {
    let mut before: Option<TokenTree> = None;
    let mut joined = String::new();
    // Whether the word before is a lifetime.
    let mut quoted = false;
    for tree in of {
        let word = |tree: &TokenTree| matches!(tree, TokenTree::Ident(_) | TokenTree::Literal(_));
        let follows_word = before.as_ref().is_some_and(word);
        let lifetime = follows_word && quoted;
        quoted = matches!(&before, Some(TokenTree::Punct(mark)) if mark.as_char() == '\'');
        match &tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{ ", " }"),
                    Delimiter::None => ("", ""),
                };
                let apart = group.delimiter() == Delimiter::Brace || lifetime;
                if apart && !out.is_empty() && !out.ends_with(' ') {
                    out.push(' ');
                }
                out.push_str(open);
                write_tokens(group.stream(), out);
                out.push_str(close);
            }
            TokenTree::Punct(punct) => {
                joined.push(punct.as_char());
                if punct.spacing() == Spacing::Joint && punct.as_char() != '\'' && is_operator(&joined) {
                    before = Some(tree);
                    continue;
                }
                match joined.as_str() {
                    "," | ";" => out.push_str(&format!("{joined} ")),
                    ":" => out.push_str(": "),
                    "=" | "->" | "=>" | "+" | "|" => {
                        if !out.ends_with(' ') {
                            out.push(' ');
                        }
                        out.push_str(&joined);
                        out.push(' ');
                    }
                    _ => out.push_str(&joined),
                }
                joined.clear();
            }
            tree => {
                let gap = follows_word
                    || matches!(&before, Some(TokenTree::Punct(p)) if p.as_char() == '>' && !out.ends_with(' ') && is_keyword(tree));
                if gap {
                    out.push(' ');
                }
                out.push_str(&tree.to_string());
            }
        }
        before = Some(tree);
    }
    while out.ends_with(' ') {
        out.pop();
    }
}

fn is_operator(joined: &str) -> bool {
    matches!(joined, ":" | "-" | "=" | "|" | "&" | ".." | "." | "!" | "<" | ">")
}

fn is_keyword(tree: &TokenTree) -> bool {
    matches!(tree, TokenTree::Ident(word) if matches!(word.to_string().as_str(), "as" | "for" | "where"))
}

/// An operator between two operands.
pub fn operator(op: &syn::BinOp) -> String {
    op.to_token_stream().into_iter().map(|tree| tree.to_string()).collect()
}

/// Whether an operator changes its left side.
pub fn is_assignment(op: &syn::BinOp) -> bool {
    let op = operator(op);
    op.ends_with('=') && !matches!(op.as_str(), "==" | "!=" | "<=" | ">=")
}
