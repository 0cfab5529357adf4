//! A state as a text that people can read and write.

use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Value, json};

use super::directory_entry::DirectoryEntry;
use super::fields::{Record, Writer, set_fields};
use super::group_entry::GroupEntry;
use super::id::{Id, Kind, Node};
use super::ids::{Ids, MOST_IDS, read_id};
use super::target_entry::TargetEntry;
use super::user_states::UserStateEntry;
use super::users::text;
use super::{Organization, State};
use crate::sandbox::error::SandboxError;
use crate::sandbox::refusal::Refusal;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Document<U = Vec<Record>> {
    #[serde(default)]
    organization: Option<OrganizationEntry>,
    #[serde(default)]
    users: U,
    #[serde(default)]
    groups: Vec<GroupEntry>,
    #[serde(default)]
    active_directories: Vec<DirectoryEntry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    targets: Vec<TargetEntry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    user_states: Vec<UserStateEntry>,
    /// What connections carry; few carry anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    connection_attributes: Vec<AttributesEntry>,
    /// Keeps ids of deleted objects from coming back.
    #[serde(default)]
    next_id: Option<u64>,
}

/// The users of a state, each of which is copied only while it is written: most of an organization is users.
struct Users<'s>(&'s State);

impl Serialize for Users<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let users = self.0.table(Kind::User).iter();
        serializer.collect_seq(users.map(|(id, record)| with_id(record, id)))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OrganizationEntry {
    #[serde(rename = "_id")]
    id: Option<String>,
    name: Option<String>,
    #[serde(default, skip_serializing_if = "Record::is_empty")]
    settings: Record,
}

