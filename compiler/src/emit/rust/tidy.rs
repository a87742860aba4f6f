//! Takes away what compiled expressions have too much of: parentheses that nothing needs, and references that are
//! dereferenced at once.
//!
//! The compiler of expressions puts every operand in parentheses, so that precedence never matters to it; what a reviewer
//! reads has none that `rustc` and `clippy` would warn of. Meaning is kept by construction: only parentheses go that are
//! alone in others, or stand where an expression ends anyway.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};

/// The same code, tidied.
pub fn tidy(tokens: TokenStream) -> TokenStream {
    let trees: Vec<TokenTree> = tokens.into_iter().map(inside).collect();
    let trees = dereferenced(trees);
    bare(&trees)
}

/// Tidies what is in a group; a group that is alone in parentheses loses its own.
fn inside(tree: TokenTree) -> TokenTree {
    let TokenTree::Group(group) = tree else { return tree };
    let mut stream = tidy(group.stream());
    if group.delimiter() == Delimiter::Parenthesis {
        while let Some(inner) = only_group(&stream) {
            stream = inner;
        }
    }
    regroup(&group, stream)
}

fn regroup(group: &Group, stream: TokenStream) -> TokenTree {
    let mut made = Group::new(group.delimiter(), stream);
    made.set_span(group.span());
    TokenTree::Group(made)
}

/// What is in the parentheses that are all there is; not a tuple or unit.
fn only_group(stream: &TokenStream) -> Option<TokenStream> {
    let mut trees = stream.clone().into_iter();
    match (trees.next(), trees.next()) {
        (Some(tree), None) => parenthesised(&tree),
        _ => None,
    }
}

/// What is in parentheses that hold one expression.
fn parenthesised(tree: &TokenTree) -> Option<TokenStream> {
    let TokenTree::Group(group) = tree else { return None };
    let one = group.delimiter() == Delimiter::Parenthesis
        && !group.stream().is_empty()
        && !group.stream().into_iter().any(|tree| is_punct(&tree, ','));
    one.then(|| group.stream())
}

/// `*(&x)` becomes `x`, where the star is no multiplication.
fn dereferenced(trees: Vec<TokenTree>) -> Vec<TokenTree> {
    let mut out: Vec<TokenTree> = Vec::with_capacity(trees.len());
    let mut trees = trees.into_iter().peekable();
    while let Some(tree) = trees.next() {
        let prefix = is_punct(&tree, '*') && out.last().is_none_or(begins_operand);
        let referenced = trees.peek().and_then(parenthesised).and_then(behind_reference);
        match referenced {
            Some(place) if prefix => {
                trees.next();
                if is_place(&place) {
                    out.extend(place);
                } else {
                    out.push(TokenTree::Group(Group::new(Delimiter::Parenthesis, place)));
                }
            }
            _ => out.push(tree),
        }
    }
    out
}

/// Whether what follows the tree is an operand rather than an operator.
fn begins_operand(tree: &TokenTree) -> bool {
    match tree {
        TokenTree::Punct(_) => true,
        TokenTree::Ident(word) => {
            ["return", "in", "if", "match", "else", "while"].iter().any(|keyword| word == keyword)
        }
        TokenTree::Group(_) | TokenTree::Literal(_) => false,
    }
}

/// What stands behind the `&` that comes first; not behind `&&` or `&mut`.
fn behind_reference(stream: TokenStream) -> Option<TokenStream> {
    let mut trees = stream.into_iter().peekable();
    match trees.next()? {
        TokenTree::Punct(and) if and.as_char() == '&' && and.spacing() == Spacing::Alone => {}
        _ => return None,
    }
    match trees.peek() {
        Some(TokenTree::Punct(_)) | None => None,
        Some(TokenTree::Ident(word)) if word == "mut" => None,
        Some(_) => Some(trees.collect()),
    }
}

/// Whether the tokens are a chain of names, fields and calls, which binds tighter than any operator around it.
fn is_place(stream: &TokenStream) -> bool {
    stream.clone().into_iter().all(|tree| match tree {
        TokenTree::Ident(_) => true,
        TokenTree::Punct(punct) => matches!(punct.as_char(), '.' | ':'),
        TokenTree::Group(group) => group.delimiter() == Delimiter::Parenthesis,
        TokenTree::Literal(_) => false,
    })
}

