//! Text to int and bool, as CEL converts them.

use crate::failure::{Failure, Quote, Result, builtin};

/// `int('…')`: decimal digits with an optional sign; `invalid_argument` for other text, `overflow` beyond 64 bits.
pub fn parse_int(text: &str) -> Result<i64> {
    if let Ok(value) = text.parse() {
        return Ok(value);
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let say = |quote: Quote| format!("{} does not fit an int of 64 bits", quote.text(text));
        return Err(Failure::quoting(builtin::OVERFLOW, say));
    }
    Err(Failure::quoting(builtin::INVALID_ARGUMENT, |quote| format!("{} is not an int", quote.text(text))))
}

/// `bool('…')`: `true`, `True`, `TRUE`, `t`, `1` and their opposites; `invalid_argument` for other text.
pub fn parse_bool(text: &str) -> Result<bool> {
    match text {
        "true" | "True" | "TRUE" | "t" | "1" => Ok(true),
        "false" | "False" | "FALSE" | "f" | "0" => Ok(false),
        _ => Err(Failure::quoting(builtin::INVALID_ARGUMENT, |quote| format!("{} is not a bool", quote.text(text)))),
    }
}
