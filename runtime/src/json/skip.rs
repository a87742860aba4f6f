//! Passing over JSON text, checked for syntax only: iterative, without allocation.

use super::string;

/// Where and why the text is not JSON.
pub(super) type Fault = (usize, &'static str);

pub(super) const TOO_DEEP: &str = "the payload is nested too deeply";

/// What may stand next while passing over a value.
#[derive(Clone, Copy)]
enum Next {
    Value,
    /// A value, or the end of an array that has just begun.
    FirstElement,
    Key,
    /// A key, or the end of an object that has just begun.
    FirstKey,
    /// A comma, or the end of what is open.
    Separator,
}

/// The end of the value that starts at `at`, which may hold `depth` levels, at most 128.
pub(super) fn value(bytes: &[u8], mut at: usize, depth: u8) -> Result<usize, Fault> {
    // One bit per open level, the innermost lowest: 1 is an object.
    let (mut levels, mut open) = (0_u128, 0_u8);
    let mut next = Next::Value;
    loop {
        let Some(&byte) = bytes.get(at) else { return Err((at, "the payload ends within a value")) };
        if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
            at += 1;
            continue;
        }
        match (next, byte) {
            (Next::Separator, b',') => {
                at += 1;
                next = if levels & 1 == 1 { Next::Key } else { Next::Value };
                continue;
            }
            (Next::Separator | Next::FirstKey, b'}') if levels & 1 == 1 => {
                at += 1;
                levels >>= 1;
                open -= 1;
            }
            (Next::Separator | Next::FirstElement, b']') if levels & 1 == 0 => {
                at += 1;
                levels >>= 1;
                open -= 1;
            }
            (Next::Key | Next::FirstKey, b'"') => {
                at = string::pass(bytes, at)?;
                while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
                    at += 1;
                }
                if bytes.get(at) != Some(&b':') {
                    return Err((at, "expected `:` after a key"));
                }
                at += 1;
                next = Next::Value;
                continue;
            }
            (Next::Value | Next::FirstElement, b'"') => at = string::pass(bytes, at)?,
            (Next::Value | Next::FirstElement, b'-' | b'0'..=b'9') => at = number(bytes, at)?,
            (Next::Value | Next::FirstElement, b'{' | b'[') => {
                if open == depth {
                    return Err((at, TOO_DEEP));
                }
                let object = byte == b'{';
                levels = levels << 1 | u128::from(object);
                open += 1;
                at += 1;
                next = if object { Next::FirstKey } else { Next::FirstElement };
                continue;
            }
            (Next::Value | Next::FirstElement, b't') => at = literal(bytes, at, "true")?,
            (Next::Value | Next::FirstElement, b'f') => at = literal(bytes, at, "false")?,
            (Next::Value | Next::FirstElement, b'n') => at = literal(bytes, at, "null")?,
            (Next::Value | Next::FirstElement, _) => return Err((at, "expected a value")),
            (Next::Key | Next::FirstKey, _) => return Err((at, "expected a key")),
            (Next::Separator, _) if levels & 1 == 1 => return Err((at, "expected `,` or `}`")),
            (Next::Separator, _) => return Err((at, "expected `,` or `]`")),
        }
        // A value has ended.
        if open == 0 {
            return Ok(at);
        }
        next = Next::Separator;
    }
}

/// The end of the number that starts at `at`.
#[inline]
pub(super) fn number(bytes: &[u8], mut at: usize) -> Result<usize, Fault> {
    const BAD: &str = "this is not a number of JSON";
    if bytes.get(at) == Some(&b'-') {
        at += 1;
    }
    match bytes.get(at) {
        Some(b'0') => {
            at += 1;
            if let Some(b'0'..=b'9') = bytes.get(at) {
                return Err((at, "a number starts with a zero"));
            }
        }
        Some(b'1'..=b'9') => at = digits(bytes, at + 1),
        _ => return Err((at, BAD)),
    }
    if bytes.get(at) == Some(&b'.') {
        let decimals = at + 1;
        at = digits(bytes, decimals);
        if at == decimals {
            return Err((at, BAD));
        }
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1;
        if let Some(b'+' | b'-') = bytes.get(at) {
            at += 1;
        }
        let exponent = at;
        at = digits(bytes, exponent);
        if at == exponent {
            return Err((at, BAD));
        }
    }
    Ok(at)
}

#[inline]
fn digits(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b'0'..=b'9') = bytes.get(at) {
        at += 1;
    }
    at
}

/// The end of the word that starts at `at`.
#[inline]
pub(super) fn literal(bytes: &[u8], at: usize, word: &'static str) -> Result<usize, Fault> {
    if bytes.get(at..at + word.len()) == Some(word.as_bytes()) {
        Ok(at + word.len())
    } else {
        Err((at, "expected a value"))
    }
}
