//! What of a request's body nobody knows. The API skips it without a word; the log says so.

use axum::http::Method;
use serde_json::{Map, Value};

use crate::sandbox::state::fields::{Taken, Writer, taken};
use crate::sandbox::state::parts;

/// How many fields are named; a body can have many.
const MOST: usize = 20;
/// How much of a name is shown, in characters.
const LONGEST: usize = 60;

/// What the body of an operation is.
#[derive(Debug, Clone, Copy)]
pub(in crate::sandbox) enum Shape {
    User(Writer),
    Users(Writer),
    Object(&'static [&'static str]),
}

const GROUP: Shape = Shape::Object(&[
    "attributes",
    "description",
    "email",
    "memberQuery",
    "memberQueryExemptions",
    "memberSuggestionsNotify",
    "membershipMethod",
    "name",
]);
const CONNECTION: Shape = Shape::Object(&["attributes", "id", "op", "type"]);
const DIRECTORY: Shape = Shape::Object(&["domain", "groupsEnabled", "useCase"]);
// The published sample spells it the second way.
const AGENT: Shape = Shape::Object(&["agentType", "agent_type"]);
const SSH_KEY: Shape = Shape::Object(&["name", "public_key"]);
const SEARCH: Shape = Shape::Object(&["fields", "filter", "limit", "searchFilter", "skip", "sort"]);
const EXCLUSION: Shape = Shape::Object(&["exclusion", "exclusionDays", "exclusionUntil"]);
const USER_STATES: Shape = Shape::Object(&[
    "activation_email_override",
    "send_activation_emails",
    "start_date",
    "state",
    "user_ids",
]);

impl Shape {
    /// What the operation takes that has this route; none where it takes no body.
    pub(in crate::sandbox) fn of(method: &Method, route: &str) -> Option<Self> {
        let parts = route.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
        let route: Vec<&str> = parts.skip(1).collect();
        Some(match (method.as_str(), route.as_slice()) {
            ("POST", ["api", "systemusers"]) => Self::User(Writer::Create),
            ("PUT", ["api", "systemusers", "{}"]) => Self::User(Writer::Update),
            ("POST", ["api", "search", "systemusers"]) => SEARCH,
            ("POST", ["api", "systemusers", "{}", "state", "activate"]) => Self::Object(&["email"]),
            ("POST", ["api", "systemusers", "{}", "resetmfa"]) => EXCLUSION,
            ("POST", ["api", "systemusers", "{}", "sshkeys"]) => SSH_KEY,
            ("POST", ["api", "v2", "bulk", "users"]) => Self::Users(Writer::Create),
            ("PATCH", ["api", "v2", "bulk", "users"]) => Self::Users(Writer::Update),
            ("POST", ["api", "v2", "bulk", "userstates"]) => USER_STATES,
            ("POST", ["api", "v2", "usergroups"]) | ("PUT", ["api", "v2", "usergroups", "{}"]) => GROUP,
            ("POST", ["api", "v2", _, "{}", "members" | "associations"]) => CONNECTION,
            ("POST", ["api", "v2", "activedirectories"])
            | ("PUT" | "PATCH", ["api", "v2", "activedirectories", "{}"]) => DIRECTORY,
            ("POST", ["api", "v2", "activedirectories", "{}", "agents"]) => AGENT,
            _ => return None,
        })
    }

    /// What of a body is not known, in sentences.
    pub(in crate::sandbox) fn remarks(self, body: &[u8]) -> Vec<String> {
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
        let mut remarks = Remarks::default();
        match (self, &body) {
            (Self::User(writer), Value::Object(body)) => remarks.user("", body, writer, &[]),
            (Self::Users(writer), Value::Array(users)) => {
                for (position, user) in users.iter().enumerate() {
                    if let Value::Object(user) = user {
                        let ids: &[&str] = if writer == Writer::Update { &["id"] } else { &[] };
                        remarks.user(&format!("[{position}]."), user, writer, ids);
                    }
                }
            }
            (Self::Object(known), Value::Object(body)) => remarks.object("", body, known),
            (Self::User(_) | Self::Users(_) | Self::Object(_), _) => {}
        }
        remarks.finish()
    }
}

