//! DATA006 secret-in-spec: a key, token or password stands in a spec
//!
//! A text in a spec looks like a credential: a private key, a cloud provider's access key, a token with a known prefix, a
//! bearer token, a URL with a password in it, or the value of a key such as `password`.
//!
//! Specs are checked in and read by many. Whoever can read the repository, or its history, has the secret for good.
//!
//! Bad:
//! ```yaml
//! base: https://integration:hunter2hunter2@erp.example.com/api
//! ```
//! Good:
//! ```yaml
//! base: https://erp.example.com/api
//! auth: basic                          # the deployment has the credentials
//! ```
//!
//! Change the secret where it was issued, then take it out. Level it with `rules: { DATA006: warn }`.

use crate::diagnostic::{RuleId, Severity};

/// The rule.
pub const RULE: RuleId = RuleId { code: "DATA006", name: "secret-in-spec", severity: Severity::Error };

/// Prefixes of issued tokens, with the least length of what follows, which is letters, digits, `-` and `_`.
const PREFIXES: &[(&str, usize)] = &[
    ("AKIA", 16),
    ("ASIA", 16),
    ("ghp_", 30),
    ("gho_", 30),
    ("ghs_", 30),
    ("github_pat_", 40),
    ("glpat-", 20),
    ("shpat_", 32),
    ("shpss_", 32),
    ("sk_live_", 20),
    ("rk_live_", 20),
    ("xoxb-", 20),
    ("xoxp-", 20),
    ("AIza", 30),
    ("SG.", 40),
    ("eyJhbGciOi", 40),
];

/// Keys whose values are secrets.
const KEYS: &[&str] = &[
    "password",
    "passwd",
    "pwd",
    "secret",
    "client_secret",
    "api_secret",
    "access_token",
    "auth_token",
    "private_key",
    "secret_key",
    "secret_access_key",
];

/// Whether a text holds a credential. Meant for every scalar of a spec: it has to be right nearly always.
pub fn looks_secret(text: &str) -> bool {
    if text.len() < 12 || !may_be_secret(text) {
        return false;
    }
    if let Some((_, rest)) = text.split_once("-----BEGIN ")
        && rest.split("-----").next().is_some_and(|kind| kind.ends_with("PRIVATE KEY"))
    {
        return true;
    }
    words(text).any(issued) || bearer(text) || url_password(text) || assigned(text)
}

/// Whether the value of a key is a credential: the key says so, and the value is one and no placeholder.
pub fn looks_secret_under(key: &str, value: &str) -> bool {
    let letter = |byte: u8| if byte == b'-' { b'_' } else { byte.to_ascii_lowercase() };
    let same = |word: &&str| word.len() == key.len() && word.bytes().eq(key.bytes().map(letter));
    KEYS.iter().any(same) && looks_random(value.trim())
}

/// Most texts hold neither a digit, which every token has, nor what a URL or the frame of a key begins with.
fn may_be_secret(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().any(u8::is_ascii_digit) || bytes.windows(3).any(|part| part == b"://" || part == b"---")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))).filter(|word| word.len() > 12)
}

/// A token with a known prefix.
fn issued(word: &str) -> bool {
    PREFIXES
        .iter()
        .any(|(prefix, least)| word.strip_prefix(prefix).is_some_and(|rest| rest.len() >= *least && looks_random(rest)))
}

/// `Bearer`, and a token.
fn bearer(text: &str) -> bool {
    let after = |word: &str| text.split(word).nth(1).and_then(|rest| rest.split_whitespace().next());
    ["Bearer ", "bearer "].iter().filter_map(|word| after(word)).any(|token| token.len() >= 20 && looks_random(token))
}

/// `scheme://user:password@host`.
fn url_password(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#', ' ']).next().unwrap_or("");
    let Some((user, _)) = authority.rsplit_once('@') else { return false };
    user.split_once(':').is_some_and(|(_, password)| password.len() >= 6 && !placeholder(password))
}

/// `password=…` or `password: …` inside a text.
fn assigned(text: &str) -> bool {
    if !text.contains(['=', ':']) {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    KEYS.iter().any(|key| {
        lower.match_indices(key).any(|(at, _)| {
            let begins = !lower.get(..at).unwrap_or("").ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
            let value = text.get(at + key.len()..).map_or("", str::trim_start);
            let value = value.strip_prefix(['=', ':']).map(|value| value.trim_start_matches([' ', '"', '\'']));
            let value = value.and_then(|value| value.split([' ', '"', '\'', ',', ';', '&']).next());
            begins && value.is_some_and(looks_random)
        })
    })
}

/// Long enough, of several kinds of characters, and no placeholder.
fn looks_random(text: &str) -> bool {
    let letters = text.chars().any(|c| c.is_ascii_alphabetic());
    let digits = text.chars().any(|c| c.is_ascii_digit());
    let plain = text.chars().all(|c| c.is_ascii_graphic());
    text.len() >= 8 && letters && digits && plain && !placeholder(text)
}

/// What stands for a value that is given elsewhere, or for none.
fn placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let marked = text.contains(['{', '}', '<', '>', '$', '(', '[']) || text.contains("...") || text.contains('…');
    let same = text.chars().next().is_some_and(|first| text.chars().all(|c| c == first));
    marked
        || same
        || ["example", "changeme", "change_me", "placeholder", "xxxx", "config."]
            .iter()
            .any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_seen() {
        let made_up = "0a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R";
        for text in [
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----".to_owned(),
            "AKIAQ7RZ4T2LMN8PWXYC".to_owned(),
            format!("use ghp_{made_up} here"),
            format!("Bearer {made_up}"),
            "https://integration:hunter2hunter2@erp.acme.test/api".to_owned(),
            "Server=db;User=crossdock;Password=s3cr3tPassw0rd;".to_owned(),
        ] {
            assert!(looks_secret(&text), "{text}");
        }
        assert!(looks_secret_under("client_secret", "9f86d081884c7d65"));
    }

    #[test]
    fn what_specs_say_of_credentials_is_not_one() {
        for text in [
            "X-Shopify-Access-Token",
            "/oauth/access_token",
            "the token is given per deployment as password=${PASSWORD}",
            "Bearer <token>",
            "https://shop.example.com/admin/api",
            "https://user:{password}@erp.example.com",
            "order-desk@harborline.example",
            "src.password == 'x' ? none : src.password",
            "-----BEGIN PUBLIC KEY-----",
            "another spelling of the id: [admin_graphql_api_id, confirmation_number]",
            "the customer resets the password: he is sent a link to /account/reset1",
        ] {
            assert!(!looks_secret(text), "{text}");
        }
        assert!(!looks_secret_under("password", "string"));
        assert!(!looks_secret_under("token_url", "/oauth2/v2.0/token"));
    }
}
