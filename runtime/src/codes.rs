//! What the built-in code lists share: a Copy type that is a position in a sorted table of short codes.

/// Packs a code of at most four bytes into a number that sorts as the text does.
#[inline]
pub(crate) fn pack(code: &[u8]) -> u32 {
    let mut bytes = [0; 4];
    for (slot, byte) in bytes.iter_mut().zip(code) {
        *slot = *byte;
    }
    u32::from_be_bytes(bytes)
}

/// The position of a code, at compile time; 0 if the table does not hold it.
pub(crate) const fn position(mut table: &[&str], code: &str) -> usize {
    let mut at = 0;
    while let [first, rest @ ..] = table {
        if same(first.as_bytes(), code.as_bytes()) {
            return at;
        }
        at += 1;
        table = rest;
    }
    debug_assert!(false, "a constant is a known code");
    0
}

const fn same(mut left: &[u8], mut right: &[u8]) -> bool {
    loop {
        match (left, right) {
            ([], []) => return true,
            ([a, rest_a @ ..], [b, rest_b @ ..]) if *a == *b => {
                left = rest_a;
                right = rest_b;
            }
            _ => return false,
        }
    }
}

/// Declares the type of a code list over a sorted table of codes of at most four letters.
macro_rules! code_type {
    ($(#[doc = $doc:literal])* $name:ident: $repr:ty, $table:ident, $what:literal) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($repr);

        impl $name {
            #[doc = concat!("The code that the text is; anything but ", $what, " fails with `decode_failed`.")]
            #[inline]
            pub fn parse(text: &str) -> $crate::failure::Result<Self> {
                let wanted = $crate::codes::pack(text.as_bytes());
                let found = $table.binary_search_by_key(&wanted, |code| $crate::codes::pack(code.as_bytes()));
                let found = found.ok().filter(|at| $table.get(*at).is_some_and(|code| *code == text));
                match found.and_then(|at| <$repr>::try_from(at).ok()) {
                    Some(at) => Ok(Self(at)),
                    None => Err($crate::failure::Failure::expected($what, text)),
                }
            }

            /// A constant in generated code, known to be in the list.
            #[must_use]
            pub const fn constant(code: &str) -> Self {
                #[allow(clippy::cast_possible_truncation, reason = "the table is as long as the type reaches")]
                Self($crate::codes::position($table, code) as $repr)
            }

            /// The code.
            #[inline]
            pub fn as_str(self) -> &'static str {
                $table.get(usize::from(self.0)).copied().unwrap_or_default()
            }

            /// All codes, sorted.
            pub fn all() -> impl Iterator<Item = Self> {
                (0..).take($table.len()).map(Self)
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl core::str::FromStr for $name {
            type Err = $crate::failure::Failure;

            fn from_str(text: &str) -> $crate::failure::Result<Self> {
                Self::parse(text)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::parse(&text).map_err(|failure| serde::de::Error::custom(failure.quoted()))
            }
        }
    };
}
pub(crate) use code_type;
