//! Short ASCII text on the stack, for dates and times.

/// At most 40 bytes of ASCII; more is dropped.
pub(crate) struct Ascii {
    bytes: [u8; 40],
    length: usize,
}

impl Ascii {
    pub(crate) fn new() -> Self {
        Self { bytes: [0; 40], length: 0 }
    }

    #[inline]
    pub(crate) fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.length) {
            *slot = byte;
            self.length += 1;
        }
    }

    pub(crate) fn push_str(&mut self, text: &str) {
        text.bytes().for_each(|byte| self.push(byte));
    }

    /// Digits with leading zeros.
    #[inline]
    pub(crate) fn pad(&mut self, value: u32, width: u32) {
        let mut unit = 10_u32.pow(width.saturating_sub(1));
        while unit > 0 {
            self.push(b'0' + u8::try_from(value / unit % 10).unwrap_or_default());
            unit /= 10;
        }
    }

    /// A point and the digits of a fraction of a second without zeros at the end; nothing for 0.
    pub(crate) fn fraction(&mut self, nanoseconds: u32) {
        if nanoseconds == 0 {
            return;
        }
        let (mut digits, mut width) = (nanoseconds, 9);
        while digits % 10 == 0 {
            digits /= 10;
            width -= 1;
        }
        self.push(b'.');
        self.pad(digits, width);
    }

    pub(crate) fn as_str(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}
