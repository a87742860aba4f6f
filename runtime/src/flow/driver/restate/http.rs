//! JSON over HTTP, as the ingress and the admin API of Restate speak it.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::http::request::Builder;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// Why Restate gave no answer. What was sent may have been taken: send it again, under the same message id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// It could not be reached, or the connection broke.
    Unreachable(String),
    /// It refused: status and reason.
    Refused(u16, String),
    /// Its answer was not understood.
    NotUnderstood(String),
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "Restate could not be reached: {why}"),
            Self::Refused(status, why) => write!(f, "Restate refused ({status}): {why}"),
            Self::NotUnderstood(why) => write!(f, "the answer of Restate was not understood: {why}"),
        }
    }
}

impl std::error::Error for Unanswered {}

#[derive(Debug, Clone)]
pub(super) struct Http(Client<HttpConnector, Full<Bytes>>);

impl Http {
    pub fn new() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }

    /// Posts a value and reads one.
    pub async fn post<T: DeserializeOwned>(&self, url: &str, body: &impl Serialize) -> Result<T, Unanswered> {
        read(&self.send(url, body).await?)
    }

    /// Posts nothing and reads a value.
    pub async fn ask<T: DeserializeOwned>(&self, url: &str) -> Result<T, Unanswered> {
        read(&self.exchange(Request::builder().uri(url), Bytes::new()).await?)
    }

    /// Posts a value.
    pub async fn send(&self, url: &str, body: &impl Serialize) -> Result<Bytes, Unanswered> {
        let body = serde_json::to_vec(body).map_err(|error| Unanswered::NotUnderstood(error.to_string()))?;
        let request = Request::builder().uri(url).header("content-type", "application/json");
        self.exchange(request, body.into()).await
    }

    async fn exchange(&self, request: Builder, body: Bytes) -> Result<Bytes, Unanswered> {
        let request = request
            .method(Method::POST)
            .header("accept", "application/json")
            .body(Full::new(body))
            .map_err(|error| Unanswered::Unreachable(error.to_string()))?;
        let response = self.0.request(request).await.map_err(|error| Unanswered::Unreachable(chain(&error)))?;
        let status = response.status();
        let body = response.into_body().collect().await;
        let body = body.map_err(|error| Unanswered::Unreachable(chain(&error)))?.to_bytes();
        if status.is_success() {
            Ok(body)
        } else {
            Err(Unanswered::Refused(status.as_u16(), String::from_utf8_lossy(&body).into_owned()))
        }
    }
}

fn read<T: DeserializeOwned>(answer: &[u8]) -> Result<T, Unanswered> {
    serde_json::from_slice(answer).map_err(|error| Unanswered::NotUnderstood(crate::failure::unquoted(&error)))
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(one) = cause {
        text.push_str(&format!(": {one}"));
        cause = one.source();
    }
    text
}
