//! Text to decimal, exactly: digits with an optional sign, decimals and exponent (`-12.50`, `.5`, `1.5E3`).
//!
//! Zeros at the end of decimals that do not fit are dropped, any other digit that does not fit is a failure. Not read: digit groups,
//! decimal commas, white space, infinity, hexadecimal.

use super::{Decimal, MAX_SCALE, power_of_ten};
use crate::failure::{Failure, Result};

/// Up to here every digit string fits 64 bits.
const SHORT: usize = 19;

impl Decimal {
    /// The number that the text writes out, with its scale (an exponent moves the point: `1.5E3` is 1500, of scale 0).
    /// Fails with `decode_failed`.
    #[inline]
    pub fn parse(text: &str) -> Result<Self> {
        let bytes = text.as_bytes();
        let (negative, digits) = match bytes.split_first() {
            Some((b'-', rest)) => (true, rest),
            Some((b'+', rest)) => (false, rest),
            _ => (false, bytes),
        };
        short(digits)
            .or_else(|| long(digits))
            .and_then(|(mantissa, scale)| Self::from_mantissa(if negative { -mantissa } else { mantissa }, scale))
            .ok_or_else(|| Failure::expected("a number of at most 28 digits", text))
    }
}

impl core::str::FromStr for Decimal {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

/// The usual case: few digits, no exponent.
#[inline]
fn short(bytes: &[u8]) -> Option<(i128, u32)> {
    if bytes.len() > SHORT {
        return None;
    }
    let (mut mantissa, mut digits, mut point) = (0_u64, 0_u32, None);
    for &byte in bytes {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + u64::from(byte - b'0');
                digits += 1;
            }
            b'.' if point.is_none() => point = Some(digits),
            _ => return None,
        }
    }
    let scale = point.map_or(0, |point| digits - point);
    let complete = digits > 0 && (point.is_none() || scale > 0);
    complete.then_some((i128::from(mantissa), scale))
}

/// Any length, with an exponent or not.
fn long(bytes: &[u8]) -> Option<(i128, u32)> {
    let (number, exponent) = match bytes.iter().position(|byte| matches!(byte, b'e' | b'E')) {
        Some(at) => {
            let (number, rest) = bytes.split_at_checked(at)?;
            (number, parse_exponent(rest.get(1..)?)?)
        }
        None => (bytes, 0),
    };
    let (whole, decimals): (&[u8], &[u8]) = match number.iter().position(|byte| *byte == b'.') {
        Some(at) => {
            let (whole, rest) = number.split_at_checked(at)?;
            (whole, rest.get(1..).filter(|decimals| !decimals.is_empty())?)
        }
        None if number.is_empty() => return None,
        None => (number, &[]),
    };
    let mut all = whole.iter().chain(decimals);
    if !all.clone().all(u8::is_ascii_digit) {
        return None;
    }
    // Leading zeros are nothing; zeros at the end are held back until a digit follows.
    let (mut significant, mut held) = (0_i128, 0_u32);
    for byte in all.by_ref() {
        if *byte == b'0' {
            held = held.saturating_add(1);
        } else {
            let power = if significant == 0 { 1 } else { power_of_ten(held.checked_add(1)?)? };
            significant = significant.checked_mul(power)?.checked_add(i128::from(byte - b'0'))?;
            held = 0;
        }
    }
    // As written, the number has so many decimals, negative for zeros before the point.
    let written = i64::try_from(decimals.len()).ok()? - exponent;
    let scale = u32::try_from(written.clamp(0, i64::from(MAX_SCALE))).ok()?;
    if significant == 0 {
        return Some((0, scale));
    }
    // Those of the held zeros that lie within the scale are put back, decimals only as far as they fit.
    let mut zeros = u32::try_from(i64::from(held) - written + i64::from(scale)).ok()?;
    let mut scale = scale;
    loop {
        let mantissa = power_of_ten(zeros).and_then(|power| significant.checked_mul(power));
        if let Some(mantissa) = mantissa.filter(|mantissa| *mantissa < 1 << 96) {
            return Some((mantissa, scale));
        }
        (zeros, scale) = (zeros.checked_sub(1)?, scale.checked_sub(1)?);
    }
}

/// The exponent, kept within what can matter.
fn parse_exponent(bytes: &[u8]) -> Option<i64> {
    const MOST: i64 = 1 << 40;
    let (negative, digits) = match bytes.split_first()? {
        (b'-', rest) => (true, rest),
        (b'+', rest) => (false, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() {
        return None;
    }
    let mut exponent = 0_i64;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        exponent = (exponent * 10 + i64::from(byte - b'0')).min(MOST);
    }
    Some(if negative { -exponent } else { exponent })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        Decimal::parse(text).map_or_else(|failure| failure.code().to_owned(), |value| value.to_string())
    }

    #[test]
    fn keeps_the_scale() {
        for same in
            ["0", "12.50", "-0.001", "100", "0.00", "123456789012345678.123456789", "79228162514264337593543950335"]
        {
            assert_eq!(show(same), same);
        }
        assert_eq!(show(".5"), "0.5");
        assert_eq!(show("+007.10"), "7.10");
        assert_eq!(show("-0"), "0");
        assert_eq!(show("-0.0"), "0.0");
    }

    #[test]
    fn reads_exponents_exactly() {
        assert_eq!(show("1.5E3"), "1500");
        assert_eq!(show("1.50e1"), "15.0");
        assert_eq!(show("1500e-2"), "15.00");
        assert_eq!(show("1e-28"), "0.0000000000000000000000000001");
        assert_eq!(show("100e-29"), "0.0000000000000000000000000010");
        assert_eq!(show("1E+28"), "10000000000000000000000000000");
        assert_eq!(show("0E400"), "0");
        assert_eq!(show("1000000000000000000000000000000000000000e-38"), "10.000000000000000000000000000");
        assert_eq!(show("12345678901.00000000000000000000"), "12345678901.000000000000000000");
    }

    #[test]
    fn refuses_what_it_can_not_hold() {
        for bad in [
            "1E400",
            "1e-29",
            "1e29",
            "79228162514264337593543950336",
            "0.00000000000000000000000000001",
            "1e99999999999999999999",
        ] {
            assert_eq!(show(bad), "decode_failed", "{bad}");
        }
        assert_eq!(show("1.00000000000000000000000000000000000"), "1.0000000000000000000000000000");
    }

    #[test]
    fn refuses_what_is_no_number() {
        for bad in
            ["", "-", ".", "5.", "1.2.3", "1e", "e5", "1e+", " 1", "1 ", "1_000", "1,5", "0x10", "NaN", "--1", "١"]
        {
            assert_eq!(show(bad), "decode_failed", "{bad}");
        }
    }
}
