//! Values that travel as text: numbers and bools in quotes, padded numbers, and text with a form or bound of its own.

use super::{Codec, plain, text};
use crate::decimal::Decimal;
use crate::failure::{Failure, Quote, Result, builtin};
use crate::json::{Scalar, Writer};
use std::borrow::Cow;

/// An int, decimal or bool as text: `"12"`, `"19.90"`, `"true"`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Text;

impl<'a> Codec<'a, i64> for Text {
    #[inline]
    fn decode(&self, raw: Scalar<'a>) -> Result<i64> {
        plain::int(&text(raw, "an int as text")?)
    }

    fn encode(&self, value: &i64, w: &mut Writer) -> Result<()> {
        w.plain_str(Decimal::from_int(*value).text().as_str());
        Ok(())
    }
}

impl<'a> Codec<'a, Decimal> for Text {
    #[inline]
    fn decode(&self, raw: Scalar<'a>) -> Result<Decimal> {
        Decimal::parse(&text(raw, "a number as text")?)
    }

    fn encode(&self, value: &Decimal, w: &mut Writer) -> Result<()> {
        w.plain_str(value.text().as_str());
        Ok(())
    }
}

impl<'a> Codec<'a, bool> for Text {
    fn decode(&self, raw: Scalar<'a>) -> Result<bool> {
        match &*text(raw, "`true` or `false` as text")? {
            "true" => Ok(true),
            "false" => Ok(false),
            other => Err(Failure::expected("`true` or `false`", other)),
        }
    }

    fn encode(&self, value: &bool, w: &mut Writer) -> Result<()> {
        w.plain_str(if *value { "true" } else { "false" });
        Ok(())
    }
}

/// Leading zeros up to a width, on the wire only: `"0000104582"` is 104582. Text that is not all digits is left alone, as
/// systems do; a longer one fails with `text_too_long`.
#[derive(Debug, Clone, Copy)]
pub struct Padded(pub u32);

impl Padded {
    fn write(self, value: &str, w: &mut Writer) -> Result<()> {
        let width = self.0 as usize;
        if value.chars().count() > width {
            let say = |quote: Quote| format!("{} is longer than {width} characters", quote.text(value));
            return Err(Failure::quoting(builtin::TEXT_TOO_LONG, say));
        }
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            w.plain_str(&format!("{value:0>width$}"));
        } else {
            w.str(value);
        }
        Ok(())
    }
}

/// Without leading zeros, if it is all digits; the last digit stays.
fn unpadded(text: &str) -> &str {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text;
    }
    match text.trim_start_matches('0') {
        "" if !text.is_empty() => "0",
        digits => digits,
    }
}

impl<'a> Codec<'a, Cow<'a, str>> for Padded {
    fn decode(&self, raw: Scalar<'a>) -> Result<Cow<'a, str>> {
        Ok(match text(raw, "text with leading zeros")? {
            Cow::Borrowed(text) => Cow::Borrowed(unpadded(text)),
            Cow::Owned(text) => Cow::Owned(unpadded(&text).to_owned()),
        })
    }

    fn encode(&self, value: &Cow<'a, str>, w: &mut Writer) -> Result<()> {
        self.write(value, w)
    }
}

impl<'a> Codec<'a, String> for Padded {
    fn decode(&self, raw: Scalar<'a>) -> Result<String> {
        Ok(unpadded(&text(raw, "text with leading zeros")?).to_owned())
    }

    fn encode(&self, value: &String, w: &mut Writer) -> Result<()> {
        self.write(value, w)
    }
}

impl<'a> Codec<'a, i64> for Padded {
    fn decode(&self, raw: Scalar<'a>) -> Result<i64> {
        plain::int(&text(raw, "digits with leading zeros")?)
    }

    fn encode(&self, value: &i64, w: &mut Writer) -> Result<()> {
        if *value < 0 {
            let say =
                |quote: Quote| format!("{} is negative and can't be padded with zeros", quote.value("an int", value));
            return Err(Failure::quoting(builtin::INVALID_ARGUMENT, say));
        }
        self.write(Decimal::from_int(*value).text().as_str(), w)
    }
}

/// Text of at most so many characters; more fails with `text_too_long`.
#[derive(Debug, Clone, Copy)]
pub struct Limited(pub u32);

/// Text of a form that is checked both ways.
macro_rules! checked {
    ($($(#[doc = $doc:literal])* $name:ident: |$codec:ident, $text:ident| $check:expr;)*) => {$(
        impl<'a> Codec<'a, Cow<'a, str>> for $name {
            fn decode(&self, raw: Scalar<'a>) -> Result<Cow<'a, str>> {
                let found = text(raw, "text")?;
                let ($codec, $text) = (self, &*found);
                $check?;
                Ok(found)
            }

            fn encode(&self, value: &Cow<'a, str>, w: &mut Writer) -> Result<()> {
                let ($codec, $text) = (self, &**value);
                $check?;
                w.str(value);
                Ok(())
            }
        }

        impl<'a> Codec<'a, String> for $name {
            fn decode(&self, raw: Scalar<'a>) -> Result<String> {
                Codec::<Cow<'a, str>>::decode(self, raw).map(Cow::into_owned)
            }

            fn encode(&self, value: &String, w: &mut Writer) -> Result<()> {
                let ($codec, $text) = (self, value.as_str());
                $check?;
                w.str(value);
                Ok(())
            }
        }
    )*};
}

/// Another codec for text, or for several texts, each of at most so many characters; more fail with `text_too_long`.
#[derive(Debug, Clone, Copy)]
pub struct Within<C>(pub C, pub u32);

/// What [`Within`] measures.
pub trait Measured {
    /// Fails if a text is longer than that.
    fn measure(&self, most: u32) -> Result<()>;
}

impl Measured for Cow<'_, str> {
    fn measure(&self, most: u32) -> Result<()> {
        crate::text::check_length(self, most)
    }
}

impl Measured for String {
    fn measure(&self, most: u32) -> Result<()> {
        crate::text::check_length(self, most)
    }
}

impl<T: Measured> Measured for Vec<T> {
    fn measure(&self, most: u32) -> Result<()> {
        self.iter().try_for_each(|text| text.measure(most))
    }
}

impl<'a, T: Measured, C: Codec<'a, T>> Codec<'a, T> for Within<C> {
    fn decode(&self, raw: Scalar<'a>) -> Result<T> {
        let found = self.0.decode(raw)?;
        found.measure(self.1).map(|()| found)
    }

    fn encode(&self, value: &T, w: &mut Writer) -> Result<()> {
        value.measure(self.1)?;
        self.0.encode(value, w)
    }
}

/// An e-mail address.
#[derive(Debug, Clone, Copy, Default)]
pub struct Email;

/// A URI.
#[derive(Debug, Clone, Copy, Default)]
pub struct Uri;

/// A UUID.
#[derive(Debug, Clone, Copy, Default)]
pub struct Uuid;

checked! {
    Limited: |codec, text| crate::text::check_length(text, codec.0);
    Email: |_codec, text| crate::text::check_email(text);
    Uri: |_codec, text| crate::text::check_uri(text);
    Uuid: |_codec, text| crate::text::check_uuid(text);
}