#[derive(Default)]
struct Remarks {
    texts: Vec<String>,
    more: usize,
}

impl Remarks {
    fn user(&mut self, place: &str, body: &Map<String, Value>, writer: Writer, others: &[&str]) {
        for (name, value) in body {
            match taken(name, writer) {
                Taken::Yes => {
                    if let Some(known) = parts::names(name) {
                        self.part(&format!("{place}{name}"), value, &known.collect::<Vec<_>>());
                    }
                }
                Taken::No => self.add(place, name, "cannot be set here"),
                Taken::Unknown if others.contains(&name.as_str()) => {}
                Taken::Unknown => self.add(place, name, "is not known here"),
            }
        }
    }

    fn part(&mut self, place: &str, value: &Value, known: &[&str]) {
        match value {
            Value::Object(entry) => self.object(&format!("{place}."), entry, known),
            Value::Array(entries) => {
                for (position, entry) in entries.iter().enumerate() {
                    if let Value::Object(entry) = entry {
                        self.object(&format!("{place}[{position}]."), entry, known);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn object(&mut self, place: &str, body: &Map<String, Value>, known: &[&str]) {
        for name in body.keys().filter(|name| !known.contains(&name.as_str())) {
            self.add(place, name, "is not known here");
        }
    }

    fn add(&mut self, place: &str, name: &str, problem: &str) {
        if self.texts.len() == MOST {
            self.more += 1;
            return;
        }
        let mut shown: String = name.chars().take(LONGEST).collect();
        if shown.len() < name.len() {
            shown.push('…');
        }
        self.texts.push(format!("{place}{shown} {problem}, and was skipped"));
    }

    fn finish(mut self) -> Vec<String> {
        if self.more > 0 {
            self.texts.push(format!("{} more fields were skipped", self.more));
        }
        self.texts
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn remarks(method: &Method, route: &str, body: &Value) -> Vec<String> {
        Shape::of(method, route).unwrap().remarks(body.to_string().as_bytes())
    }

    #[test]
    fn names_what_is_skipped_and_where() {
        let body = json!({
            "username": "ada", "created": "x", "nonsense": 1, "ssh_keys": [],
            "attributes": [{ "name": "a", "value": "b" }, { "name": "c", "value": "d", "colour": "red" }],
            "phoneNumbers": [{ "id": "1", "type": "work", "number": "2" }],
        });
        assert_eq!(
            remarks(&Method::PUT, "/api/systemusers/{user}", &body),
            [
                "attributes[1].colour is not known here, and was skipped",
                "created cannot be set here, and was skipped",
                "nonsense is not known here, and was skipped",
            ]
        );
        let body = json!([{ "id": "5a", "username": "ada" }, { "userName": "ada" }]);
        assert_eq!(
            remarks(&Method::PATCH, "/api/v2/bulk/users", &body),
            ["[1].userName is not known here, and was skipped"]
        );
        let body = json!({ "op": "add", "type": "user", "id": "5a", "ID": "5a" });
        assert_eq!(
            remarks(&Method::POST, "/api/v2/usergroups/{id}/members", &body),
            ["ID is not known here, and was skipped"]
        );
    }

    #[test]
    fn names_some_of_many() {
        let body: Map<String, Value> = (0..30).map(|n| (format!("{n:-<100}"), json!(n))).collect();
        let remarks = remarks(&Method::POST, "/api/v2/usergroups", &Value::Object(body));
        assert_eq!(remarks.len(), MOST + 1);
        assert_eq!(remarks.last().unwrap(), "10 more fields were skipped");
        assert!(remarks.iter().all(|remark| remark.len() < 120));
    }

    #[test]
    fn says_nothing_about_what_is_no_object() {
        for body in ["", "{", "[]", "7", "null"] {
            assert!(GROUP.remarks(body.as_bytes()).is_empty(), "{body}");
        }
        assert!(Shape::of(&Method::GET, "/api/systemusers").is_none());
    }
}
