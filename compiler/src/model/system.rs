//! Systems: their records, operations and instances; events have a file of their own.

use super::{Event, Id, Struct, Type};
use crate::expr::ir::{Const, Node};
use crate::source::Span;

/// A system of the landscape.
#[derive(Debug, Clone)]
pub struct System {
    /// `shopify`.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// `commerce`, `erp`, …
    pub role: String,
    /// Its team, by name.
    pub team: Option<String>,
    /// Where it runs.
    pub region: Option<String>,
    /// The base URL of its operations.
    pub base: Option<String>,
    /// How callers authenticate.
    pub auth: Option<Auth>,
    /// Settings given per deployment.
    pub config: Vec<(String, Type)>,
    /// Deployments of the one contract, in order; none where there is one deployment without a name.
    pub instances: Vec<Instance>,
    /// What it bears.
    pub limits: Limits,
    /// Default time-out of its operations, in milliseconds.
    pub timeout_ms: Option<u64>,
    /// What its operations do by default if there is no answer.
    pub retry: Option<Retry>,
    /// Its records, in order.
    pub records: Vec<Id<Struct>>,
    /// In order.
    pub operations: Vec<Operation>,
    /// In order.
    pub events: Vec<Event>,
    /// A pattern that partners extend; has no deployment of its own.
    pub is_abstract: bool,
}

/// A deployment of a system's contract.
#[derive(Debug, Clone)]
pub struct Instance {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Where it runs, if not as the system says.
    pub region: Option<String>,
    /// What selects it in expressions, `ongoing[part.key]`: this text, or the code that is spelled so. Its name if
    /// nothing is said.
    pub is: String,
    /// Settings that are given with it: a name of the system's `config`, and a constant of its type.
    pub settings: Vec<(String, Const)>,
}

/// How callers authenticate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// HTTP basic.
    Basic,
    /// A key in a header or the query.
    ApiKey {
        /// Where it stands: in the query or in a header.
        place: ParamPlace,
        /// The parameter's or the header's name.
        name: String,
    },
    /// OAuth 2 client credentials.
    OAuth2 {
        /// Where tokens come from; relative to the base, or absolute.
        token_url: Option<String>,
        /// What is asked for.
        scopes: Vec<String>,
        /// For whom.
        audience: Option<String>,
    },
    /// Client certificates.
    Mtls,
    /// AWS signature version 4.
    Sigv4 {
        /// The region that is signed for.
        region: Option<String>,
        /// The service that is signed for.
        service: Option<String>,
    },
    /// AS2.
    As2,
    /// Declared to need none.
    None,
}

/// What is done if there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How often it is tried in all.
    pub attempts: Option<u64>,
    /// The shortest and the longest wait in between, in milliseconds.
    pub backoff_ms: Option<(u64, u64)>,
}

/// What a system bears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// Requests per second, in thousandths.
    pub rate_milli: Option<u64>,
    /// Requests at once beyond the rate.
    pub burst: Option<u64>,
    /// Requests under way.
    pub concurrency: Option<u64>,
}

/// How an operation or event travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// Method and path template.
    Http(HttpMethod, String),
    /// An incoming call, at a path.
    Webhook {
        /// Where it arrives.
        path: Option<String>,
        /// The header that carries an HMAC-SHA256 of the body.
        hmac_header: Option<String>,
    },
    /// An operation asked at intervals, in milliseconds.
    Poll {
        /// The operation's name.
        operation: String,
        /// How often.
        every_ms: u64,
    },
    /// A queue or topic.
    Queue(String),
    /// A folder.
    File(String),
    /// A Rust trait that the user implements.
    Adapter(String),
}

/// The HTTP methods that operations use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HttpMethod {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// PATCH
    Patch,
    /// DELETE
    Delete,
}

impl HttpMethod {
    /// `get`, as OpenAPI spells it.
    pub fn word(self) -> &'static str {
        match self {
            HttpMethod::Get => "get",
            HttpMethod::Post => "post",
            HttpMethod::Put => "put",
            HttpMethod::Patch => "patch",
            HttpMethod::Delete => "delete",
        }
    }
}

/// A path template without the names of its parameters: two of the same form are one address.
pub fn path_form(path: &str) -> String {
    let mut out = String::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        out.push_str("{}");
        rest = after.split_once('}').map_or("", |(_, tail)| tail);
    }
    out.push_str(rest);
    out
}

/// An operation.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// Markdown.
    pub description: Option<String>,
    /// How it travels.
    pub transport: Option<Transport>,
    /// Where the transport stands.
    pub transport_span: Span,
    /// Path, query and header parameters.
    pub params: Vec<Param>,
    /// The record of the request.
    pub request: Option<Id<Struct>>,
    /// The record of the response.
    pub response: Option<Id<Struct>>,
    /// Statuses of success; 200 (201 for POST with a response) if none is said.
    pub success: Vec<u16>,
    /// Record of the error body, per status.
    pub errors: Vec<(u16, Id<Struct>)>,
    /// Exceptions with their conditions over `status`, `header`, `body`.
    pub raises: Vec<(String, Option<Node>, Span)>,
    /// Read or write.
    pub effect: Effect,
    /// How repeats are told from new requests.
    pub idempotency: Idempotency,
    /// The operation that undoes it.
    pub undo: Option<(String, Span)>,
    /// What happens to what is not sent.
    pub mode: WriteMode,
    /// How pages follow each other.
    pub page: Option<Page>,
    /// In milliseconds.
    pub timeout_ms: Option<u64>,
    /// What is done if there is no answer, if not as the system says.
    pub retry: Option<Retry>,
    /// How callers authenticate, if not as the system says.
    pub auth: Option<Auth>,
}

/// A parameter of an operation.
#[derive(Debug, Clone)]
pub struct Param {
    /// Its wire name.
    pub name: String,
    /// Where it stands in the request.
    pub place: ParamPlace,
    /// Its type; optional where it may be left out.
    pub ty: Type,
    /// Where it is declared.
    pub span: Span,
}

/// Where a parameter stands in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamPlace {
    /// `{name}` in the path.
    Path,
    /// The query string.
    Query,
    /// A header.
    Header,
}

impl ParamPlace {
    /// As OpenAPI spells it.
    pub fn word(self) -> &'static str {
        match self {
            ParamPlace::Path => "path",
            ParamPlace::Query => "query",
            ParamPlace::Header => "header",
        }
    }
}

/// Whether an operation changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// No.
    Read,
    /// Yes.
    Write,
}

/// How repeats are told from new requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Idempotency {
    /// By a key in a header, remembered for so many seconds.
    Header {
        /// The header.
        name: String,
        /// For how long, in seconds.
        retention: Option<u64>,
    },
    /// Repeating changes nothing by its nature.
    Natural,
    /// They are not.
    None,
}

/// What happens to what is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WriteMode {
    /// It stays.
    #[default]
    Merge,
    /// It is blanked.
    Replace,
}

/// How pages follow each other.
#[derive(Debug, Clone)]
pub struct Page {
    /// Expression of the items.
    pub items: String,
    /// Expression of the next page's token.
    pub next: String,
    /// The parameter that takes it (`query.page`).
    pub into: String,
    /// The items, typed: a list over `body`. None where they did not resolve.
    pub list: Option<Node>,
}
