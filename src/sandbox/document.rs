//! A state as a text that people can read and write.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::directory_entry::DirectoryEntry;
use super::error::SandboxError;
use super::fields::{Record, Writer, set_fields};
use super::groups::{Group, group_record};
use super::ids::{Ids, check_id};
use super::refusal::Refusal;
use super::state::{Organization, State};
use super::users::text;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Document {
    #[serde(default)]
    organization: Option<OrganizationEntry>,
    #[serde(default)]
    users: Vec<Record>,
    #[serde(default)]
    groups: Vec<GroupEntry>,
    #[serde(default)]
    active_directories: Vec<DirectoryEntry>,
    /// Keeps ids of deleted objects from coming back.
    #[serde(default)]
    next_id: Option<u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganizationEntry {
    #[serde(rename = "_id")]
    id: Option<String>,
    name: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct GroupEntry {
    #[serde(default)]
    id: Option<String>,
    name: String,
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

impl State {
    /// Reads a state. `file_name` names it in errors.
    ///
    /// # Errors
    /// When the text is no JSON, has parts of another form, or breaks a rule: unknown fields, names or mails that two
    /// users share, members who are no users, ids that are not 24 hexadecimal digits.
    pub fn parse(file_name: &str, text: &str) -> Result<Self, SandboxError> {
        let malformed = |source| SandboxError::Form { file: file_name.to_owned(), source };
        // A structure is read from an array of its fields as well, and an empty array would be an empty organization.
        serde_json::from_str::<Record>(text).map_err(malformed)?;
        let document: Document = serde_json::from_str(text).map_err(malformed)?;
        Self::read(document).map_err(|Problem { entry, problem }| SandboxError::Entry {
            file: file_name.to_owned(),
            entry,
            problem,
        })
    }

    /// The state as a text that [`State::parse`] reads back: the same state gives the same text.
    pub fn to_json(&self) -> String {
        let document = self.document();
        // A tree of maps, texts and numbers always has a JSON text.
        let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
        text.push('\n');
        text
    }

    fn read(document: Document) -> Result<Self, Problem> {
        let Document { organization, mut users, mut groups, mut active_directories, next_id } = document;
        let mut state = Self::empty();
        state.next_id = next_id.unwrap_or(1);
        if let Some(OrganizationEntry { id, name }) = organization {
            let Organization { id: default_id, name: default_name } = state.organization;
            let id = id.unwrap_or(default_id);
            check_id(&id).map_err(|refusal| Problem::new("organization", refusal))?;
            state.organization = Organization { id, name: name.unwrap_or(default_name) };
        }
        let own_id = |user: &mut Record| match user.remove("_id") {
            Some(Value::String(id)) => Some(id),
            Some(other) => Some(other.to_string()),
            None => None,
        };
        let mut ids = Ids::default();
        let mut own = |part: &str, own: Vec<Option<String>>| {
            ids.own(own).map_err(|(position, refusal)| Problem::new(format!("{part}[{position}]"), refusal))
        };
        let user_ids = own("users", users.iter_mut().map(own_id).collect())?;
        let group_ids = own("groups", groups.iter_mut().map(|group| group.id.take()).collect())?;
        let directory_ids =
            own("activeDirectories", active_directories.iter_mut().map(|entry| entry.id.take()).collect())?;
        let mut agent_ids = Vec::new();
        for (position, directory) in active_directories.iter_mut().enumerate() {
            let part = format!("activeDirectories[{position}].agents");
            agent_ids.push(own(&part, directory.agents.iter_mut().map(|agent| agent.id.take()).collect())?);
        }
        let user_ids = ids.complete(user_ids, &mut state.next_id);
        let group_ids = ids.complete(group_ids, &mut state.next_id);
        let directory_ids = ids.complete(directory_ids, &mut state.next_id);
        for (directory, agent_ids) in active_directories.iter_mut().zip(agent_ids) {
            let agent_ids = ids.complete(agent_ids, &mut state.next_id);
            for (agent, id) in directory.agents.iter_mut().zip(agent_ids) {
                agent.id = Some(id);
            }
        }
        state.read_users(users, &user_ids)?;
        for (position, (entry, id)) in groups.into_iter().zip(group_ids).enumerate() {
            let place = format!("groups[{position}] {:?}", entry.name);
            let group = state.read_group(entry).map_err(|refusal| Problem::new(place, refusal))?;
            state.groups.put(&id, group);
        }
        for (position, (entry, id)) in active_directories.into_iter().zip(directory_ids).enumerate() {
            let place = format!("activeDirectories[{position}]");
            let directory = entry.into_directory(&state).map_err(|refusal| Problem::new(place, refusal))?;
            state.directories.insert(id, directory);
        }
        Ok(state)
    }

    fn read_users(&mut self, users: Vec<Record>, ids: &[String]) -> Result<(), Problem> {
        let places: Vec<String> = users
            .iter()
            .enumerate()
            .map(|(position, user)| {
                format!("users[{position}] {:?}", text(user, "username").unwrap_or_default())
            })
            .collect();
        let mut managers = Vec::new();
        for ((user, id), place) in users.into_iter().zip(ids).zip(&places) {
            let mut record = Record::new();
            set_fields(&mut record, &user, Writer::File)
                .and_then(|()| self.users.check(id, &record))
                .map_err(|refusal| Problem::new(place.clone(), refusal))?;
            managers.push(record.remove("manager"));
            self.users.put(id, record);
        }
        // Managers may stand below their reports.
        for ((manager, id), place) in managers.into_iter().zip(ids).zip(&places) {
            let Some(manager) = manager.as_ref().and_then(Value::as_str) else { continue };
            let manager = self.user_named(manager).map_err(|refusal| Problem::new(place.clone(), refusal))?;
            if let Some(mut record) = self.users.get(id).cloned() {
                record.insert("manager".to_owned(), json!(manager));
                self.users.put(id, record);
            }
        }
        Ok(())
    }

    fn read_group(&self, entry: GroupEntry) -> Result<Group, Refusal> {
        let fields = [
            ("name", Some(json!(entry.name))),
            ("description", entry.description.map(|text| json!(text))),
            ("email", entry.email),
            ("attributes", entry.attributes),
            ("membershipMethod", entry.membership_method),
            ("memberQuery", entry.member_query),
            ("memberQueryExemptions", entry.member_query_exemptions),
            ("memberSuggestionsNotify", entry.member_suggestions_notify),
        ];
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
        let mut group = Group { record: group_record(&fields)?, ..Group::default() };
        self.groups.check_name("", &group.record)?;
        for member in &entry.members {
            if !group.members.insert(self.user_named(member)?) {
                return Err(Refusal::invalid(format!("member {member:?} is there twice")));
            }
        }
        Ok(group)
    }

    /// The id of the user who is called so, by id or by username.
    pub(super) fn user_named(&self, name: &str) -> Result<String, Refusal> {
        let id = self.users.get(name).map(|_| name).or_else(|| self.users.id_of(name));
        id.map(str::to_owned).ok_or_else(|| Refusal::invalid(format!("there is no user {name:?}")))
    }

    /// The id of the group that is called so, by id or by name.
    pub(super) fn group_named(&self, name: &str) -> Result<String, Refusal> {
        let id = self.groups.get(name).map(|_| name).or_else(|| self.groups.id_of(name));
        id.map(str::to_owned).ok_or_else(|| Refusal::invalid(format!("there is no group {name:?}")))
    }

    /// What the text calls a user: the username, except that one which looks like somebody's id would be read as that.
    pub(super) fn name_of_user<'a>(&'a self, id: &'a str) -> &'a str {
        let username = self.users.get(id).and_then(|user| text(user, "username"));
        username.filter(|name| self.users.get(name).is_none()).unwrap_or(id)
    }

    /// What the text calls a group, likewise.
    pub(super) fn name_of_group<'a>(&'a self, id: &'a str) -> &'a str {
        let name = self.groups.get(id).and_then(|group| text(&group.record, "name"));
        name.filter(|name| self.groups.get(name).is_none()).unwrap_or(id)
    }

    fn document(&self) -> Document {
        let Organization { id, name } = self.organization.clone();
        Document {
            organization: Some(OrganizationEntry { id: Some(id), name: Some(name) }),
            users: self.users.iter().map(|(id, record)| with_id(record, id)).collect(),
            groups: self.groups.iter().map(|(id, group)| self.group_entry(id, group)).collect(),
            active_directories: self
                .directories
                .iter()
                .map(|(id, directory)| DirectoryEntry::new(id, directory, self))
                .collect(),
            next_id: Some(self.next_id),
        }
    }

    fn group_entry(&self, id: &str, Group { record, members }: &Group) -> GroupEntry {
        let value = |name: &str| record.get(name).cloned();
        GroupEntry {
            id: Some(id.to_owned()),
            name: text(record, "name").unwrap_or_default().to_owned(),
            description: Some(text(record, "description").unwrap_or_default().to_owned()),
            email: value("email"),
            attributes: value("attributes"),
            membership_method: value("membershipMethod"),
            member_query: value("memberQuery"),
            member_query_exemptions: value("memberQueryExemptions"),
            member_suggestions_notify: value("memberSuggestionsNotify"),
            members: members.iter().map(|id| self.name_of_user(id).to_owned()).collect(),
        }
    }
}

/// An entry that breaks a rule.
struct Problem {
    entry: String,
    problem: String,
}

impl Problem {
    fn new(entry: impl Into<String>, refusal: Refusal) -> Self {
        Self { entry: entry.into(), problem: refusal.message }
    }
}

fn with_id(record: &Record, id: &str) -> Record {
    let mut record = record.clone();
    record.insert("_id".to_owned(), json!(id));
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMO: &str = r#"{
        "users": [
            { "username": "ada", "email": "ada@example.com", "manager": "bob" },
            { "username": "bob", "email": "bob@example.com", "suspended": true,
              "_id": "5a0000000000000000000001" }
        ],
        "groups": [{ "name": "Engines", "members": ["ada", "5a0000000000000000000001"] }],
        "activeDirectories": [{ "domain": "DC=example;DC=com", "useCase": "TWOWAYSYNC",
            "agents": [{ "agentType": "IMPORT", "hostname": "dc1" },
                       { "agentType": "SYNC", "state": "inactive", "id": "5a00000000000000000000aa" }],
            "users": ["BOB"], "groups": ["engines"] }]
    }"#;

    #[test]
    fn reads_what_people_write_and_counts_up_the_ids_left_out() {
        let state = State::parse("demo.json", DEMO).unwrap();
        let users: Vec<_> =
            state.users.iter().map(|(id, user)| (id, text(user, "username").unwrap())).collect();
        assert_eq!(users, [("5a0000000000000000000001", "bob"), ("5a0000000000000000000002", "ada")]);
        assert_eq!(
            text(state.users.get("5a0000000000000000000002").unwrap(), "manager"),
            Some("5a0000000000000000000001")
        );
        assert_eq!(state.groups.get("5a0000000000000000000003").unwrap().members.len(), 2);
    }

    #[test]
    fn a_state_and_its_text_are_the_same() {
        let state = State::parse("demo.json", DEMO).unwrap();
        let text = state.to_json();
        let again = State::parse("again.json", &text).unwrap();
        assert_eq!(again, state);
        assert_eq!(again.to_json(), text);
        assert_eq!(State::parse("empty.json", "{}").unwrap(), State::empty());
    }

    #[test]
    fn refuses_what_jumpcloud_would_not_hold() {
        let user = |rest: &str| format!(r#"{{"username":"ada","email":"ada@x.org"{rest}}}"#);
        for (text, says) in [
            (r#"{"user":[]}"#.to_owned(), "is not the state"),
            ("[".to_owned(), "is not the state"),
            (format!(r#"{{"users":[{},{{"username":"ADA","email":"b@x.org"}}]}}"#, user("")), r#"users[1] "ADA": a user with username"#),
            (format!(r#"{{"users":[{},{{"username":"bob","email":"Ada@X.org"}}]}}"#, user("")), r#"users[1] "bob": a user with email"#),
            (r#"{"users":[{"username":"ada"}]}"#.to_owned(), "email is required"),
            (format!(r#"{{"users":[{}]}}"#, user(r#","firstName":"Ada""#)), r#"no field of a user is called "firstName""#),
            (format!(r#"{{"users":[{}]}}"#, user(r#","manager":"bob""#)), r#"there is no user "bob""#),
            (format!(r#"{{"users":[{}]}}"#, user(r#","_id":"7""#)), "24 hexadecimal digits"),
            (r#"{"groups":[{"name":"g"},{"name":"G"}]}"#.to_owned(), r#"groups[1] "G": Group already exists"#),
            (r#"{"groups":[{"name":"g","members":["ada"]}]}"#.to_owned(), r#"there is no user "ada""#),
            (format!(r#"{{"users":[{}],"groups":[{{"name":"g","members":["ada","ADA"]}}]}}"#, user("")), "there twice"),
            (r#"{"groups":[{"name":"g","id":"5a0000000000000000000009"},{"name":"h","id":"5a0000000000000000000009"}]}"#.to_owned(), "groups[1]: the id"),
        ] {
            let error = State::parse("demo.json", &text).unwrap_err().to_string();
            assert!(error.starts_with("demo.json") && error.contains(says), "{text}: {error}");
        }
    }
}
