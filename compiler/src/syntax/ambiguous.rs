//! Plain scalars that YAML readers read in two ways: version 1.1 knows more booleans and numbers than 1.2, and a number
//! loses its spelling. As a code each of them is text, which only quotes say to everyone.

/// What some YAML readers take a plain scalar for, if not for text that stays as it is written.
pub(super) fn other_reading(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "" | "null" | "~" => return Some("no value"),
        "y" | "n" | "yes" | "no" | "on" | "off" | "true" | "false" => return Some("a boolean"),
        ".inf" | "+.inf" | "-.inf" | ".nan" => return Some("a number"),
        _ => {}
    }
    let digits = lower.strip_prefix(['+', '-']).unwrap_or(&lower);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') || !digits.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Some(kind) = radix(digits) {
        return Some(kind);
    }
    if is_date(digits) {
        return Some("a date");
    }
    if digits.contains(':') && digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.' | b'_')) {
        return Some("a number to base 60");
    }
    // A plain decimal integer without sign or leading zeros is the same text to every reader.
    let changes = digits.len() != lower.len() || (digits.len() > 1 && digits.starts_with('0'));
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        return changes.then_some("a number");
    }
    if digits.bytes().all(|b| b.is_ascii_digit() || b == b'_') {
        return Some("a number");
    }
    is_float(digits, changes).then_some("a number")
}

fn radix(digits: &str) -> Option<&'static str> {
    let (prefix, rest) = digits.split_at_checked(2)?;
    let all = |radix: u32| !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix) || c == '_');
    match prefix {
        "0x" if all(16) => Some("a hexadecimal number"),
        "0o" if all(8) => Some("an octal number"),
        "0b" if all(2) => Some("a binary number"),
        _ => None,
    }
}

fn is_date(text: &str) -> bool {
    let shape = |b: &u8| if b.is_ascii_digit() { b'0' } else { *b };
    let shapes: Vec<u8> = text.as_bytes().iter().take(10).map(shape).collect();
    let ends = matches!(text.as_bytes().get(10), None | Some(b't' | b' '));
    (shapes == b"0000-00-00" && ends)
        || text.len() < 10 && (shapes.starts_with(b"0000-0-0") || shapes.starts_with(b"0000-00-0"))
}

/// Whether it is a float whose text a reader may change: an exponent, a trailing zero, a bare point.
fn is_float(digits: &str, changes: bool) -> bool {
    let (mantissa, exponent) = digits.split_once('e').map_or((digits, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let numeric = |part: &str| part.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let exponent_ok = exponent
        .is_none_or(|e| e.strip_prefix(['+', '-']).unwrap_or(e).bytes().all(|b| b.is_ascii_digit()) && !e.is_empty());
    let number = numeric(whole) && fraction.is_none_or(numeric) && exponent_ok;
    let respelt = exponent.is_some()
        || whole.is_empty()
        || whole.len() > 15
        || fraction.is_some_and(|f| f.is_empty() || f.ends_with('0') || f.contains('_') || f.len() > 12);
    number && (respelt || changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_with_two_readings_are_known() {
        for text in [
            "NO",
            "no",
            "yes",
            "off",
            "On",
            "y",
            "N",
            "true",
            "False",
            "1E5",
            "1e5",
            "12e03",
            "00",
            "010",
            "1.10",
            "0x1F",
            "0o17",
            "0b1",
            "12:30",
            "1:30:00",
            "null",
            "~",
            "",
            "Null",
            "1_000",
            "+5",
            "-0",
            ".5",
            "1.",
            "2024-01-01",
            "2024-1-1",
            "2024-01-01T08:00:00Z",
            ".inf",
            "-.INF",
            ".nan",
            "007",
            "+1.5",
            "1.0",
        ] {
            assert!(other_reading(text).is_some(), "{text:?}");
        }
    }

    #[test]
    fn plain_codes_are_left_alone() {
        for text in [
            "US",
            "EU",
            "GROUND",
            "10",
            "0",
            "1.5",
            "EA",
            "E5",
            "1E",
            "A1",
            "10-20",
            "x12",
            "NOR",
            "onwards",
            "12:30x",
            "1.2.3",
            "3pl",
            "Ground service",
            ".",
            "-",
            "+",
            "..",
            "1e",
            "2024-01-01x1",
            "0xZZ",
            "v1.10",
        ] {
            assert_eq!(other_reading(text), None, "{text:?}");
        }
    }
}
