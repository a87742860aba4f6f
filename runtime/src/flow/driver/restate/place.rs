//! Where things are: the objects' names and keys, and what is sent to them.

use super::super::super::Id;
use super::super::store::Instance;
use serde::{Deserialize, Serialize};

/// A handler of an object, or of a service, which has no key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// The service.
    pub service: String,
    /// The object's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The handler.
    pub handler: String,
}

impl Address {
    /// A handler of an object.
    pub fn object(service: &str, key: &str, handler: &str) -> Self {
        Self { service: service.to_owned(), key: Some(key.to_owned()), handler: handler.to_owned() }
    }

    /// A handler of a service.
    pub fn service(service: &str, handler: &str) -> Self {
        Self { service: service.to_owned(), key: None, handler: handler.to_owned() }
    }

    /// A handler of an instance.
    pub fn instance(instance: &Instance, handler: &str) -> Self {
        Self::object("Flow", &of_instance(instance), handler)
    }

    /// Its path at the ingress.
    pub(super) fn path(&self) -> String {
        let parts = [Some(self.service.as_str()), self.key.as_deref(), Some(self.handler.as_str())];
        let mut path = String::new();
        for part in parts.into_iter().flatten() {
            path.push('/');
            push_escaped(&mut path, part);
        }
        path
    }
}

/// The key of an instance's `Flow`.
pub(super) fn of_instance(instance: &Instance) -> String {
    join(&[&instance.flow, &instance.key])
}

/// The instance of a `Flow`'s key.
pub(super) fn instance_of(key: &str) -> Option<Instance> {
    match split(key).as_slice() {
        [flow, key] => Some(Instance { flow: flow.as_str().into(), key: key.as_str().into() }),
        _ => None,
    }
}

/// The key of an identifier's `Index`.
pub(super) fn of_id(flow: &str, id: &Id) -> String {
    join(&[flow, &id.system, id.instance.as_deref().unwrap_or_default(), &id.value])
}

/// The flow of an `Index`'s key.
pub(super) fn flow_of(key: &str) -> Option<String> {
    split(key).into_iter().next()
}

/// The key of a message's `Inbox`.
pub(super) fn of_message(name: &str, id: &str) -> String {
    join(&[name, id])
}

/// Texts as one, so that different ones stay different: a slash parts them, and is escaped in them.
pub(super) fn join(parts: &[&str]) -> String {
    let escaped: Vec<String> = parts.iter().map(|part| part.replace('%', "%25").replace('/', "%2F")).collect();
    escaped.join("/")
}

fn split(key: &str) -> Vec<String> {
    key.split('/').map(|part| part.replace("%2F", "/").replace("%25", "%")).collect()
}

fn push_escaped(path: &mut String, part: &str) {
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            path.push(char::from(byte));
        } else {
            path.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stay_apart_and_come_back() {
        for (flow, key) in [("a", "b/c"), ("a/b", "c"), ("a", "%2F"), ("a", ""), ("", "a%25/"), ("ä", "\n?#")] {
            let instance = Instance { flow: flow.into(), key: key.into() };
            assert_eq!(instance_of(&of_instance(&instance)), Some(instance));
        }
        assert_ne!(join(&["a", "b/c"]), join(&["a/b", "c"]));
        assert_eq!(Address::object("Flow", "a/b%2Fä", "tell").path(), "/Flow/a%2Fb%252F%C3%A4/tell");
    }
}
