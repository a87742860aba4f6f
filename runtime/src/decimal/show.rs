//! Decimal to text, without allocation, and the canonical encoding: a JSON string that keeps the scale.

use super::Decimal;
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The most that a decimal needs: sign, point, a zero before it, 29 digits.
const LENGTH: usize = 32;

/// A decimal as text, on the stack.
#[derive(Clone, Copy)]
pub struct DecimalText {
    bytes: [u8; LENGTH],
    start: usize,
}

impl DecimalText {
    /// The digits.
    pub fn as_str(&self) -> &str {
        // Only ASCII was written.
        self.bytes.get(self.start..).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl Decimal {
    /// The number as text, with all its decimals.
    #[allow(clippy::cast_possible_truncation, reason = "digits are below ten")]
    pub fn text(self) -> DecimalText {
        let mut text = DecimalText { bytes: [b'0'; LENGTH], start: LENGTH };
        let (mantissa, scale) = (self.mantissa(), self.scale());
        let mut slots = text.bytes.iter_mut().rev();
        let mut written = 0;
        let mut put = |byte| {
            if let Some(slot) = slots.next() {
                *slot = byte;
                written += 1;
            }
        };
        let mut place = 0;
        let mut digit = |value: u8| {
            if place == scale && scale > 0 {
                put(b'.');
            }
            place += 1;
            put(b'0' + value);
            place
        };
        let mut rest = mantissa.unsigned_abs();
        // Divisions of 64 bits are several times cheaper.
        while u64::try_from(rest).is_err() {
            digit((rest % 10) as u8);
            rest /= 10;
        }
        let mut rest = u64::try_from(rest).unwrap_or_default();
        loop {
            let places = digit((rest % 10) as u8);
            rest /= 10;
            if rest == 0 && places > scale {
                break;
            }
        }
        if mantissa < 0 {
            put(b'-');
        }
        text.start = LENGTH - written;
        text
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text().as_str())
    }
}

impl fmt::Debug for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text().as_str())
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.text().as_str())
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Decimal;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a decimal as text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Decimal, E> {
                Decimal::parse(text).map_err(|failure| E::custom(failure.quoted()))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_every_shape() {
        for text in [
            "0",
            "-1",
            "0.05",
            "-0.0000000000000000000000000001",
            "79228162514264337593543950335",
            "18446744073709551616.1",
        ] {
            assert_eq!(Decimal::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Decimal::constant(-1999, 2).to_string(), "-19.99");
        assert_eq!(Decimal::constant(i64::MIN, 0).to_string(), "-9223372036854775808");
    }

    #[test]
    fn compares_and_hashes_by_value() {
        use std::collections::HashSet;
        let d = |text: &str| Decimal::parse(text).unwrap();
        assert_eq!(d("1.50"), d("1.5"));
        assert!(d("0.1") < d("79228162514264337593543950335"));
        assert!(d("-79228162514264337593543950335") < d("-0.1"));
        let set: HashSet<_> = [d("1.50"), d("1.5"), d("0"), d("0.000"), d("-0")].into_iter().collect();
        assert_eq!(set.len(), 2);
    }

    #[test]
    fn is_text_in_json() {
        let d = Decimal::parse("12.50").unwrap();
        assert_eq!(serde_json::to_string(&d).unwrap(), "\"12.50\"");
        assert_eq!(serde_json::from_str::<Decimal>("\"12.50\"").unwrap().to_string(), "12.50");
        assert!(serde_json::from_str::<Decimal>("12.50").is_err());
    }
}