/// Parentheses go that make up the whole of an initial value, a condition, a closure or a receiver that is a chain.
fn bare(trees: &[TokenTree]) -> TokenStream {
    let mut out = Vec::with_capacity(trees.len());
    for (position, tree) in trees.iter().enumerate() {
        let before = position.checked_sub(1).and_then(|at| trees.get(at));
        let after = trees.get(position + 1);
        let needless = |inner: &TokenStream| {
            is_whole(trees, position, inner, before, after) || (is_receiver(before, after) && is_place(inner))
        };
        match parenthesised(tree).filter(needless) {
            Some(inner) => out.extend(inner),
            None => out.push(tree.clone()),
        }
    }
    out.into_iter().collect()
}

/// Whether the tree is all of an expression that ends where it ends.
fn is_whole(
    trees: &[TokenTree],
    position: usize,
    inner: &TokenStream,
    before: Option<&TokenTree>,
    after: Option<&TokenTree>,
) -> bool {
    let ends = after.is_none_or(|tree| is_punct(tree, ',') || is_punct(tree, ';'));
    match before {
        // `= (a);` but not `== (a)`.
        Some(tree) if is_punct(tree, '=') => ends && !joined(trees, position),
        Some(TokenTree::Ident(word)) if word == "if" || word == "match" => {
            let block = matches!(after, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace);
            block && !inner.clone().into_iter().any(is_brace)
        }
        Some(TokenTree::Ident(word)) if word == "return" => ends,
        // `|x| (a)` at the end of its arguments.
        Some(tree) if is_punct(tree, '|') => ends && is_closure(trees, position),
        _ => false,
    }
}

/// Whether the `=` right before a position is the end of a longer operator, such as `==` or `<=`; `=>` has its own end.
fn joined(trees: &[TokenTree], position: usize) -> bool {
    let second = position.checked_sub(2).and_then(|at| trees.get(at));
    matches!(second, Some(TokenTree::Punct(punct)) if punct.spacing() == Spacing::Joint)
}

/// Whether the bar right before a position closes a closure's one parameter.
fn is_closure(trees: &[TokenTree], position: usize) -> bool {
    let at = |back: usize| position.checked_sub(back).and_then(|at| trees.get(at));
    let name = matches!(at(2), Some(TokenTree::Ident(_)));
    let open = at(3).is_some_and(|tree| is_punct(tree, '|'));
    name && open && at(4).is_none_or(|tree| is_punct(tree, ','))
}

/// Whether a method or field of the tree follows, and nothing in front binds to it.
fn is_receiver(before: Option<&TokenTree>, after: Option<&TokenTree>) -> bool {
    let called = after.is_some_and(|tree| is_punct(tree, '.'));
    // A name or type arguments in front make the parentheses those of a call.
    called && before.is_none_or(|tree| matches!(tree, TokenTree::Punct(punct) if !matches!(punct.as_char(), '>' | '!')))
}

fn is_brace(tree: TokenTree) -> bool {
    matches!(tree, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
}

fn is_punct(tree: &TokenTree, c: char) -> bool {
    matches!(tree, TokenTree::Punct(punct) if punct.as_char() == c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tidied(code: &str) -> String {
        let tokens = tidy(code.parse().unwrap());
        let file: syn::File = syn::parse2(tokens).unwrap();
        let text = prettyplease::unparse(&file);
        text.lines().map(str::trim).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn takes_needless_parentheses() {
        for (code, expected) in [
            ("fn f() { if ((a == b)) { g((x)) } }", "fn f() { if a == b { g(x) } }"),
            ("fn f() { let a = (b.c()); }", "fn f() { let a = b.c(); }"),
            ("fn f() { a.all(|x| ((*(&(x).y)).z > w)) }", "fn f() { a.all(|x| x.y.z > w) }"),
            ("fn f() { let a = (b)(c); }", "fn f() { let a = (b)(c); }"),
        ] {
            assert_eq!(tidied(code), expected);
        }
    }

    #[test]
    fn keeps_what_has_a_meaning() {
        for code in [
            "fn f() { a && (b || c) }",
            "fn f() { let a = (b, c); }",
            "fn f() { g(()) }",
            "fn f() { (a + b).c() }",
            "fn f() { a == (b) }",
            "fn f() { (self.f)(a) }",
            "fn f() { if (A { b: 1 } == c) { d } }",
            "fn f() { (|| -> Result<()> { Ok(()) })()? }",
            "fn f() { a * (&b) }",
        ] {
            assert_eq!(tidied(code), code);
        }
    }
}
