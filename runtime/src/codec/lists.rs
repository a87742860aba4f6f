//! Text that holds more than one value.

use super::{Codec, text};
use crate::failure::{Failure, Quote, Result, builtin};
use crate::json::{Reader, Scalar, Writer};
use std::borrow::Cow;

/// Several texts in one, separated: `"new, vip"`. Blanks around each are dropped, and so are empty ones. A text that holds
/// the separator can't be written: `invalid_argument`.
#[derive(Debug, Clone, Copy)]
pub struct Split<'p>(pub &'p str);

impl Split<'_> {
    fn parts<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        // An empty separator would part every character.
        let separator = Some(self.0).filter(|separator| !separator.is_empty());
        let whole = separator.is_none().then_some(text);
        separator.into_iter().flat_map(|by| text.split(by)).chain(whole).map(str::trim).filter(|part| !part.is_empty())
    }

    fn write<S: AsRef<str>>(&self, parts: &[S], w: &mut Writer) -> Result<()> {
        let mut joined = String::new();
        for (index, part) in parts.iter().map(AsRef::as_ref).enumerate() {
            if part.contains(self.0) {
                let say = |quote: Quote| format!("{} holds the separator `{}`", quote.text(part), self.0);
                return Err(Failure::quoting(builtin::INVALID_ARGUMENT, say));
            }
            if index > 0 {
                joined.push_str(self.0);
            }
            joined.push_str(part);
        }
        w.str(&joined);
        Ok(())
    }
}

impl<'a> Codec<'a, Vec<Cow<'a, str>>> for Split<'_> {
    fn decode(&self, raw: Scalar<'a>) -> Result<Vec<Cow<'a, str>>> {
        Ok(match text(raw, "text of several values")? {
            Cow::Borrowed(text) => self.parts(text).map(Cow::Borrowed).collect(),
            Cow::Owned(text) => self.parts(&text).map(|part| Cow::Owned(part.to_owned())).collect(),
        })
    }

    fn encode(&self, value: &Vec<Cow<'a, str>>, w: &mut Writer) -> Result<()> {
        self.write(value, w)
    }
}

impl<'a> Codec<'a, Vec<String>> for Split<'_> {
    fn decode(&self, raw: Scalar<'a>) -> Result<Vec<String>> {
        Ok(self.parts(&text(raw, "text of several values")?).map(str::to_owned).collect())
    }

    fn encode(&self, value: &Vec<String>, w: &mut Writer) -> Result<()> {
        self.write(value, w)
    }
}

/// Text that holds a JSON document; the value is that document, as it stands.
#[derive(Debug, Clone, Copy, Default)]
pub struct JsonText;

fn check(json: &str) -> Result<()> {
    let mut reader = Reader::from_text(json);
    let checked = reader.skip().and_then(|()| reader.finish());
    // Offsets within the text mean nothing outside of it.
    checked.map_err(|failure| failure.within(builtin::DECODE_FAILED, "the text is not JSON: "))
}

impl<'a> Codec<'a, Cow<'a, str>> for JsonText {
    fn decode(&self, raw: Scalar<'a>) -> Result<Cow<'a, str>> {
        let text = text(raw, "text that holds JSON")?;
        check(&text)?;
        Ok(text)
    }

    fn encode(&self, value: &Cow<'a, str>, w: &mut Writer) -> Result<()> {
        check(value)?;
        w.str(value);
        Ok(())
    }
}

impl<'a> Codec<'a, String> for JsonText {
    fn decode(&self, raw: Scalar<'a>) -> Result<String> {
        Codec::<Cow<'a, str>>::decode(self, raw).map(Cow::into_owned)
    }

    fn encode(&self, value: &String, w: &mut Writer) -> Result<()> {
        check(value)?;
        w.str(value);
        Ok(())
    }
}