/// The attributes of a connection that the other parts of the text make.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AttributesEntry {
    one: Node,
    other: Node,
    attributes: Record,
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
        Self::read_named(file_name, serde_json::from_str(text).map_err(malformed)?)
    }

    /// A state from the object that its text is. `name` names it in errors.
    pub(in crate::sandbox) fn from_document(name: &str, document: Value) -> Result<Self, SandboxError> {
        let malformed = |source| SandboxError::Form { file: name.to_owned(), source };
        Self::read_named(name, serde_json::from_value(document).map_err(malformed)?)
    }

    fn read_named(name: &str, document: Document) -> Result<Self, SandboxError> {
        Self::read(document).map_err(|Problem { entry, problem }| SandboxError::Entry {
            file: name.to_owned(),
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
        let Document {
            organization,
            mut users,
            mut groups,
            mut active_directories,
            mut targets,
            mut user_states,
            connection_attributes,
            next_id,
        } = document;
        let mut state = Self::empty();
        state.next_id = next_id.unwrap_or(1);
        if state.next_id > MOST_IDS {
            return Err(Problem::new("nextId", Refusal::invalid("there are no ids left")));
        }
        if let Some(OrganizationEntry { id, name, settings }) = organization {
            let Organization { id: default_id, name: default_name, settings: _ } = state.organization;
            let id = id.map_or(Ok(default_id), |id| read_id(&id));
            let id = id.map_err(|refusal| Problem::new("organization", refusal))?;
            state.organization = Organization { id, name: name.unwrap_or(default_name), settings };
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
        let target_ids = own("targets", targets.iter_mut().map(|entry| entry.id.take()).collect())?;
        let user_state_ids =
            own("userStates", user_states.iter_mut().map(|entry| entry.id.take()).collect())?;
        let user_ids = ids.complete(user_ids, &mut state.next_id);
        let group_ids = ids.complete(group_ids, &mut state.next_id);
        let directory_ids = ids.complete(directory_ids, &mut state.next_id);
        for (directory, agent_ids) in active_directories.iter_mut().zip(agent_ids) {
            let agent_ids = ids.complete(agent_ids, &mut state.next_id);
            for (agent, id) in directory.agents.iter_mut().zip(agent_ids) {
                agent.id = Some(id.to_string());
            }
        }
        let target_ids = ids.complete(target_ids, &mut state.next_id);
        let user_state_ids = ids.complete(user_state_ids, &mut state.next_id);
        state.read_users(users, &user_ids)?;
        for (position, (entry, id)) in groups.into_iter().zip(group_ids).enumerate() {
            let place = format!("groups[{position}] {:?}", entry.name);
            state.read_group(id, entry).map_err(|refusal| Problem::new(place, refusal))?;
        }
        for (position, (entry, id)) in active_directories.into_iter().zip(directory_ids).enumerate() {
            let place = format!("activeDirectories[{position}]");
            let (record, bound) = entry.into_record();
            let node = Node::new(Kind::ActiveDirectory, id);
            state.put(node, record);
            bound.bind(node, &mut state).map_err(|refusal| Problem::new(place, refusal))?;
        }
        for (position, (entry, id)) in targets.into_iter().zip(target_ids).enumerate() {
            let place = format!("targets[{position}]");
            state.read_target(id, entry).map_err(|refusal| Problem::new(place, refusal))?;
        }
        for (position, (entry, id)) in user_states.into_iter().zip(user_state_ids).enumerate() {
            let place = format!("userStates[{position}]");
            state.read_user_state(id, entry).map_err(|refusal| Problem::new(place, refusal))?;
        }
        for (position, AttributesEntry { one, other, attributes }) in
            connection_attributes.into_iter().enumerate()
        {
            if state.graph.edge(one, other).is_none() {
                let refusal = Refusal::invalid("the two are not connected");
                return Err(Problem::new(format!("connectionAttributes[{position}]"), refusal));
            }
            state.graph.link(one, other, &Some(attributes.into()));
        }
        Ok(state)
    }

    /// Puts an object in, which is neither a user nor a group.
    fn put(&mut self, node: Node, record: Record) {
        self.tables.entry(node.kind).or_default().put(node.kind, node.id, record);
    }

    fn read_users(&mut self, users: Vec<Record>, ids: &[Id]) -> Result<(), Problem> {
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
                .and_then(|()| self.users.check(Some(*id), &record))
                .map_err(|refusal| Problem::new(place.clone(), refusal))?;
            managers.push(record.remove("manager"));
            self.users.put(*id, record);
        }
        // Managers may stand below their reports.
        for ((manager, id), place) in managers.into_iter().zip(ids).zip(&places) {
            let Some(manager) = manager.as_ref().and_then(Value::as_str) else { continue };
            let manager = self.user_named(manager).map_err(|refusal| Problem::new(place.clone(), refusal))?;
            if let Some(mut record) = self.users.get(*id).cloned() {
                record.insert("manager".to_owned(), json!(manager));
                self.users.put(*id, record);
            }
        }
        Ok(())
    }

    fn read_group(&mut self, id: Id, entry: GroupEntry) -> Result<(), Refusal> {
        let (record, members) = entry.into_record()?;
        self.groups.check_name(None, &record)?;
        self.groups.put(id, record);
        for member in &members {
            let user = Node::user(self.user_named(member)?);
            self.bind_once(Node::group(id), user, || format!("member {member:?}"))?;
        }
        Ok(())
    }

    fn read_target(&mut self, id: Id, entry: TargetEntry) -> Result<(), Refusal> {
        let node = Node::new(entry.kind, id);
        let (record, bound) = entry.into_record()?;
        self.put(node, record);
        bound.bind(node, self)
    }

    fn read_user_state(&mut self, id: Id, entry: UserStateEntry) -> Result<(), Refusal> {
        let user = self.user_named(&entry.user)?;
        let node = Node::new(Kind::UserState, id);
        self.put(node, entry.into_record());
        self.graph.link(node, Node::user(user), &None);
        Ok(())
    }

    /// The id of the user who is called so, by id or by username.
    pub(super) fn user_named(&self, name: &str) -> Result<Id, Refusal> {
        let id = name.parse().ok().filter(|id| self.users.get(*id).is_some());
        let id = id.or_else(|| self.users.id_of(name));
        id.ok_or_else(|| Refusal::invalid(format!("there is no user {name:?}")))
    }

    /// The id of the group that is called so, by id or by name.
    pub(super) fn group_named(&self, name: &str) -> Result<Id, Refusal> {
        let id = name.parse().ok().filter(|id| self.groups.get(*id).is_some());
        let id = id.or_else(|| self.groups.id_of(name));
        id.ok_or_else(|| Refusal::invalid(format!("there is no group {name:?}")))
    }

    /// What the text calls a user: the username, except that one which looks like somebody's id would be read as that.
    pub(super) fn name_of_user(&self, id: Id) -> String {
        let username = self.users.get(id).and_then(|user| text(user, "username"));
        let username = username.filter(|name| !name.parse().is_ok_and(|id| self.users.get(id).is_some()));
        username.map_or_else(|| id.to_string(), str::to_owned)
    }

    /// What the text calls a group, likewise.
    pub(super) fn name_of_group(&self, id: Id) -> String {
        let name = self.groups.get(id).and_then(|group| text(group, "name"));
        let name = name.filter(|name| !name.parse().is_ok_and(|id| self.groups.get(id).is_some()));
        name.map_or_else(|| id.to_string(), str::to_owned)
    }

    fn document(&self) -> Document<Users<'_>> {
        let Organization { id, name, settings } = self.organization.clone();
        let rows = |kind| self.table(kind).iter();
        let targets = Kind::TARGETS.into_iter().flat_map(|kind| {
            rows(kind).map(move |(id, record)| TargetEntry::new(Node::new(kind, id), record, self))
        });
        Document {
            organization: Some(OrganizationEntry { id: Some(id.to_string()), name: Some(name), settings }),
            users: Users(self),
            groups: rows(Kind::UserGroup).map(|(id, record)| GroupEntry::new(id, record, self)).collect(),
            active_directories: rows(Kind::ActiveDirectory)
                .map(|(id, record)| DirectoryEntry::new(id, record, self))
                .collect(),
            targets: targets.collect(),
            user_states: rows(Kind::UserState)
                .map(|(id, record)| UserStateEntry::new(id, record, self))
                .collect(),
            connection_attributes: self
                .graph
                .with_attributes()
                .map(|(one, other, attributes)| AttributesEntry {
                    one,
                    other,
                    attributes: attributes.clone(),
                })
                .collect(),
            next_id: Some(self.next_id),
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

fn with_id(record: &Record, id: Id) -> Record {
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
            "users": ["BOB"], "groups": ["engines"] }],
        "targets": [{ "type": "application", "name": "Wiki", "users": ["ada"], "groups": ["Engines"] }],
        "userStates": [{ "user": "ada", "state": "SUSPENDED", "scheduledDate": "2027-01-31T18:00:00Z" }],
        "connectionAttributes": [{
            "one": { "type": "user_group", "id": "5a0000000000000000000003" },
            "other": { "type": "user", "id": "5a0000000000000000000001" },
            "attributes": { "sudo": { "enabled": true, "withoutPassword": false } }
        }]
    }"#;

    #[test]
    fn reads_what_people_write_and_counts_up_the_ids_left_out() {
        let state = State::parse("demo.json", DEMO).unwrap();
        let users: Vec<_> =
            state.users.table().iter().map(|(id, user)| (id, text(user, "username").unwrap())).collect();
        let [bob, ada, engines] = [1, 2, 3].map(Id::numbered);
        assert_eq!(users, [(bob, "bob"), (ada, "ada")]);
        assert_eq!(text(state.users.get(ada).unwrap(), "manager"), Some(bob.to_string().as_str()));
        assert_eq!(state.graph.neighbours(Node::group(engines), Kind::User).count(), 2);
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
            (r#"{"targets":[{"type":"user","name":"x"}]}"#.to_owned(), "none of the targets' types"),
            (r#"{"userStates":[{"user":"ada","state":"SUSPENDED","scheduledDate":"2027-01-31T18:00:00Z"}]}"#.to_owned(), r#"userStates[0]: there is no user "ada""#),
            (r#"{"groups":[{"name":"g","id":"5a0000000000000000000009"},{"name":"h","id":"5a0000000000000000000009"}]}"#.to_owned(), "groups[1]: the id"),
            (format!(r#"{{"users":[{}],"nextId":18446744073709551615}}"#, user("")), "nextId: there are no ids left"),
        ] {
            let error = State::parse("demo.json", &text).unwrap_err().to_string();
            assert!(error.starts_with("demo.json") && error.contains(says), "{text}: {error}");
        }
    }
}
