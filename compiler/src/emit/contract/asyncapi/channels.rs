//! The channels of a document, with the operations on them and the messages in them. The same address is the same
//! channel.

use crate::emit::contract::{put, words};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// What is done with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Action {
    /// The workspace sends it.
    Send,
    /// The workspace receives it.
    Receive,
}

/// Where messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Address<'m> {
    /// How: `queue`, `webhook`, `poll`, `file` or `adapter`.
    pub(super) transport: &'static str,
    /// Topic, path or folder, if it is known.
    pub(super) at: Option<&'m str>,
    /// What the channel is called if it is not.
    pub(super) otherwise: &'m str,
}

/// All channels.
#[derive(Debug, Default)]
pub(super) struct Channels<'m> {
    /// By id.
    pub(super) all: Map<String, Value>,
    pub(super) operations: Map<String, Value>,
    pub(super) messages: Map<String, Value>,
    ids: BTreeMap<Address<'m>, String>,
}

impl<'m> Channels<'m> {
    /// Adds a message, and the operation of the same name on its channel.
    pub(super) fn add(
        &mut self,
        address: Address<'m>,
        name: &str,
        action: Action,
        message: Value,
        operation: Map<String, Value>,
    ) {
        let id = self.id(address);
        let within = json!({ "$ref": format!("#/channels/{id}/messages/{name}") });
        let shown = json!({ "$ref": format!("#/components/messages/{name}") });
        if let Some(messages) = self.all.get_mut(&id).and_then(|channel| channel.get_mut("messages")?.as_object_mut()) {
            messages.insert(name.to_owned(), shown);
        }
        let mut whole = Map::new();
        let word = if action == Action::Send { "send" } else { "receive" };
        put(&mut whole, "action", Some(word));
        put(&mut whole, "channel", Some(json!({ "$ref": format!("#/channels/{id}") })));
        whole.extend(operation);
        put(&mut whole, "messages", Some(json!([within])));
        self.operations.insert(name.to_owned(), whole.into());
        self.messages.insert(name.to_owned(), message);
    }

    /// The name of a channel: its address with nothing in it that a reference would have to escape.
    fn id(&mut self, address: Address<'m>) -> String {
        // Channels without an address are each their own.
        let same = Address { otherwise: address.at.map_or(address.otherwise, |_| ""), ..address };
        if let Some(known) = self.ids.get(&same) {
            return known.clone();
        }
        let safe = |letter: char| if letter.is_ascii_alphanumeric() || "._-".contains(letter) { letter } else { '_' };
        let plain: String = address.at.unwrap_or(address.otherwise).trim_matches('/').chars().map(safe).collect();
        let mut id = plain.clone();
        let mut count = 2_usize;
        while self.all.contains_key(&id) {
            id = format!("{plain}-{count}");
            count += 1;
        }
        let mut channel = Map::new();
        channel.insert("address".to_owned(), address.at.into());
        let parameters = address.at.map(parameters).unwrap_or_default();
        put(&mut channel, "parameters", (!parameters.is_empty()).then_some(parameters));
        channel.insert("messages".to_owned(), json!({}));
        channel.insert("x-crossdock".to_owned(), json!({ "transport": address.transport }));
        self.all.insert(id.clone(), channel.into());
        self.ids.insert(same, id.clone());
        id
    }
}

/// The parts of an address that are filled in.
fn parameters(address: &str) -> Map<String, Value> {
    words::names_in(address).into_iter().map(|name| (name.to_owned(), json!({}))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(transport: &'static str, at: Option<&'static str>) -> Address<'static> {
        Address { transport, at, otherwise: "event" }
    }

    #[test]
    fn the_same_address_is_the_same_channel() {
        let mut channels = Channels::default();
        for (name, address) in [
            ("a", at("queue", Some("orders/new"))),
            ("b", at("queue", Some("orders/new"))),
            ("c", at("file", Some("orders/new"))),
            ("d", at("queue", Some("orders new"))),
            ("e", at("adapter", None)),
        ] {
            channels.add(address, name, Action::Receive, json!({}), Map::new());
        }
        let ids: Vec<&str> = channels.all.keys().map(String::as_str).collect();
        assert_eq!(ids, ["orders_new", "orders_new-2", "orders_new-3", "event"]);
        assert_eq!(channels.all["orders_new"]["messages"].as_object().map(Map::len), Some(2));
        assert_eq!(channels.operations["c"]["channel"]["$ref"], "#/channels/orders_new-2");
    }

    #[test]
    fn what_is_filled_in_is_a_parameter() {
        let names: Vec<String> = parameters("orders/{company}/{id}").into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["company", "id"]);
    }
}
