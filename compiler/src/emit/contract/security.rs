//! How callers authenticate, as OpenAPI says it.

use super::put;
use crate::model::{Auth, ParamPlace};
use serde_json::{Map, Value, json};

/// The security schemes of a document, named after the way to authenticate.
pub(super) struct Schemes<'m> {
    base: Option<&'m str>,
    schemes: Map<String, Value>,
}

impl<'m> Schemes<'m> {
    /// None yet. Addresses of tokens follow `base` where they are relative.
    pub(super) fn new(base: Option<&'m str>) -> Self {
        Schemes { base, schemes: Map::new() }
    }

    /// The requirement to authenticate so; an empty one where callers need not.
    pub(super) fn require(&mut self, auth: Option<&Auth>) -> Value {
        let Some((name, scheme)) = auth.and_then(|auth| scheme(auth, self.base)) else { return json!([]) };
        let scopes: &[String] = match auth {
            Some(Auth::OAuth2 { scopes, .. }) => scopes,
            _ => &[],
        };
        let name = self.register(name, scheme);
        json!([{ name: scopes }])
    }

    /// The requirement to authenticate in one of several ways; an empty alternative where one of them is no way at all.
    pub(super) fn any_of<'a>(&mut self, ways: impl Iterator<Item = Option<&'a Auth>>) -> Value {
        let mut all: Vec<Value> = Vec::new();
        for way in ways {
            let way = match self.require(way) {
                Value::Array(mut way) if way.len() == 1 => way.remove(0),
                _ => json!({}),
            };
            if !all.contains(&way) {
                all.push(way);
            }
        }
        // Nothing is asked: the shortest way to say so.
        if all.iter().all(|way| *way == json!({})) { json!([]) } else { all.into() }
    }

    /// All that were required.
    pub(super) fn finish(self) -> Map<String, Value> {
        self.schemes
    }

    /// The name of a scheme: one operation may need another key than the system at large.
    pub(super) fn register(&mut self, name: &str, scheme: Value) -> String {
        let mut free = name.to_owned();
        let mut count = 2_usize;
        while let Some(known) = self.schemes.get(&free) {
            if *known == scheme {
                return free;
            }
            free = format!("{name}-{count}");
            count += 1;
        }
        self.schemes.insert(free.clone(), scheme);
        free
    }
}

/// The scheme of a way to authenticate, with its name; none where callers need not.
pub(super) fn scheme(auth: &Auth, base: Option<&str>) -> Option<(&'static str, Value)> {
    Some(match auth {
        Auth::Basic => ("basic", json!({ "type": "http", "scheme": "basic" })),
        Auth::ApiKey { place, name } => {
            let place = if *place == ParamPlace::Query { "query" } else { "header" };
            ("api_key", json!({ "type": "apiKey", "in": place, "name": name }))
        }
        Auth::OAuth2 { token_url, scopes, audience } => {
            ("oauth2", oauth2(token_url.as_deref(), scopes, audience.as_deref(), base))
        }
        Auth::Mtls => ("mtls", json!({ "type": "mutualTLS" })),
        Auth::Sigv4 { region, service } => {
            let mut scheme = Map::new();
            put(&mut scheme, "description", Some("AWS signature version 4."));
            put(&mut scheme, "type", Some("apiKey"));
            put(&mut scheme, "in", Some("header"));
            put(&mut scheme, "name", Some("Authorization"));
            put(&mut scheme, "x-amazon-apigateway-authtype", Some("awsSigv4"));
            put(&mut scheme, "x-region", region.clone());
            put(&mut scheme, "x-service", service.clone());
            ("sigv4", scheme.into())
        }
        Auth::As2 => (
            "as2",
            json!({
                "description": "AS2 (RFC 4130): the message is signed and encrypted; this header names the partner.",
                "type": "apiKey", "in": "header", "name": "AS2-From"
            }),
        ),
        Auth::None => return None,
    })
}

