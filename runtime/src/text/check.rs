//! The forms of types that are carried as text: linear checks that catch what is certainly wrong, without regular
//! expressions and without normalising anything.

use crate::failure::{Failure, Quote, Result, builtin};

/// At most so many characters, counted in code points; more fail with `text_too_long`.
#[inline]
pub fn check_length(text: &str, most: u32) -> Result<()> {
    // A text has at most as many characters as bytes.
    if text.len() <= most as usize || text.chars().count() <= most as usize {
        return Ok(());
    }
    let say = |quote: Quote| format!("{} is longer than {most} characters", quote.text(text));
    Err(Failure::quoting(builtin::TEXT_TOO_LONG, say))
}

/// Text of at most so many characters, passed on.
#[inline]
pub fn fit<T: AsRef<str>>(text: T, most: u32) -> Result<T> {
    check_length(text.as_ref(), most).map(|()| text)
}

/// Text of an e-mail address, passed on.
pub fn fit_email<T: AsRef<str>>(text: T) -> Result<T> {
    check_email(text.as_ref()).map(|()| text)
}

/// Text of a URI reference, passed on.
pub fn fit_uri<T: AsRef<str>>(text: T) -> Result<T> {
    check_uri(text.as_ref()).map(|()| text)
}

/// Text of a UUID, passed on.
pub fn fit_uuid<T: AsRef<str>>(text: T) -> Result<T> {
    check_uuid(text.as_ref()).map(|()| text)
}

/// `local@domain`: at most 254 bytes, one `@` that counts (the last), a local part of at most 64 bytes without white space
/// or control characters, and a domain of letters, digits, hyphens and dots, or in brackets.
pub fn check_email(text: &str) -> Result<()> {
    email(text).then_some(()).ok_or_else(|| Failure::expected("an e-mail address", text))
}

fn email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    let local_fits = quoted
        || local.split('.').all(|atom| {
            !atom.is_empty()
                && !atom.contains(|c: char| c.is_whitespace() || c.is_control() || "()<>[]:;@\\,\"".contains(c))
        });
    text.len() <= 254 && local.len() <= 64 && local_fits && !local.contains(char::is_control) && is_domain(domain)
}

fn is_domain(domain: &str) -> bool {
    if let Some(literal) = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return !literal.is_empty() && literal.bytes().all(|byte| byte.is_ascii_hexdigit() || b".:IPv".contains(&byte));
    }
    domain.split('.').all(|label| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            // Letters of any script: internationalised domains.
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    })
}

/// RFC 3986: a scheme, a colon and characters that a URI may hold, percent signs followed by two hexadecimal digits.
/// References without a scheme are refused.
pub fn check_uri(text: &str) -> Result<()> {
    uri(text).then_some(()).ok_or_else(|| Failure::expected("a URI with its scheme", text))
}

fn uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let mut letters = scheme.bytes();
    let scheme_fits = letters.next().is_some_and(|byte| byte.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    let mut bytes = rest.bytes();
    let mut rest_fits = !rest.is_empty();
    while let Some(byte) = bytes.next() {
        rest_fits &= match byte {
            b'%' => {
                [bytes.next(), bytes.next()].iter().all(|digit| digit.is_some_and(|digit| digit.is_ascii_hexdigit()))
            }
            other => other.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&other),
        };
    }
    scheme_fits && rest_fits
}

/// Eight, four, four, four and twelve hexadecimal digits, of either case, with hyphens between.
pub fn check_uuid(text: &str) -> Result<()> {
    let fits = text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    fits.then_some(()).ok_or_else(|| Failure::expected("a UUID", text))
}
