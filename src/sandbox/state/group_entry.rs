//! A user group in the text of a state.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::State;
use super::fields::Record;
use super::groups::group_record;
use super::id::{Id, Kind, Node};
use super::users::text;
use crate::sandbox::refusal::Refusal;

/// A group, with its members by name or id.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct GroupEntry {
    #[serde(default)]
    pub(super) id: Option<String>,
    pub(super) name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    email: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attributes: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    membership_method: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    member_query: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    member_query_exemptions: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    member_suggestions_notify: Option<Value>,
    #[serde(default)]
    members: Vec<String>,
}

impl GroupEntry {
    /// The group's record and its members.
    pub(super) fn into_record(self) -> Result<(Record, Vec<String>), Refusal> {
        let fields = [
            ("name", Some(json!(self.name))),
            ("description", self.description.map(|text| json!(text))),
            ("email", self.email),
            ("attributes", self.attributes),
            ("membershipMethod", self.membership_method),
            ("memberQuery", self.member_query),
            ("memberQueryExemptions", self.member_query_exemptions),
            ("memberSuggestionsNotify", self.member_suggestions_notify),
        ];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        Ok((group_record(&fields)?, self.members))
    }

    pub(super) fn new(id: Id, record: &Record, state: &State) -> Self {
        let value = |name: &str| record.get(name).cloned();
        let members = state.graph.neighbours(Node::group(id), Kind::User);
        Self {
            id: Some(id.to_string()),
            name: text(record, "name").unwrap_or_default().to_owned(),
            description: Some(text(record, "description").unwrap_or_default().to_owned()),
            email: value("email"),
            attributes: value("attributes"),
            membership_method: value("membershipMethod"),
            member_query: value("memberQuery"),
            member_query_exemptions: value("memberQueryExemptions"),
            member_suggestions_notify: value("memberSuggestionsNotify"),
            members: members.map(|(id, _)| state.name_of_user(id)).collect(),
        }
    }
}