fn oauth2(token_url: Option<&str>, scopes: &[String], audience: Option<&str>, base: Option<&str>) -> Value {
    let mut scheme = Map::new();
    if let Some(url) = token_url {
        let named: Map<String, Value> = scopes.iter().map(|scope| (scope.clone(), scope.as_str().into())).collect();
        put(&mut scheme, "type", Some("oauth2"));
        let flow = json!({ "tokenUrl": absolute(base, url), "scopes": named });
        put(&mut scheme, "flows", Some(json!({ "clientCredentials": flow })));
    } else {
        // Where tokens come from differs by deployment: what can be said is that one is carried, and its scopes.
        put(&mut scheme, "description", Some("An access token of OAuth 2, for the client itself."));
        put(&mut scheme, "type", Some("http"));
        put(&mut scheme, "scheme", Some("bearer"));
    }
    put(&mut scheme, "x-audience", audience);
    scheme.into()
}

/// A URL that is absolute, or is resolved against a base as RFC 3986, section 5.2, says: what begins with `/` is of the same
/// host, the rest follows the base.
fn absolute(base: Option<&str>, url: &str) -> String {
    match base {
        Some(base) if !url.contains("://") => {
            let host = base.find("://").map_or(0, |scheme| scheme + 3);
            let end = base.get(host..).and_then(|rest| rest.find('/')).map_or(base.len(), |path| host + path);
            let from = if url.starts_with('/') { base.get(..end).unwrap_or(base) } else { base };
            format!("{}/{}", from.trim_end_matches('/'), url.trim_start_matches('/'))
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_ways_of_one_kind_have_two_names() {
        let key = |name: &str| Auth::ApiKey { place: ParamPlace::Header, name: name.to_owned() };
        let mut schemes = Schemes::new(None);
        assert_eq!(schemes.require(Some(&key("A"))), json!([{ "api_key": [] }]));
        assert_eq!(schemes.require(Some(&key("B"))), json!([{ "api_key-2": [] }]));
        assert_eq!(schemes.require(Some(&key("A"))), json!([{ "api_key": [] }]));
        assert_eq!(schemes.require(Some(&Auth::None)), json!([]));
        assert_eq!(schemes.finish().len(), 2);
    }

    #[test]
    fn ways_of_several_are_alternatives() {
        let key = Auth::ApiKey { place: ParamPlace::Header, name: "A".to_owned() };
        let mut schemes = Schemes::new(None);
        let ways = [Some(&key), Some(&Auth::Basic), None, Some(&key)];
        assert_eq!(schemes.any_of(ways.into_iter()), json!([{ "api_key": [] }, { "basic": [] }, {}]));
        assert_eq!(schemes.any_of([None, Some(&Auth::None)].into_iter()), json!([]));
    }

    #[test]
    fn every_way_is_a_scheme() {
        let audience = Some("all".to_owned());
        let oauth = |url: Option<&str>| Auth::OAuth2 {
            token_url: url.map(str::to_owned),
            scopes: vec!["read".to_owned()],
            audience: audience.clone(),
        };
        let kind = |auth: &Auth| scheme(auth, Some("https://x.example/api/")).map(|(_, scheme)| scheme["type"].clone());
        let sigv4 = Auth::Sigv4 { region: None, service: Some("s3".to_owned()) };
        let all = [Auth::Basic, oauth(Some("/token")), oauth(None), Auth::Mtls, sigv4, Auth::As2];
        let kinds: Vec<Value> = all.iter().filter_map(kind).collect();
        assert_eq!(kinds, ["http", "oauth2", "http", "mutualTLS", "apiKey", "apiKey"]);
        let (_, scheme) = scheme(&oauth(Some("/token")), Some("https://x.example/api/")).unwrap();
        assert_eq!(scheme["flows"]["clientCredentials"]["tokenUrl"], "https://x.example/token");
        assert_eq!(absolute(Some("https://x.example/api/"), "token"), "https://x.example/api/token");
        assert_eq!(absolute(Some("https://x.example"), "/token"), "https://x.example/token");
        assert_eq!(scheme["x-audience"], "all");
    }
}
