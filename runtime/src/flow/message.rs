//! What arrives: messages, and the identifiers by which they find their instance.

use super::Millis;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// A payload. Cloning shares it. It is saved as text where it is text, else as base64.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Bytes(Arc<[u8]>);

impl Bytes {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl<T: Into<Vec<u8>>> From<T> for Bytes {
    fn from(bytes: T) -> Self {
        Self(bytes.into().into())
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", String::from_utf8_lossy(&self.0))
    }
}

#[derive(Serialize, Deserialize)]
struct Base64<'a> {
    base64: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Saved {
    Text(String),
    Octets(Base64<'static>),
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.0) {
            Ok(text) => serializer.serialize_str(text),
            Err(_) => Base64 { base64: crate::bytes::to_base64(&self.0).into() }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Saved::deserialize(deserializer)? {
            Saved::Text(text) => Ok(text.into_bytes().into()),
            Saved::Octets(octets) => match crate::bytes::from_base64(&octets.base64) {
                Ok(bytes) => Ok(bytes.into()),
                Err(failure) => Err(serde::de::Error::custom(failure.detail().to_owned())),
            },
        }
    }
}

/// A message from a system: an event, or the answer to a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The system that it comes from.
    pub system: Box<str>,
    /// The deployment of that system, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Box<str>>,
    /// The event, as `ongoing.order_shipped`; of an answer, the operation.
    pub name: Box<str>,
    /// Its identifier at the sender: what makes a redelivery known.
    pub id: Box<str>,
    /// What keeps its order: messages of a system with the same value are handled one after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Box<str>>,
    /// When it was received.
    pub received_at: Millis,
    /// The payload.
    pub payload: Bytes,
}

/// An identifier in a system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Id {
    /// The system that gave it.
    pub system: Box<str>,
    /// The deployment of that system, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance: Option<Box<str>>,
    /// The identifier.
    pub value: Box<str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_saved_as_text_where_they_are_text() {
        for (bytes, saved) in [(b"{\"a\":1}".to_vec(), r#""{\"a\":1}""#), (vec![0xff, 0], r#"{"base64":"/wA="}"#)] {
            let bytes = Bytes::from(bytes);
            let text = serde_json::to_string(&bytes).unwrap();
            assert_eq!(text, saved);
            assert_eq!(serde_json::from_str::<Bytes>(&text).unwrap(), bytes);
        }
        assert!(serde_json::from_str::<Bytes>(r#"{"base64":"*"}"#).is_err());
    }
}
