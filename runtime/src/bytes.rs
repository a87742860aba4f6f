//! Octets: base64 on the wire and in canonical JSON, UTF-8 to and from text.

use crate::failure::{Failure, Result, builtin};

const ALPHABET: [u8; 64] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 of RFC 4648 with padding.
pub fn to_base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().chain(&[0; 2]).take(3).fold(0_usize, |word, byte| word << 8 | usize::from(*byte));
        for (index, shift) in [18, 12, 6, 0].into_iter().enumerate() {
            let letter = ALPHABET.get(word >> shift & 63).copied().unwrap_or(b'=');
            out.push(if index > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    out
}

/// The octets of base64 with or without padding; anything else fails with `decode_failed`.
pub fn from_base64(text: &str) -> Result<Vec<u8>> {
    decode(text.as_bytes()).ok_or_else(|| Failure::expected("bytes in base64", text))
}

fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let body = match text {
        [body @ .., b'=', b'='] if text.len().is_multiple_of(4) => body,
        [body @ .., b'='] if text.len().is_multiple_of(4) => body,
        body => body,
    };
    let mut out = Vec::with_capacity(body.len() / 4 * 3 + 2);
    for chunk in body.chunks(4) {
        let mut word = 0_u32;
        for byte in chunk {
            word = word << 6 | sextet(*byte)?;
        }
        let octets = match chunk.len() {
            4 => 3,
            3 => 2,
            2 => 1,
            _ => return None,
        };
        word <<= 6 * (4 - chunk.len());
        let [_, bytes @ ..] = word.to_be_bytes();
        // Bits that stand for nothing are zero, so that each value has one spelling.
        if bytes.iter().skip(octets).any(|byte| *byte != 0) {
            return None;
        }
        out.extend(bytes.iter().take(octets));
    }
    Some(out)
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

/// The octets as text; what is not UTF-8 fails with `invalid_argument`.
pub fn to_text(bytes: &[u8]) -> Result<String> {
    core::str::from_utf8(bytes)
        .map(str::to_owned)
        .map_err(|_| Failure::new(builtin::INVALID_ARGUMENT, "the bytes are not UTF-8"))
}

/// Serde for fields of octets: `#[serde(with = "crossdock_runtime::bytes")]`.
pub fn serialize<S: serde::Serializer>(bytes: &[u8], serializer: S) -> core::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&to_base64(bytes))
}

/// See [`serialize`].
pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> core::result::Result<Vec<u8>, D::Error> {
    let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
    from_base64(&text).map_err(|failure| serde::de::Error::custom(failure.detail()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_both_ways() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(to_base64(plain.as_bytes()), coded);
            assert_eq!(from_base64(coded).unwrap(), plain.as_bytes());
            assert_eq!(from_base64(coded.trim_end_matches('=')).unwrap(), plain.as_bytes());
        }
        assert_eq!(to_base64(&[0xff, 0xfe, 0xfd]), "//79");
        for bad in ["Z", "Zg=", "Zg===", "Zh==", "Zm9v=", "Zm 9v", "=", "Zg==Zg=="] {
            assert!(from_base64(bad).is_err(), "{bad}");
        }
    }
}
