//! `kind: system`: a system of the landscape, with how it is reached; its records, operations and events have files
//! of their own.

use super::decode::{Reader, Syntax, ast, words};
use super::name::{Free, Name, Named, Pascal, Snake, Text};
use super::operation::OperationAst;
use super::quantity::{DurationAst, DurationRangeAst, NumberAst, RateAst};
use super::record::RecordAst;
use super::schema::SchemaBuilder;
use super::system_event::SystemEventAst;
use super::types::TypeAst;
use super::workspace::WaiverAst;
use super::yaml::Node;
use crate::source::{Span, Spanned};
use serde_json::{Value, json};

pub use super::operation::{HttpAst, IdempotencyAst, ParamsAst};

ast! {
    /// A system of the landscape.
    pub struct SystemAst {
        /// The name, in `snake_case`.
        name: required Name<Snake>,
        /// What it is, in Markdown.
        description: optional Text,
        /// The system that this one takes everything from which it does not say itself.
        extends: optional Text,
        /// Whether it is only there to be extended.
        is_abstract as "abstract": default bool,
        /// What it is to the company.
        role: optional Spanned<RoleWord>,
        /// Its team.
        team: optional Text,
        /// The region in which it runs.
        region: optional Text,
        /// The URL that the paths of its operations follow.
        base: optional Text,
        /// How callers authenticate.
        auth: optional AuthAst,
        /// Settings that are given per deployment, with their types.
        config: default Named<Snake, TypeAst>,
        /// Deployments of the one contract: by name, their region and settings.
        instances: default Named<Snake, Named<Free, Text>>,
        /// What it bears.
        limits: optional LimitsAst,
        /// Time-out and retries, unless an operation says its own.
        defaults: optional DefaultsAst,
        /// Spellings of "no value" in the raw text of optional fields.
        absent: default Vec<Text>,
        /// Its records, in order.
        records: default Named<Pascal, RecordAst>,
        /// Its operations, in order.
        operations: default Named<Snake, OperationAst>,
        /// What it tells, in order.
        events: default Named<Snake, SystemEventAst>,
        /// Findings about it that are accepted.
        waive: default Vec<WaiverAst>,
    }
}

words! {
    /// What a system is to the company.
    pub enum RoleWord {
        /// Customer relationship management.
        Crm = "crm",
        /// Enterprise resource planning.
        Erp = "erp",
        /// Warehouse management.
        Wms = "wms",
        /// A logistics provider.
        ThirdPartyLogistics = "3pl",
        /// Transport management.
        Tms = "tms",
        /// A carrier, or a service that speaks to carriers.
        Shipping = "shipping",
        /// A web shop.
        Commerce = "commerce",
        /// A portal of one's own.
        Portal = "portal",
        /// A market place of others.
        Marketplace = "marketplace",
        /// Electronic data interchange.
        Edi = "edi",
        /// Billing and payment.
        Billing = "billing",
        /// Tax calculation.
        Tax = "tax",
        /// Product information.
        Pim = "pim",
        /// Analytics and data stores.
        Analytics = "analytics",
        /// Messages to people.
        Notification = "notification",
        /// A gateway before systems.
        Gateway = "gateway",
        /// An integration platform; it owns nothing.
        Middleware = "middleware",
    }
}

/// How callers authenticate: a scheme, perhaps with more.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthAst {
    /// The scheme.
    pub scheme: Spanned<AuthWord>,
    /// What the scheme needs.
    pub details: AuthDetailsAst,
    /// Where it stands.
    pub span: Span,
}

words! {
    /// The ways to authenticate.
    pub enum AuthWord {
        /// HTTP basic.
        Basic = "basic",
        /// A key in a header or the query.
        ApiKey = "api_key",
        /// OAuth 2 client credentials.
        OAuth2 = "oauth2",
        /// Client certificates.
        Mtls = "mtls",
        /// AWS signature version 4.
        Sigv4 = "sigv4",
        /// AS2.
        As2 = "as2",
        /// None, on purpose.
        None = "none",
    }
}

ast! {
    /// What a way to authenticate needs.
    pub struct AuthDetailsAst {
        /// `oauth2`: where tokens come from; absolute, or relative to the base.
        token_url: optional Text,
        /// `oauth2`: what is asked for.
        scopes: default Vec<Text>,
        /// `oauth2`: for whom.
        audience: optional Text,
        /// `api_key`: the header.
        header: optional Text,
        /// `api_key`: the parameter of the query.
        query: optional Text,
        /// `sigv4`: the region.
        region: optional Text,
        /// `sigv4`: the service.
        service: optional Text,
    }
}

impl Syntax for AuthAst {
    const WHAT: &'static str = "a way to authenticate";

    fn read(node: &Node<'_>, cx: &mut Reader<'_>) -> Option<Self> {
        if !node.is_map() {
            let scheme = Spanned::<AuthWord>::read(node, cx)?;
            return Some(AuthAst { scheme, details: AuthDetailsAst::default(), span: node.span });
        }
        let [entry] = node.map() else {
            cx.wrong_type(node, "one way to authenticate");
            return None;
        };
        let scheme = cx.word::<AuthWord>(&entry.key.to_text())?;
        let details = if entry.value.is_null() {
            AuthDetailsAst::default()
        } else {
            AuthDetailsAst::read(&entry.value, cx).unwrap_or_default()
        };
        Some(AuthAst { scheme, details, span: node.span })
    }

    fn schema(cx: &mut SchemaBuilder) -> Value {
        json!({ "anyOf": [
            Spanned::<AuthWord>::schema(cx),
            {
                "type": "object", "minProperties": 1, "maxProperties": 1,
                "propertyNames": Spanned::<AuthWord>::schema(cx),
                "additionalProperties": AuthDetailsAst::schema(cx)
            }
        ] })
    }
}

ast! {
    /// What a system bears.
    pub struct LimitsAst {
        /// Requests over time, such as `40/s`.
        rate: optional RateAst,
        /// Requests at once beyond the rate.
        burst: optional NumberAst,
        /// Requests under way.
        concurrency: optional NumberAst,
    }
}

ast! {
    /// Time-out and retries.
    pub struct DefaultsAst {
        /// How long an answer is waited for.
        timeout: optional DurationAst,
        /// What is done if there is none.
        retry: optional RetryAst,
    }
}

ast! {
    /// Retries of a call.
    pub struct RetryAst {
        /// How often it is tried, the first time included.
        attempts: optional NumberAst,
        /// The first wait and the longest, such as `200ms..30s`.
        backoff: optional DurationRangeAst,
    }
}
