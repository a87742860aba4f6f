//! Finding the byte in JSON text that ends or escapes a string, eight bytes at a time: most strings in payloads are
//! shorter than the set-up of anything cleverer.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The position, from `from`, of the first quote, backslash or control character; the length if there is none.
#[inline]
pub(crate) fn special(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        // The lowest bit set is exact; higher ones may be carries, and are not looked at.
        let hits = equal(word, b'"') | equal(word, b'\\') | control(word);
        if hits != 0 {
            return at + (hits.trailing_zeros() >> 3) as usize;
        }
        at += 8;
    }
    while let Some(&byte) = bytes.get(at) {
        if byte == b'"' || byte == b'\\' || byte < 0x20 {
            return at;
        }
        at += 1;
    }
    at
}

#[inline]
fn equal(word: u64, byte: u8) -> u64 {
    let zero_where_equal = word ^ (ONES * u64::from(byte));
    zero_where_equal.wrapping_sub(ONES) & !zero_where_equal & HIGH
}

#[inline]
fn control(word: u64) -> u64 {
    word.wrapping_sub(ONES * 0x20) & !word & HIGH
}

#[cfg(test)]
mod tests {
    use super::special;

    #[test]
    fn finds_the_first_of_each_kind_at_every_position() {
        for special_byte in [b'"', b'\\', 0, 0x1f, b'\n'] {
            for length in 0..40 {
                for at in 0..length {
                    for filler in [b'a', b' ', 0x7f, 0x80, 0xff, b'!', b'#'] {
                        let mut bytes = vec![filler; length];
                        bytes[at] = special_byte;
                        assert_eq!(special(&bytes, 0), at, "{special_byte:#x} at {at} of {length} in {filler:#x}");
                        assert_eq!(special(&bytes, at), at);
                        assert_eq!(special(&bytes, at + 1), length);
                    }
                }
            }
        }
    }
}
