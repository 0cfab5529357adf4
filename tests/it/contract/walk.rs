//! Requests to a sandbox, each answer of which is held against the documents.

use std::collections::{BTreeMap, BTreeSet};

use adjunct::sandbox::{Options, Sandbox};
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;

use super::document::Documents;
use crate::sandbox_api::http;
use crate::support::jumpcloud::{KEY, state};

/// Statuses that the documents list by some operations only, and which any can have: what is wrong with a request, what is not
/// there, and what something else stands in the way of.
const EVERYWHERE: [u16; 3] = [400, 404, 409];

/// What the documents leave out: a search answers with users as a list does, and one of their fields is not in its definition.
const LEFT_OUT: (&str, &str) = ("search_systemusers_post", "('delegatedAuthority' was unexpected)");

/// A sandbox, and what of its API was seen.
pub(super) struct Walk {
    pub(super) documents: Documents,
    sandbox: Sandbox,
    http: reqwest::Client,
    /// The statuses of each operation.
    pub(super) seen: BTreeMap<String, BTreeSet<u16>>,
    /// In what answers are not as published.
    pub(super) problems: Vec<String>,
}

/// One request.
pub(super) struct Call<'c> {
    pub(super) operation: &'c str,
    /// What stands in the place of the parameters of its path, in order.
    pub(super) ids: &'c [&'c str],
    /// With its question mark.
    pub(super) query: &'c str,
    pub(super) body: Option<Value>,
}

impl Walk {
    pub(super) async fn start(document: &Value) -> Self {
        let options = Options { api_key: Some(KEY.into()), ..Options::default() };
        Self {
            documents: Documents::read(),
            sandbox: Sandbox::start(state(document), options).await.unwrap(),
            http: http(),
            seen: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    /// Asks, and gives the body of an answer that must have this status.
    pub(super) async fn call(&mut self, call: Call<'_>, expected: u16) -> Value {
        let Call { operation, ids, query, .. } = call;
        let asked = format!("{operation} {ids:?} {query}");
        let (status, body) = self.ask(call, Some(KEY)).await;
        assert_eq!(status, expected, "{asked}: {body}");
        body
    }

    /// Asks without a key.
    pub(super) async fn call_without_key(&mut self, call: Call<'_>) -> u16 {
        self.ask(call, None).await.0
    }

    async fn ask(&mut self, call: Call<'_>, key: Option<&str>) -> (u16, Value) {
        let Call { operation, ids, query, body } = call;
        let known = self.documents.operation(operation);
        let mut path = known.path.clone();
        for id in ids {
            let (start, end) = (path.find('{').unwrap(), path.find('}').unwrap());
            path.replace_range(start..=end, id);
        }
        assert!(!path.contains('{'), "{operation} takes more ids");
        let method: Method = known.method.parse().unwrap();
        let request = self.http.request(method, self.sandbox.url().join(&format!("{path}{query}")).unwrap());
        let request = match key {
            Some(key) => request.header("x-api-key", key),
            None => request,
        };
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let kind = response.headers().get(CONTENT_TYPE).map(|kind| kind.to_str().unwrap().to_owned());
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        let (schema, is_listed) = match known.answers.get(&status) {
            Some(schema) => (schema.as_ref(), true),
            None => (Some(&self.documents.error), EVERYWHERE.contains(&status)),
        };
        let mut problem = |problem: &str| {
            self.problems.push(format!("{operation} {ids:?}{query} answers {status}: {problem}"));
        };
        if !is_listed {
            problem("it is not a published status");
        }
        if let Some(schema) = schema {
            if kind.as_deref() != Some("application/json") {
                problem(&format!("its kind is {kind:?}"));
            }
            for error in schema.iter_errors(&body) {
                if operation != LEFT_OUT.0 || !error.to_string().ends_with(LEFT_OUT.1) {
                    problem(&format!("{}: {error}", error.instance_path()));
                }
            }
        }
        self.seen.entry(operation.to_owned()).or_default().insert(status);
        (status, body)
    }
}
