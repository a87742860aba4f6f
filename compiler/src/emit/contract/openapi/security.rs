//! How callers authenticate, as OpenAPI says it.

use super::absolute;
use crate::emit::contract::put;
use crate::model::Auth;
use serde_json::{Map, Value, json};

/// The security schemes and the requirement of a document. Schemes are named after the way to authenticate.
pub(super) fn security(auth: Option<&Auth>, base: Option<&str>) -> (Map<String, Value>, Value) {
    let Some((name, scheme, scopes)) = auth.and_then(|auth| scheme(auth, base)) else {
        return (Map::new(), json!([]));
    };
    let mut schemes = Map::new();
    schemes.insert(name.to_owned(), scheme);
    (schemes, json!([{ name: scopes }]))
}

fn scheme<'a>(auth: &'a Auth, base: Option<&str>) -> Option<(&'static str, Value, &'a [String])> {
    Some(match auth {
        Auth::Basic => ("basic", json!({ "type": "http", "scheme": "basic" }), &[]),
        Auth::ApiKey { header } => ("api_key", json!({ "type": "apiKey", "in": "header", "name": header }), &[]),
        Auth::OAuth2 { token_url: Some(url), scopes } => {
            let described: Map<String, Value> =
                scopes.iter().map(|scope| (scope.clone(), scope.as_str().into())).collect();
            let mut flow = Map::new();
            flow.insert("tokenUrl".to_owned(), absolute(base, url).into());
            flow.insert("scopes".to_owned(), described.into());
            ("oauth2", json!({ "type": "oauth2", "flows": { "clientCredentials": flow } }), scopes)
        }
        // Where tokens come from differs by deployment: what can be said is that one is carried, and its scopes.
        Auth::OAuth2 { token_url: None, scopes } => {
            let mut scheme = Map::new();
            put(&mut scheme, "description", Some("An access token of OAuth 2, for the client itself."));
            put(&mut scheme, "type", Some("http"));
            put(&mut scheme, "scheme", Some("bearer"));
            ("oauth2", scheme.into(), scopes)
        }
        Auth::Mtls => ("mtls", json!({ "type": "mutualTLS" }), &[]),
        Auth::Sigv4 => (
            "sigv4",
            json!({
                "description": "AWS signature version 4.",
                "type": "apiKey", "in": "header", "name": "Authorization",
                "x-amazon-apigateway-authtype": "awsSigv4"
            }),
            &[],
        ),
        // AS2 signs messages and not calls.
        Auth::As2 | Auth::None => return None,
    })
}
