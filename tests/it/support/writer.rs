//! Somebody who writes to a sandbox without a pause, and knows what must have become of it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use serde_json::{Value, json};

use super::dice::Dice;
use super::wire::connect;

/// The users and groups of one writer, by their ids.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Share {
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) groups: BTreeMap<String, Group>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) username: String,
    pub(crate) job_title: String,
    /// The manager's id.
    pub(crate) manager: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) members: BTreeSet<String>,
}

/// One request that changes something.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    CreateUser(User),
    UpdateUser(String, String),
    RemoveUser(String),
    CreateGroup(String),
    /// Id, name, and the new description.
    UpdateGroup(String, String, String),
    RemoveGroup(String),
    Join(String, String),
    Leave(String, String),
}

/// The id of what a request created, as long as nobody has heard of it.
const UNHEARD: &str = "?";

impl Share {
    /// What the writer of this number has in a state.
    pub(crate) fn of(document: &Value, writer: usize) -> Self {
        let prefix = prefix(writer);
        let list = |name: &str| document[name].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let id_by_name: BTreeMap<String, String> =
            list("users").iter().map(|user| (text(&user["username"]), text(&user["_id"]))).collect();
        // A state names users by their names or their ids.
        let id = |name: &Value| id_by_name.get(&text(name)).cloned().unwrap_or_else(|| text(name));
        let mut share = Self::default();
        for user in list("users").iter().filter(|user| text(&user["username"]).starts_with(&prefix)) {
            let manager = Some(&user["manager"]).filter(|manager| manager.is_string()).map(id);
            let (username, job_title) = (text(&user["username"]), text(&user["jobTitle"]));
            share.users.insert(text(&user["_id"]), User { username, job_title, manager });
        }
        for group in list("groups").iter().filter(|group| text(&group["name"]).starts_with(&prefix)) {
            let members = group["members"].as_array().unwrap().iter().map(id).collect();
            let (name, description) = (text(&group["name"]), text(&group["description"]));
            share.groups.insert(text(&group["id"]), Group { name, description, members });
        }
        share
    }

    /// This share after a request. `id` is that of what it created.
    pub(crate) fn after(&self, op: &Op, id: &str) -> Self {
        let mut share = self.clone();
        match op {
            Op::CreateUser(user) => drop(share.users.insert(id.to_owned(), user.clone())),
            Op::UpdateUser(id, title) => share.users.get_mut(id).unwrap().job_title.clone_from(title),
            Op::RemoveUser(id) => {
                share.users.remove(id);
                for user in share.users.values_mut().filter(|user| user.manager.as_ref() == Some(id)) {
                    user.manager = None;
                }
                for group in share.groups.values_mut() {
                    group.members.remove(id);
                }
            }
            Op::CreateGroup(name) => {
                let (name, members) = (name.clone(), BTreeSet::new());
                share.groups.insert(id.to_owned(), Group { name, description: String::new(), members });
            }
            Op::UpdateGroup(id, _, text) => share.groups.get_mut(id).unwrap().description.clone_from(text),
            Op::RemoveGroup(id) => drop(share.groups.remove(id)),
            Op::Join(group, user) => {
                share.groups.get_mut(group).unwrap().members.insert(user.clone());
            }
            Op::Leave(group, user) => {
                share.groups.get_mut(group).unwrap().members.remove(user);
            }
        }
        share
    }

    /// This share after a request that was not answered: what it created has the id that it has in `found`.
    pub(crate) fn after_unheard(&self, op: &Op, found: &Self) -> Self {
        let users = found.users.keys().filter(|id| !self.users.contains_key(*id));
        let groups = found.groups.keys().filter(|id| !self.groups.contains_key(*id));
        let id = users.chain(groups).next().map_or(UNHEARD, String::as_str);
        self.after(op, id)
    }
}

fn prefix(writer: usize) -> String {
    format!("w{writer}-")
}

/// A writer at work.
#[derive(Debug)]
pub(crate) struct Writer {
    number: usize,
    dice: Dice,
    /// What it must have, by the answers so far.
    pub(crate) share: Share,
    /// What it asked for last, if there was no answer.
    pub(crate) unanswered: Option<Op>,
    /// How many names it has given.
    names: usize,
    /// How many answers it got, by kind of request.
    pub(crate) answers: BTreeMap<&'static str, usize>,
}

impl Writer {
    pub(crate) fn new(number: usize, seed: u64) -> Self {
        let (dice, answers) = (Dice::new(seed), BTreeMap::new());
        Self { number, dice, share: Share::default(), unanswered: None, names: 0, answers }
    }

