//! How callers authenticate, as AsyncAPI says it: the schemes of OpenAPI in its own words.

use crate::emit::contract::security::{Schemes as Registry, scheme};
use crate::model::Auth;
use serde_json::{Map, Value, json};

/// The security schemes of a document.
pub(super) struct Schemes<'m> {
    base: Option<&'m str>,
    registry: Registry<'m>,
}

impl<'m> Schemes<'m> {
    /// None yet. Addresses of tokens follow `base` where they are relative.
    pub(super) fn new(base: Option<&'m str>) -> Self {
        Schemes { base, registry: Registry::new(base) }
    }

    /// The requirement to authenticate so; none where callers need not.
    pub(super) fn require(&mut self, auth: Option<&Auth>) -> Option<Value> {
        let (name, scheme) = scheme(auth?, self.base)?;
        let scopes: &[String] = match auth {
            Some(Auth::OAuth2 { scopes, .. }) => scopes,
            _ => &[],
        };
        Some(self.refer(name, worded(scheme, scopes)))
    }

    /// The requirement to sign the body.
    pub(super) fn signed(&mut self, header: &str) -> Value {
        let scheme = json!({
            "type": "httpApiKey",
            "description": "HMAC-SHA256 of the body.",
            "in": "header",
            "name": header,
            "x-hmac": "sha256"
        });
        self.refer("signature", scheme)
    }

    /// All that were required.
    pub(super) fn finish(self) -> Map<String, Value> {
        self.registry.finish()
    }

    fn refer(&mut self, name: &str, scheme: Value) -> Value {
        let name = self.registry.register(name, scheme);
        json!([{ "$ref": format!("#/components/securitySchemes/{name}") }])
    }
}

/// A scheme of OpenAPI in the words of AsyncAPI.
fn worded(scheme: Value, scopes: &[String]) -> Value {
    let Value::Object(mut scheme) = scheme else { return scheme };
    let word = match scheme.get("type").and_then(Value::as_str) {
        Some("apiKey") => "httpApiKey",
        Some("mutualTLS") => "X509",
        Some("oauth2") => {
            let flow = scheme.get_mut("flows").and_then(|flows| flows.get_mut("clientCredentials")?.as_object_mut());
            if let Some((flow, named)) = flow.and_then(|flow| flow.remove("scopes").map(|named| (flow, named))) {
                flow.insert("availableScopes".to_owned(), named);
            }
            scheme.insert("scopes".to_owned(), scopes.into());
            "oauth2"
        }
        _ => return scheme.into(),
    };
    scheme.insert("type".to_owned(), word.into());
    scheme.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ParamPlace;

    #[test]
    fn schemes_have_the_words_of_asyncapi() {
        let oauth =
            Auth::OAuth2 { token_url: Some("/token".to_owned()), scopes: vec!["read".to_owned()], audience: None };
        let key = Auth::ApiKey { place: ParamPlace::Query, name: "key".to_owned() };
        let mut schemes = Schemes::new(Some("https://x.example"));
        for auth in [&oauth, &key, &Auth::Basic, &Auth::Mtls] {
            assert!(schemes.require(Some(auth)).is_some());
        }
        assert_eq!(schemes.require(Some(&Auth::None)), None);
        let all = schemes.finish();
        assert_eq!(all["oauth2"]["flows"]["clientCredentials"]["availableScopes"], json!({ "read": "read" }));
        assert_eq!(all["oauth2"]["scopes"], json!(["read"]));
        let types: Vec<&Value> = all.values().map(|scheme| &scheme["type"]).collect();
        assert_eq!(types, ["oauth2", "httpApiKey", "http", "X509"]);
    }
}
