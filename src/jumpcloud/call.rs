//! One request, described before it is sent.

use std::fmt;

use reqwest::Method;
use serde_json::Value;
use url::Url;

use super::error::{Effect, JumpCloudError};

/// One request to the API.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    segments: Vec<String>,
    query: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
    pub(super) effect: Effect,
    repeat: Repeat,
}

/// How the paths begin that take no `x-org-id` (JumpCloud's PowerShell SDK leaves it out there).
const WITHOUT_ORGANIZATION: [&[&str]; 7] = [
    &["api", "organizations"],
    &["api", "search", "organizations"],
    &["api", "users"],
    &["api", "v2", "organizations"],
    &["api", "v2", "administrators"],
    &["api", "v2", "providers"],
    &["api", "v2", "integrations"],
];

/// When a request may be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeat {
    /// Always: twice does what once does.
    Harmless,
    /// Only when JumpCloud cannot have carried it out.
    MakesAnother,
}

impl Call {
    pub(super) fn get(path: &[&str]) -> Self {
        Self::new(Method::GET, path, Effect::Read, Repeat::Harmless)
    }

    /// A search: a POST that changes nothing.
    pub(super) fn search(path: &[&str], body: Value) -> Self {
        Self::new(Method::POST, path, Effect::Read, Repeat::Harmless).with_body(body)
    }

    /// A POST that makes an object.
    pub(super) fn create(path: &[&str], body: Value) -> Self {
        Self::new(Method::POST, path, Effect::Write, Repeat::MakesAnother).with_body(body)
    }

    /// A POST after which something is there or gone, however often it is sent.
    pub(super) fn settle(path: &[&str], body: Value) -> Self {
        Self::new(Method::POST, path, Effect::Write, Repeat::Harmless).with_body(body)
    }

    pub(super) fn put(path: &[&str], body: Value) -> Self {
        Self::new(Method::PUT, path, Effect::Write, Repeat::Harmless).with_body(body)
    }

    pub(super) fn delete(path: &[&str]) -> Self {
        Self::new(Method::DELETE, path, Effect::Write, Repeat::Harmless)
    }

    fn new(method: Method, path: &[&str], effect: Effect, repeat: Repeat) -> Self {
        let segments = path.iter().map(|&segment| segment.to_owned()).collect();
        Self { method, segments, query: Vec::new(), body: None, effect, repeat }
    }

    fn with_body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) fn with_query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// The address of the request below `base`; ids are escaped.
    pub(super) fn url(&self, base: &Url) -> Url {
        let mut url = base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(&self.segments);
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }

    /// Whether the request may name its organization (`x-org-id`). Where no organization is meant, the API refuses it.
    pub(super) fn takes_organization(&self) -> bool {
        let segments: Vec<&str> = self.segments.iter().map(String::as_str).collect();
        !WITHOUT_ORGANIZATION.iter().any(|route| segments.starts_with(route))
    }

    /// Whether the request may be sent again after it failed like this.
    pub(super) fn may_repeat_after(&self, error: &JumpCloudError) -> bool {
        match self.repeat {
            Repeat::Harmless => error.may_pass(),
            Repeat::MakesAnother => error.may_pass() && !error.is_outcome_unknown(),
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.method)?;
        for segment in &self.segments {
            write!(f, "/{segment}")?;
        }
        for (position, (name, value)) in self.query.iter().enumerate() {
            let mark = if position == 0 { '?' } else { '&' };
            write!(f, "{mark}{name}={value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_itself_and_escapes_what_it_is_given() {
        let call =
            Call::get(&["api", "systemusers", "a/../b?c"]).with_query("sort", "_id").with_query("skip", "99");
        assert_eq!(call.to_string(), "GET /api/systemusers/a/../b?c?sort=_id&skip=99");
        for base in ["http://127.0.0.1:1", "http://127.0.0.1:1/"] {
            let url = call.url(&base.parse().unwrap());
            assert_eq!(url.as_str(), "http://127.0.0.1:1/api/systemusers/a%2F..%2Fb%3Fc?sort=_id&skip=99");
        }
    }

    #[test]
    fn routes_above_organizations_name_none() {
        for (path, expected) in [
            (&["api", "organizations"][..], false),
            (&["api", "organizations", "5f"], false),
            (&["api", "v2", "administrators"], false),
            (&["api", "users"], false),
            (&["api", "systemusers"], true),
            (&["api", "v2", "users", "5f", "associations"], true),
        ] {
            assert_eq!(Call::get(path).takes_organization(), expected, "{path:?}");
        }
    }
}