    /// Writes until the sandbox is gone. `heard` is called at each answer.
    pub(crate) fn work(&mut self, address: SocketAddr, heard: impl Fn()) {
        let mut stream = connect(address);
        loop {
            let op = self.choose();
            let (method, path, body) = op.request();
            self.unanswered = Some(op.clone());
            let Some(answer) = send(&mut stream, method, &path, &body) else { return };
            let id = ["_id", "id"].into_iter().find_map(|name| answer[name].as_str()).unwrap_or(UNHEARD);
            self.share = self.share.after(&op, id);
            self.unanswered = None;
            *self.answers.entry(op.kind()).or_default() += 1;
            heard();
        }
    }

    fn choose(&mut self) -> Op {
        let Self { dice, share, names, .. } = self;
        let users: Vec<String> = share.users.keys().cloned().collect();
        let groups: Vec<String> = share.groups.keys().cloned().collect();
        let (user, group) = (dice.one_of(&users).cloned(), dice.one_of(&groups).cloned());
        // Each name is a new one, so that a name in a state says which request gave it.
        *names += 1;
        let name = format!("{}{}-{}", prefix(self.number), names, dice.below(1_000_000));
        match (dice.below(10), user, group) {
            (0, Some(user), _) if users.len() > 10 => Op::RemoveUser(user),
            (1 | 2, Some(user), _) => Op::UpdateUser(user, name),
            (3, _, Some(group)) if groups.len() > 4 => Op::RemoveGroup(group),
            (4, _, Some(group)) => {
                let old = share.groups[&group].name.clone();
                Op::UpdateGroup(group, old, name)
            }
            (5..=8, Some(user), Some(group)) => {
                if share.groups[&group].members.contains(&user) {
                    Op::Leave(group, user)
                } else {
                    Op::Join(group, user)
                }
            }
            (3 | 4, _, _) | (5..=8, Some(_), None) => Op::CreateGroup(name),
            (_, manager, _) => {
                // Long enough for more than one write of the operating system to be thinkable.
                let job_title = name.repeat(1 + dice.below(20));
                Op::CreateUser(User { username: name, job_title, manager })
            }
        }
    }
}

impl Op {
    fn kind(&self) -> &'static str {
        match self {
            Self::CreateUser(_) => "users created",
            Self::UpdateUser(..) => "users updated",
            Self::RemoveUser(_) => "users deleted",
            Self::CreateGroup(_) => "groups created",
            Self::UpdateGroup(..) => "groups updated",
            Self::RemoveGroup(_) => "groups deleted",
            Self::Join(..) => "members added",
            Self::Leave(..) => "members removed",
        }
    }

    fn request(&self) -> (&'static str, String, Value) {
        let user = |id: &str| format!("/api/systemusers/{id}");
        let group = |id: &str| format!("/api/v2/usergroups/{id}");
        let member = |op: &str, id: &str| json!({ "op": op, "type": "user", "id": id });
        match self {
            Self::CreateUser(User { username, job_title, manager }) => {
                let email = format!("{username}@example.com");
                let mut body = json!({ "username": username, "email": email, "jobTitle": job_title });
                if let Some(manager) = manager {
                    body["manager"] = json!(manager);
                }
                ("POST", "/api/systemusers".to_owned(), body)
            }
            Self::UpdateUser(id, title) => ("PUT", user(id), json!({ "jobTitle": title })),
            Self::RemoveUser(id) => ("DELETE", user(id) + "?cascade_manager=null", Value::Null),
            Self::CreateGroup(name) => ("POST", "/api/v2/usergroups".to_owned(), json!({ "name": name })),
            Self::UpdateGroup(id, name, text) => {
                ("PUT", group(id), json!({ "name": name, "description": text }))
            }
            Self::RemoveGroup(id) => ("DELETE", group(id), Value::Null),
            Self::Join(id, user) => ("POST", group(id) + "/members", member("add", user)),
            Self::Leave(id, user) => ("POST", group(id) + "/members", member("remove", user)),
        }
    }
}

/// The body of a good answer; none when the connection ends first. An answer that is there whole counts, however the
/// connection ends.
fn send(stream: &mut TcpStream, method: &str, path: &str, body: &Value) -> Option<Value> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let head = format!("{method} {path} HTTP/1.1\r\nHost: sandbox\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).ok()?;
    let mut bytes = Vec::new();
    loop {
        let mut part = [0; 4096];
        let length = stream.read(&mut part).ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&part[..length]);
        let text = std::str::from_utf8(&bytes).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        assert!(head.starts_with("HTTP/1.1 2"), "{method} {path}: {text}");
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() == length.map_or(0, |length| length.parse().unwrap()) {
            return Some(serde_json::from_str(body).unwrap_or_default());
        }
    }
}
